# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificate signing requests: what the API accepts (RSA from 2048 bits, P-256, P-384; SM2 on a reissue)."""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from .errors import Refusal, Sm2Error
from .openssl import check_sm2_request

SMALLEST_RSA = 2048
# The object identifier of the SM2 curve, 1.2.156.10197.1.301, in DER.
SM2_CURVE = bytes.fromhex("06082a811ccf5501822d")


def read_csr(text: str) -> str:
    """Return a CSR in PEM, checked (syntax, self-signature, key); an empty text stays empty. Refusal otherwise."""
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
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < SMALLEST_RSA:
            raise Refusal("CSR 密钥长度不足，RSA 不得少于 2048 位")
    elif not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1 | ec.SECP384R1):
        raise Refusal("CSR 密钥类型不支持，只支持 RSA、ECC P-256、ECC P-384")
    return _pem(request)


def read_sm2_csr(text: str) -> str:
    """Return an SM2 CSR in PEM, its signature checked with ``openssl``; Refusal otherwise."""
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
