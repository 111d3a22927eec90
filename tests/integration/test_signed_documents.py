# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The day after a renewal whose reload did nothing, each run, status and report says what the service signs with."""

from __future__ import annotations

import io
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers

from tests.helpers import signed
from tests.helpers.sandbox import DAY, Sandbox
from tests.unit.x509 import pki

from .harness import Folder, Run, Site, entry
from .test_report import PLAYBOOK
from .test_signing_guide import blank_pdf

SECRET = "salaries-of-2026"


class CachingService:
    """A service that reads its key once, and signs PDFs with pyHanko.

    :ivar days: how many days after now it signs
    """

    def __init__(self, folder: Folder, out: Path) -> None:
        self._folder, self.out, self.days = folder, out, 0.0
        self.out.mkdir()
        self.restart()

    def restart(self) -> None:
        live = self._folder.live
        self._signer = signers.SimpleSigner.load(
            str(live / "privkey.pem"), str(live / "cert.pem"), ca_chain_files=(str(live / "chain.pem"),)
        )

    def sign(self) -> None:
        writer = IncrementalPdfFileWriter(io.BytesIO(blank_pdf().read()))
        document = signers.sign_pdf(writer, signers.PdfSignatureMetadata(field_name="Signature"), signer=self._signer)
        self.write(document.getvalue())

    def write(self, document: bytes) -> None:
        file = self.out / f"{SECRET}-{time.monotonic_ns()}.pdf"
        file.write_bytes(document)
        moment = time.time() + self.days * DAY
        os.utime(file, (moment, moment))


def states(row: Mapping[str, Any]) -> dict[str, int]:
    return {one["state"]: one["documents"] for one in row["signed_documents"]["signers"]}


def said(run: Run) -> str:
    text = " ".join(run.output.split())
    assert SECRET not in text
    return text


def test_service_that_kept_its_key_is_found_the_day_after(site: Site, sandbox: Sandbox, tmp_path: Path) -> None:
    out = tmp_path / "out"
    wanted = {"path": f"{out}/*.pdf", "newest": 3}
    host = site.host(wotrus_certificates=[entry(reload={"command": "true"}, signed_documents=wanted)])
    site.given(wotrus_certificates=[entry()])
    service = CachingService(host.folder(), out)
    for _document in range(4):
        service.sign()
    former = host.folder().release

    sandbox.clock(advance=350 * DAY)
    renewed = site.issue()

    assert renewed.result()["result"] == "deployed"
    assert renewed.result()["signed_documents"] is None
    service.days = 0.5
    service.sign()
    sandbox.clear_calls()
    warned = site.issue(playbook="wotrus.pki.issue")
    row = warned.result()
    assert (row["result"], row["alarm"], row["error_code"]) == ("unchanged", "warning", "signatures_superseded")
    assert states(row) == {"superseded": 1, "former": 2}
    assert f"certificate {former} signed 1 after it was superseded on " in said(warned)
    assert "Restart the service that signs" in said(warned)
    assert len(warned.on_target()) == 1
    assert [call["endpoint"] for call in sandbox.calls()] == ["query"]

    status = site.run(playbook="wotrus.pki.status")
    assert "former, before the switch 2, superseded 1, newest " in said(status)
    said(site.run(playbook=PLAYBOOK))
    data, page, metrics = ((site.folder / f"wotrus-report.{kind}").read_text() for kind in ("json", "html", "prom"))
    assert SECRET not in data + page + metrics
    assert states(json.loads(data)["certificates"][0]) == {"superseded": 1, "former": 2}
    assert "superseded</span> 1" in page
    labels = f'host="{host.name}",name="contracts",status="superseded",serial_number="{former}"'
    assert f"wotrus_signed_documents{{{labels}}} 1\n" in metrics
    assert "wotrus_signed_documents_found{" in metrics

    site.host(wotrus_certificates=[entry(reload={"command": "true"}, signed_documents={**wanted, "alarm": "failure"})])
    failed = site.run(playbook="wotrus.pki.issue", variables={"wotrus_language": "zh"})
    assert (failed.code, failed.result()["alarm"]) == (2, "failure")
    assert "之后仍签署了 1 个" in said(failed)
    service.restart()
    for _document in range(3):
        service.sign()
    healed = site.issue()
    assert (states(healed.result()), healed.result()["alarm"]) == ({"live": 3}, None)

    # A second certificate, of another CA, that nobody manages; then a service that signs no more.
    service.days = 0.9
    other = pki.root("Another CA").issue("Somebody")
    service.write(signed.pdf(other.certificate, other.key))
    assert site.run().result()["error_code"] == "signatures_foreign"
    for _document in range(3):
        service.write(blank_pdf().read())
    assert site.run().result()["error_code"] == "signatures_missing"
