# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The manual's sections 5, 6 and 9: cancel, revoke and notify."""

from __future__ import annotations

import base64
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.wotrus.pki.plugins.modules import wotrus_revoke
from tests.unit.manual.manual_api import CALLS, EVIDENCE, ID, Data, ManualApi, shown, success

FILES = {".jpg": b"\xff\xd8\xff\xe0 picture", ".gif": b"GIF89a picture", ".pdf": b"%PDF-1.7 paper"}


def after(api: ManualApi, name: str, *statuses: str, **options: t.Any) -> Data:
    """Make a call with these statuses of Query; return the result."""
    call = CALLS[name]
    first, *others = statuses
    api.server.will(success(shown(status=first)), success(call.data), *(success(shown(status=word)) for word in others))
    return api.run(call.operation, **{**call.options, **options})


def methods(api: ManualApi) -> list[str]:
    return [request.method for request in api.server.requests]


# ---- section 5


@pytest.mark.manual("5.cancels", "5.order-id", "5.reason")
def test_an_order_is_cancelled_by_its_id_with_the_reason(api: ManualApi) -> None:
    result, request = api("cancel")

    assert request.json == {"orderID": ID, "reason": "域名填写错误"}
    assert (result["changed"], result["order"]["status"]) == (True, "closed")


@pytest.mark.parametrize(
    "option",
    [
        pytest.param("order_id", marks=pytest.mark.manual("5.order-id")),
        pytest.param("reason", marks=pytest.mark.manual("5.reason")),
    ],
)
@pytest.mark.parametrize("nothing", ["", " ", None, ...], ids=str)
def test_nothing_is_cancelled_without_its_id_and_a_reason(api: ManualApi, option: str, nothing: t.Any) -> None:
    failed = api.refused("cancel", **{option: nothing})

    assert failed["error_code"] == "invalid_input"
    assert option in failed["msg"]
    assert api.server.requests == []


@pytest.mark.manual("5.cancel-result", "5.cancel-failed-reason", "5.not-issued")
def test_refused_cancellation_is_a_failure_with_the_reason_of_the_server(api: ManualApi) -> None:
    failed, _request = api("cancel", success({"cancelResult": False, "cancelFailedReason": "证书已签发"}))

    assert (failed["failed"], failed["error_code"], failed["order_id"]) == (True, "cancel_refused", ID)
    assert "证书已签发" in failed["msg"]


@pytest.mark.manual("5.cancel-result")
@pytest.mark.parametrize("data", [{"cancelResult": False}, {"cancelResult": None}, {}])
def test_only_true_means_cancelled(api: ManualApi, data: Data) -> None:
    assert api("cancel", success(data))[0]["error_code"] == "cancel_refused"


@pytest.mark.manual("5.cancel-failed-reason")
@pytest.mark.parametrize("reason", ["", None, "string"])
def test_a_reason_beside_a_success_is_no_failure(api: ManualApi, reason: t.Any) -> None:
    result, _request = api("cancel", success({"cancelResult": True, "cancelFailedReason": reason}))

    assert result["changed"] is True


# ---- section 6


@pytest.mark.manual("6.order-id", "6.reason", "6.file-type", "6.file-content")
@pytest.mark.parametrize("suffix", FILES)
def test_every_field_of_a_revocation_is_sent(api: ManualApi, suffix: str, tmp_path: Path) -> None:
    file = tmp_path / f"evidence{suffix}"
    file.write_bytes(FILES[suffix])
    _result, request = api("revoke", document={"path": str(file)})

    assert request.json == {
        "orderId": ID,
        "reason": "私钥泄露",
        "fileType": suffix,
        "fileContent": base64.b64encode(FILES[suffix]).decode("ascii"),
    }


@pytest.mark.parametrize(
    ("option", "nothing"),
    [
        *(pytest.param("order_id", value, marks=pytest.mark.manual("6.order-id")) for value in ("", " ", ...)),
        *(pytest.param("reason", value, marks=pytest.mark.manual("6.reason")) for value in ("", " ", ...)),
    ],
)
def test_nothing_is_revoked_without_its_id_and_a_reason(api: ManualApi, option: str, nothing: t.Any) -> None:
    failed = api.refused("revoke", **{option: nothing})

    assert failed["error_code"] == "invalid_input"
    assert option in failed["msg"]
    assert api.server.requests == []


@pytest.mark.manual("6.evidence", "6.template")
@pytest.mark.parametrize("nothing", [None, ...], ids=str)
def test_revocation_without_evidence_is_refused_and_the_template_is_named(api: ManualApi, nothing: t.Any) -> None:
    failed = api.refused("revoke", document=nothing)

    assert failed["error_code"] == "invalid_document"
    assert "template" in failed["msg"]
    assert methods(api) == ["GET"]


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({"content": base64.b64encode(EVIDENCE).decode()}, marks=pytest.mark.manual("6.file-type")),
        pytest.param({"content": "YQ==", "file_type": ".png"}, marks=pytest.mark.manual("6.file-type")),
        pytest.param({"content": "YQ==", "file_type": ".pdf"}, marks=pytest.mark.manual("6.file-type")),
        pytest.param({"file_type": ".pdf"}, marks=pytest.mark.manual("6.file-content")),
        pytest.param({"content": "", "file_type": ".pdf"}, marks=pytest.mark.manual("6.file-content")),
        pytest.param({"content": "no base64!", "file_type": ".pdf"}, marks=pytest.mark.manual("6.file-content")),
    ],
)
def test_nothing_is_revoked_with_evidence_that_lacks_its_type_or_content(api: ManualApi, document: Data) -> None:
    failed = api.refused("revoke", document=document)

    assert failed["error_code"] in ("invalid_document", "invalid_input")
    assert api.server.requests == []


@pytest.mark.manual("6.template")
def test_the_documentation_of_revoking_mentions_the_template() -> None:
    documented = yaml.safe_load(wotrus_revoke.DOCUMENTATION)

    assert "template" in str(documented["options"]["document"]) + str(documented["description"])


@pytest.mark.manual("6.revoke-status")
def test_a_revocation_that_is_audited_is_not_done_yet(api: ManualApi) -> None:
    result, _request = api("revoke")

    assert (result["changed"], result["revoked"], result["status"]) == (True, False, "pendingRevoke")


@pytest.mark.manual("6.revoked", "6.revokes")
def test_a_revocation_may_be_done_at_once(api: ManualApi) -> None:
    result = after(api, "revoke", "issued", "revoked")

    assert (result["changed"], result["revoked"], result["status"]) == (True, True, "revoked")
    assert methods(api) == ["GET", "POST", "GET"]


@pytest.mark.manual("6.other-answers", "6.revoke-status", "6.revoked")
@pytest.mark.parametrize("data", [{"revokeStatus": "somethingNew", "revoked": True}, {}, {"revokeStatus": None}])
@pytest.mark.parametrize("status", ["pendingRevoke", "revoked", "issued"])
def test_query_decides_whether_an_order_is_revoked(api: ManualApi, data: Data, status: str) -> None:
    api.server.will(success(shown(status="issued")), success(data), success(shown(status=status)))
    result = api.run(CALLS["revoke"].operation, **CALLS["revoke"].options)

    assert (result["revoked"], result["status"]) == (status == "revoked", status)


@pytest.mark.manual("6.other-answers", "3.status-pending-revoke")
@pytest.mark.usefixtures("no_pauses")
def test_revocation_that_the_audit_refuses_fails_the_wait(api: ManualApi) -> None:
    failed = after(api, "revoke", "issued", "pendingRevoke", "pendingRevoke", "issued", wait=True)

    assert failed["error_code"] == "revocation_refused"
    assert methods(api).count("POST") == 1


# ---- section 9


@pytest.mark.manual("9.order-id", "9.collect-url")
def test_every_field_of_a_notification_is_sent(api: ManualApi) -> None:
    result, request = api("notify")

    assert request.json == {"orderID": ID, "collectUrl": "https://console.example.com/ssl/order/exiud34"}
    assert (result["sent"], result["changed"]) == (True, True)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(pytest.param("order_id", value, marks=pytest.mark.manual("9.order-id")) for value in ("", " ", ...)),
        *(
            pytest.param("collect_url", value, marks=pytest.mark.manual("9.collect-url"))
            for value in ("", " ", ..., "console.example.com", "ftp://console.example.com/a", "https://")
        ),
    ],
)
def test_notification_needs_an_order_and_a_web_address(api: ManualApi, option: str, value: t.Any) -> None:
    failed = api.refused("notify", **{option: value})

    assert failed["error_code"] == "invalid_input"
    assert option in failed["msg"]
    assert api.server.requests == []


@pytest.mark.manual("9.sent-result")
@pytest.mark.parametrize("data", [{"sentResult": False}, {"sentResult": None}, {}])
def test_email_that_is_not_sent_is_a_failure(api: ManualApi, data: Data) -> None:
    failed, _request = api("notify", success(data))

    assert (failed["failed"], failed["error_code"], failed["order_id"]) == (True, "not_sent", ID)


@pytest.mark.manual("9.before-issue")
@pytest.mark.parametrize("status", ["pending", "pendingCAIssued", "closed", "revoked", "unknown"])
def test_notification_needs_an_issued_order(api: ManualApi, status: str) -> None:
    failed = after(api, "notify", status)

    assert failed["error_code"] == "order_not_issued"
    assert methods(api) == ["GET"]
