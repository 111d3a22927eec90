# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guides' texts, for tests that compare them with the code."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GUIDES = ROOT / "docs" / "docsite" / "rst"
CONTRIBUTING = ROOT / "docs" / "contributing"
ERROR_PAGES = ("guide_errors", "guide_errors_zh")
PARSED = {
    "-m ansible.builtin.service": "the hosts of the tests have no service",
    "unset WOTRUS_API_URL": "it leads to the real API",
    "export WOTRUS_API_TOKEN=tk_": "the tests have a token of the sandbox",
    "wotrus_api_token: tk_": "the tests have a token of the sandbox",
    "sudo apt install": "it installs packages of the system",
    "ansible-galaxy collection install": "it needs Galaxy; tests/integration/test_package.py installs the tarball",
    "ssh-keyscan": "the hosts of the tests have no SSH",
    "~/.ssh/automation_new": "the hosts of the tests have no SSH",
    "ansible-vault rekey": "it asks at a terminal",
    "openssl s_client -proxy": "it needs a proxy and WoTrus's API",
    "company-ca.pem": "it needs the CA of a company",
    "pip install --require-hashes -r requirements.txt": "make iac installs it",
    "export VAULT_PASSWORD": "tests/iac/repository.py has it in the environment",
    "ansible-vault encrypt_string --prompt": "it asks at a terminal",
    "ansible-navigator": "tests/iac/test_pipeline.py runs it",
    "molecule_ephemeral_directory": "tests/iac/test_pipeline.py runs molecule",
    "community.crypto.": "community.crypto is not installed",
    "community.hashi_vault": "community.hashi_vault is not installed",
    "ansible.eda.": "ansible.eda is not installed",
    "wotrus_sandbox --data-dir": "tests/helpers/sandbox.py starts the program for every test",
    "export WOTRUS_": "tests/integration/harness.py exports them for every test",
    "openssl verify -vfyopt": "tests/integration/test_deployed_files.py verifies each certificate so",
    "display_ok_hosts": "tests/integration/test_output.py runs with these settings of the example",
    "ansible-galaxy collection build": "make build runs it",
    "ansible-builder build": "it needs podman and a registry",
    "podman ": "it needs podman",
    "cd extensions/": "it is for the next command",
    "make quickstart": "tests/integration/test_quickstart.py runs it",
    ". .venv/bin/activate": "the tests have an environment of their own",
    "export LC_ALL": "the tests have a locale",
    "wotrus.pki.quickstart": "tests/integration/test_quickstart.py runs it",
}
"""Parts of code that no test runs as it is written, and why.

tests/unit/house/test_examples.py compares them with what exists.
"""
_WORD = re.compile(r"``([a-z0-9_]+)``")


def guide(name: str) -> str:
    """Return the text of a guide."""
    return (GUIDES / f"{name}.rst").read_text(encoding="utf-8")


def contributing(name: str) -> str:
    """Return the text of a page for contributors."""
    return (CONTRIBUTING / f"{name}.rst").read_text(encoding="utf-8")


def explained_codes(page: str) -> list[str]:
    """Return the error codes of an error page, which are headings."""
    return re.findall(r"^([a-z0-9_]+)\n~+$", guide(page), re.MULTILINE)


def explained_plans(page: str) -> list[tuple[str, str]]:
    """Return the actions and reasons of an error page's table."""
    rows = re.findall(r"^  \* - ([a-z, ]+)\n    - (.*)$", guide(page), re.MULTILINE)
    pairs = [itertools.product(actions.split(", "), _WORD.findall(reasons)) for actions, reasons in rows]
    # What could not be read is blocked with the error_code, which is a row of its own.
    return [pair for pair in itertools.chain.from_iterable(pairs) if pair != ("blocked", "error_code")]


@dataclass(frozen=True)
class Block:
    """A part of a page that a test writes.

    It is between ``.. begin NAME`` and ``.. end NAME``.
    """

    guide: Path
    name: str

    def read(self) -> str:
        """Return what stands there."""
        return self._parts()[1].strip("\n")

    def write(self, text: str) -> None:
        """Put a text there."""
        before, _old, after = self._parts()
        self.guide.write_text(f"{before}\n\n{text}\n\n{after}", encoding="utf-8")

    def _parts(self) -> tuple[str, str, str]:
        begin, end = f".. begin {self.name}", f".. end {self.name}"
        before, rest = self.guide.read_text(encoding="utf-8").split(begin, 1)
        old, after = rest.split(end, 1)
        return before + begin, old, end + after
