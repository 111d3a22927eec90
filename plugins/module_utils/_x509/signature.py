# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check signatures with ``cryptography``, and SM2 ones with ``openssl``."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._x509 import der
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import certificate_public_key, verifies
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import parsing_errors, rsa, x509

_OF_RSA, _OF_ECC = ("1.2.840.113549.1.1.", "1.3.14.3.2.29"), ("1.2.840.10045.4.",)
_RSASSA_PSS = "1.2.840.113549.1.1.10"
_SM2_WITH_SM3 = "1.2.156.10197.1.501"


def is_signed_by(certificate: x509.Certificate, issuer: x509.Certificate, *, check_sm2: bool = True) -> bool:
    """Return whether the names match and the issuer's key made the signature.

    False if the algorithm is not supported.

    :param check_sm2: false if SM2 signatures were checked before; then the names and the key type must match
    :raises Sm2Unavailable: the ``openssl`` command cannot check an SM2 signature
    """
    if certificate.issuer != issuer.subject:
        return False
    if is_signed_with_sm2(certificate):
        key = der.public_key_info(issuer.tbs_certificate_bytes)
        if not check_sm2 or not der.is_sm2(key):
            return der.is_sm2(key)
        # Only SM2 signatures need the openssl command.
        from ansible_collections.wotrus.pki.plugins.module_utils._x509 import sm2

        return sm2.is_signed(key, certificate.tbs_certificate_bytes, certificate.signature)
    return has_signature_of(issuer, certificate, certificate.tbs_certificate_bytes)


def has_signature_of(issuer: x509.Certificate, signed: t.Any, data: bytes) -> bool:
    """Return whether the RSA or ECC key of an issuer made a signature.

    :param signed: a certificate, a certificate revocation list or an OCSP answer
    :param data: its part that is signed
    """
    try:
        algorithm, is_pss = signed.signature_hash_algorithm, signed.signature_algorithm_oid.dotted_string == _RSASSA_PSS
        # The library has the parameters of PSS from release 41 on. Without them, no such signature verifies.
        pss = getattr(signed, "signature_algorithm_parameters", None) if is_pss else None
    except parsing_errors():
        return False
    key = certificate_public_key(issuer)
    # The library tells the hash alone.
    of_key = _OF_RSA if isinstance(key, rsa.RSAPublicKey) else _OF_ECC
    is_of_key = signed.signature_algorithm_oid.dotted_string.startswith(of_key)
    return algorithm is not None and is_of_key and verifies(key, signed.signature, data, algorithm, pss=pss)


def is_signed_with_sm2(signed: x509.Certificate | x509.CertificateSigningRequest) -> bool:
    """Return whether the signature algorithm is 1.2.156.10197.1.501, SM2 (GM/T 0006)."""
    return signed.signature_algorithm_oid.dotted_string == _SM2_WITH_SM3
