# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of the guide to start with, as a new user types them. The README has some of them.

They lead to a certificate, to an order that fails, and to its fix.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from tests.helpers.examples import ROOT, Example, examples, with_curl
from tests.helpers.guides import GUIDES
from tests.helpers.pushes import free_port
from tests.helpers.warm_python import warm_python

from .harness import BIN, Folder, clean_environment

PORT = "18443"
FAILS = "# fails"
STOP = "ansible-playbook wotrus.pki.sandbox -e wotrus_sandbox_state=absent"
DONE = "=== "
# The order that the status shows for the second host.
ORDER_ID = (
    r"""$(grep -o 'signer2  contracts    [0-9]\{15\}  [0-9A-Fa-f-]\{36\}' ~/said | tail -n 1 | awk '{ print $4 }')"""
)


EXAMPLES = examples(ROOT / "README.md", GUIDES / "guide_start.rst")


def sandbox_examples() -> list[Example]:
    """Return the guide's examples from the sandbox's start to its end.

    They are the daily commands too.
    """
    first, last = [number for number, one in enumerate(EXAMPLES) if "ansible-playbook wotrus.pki.sandbox" in one.text]
    return EXAMPLES[first : last + 1]


def example_with(words: str) -> Example:
    """Return the only example with these words."""
    (found,) = [one for one in EXAMPLES if words in one.text]
    return found


class Shell:
    """A shell in its own folder, with its own sandbox.

    The sandbox's port is not the guide's.
    """

    def __init__(self, folder: Path) -> None:
        home = folder / "home"
        # The first command makes it, and goes there.
        self.folder = home / "wotrus-example"
        self.folder.mkdir(parents=True)
        self._port = str(free_port())
        # Behind a proxy that does not know the loopback addresses. Nothing listens on this port.
        proxies = dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:1")
        python = {"ANSIBLE_PYTHON_INTERPRETER": warm_python(BIN / "python")}
        self._environment = {**clean_environment(home), **python, **proxies}

    def __call__(self, commands: list[str]) -> list[tuple[str, int, str]]:
        """Run commands in one shell; return their exit statuses and output."""
        # A group in braces stays in this shell, so exports and functions last.
        script = "".join(
            f"{{ {self._ours(one)}\n}} >~/last 2>&1; code=$?; tee -a ~/said <~/last; printf '\\n{DONE}%s\\n' $code\n"
            for one in commands
        )
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=True,
            timeout=900,
        )
        parts = re.split(rf"^{DONE}(\d+)\n", done.stdout, flags=re.MULTILINE)
        return [(one, int(code), said) for one, said, code in zip(commands, parts[::2], parts[1::2], strict=False)]

    def _ours(self, command: str) -> str:
        command = command.partition("   # ")[0].replace(PORT, self._port).replace("ORDER_ID", ORDER_ID)
        # The Python of the older ansible-core has no libraries for the sandbox.
        more = f" -e wotrus_sandbox_python={sys.executable}" if "wotrus.pki.sandbox" in command else ""
        return f"{command}{more}"


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    one = Shell(tmp_path)
    yield one
    # The last command of the guide has stopped it.
    if (one.folder.parent / ".cache" / "wotrus-sandbox" / "ready.json").exists():
        one([STOP])


def each_once(commands: list[str]) -> list[str]:
    """Leave out commands that an earlier line has, apart from its comment, and that succeed there."""
    found: dict[str, str] = {}
    for command in commands:
        plain = command.partition("   # ")[0].strip()
        found.setdefault(command if FAILS in command else plain, command)
    return list(found.values())


@with_curl
def test_commands_of_the_guide_deploy_a_certificate_and_fix_a_failed_order(shell: Shell) -> None:
    blocks = sandbox_examples()
    for one in blocks:
        if one.caption:
            (shell.folder / one.caption).write_text(one.text)
    (shell.folder / "site.yml").write_text(example_with("wotrus.pki.certificate\n").text)
    play = [{"hosts": "localhost", "gather_facts": False, "tasks": example_with("wotrus.pki.wotrus_order:").data}]
    (shell.folder / "module.yml").write_text(yaml.safe_dump(play, allow_unicode=True))
    *commands, stop = each_once([command for one in blocks for command in one.commands])
    assert stop.startswith(STOP)
    commands += [
        # Nothing is reloaded in check mode, and this user need not become another.
        "ansible-playbook -i inventory.yml site.yml --check -e ansible_become=false",
        "openssl req -new -newkey rsa:2048 -nodes -subj /CN=signer1 -keyout key.pem -out request.csr",
        "ansible-playbook module.yml",
        stop,
    ]

    ran = shell(commands)

    assert [command for command, _code, _said in ran] == commands
    wrong = [(command, code, said) for command, code, said in ran if (code != 0) is not (FAILS in command)]
    assert wrong == []
    failed = [said for command, _code, said in ran if FAILS in command]
    assert "set wotrus_max_charged_orders to 2" in failed[0]
    rejected = re.search(r"Order (\S+) is rejected", failed[1])
    assert rejected is not None
    assert f"{rejected[1]} to replace_orders of the entry" in failed[1]
    root = shell.folder.parent / ".cache" / "wotrus-sandbox" / "ca" / "root.pem"
    for host in ("signer1", "signer2"):
        folder = Folder(shell.folder / host / "contracts")
        assert not is_same_id(folder.live_order_id, rejected[1])
        assert (folder.live / "root.pem").read_text().split() == root.read_text().split()
        assert (folder.live / "privkey.pem").is_file()
