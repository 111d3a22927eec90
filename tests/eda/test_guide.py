# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands, the service and the options of the guide, as they are written."""

from __future__ import annotations

import fcntl
import re
import subprocess
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.examples import Example, examples
from tests.helpers.guides import GUIDES
from tests.helpers.pushes import push
from tests.helpers.sandbox import Sandbox
from tests.integration.harness import BIN, COLLECTION, Site, clean_environment

from .rulebook import Rulebooks, has_certificate, place_orders, wait_until

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


def test_the_service_of_the_guide_deploys_a_certificate(
    default_port: int, sandbox: Sandbox, site: Site, rulebooks: Rulebooks
) -> None:
    (order_id, host), *_none = place_orders(site, "one").items()
    inventory = rulebooks.write_inventory(site.folder / "inventory")
    secret = run_shell(commands("openssl rand")[:1], site.folder).strip()
    assert len(secret) == 48
    # Settings that the guide names count for a run.
    settings = site.folder / "ansible.cfg"
    settings.write_text("[defaults]\ndisplay_skipped_hosts = false\n")
    environment = dict(line.split("=", 1) for line in example("text", "WOTRUS_PUSH_TOKEN").text.splitlines())
    (start,) = re.findall(r"^ExecStart=(.*)$", example("ini", "ExecStart").text, re.MULTILINE)
    assert environment.keys() == {"PATH", "ANSIBLE_CONFIG", "WOTRUS_API_TOKEN", "WOTRUS_PUSH_TOKEN"}
    # The sandbox has another token, and this machine other folders.
    own = {"ANSIBLE_CONFIG": str(settings), "WOTRUS_API_TOKEN": sandbox.token, "WOTRUS_PUSH_TOKEN": secret}
    start = start.replace("/opt/wotrus/bin", str(BIN)).replace("/etc/wotrus/inventory", str(inventory))
    run = rulebooks.run_command(["bash", "-c", f"exec {start}"], port=default_port, environment=own)
    wait_until("it listens", run.is_listening, run=run)

    sandbox.order(order_id, "approve")
    assert run.push(push(order_id), token=secret) == 200
    run.wait_for_ends(1)

    assert has_certificate(host)
    assert "skipping: [" not in run.output


@pytest.mark.manual("1.2-push-address", "V1.04.signed-pushes", "8.method", "8.stops-at-200")
def test_the_options_of_the_guide_check_the_signatures_of_the_sandbox(
    sandbox: Sandbox, site: Site, rulebooks: Rulebooks
) -> None:
    (order_id, host), *_none = place_orders(site, "one").items()
    shipped = (COLLECTION / "rulebooks" / "deploy_on_event.yml").read_text(encoding="utf-8")
    (token,) = re.findall(r" +token: .*\n", shipped)
    options = textwrap.indent(example("yaml", "hmac_secret").text, token[: -len(token.lstrip())])
    rulebook = site.folder / "signed.yml"
    rulebook.write_text(shipped.replace(token, options))
    secret = ("--env-vars", "WOTRUS_PUSH_SECRET")
    run = rulebooks.start(rulebook, *secret, environment={"WOTRUS_PUSH_SECRET": "a-secret"})
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
