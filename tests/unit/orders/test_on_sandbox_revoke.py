# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""wotrus_revoke and wotrus_notify call once, and never claim more.

A revocation has evidence.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._orders import notify, revoke, wait
from ansible_collections.wotrus.pki.plugins.module_utils._orders.certificate import OPERATION as CERTIFICATE
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order import OPERATION as ORDER
from tests.helpers.operations import Runner
from tests.helpers.sandbox import Sandbox

PDF = {"content": base64.b64encode(b"%PDF-1.4 evidence").decode(), "file_type": ".pdf"}


@pytest.fixture
def issued(sandbox: Sandbox, run: Runner, order: dict[str, Any]) -> str:
    """The id of an issued order, with a cleared log of calls."""
    order_id = str(run(ORDER, **order)["order_id"])
    assert run(CERTIFICATE, order_id=order_id)["issued"]
    sandbox.clear_calls()
    return order_id


def asked(run: Runner, order_id: str, **options: Any) -> dict[str, Any]:
    return run(revoke.OPERATION, order_id=order_id, reason="私钥泄露", **options)


def test_revocation_is_requested_once_and_waited_for(sandbox: Sandbox, run: Runner, issued: str) -> None:
    sandbox.settings(manual_review=True)
    first = asked(run, issued, document=PDF)
    assert (first["changed"], first["status"], first["revoked"]) == (True, "pendingRevoke", False)
    again = asked(run, issued)
    assert (again["changed"], again["status"]) == (False, "pendingRevoke")
    sandbox.order(issued, "revoke")
    done = asked(run, issued, wait=True)
    assert (done["revoked"], done["status"]) == (True, "revoked")
    assert len(sandbox.calls("revoke")) == 1


def test_check_mode_predicts_and_sends_nothing(sandbox: Sandbox, run: Runner, issued: str) -> None:
    result = run(revoke.OPERATION, check=True, order_id=issued, reason="x", document=PDF)
    assert result["changed"] is True
    assert sandbox.calls("revoke") == []


def test_order_of_another_organization_is_not_revoked(sandbox: Sandbox, run: Runner, issued: str) -> None:
    assert asked(run, issued, document=PDF, organization="Other Bank Ltd")["error_code"] == "order_mismatch"
    assert sandbox.calls("revoke") == []
    assert asked(run, issued, document=PDF, organization="沃通电子认证服务有限公司")["changed"]


def test_refused_revocation_is_a_failure(
    sandbox: Sandbox, run: Runner, issued: str, fast_waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.settings(manual_review=True)
    asked(run, issued, document=PDF)
    pause = wait.time.sleep

    def review_ends(seconds: float) -> None:
        if not fast_waits:
            sandbox.order(issued, "refuse-revocation")
        pause(seconds)

    monkeypatch.setattr(wait.time, "sleep", review_ends)
    failed = asked(run, issued, wait=True)
    assert failed["error_code"] == "revocation_refused"
    assert "issued again" in failed["msg"]


BAD: dict[str, tuple[dict[str, Any] | None, str, str]] = {
    "no document": (None, "invalid_document", "document is missing"),
    "no PDF inside": (
        {"content": base64.b64encode(b"GIF89a").decode(), "file_type": ".pdf"},
        "invalid_document",
        "is not a PDF",
    ),
    "no such file": ({"path": "/no/such.pdf"}, "invalid_document", "cannot read"),
}


@pytest.mark.parametrize(("document", "code", "words"), BAD.values(), ids=BAD)
def test_bad_evidence_is_reported_before_anything_is_sent(
    sandbox: Sandbox, run: Runner, issued: str, document: dict[str, Any] | None, code: str, words: str
) -> None:
    failed = asked(run, issued, **({"document": document} if document else {}))
    assert failed["error_code"] == code
    assert words in failed["msg"]
    assert sandbox.calls("revoke") == []


def test_png_is_no_evidence(sandbox: Sandbox, run: Runner, issued: str, tmp_path: Path) -> None:
    (tmp_path / "evidence.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    failed = asked(run, issued, document={"path": str(tmp_path / "evidence.png")})
    assert failed["error_code"] == "invalid_document"
    assert "'.png' is none of" in failed["msg"]
    assert sandbox.calls("revoke") == []

    assert asked(run, issued, document=PDF)["changed"]


def test_order_without_a_certificate_has_nothing_to_revoke(
    sandbox: Sandbox, run: Runner, order: dict[str, Any]
) -> None:
    sandbox.settings(manual_review=True)
    order_id = run(ORDER, **order)["order_id"]
    assert asked(run, order_id, document=PDF)["error_code"] == "order_not_issued"
    sandbox.order(order_id, "close")
    assert asked(run, order_id, document=PDF)["error_code"] == "order_dead"
    assert sandbox.calls("revoke") == []


@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
def test_lost_answer_is_checked_by_query(sandbox: Sandbox, run: Runner, issued: str, fault: str) -> None:
    sandbox.settings(manual_review=True)
    sandbox.fault("revoke", fault)
    result = asked(run, issued, document=PDF)
    assert (result["changed"], result["status"]) == (True, "pendingRevoke")
    assert len(sandbox.calls("revoke")) == (2 if fault == "drop_before" else 1)


def test_revocation_is_sent_again_after_retry_after(
    sandbox: Sandbox, run: Runner, issued: str, pauses: list[float]
) -> None:
    sandbox.settings(manual_review=True)
    sandbox.fault("revoke", "status", status=429, retry_after="30")
    assert asked(run, issued, document=PDF)["status"] == "pendingRevoke"
    (pause,) = pauses
    assert 30 <= pause < 31
    assert len(sandbox.calls("revoke")) == 2


def test_email_is_sent_for_an_issued_order(sandbox: Sandbox, run: Runner, order: dict[str, Any]) -> None:
    order["organization"] = {**order["organization"], "user_email": "pki@example.com"}
    order_id = run(ORDER, **order)["order_id"]
    url = "https://pki.example.com/"
    assert run(notify.OPERATION, order_id=order_id, collect_url=url)["error_code"] == "order_not_issued"
    run(CERTIFICATE, order_id=order_id)
    assert run(notify.OPERATION, check=True, order_id=order_id, collect_url=url)["sent"] is False
    assert sandbox.calls("notify") == []
    sent = run(notify.OPERATION, order_id=order_id, collect_url=url)
    assert (sent["sent"], sent["changed"]) == (True, True)


def test_email_is_sent_once_and_never_reported_without_proof(sandbox: Sandbox, run: Runner, issued: str) -> None:
    assert run(notify.OPERATION, order_id=issued, collect_url="ftp://x")["error_code"] == "invalid_input"
    assert run(notify.OPERATION, order_id=issued, collect_url="https://x.example/")["error_code"] == "not_sent"
    sandbox.clear_calls()
    sandbox.fault("notify", "drop_after")
    lost = run(notify.OPERATION, order_id=issued, collect_url="https://x.example/")
    assert "may have been sent" in lost["msg"]
    assert len(sandbox.calls("notify")) == 1
