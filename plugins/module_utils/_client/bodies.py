# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bodies of the API's POST calls, spelled as in the manual."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import clean_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import filled
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Document, NewOrder, ReissueRequest

ORGANIZATION_FIELDS = {
    "name": "OrgName",
    "business_category": "BusinessCategory",
    "phone": "OrgPhone",
    "email": "OrgEmail",
    "user_first_name": "UserFirstName",
    "user_last_name": "UserLastName",
    "user_email": "UserEmail",
    "user_mobile": "UserMobile",
    "id_card_number": "IDCardNO",
    "country_code": "countryCode",
    "state": "state",
    "city": "city",
    "street": "street",
    "zip": "zip",
    "business_license": "businessLicense",
    "other_name": "OtherName",
}
"""Option names of ``organization`` and the manual's names in ``organizationPost`` (section 2)."""


def create_body(order: NewOrder) -> dict[str, t.Any]:
    """Return the body of Create.

    :raises InvalidInput: ``extra`` has a field that an option sets
    """
    info: dict[str, t.Any] = {
        "productID": order.product_id,
        "commonName": order.common_name,
        "csR_RSA": order.csr,
        "uKeyPassword": order.ukey_password,
        "uKeyShipAddress": order.ukey_ship_address,
        "month": order.months,
        "idempotenceID": order.idempotence_id,
    }
    ours = {name.casefold() for name in (*info, "csr_RSA")}
    # A name in YAML may be a number.
    extra = {str(name): value for name, value in order.extra.items()}
    clashing = sorted(name for name in extra if name.strip().casefold() in ours)
    if clashing:
        raise InvalidInput("extra must not have {names}. Use the option of its own.", names=clashing)
    return {
        "orderinfoPost": {**extra, **filled(info)},
        "organizationPost": filled({ORGANIZATION_FIELDS[name]: value for name, value in order.organization.items()}),
        "documentsPost": [
            {"documentType": doc.type.value if doc.type else None, **document_fields(doc)} for doc in order.documents
        ],
    }


def reissue_body(request: ReissueRequest) -> dict[str, t.Any]:
    """Return the body of ReissueRequest."""
    body = {
        "orderID": clean_id(request.order_id),
        "csr": request.csr,
        "reason": request.reason,
        "idempotenceID": request.idempotence_id,
        "csR_Encrypt": request.csr_encrypt,
    }
    return {**filled(body), **document_fields(request.document)}


def document_fields(document: Document | None) -> dict[str, str]:
    """Return the fields of a document: of an order, or the evidence of RevokeRequest and ReissueRequest."""
    return {"fileType": document.file_type, "fileContent": document.content} if document else {}


def encode(body: t.Mapping[str, t.Any]) -> bytes:
    """Return a body as JSON in UTF-8.

    :raises InvalidInput: a value of ``extra`` has no JSON form
    """
    try:
        return json.dumps(body, ensure_ascii=False).encode("utf-8")
    except (TypeError, ValueError):
        raise InvalidInput(
            "extra has a value that cannot be written as JSON. Use texts, numbers, lists and maps."
        ) from None
