# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificate signing requests (PKCS#10, RFC 2986)."""

from __future__ import annotations

import contextlib
import hashlib
import typing as t
from collections.abc import Mapping

from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    InvalidCsr,
    InvalidInput,
    MissingLibrary,
    boundary,
)
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, Text
from ansible_collections.wotrus.pki.plugins.module_utils._x509 import der
from ansible_collections.wotrus.pki.plugins.module_utils._x509.csr_content import (
    name_attributes,
    other_requests,
    subject_of,
)
from ansible_collections.wotrus.pki.plugins.module_utils._x509.describe import name_text
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import (
    CURVES,
    ECC,
    RSA,
    RSA_SIZES,
    KeySpec,
    generate,
    public_key_sha256,
)
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import (
    NameOID,
    PrivateKey,
    ec,
    hashes,
    parsing_errors,
    require_cryptography,
    rsa,
    serialization,
    x509,
)
from ansible_collections.wotrus.pki.plugins.module_utils._x509.pem import find_blocks
from ansible_collections.wotrus.pki.plugins.module_utils._x509.signature import is_signed_with_sm2
from ansible_collections.wotrus.pki.plugins.module_utils._x509.subject import SUBJECT_FIELDS, with_plain_blanks

# PrintableString and IA5String (RFC 5280, appendix A). The library accepts other characters.
_ASCII_FIELDS = ("country", "email_address", "serial_number")
_LABELS = ("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST")
# Characters (RFC 5280, appendix A.1, ub-common-name).
LONGEST_COMMON_NAME = 64
# With a key of RSA 16384, a CSR has some 4,500 bytes.
_LARGEST = 12 * 1024


_reading = boundary(lambda error: InvalidCsr("The CSR cannot be read: {error}.", error=error))


@_reading
def load_csr(text: str, *, allow_sm2: bool = False) -> x509.CertificateSigningRequest:
    """Read a PEM CSR, and check signature and key like a CA.

    The key must be RSA with at least 2048 bits, or ECC on P-256 or P-384.

    :param allow_sm2: the key may also be SM2; the ``openssl`` command checks its signature
    :raises InvalidCsr: the text is not one CSR, or a check failed
    :raises Sm2Unavailable: ``openssl`` cannot check it
    """
    csr = parse_csr(text)
    # A signature is whole octets. The library takes any bits.
    is_whole = der.Element.read(_content(csr)).parts[2].body[:1] == b"\0"
    if not (is_whole and _is_signed(csr, allow_sm2=allow_sm2)):
        raise InvalidCsr("The CSR is damaged. Its signature was not made with its key.")
    return csr


@_reading
def check_csr(
    text: str, *, subject: Mapping[str, str], kind: Mapping[str, t.Any], public_key_sha256: str | None = None
) -> str:
    """Check that a CSR asks for what is wanted, and for nothing more, and return it in PEM.

    Its subject has the same attributes, in any order and string type. It has no attribute, but an extension request
    that is empty or that has the key's own identifier alone.

    :param subject: values by the names of ``SUBJECT_FIELDS``
    :param kind: the key's ``type``, and ``size`` or ``curve``; what it leaves out may be anything
    :param public_key_sha256: of the key that it must be for; ``None`` for any
    :raises InvalidCsr: its signature is wrong, or it asks for something else
    """
    csr = load_csr(text)
    if not der.is_der(_content(csr)):
        raise InvalidCsr("The CSR is not in DER. It was not sent.")
    if not _has_subject(csr, subject):
        raise _other_than(name_text(csr.subject), name_text(subject_name(subject)))
    others = other_requests(_content(csr))
    if others:
        raise InvalidCsr(
            "The CSR asks for more than its subject and its key: {attributes}. It was not sent. Make it with openssl "
            "req and a configuration that has neither attributes nor req_extensions.",
            attributes=others,
            next_step=Message("Fix key.csr_command if there is one, then run again. Otherwise do not trust this host."),
        )
    found = _kind_of(csr.public_key())
    wanted = {name: kind[name] for name in ("type", "size", "curve") if name in kind}
    if any(found.get(name) != value for name, value in wanted.items()):
        raise _other_than(*(" ".join(map(str, request.values())) for request in (found, wanted)))
    key = csr_public_key_sha256(csr)
    if public_key_sha256 not in (None, key):
        raise _other_than(*(Message("the key {key}", key=one) for one in (key, public_key_sha256)))
    return csr_pem(csr)


def _other_than(found: Text, wanted: Text) -> InvalidCsr:
    return InvalidCsr(
        "The CSR has {found}, and the entry asks for {wanted}. It was not sent.", found=found, wanted=wanted
    )


@_reading
def is_bare_csr(csr: x509.CertificateSigningRequest, subject: Mapping[str, str]) -> bool:
    """Return whether a CSR has the attributes of a subject, and asks for nothing else."""
    return der.is_der(_content(csr)) and _has_subject(csr, subject) and not other_requests(_content(csr))


def _has_subject(csr: x509.CertificateSigningRequest, subject: Mapping[str, str]) -> bool:
    return name_attributes(subject_of(_content(csr))) == name_attributes(subject_name(subject).public_bytes())


def csr_pem(csr: x509.CertificateSigningRequest) -> str:
    """Return a CSR that was read, in PEM with lines of 64 characters."""
    return csr.public_bytes(serialization.Encoding.PEM).decode("ascii")


def _content(csr: x509.CertificateSigningRequest) -> bytes:
    return csr.public_bytes(serialization.Encoding.DER)


def _kind_of(key: t.Any) -> dict[str, t.Any]:
    if isinstance(key, rsa.RSAPublicKey):
        return {"type": RSA, "size": key.key_size}
    return {"type": ECC, "curve": next(name for name, curve in CURVES.items() if curve == key.curve.name)}


def preload_check() -> None:
    """Check a CSR once for processes that are forked later.

    OpenSSL loads its algorithms at the first use.
    """
    # A library that is missing or too old is a failure of the task that uses it.
    with contextlib.suppress(MissingLibrary):
        load_csr(make_csr(generate(KeySpec(ECC)), {"common_name": "preload"}))


@_reading
def parse_csr(text: str) -> x509.CertificateSigningRequest:
    """Read a PEM CSR, of bounded size.

    :raises InvalidCsr: the text is not one CSR
    """
    require_cryptography()
    blocks = list(find_blocks(text, labels=_LABELS))
    if len(blocks) != 1:
        raise InvalidCsr(
            "The text has {number} CSRs (-----BEGIN CERTIFICATE REQUEST-----). It must have one.", number=len(blocks)
        )
    if len(blocks[0]) > _LARGEST:
        raise InvalidCsr("The CSR has more than {most} bytes.", most=_LARGEST)
    csr = x509.load_der_x509_csr(blocks[0])
    # An older library skips what follows the CSR.
    if _content(csr) != blocks[0] or not der.is_der(blocks[0]):
        raise InvalidCsr("The CSR is not in DER, or something follows it.")
    _subject = csr.subject
    if not der.is_name(subject_of(blocks[0])):
        # The library takes a value of any type.
        raise InvalidCsr("The CSR's subject is no text.")
    return csr


def _is_signed(csr: x509.CertificateSigningRequest, *, allow_sm2: bool) -> bool:
    """Check the key type, and return whether the signature verifies."""
    is_sm2 = is_sm2_csr(csr)
    if is_sm2 and allow_sm2:
        from ansible_collections.wotrus.pki.plugins.module_utils._x509 import sm2

        return sm2.is_request_signed(csr)
    key = None if is_sm2 else csr.public_key()
    is_rsa = isinstance(key, rsa.RSAPublicKey) and key.key_size >= RSA_SIZES[0]
    if not is_rsa and not (isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in CURVES.values()):
        raise InvalidCsr(
            "The CSR's key is SM2. It must be RSA, or ECC on the curve P-256 or P-384."
            if is_sm2
            else "The CSR's key must be RSA with at least 2048 bits, or ECC on the curve P-256 or P-384."
        )
    return csr.is_signature_valid


@_reading
def is_sm2_csr(csr: x509.CertificateSigningRequest) -> bool:
    """Return whether a CSR has an SM2 key and an SM2 signature."""
    return is_signed_with_sm2(csr) and der.is_sm2(der.request_public_key_info(csr.tbs_certrequest_bytes))


@_reading
def csr_public_key_sha256(csr: x509.CertificateSigningRequest) -> str:
    """Return the ``public_key_sha256`` of a CSR's key, also for SM2.

    :raises InvalidCsr: its key cannot be read
    """
    if is_sm2_csr(csr):
        return hashlib.sha256(der.request_public_key_info(csr.tbs_certrequest_bytes)).hexdigest()
    return public_key_sha256(csr.public_key())


def key_of_request(text: str | None) -> str | None:
    """Return the :func:`csr_public_key_sha256` of a PEM CSR; ``None`` if it is missing or damaged."""
    try:
        return csr_public_key_sha256(load_csr(text)) if text else None
    except InvalidCsr:
        return None


def make_csr(key: PrivateKey, subject: Mapping[str, str]) -> str:
    """Make a PEM CSR for a key.

    :param subject: values by the names of ``SUBJECT_FIELDS``; empty ones are left out
    :raises InvalidInput: a name is unknown, or a value is invalid
    """
    require_cryptography()
    name = subject_name(subject)
    on_p384 = isinstance(key, ec.EllipticCurvePrivateKey) and key.key_size > 256
    algorithm = hashes.SHA384() if on_p384 else hashes.SHA256()
    try:
        csr = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, algorithm)
    except parsing_errors() as error:
        raise InvalidInput("The subject is invalid for a CSR: {error}.", error=error) from error
    return csr_pem(csr)


def subject_name(subject: Mapping[str, str]) -> x509.Name:
    """Return the name object of a subject.

    :param subject: values by the names of ``SUBJECT_FIELDS``; empty ones are left out
    :raises InvalidInput: a name is unknown, or a value is invalid
    """
    unknown = sorted(set(subject) - set(SUBJECT_FIELDS))
    if unknown:
        raise InvalidInput("Unknown subject fields: {fields}. Use {known}.", fields=unknown, known=[*SUBJECT_FIELDS])
    return x509.Name([_attribute(field, subject[field]) for field in SUBJECT_FIELDS if subject.get(field)])


def _attribute(field: str, value: str) -> x509.NameAttribute[str]:
    oid, is_name = getattr(NameOID, SUBJECT_FIELDS[field]), field == "common_name"
    value = with_plain_blanks(value)
    unprintable = next((character for character in value if not character.isprintable()), None)
    problem: Text
    if unprintable is not None:
        character = f"U+{ord(unprintable):04X}"
        problem = Message("it has the character {character}, which is not printable", character=character)
    elif field in _ASCII_FIELDS and not value.isascii():
        problem = Message("it has other characters than ASCII")
    elif is_name and len(value) > LONGEST_COMMON_NAME:
        problem = Message("it has more than {longest} characters", longest=LONGEST_COMMON_NAME)
    else:
        try:
            return x509.NameAttribute(oid, value)
        except parsing_errors() as error:
            if is_name:
                # The library counts bytes instead of characters.
                return x509.NameAttribute(oid, value, _validate=False)
            problem = str(error)
    raise InvalidInput("The subject's {field} is invalid: {error}.", field=field, error=problem)
