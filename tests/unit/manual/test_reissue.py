# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The manual's section 7: reissue of a certificate."""

from __future__ import annotations

import base64
import typing as t

import pytest

from tests.helpers.operations import csr
from tests.unit.manual.manual_api import (
    CALLS,
    DOCUMENT,
    EVIDENCE,
    ID,
    OTHER,
    Data,
    ManualApi,
    pems,
    shown,
    success,
)

OPERATION = CALLS["reissue"].operation
SM2 = {"productName": "国密文档签名证书", "productID": "5A4D3253-1C0E-4D1B-9F52-D0C5169A11CE"}
SECTIGO = {"productName": "超真 SSL (Sectigo OV)", "productID": "0F55105E-91B7-4F9C-8F0D-5EC716055100"}
EVIDENCE_FIELDS = {"fileType": ".pdf", "fileContent": base64.b64encode(EVIDENCE).decode()}


def reissued(api: ManualApi, product: Data, *, answer: t.Any = OTHER, **options: t.Any) -> tuple[Data, list[Data]]:
    """Reissue an order; return the result and the sent bodies."""
    api.server.will(success(shown(status="issued", **product)), success(pems("RSA")), success({"newOrderID": answer}))
    api.server.will(success(shown(id=answer or ID, **product)))
    result = api.run(OPERATION, **{**CALLS["reissue"].options, **options})
    return result, [request.json for request in api.server.requests if request.method == "POST"]


@pytest.mark.manual("7.reissues", "7.order-id", "7.csr", "7.reason")
def test_reissue_sends_the_order_a_csr_and_a_reason(api: ManualApi) -> None:
    result, request = api("reissue")

    assert request.json.pop("idempotenceID") == result["idempotence_id"]
    assert {name: value for name, value in request.json.items() if name != "idempotenceID"} == {
        "orderID": ID,
        "csr": csr("P-384"),
        "reason": "私钥泄露",
    }
    assert (result["changed"], result["created"]) == (True, True)


@pytest.mark.parametrize(
    "option",
    [
        pytest.param("order_id", marks=pytest.mark.manual("7.order-id")),
        pytest.param("csr", marks=pytest.mark.manual("7.csr")),
        pytest.param("reason", marks=pytest.mark.manual("7.reason")),
    ],
)
@pytest.mark.parametrize("nothing", ["", " ", ...], ids=str)
def test_without_a_required_field_nothing_is_reissued(api: ManualApi, option: str, nothing: t.Any) -> None:
    failed = api.refused("reissue", **{option: nothing})

    assert failed["error_code"] in ("invalid_input", "invalid_csr")
    assert option in failed["msg"].lower()
    assert api.server.requests == []


@pytest.mark.manual("7.idempotence", "V1.05.reissue-idempotence", "7.idempotence-spelling")
def test_each_key_of_an_order_has_one_idempotence_value_or_the_callers_own(api: ManualApi) -> None:
    def value(**options: t.Any) -> str:
        return str(api("reissue", **options)[1].json["idempotenceID"])

    assert value() == value() == value(order_id=f"{ID.lower()} ", reason="another reason")
    assert value(csr=csr("P-384/other")) != value()
    assert value(idempotence_id="4711") == "4711"


@pytest.mark.manual("7.file-type", "7.file-content", "7.revokes-old")
@pytest.mark.parametrize("product", [SM2, SECTIGO], ids=["SM2", "Sectigo"])
def test_sm2_and_sectigo_products_need_a_document_for_a_reissue(api: ManualApi, product: Data) -> None:
    failed, nothing = reissued(api, product)
    api.server._answers.clear()
    result, (body,) = reissued(api, product, document=DOCUMENT)

    assert (failed["error_code"], nothing) == ("invalid_input", [])
    assert "document" in failed["msg"]
    assert {name: body[name] for name in EVIDENCE_FIELDS} == EVIDENCE_FIELDS
    assert result["revokes_old"] is True


@pytest.mark.manual("7.always-revokes")
def test_revocation_after_a_reissue_is_unknown_for_other_products(api: ManualApi) -> None:
    result, _sent = reissued(api, {"productName": "超快 SSL V1", "productID": "30B3F256-9D2D-43C5-ABCB-017AA9D3CB6D"})

    assert result["revokes_old"] is None
    assert [request.path.split("/")[-1] for request in api.server.requests if request.method == "POST"] == [
        "ReissueRequest"
    ]
