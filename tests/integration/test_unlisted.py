# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A second group whose list replaces the first one's: what is on the host is shown, by each playbook."""

from __future__ import annotations

import json

from tests.helpers.sandbox import Sandbox

from .harness import Site

WARNED = "No entry of this host has this name"


def test_certificate_that_another_groups_list_drops_is_shown_by_each_playbook(site: Site, sandbox: Sandbox) -> None:
    host, _empty = site.host(), site.host("empty", wotrus_certificates=[])
    site.given(host)
    before = host.folder().contents()
    # Of two groups, the variables of the later name win.
    site.other_groups = {"wotrus_of_the_seals": {"hosts": {host.name: {}}, "vars": {"wotrus_certificates": []}}}
    site.environment["ANSIBLE_DISPLAY_OK_HOSTS"] = "false"
    sandbox.clear_calls()

    # In a run, a host without certificates is a warning too.
    for playbook, warnings in (("wotrus.pki.issue", 3), ("wotrus.pki.status", 1)):
        run = site.issue(playbook=playbook)
        lines = run.stdout.splitlines()
        assert f"warnings             {warnings}" in lines
        assert ("wotrus_certificates is an empty list" in run.output) is (warnings > 1)
        (line,) = {line for line in lines if WARNED in line}
        assert line.startswith(f"  {host.name}  contracts  ")
        assert len(run.on_target(host.name)) == len(run.on_target()) / 2 == 1
    site.issue(playbook="wotrus.pki.report")
    report = json.loads((site.folder / "wotrus-report.json").read_text())
    assert (report["summary"]["unlisted"], report["summary"]["warnings"]) == (1, 1)
    assert [len(row["unlisted"]) for row in report["hosts"]] == [0, 1]
    assert f'wotrus_host_unlisted{{host="{host.name}"}} 1' in (site.folder / "wotrus-report.prom").read_text()
    assert host.folder().contents() == before
    assert sandbox.calls() == []

    kept = site.issue(playbook="wotrus.pki.issue", variables={"wotrus_unlisted_certificates": ["contracts"]})
    assert WARNED not in kept.output
