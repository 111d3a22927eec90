# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any PEM text is a matching chain or a known failure."""

from __future__ import annotations

import base64
import datetime as dt
import functools
import itertools
import random
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.wotrus.pki.plugins.module_utils._client.answers import PemBundle, RetrievedPems
from ansible_collections.wotrus.pki.plugins.module_utils._errors import WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._orders import certificate as operation
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Text
from ansible_collections.wotrus.pki.plugins.module_utils._x509.chain import build_bundle
from ansible_collections.wotrus.pki.plugins.module_utils._x509.csr import (
    check_csr,
    csr_public_key_sha256,
    load_csr,
    parse_csr,
)
from ansible_collections.wotrus.pki.plugins.module_utils._x509.describe import describe
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import certificate_public_key_sha256
from ansible_collections.wotrus.pki.plugins.module_utils._x509.pem import load_certificates, to_pem
from tests.helpers.operations import csr
from tests.torture.fuzz.cases import fuzzed
from tests.torture.fuzz.values import assert_can_be_shown
from tests.unit.x509 import pki

KEYS = [pki.ecc() for _number in range(3)]
ROOT = pki.root("Root")
EXPIRED_ROOT = pki.root("Expired root", days=(-900, -1))
ISSUING = ROOT.issue("Issuing CA", ca=True)
EXPIRED = ROOT.issue("Issuing CA", ca=True, key=ISSUING.key, days=(-900, -1))
FUTURE = ROOT.issue("Issuing CA", ca=True, key=ISSUING.key, days=(5, 900))
CROSS = EXPIRED_ROOT.issue("Root", ca=True, key=ROOT.key)
LOOP = ISSUING.issue("Root", ca=True, key=ROOT.key)
LOOP_BACK = LOOP.issue("Issuing CA", ca=True, key=ISSUING.key)
NOT_A_CA = ROOT.issue("Issuing CA", ca=False, key=ISSUING.key)
NO_SIGNING = ROOT.issue("Issuing CA", ca=True, key=ISSUING.key, key_cert_sign=False)
FOREIGN_ROOT = pki.root("Root")
FOREIGN = FOREIGN_ROOT.issue("Issuing CA", ca=True)
LEAVES = [
    ISSUING.issue("Leaf", key=KEYS[0]),
    ISSUING.issue("Leaf", key=KEYS[0], days=(-300, -5)),
    FOREIGN.issue("Leaf", key=KEYS[0]),
    ISSUING.issue("Other", key=KEYS[1]),
    pki.root("Leaf", key=KEYS[2]),
]
AUTHORITIES = [
    ROOT,
    EXPIRED_ROOT,
    ISSUING,
    EXPIRED,
    FUTURE,
    CROSS,
    LOOP,
    LOOP_BACK,
    NOT_A_CA,
    NO_SIGNING,
    FOREIGN_ROOT,
    FOREIGN,
]
HEAPS = st.lists(st.sampled_from([*LEAVES, *AUTHORITIES]), max_size=14)
MOMENTS = st.sampled_from([None, pki.NOW, pki.NOW + dt.timedelta(days=6), pki.NOW - dt.timedelta(days=400)])
# The library that makes the certificates takes common names of 64 bytes at most.
NAMED = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=16) | st.text(
    '\u202e\u2066\u200f\x00\x1b\r\n\t,=+<>#;\\"沃A ', min_size=1, max_size=21
)


def assert_fits(bundle: Any, *, key: str | None, anchors: list[x509.Certificate], now: dt.datetime | None) -> None:
    """Check a bundle apart from the code under test."""
    path = [bundle.leaf, *bundle.intermediates, bundle.root]
    assert len(set(path)) == len(path)
    for one, issuer in itertools.pairwise(path):
        pki.verify_issued_by(one, issuer)
        assert issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        assert issuer.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    if key is not None:
        assert certificate_public_key_sha256(bundle.leaf) == key
    if anchors:
        assert bundle.root in anchors
    else:
        pki.verify_issued_by(bundle.root, bundle.root)
    for one in path if now else []:
        assert one.not_valid_before_utc <= now <= one.not_valid_after_utc


@given(heap=HEAPS, owner=st.sampled_from([None, *KEYS]), anchored=st.booleans(), now=MOMENTS)
@fuzzed(short=200, long=12_000)
def test_chain(heap: list[pki.Authority], owner: Any, *, anchored: bool, now: dt.datetime | None) -> None:
    key = pki.sha256_of_key(owner) if owner else None
    anchors = [ROOT.certificate] if anchored else []
    certificates = [one.certificate for one in heap]
    try:
        bundle = build_bundle(certificates, public_key_sha256=key, anchors=anchors, now=now)
    except WotrusError as exc:
        assert_can_be_shown(str(exc))
        return
    assert_fits(bundle, key=key, anchors=anchors, now=now)
    assert bundle.leaf in certificates


@given(parts=st.lists(st.none() | HEAPS, min_size=3, max_size=3), owner=st.sampled_from([None, *KEYS]), now=MOMENTS)
@fuzzed(short=150, long=5_000)
def test_bundle(parts: list[Any], owner: Any, now: dt.datetime | None) -> None:
    key = pki.sha256_of_key(owner) if owner else None
    texts = [[to_pem(one.certificate) for one in heap] if heap else None for heap in parts]
    kinds = zip(("rsa", "sign", "encrypt"), texts, strict=True)
    pems = RetrievedPems({kind: PemBundle(text[0], tuple(text[1:])) for kind, text in kinds if text})
    moment = now or pki.NOW
    if not pems:
        return
    try:
        build = functools.partial(operation._build, pems, anchors=[], now=moment, verification="strict")
        warned: list[Text] = []
        bundles = operation._verify(pems, build, key=key, now=moment, warn=warned.append)
        assert_can_be_shown("".join(map(str, warned)))
    except WotrusError as exc:
        assert_can_be_shown(str(exc))
        return
    # An SM2 certificate without a chain may be left out beside a good RSA one.
    assert {kind for kind, bundle in pems.items() if bundle.chain or kind == "rsa"} <= set(bundles) <= set(pems)
    for bundle in bundles.values():
        assert_fits(bundle, key=None, anchors=[], now=moment)
    if key is not None:
        assert certificate_public_key_sha256(operation._main(bundles, key).leaf) == key


PEM = "".join(to_pem(one.certificate) for one in (LEAVES[0], ISSUING, ROOT))


@given(place=st.integers(0, len(PEM)), cut=st.integers(0, 400), junk=st.text(max_size=12), seed=st.integers(0, 2**32))
@fuzzed(short=150, long=8_000)
def test_pem(place: int, cut: int, junk: str, seed: int) -> None:
    # Every eighth case has 20,000 bytes of junk in the place of a few characters.
    noise = random.Random(seed).randbytes(20_000) if seed % 8 == 0 else b""
    junk += base64.b64encode(noise).decode() if seed % 16 else noise.decode("latin-1")
    text = PEM[:place] + junk + PEM[place + cut :]
    try:
        found = load_certificates(text)
        bundle = build_bundle(found, public_key_sha256=None, now=pki.NOW)
    except WotrusError as exc:
        assert_can_be_shown(str(exc))
        return
    assert_fits(bundle, key=None, anchors=[], now=pki.NOW)
    describe(bundle.leaf)


@given(data=st.binary(max_size=60), place=st.integers(0, 600), cut=st.integers(0, 60))
@fuzzed(short=150, long=8_000)
def test_request(data: bytes, place: int, cut: int) -> None:
    der = x509.load_pem_x509_csr(csr().encode()).public_bytes(Encoding.DER)
    place %= len(der)
    damaged = base64.b64encode(der[:place] + data + der[place + cut :]).decode()
    text = f"-----BEGIN CERTIFICATE REQUEST-----\n{damaged}\n-----END CERTIFICATE REQUEST-----\n"
    for read in (
        lambda: csr_public_key_sha256(parse_csr(text)),
        lambda: check_csr(text, subject={"common_name": "x"}, kind={"type": "ECC"}),
    ):
        try:
            read()
        except WotrusError as exc:
            assert_can_be_shown(str(exc))
    try:
        request = load_csr(text)
    except WotrusError as exc:
        assert_can_be_shown(str(exc))
        return
    assert request.is_signature_valid


@functools.cache
def _authority() -> pki.Authority:
    return pki.root("Names")


@given(name=NAMED, organization=NAMED)
@fuzzed(short=60, long=3_000)
def test_names(name: str, organization: str) -> None:
    subject = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, name), x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)]
    )
    leaf = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(_authority().certificate.subject)
        .public_key(KEYS[0].public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before((pki.NOW - dt.timedelta(days=9)).replace(tzinfo=None))
        .not_valid_after((pki.NOW - dt.timedelta(days=2)).replace(tzinfo=None))
        .sign(_authority().key, hashes.SHA256())
    )
    heap = load_certificates(to_pem(leaf) + to_pem(_authority().certificate))
    assert_can_be_shown(describe(heap[0]))
    for now, anchors in ((pki.NOW, []), (None, [ROOT.certificate])):
        try:
            build_bundle(heap, public_key_sha256=None, anchors=anchors, now=now)
        except WotrusError as exc:
            assert_can_be_shown(str(exc))
            continue
        raise AssertionError("an expired or untrusted certificate was accepted")
