# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A chain that would be deployed is one that ``openssl verify`` accepts, and its certificate reads the same there."""

from __future__ import annotations

import collections
import datetime as dt
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from ansible_collections.wotrus.pki.plugins.module_utils._errors import WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._x509.chain import build_bundle
from ansible_collections.wotrus.pki.plugins.module_utils._x509.describe import describe
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import certificate_public_key_sha256
from ansible_collections.wotrus.pki.plugins.module_utils._x509.pem import load_certificates, to_pem
from tests.helpers import openssl
from tests.torture.differential.corpus import PKITS, VECTORS, chance, files, pem
from tests.torture.differential.mutation import bits, damaged, parts_of, restructured, sequence
from tests.torture.form import by_form
from tests.unit.x509 import pki

LABEL = "CERTIFICATE"
# PKITS's certificates are valid from 2010 to 2030.
THEN = dt.datetime(2015, 6, 1, tzinfo=dt.UTC)


def read(der: bytes) -> x509.Certificate | None:
    """Return a certificate as the product reads it; ``None`` if it refuses it."""
    try:
        return load_certificates(pem(LABEL, der))[0]
    except WotrusError:
        return None


def assert_reads_the_same(certificate: x509.Certificate) -> None:
    """Check what results, records and promises say of a certificate."""
    ours, found = describe(certificate), openssl.certificate(to_pem(certificate))
    assert (ours["serial_number"], ours["fingerprint_sha256"]) == (found.serial, found.fingerprint_sha256)
    assert ours["public_key_sha256"] == found.public_key_sha256
    assert (ours["not_before"], ours["not_after"]) == tuple(
        f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in (found.not_before, found.not_after)
    )


def test_path_of_pkits(tmp_path: Path) -> None:
    known = {name: one for name, der in files(PKITS / "certs", label=LABEL) if (one := read(der)) is not None}
    anchor = known.pop("TrustAnchorRootCertificate.crt")
    by_subject = collections.defaultdict(list)
    for one in known.values():
        by_subject[one.subject.public_bytes()].append(one)
    accepted = 0
    for name, leaf in known.items():
        if not name.endswith("EE.crt"):
            continue
        pool: dict[x509.Certificate, None] = {}
        todo = [leaf]
        while todo:
            new = [one for one in by_subject[todo.pop().issuer.public_bytes()] if one not in pool]
            pool.update(dict.fromkeys(new))
            todo += new
        key = certificate_public_key_sha256(leaf)
        try:
            build_bundle([leaf, *pool], public_key_sha256=key, anchors=[anchor], now=THEN)
        except WotrusError:
            continue
        accepted += 1
        openssl.require_path(to_pem(leaf), map(to_pem, pool), to_pem(anchor), tmp_path, at=THEN)
        assert_reads_the_same(leaf)
    assert accepted > 100


def test_certificate_that_is_signed_again(tmp_path: Path) -> None:
    root = pki.root("Root")
    issuing = root.issue("Issuing CA", ca=True, path_length=0)
    leaf = issuing.issue("Signer")
    numbers, accepted = chance("certificates"), 0
    for _number in range(by_form(short=1_200, long=15_000)):
        path = [leaf.certificate, issuing.certificate]
        place = numbers.randrange(2)
        signer = (issuing, root)[place]
        info, algorithm, _signature = parts_of(path[place].public_bytes(Encoding.DER))
        info = restructured(info, numbers)
        changed = read(sequence(info, algorithm, bits(signer.key.sign(info, ec.ECDSA(hashes.SHA256())))))
        if changed is None:
            continue
        path[place] = changed
        try:
            key = certificate_public_key_sha256(path[0])
            bundle = build_bundle(
                [*path, root.certificate], public_key_sha256=key, anchors=[root.certificate], now=pki.NOW
            )
        except WotrusError:
            continue
        accepted += 1
        openssl.require_path(
            to_pem(bundle.leaf), map(to_pem, bundle.intermediates), to_pem(root.certificate), tmp_path, at=pki.NOW
        )
        assert_reads_the_same(bundle.leaf)
    assert accepted > 30


def test_certificate_of_another_package() -> None:
    readable = 0
    for folder in (VECTORS / "x509", VECTORS / "x509" / "custom", Path("/usr/share/ca-certificates/mozilla")):
        for name, der in files(folder, label=LABEL) if folder.is_dir() else ():
            numbers = chance(name)
            for one in (der, *(damaged(der, numbers) for _number in range(by_form(short=1, long=10)))):
                certificate = read(one)
                try:
                    facts = certificate and describe(certificate)
                except WotrusError:
                    continue
                if certificate is not None and facts:
                    readable += 1
                    openssl.run("x509", "-noout", data=to_pem(certificate).encode())
    assert readable > 100
