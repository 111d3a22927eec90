# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CA moves to another root: a run says so while the certificate waits for its window, before the switch."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from tests.helpers.sandbox import start_sandbox

from .harness import Run, Site, entry


def said(run: Run) -> str:
    return " ".join(run.output.split())


def test_new_root_and_key_are_named_before_the_switch(tmp_path: Path) -> None:
    with start_sandbox(tmp_path) as former:
        site = Site(tmp_path, sandbox=former, prefix="ca")
        site.host(wotrus_certificates=[entry(key={"type": "ECC"})])
        site.given()
        site.close()
    shutil.rmtree(tmp_path / "sandbox" / "ca")
    with start_sandbox(tmp_path) as moved:
        site = Site(tmp_path, sandbox=moved, prefix="ca")
        host = site.host(wotrus_certificates=[entry(key={"type": "RSA", "size": 2048})])
        # It has passed for today, or comes later.
        closed = {"hours": "03:00-03:01" if time.gmtime().tm_hour != 3 else "05:00-05:01"}
        live = host.folder().release

        waits = site.issue(playbook="wotrus.pki.issue", variables={"wotrus_deploy_window": closed})

        row = waits.result()
        assert (row["result"], row["waiting_for"], host.folder().release) == ("waiting", "window", live)
        changed = {change["what"]: change for change in row["certificate_changes"]}
        assert [*changed] == ["root", "issuer", "key"]
        assert changed["root"]["former"].startswith("CN=WoTrus Sandbox Root")
        assert (changed["key"]["former"], changed["key"]["new"]) == ("ECC, 256", "RSA, 2048")
        assert said(waits).count("The new certificate changes the root from 'CN=WoTrus Sandbox Root") >= 1
        assert "warnings 1" in said(waits)

        planned = site.issue("--check", playbook="wotrus.pki.issue", variables={"wotrus_deploy_window": closed})
        assert [change["what"] for change in planned.plans(host.name)[0]["certificate_changes"]] == [*changed]
        assert "The new certificate changes the root" in said(planned)

        deployed = site.issue(playbook="wotrus.pki.issue")
        assert (deployed.result()["result"], [*deployed.result()["certificate_changes"]]) == (
            "deployed",
            row["certificate_changes"],
        )
        again = site.issue()
        assert (again.result()["result"], again.result()["certificate_changes"]) == ("unchanged", [])
        site.close()
