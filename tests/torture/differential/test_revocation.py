# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An answer about a revocation that counts is one that ``openssl`` verifies, and it says the same there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import Encoding

from ansible_collections.wotrus.pki.plugins.module_utils._revocation.answers import Unusable, read_crl, read_ocsp
from tests.helpers import openssl
from tests.torture.differential.corpus import chance
from tests.torture.differential.mutation import bits, damaged, octets, parts_of, restructured, sequence, tagged
from tests.torture.form import by_form
from tests.unit.revocation.responder import ISSUER, OTHER_SERIAL, Claim, delegate, signer
from tests.unit.x509.pki import NOW

CERTIFICATE = signer()
RESPONDER = delegate()
CLAIMS = (
    Claim(),
    Claim(revoked=True),
    Claim(revoked=True, serial=OTHER_SERIAL),
    Claim(by=RESPONDER, sent=(RESPONDER.certificate,)),
)


def signed(data: bytes, algorithm: bytes) -> bytes:
    """Return the signature of an answer by the issuer, or by the responder if it has the algorithm of its key."""
    if algorithm in RESPONDER.certificate.tbs_certificate_bytes:
        return bits(ISSUER.key.sign(data, padding.PKCS1v15(), hashes.SHA256()))
    return bits(RESPONDER.key.sign(data, ec.ECDSA(hashes.SHA256())))


def changed_list(crl: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Return a list that is changed and signed again."""
    data, algorithm, _signature = parts_of(crl)
    data = change(data)
    return sequence(data, algorithm, signed(data, algorithm))


def changed_answer(answer: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Return an OCSP answer that is changed and signed again (RFC 6960, section 4.2.1)."""
    status, whole = parts_of(answer)
    ((kind, basic),) = (parts_of(one) for one in parts_of(whole))
    data, algorithm, _signature, *certificates = parts_of(parts_of(basic)[0])
    data = change(data)
    new = sequence(data, algorithm, signed(data, algorithm), *certificates)
    return sequence(status, tagged(0xA0, sequence(kind, octets(new))))


def ours(source: str, answer: bytes) -> str | None:
    """Return the state by the product; ``None`` if it does not use the answer."""
    issuer = ISSUER.certificate
    try:
        if source == "crl":
            return read_crl(answer, CERTIFICATE, issuer, address="http://crl.example", now=NOW).state
        return read_ocsp(answer, CERTIFICATE, issuer, now=NOW).state
    except Unusable:
        return None


def theirs(source: str, answer: bytes, folder: Path) -> str:
    """Return the state by ``openssl``.

    :raises Refused: it does not verify the answer
    """
    (folder / "answer").write_bytes(answer)
    if source == "crl":
        trusted = ("-CAfile", "issuer.pem", "-inform", "DER")
        text = openssl.run("crl", "-verify", *trusted, "-in", "answer", "-noout", "-text", folder=folder).decode()
        entry = rf"Serial Number: 0*{CERTIFICATE.serial_number:X}\n(.*?)(?:Serial Number|Signature Alg)"
        found = re.search(entry, text, re.DOTALL)
        return "revoked" if found and "Remove From CRL" not in found.group(1) else "good"
    about = ("-issuer", "issuer.pem", "-cert", "leaf.pem", "-CAfile", "issuer.pem")
    text = openssl.run(
        "ocsp", "-respin", "answer", *about, "-attime", str(int(NOW.timestamp())), folder=folder
    ).decode()
    said = re.search(r"^(?:leaf.pem: )?(good|revoked|unknown)$", text, re.MULTILINE)
    return said.group(1) if said else text


@pytest.mark.parametrize("source", ["crl", "ocsp"])
def test_answer(source: str, tmp_path: Path) -> None:
    for name, certificate in (("issuer", ISSUER.certificate), ("leaf", CERTIFICATE)):
        (tmp_path / f"{name}.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    seeds = [getattr(claim, source)(CERTIFICATE) for claim in CLAIMS[: 3 if source == "crl" else 4]]
    sign_again = changed_list if source == "crl" else changed_answer
    numbers, counted = chance(source), 0
    for number in range(by_form(short=1_000, long=15_000)):
        seed = numbers.choice(seeds)
        if number < len(seeds):
            answer = seeds[number]
        elif numbers.random() < 0.2:
            answer = damaged(seed, numbers)
        else:
            answer = sign_again(seed, lambda data: restructured(data, numbers))
        state = ours(source, answer)
        if state is not None:
            counted += 1
            assert theirs(source, answer, tmp_path) == state, answer.hex()
    assert counted > 8
