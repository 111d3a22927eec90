# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bodies of calls, and keys and CSRs that are made once."""

from __future__ import annotations

import base64
import functools
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from tests.helpers.sandbox import Sandbox

PDF = "76ECE651-B59E-48F2-A47B-135614AADAD9"
OV_SSL = "0F55105E-91B7-4F9C-8F0D-5EC716055100"
FAST_SSL = "30B3F256-9D2D-43C5-ABCB-017AA9D3CB6D"
SM2 = "5A4D3253-1C0E-4D1B-9F52-D0C5169A11CE"
DOCUMENT = {"fileType": ".pdf", "fileContent": base64.b64encode(b"%PDF-1.7 secret evidence").decode()}

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@functools.cache
def key(kind: str) -> Key:
    """A private key: RSA, RSA-1024, P-256, P-384 or P-521."""
    if kind.startswith("RSA"):
        return rsa.generate_private_key(public_exponent=65537, key_size=1024 if kind == "RSA-1024" else 2048)
    curves: dict[str, ec.EllipticCurve] = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}
    return ec.generate_private_key(curves[kind])


@functools.cache
def csr(kind: str = "P-256") -> str:
    """A CSR in PEM, with a subject that the CA replaces."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "what the CSR says")])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key(kind), hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()


def body(organization: dict[str, Any] | None = None, documents: Any = (), **order: Any) -> dict[str, Any]:
    """Return a create call.

    A field of the order that is ``None`` is left out.
    """
    fields = {"productID": PDF, "commonName": "沃通电子认证", "csR_RSA": csr(), "month": 12, **order}
    return {
        "orderinfoPost": {name: value for name, value in fields.items() if value is not None},
        "organizationPost": {"OrgName": "沃通电子认证服务有限公司", "countryCode": "CN", **(organization or {})},
        "documentsPost": list(documents),
    }


def create(sandbox: Sandbox, sent: dict[str, Any]) -> str:
    """Place an order, and return its id from the answer."""
    answer = sandbox.call("POST", "/v1/Order/Create", sent).json()
    assert answer["isSuccess"] is True, answer
    data = answer["data"]
    return str(data.get("orderId_RSA") or data["orderId"])


def query(sandbox: Sandbox, order_id: str) -> dict[str, Any]:
    """Return the data of Query."""
    answer = sandbox.call("GET", f"/v1/Order/{order_id}").json()
    assert answer["isSuccess"] is True, answer
    return dict(answer["data"])


def status(sandbox: Sandbox, order_id: str) -> str:
    """Return the status in the answer of Query."""
    return str(query(sandbox, order_id)["status"])


def retrieve(sandbox: Sandbox, order_id: str) -> dict[str, Any]:
    """Return the answer of RetrievePem."""
    return dict(sandbox.call("GET", f"/v1/Certificate/RetrievePem?orderID={order_id}").json())


def issued(sandbox: Sandbox, sent: dict[str, Any]) -> str:
    """Place an order and fetch its certificate."""
    order_id = create(sandbox, sent)
    answer = retrieve(sandbox, order_id)
    assert answer["isSuccess"] is True, answer
    return order_id


def post(sandbox: Sandbox, path: str, **sent: Any) -> dict[str, Any]:
    """Send a flat body by POST, and return the answer."""
    return dict(sandbox.call("POST", path, sent).json())


def reissue(sandbox: Sandbox, order_id: str, **sent: Any) -> dict[str, Any]:
    """Request a reissue, and return the answer."""
    fields = {"orderID": order_id, "csr": csr("P-384"), "reason": "new key", **sent}
    return post(sandbox, "/v1/Certificate/ReissueRequest", **fields)


def revoke(sandbox: Sandbox, order_id: str) -> dict[str, Any]:
    """Request a revocation, and return the answer."""
    return post(sandbox, "/v1/Certificate/RevokeRequest", orderId=order_id, reason="lost", **DOCUMENT)


def same(one: str, other: str) -> bool:
    """Return whether two ids are the same without blanks and case."""
    return one.strip().lower() == other.strip().lower()
