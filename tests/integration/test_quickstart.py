# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The quickstart playbook: the whole workflow on its own sandbox, twice."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .harness import COLLECTION, Site

# Ansible loads nothing else of a collection, so an execution environment may lack the rest.
FOLDERS = ("meta", "playbooks", "plugins", "roles")


@pytest.fixture
def collections(tmp_path: Path) -> Path:
    """A folder with only the parts of the collection that Ansible loads.

    It has no extensions and no documentation.
    """
    folder = tmp_path / "collections"
    for name in FOLDERS:
        shutil.copytree(COLLECTION / name, folder / "ansible_collections" / "wotrus" / "pki" / name)
    return folder


@pytest.fixture
def variables(site: Site, collections: Path, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """Variables of the quickstart; the sandbox is stopped at the end.

    The Python has the sandbox's libraries.
    """
    site.environment = {"ANSIBLE_COLLECTIONS_PATH": str(collections)}
    folder = tmp_path / "quickstart"
    python = {"wotrus_sandbox_python": sys.executable}
    yield {"wotrus_quickstart_dir": str(folder), **python}
    stop = {"wotrus_sandbox_state": "absent", "wotrus_sandbox_dir": str(folder / "sandbox")}
    site.issue(playbook="wotrus.pki.sandbox", variables={**stop, **python})


def test_quickstart_deploys_and_changes_nothing_the_second_time(site: Site, variables: dict[str, Any]) -> None:
    site.host()

    first = site.issue(playbook="wotrus.pki.quickstart", variables=variables)

    lines = first.named("Show the deployed certificate")[0].result["msg"]
    assert lines[3].endswith("cert.pem: OK")
    assert lines[-1].endswith("ansible-playbook -i inventory wotrus.pki.issue")

    second = site.issue(playbook="wotrus.pki.quickstart", variables=variables)

    assert second.changed == 0
    again = second.named("Show the deployed certificate")[0].result["msg"]
    assert again[:4] == lines[:4]
    assert again[4].split() == ["API", "calls", "1"]
