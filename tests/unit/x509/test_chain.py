# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The chain builder returns the same bundle for any input order.

Otherwise, it fails with an error code.
"""

from __future__ import annotations

import base64
import datetime
from collections.abc import Sequence

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    BadCertificate,
    CertificateExpired,
    KeyMismatch,
    UntrustedChain,
    WotrusError,
)
from ansible_collections.wotrus.pki.plugins.module_utils._x509.chain import Bundle, build_bundle
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import certificate_public_key_sha256
from ansible_collections.wotrus.pki.plugins.module_utils._x509.pem import load_certificates, to_pem
from tests.unit.x509 import pki

ROOT = pki.root("Root")
POLICY = ROOT.issue("Policy CA", ca=True)
ISSUING = POLICY.issue("Issuing CA", ca=True, path_length=0)
LEAF = ISSUING.issue("Signer")
EXPECTED = Bundle(leaf=LEAF.certificate, intermediates=(ISSUING.certificate, POLICY.certificate), root=ROOT.certificate)

FOREIGN_ROOT = pki.root("Foreign Root")
FOREIGN = FOREIGN_ROOT.issue("Foreign Signer")
# The same name as a part of the path, but another key: only the signature tells them apart.
IMPOSTOR_ISSUING = FOREIGN_ROOT.issue("Issuing CA", ca=True)
IMPOSTOR_ROOT = pki.root("Root")
# Two authorities that certify each other, and one that is certified by its own subordinate.
LOOP_A = pki.root("Loop A")
LOOP_B = pki.root("Loop B")
CROSS_A = LOOP_B.issue("Loop A", key=LOOP_A.key, ca=True)
CROSS_B = LOOP_A.issue("Loop B", key=LOOP_B.key, ca=True)
CROSS_POLICY = ISSUING.issue("Policy CA", key=POLICY.key, ca=True)
CROSS_ROOT = FOREIGN_ROOT.issue("Root", key=ROOT.key, ca=True)
LOOP_LEAF = LOOP_A.issue("Loop Signer")

PATH = [LEAF, ISSUING, POLICY, ROOT]
NOISE = [FOREIGN_ROOT, FOREIGN, IMPOSTOR_ISSUING, IMPOSTOR_ROOT, LOOP_A, LOOP_B, CROSS_A, CROSS_B, CROSS_POLICY]


def build(
    authorities: Sequence[pki.Authority],
    *,
    leaf: pki.Authority | None = LEAF,
    anchors: Sequence[pki.Authority] = (),
    now: datetime.datetime | None = pki.NOW,
) -> Bundle:
    return build_bundle(
        [authority.certificate for authority in authorities],
        public_key_sha256=certificate_public_key_sha256(leaf.certificate) if leaf else None,
        anchors=[anchor.certificate for anchor in anchors],
        now=now,
    )


@given(st.permutations(PATH), st.lists(st.sampled_from(PATH + NOISE), max_size=20), st.randoms(use_true_random=False))
@settings(max_examples=300)
def test_any_order_duplicates_and_other_certificates_give_the_same_bundle(path, noise, random) -> None:
    heap = [*path, *noise]
    random.shuffle(heap)
    assert build(heap) == EXPECTED


@given(st.lists(st.sampled_from([*PATH, *NOISE, CROSS_ROOT, LOOP_LEAF]), max_size=16), st.booleans(), st.booleans())
@settings(max_examples=300)
def test_any_set_of_certificates_gives_a_linked_bundle_or_an_error_code(heap, with_key, with_anchor) -> None:
    try:
        bundle = build(heap, leaf=LEAF if with_key else None, anchors=[ROOT] if with_anchor else [])
    except (BadCertificate, KeyMismatch, UntrustedChain):
        return
    path = [bundle.leaf, *bundle.intermediates, bundle.root]
    assert len(set(path)) == len(path)
    for certificate, issuer in zip(path, path[1:]):
        pki.verify_issued_by(certificate, issuer)
    if with_anchor:
        assert bundle.root == ROOT.certificate
    if with_key:
        assert bundle.leaf == LEAF.certificate


@given(st.data())
@settings(max_examples=200)
def test_bundle_is_the_same_for_any_layout_of_the_pem_text(data) -> None:
    def layout(pem: str) -> str:
        kind = data.draw(st.sampled_from(["lf", "crlf", "cr", "blanks", "one line", "no final newline", "indented"]))
        return {
            "lf": pem,
            "crlf": pem.replace("\n", "\r\n"),
            "cr": pem.replace("\n", "\r"),
            "blanks": pem.replace("\n", " "),
            "one line": pem.replace("\n", ""),
            "no final newline": pem.rstrip("\n"),
            "indented": "\n".join("    " + line for line in pem.splitlines()),
        }[kind]

    between = st.text(st.characters(exclude_characters="-", exclude_categories=["Cs"]), max_size=20)
    text = data.draw(between)
    for authority in data.draw(st.permutations(PATH)):
        text += layout(to_pem(authority.certificate)) + data.draw(between)
    certificates = load_certificates(text)
    key = certificate_public_key_sha256(LEAF.certificate)
    assert build_bundle(certificates, public_key_sha256=key, now=pki.NOW) == EXPECTED


@given(st.binary(max_size=80), st.integers(0, 1200), st.integers(0, 40))
@settings(max_examples=400)
def test_a_damaged_certificate_is_an_error_with_a_code_or_harmless(junk, position, cut) -> None:
    good = LEAF.certificate.public_bytes(Encoding.DER)
    position %= len(good)
    damaged = good[:position] + junk + good[position + cut :]
    try:
        certificates = load_certificates(armour(damaged) + to_pem(ROOT.certificate))
        bundle = build_bundle(certificates, public_key_sha256=None, now=pki.NOW)
    except WotrusError:
        return
    assert bundle.root == ROOT.certificate or damaged == good


def armour(der: bytes) -> str:
    return f"-----BEGIN CERTIFICATE-----\n{base64.encodebytes(der).decode()}-----END CERTIFICATE-----\n"


def test_without_a_key_the_first_end_entity_is_the_leaf() -> None:
    assert build([ROOT, POLICY, ISSUING, LEAF], leaf=None) == EXPECTED
    assert build([FOREIGN, *PATH, FOREIGN_ROOT], leaf=None).leaf == FOREIGN.certificate


def test_without_a_key_another_leaf_with_a_good_chain_is_not_used() -> None:
    with pytest.raises(UntrustedChain, match="Signer"):
        build([LEAF, FOREIGN, FOREIGN_ROOT], leaf=None)


def test_only_authorities_are_no_leaf() -> None:
    with pytest.raises(BadCertificate, match="no end entity"):
        build([ROOT, POLICY, ISSUING], leaf=None)


def test_no_certificate_with_the_key_is_a_key_mismatch() -> None:
    with pytest.raises(KeyMismatch):
        build([ROOT, FOREIGN, FOREIGN_ROOT])


def test_a_missing_intermediate_is_named_by_its_issuer() -> None:
    with pytest.raises(UntrustedChain, match=r"ends at 'CN=Issuing CA,C=CN', issued by 'CN=Policy CA,C=CN'"):
        build([LEAF, ISSUING, ROOT])


def test_a_missing_root_is_untrusted_unless_it_is_an_anchor() -> None:
    with pytest.raises(UntrustedChain):
        build([LEAF, ISSUING, POLICY])
    assert build([LEAF, ISSUING, POLICY], anchors=[ROOT]) == EXPECTED


def test_only_the_anchors_count_where_there_are_any() -> None:
    with pytest.raises(UntrustedChain, match="trust anchors"):
        build(PATH, anchors=[FOREIGN_ROOT])


def test_an_anchor_may_be_reached_through_a_cross_certificate() -> None:
    bundle = build([CROSS_ROOT, *PATH], anchors=[FOREIGN_ROOT])
    assert bundle.root == FOREIGN_ROOT.certificate
    assert bundle.intermediates == (ISSUING.certificate, POLICY.certificate, CROSS_ROOT.certificate)


def test_a_self_signed_certificate_is_no_leaf_with_a_chain() -> None:
    own = pki.sign("Self", issuer=None, key=pki.ecc(), ca=False, days=(-1, 10))
    with pytest.raises(UntrustedChain):
        build([own, *PATH], leaf=own)


def test_authorities_that_certify_each_other_do_not_make_it_loop() -> None:
    with pytest.raises(UntrustedChain):
        build([LOOP_LEAF, CROSS_A, CROSS_B], leaf=LOOP_LEAF)
    assert build([LOOP_LEAF, CROSS_A, CROSS_B, LOOP_A, LOOP_B], leaf=LOOP_LEAF).root == LOOP_A.certificate


def test_an_intermediate_must_be_an_authority() -> None:
    for wrong in (
        POLICY.issue("Sub", ca=False),
        POLICY.issue("Sub", ca=True, constraints=False),
        POLICY.issue("Sub", ca=True, key_cert_sign=False),
        ISSUING.issue("Sub", ca=True),  # the path length of its issuer is 0
    ):
        leaf = wrong.issue("Victim")
        with pytest.raises(UntrustedChain):
            build([leaf, wrong, ISSUING, POLICY, ROOT], leaf=leaf)


def test_an_expired_leaf_is_named_with_its_date() -> None:
    old = ISSUING.issue("Old", days=(-400, -3))
    with pytest.raises(CertificateExpired, match=r"'CN=Old,C=CN' .* to 2026-11-21T12:00:00Z"):
        build([old, *PATH], leaf=old)


def test_a_certificate_from_the_future_is_not_valid_yet() -> None:
    early = ISSUING.issue("Early", days=(2, 100))
    with pytest.raises(CertificateExpired, match=r"is only valid from 2026-11-26"):
        build([early, *PATH], leaf=early)


def test_dates_are_not_checked_without_a_clock() -> None:
    old = ISSUING.issue("Old", days=(-400, -3))
    assert build([old, *PATH], leaf=old, now=None).leaf == old.certificate


def test_a_valid_path_is_chosen_over_an_expired_shorter_one() -> None:
    expired_root = pki.root("Root", key=ROOT.key, days=(-2000, -1))
    top = pki.root("Top")
    cross = top.issue("Root", key=ROOT.key, ca=True)
    bundle = build([LEAF, ISSUING, POLICY, expired_root, cross, top])
    assert bundle.root == top.certificate
    assert bundle.intermediates[-1] == cross.certificate


def test_of_two_certificates_for_one_key_the_newer_valid_one_is_the_leaf() -> None:
    newer = ISSUING.issue("Signer", key=LEAF.key, days=(-1, 365))
    unborn = ISSUING.issue("Signer", key=LEAF.key, days=(1, 365))
    for heap in ([unborn, newer, *PATH], [*PATH, unborn, newer]):
        assert build(heap).leaf == newer.certificate


def test_rsa_chains_verify() -> None:
    key = pki.rsa.generate_private_key(65537, 2048)
    top = pki.root("RSA Root", key=key)
    leaf = top.issue("RSA Signer", key=pki.rsa.generate_private_key(65537, 2048))
    assert build([top, leaf], leaf=leaf).root == top.certificate


def test_a_signature_that_cannot_be_checked_is_not_trusted() -> None:
    top = pki.root("Root with a name of its own")
    impostor = pki.with_key_of_another_kind(top)
    leaf = top.issue("Signer")
    with pytest.raises(UntrustedChain):
        build([impostor, leaf], leaf=leaf, anchors=[impostor])


def test_too_many_certificates_are_refused() -> None:
    with pytest.raises(BadCertificate, match="1 to 32"):
        build([*PATH, *(ROOT.issue(f"Many {number}") for number in range(32))])
    with pytest.raises(BadCertificate):
        build([])


def test_many_cross_certificates_are_searched_in_limited_time() -> None:
    authorities = [pki.root(f"Web {number}") for number in range(6)]
    web = [
        issuer.issue(f"Web {number}", key=subject.key, ca=True)
        for issuer in authorities
        for number, subject in enumerate(authorities)
        if issuer is not subject
    ]
    leaf = authorities[0].issue("Caught")
    with pytest.raises(UntrustedChain):
        build([leaf, *web], leaf=leaf)


def test_a_certificate_with_unreadable_extensions_is_no_authority() -> None:
    broken = ROOT.issue("Broken", ca=True)
    der = broken.certificate.public_bytes(Encoding.DER)
    marker = bytes.fromhex("0603551d13")  # the object identifier of basicConstraints
    damaged = der.replace(marker, bytes.fromhex("0603551d0f"), 1)  # now keyUsage stands there twice
    certificate = load_certificates(armour(damaged))[0]
    assert isinstance(certificate, x509.Certificate)
    leaf = broken.issue("Signer below")
    with pytest.raises(UntrustedChain):
        build_bundle(
            [leaf.certificate, certificate, ROOT.certificate],
            public_key_sha256=certificate_public_key_sha256(leaf.certificate),
            now=pki.NOW,
        )


def test_of_several_paths_the_one_that_ends_last_is_the_chain() -> None:
    early = POLICY.issue("Issuing CA", key=ISSUING.key, ca=True, days=(-10, 60))
    newer = ROOT.issue("Issuing CA", key=ISSUING.key, ca=True, days=(-10, 300))

    bundle = build([LEAF, early, POLICY, ROOT])
    assert (bundle.intermediates[0], bundle.ends) == (early.certificate, pki.NOW + datetime.timedelta(days=60))

    bundle = build([LEAF, early, newer, POLICY, ROOT])
    assert (bundle.intermediates, bundle.ends) == ((newer.certificate,), pki.NOW + datetime.timedelta(days=300))
    # The longer path ends with the leaf.
    bundle = build([LEAF, early, newer, ISSUING, POLICY, ROOT])
    assert bundle == EXPECTED
    assert bundle.ends == pki.NOW + datetime.timedelta(days=365)


def test_the_end_of_the_root_is_an_end_of_the_path() -> None:
    old = pki.root("Old Root", days=(-3000, 40))
    leaf = old.issue("Signer")

    assert build([leaf, old], leaf=leaf).ends == pki.NOW + datetime.timedelta(days=40)
    cross = ROOT.issue("Old Root", key=old.key, ca=True)
    assert build([leaf, old, cross, ROOT], leaf=leaf).root == ROOT.certificate
