# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide of validation: OpenSSL and pyHanko see the same as the role."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from pyhanko.pdf_utils.reader import PdfFileReader

from tests.helpers.examples import examples
from tests.helpers.sandbox import Sandbox

from .harness import PLANNING, ROOT, Run, Site, entry
from .test_signing_guide import LIVE, blank_pdf

EXAMPLES = examples(ROOT / "docs" / "docsite" / "rst" / "guide_validation.rst")
COMMANDS = [command for one in EXAMPLES for command in one.commands]
(PROGRAM,) = [one.text for one in EXAMPLES if one.caption == "sign_with_answers.py"]


def ask_openssl(live: Path) -> str:
    """Run the commands of the guide, and return what they print."""
    shell = " ; ".join(COMMANDS).replace(LIVE, str(live))
    done = subprocess.run(["/bin/sh", "-c", shell], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def sign(folder: Path, live: Path) -> subprocess.CompletedProcess[str]:
    """Run the program of the guide."""
    (folder / "contract.pdf").write_bytes(blank_pdf().getvalue())
    program = PROGRAM.replace(LIVE, str(live))
    return subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=False)


def planned(run: Run) -> dict[str, object]:
    """Return the result of the certificate by the plan."""
    (task,) = [one for one in run.tasks if one.action == PLANNING]
    (row,) = task.result["results"]
    return dict(row)


def test_other_programs_believe_and_refuse_the_same_answers_as_the_role(
    site: Site, sandbox: Sandbox, tmp_path: Path
) -> None:
    host = site.host()
    site.variables.update(wotrus_certificates=[entry()], wotrus_check_revocation="hosts")
    deployed = site.issue()
    # The plan's own execution asks; only what was deployed is asked about in another one.
    assert len(deployed.on_target()) == 4
    live = host.folder().live

    said, signed = ask_openssl(live), sign(tmp_path, live)
    status = site.issue(playbook="wotrus.pki.status")
    site.issue(playbook="wotrus.pki.report")
    preflight = site.issue(playbook="wotrus.pki.preflight")

    assert "cert.pem: OK" in said
    assert "cert.pem: good" in said
    assert "chain.pem: good" in said
    assert said.count("Response verify OK") == 2
    assert signed.returncode == 0, signed.stderr
    with (tmp_path / "signed.pdf").open("rb") as file:
        embedded = PdfFileReader(file).root["/DSS"]
        assert len(embedded["/OCSPs"]) == 2
    (shown,) = status.named("Show the status of all hosts")
    assert [line.split()[-1] for line in shown.result["msg"][::2]] == ["revocation", "good"]
    (row,) = json.loads((site.folder / "wotrus-report.json").read_text())["certificates"]
    assert row["revocation"] == "good"
    assert [(one["state"], one["source"]) for one in row["revocation_answers"]] == [("good", "ocsp")] * 2
    assert 'status="good"' in (site.folder / "wotrus-report.prom").read_text()
    # The servers for the firewall.
    (task,) = preflight.named("Check the variables, the API")
    (row,) = [one for one in task.result["checks"] if one["check"] == "revocation"]
    assert "127.0.0.1:" in row["msg"]

    sandbox.settings(revoke_intermediates=True)

    said, signed = ask_openssl(live), sign(tmp_path, live)
    revoked = site.run()

    assert "cert.pem: good" in said
    assert "chain.pem: revoked" in said
    assert signed.returncode != 0
    assert "revoked" in signed.stderr
    assert len(revoked.on_target()) == 1
    assert revoked.code == 2
    assert "is revoked, so readers trust no signature" in revoked.failures[-1]
    assert planned(revoked)["error_code"] == "issuer_revoked"
