# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The live certificate is checked as readers of a signature do, against the sandbox's own OCSP and lists."""

from __future__ import annotations

import json

from tests.helpers.sandbox import Sandbox

from .harness import PLANNING, Run, Site, entry


def planned(run: Run) -> dict[str, object]:
    """Return the result of the certificate by the plan."""
    (task,) = [one for one in run.tasks if one.action == PLANNING]
    (row,) = task.result["results"]
    return dict(row)


def test_answers_are_in_status_and_report_and_a_revoked_intermediate_fails_the_run(
    site: Site, sandbox: Sandbox
) -> None:
    site.host()
    site.variables.update(wotrus_certificates=[entry()], wotrus_check_revocation="hosts")
    deployed = site.issue()
    status = site.run(playbook="wotrus.pki.status")
    report = site.run(playbook="wotrus.pki.report")
    sandbox.settings(revoke_intermediates=True)
    revoked = site.run()

    (shown,) = status.named("Show the status of all hosts")
    assert [line.split()[-1] for line in shown.result["msg"][::2]] == ["revocation", "good"]
    assert report.code == 0, report.output
    (row,) = json.loads((site.folder / "wotrus-report.json").read_text())["certificates"]
    assert row["revocation"] == "good"
    assert [(one["state"], one["source"]) for one in row["revocation_answers"]] == [("good", "ocsp")] * 2
    assert 'status="good"' in (site.folder / "wotrus-report.prom").read_text()
    # The plan's own execution asks; only what was deployed is asked about in another one.
    assert len(revoked.on_target()) == 1
    assert len(deployed.on_target()) == 4
    assert revoked.code == 2
    assert "is revoked, so readers trust no signature" in revoked.failures[-1]
    assert planned(revoked)["error_code"] == "issuer_revoked"


def test_preflight_lists_the_servers_for_the_firewall(site: Site) -> None:
    site.host()
    site.variables["wotrus_certificates"] = [entry()]
    site.issue()

    run = site.run(playbook="wotrus.pki.preflight")

    (task,) = run.named("Check the variables, the API")
    (row,) = [one for one in task.result["checks"] if one["check"] == "revocation"]
    assert "127.0.0.1:" in row["msg"]
