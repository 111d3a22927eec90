# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate is replaced on a canary first."""

from __future__ import annotations

from pathlib import Path

from .harness import Site, entry
from .test_reload import reload_command


def test_if_the_canary_fails_the_others_are_left_as_they_are(site: Site, tmp_path: Path) -> None:
    canary, other = site.hosts(2)
    site.variables["wotrus_max_charged_orders"] = 2
    site.variables["wotrus_certificates"] = [entry(reload={"command": reload_command(canary.folder(), tmp_path)})]
    site.issue()
    releases = canary.folder().release, other.folder().release
    (tmp_path / "broken").touch()
    options = {"wotrus_reissue": ["contracts"], "wotrus_serial": [1, "100%"]}

    run = site.run(playbook="wotrus.pki.reissue", variables=options)

    assert run.code != 0
    assert (canary.folder().release, other.folder().release) == releases
    assert run.on_target(other.name) == []
