# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Did this certificate issue that one? The only place that knows signature algorithms.

A further algorithm (SM2 by the ``openssl`` command) is a further branch of :func:`is_signed_by`.
"""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._x509._library import parsing_errors
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import certificate_public_key

try:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
except ImportError:
    pass

if t.TYPE_CHECKING:
    RsaPadding = t.Union[padding.PKCS1v15, padding.PSS]

_RSASSA_PSS = "1.2.840.113549.1.1.10"

__all__ = ["is_signed_by"]


def is_signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the names link and the issuer's key made the signature. False for algorithms that cannot be checked."""
    if certificate.issuer != issuer.subject:
        return False
    public_key = certificate_public_key(issuer)
    try:
        if isinstance(public_key, rsa.RSAPublicKey):
            return _rsa(certificate, public_key)
        if isinstance(public_key, ec.EllipticCurvePublicKey):
            return _ecdsa(certificate, public_key)
    except InvalidSignature:
        return False
    except parsing_errors():
        return False
    return False


def _rsa(certificate: x509.Certificate, public_key: rsa.RSAPublicKey) -> bool:
    scheme = _rsa_padding(certificate)
    algorithm = certificate.signature_hash_algorithm
    if scheme is None or algorithm is None:
        return False
    public_key.verify(certificate.signature, certificate.tbs_certificate_bytes, scheme, algorithm)
    return True


def _rsa_padding(certificate: x509.Certificate) -> RsaPadding | None:
    if certificate.signature_algorithm_oid.dotted_string != _RSASSA_PSS:
        return padding.PKCS1v15()
    # The library tells the parameters of PSS from release 41 on; without them nothing can be checked.
    parameters = getattr(certificate, "signature_algorithm_parameters", None)
    return parameters if isinstance(parameters, padding.PSS) else None


def _ecdsa(certificate: x509.Certificate, public_key: ec.EllipticCurvePublicKey) -> bool:
    algorithm = certificate.signature_hash_algorithm
    if algorithm is None:
        return False
    public_key.verify(certificate.signature, certificate.tbs_certificate_bytes, ec.ECDSA(algorithm))
    return True
