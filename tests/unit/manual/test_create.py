# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The manual's section 2: fields of Create, and the answer."""

from __future__ import annotations

import typing as t

import pytest

from tests.helpers.operations import csr
from tests.unit.manual.manual_api import CALLS, ID, OTHER, PDF, Data, ManualApi, shown, success

ORGANIZATION = CALLS["create"].options["organization"]


def sent(api: ManualApi, **options: t.Any) -> Data:
    """Place an order, and return the body that was sent."""
    result, request = api("create", **options)
    assert result["order_id"] == ID, result
    return dict(request.json)


@pytest.mark.parametrize(
    ("option", "missing"),
    [
        pytest.param("product", "product", marks=pytest.mark.manual("2.product-id")),
        pytest.param("common_name", "common_name", marks=pytest.mark.manual("2.common-name")),
        pytest.param("months", "months", marks=pytest.mark.manual("2.month")),
        pytest.param("organization", "organization", marks=pytest.mark.manual("2.org-name", "V1.02.no-units")),
    ],
)
@pytest.mark.parametrize("nothing", [None, ...], ids=str)
def test_without_a_required_field_nothing_is_sent(api: ManualApi, option: str, missing: str, nothing: t.Any) -> None:
    failed = api.refused("create", **{option: nothing})

    assert failed["error_code"] == "invalid_input"
    assert missing in failed["msg"]
    assert api.server.requests == []


@pytest.mark.parametrize(
    ("options", "missing"),
    [
        pytest.param({"common_name": " "}, "common_name", marks=pytest.mark.manual("2.common-name")),
        pytest.param({"organization": {"name": " "}}, "name", marks=pytest.mark.manual("2.org-name")),
        pytest.param({"organization": {"name": None}}, "name", marks=pytest.mark.manual("2.org-name")),
        pytest.param({"organization": {"city": "深圳"}}, "name", marks=pytest.mark.manual("2.org-name")),
        pytest.param({"product": ""}, "product", marks=pytest.mark.manual("2.product-id")),
    ],
)
def test_a_required_field_without_a_value_is_not_sent(api: ManualApi, options: Data, missing: str) -> None:
    failed = api.refused("create", **options)

    assert failed["error_code"] == "invalid_input"
    assert missing in failed["msg"]
    assert api.server.requests == []


@pytest.mark.parametrize(
    ("product", "guid"),
    [
        pytest.param("pdf_signing", PDF, marks=pytest.mark.manual("2.product-pdf")),
        pytest.param(
            "organization_document_signing",
            "2C17C336-A772-42F8-B3DD-4F2591A5B116",
            marks=pytest.mark.manual("2.product-organization", "V1.09.products"),
        ),
        pytest.param(
            "individual_document_signing",
            "D4D30B75-68D5-471C-B66A-21299F1DFAA5",
            marks=pytest.mark.manual("2.product-individual", "V1.09.products"),
        ),
        # The SSL product of the manual's Query example, and one that it does not have.
        pytest.param(
            "30B3F256-9D2D-43C5-ABCB-017AA9D3CB6D",
            "30B3F256-9D2D-43C5-ABCB-017AA9D3CB6D",
            marks=pytest.mark.manual("1.1-other-products"),
        ),
        pytest.param(OTHER.lower(), OTHER, marks=pytest.mark.manual("1.1-other-products", "2.sm2")),
    ],
)
def test_a_product_is_ordered_by_its_guid(api: ManualApi, product: str, guid: str) -> None:
    result, request = api("create", success({"orderId": ID, "orderId_RSA": None}), product=product)

    assert request.json["orderinfoPost"]["productID"] == guid
    # The order that the example shows is another product's, and that is noticed.
    assert result.get("error_code") == (None if guid == PDF else "order_mismatch")


@pytest.mark.manual("2.common-name")
def test_common_name_is_sent_and_returned_unchanged(api: ManualApi) -> None:
    assert sent(api)["orderinfoPost"]["commonName"] == "沃通电子认证服务有限公司"
    result, request = api("create", common_name="另一家公司")
    assert request.json["orderinfoPost"]["commonName"] == "另一家公司"
    assert result["error_code"] == "order_mismatch"


@pytest.mark.manual("2.csr", "V1.02.csr-by-kind")
@pytest.mark.parametrize("kind", [pytest.param("RSA", marks=pytest.mark.manual("2.rsa")), "P-256", "P-384"])
def test_csr_of_rsa_or_ecc_is_sent_unchanged_in_its_field(api: ManualApi, kind: str) -> None:
    body = sent(api, csr=csr(kind))

    assert body["orderinfoPost"]["csR_RSA"] == csr(kind)
    assert [name for name in body["orderinfoPost"] if "cs" in name.lower()] == ["csR_RSA"]


@pytest.mark.parametrize(
    ("option", "field"),
    [
        pytest.param("ukey_password", "uKeyPassword", marks=pytest.mark.manual("2.ukey-password")),
        pytest.param("ukey_ship_address", "uKeyShipAddress", marks=pytest.mark.manual("2.ukey-ship-address")),
    ],
)
def test_fields_of_a_ukey_are_sent_only_if_they_are_set(api: ManualApi, option: str, field: str) -> None:
    assert sent(api, csr=..., **{option: "深圳市 1 号"})["orderinfoPost"][field] == "深圳市 1 号"
    assert field not in sent(api)["orderinfoPost"]


@pytest.mark.parametrize(
    "months",
    [
        pytest.param(12, marks=pytest.mark.manual("2.month-12")),
        pytest.param(24, marks=pytest.mark.manual("2.month-24")),
        pytest.param(13, marks=pytest.mark.manual("2.month-13")),
        pytest.param(25, marks=pytest.mark.manual("2.month-25")),
    ],
)
def test_the_months_are_sent_as_a_number_and_the_order_has_to_be_for_them(api: ManualApi, months: int) -> None:
    same = api.placed({"orderId": ID}, query=shown(duration=months), months=months)
    other = api.placed({"orderId": ID}, query=shown(duration=24 if months < 24 else 12), months=months)

    assert api.server.requests[0].json["orderinfoPost"]["month"] == months
    assert (same["order_id"], same["order"]["months"]) == (ID, months)
    assert other["error_code"] == "order_mismatch"


@pytest.mark.manual("2.idempotence-value")
def test_the_callers_own_id_can_be_the_idempotence_value(api: ManualApi) -> None:
    assert sent(api, name=..., idempotence_id="4711")["orderinfoPost"]["idempotenceID"] == "4711"


@pytest.mark.parametrize(
    ("option", "field", "value"),
    [
        pytest.param(
            "business_category",
            "BusinessCategory",
            "Government Entity",
            marks=pytest.mark.manual("2.business-category"),
        ),
        pytest.param("phone", "OrgPhone", "18610077459", marks=pytest.mark.manual("2.org-phone")),
        pytest.param("email", "OrgEmail", "ldq@wotrus.com", marks=pytest.mark.manual("2.org-email")),
        pytest.param("user_first_name", "UserFirstName", "大强", marks=pytest.mark.manual("2.user-first-name")),
        pytest.param("user_last_name", "UserLastName", "刘", marks=pytest.mark.manual("2.user-last-name")),
        pytest.param("user_email", "UserEmail", "ldq@wotrus.com", marks=pytest.mark.manual("2.user-email")),
        pytest.param("user_mobile", "UserMobile", "18610077459", marks=pytest.mark.manual("2.user-mobile")),
        pytest.param("id_card_number", "IDCardNO", "44030119900101123X", marks=pytest.mark.manual("2.id-card-no")),
        pytest.param("country_code", "countryCode", "CN", marks=pytest.mark.manual("2.country-code")),
        pytest.param("state", "state", "广东省", marks=pytest.mark.manual("2.state")),
        pytest.param("city", "city", "深圳市", marks=pytest.mark.manual("2.city")),
        pytest.param("street", "street", "南山区 1 号", marks=pytest.mark.manual("2.street")),
        pytest.param("zip", "zip", "518000", marks=pytest.mark.manual("2.zip")),
        pytest.param("business_license", "businessLicense", "9144", marks=pytest.mark.manual("2.business-license")),
        pytest.param("other_name", "OtherName", "WoTrus", marks=pytest.mark.manual("2.other-name")),
    ],
)
def test_a_field_of_the_organization_is_optional_and_goes_under_the_examples_name(
    api: ManualApi, option: str, field: str, value: str
) -> None:
    given = sent(api, organization={**ORGANIZATION, option: value})["organizationPost"]

    assert given == {"OrgName": "沃通", field: value}
    assert sent(api)["organizationPost"] == {"OrgName": "沃通"}


@pytest.mark.manual("2.business-category")
def test_the_category_is_one_of_four_words(api: ManualApi) -> None:
    for word in ("Business Entity", "Private Organization", "Government Entity", "Non-Commercial Entity"):
        organization = {**ORGANIZATION, "business_category": word}
        assert sent(api, organization=organization)["organizationPost"]["BusinessCategory"] == word
    for word in ("企业", "private organization", "Company"):
        failed = api.refused("create", organization={**ORGANIZATION, "business_category": word})
        assert "Private Organization" in failed["msg"]
        assert api.server.requests == []


@pytest.mark.manual("V1.02.one-word-one-meaning")
def test_no_field_has_the_name_of_an_earlier_edition(api: ManualApi) -> None:
    body = sent(api, ukey_password="pw", ukey_ship_address="street")
    names = {name.lower() for part in ("orderinfoPost", "organizationPost") for name in body[part]}

    assert "productid" in names
    assert not names & {"sn", "hosts", "csr", "producttype", "bindrsaproducttype"}


@pytest.mark.manual("V1.02.no-units")
def test_an_order_brings_its_organization_and_names_no_unit(api: ManualApi) -> None:
    body = sent(api)

    assert body["organizationPost"]["OrgName"] == "沃通"
    assert not [
        name for part in ("orderinfoPost", "organizationPost") for name in body[part] if "orgid" in name.lower()
    ]
    assert [request.path for request in api.server.requests] == ["/v1/Order/Create", f"/v1/Order/{ID}"]


@pytest.mark.manual("2.no-documents")
def test_an_order_may_have_no_documents(api: ManualApi) -> None:
    assert sent(api)["documentsPost"] == []


@pytest.mark.manual("3.id-of-create")
def test_returned_id_is_queried(api: ManualApi) -> None:
    api.placed({"orderId_RSA": f"{OTHER.lower()} "}, query=shown(id=OTHER))

    assert api.server.requests[1].path == f"/v1/Order/{OTHER.lower()}"
