# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The manual's sections 5, 6 and 9: cancel, revoke and notify."""

from __future__ import annotations

import base64
import typing as t
from pathlib import Path

import pytest

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


@pytest.mark.manual("6.revoked", "6.revokes")
def test_a_revocation_may_be_done_at_once(api: ManualApi) -> None:
    result = after(api, "revoke", "issued", "revoked")

    assert (result["changed"], result["revoked"], result["status"]) == (True, True, "revoked")
    assert methods(api) == ["GET", "POST", "GET"]


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
