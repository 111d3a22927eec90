# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands, rulebooks and plays of the guide, as they are written."""

from __future__ import annotations

import fcntl
import json
import re
import subprocess
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.examples import Example, examples, with_curl
from tests.helpers.guides import GUIDES
from tests.helpers.pushes import PUSH_TOKEN, free_port, push
from tests.helpers.sandbox import Sandbox
from tests.integration.harness import BIN, COLLECTIONS, Site, clean_environment

from .fake_eda import FakeEda, fake_eda
from .rulebook import Rulebook, Rulebooks, has_certificate, place_orders, wait_until

EXAMPLES = examples(GUIDES / "guide_pushes.rst")


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


@pytest.fixture
def default_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of the rulebooks, which one test at a time can have."""
    with (tmp_path_factory.getbasetemp().parent / "port-5000").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield 5000


def test_the_commands_of_the_guide_deploy_a_certificate(
    default_port: int, sandbox: Sandbox, site: Site, rulebooks: Rulebooks
) -> None:
    (order_id, host), *_none = place_orders(site, "one").items()
    rulebooks.write_inventory(site.folder / "inventory")
    secret = run_shell(commands("openssl rand")[:1], site.folder).strip()
    assert len(secret) == 48
    api, token, start = example("console", "--env-vars WOTRUS_PUSH_TOKEN", "tk_0000").commands
    # The sandbox has another token.
    lines = [api.replace("tk_0000", sandbox.token), token.replace("a-secret-of-48-characters", secret), f"exec {start}"]
    run = rulebooks.run_command(["bash", "-c", "\n".join(lines)], port=default_port)
    wait_until("it listens", run.is_listening, run=run)

    sandbox.order(order_id, "approve")
    assert run.push(push(order_id), token=secret) == 200
    run.wait_for_ends(1)

    assert has_certificate(host)


def test_the_rulebook_of_the_guide_deploys_a_certificate_and_shows_a_unit(
    sandbox: Sandbox, site: Site, rulebooks: Rulebooks
) -> None:
    (order_id, host), *_none = place_orders(site, "one").items()
    # Settings that the guide names count for a run.
    settings = site.folder / "ansible.cfg"
    settings.write_text("[defaults]\ndisplay_skipped_hosts = false\n")
    (export,) = commands("export ANSIBLE_CONFIG")
    variable, _path = export.removeprefix("export ").split("=")
    run = start_shown_rulebook(site, rulebooks, {}, **{"WOTRUS_PUSH_TOKEN": PUSH_TOKEN, variable: str(settings)})

    sandbox.order(order_id, "approve")
    assert run.push(push(order_id)) == 200
    assert run.push({"dataAction": "unit"}) == 200
    run.wait_for_ends(1)

    assert has_certificate(host)
    wait_until("the push about a unit is shown", lambda: "'dataAction': 'unit'" in run.output, run=run)
    assert "skipping: [" not in run.output


def start_shown_rulebook(site: Site, rulebooks: Rulebooks, changes: dict[str, str], **secrets: str) -> Rulebook:
    """Start the rulebook of the guide, with changes, on a free port."""
    text, port = example("yaml", "sources:").text, free_port()
    for shown, own in {"5000": str(port), **changes}.items():
        assert shown in text
        text = text.replace(shown, own)
    file = site.folder / "guide.yml"
    file.write_text(text)
    inventory = rulebooks.write_inventory(site.folder / "inventory")
    environment = secrets or {"WOTRUS_PUSH_TOKEN": PUSH_TOKEN}
    command = [BIN / "ansible-rulebook", "--rulebook", file, "--inventory", inventory]
    command += ["--env-vars", ",".join(environment)]
    run = rulebooks.run_command(command, port=port, environment=environment)
    wait_until("it listens", run.is_listening, run=run)
    return run


@pytest.mark.manual("1.2-push-address", "V1.04.signed-pushes", "8.method", "8.stops-at-200")
def test_the_options_of_the_guide_check_the_signatures_of_the_sandbox(
    sandbox: Sandbox, site: Site, rulebooks: Rulebooks
) -> None:
    (order_id, host), *_none = place_orders(site, "one").items()
    (token,) = re.findall(r" +token: .*\n", example("yaml", "sources:").text)
    options = textwrap.indent(example("yaml", "hmac_secret").text, token[: -len(token.lstrip())])
    run = start_shown_rulebook(site, rulebooks, {token: options}, WOTRUS_PUSH_SECRET="a-secret")
    sandbox.settings(push_url=f"http://127.0.0.1:{run.port}/wotrus", push_secret="a-secret")

    assert run.push(push(order_id)) == 400
    sandbox.order(order_id, "approve")
    run.wait_for_ends(1)

    assert has_certificate(host)
    assert sandbox.pushes()[-1]["tries"] == 1


def test_the_playbook_of_the_guide_deploys_a_certificate_by_hand(
    sandbox: Sandbox, site: Site, rulebooks: Rulebooks
) -> None:
    (order_id, host), *_none = place_orders(site, "one").items()
    rulebooks.write_inventory(site.folder / "inventory")
    sandbox.order(order_id, "approve")
    (command,) = commands("wotrus.pki.deploy_on_push -e")

    run_shell([command.replace("30B3F256-9D2D-43C5-ABCB-017AA9D3CB6D", order_id)], site.folder, **site.environment)

    assert has_certificate(host)


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
    """With signatures; ``test_configure.py`` does the same with a token."""
    clone = tmp_path / "home" / "wotrus.pki"
    settings = tmp_path / "my-eda.yml"
    shown = [example("yaml", part).text for part in ("wotrus_eda_project_url", "HMAC Event Stream")]
    settings.write_text("".join(shown))
    exports, secrets, command = example("console", "AAP_HOSTNAME").commands
    script = [
        exports.replace("https://eda.example.com", server.url).replace("AAP_PASSWORD=…", "AAP_PASSWORD=administrator"),
        secrets.replace("=…", "=a-token"),
        "export WOTRUS_PUSH_SECRET=a-secret",
        f"cd {clone}",
        command.replace("my-eda.yml", str(settings)),
    ]

    output = run_shell(script, tmp_path, ANSIBLE_PIPELINING="true")

    (stream,) = server.objects["event-streams"]
    assert stream["url"] in output
    assert server.named("eda-credentials", "WoTrus pushes")["inputs"]["http_header_key"] == "X-WoTrus-Signature"
    assert "a-secret" in server.secrets
    assert server.named("activations", "WoTrus | deploy on push")["status"] == "running"

    (remove,) = example("console", "wotrus_eda_state=absent").commands
    run_shell([*script[:-1], remove.replace("my-eda.yml", str(settings))], tmp_path, ANSIBLE_PIPELINING="true")
    left = {kind: names for kind, names in server.names().items() if names}
    assert left == {"eda-credentials": ["Registry", "Signing repository"]}


@with_curl
def test_the_rehearsal_of_the_guide_ends_with_a_certificate(
    default_port: int, sandbox: Sandbox, site: Site, rulebooks: Rulebooks
) -> None:
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

    run = rulebooks.run_command(["bash", "-e", "-c", "\n".join([*place, f"exec {start}"])], port=default_port)
    wait_until("it listens", run.is_listening, run=run)
    run_shell(look[:-1], folder)
    # The first one placed the order.
    run.wait_for_ends(2)

    assert "fullchain.pem" in run_shell(look[-1:], folder)
