# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first thing that anybody runs: the whole road on a sandbox of its own, twice."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .harness import Site


@pytest.fixture
def variables(site: Site, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """The quickstart's, with a Python that has what the sandbox needs; the sandbox is stopped at the end."""
    site.environment.clear()
    folder = tmp_path / "quickstart"
    python = {"wotrus_sandbox_python": sys.executable}
    yield {"wotrus_quickstart_dir": str(folder), **python}
    stop = {"wotrus_sandbox_state": "absent", "wotrus_sandbox_dir": str(folder / "sandbox")}
    site.issue(playbook="wotrus.pki.sandbox", variables={**stop, **python})


def test_quickstart_deploys_and_changes_nothing_the_second_time(site: Site, variables: dict[str, Any]) -> None:
    site.host()

    first = site.issue(playbook="wotrus.pki.quickstart", variables=variables)

    lines = first.named("Show what is there")[0].result["msg"]
    assert lines[3].endswith("cert.pem: OK")
    assert lines[-1].endswith("ansible-playbook -i inventory wotrus.pki.issue")

    second = site.issue(playbook="wotrus.pki.quickstart", variables=variables)

    assert second.changed == 0
    again = second.named("Show what is there")[0].result["msg"]
    assert again[:4] == lines[:4]
    assert again[4].split() == ["API", "calls", "1"]
