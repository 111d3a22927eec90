# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and checks the bodies of POST calls."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from .errors import Refusal, Sm2Error
from .orders import PRODUCTS, Order, OrderRequest
from .readings import Readings
from .sm2 import check_sm2_request


class Fields:
    """A JSON object whose keys are compared without case, as ASP.NET does.

    A field that is missing, null or blank counts as not given.
    """

    def __init__(self, value: object, *, name: str) -> None:
        if not isinstance(value, dict):
            raise Refusal(f"{name} 格式不正确" if value is not None else f"{name} 不能为空")
        self._values = {str(key).strip().lower(): item for key, item in value.items()}

    def text(self, name: str, *, required: bool = False, longest: int = 4000) -> str:
        """Return a string field without spaces around it.

        Refusal if it has another type, is too long, or is required and not given.
        """
        value = self._values.get(name.lower())
        if value is not None and not isinstance(value, str):
            raise Refusal(f"{name} 格式不正确")
        text = (value or "").strip()
        if required and not text:
            raise Refusal(f"{name} 不能为空")
        if len(text) > longest or "\0" in text:
            raise Refusal(f"{name} 过长" if len(text) > longest else f"{name} 格式不正确")
        return text

    def raw(self, name: str) -> object:
        """Return a field's value, or None."""
        return self._values.get(name.lower())

    def child(self, name: str) -> Fields:
        """Return a required object field."""
        return Fields(self.raw(name), name=name)

    def children(self, name: str) -> list[Fields]:
        """Return a list of objects. It is empty for a missing field."""
        value = self.raw(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise Refusal(f"{name} 格式不正确")
        return [Fields(item, name=name) for item in value]


def check_file(fields: Fields, *, required: bool = True) -> bool:
    """Check ``fileType`` and ``fileContent``, and return whether there is a file.

    Refusal for a suffix other than .jpg, .gif and .pdf, for content that is not base64, or if one is missing.
    """
    file_type = fields.text("fileType", required=required)
    content = fields.text("fileContent", required=required or bool(file_type), longest=40_000_000)
    if not file_type and not content:
        return False
    if file_type not in (".jpg", ".gif", ".pdf"):
        raise Refusal("fileType 不正确，只支持 .jpg、.gif、.pdf")
    try:
        decoded = base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Refusal("fileContent 不是有效的 base64 编码") from None
    if not decoded:
        raise Refusal("fileContent 不能为空")
    return True


SMALLEST_RSA = 2048
# The object identifier of the SM2 curve, 1.2.156.10197.1.301, in DER.
SM2_CURVE = bytes.fromhex("06082a811ccf5501822d")


P256_ALONE = "CSR 密钥类型不支持，只支持 ECC P-256"


def read_csr(text: str, readings: Readings) -> str:
    """Check a CSR, and return it in PEM.

    The syntax, signature and key are checked. An empty text stays empty.
    """
    if not text:
        return ""
    request = _parse(text)
    try:
        key = request.public_key()
        sound = request.is_signature_valid
    except (UnsupportedAlgorithm, ValueError):
        raise Refusal("CSR 密钥类型不支持，只支持 RSA、ECC P-256、ECC P-384") from None
    if not sound:
        raise Refusal("CSR 签名验证失败")
    is_p256 = isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)
    if readings["keys"] == "P-256 alone" and not is_p256:
        raise Refusal(P256_ALONE)
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < SMALLEST_RSA:
            raise Refusal("CSR 密钥长度不足，RSA 不得少于 2048 位")
    elif not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1 | ec.SECP384R1):
        raise Refusal("CSR 密钥类型不支持，只支持 RSA、ECC P-256、ECC P-384")
    return _pem(request)


def read_sm2_csr(text: str) -> str:
    """Check an SM2 CSR with ``openssl``, and return it in PEM.

    Refusal if it is wrong.
    """
    request = _parse(text)
    pem = _pem(request)
    if SM2_CURVE not in request.tbs_certrequest_bytes:
        raise Refusal("CSR 密钥类型不正确，应为 SM2")
    try:
        check_sm2_request(pem)
    except Sm2Error:
        raise Refusal("CSR 签名验证失败") from None
    return pem


def _parse(text: str) -> x509.CertificateSigningRequest:
    try:
        return x509.load_pem_x509_csr(text.encode())
    except ValueError:
        raise Refusal("CSR 格式不正确") from None


def _pem(request: x509.CertificateSigningRequest) -> str:
    return request.public_bytes(Encoding.PEM).decode()


MONTHS = (12, 13, 24, 25)
SHORT_MONTHS = (12, 24)
BUSINESS_CATEGORIES = ("Business Entity", "Private Organization", "Government Entity", "Non-Commercial Entity")
# The longest common name of X.520.
LONGEST_COMMON_NAME = 64

# Field of Create → field of Query.
_ORGANIZATION = {
    "OrgName": "orgName",
    "BusinessCategory": "businessCategory",
    "OrgPhone": "orgPhone",
    "OrgEmail": "orgEmail",
    "UserFirstName": "userFirstName",
    "UserLastName": "userLastName",
    "UserEmail": "userEmail",
    "UserMobile": "userMobile",
    "IDCardNO": "idCardNumber",
    "countryCode": "countryCode",
    "state": "state",
    "city": "city",
    "street": "street",
    "zip": "zip",
    "businessLicense": "businessLicense",
    "OtherName": "otherName",
}


@dataclass(frozen=True, slots=True)
class ReissueRequest:
    """A reissue call. ``check_reissue`` checks its CSRs, which depends on the product."""

    order_id: str
    csr: str
    csr_encrypt: str
    idempotence: str
    document: bool


def read_create(body: Fields, readings: Readings) -> OrderRequest:
    """Check a create call (section 2). Refusal with the first error."""
    order = body.child("orderinfoPost")
    product_id = order.text("productID", required=True).lower()
    if product_id not in PRODUCTS:
        raise Refusal("产品不存在")
    common_name = order.text("commonName", required=True)
    if len(common_name) > LONGEST_COMMON_NAME:
        raise Refusal("commonName 过长，最多 64 个字符")
    months = order.raw("month")
    allowed = MONTHS if readings["long_months"] == "accepted" else SHORT_MONTHS
    if isinstance(months, bool) or not isinstance(months, int) or months not in allowed:
        raise Refusal(f"month 取值不正确，只能为 {'、'.join(map(str, allowed))}")
    password = order.text("uKeyPassword")
    address = order.text("uKeyShipAddress")
    organization = read_organization(body.child("organizationPost"))
    return OrderRequest(
        product_id=product_id,
        common_name=common_name,
        months=months,
        csr=read_csr(order.text("csr_RSA", longest=20_000), readings),
        csr_encrypt="",
        ukey=bool(password or address),
        documents=count_documents(body.children("documentsPost")),
        organization=organization,
        idempotence=order.text("idempotenceID", longest=200),
    )


def read_organization(fields: Fields) -> dict[str, str]:
    """Check ``organizationPost``, and return its fields by the names that Query uses."""
    fields.text("OrgName", required=True)
    category = fields.text("BusinessCategory")
    if category and category not in BUSINESS_CATEGORIES:
        raise Refusal("businessCategory 取值不正确")
    country = fields.text("countryCode")
    if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise Refusal("countryCode 不正确，应为两个英文字母")
    return {read: fields.text(sent, longest=500) for sent, read in _ORGANIZATION.items()}


def count_documents(documents: list[Fields]) -> int:
    """Check ``documentsPost``, and return the number of documents."""
    for document in documents:
        if document.raw("documentType") not in (1, 2, 3, "1", "2", "3") or document.raw("documentType") is True:
            raise Refusal("documentType 取值不正确，只能为 1、2、3")
        check_file(document)
    return len(documents)


def read_cancel(body: Fields) -> str:
    """Check a cancel call (section 5), and return the order's id.

    The reason is optional.
    """
    body.text("reason")
    return body.text("orderID", required=True)


def read_revoke(body: Fields) -> str:
    """Check a revocation request (section 6), and return the order's id.

    Every field is required.
    """
    order_id = body.text("orderId", required=True)
    body.text("reason", required=True)
    check_file(body)
    return order_id


def read_notify(body: Fields) -> str:
    """Check a notification call (section 9), and return the order's id."""
    order_id = body.text("orderID", required=True)
    url = body.text("collectUrl")
    if url and urlsplit(url).scheme not in ("http", "https"):
        raise Refusal("collectUrl 格式不正确")
    return order_id


def read_reissue(body: Fields) -> ReissueRequest:
    """Check the fields of every reissue call (section 7)."""
    order_id = body.text("orderID", required=True)
    csr = body.text("csr", required=True, longest=20_000)
    body.text("reason", required=True)
    return ReissueRequest(
        order_id=order_id,
        csr=csr,
        csr_encrypt=body.text("csR_Encrypt", longest=20_000),
        idempotence=body.text("idempotenceID", longest=200),
        document=check_file(body, required=False),
    )


def check_reissue(reissue: ReissueRequest, order: Order, readings: Readings) -> OrderRequest:
    """Check a reissue call for its order, and return its content."""
    if order.product.requires_document and not reissue.document:
        raise Refusal("fileType、fileContent 不能为空，该产品重新颁发须提供证明材料")
    if order.is_sm2_pair:
        if not reissue.csr_encrypt:
            raise Refusal("csR_Encrypt 不能为空")
        csr, csr_encrypt = read_sm2_csr(reissue.csr), read_sm2_csr(reissue.csr_encrypt)
    else:
        csr, csr_encrypt = read_csr(reissue.csr, readings), ""
    return OrderRequest(
        product_id=order.request.product_id,
        common_name=order.request.common_name,
        months=order.request.months,
        csr=csr,
        csr_encrypt=csr_encrypt,
        ukey=False,
        documents=order.request.documents + int(reissue.document),
        organization=order.request.organization,
        idempotence=reissue.idempotence,
    )
