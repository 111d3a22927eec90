# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A linked chain with valid signatures is refused for broken rules."""

from __future__ import annotations

import dataclasses
import datetime
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from ansible_collections.wotrus.pki.plugins.module_utils._errors import CertificateExpired, WeakCertificate
from ansible_collections.wotrus.pki.plugins.module_utils._x509 import rules
from ansible_collections.wotrus.pki.plugins.module_utils._x509.chain import Bundle, build_bundle
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import certificate_public_key_sha256
from tests.unit.x509 import pki

SMALL = rsa.generate_private_key(public_exponent=65537, key_size=1024)
SIGNER = pki.name("Signer")
LARGE = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(frozen=True)
class Made:
    """A certificate of a chain, and what is special about it."""

    subject: x509.Name = SIGNER
    ca: bool = False
    key: Any = field(default_factory=pki.ecc)
    extensions: tuple[tuple[x509.ExtensionType, bool], ...] = ()
    days: tuple[int, int] = (-1, 30)


def made_by(issuer: tuple[Made, x509.Certificate] | None, made: Made) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(made.subject)
        .issuer_name(issuer[1].subject if issuer else made.subject)
        .public_key(made.key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before((pki.NOW + datetime.timedelta(days=made.days[0])).replace(tzinfo=None))
        .not_valid_after((pki.NOW + datetime.timedelta(days=made.days[1])).replace(tzinfo=None))
        .add_extension(x509.BasicConstraints(ca=made.ca, path_length=None), critical=True)
    )
    for extension, critical in made.extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(issuer[0].key if issuer else made.key, hashes.SHA256())


def chain_of(*path: Made) -> list[x509.Certificate]:
    """Return the certificates of a chain, root first."""
    certificates: list[x509.Certificate] = []
    issuer = None
    for made in path:
        certificates.append(made_by(issuer, made))
        issuer = (made, certificates[-1])
    return certificates


def root(**special: Any) -> Made:
    return Made(subject=pki.name("Root"), ca=True, **special)


def issuing(**special: Any) -> Made:
    return Made(**{"subject": pki.name("Issuing CA"), "ca": True, **special})


def build(certificates: list[x509.Certificate], **options: Any) -> Bundle:
    key = certificate_public_key_sha256(certificates[-1])
    return build_bundle(certificates, public_key_sha256=key, **{"now": pki.NOW, **options})


def constraints(country: str = "DE", *, critical: bool = True) -> tuple[tuple[x509.ExtensionType, bool], ...]:
    """Return the extension of a CA that may only issue for a country."""
    allowed = x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, country)]))
    return ((x509.NameConstraints(permitted_subtrees=[allowed], excluded_subtrees=None), critical),)


def signer(*parts: tuple[ObjectIdentifier, str]) -> Made:
    return Made(subject=x509.Name([x509.NameAttribute(oid, value) for oid, value in parts]))


def used_for(*usages: ObjectIdentifier) -> tuple[tuple[x509.ExtensionType, bool], ...]:
    return ((x509.ExtendedKeyUsage(usages), False),)


SERVERS, MAILS = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.EMAIL_PROTECTION
DOCUMENTS, ANYTHING = ObjectIdentifier("1.3.6.1.5.5.7.3.36"), ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE
STRANGE = x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")
CONSTRAINTS = constraints()

BROKEN = {
    "RSA key of the leaf": ([root(), issuing(), Made(key=SMALL)], "RSA key of 1024 bits"),
    "RSA key of an intermediate": ([root(), issuing(key=SMALL), Made()], "RSA key of 1024 bits"),
    "RSA key of the root": ([root(key=SMALL), issuing(), Made()], "RSA key of 1024 bits"),
    "critical extension of the leaf": ([root(), issuing(), Made(extensions=((STRANGE, True),))], "1.3.6.1.4.1.99999.1"),
    "critical extension of a CA": ([root(), issuing(extensions=((STRANGE, True),)), Made()], "1.3.6.1.4.1.99999.1"),
    "leaf that is a CA": ([root(), issuing(), Made(ca=True)], "is for a CA"),
    "name constraints of a CA": ([root(), issuing(extensions=CONSTRAINTS), Made()], "Issuing CA"),
    "name constraints of a root": ([root(extensions=CONSTRAINTS), issuing(), Made()], "has name constraints"),
    "name constraints that are not critical": (
        [root(), issuing(extensions=constraints(critical=False)), Made()],
        "has name constraints",
    ),
    "name constraints that the name keeps": (
        [root(), issuing(extensions=constraints("CN")), Made()],
        "has name constraints",
    ),
    "name constraints of the leaf": ([root(), issuing(), Made(extensions=CONSTRAINTS)], "2.5.29.30"),
    "two common names": (
        [root(), issuing(), signer((NameOID.COMMON_NAME, "One"), (NameOID.COMMON_NAME, "Two"))],
        "2 common names",
    ),
    "CA for servers": ([root(), issuing(extensions=used_for(SERVERS)), Made()], "issues only for serverAuth"),
    "CA for something else": (
        [root(), issuing(extensions=used_for(SERVERS, MAILS)), Made(extensions=used_for(DOCUMENTS))],
        "issues only for serverAuth, emailProtection",
    ),
}

KEPT = {
    "nothing special": [root(), issuing(), Made()],
    "RSA key of 2048 bits": [root(key=LARGE), issuing(), Made(key=LARGE)],
    "extension that is not critical": [root(), issuing(), Made(extensions=((STRANGE, False),))],
    "CA for the usage of the leaf": [
        root(extensions=used_for(SERVERS)),
        issuing(extensions=used_for(SERVERS, DOCUMENTS)),
        Made(extensions=used_for(DOCUMENTS)),
    ],
    "CA for mail": [root(), issuing(extensions=used_for(MAILS)), Made()],
    "CA for anything": [root(), issuing(extensions=used_for(ANYTHING)), Made(extensions=used_for(DOCUMENTS))],
}


@pytest.mark.parametrize(("path", "words"), BROKEN.values(), ids=BROKEN.keys())
def test_chain_that_breaks_a_rule_is_refused(path: list[Made], words: str) -> None:
    with pytest.raises(WeakCertificate) as caught:
        build(chain_of(*path))

    assert words in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("path", [path for path, _words in BROKEN.values()], ids=BROKEN.keys())
def test_compatible_verification_returns_the_broken_rule(path: list[Made]) -> None:
    certificates = chain_of(*path)

    bundle = build(certificates, is_strict=False)

    assert bundle.leaf == certificates[-1]
    assert bundle.broken_rule


@pytest.mark.parametrize("path", KEPT.values(), ids=KEPT.keys())
def test_chain_that_keeps_the_rules_is_accepted(path: list[Made]) -> None:
    assert build(chain_of(*path)).broken_rule is None


@pytest.mark.parametrize("old", ["md5", "sha1"])
def test_old_signatures_are_refused_except_that_of_a_root(old: str) -> None:
    top, middle, leaf = chain_of(root(), issuing(), Made())

    assert f"signed with {old.upper()}" in str(rules.rule_of_leaf(signed_with(old, leaf)))
    assert old.upper() in str(rules.rule_of_issuer(signed_with(old, middle), leaf, is_root=False))
    assert rules.rule_of_issuer(signed_with(old, top), leaf, is_root=True) is None


def signed_with(old: str, certificate: x509.Certificate) -> Any:
    """Return a certificate with the name of another hash.

    Current libraries make no old signature.
    """

    class Renamed:
        signature_hash_algorithm = SimpleNamespace(name=old)

        def __getattr__(self, name: str) -> Any:
            return getattr(certificate, name)

    return Renamed()


def test_longer_chain_that_keeps_the_rules_wins() -> None:
    top, other_top, middle = root(), Made(subject=pki.name("Other Root"), ca=True), issuing()
    cross = Made(subject=pki.name("Cross CA"), ca=True)
    top_certificate, other_certificate = made_by(None, top), made_by(None, other_top)
    weak = made_by((top, top_certificate), dataclasses.replace(middle, extensions=((STRANGE, True),)))
    crossed = made_by((other_top, other_certificate), cross)
    issued = made_by((cross, crossed), middle)
    leaf = made_by((middle, issued), Made())

    bundle = build([top_certificate, other_certificate, weak, crossed, issued, leaf])

    assert bundle.intermediates == (issued, crossed)
    assert bundle.broken_rule is None


@pytest.mark.parametrize("special", [((STRANGE, True),), CONSTRAINTS], ids=["extension", "names"])
def test_certificate_of_the_same_ca_that_breaks_a_rule_hides_no_good_chain(special: Any) -> None:
    top, upper, middle = root(), Made(subject=pki.name("Upper CA"), ca=True), issuing()
    top_certificate = made_by(None, top)
    above = made_by((top, top_certificate), upper)
    good = made_by((upper, above), middle)
    # It is tried first, since it ends later.
    bad = made_by((upper, above), dataclasses.replace(middle, extensions=special, days=(-1, 60)))
    leaf = made_by((middle, good), Made())

    bundle = build([top_certificate, above, bad, good, leaf])

    assert bundle.intermediates == (good, above)
    assert bundle.broken_rule is None


def test_expired_weak_chain_is_called_expired() -> None:
    path = [root(days=(-90, 30)), issuing(days=(-60, 30)), Made(key=SMALL, days=(-50, -5))]

    with pytest.raises(CertificateExpired):
        build(chain_of(*path))
