# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A document of any form is refused or accepted, with bounded depth, memory and work."""

from __future__ import annotations

import tracemalloc
import zlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from ansible_collections.wotrus.pki.plugins.module_utils._errors import SigningFailed
from ansible_collections.wotrus.pki.plugins.module_utils._x509.sent_content import SentContent
from ansible_collections.wotrus.pki.plugins.module_utils._x509.signed_document import check_document
from tests.helpers import signed
from tests.unit.x509 import pki

ROOT = pki.root("Root")
RSA = ROOT.issue("Signer", key=rsa.generate_private_key(public_exponent=65537, key_size=2048))
ECC = ROOT.issue("Signer", key=ec.generate_private_key(ec.SECP256R1()))

SIGNED_DATA, DATA = bytes.fromhex("06092a864886f70d010702"), bytes.fromhex("06092a864886f70d010701")
SHA256, PSS = bytes.fromhex("0609608648016503040201"), bytes.fromhex("06092a864886f70d01010a")
MGF1, TIMESTAMP = bytes.fromhex("06092a864886f70d010108"), bytes.fromhex("060b2a864886f70d010910020e")


def check(document: bytes, authority: pki.Authority, *, form: str = "cms") -> None:
    path = (authority.certificate, ROOT.certificate)
    check_document(document, path, form=form, now=pki.NOW, is_strict=True, wants_timestamp=True, sent=None)


@pytest.mark.parametrize("parts", [[b"stream\n"] * 500_000, [b"stream\n" + zlib.compress(bytes(5_000_000))] * 1000])
def test_the_streams_of_a_pdf_take_little_memory(parts) -> None:
    pdf, sent = b"".join(parts), SentContent.new(is_pdf=True)
    tracemalloc.start()
    try:
        assert sent.is_in(pdf, is_pdf=True) is False
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def tlv(tag: int, *parts: bytes) -> bytes:
    """Return an element with a length of four octets."""
    body = b"".join(parts)
    return bytes([tag, 0x84]) + len(body).to_bytes(4, "big") + body


def sequence(*parts: bytes) -> bytes:
    return tlv(0x30, *parts)


def nested(depth: int, tag: int, core: bytes = b"") -> bytes:
    for _level in range(depth):
        core = tlv(tag, core)
    return core


def message(*signers: bytes, content: bytes = tlv(0x04, signed.CONTENT)) -> bytes:
    """Return a CMS message in a form that ``openssl`` would not make."""
    version, digests = b"\x02\x01\x01", tlv(0x31, sequence(SHA256))
    data = sequence(version, digests, sequence(DATA, tlv(0xA0, content)), tlv(0x31, *signers))
    return sequence(SIGNED_DATA, tlv(0xA0, data))


def signer(algorithm: bytes, signature: bytes = b"\0" * 256, *others: bytes) -> bytes:
    """Return a signer with the certificate's name, without signed attributes."""
    serial = RSA.certificate.serial_number.to_bytes(21, "big").lstrip(b"\0")
    number = tlv(0x02, b"\0" * (serial[0] >> 7) + serial)
    named = sequence(RSA.certificate.issuer.public_bytes(), number)
    return sequence(b"\x02\x01\x01", named, sequence(SHA256), algorithm, tlv(0x04, signature), *others)


def pss(salt: bytes, *, hashed: bytes = sequence(SHA256), mask: bytes = sequence(MGF1, sequence(SHA256))) -> bytes:
    return sequence(PSS, sequence(tlv(0xA0, hashed), tlv(0xA1, mask), tlv(0xA2, tlv(0x02, salt))))


HOSTILE = {
    "string of strings": message(content=nested(2_000, 0x24)),
    "signer of signers": message(nested(2_000, 0x30)),
    "sets of sets": nested(2_000, 0x31),
    "without ends": message(content=b"\x24\x80" * 2_000),
    "salt of 65 bits": message(signer(pss(b"\1" + b"\0" * 8))),
    "salt of a megabyte": message(signer(pss(b"\x7f" * 1_000_000))),
    "salt longer than the key": message(signer(pss(b"\x7f\xff"))),
    "salt of nothing": message(signer(pss(b""))),
    "no hash": message(signer(sequence(PSS, sequence()))),
    "hash of hashes": message(signer(pss(b"\x20", hashed=nested(2_000, 0x30)))),
    "mask without a hash": message(signer(pss(b"\x20", mask=sequence(MGF1)))),
    "timestamp of timestamps": message(
        signer(pss(b"\x20"), b"\0" * 256, tlv(0xA1, sequence(TIMESTAMP, tlv(0x31, nested(2_000, 0x30)))))
    ),
    "identifier without an end": sequence(b"\x06\x02\x80\x80", tlv(0xA0, sequence())),
    "signature of a megabyte": message(signer(pss(b"\x20"), b"\xff" * 1_000_000)),
    "many signers": message(*[sequence(b"\5\0")] * 300_000),
}


@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.parametrize("form", ["cms", "pdf"])
def test_a_hostile_document_is_refused(case, form) -> None:
    document = HOSTILE[case]
    if form == "pdf":
        start = b"%%PDF-1.7 /ByteRange[0 00060 %08d 00007]" % (62 + 2 * len(document))
        document = start.ljust(60) + b"<" + document.hex().encode() + b">%%EOF\r\n"
    with pytest.raises(SigningFailed):
        check(document, RSA, form=form)


def test_a_message_of_this_form_is_good_if_it_is_signed() -> None:
    # So what is refused above is refused for its form alone.
    signature = RSA.key.sign(
        signed.CONTENT, padding.PSS(padding.MGF1(pki.hashes.SHA256()), salt_length=32), pki.hashes.SHA256()
    )
    document = message(signer(pss(b"\x20"), signature))
    with pytest.raises(SigningFailed, match="does not have the live certificate"):
        check(document, RSA)


def test_the_refusal_of_a_message_with_many_signatures_is_short() -> None:
    with pytest.raises(SigningFailed) as caught:
        check(message(*[signer(pss(b"\x20"))] * 1_000), ECC)
    assert len(str(caught.value)) < 1_000


@pytest.mark.parametrize("options", [("-stream",), ()])
def test_a_long_message_takes_little_memory(options) -> None:
    document = signed.cms(ECC.certificate, ECC.key, "-nodetach", *options, content=b"x" * 5_000_000)
    tracemalloc.start()
    try:
        check(document, ECC)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5 * len(document)
