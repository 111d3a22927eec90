# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A certificate as plain data for results, records and reports."""

from __future__ import annotations

import typing as t
import unicodedata

from ansible_collections.wotrus.pki.plugins.module_utils._errors import BadCertificate, boundary
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._x509 import der
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import (
    certificate_public_key,
    certificate_public_key_sha256,
)
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import (
    NameOID,
    ec,
    hashes,
    parsing_errors,
    require_cryptography,
    rsa,
    time_text,
    validity,
    x509,
)

Extension = t.TypeVar("Extension", bound="x509.ExtensionType")

_KEY_USAGES = {
    "digital_signature": "digitalSignature",
    "content_commitment": "nonRepudiation",
    "key_encipherment": "keyEncipherment",
    "data_encipherment": "dataEncipherment",
    "key_agreement": "keyAgreement",
    "key_cert_sign": "keyCertSign",
    "crl_sign": "cRLSign",
}
_DOCUMENT_SIGNING = {
    "1.3.6.1.5.5.7.3.36": "documentSigning",  # RFC 9336
    "1.2.840.113583.1.1.5": "adobeAuthenticDocumentsTrust",
    "1.3.6.1.4.1.311.10.3.12": "msDocumentSigning",
}
_EMAIL = "emailProtection"
_SIGNING = {"digitalSignature", "nonRepudiation"}
_ENCRYPTION = {"keyEncipherment", "dataEncipherment", "keyAgreement"}
DOCUMENT_USAGES = frozenset({_EMAIL, *_DOCUMENT_SIGNING.values()})
"""The usages by which readers accept a signature on a document."""

ANY_USAGE = "anyExtendedKeyUsage"
_EXTENDED_KEY_USAGES = {
    **_DOCUMENT_SIGNING,
    "2.5.29.37.0": ANY_USAGE,
    "1.3.6.1.5.5.7.3.1": "serverAuth",
    "1.3.6.1.5.5.7.3.2": "clientAuth",
    "1.3.6.1.5.5.7.3.3": "codeSigning",
    "1.3.6.1.5.5.7.3.4": _EMAIL,
    "1.3.6.1.5.5.7.3.8": "timeStamping",
    "1.3.6.1.5.5.7.3.9": "OCSPSigning",
    "1.3.6.1.4.1.311.20.2.2": "msSmartcardLogon",
}

_NAME_KINDS = {"RFC822Name": "email", "DNSName": "DNS", "UniformResourceIdentifier": "URI", "IPAddress": "IP"}
_UPN = "1.3.6.1.4.1.311.20.2.3"
_MOST_NAMES = 20
_LONGEST_NAME = 300
_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")


@boundary(lambda error: BadCertificate("A certificate cannot be read: {error}.", error=error))
def describe(certificate: x509.Certificate) -> dict[str, t.Any]:
    """Return the data of a certificate in JSON types.

    ``document_signing`` is true if readers accept its signatures on documents: it is no CA, and its usages allow it
    (RFC 5280, 4.2.1.3 and 4.2.1.12; RFC 9336). Readers accept ``emailProtection`` too. ``encryption`` is true if its
    key may be needed to decrypt (RFC 5280, 4.2.1.3; RFC 5480, 3).

    :raises BadCertificate: a field cannot be read
    """
    require_cryptography()
    first, last = validity(certificate)
    key_usage = _key_usage(certificate)
    extended = extended_key_usage(certificate)
    is_readable = has_readable_extensions(certificate)
    return {
        "subject": name_text(certificate.subject),
        **_names_of(certificate.subject),
        "alternative_names": _alternative_names(certificate),
        "issuer": name_text(certificate.issuer),
        "serial_number": serial_number(certificate),
        "not_before": time_text(first),
        "not_after": time_text(last),
        "fingerprint_sha256": certificate.fingerprint(hashes.SHA256()).hex(),
        "public_key_sha256": certificate_public_key_sha256(certificate),
        "key_type": key_type(certificate),
        "key_size": getattr(certificate_public_key(certificate), "key_size", None),
        "key_usage": key_usage or [],
        "extended_key_usage": extended or [],
        "document_signing": not is_ca(certificate) and is_readable and _signs_documents(key_usage, extended),
        "encryption": not is_ca(certificate) and (key_usage is None or bool(_ENCRYPTION & set(key_usage))),
    }


def usage_words(facts: t.Mapping[str, t.Any]) -> list[str] | Message:
    """Return the usages of a certificate, for a message.

    :param facts: of ``describe``
    """
    return [*facts["key_usage"], *facts["extended_key_usage"]] or Message("none")


def name_text(name: x509.Name) -> str:
    """Return a name in the form of RFC 4514.

    Control and format characters are escaped.

    Applicants choose names, and messages show them on terminals.
    """
    return _seen(name.rfc4514_string())


def _seen(text: str) -> str:
    return "".join(
        "".join(f"\\{byte:02X}" for byte in char.encode("utf-8")) if unicodedata.category(char) in _UNSEEN else char
        for char in text
    )


def _name_part(name: x509.Name, oid: x509.ObjectIdentifier) -> str | None:
    """Return a part of a name; ``None`` if there is none.

    An invisible character is escaped, so that the name is another one than without it.
    """
    values = [attribute.value for attribute in name.get_attributes_for_oid(oid)]
    text = values[-1] if values and isinstance(values[-1], str) else None
    return _seen(text) if text else None


def _alternative_names(certificate: x509.Certificate) -> list[str]:
    """Return the e-mail addresses of the subject, and what the certificate names besides.

    Each name has its kind before it, as ``openssl`` writes it. There are at most 20.
    """
    emails = certificate.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS)
    names = [f"email:{address.value}" for address in emails if isinstance(address.value, str)]
    names += map(_general_name, find_extension(certificate, x509.SubjectAlternativeName) or ())
    return [_seen(name)[:_LONGEST_NAME] for name in dict.fromkeys(names)][:_MOST_NAMES]


def _general_name(name: x509.GeneralName) -> str:
    if isinstance(name, x509.DirectoryName):
        return f"directoryName:{name.value.rfc4514_string()}"
    if isinstance(name, x509.OtherName):
        oid = name.type_id.dotted_string
        return f"UPN:{_text_of(name.value)}" if oid == _UPN else f"otherName:{oid}"
    if isinstance(name, x509.RegisteredID):
        return f"registeredID:{name.value.dotted_string}"
    return f"{_NAME_KINDS.get(type(name).__name__, 'name')}:{name.value}"


def _text_of(data: bytes) -> str:
    try:
        return der.Element.read(data).body.decode("utf-8", "replace")
    except BadCertificate:
        return data.hex()


def names_in(subject: str) -> dict[str, str | None]:
    """Return ``common_name`` and ``organization`` of a subject in the form of RFC 4514, as far as it can be read."""
    try:
        return _names_of(x509.Name.from_rfc4514_string(subject))
    except ValueError:
        return _names_of(x509.Name([]))


def _names_of(name: x509.Name) -> dict[str, str | None]:
    parts = {"common_name": NameOID.COMMON_NAME, "organization": NameOID.ORGANIZATION_NAME}
    return {part: _name_part(name, oid) for part, oid in parts.items()}


def serial_number(certificate: x509.Certificate) -> str:
    """Return the serial number in upper-case hexadecimal without colons or leading zeros."""
    return f"{certificate.serial_number:X}"


def key_type(certificate: x509.Certificate) -> str:
    """Return ``RSA``, ``ECC``, ``SM2`` or ``unknown``."""
    public_key = certificate_public_key(certificate)
    if isinstance(public_key, rsa.RSAPublicKey):
        return "RSA"
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        return "ECC"
    return "SM2" if der.is_sm2(der.public_key_info(certificate.tbs_certificate_bytes)) else "unknown"


def _key_usage(certificate: x509.Certificate) -> list[str] | None:
    usage = find_extension(certificate, x509.KeyUsage)
    return None if usage is None else [name for part, name in _KEY_USAGES.items() if getattr(usage, part)]


def extended_key_usage(certificate: x509.Certificate) -> list[str] | None:
    """Return the extended key usages by name; ``None`` without the extension."""
    usage = find_extension(certificate, x509.ExtendedKeyUsage)
    oids = [oid.dotted_string for oid in usage or ()]
    return None if usage is None else [_EXTENDED_KEY_USAGES.get(oid, oid) for oid in oids]


def _signs_documents(key_usage: list[str] | None, extended: list[str] | None) -> bool:
    signs = key_usage is None or bool(_SIGNING & set(key_usage))
    for_documents = extended is None or bool({ANY_USAGE, *DOCUMENT_USAGES} & set(extended))
    return signs and for_documents


def is_ca(certificate: x509.Certificate) -> bool:
    """Return whether a certificate is for a CA."""
    constraints = find_extension(certificate, x509.BasicConstraints)
    return constraints is not None and constraints.ca


def has_readable_extensions(certificate: x509.Certificate) -> bool:
    """Return whether the extensions can be read: none malformed, none repeated."""
    try:
        return certificate.extensions is not None
    except parsing_errors():
        return False


def find_extension(certificate: x509.Certificate, kind: type[Extension]) -> Extension | None:
    """Return an extension's value; ``None`` if it is missing or unreadable."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except parsing_errors(x509.ExtensionNotFound):
        return None
