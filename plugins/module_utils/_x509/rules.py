# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of a chain: strength, and extensions that nothing here checks.

Names, signatures and dates are checked elsewhere.

The verifier of ``cryptography`` is not used. It is made for TLS servers and clients, refuses certificates without their
key usages, and does not exist before release 42.
"""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._x509.describe import (
    ANY_USAGE,
    DOCUMENT_USAGES,
    extended_key_usage,
    find_extension,
    has_readable_extensions,
    is_ca,
    key_type,
    name_text,
)
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import certificate_public_key
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import NameOID, parsing_errors, rsa, x509

_LEAST_RSA_BITS = 2048
_WEAK_HASHES = ("md5", "sha1")
# What this package or the signing software checks. Policies need no check: any policy is accepted (RFC 5280, 6.1.1 c).
_KNOWN_EXTENSIONS = {
    "2.5.29.14",  # subjectKeyIdentifier
    "2.5.29.15",  # keyUsage
    "2.5.29.17",  # subjectAltName
    "2.5.29.19",  # basicConstraints
    "2.5.29.32",  # certificatePolicies
    "2.5.29.37",  # extendedKeyUsage
}


def rule_of_leaf(leaf: x509.Certificate) -> Message | None:
    """Return the first rule that a leaf breaks; ``None`` without any."""
    if is_ca(leaf):
        return Message("The certificate '{subject}' is for a CA, not for a signer.", subject=name_text(leaf.subject))
    number = len(leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME))
    if number > 1:
        subject = name_text(leaf.subject)
        return Message("The certificate '{subject}' has {number} common names.", subject=subject, number=number)
    return _rule_of_each(leaf, is_root=False)


def rule_of_issuer(issuer: x509.Certificate, leaf: x509.Certificate, *, is_root: bool) -> Message | None:
    """Return the first rule that an issuer breaks; ``None`` without any.

    :param is_root: the signature of a root may be of any age, since nobody trusts the root for its signature
    """
    # Readers of documents compare the names below it with them (RFC 5280, section 4.2.1.10), critical or not.
    if find_extension(issuer, x509.NameConstraints) is not None:
        return Message(
            "The CA '{subject}' has name constraints, which the collection cannot check.",
            subject=name_text(issuer.subject),
        )
    broken = None if is_root else _rule_of_usage(issuer, leaf)
    return broken or _rule_of_each(issuer, is_root=is_root)


def _rule_of_usage(issuer: x509.Certificate, leaf: x509.Certificate) -> Message | None:
    """Return the rule that an intermediate breaks if its extended key usages exclude those of the leaf.

    A leaf without any is for documents. RFC 5280 gives the extension of a CA no meaning, but software that signs and
    verifies does (CA/Browser Forum, Baseline Requirements, section 7.1.2.10.6).
    """
    allowed, wanted = extended_key_usage(issuer), extended_key_usage(leaf)
    if wanted is None or ANY_USAGE in wanted:
        wanted = [*DOCUMENT_USAGES]
    if allowed is None or {ANY_USAGE, *wanted} & set(allowed):
        return None
    return Message("The CA '{subject}' issues only for {usages}.", subject=name_text(issuer.subject), usages=allowed)


def _rule_of_each(certificate: x509.Certificate, *, is_root: bool) -> Message | None:
    subject, key = name_text(certificate.subject), certificate_public_key(certificate)
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < _LEAST_RSA_BITS:
        return Message(
            "The certificate '{subject}' has an RSA key of {bits} bits, less than 2048.",
            subject=subject,
            bits=key.key_size,
        )
    if key is None and key_type(certificate) != "SM2":
        return Message("The certificate '{subject}' has a key that cannot be read.", subject=subject)
    if not has_readable_extensions(certificate):
        return Message("The certificate '{subject}' has extensions that cannot be read.", subject=subject)
    for extension in certificate.extensions:
        # RFC 5280, section 4.2.
        if extension.critical and (oid := extension.oid.dotted_string) not in _KNOWN_EXTENSIONS:
            return Message(
                "The certificate '{subject}' has the unknown critical extension {oid}.", subject=subject, oid=oid
            )
    weak = None if is_root else weak_hash(certificate)
    if weak is None:
        return None
    return Message(
        "The certificate '{subject}' is signed with {weak}, which can be forged.", subject=subject, weak=weak
    )


def weak_hash(signed: t.Any) -> str | None:
    """Return the hash algorithm of a signature if it can be forged.

    :param signed: a certificate, a certificate revocation list or an OCSP answer
    """
    try:
        algorithm = signed.signature_hash_algorithm
    except parsing_errors():
        # MD2, SM3 and the like. A signature with an algorithm that the library does not know is not accepted, but SM2.
        return None
    return algorithm.name.upper() if algorithm is not None and algorithm.name in _WEAK_HASHES else None
