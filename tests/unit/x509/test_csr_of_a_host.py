# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host's CSR is sent only if it asks for the entry's subject and nothing else, as ``openssl`` reads it."""

from __future__ import annotations

import hashlib
import pathlib
import subprocess
import typing as t

import pytest
from cryptography.hazmat.primitives import serialization

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidCsr
from ansible_collections.wotrus.pki.plugins.module_utils._x509.csr import check_csr, make_csr
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import KeySpec, generate, public_key_sha256
from tests.helpers import handmade_csr as made

KEY = generate(KeySpec(type="ECC"))
SUBJECT = {"country": "CN", "organization": "Example, Ltd.", "common_name": "示例"}
KIND = {"type": "ECC", "curve": "P-256"}
COUNTRY = made.pair(made.COUNTRY, "CN", made.PRINTABLE)
ORGANIZATION = made.pair(made.ORGANIZATION, "Example, Ltd.")
COMMON_NAME = made.pair(made.COMMON_NAME, "示例")
NAME = made.name(COUNTRY, ORGANIZATION, COMMON_NAME)
EMPTY_REQUEST = made.attribute(made.EXTENSION_REQUEST, made.tlv(made.SEQUENCE))

_CONFIG = """
[req]
prompt = no
utf8 = yes
string_mask = {mask}
distinguished_name = name
{options}
[name]
C = CN
O = Example, Ltd.
CN = 示例
[attributes]
challengePassword = secret12
[extensions]
{extensions}
"""


def check(text: str, **options: t.Any) -> str:
    return check_csr(text, **{"subject": SUBJECT, "kind": KIND, **options})


def key_bits() -> bytes:
    encoding, form = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    return KEY.public_key().public_bytes(encoding, form)


def sha1(octets: bytes) -> bytes:
    return hashlib.sha1(octets, usedforsecurity=False).digest()


def identifier(octets: bytes, *more: bytes) -> bytes:
    own = made.extension(made.KEY_IDENTIFIER, made.tlv(made.OCTETS, octets))
    return made.attribute(made.EXTENSION_REQUEST, made.tlv(made.SEQUENCE, own, *more))


def openssl(*arguments: str, text: str) -> str:
    """Return what ``openssl`` prints for a CSR that it can read."""
    command = ["openssl", *arguments]
    return subprocess.run(command, input=text.encode(), stdout=subprocess.PIPE, check=True).stdout.decode()


def by_openssl(folder: pathlib.Path, *, options: str = "", extensions: str = "", mask: str = "utf8only") -> str:
    """Return a CSR that ``openssl req`` makes with a configuration."""
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(KEY.private_bytes(encoding, form, serialization.NoEncryption()))
    (folder / "req.cnf").write_text(_CONFIG.format(options=options, extensions=extensions, mask=mask))
    command = ["openssl", "req", "-new", "-key", "key.pem", "-config", "req.cnf"]
    return subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, check=True).stdout.decode()


# ---- what is sent


@pytest.mark.parametrize(
    "options",
    [{}, {"mask": "pkix"}, {"mask": "default"}, {"options": "req_extensions = extensions", "extensions": ""}],
    ids=["utf8", "pkix", "other string types", "no extension"],
)
def test_csr_that_openssl_makes_with_a_bare_configuration_is_sent(tmp_path: pathlib.Path, options: t.Any) -> None:
    text = by_openssl(tmp_path, **options)

    assert check(text) == openssl("req", text=text)


def test_key_identifier_that_openssl_adds_is_no_request(tmp_path: pathlib.Path) -> None:
    own = {"options": "req_extensions = extensions", "extensions": "subjectKeyIdentifier = hash"}

    text = check(by_openssl(tmp_path, **own))

    assert "X509v3 Subject Key Identifier" in openssl("req", "-noout", "-text", text=text)


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(made.csr(KEY, NAME), id="no attribute"),
        pytest.param(made.csr(KEY, NAME, EMPTY_REQUEST), id="empty extension request"),
        pytest.param(made.csr(KEY, NAME, identifier(sha1(key_bits()))), id="SHA-1 of the key"),
        pytest.param(made.csr(KEY, NAME, identifier(hashlib.sha256(key_bits()).digest()[:20])), id="SHA-256 of it"),
        pytest.param(made.csr(KEY, made.name(COMMON_NAME, COUNTRY, ORGANIZATION)), id="other order"),
        pytest.param(
            made.csr(
                KEY,
                made.name(
                    made.pair(made.COUNTRY, "CN"),
                    made.pair(made.ORGANIZATION, "Example, Ltd.", made.T61),
                    made.pair(made.COMMON_NAME, "示例".encode("utf-16-be"), made.BMP),
                ),
            ),
            id="T61String and BMPString",
        ),
        pytest.param(
            made.csr(
                KEY,
                made.name(
                    made.pair(made.COUNTRY, "CN", made.IA5),
                    ORGANIZATION,
                    made.pair(made.COMMON_NAME, "示例".encode("utf-32-be"), made.UNIVERSAL),
                ),
            ),
            id="IA5String and UniversalString",
        ),
    ],
)
def test_csr_that_asks_for_the_entry_alone_is_sent(request_: bytes) -> None:
    assert check(made.pem(request_)) == made.pem(request_)


@pytest.mark.parametrize(
    "text",
    [
        lambda good: f"<script>alert(1)</script>\n{good}",
        lambda good: f"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n{good}",
        lambda good: f"{good}\x1b[2J\x00\u202e",
        lambda good: good.replace(" CERTIFICATE REQUEST", " NEW CERTIFICATE REQUEST"),
        lambda good: good.replace("\n", "\r\n"),
        lambda good: good.replace("\n", "\n \t\n"),
    ],
    ids=["HTML", "block before it", "control characters", "label", "line ends", "blanks"],
)
def test_text_of_the_host_is_never_sent(text: t.Callable[[str], str]) -> None:
    good = make_csr(KEY, SUBJECT)

    assert check(text(good)) == good


# ---- what is not sent


def san(*extensions: bytes) -> bytes:
    return made.attribute(made.EXTENSION_REQUEST, *extensions)


ASKING = {
    "extension": ([san(made.email())], "extensionRequest, subjectAltName"),
    "second extension request": ([EMPTY_REQUEST, san(made.email())], "subjectAltName"),
    "second value of it": ([san(made.tlv(made.SEQUENCE), made.email())], "subjectAltName"),
    "no value": ([san()], "extensionRequest"),
    "two empty requests": ([EMPTY_REQUEST, EMPTY_REQUEST], "extensionRequest, extensionRequest"),
    "Microsoft's": ([made.attribute(made.MICROSOFTS_REQUEST, made.email())], "msExtensionRequest"),
    "Microsoft's beside it": (
        [EMPTY_REQUEST, made.attribute(made.MICROSOFTS_REQUEST, made.email())],
        "msExtensionRequest",
    ),
    "name and value": (
        [made.attribute(made.NAME_VALUE_PAIR, made.tlv(made.SEQUENCE, made.tlv(made.BMP, b"\0e"), made.tlv(made.BMP)))],
        "enrollmentNameValuePair",
    ),
    "password": ([made.attribute(made.CHALLENGE_PASSWORD, made.tlv(made.UTF8, b"x"))], "challengePassword"),
    "unknown attribute": ([made.attribute("1.2.3.4", made.NULL)], "1.2.3.4"),
    "identifier of another key": ([identifier(b"x" * 20)], "2.5.29.14"),
    "identifier and more": (
        [identifier(sha1(key_bits()), made.extension(made.SUBJECT_ALT_NAME, made.NULL))],
        "2.5.29.14, subjectAltName",
    ),
    "extension of no form": ([san(made.NULL)], "extensionRequest|cannot be read"),
}


@pytest.mark.parametrize("what", ASKING)
def test_attribute_is_refused_with_its_name_and_the_way_out(what: str) -> None:
    attributes, words = ASKING[what]
    text = made.pem(made.csr(KEY, NAME, *attributes))
    # A CA that reads it as openssl does copies what it asks for.
    openssl("req", "-noout", "-verify", text=text)

    with pytest.raises(InvalidCsr, match=rf"({words}).* openssl req and a configuration that has neither"):
        check(text)


@pytest.mark.parametrize(
    "options",
    [
        {"options": "attributes = attributes"},
        {"options": "req_extensions = extensions", "extensions": "subjectAltName = email:cfo@bank.test"},
        {
            "options": "req_extensions = extensions",
            "extensions": "subjectAltName = otherName:1.3.6.1.4.1.311.20.2.3;UTF8:cfo@bank.test",
        },
        {"options": "req_extensions = extensions", "extensions": "keyUsage = keyCertSign"},
    ],
    ids=["password", "e-mail address", "UPN", "key usage"],
)
def test_attribute_that_openssl_adds_is_refused(tmp_path: pathlib.Path, options: t.Any) -> None:
    with pytest.raises(InvalidCsr, match="asks for more than its subject and its key"):
        check(by_openssl(tmp_path, **options))


NAMES = {
    "one more": [made.pair("1.2.840.113549.1.9.1", "cfo@bank.test", made.IA5), COUNTRY, ORGANIZATION, COMMON_NAME],
    "one less": [COUNTRY, COMMON_NAME],
    "one twice": [COUNTRY, ORGANIZATION, COMMON_NAME, COMMON_NAME],
    "another value": [COUNTRY, ORGANIZATION, made.pair(made.COMMON_NAME, "CFO")],
    "NUL at the end": [COUNTRY, ORGANIZATION, made.pair(made.COMMON_NAME, "示例\0")],
    "NUL within": [COUNTRY, made.pair(made.ORGANIZATION, "Example, Ltd.\0.bank.test"), COMMON_NAME],
    "several in one place": [COUNTRY + ORGANIZATION, COMMON_NAME],
    "identifier in a longer form": [
        COUNTRY,
        ORGANIZATION,
        made.tlv(made.SEQUENCE, made.tlv(0x06, b"\x80\x55\x04\x03"), made.tlv(made.UTF8, "示例".encode())),
    ],
    "T61String of UTF-8": [COUNTRY, ORGANIZATION, made.pair(made.COMMON_NAME, "示例", made.T61)],
    "text that is none": [COUNTRY, ORGANIZATION, made.pair(made.COMMON_NAME, "示例", made.INTEGER)],
}


@pytest.mark.parametrize("what", NAMES)
def test_other_subject_is_refused(what: str) -> None:
    with pytest.raises(InvalidCsr):
        check(made.pem(made.csr(KEY, made.name(*NAMES[what]))))


def in_ber(*, position: str) -> bytes:
    if position == "outermost":
        return made.csr(KEY, NAME, wrap=made.indefinite)
    if position == "long length":
        return made.csr(KEY, NAME, wrap=lambda tag, *parts: bytes([tag, 0x83]) + length(parts) + b"".join(parts))
    if position == "subject":
        return made.csr(KEY, made.indefinite(made.SEQUENCE, NAME[2:]))
    inner = made.tlv(made.SEQUENCE, made.oid(made.EXTENSION_REQUEST), made.indefinite(made.SET, made.tlv(0x30)))
    return made.csr(KEY, NAME, inner)


def length(parts: t.Iterable[bytes]) -> bytes:
    return sum(map(len, parts)).to_bytes(3, "big")


@pytest.mark.parametrize("position", ["outermost", "long length", "subject", "attribute"])
def test_csr_in_ber_is_refused(position: str) -> None:
    with pytest.raises(InvalidCsr):
        check(made.pem(in_ber(position=position)))


def test_what_follows_the_csr_is_refused() -> None:
    with pytest.raises(InvalidCsr):
        check(made.pem(made.csr(KEY, NAME) + made.csr(KEY, NAME, san(made.email()))))


def test_nested_elements_end_in_an_error() -> None:
    nested = b""
    for _level in range(2000):
        nested = made.tlv(0x30, nested)

    with pytest.raises(InvalidCsr):
        check(made.pem(made.csr(KEY, NAME, made.attribute("1.2.3.4", nested))))


def test_large_csr_is_refused() -> None:
    text = made.pem(made.csr(KEY, NAME, made.attribute("1.2.3.4", made.tlv(made.UTF8, b"x" * 12_300))))

    with pytest.raises(InvalidCsr, match="more than 12288 bytes"):
        check(text)


def test_two_csrs_are_refused() -> None:
    with pytest.raises(InvalidCsr, match="2 CSRs"):
        check(made.pem(made.csr(KEY, NAME)) + made.pem(made.csr(KEY, NAME, san(made.email()))))


def test_csr_of_another_key_than_the_provided_one_is_refused() -> None:
    own, other = (public_key_sha256(key.public_key()) for key in (KEY, generate(KeySpec(type="ECC"))))
    text = make_csr(KEY, SUBJECT)

    assert check(text, public_key_sha256=own) == text
    with pytest.raises(InvalidCsr, match=f"the key {own}, and the entry asks for the key {other}"):
        check(text, public_key_sha256=other)
