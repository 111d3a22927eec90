# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands, rulebooks and plays of the guide, as they are written."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.examples import Example, Kind, examples, with_curl
from tests.helpers.guides import GUIDES
from tests.helpers.pushes import PATH_TOKEN, encoded, free_port
from tests.helpers.sandbox import Sandbox
from tests.integration.harness import BIN, COLLECTIONS, Site, clean_environment

from .fake_eda import FakeEda, fake_eda
from .rulebook import Rulebooks, has_certificate, place_orders, wait_for_delivery, wait_until

EXAMPLES = examples(GUIDES / "guide_pushes.rst")
# The commands that the tests of this file run as they are written, by how they begin.
EXECUTED = (
    "ansible-playbook -i inventory wotrus.pki.deploy_on_push",
    "mkdir -p rulebooks",
    "cp ~/wotrus.pki/extensions/eda/rulebooks/launch_on_push.yml",
    "export WOTRUS_",
    "export AAP_HOSTNAME=",
    "ansible-playbook extensions/eda/configure.yml",
    "ansible-rulebook --rulebook wotrus.pki.deploy_on_event --inventory",
    "touch ~/.local/state/wotrus",
    "eval ",
    "curl ",
    "ansible-playbook --inventory rehearsal",
    "order=",
    "sandbox=",
    "ls ",
)
# Those that are only compared with what exists (tests/unit/house/test_examples.py), and why.
PARSED = {
    "ansible-galaxy collection build": "make build runs it",
    "cd extensions/eda/decision-environment": "it is for the next command",
    "ansible-builder build": "it needs podman and a registry",
    "podman ": "it needs podman",
    "make quickstart": "tests/integration/test_quickstart.py runs it",
    ". .venv/bin/activate": "the tests have an environment of their own",
    "pip install ansible-rulebook": "the tests have an environment of their own",
}


def commands(*parts: str) -> list[str]:
    """Return the commands of the shell examples that have all parts."""
    return [line for one in EXAMPLES for line in one.commands if all(part in line for part in parts)]


def example(language: str, *parts: str) -> Example:
    """Return the only example of a language that has all parts."""
    (found,) = [one for one in EXAMPLES if one.language == language and all(part in one.text for part in parts)]
    return found


def run_shell(script: list[str], folder: Path, **environment: str) -> str:
    """Run commands in a shell, and return their output."""
    done = subprocess.run(
        ["bash", "-e", "-c", "\n".join(script)],
        cwd=folder,
        env={**clean_environment(folder / "home"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_each_command_is_run_or_has_a_reason() -> None:
    beginnings = (*EXECUTED, *PARSED)

    assert [one for one in commands() if not one.startswith(beginnings)] == []
    assert [one for one in beginnings if not any(line.startswith(one) for line in commands())] == []


def test_the_commands_of_the_guide_deploy_a_certificate_and_emit_an_order_again(
    sandbox: Sandbox, site: Site, rulebooks: Rulebooks
) -> None:
    """They use port 5000 and the user's store."""
    (order_id, host), *_none = place_orders(site, "one").items()
    rulebooks.write_inventory(site.folder / "inventory")
    lines = example("console", "WOTRUS_PUSH_PATH_TOKEN=$(openssl").commands
    assert [line.split()[0] for line in lines] == ["export", "export", "ansible-rulebook"]
    # The sandbox has another token, and the address needs to be known.
    script = "\n".join(
        [lines[0].replace("tk_0000", sandbox.token), lines[1], "echo path=$WOTRUS_PUSH_PATH_TOKEN", f"exec {lines[2]}"]
    )
    run = rulebooks.start_command(["bash", "-c", script], port=5000)
    path = re.search(r"^path=(\w+)$", run.output, re.MULTILINE)
    assert path
    sandbox.settings(push_url=f"http://127.0.0.1:5000/push/{path[1]}", push_secret="")

    sandbox.order(order_id, "approve")
    wait_for_delivery(run, 1)
    assert has_certificate(host)

    (touch,) = commands("touch")
    home = {"HOME": str(site.folder / "home"), "PATH": os.environ["PATH"]}
    again = touch.replace("30B3F256-9D2D-43C5-ABCB-017AA9D3CB6D", order_id)
    subprocess.run(["bash", "-c", again], check=True, env=home)
    wait_until("it is emitted again", lambda: run.health()["counts"].get("emitted_issued") == 2, run=run)
    wait_for_delivery(run, 1)
    run.wait_for_recaps(2)
    assert len(run.plays) == 2


def test_the_rulebook_of_the_guide_deploys_a_certificate(sandbox: Sandbox, site: Site, rulebooks: Rulebooks) -> None:
    (shown,) = [one for one in EXAMPLES if one.language == "yaml" and one.kind is Kind.OTHER]
    (order_id, host), *_none = place_orders(site, "one").items()
    file = site.folder / "guide.yml"
    port = free_port()
    file.write_text(shown.text.replace("5000", str(port)))
    inventory = rulebooks.write_inventory(site.folder / "inventory")
    command = [BIN / "ansible-rulebook", "--rulebook", file, "--inventory", inventory]
    run = rulebooks.start_command(command, port=port, environment={"WOTRUS_PUSH_PATH_TOKEN": PATH_TOKEN})
    sandbox.settings(push_url=f"http://127.0.0.1:{port}/push/{PATH_TOKEN}", push_secret="")

    sandbox.order(order_id, "approve")
    wait_for_delivery(run, 1)

    assert has_certificate(host)
    assert run.request("POST", f"/push/{PATH_TOKEN}", data=encoded({"dataAction": "unit"})).status_code == 200
    wait_until("the push about a unit is shown", lambda: "'dataAction': 'unit'" in run.output, run=run)


def test_the_playbook_of_the_guide_deploys_a_certificate_by_hand(
    sandbox: Sandbox, site: Site, rulebooks: Rulebooks
) -> None:
    (order_id, host), *_none = place_orders(site, "one").items()
    rulebooks.write_inventory(site.folder / "inventory")
    sandbox.order(order_id, "approve")
    (command,) = commands("wotrus.pki.deploy_on_push -e")

    run_shell([command.replace("30B3F256-9D2D-43C5-ABCB-017AA9D3CB6D", order_id)], site.folder, **site.environment)

    assert has_certificate(host)


def test_the_play_of_the_guide_lists_the_pending_orders(site: Site, rulebooks: Rulebooks) -> None:
    orders = place_orders(site, "one", "other")
    rulebooks.write_inventory(site.folder / "inventory")
    listed = site.folder / "orders.txt"
    text = example("yaml", "Write the list of pending orders").text
    records = '"{{ wotrus_base_dir }}/contracts"'
    for shown, own in {"/etc/ssl/wotrus/contracts": records, "/var/lib/wotrus/orders.txt": str(listed)}.items():
        assert shown in text
        text = text.replace(shown, own)
    (site.folder / "list.yml").write_text(text)

    run_shell(["ansible-playbook -i inventory list.yml"], site.folder, **site.environment)

    assert {line.strip().lower() for line in listed.read_text().splitlines() if line.strip()} == set(orders)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FakeEda]:
    """EDA controller with the credentials of the guide's settings.

    Its projects have the rulebooks that the guide's commands copied.
    """
    with fake_eda() as one:
        one.add("organizations", {"name": "Signing"})
        one.add_credential("Signing repository", "Source Control")
        one.add_credential("Registry", "Container Registry")
        repository = tmp_path / "repository"
        repository.mkdir()
        home = tmp_path / "home"
        (home / "wotrus.pki").parent.mkdir(exist_ok=True)
        (home / "wotrus.pki").symlink_to(COLLECTIONS / "ansible_collections" / "wotrus" / "pki")
        run_shell(example("sh", "launch_on_push.yml").text.splitlines(), repository, HOME=str(home))
        one.repository = {path.name: path.read_text("utf-8") for path in (repository / "rulebooks").glob("*.yml")}
        yield one


def test_the_settings_and_commands_of_the_guide_configure_eda_controller(server: FakeEda, tmp_path: Path) -> None:
    clone = tmp_path / "home" / "wotrus.pki"
    settings = tmp_path / "my-eda.yml"
    settings.write_text(example("yaml", "wotrus_eda_project_url").text + example("yaml", "Token Event Stream").text)
    exports, secrets, command = example("console", "AAP_HOSTNAME").commands
    script = [
        exports.replace("https://eda.example.com", server.url).replace("AAP_PASSWORD=…", "AAP_PASSWORD=administrator"),
        secrets.replace("=…", "=a-secret"),
        f"cd {clone}",
        command.replace("my-eda.yml", str(settings)),
    ]

    output = run_shell(script, tmp_path)

    (stream,) = server.objects["event-streams"]
    assert stream["url"] in output
    assert server.named("eda-credentials", "WoTrus pushes")["inputs"]["http_header_key"] == "X-Push-Token"
    assert server.named("activations", "WoTrus | deploy on push")["status"] == "running"

    (remove,) = example("console", "wotrus_eda_state=absent").commands
    run_shell([*script[:3], remove.replace("my-eda.yml", str(settings))], tmp_path)
    left = {kind: names for kind, names in server.names().items() if names}
    assert left == {"eda-credentials": ["Registry", "Signing repository"]}


@with_curl
def test_the_rehearsal_of_the_guide_ends_with_a_certificate(sandbox: Sandbox, site: Site, rulebooks: Rulebooks) -> None:
    """It uses port 5000 and the user's store."""
    folder = site.folder
    quickstart = folder / ".quickstart" / "sandbox"
    (quickstart / "tls").mkdir(parents=True)
    facts = {"url": sandbox.url, "admin_url": sandbox.admin_url, "token": sandbox.token, "tls_ca": str(sandbox.tls_ca)}
    (quickstart / "ready.json").write_text(json.dumps(facts))
    (quickstart / "tls" / "ca.pem").symlink_to(sandbox.tls_ca)
    sandbox.settings(id_style="plain")
    (folder / "rehearsal").mkdir()
    (folder / "home").mkdir()
    (folder / "rehearsal" / "hosts.yml").write_text(example("yaml", "wotrus-rehearsal").text)
    *place, start = example("console", "manual_review").commands
    look = example("console", "/approve").commands

    run = rulebooks.start_command(["bash", "-e", "-c", "\n".join([*place, f"exec {start}"])], port=5000)
    output = run_shell(look[:-1], folder)
    wait_for_delivery(run, 1)

    assert "approve" not in output
    assert "fullchain.pem" in run_shell(look[-1:], folder)
