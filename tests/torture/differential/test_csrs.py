# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A CSR that would be sent is one that ``openssl`` accepts, and reads as the entry has it."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ansible_collections.wotrus.pki.plugins.module_utils._errors import WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._x509.csr import check_csr, load_csr
from tests.helpers import openssl
from tests.torture.differential.corpus import VECTORS, chance, files, pem
from tests.torture.differential.mutation import bits, damaged, parts_of, restructured, sequence
from tests.torture.form import by_form

LABEL = "CERTIFICATE REQUEST"
KEY = ec.generate_private_key(ec.SECP256R1())
SUBJECT = {"country": "CN", "organization": "沃通 Ltd", "common_name": "Signer 签名", "serial_number": "A1"}
SHOWN = ("C=CN", "O=沃通 Ltd", "CN=Signer 签名", "serialNumber=A1")
NOTHING_MORE = {(), ("Requested Extensions:",), ("Requested Extensions:", "Subject Key Identifier:")}
CONFIGURATION = """
[req]
distinguished_name = name
prompt = no
utf8 = yes
string_mask = utf8only
{more}
[name]
C = CN
O = 沃通 Ltd
CN = Signer 签名
serialNumber = A1
[asked]
subjectAltName = email:a@b.example
keyUsage = digitalSignature
subjectKeyIdentifier = hash
[identified]
subjectKeyIdentifier = hash
[password]
challengePassword = secret
"""


def made(folder, more: str) -> bytes:
    """Return the CSR of a configuration."""
    key = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(key)
    (folder / "csr.cnf").write_text(CONFIGURATION.format(more=more), encoding="utf-8")
    files_of = ("-key", str(folder / "key.pem"), "-config", str(folder / "csr.cnf"))
    return openssl.run("req", "-new", *files_of, "-outform", "DER")


def mutants(seeds: list[bytes], number: int) -> Iterator[bytes]:
    """Yield changed CSRs, most of which are signed again."""
    numbers = chance("csrs")
    for _number in range(number):
        seed = numbers.choice(seeds)
        if numbers.random() < 0.15:
            yield damaged(seed, numbers)
            continue
        info, algorithm, _signature = parts_of(seed)
        info = restructured(info, numbers)
        yield sequence(info, algorithm, bits(KEY.sign(info, ec.ECDSA(hashes.SHA256()))))


def test_csr_that_would_be_sent(tmp_path) -> None:
    seeds = [
        made(tmp_path, more)
        for more in ("", "req_extensions = identified", "attributes = password\nreq_extensions = asked")
    ]
    sent = 0
    for der in [*seeds, *mutants(seeds, by_form(short=1_500, long=20_000))]:
        try:
            text = check_csr(pem(LABEL, der), subject=SUBJECT, kind={"type": "ECC", "curve": "P-256"})
        except WotrusError:
            continue
        sent += 1
        found = openssl.request(text)
        assert sorted(found.subject) == sorted(SHOWN), text
        assert (found.key, found.asks in NOTHING_MORE) == ("P-256", True), text
    assert sent > 2


def test_csr_that_a_user_gives() -> None:
    read = 0
    for name, der in files(VECTORS / "x509" / "requests", label=f"(?:NEW )?{LABEL}"):
        numbers = chance(name)
        for one in (der, *(damaged(der, numbers) for _number in range(by_form(short=20, long=500)))):
            try:
                load_csr(pem(LABEL, one))
            except WotrusError:
                continue
            read += 1
            openssl.request(pem(LABEL, one))
    assert read > 5


def test_signature_is_whole_octets(tmp_path) -> None:
    info, algorithm, signature = parts_of(made(tmp_path, ""))
    # An even signature is one of fewer bits too.
    while signature[-1] % 2:
        info, algorithm, signature = parts_of(made(tmp_path, ""))
    odd = pem(LABEL, sequence(info, algorithm, signature[:2] + b"\1" + signature[3:]))
    for text in (odd, odd.replace("\n", "\r\n")):
        try:
            load_csr(text)
        except WotrusError:
            continue
        raise AssertionError(base64.b64encode(text.encode()))
