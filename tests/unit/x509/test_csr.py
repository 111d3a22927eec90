# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificate signing requests."""

from __future__ import annotations

import base64
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidCsr, InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._x509.csr import (
    check_csr,
    csr_pem,
    csr_public_key_sha256,
    load_csr,
    make_csr,
    parse_csr,
)
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import KeySpec, generate, public_key_sha256

WEAK = 1024
ECC = generate(KeySpec(type="ECC"))
SUBJECT = {
    "common_name": "示例有限公司",
    "organization": "Example, Ltd.",
    "organizational_unit": "",
    "country": "CN",
    "state": "北京市",
    "locality": "北京市",
    "email_address": "pki@example.cn",
    "serial_number": "91110000MA00000000",
}


def request(key) -> str:
    csr = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    return csr.public_bytes(Encoding.PEM).decode()


@pytest.mark.parametrize("spec", [KeySpec(size=2048), KeySpec(type="ECC"), KeySpec(type="ECC", curve="P-384")], ids=str)
def test_a_request_of_ours_passes_our_own_checks(spec) -> None:
    key = generate(spec)
    csr = load_csr(make_csr(key, SUBJECT))
    assert public_key_sha256(csr.public_key()) == public_key_sha256(key.public_key())
    assert csr.subject.rfc4514_string().endswith("CN=示例有限公司,O=Example\\, Ltd.,L=北京市,ST=北京市,C=CN")
    assert "OU=" not in csr.subject.rfc4514_string()


@pytest.mark.parametrize("line_end", ["\r\n", "\r", " ", ""])
def test_a_request_is_read_in_any_layout(line_end) -> None:
    text = make_csr(ECC, SUBJECT).replace("\n", line_end)
    assert load_csr(text).is_signature_valid
    assert load_csr(text.replace(" CERTIFICATE REQUEST", " NEW CERTIFICATE REQUEST")).is_signature_valid


def odd_request() -> str:
    """Return a request whose key is on a curve that no library knows."""
    der = x509.load_pem_x509_csr(make_csr(ECC, SUBJECT).encode()).public_bytes(Encoding.DER)
    odd = der.replace(bytes.fromhex("06082a8648ce3d030107"), bytes.fromhex("06082a8648ce3d03017f"))
    encoded = base64.b64encode(odd).decode()
    return f"-----BEGIN CERTIFICATE REQUEST-----\n{encoded}\n-----END CERTIFICATE REQUEST-----\n"


@pytest.mark.parametrize(
    "read",
    [load_csr, lambda text: check_csr(text, subject={}, kind={}), lambda text: csr_public_key_sha256(parse_csr(text))],
    ids=["load", "check", "key"],
)
def test_request_with_an_unknown_key_is_invalid(read) -> None:
    with pytest.raises(InvalidCsr):
        read(odd_request())


@pytest.mark.filterwarnings("error:Attribute's length must be:UserWarning")
@pytest.mark.parametrize("length", [21, 22, 64])
def test_common_name_may_have_64_characters_of_any_size(length: int) -> None:
    name = "沃" * length

    csr = load_csr(make_csr(ECC, {**SUBJECT, "common_name": name}))

    (found,) = csr.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert found.value == name


@pytest.mark.parametrize("blank", ["\u3000", "\u00a0", "\u2009"])
@pytest.mark.parametrize("field", ["organization", "common_name", "locality"])
def test_blank_of_any_width_is_an_ordinary_one(field: str, blank: str) -> None:
    csr = make_csr(ECC, {**SUBJECT, field: f"沃通{blank}Ltd"})

    command = ["openssl", "req", "-noout", "-subject", "-nameopt", "multiline,utf8,-esc_msb"]
    shown = subprocess.run(command, input=csr, check=True, capture_output=True, encoding="utf-8").stdout
    assert "= 沃通 Ltd\n" in shown
    # Also from a program that writes the name as the entry has it.
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, f"沃通{blank}Ltd")])
    theirs = x509.CertificateSigningRequestBuilder().subject_name(name).sign(ECC, hashes.SHA256())
    for sent, subject in (
        (csr, {**SUBJECT, field: f"沃通{blank}Ltd"}),
        (csr_pem(theirs), {"organization": "沃通 Ltd"}),
    ):
        check_csr(sent, subject=subject, kind={})


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ({"country": "China"}, "country"),
        ({"common_name": "a\nb"}, r"common_name .* has the character U\+000A, which is not printable"),
        ({"organization": "a\u200bb"}, r"organization .* has the character U\+200B, which is not printable"),
        ({"common_name": "沃" * 65}, "common_name .* more than 64 characters"),
        ({"cn": "a"}, "Unknown subject fields: cn"),
        ({"email_address": "用户@example.cn"}, "email_address .* other characters than ASCII"),
    ],
)
def test_a_subject_that_cannot_be_encoded_says_which_field(subject, words) -> None:
    with pytest.raises(InvalidInput, match=words):
        make_csr(ECC, subject)


def test_invalid_csr_is_explained() -> None:
    good = make_csr(ECC, SUBJECT)
    middle = good.splitlines()
    damaged = "\n".join([*middle[:3], middle[3][::-1], *middle[4:]])
    for text, words in (
        ("", "0 CSRs"),
        (good + good, "2 CSRs"),
        (good[:120], "END CERTIFICATE REQUEST----- is missing"),
        (damaged, "damaged|cannot be read"),
        ("-----BEGIN CERTIFICATE REQUEST-----\nxx x.x\n-----END CERTIFICATE REQUEST-----", "not base64"),
    ):
        with pytest.raises(InvalidCsr, match=words):
            load_csr(text)


def test_a_request_with_a_weak_or_unusual_key_is_refused() -> None:
    with pytest.raises(InvalidCsr, match="at least 2048 bits"):
        load_csr(request(rsa.generate_private_key(65537, WEAK)))
    with pytest.raises(InvalidCsr, match="P-256 or P-384"):
        load_csr(request(ec.generate_private_key(ec.SECP521R1())))


def test_a_request_whose_signature_is_by_another_key_is_refused() -> None:
    ours = load_csr(make_csr(ECC, SUBJECT)).public_bytes(Encoding.DER)
    other = load_csr(make_csr(generate(KeySpec(type="ECC")), SUBJECT)).public_bytes(Encoding.DER)
    swapped = ours.replace(point(ECC), point(load_csr(armour(other))))
    with pytest.raises(InvalidCsr, match="not made with its key"):
        load_csr(armour(swapped))


def point(holder) -> bytes:
    return holder.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def armour(der: bytes) -> str:
    return f"-----BEGIN CERTIFICATE REQUEST-----\n{base64.encodebytes(der).decode()}-----END CERTIFICATE REQUEST-----\n"


@given(st.dictionaries(st.sampled_from(sorted(SUBJECT)), st.text(max_size=90), max_size=8))
@settings(max_examples=300)
def test_any_subject_gives_a_readable_request_or_invalid_input(subject) -> None:
    try:
        text = make_csr(ECC, subject)
    except InvalidInput:
        return
    assert load_csr(text).is_signature_valid


@given(st.binary(max_size=60), st.integers(0, 500), st.integers(0, 60))
@settings(max_examples=300)
def test_a_damaged_request_is_never_anything_but_invalid_csr(junk, position, cut) -> None:
    good = load_csr(make_csr(ECC, SUBJECT)).public_bytes(Encoding.DER)
    position %= len(good)
    try:
        csr = load_csr(armour(good[:position] + junk + good[position + cut :]))
    except InvalidCsr:
        return
    assert csr.is_signature_valid
