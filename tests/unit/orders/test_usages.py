# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which certificates may sign documents or decrypt, with the shapes that public CAs issue.

The shapes are rebuilt, not copied: the usages and other extensions of document-signing certificates of GlobalSign and
SSL.com (Adobe's trust list), of a qualified certificate of the European Union, and of certificates for other purposes.
"""

from __future__ import annotations

import dataclasses
import pathlib
import typing as t

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from ansible_collections.wotrus.pki.plugins.module_utils._client.answers import PemBundle
from ansible_collections.wotrus.pki.plugins.module_utils._errors import WrongUsage
from ansible_collections.wotrus.pki.plugins.module_utils._orders.certificate import verify_certificate
from ansible_collections.wotrus.pki.plugins.module_utils._x509.describe import describe
from ansible_collections.wotrus.pki.plugins.module_utils._x509.pem import to_pem
from tests.unit.store import scene
from tests.unit.x509 import pki

ADOBE = ObjectIdentifier("1.2.840.113583.1.1.5")
MICROSOFT = ObjectIdentifier("1.3.6.1.4.1.311.10.3.12")
SMART_CARD = ObjectIdentifier("1.3.6.1.4.1.311.20.2.2")
EMAIL, CLIENT = ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.CLIENT_AUTH
SIGNING = {"digital_signature": True, "content_commitment": True}
ENCRYPTION = {"key_encipherment": True, "data_encipherment": True}


@dataclasses.dataclass(frozen=True)
class Shape:
    """A kind of certificate, and what it may be used for."""

    key_usage: t.Mapping[str, bool]
    usages: tuple[ObjectIdentifier, ...]
    signs: bool
    decrypts: bool


SHAPES = {
    "GlobalSign": Shape(SIGNING, (MICROSOFT, ADOBE), signs=True, decrypts=False),
    "SSL.com": Shape(SIGNING, (CLIENT, EMAIL, MICROSOFT, ADOBE), signs=True, decrypts=False),
    "signing and encryption": Shape({**SIGNING, **ENCRYPTION}, (EMAIL, MICROSOFT), signs=True, decrypts=True),
    "S/MIME": Shape({"digital_signature": True, "key_encipherment": True}, (EMAIL, CLIENT), signs=True, decrypts=True),
    "qualified": Shape({"content_commitment": True}, (), signs=True, decrypts=False),
    "RFC 9336": Shape({"digital_signature": True}, (pki.DOCUMENT_SIGNING,), signs=True, decrypts=False),
    "without usages": Shape({}, (), signs=True, decrypts=True),
    "TLS server": Shape(
        {"digital_signature": True, "key_encipherment": True},
        (ExtendedKeyUsageOID.SERVER_AUTH, CLIENT),
        signs=False,
        decrypts=True,
    ),
    "encryption of a pair": Shape({**ENCRYPTION, "key_agreement": True}, (EMAIL,), signs=False, decrypts=True),
    "key agreement": Shape({"key_agreement": True}, (pki.DOCUMENT_SIGNING,), signs=False, decrypts=True),
    "time stamps": Shape(
        {"digital_signature": True}, (ExtendedKeyUsageOID.TIME_STAMPING,), signs=False, decrypts=False
    ),
    "code": Shape({"digital_signature": True}, (ExtendedKeyUsageOID.CODE_SIGNING,), signs=False, decrypts=False),
    "smart card": Shape({"digital_signature": True}, (SMART_CARD, CLIENT), signs=False, decrypts=False),
}
OF_PUBLIC_CAS = (
    x509.CertificatePolicies([x509.PolicyInformation(ObjectIdentifier("1.3.6.1.4.1.99999.1.40"), None)]),
    x509.CRLDistributionPoints(
        [x509.DistributionPoint([x509.UniformResourceIdentifier("http://crl.example/ca.crl")], None, None, None)]
    ),
    x509.SubjectAlternativeName([x509.RFC822Name("contracts@example.com")]),
    # qcStatements, and the time stamps of Adobe.
    x509.UnrecognizedExtension(
        ObjectIdentifier("1.3.6.1.5.5.7.1.3"), b"\x30\x0a\x30\x08\x06\x06\x04\x00\x8e\x46\x01\x01"
    ),
    x509.UnrecognizedExtension(ObjectIdentifier("1.2.840.113583.1.1.9.1"), b"\x30\x03\x02\x01\x01"),
)
EACH = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)


def issued(shape: Shape, *, key: t.Any = None) -> pki.Authority:
    return scene.ISSUING.issue(
        "Signer", key=key, key_usage=pki.usage(**shape.key_usage), usages=shape.usages, extensions=OF_PUBLIC_CAS
    )


def pems(leaf: pki.Authority) -> PemBundle:
    return PemBundle(to_pem(leaf.certificate), (to_pem(scene.ROOT.certificate), to_pem(scene.ISSUING.certificate)))


def verified(
    answer: t.Mapping[str, PemBundle], verification: str, warnings: list[str], **options: bool
) -> dict[str, t.Any]:
    return verify_certificate(
        dict(answer),
        order_id="A",
        key=None,
        common_name="Signer",
        anchors=[],
        now=pki.NOW,
        verification=verification,
        warn=lambda text: warnings.append(str(text)),
        **options,
    )


@EACH
def test_usages_say_what_a_certificate_is_for(shape: Shape) -> None:
    facts = describe(issued(shape).certificate)
    assert (facts["document_signing"], facts["encryption"]) == (shape.signs, shape.decrypts)


@EACH
def test_certificate_that_may_not_sign_is_refused_unless_a_person_accepts_it(shape: Shape) -> None:
    answer, warnings = {"rsa": pems(issued(shape))}, list[str]()
    if shape.signs:
        verified(answer, "strict", warnings)
        assert warnings == []
        return
    with pytest.raises(WrongUsage, match="may not sign documents"):
        verified(answer, "strict", warnings)
    assert verified(answer, "compatible", warnings)["info"]["document_signing"] is False
    assert "may not sign documents" in warnings[0]


@EACH
def test_host_refuses_a_certificate_that_may_not_sign(tmp_path: pathlib.Path, shape: Shape) -> None:
    path = tmp_path / "contracts"
    requested = t.cast("pki.Key", scene.Requester(scene.prepare(path)["csr"]))
    options = scene.options_of(issued(shape, key=requested))

    result = scene.call(path, **options)

    assert result.get("error_code") == (None if shape.signs else "wrong_usage")
    assert (scene.info(path)["live"] is None) is not shape.signs
    scene.succeed(path, **options, verification="compatible")
    assert scene.info(path)["live"]["document_signing"] is shape.signs


def test_certificate_that_is_only_fetched_need_not_sign() -> None:
    warnings: list[str] = []
    found = verified({"rsa": pems(issued(SHAPES["TLS server"]))}, "strict", warnings, is_deployed=False)
    assert found["info"]["document_signing"] is False
    assert "may not sign documents" in warnings[0]


def test_encryption_certificate_of_a_pair_need_not_sign() -> None:
    pair = {"sign": pems(issued(SHAPES["GlobalSign"])), "encrypt": pems(issued(SHAPES["encryption of a pair"]))}
    warnings: list[str] = []

    found = verified(pair, "strict", warnings)

    assert (found["info"]["document_signing"], warnings) == (True, [])
    assert found["bundles"]["encrypt"]["info"]["document_signing"] is False
    swapped = {"sign": pair["encrypt"], "encrypt": pair["sign"]}
    with pytest.raises(WrongUsage):
        verified(swapped, "strict", warnings)


def test_chain_that_ends_before_the_certificate_is_a_warning() -> None:
    early = scene.ROOT.issue("Issuing CA", key=scene.ISSUING.key, ca=True, days=(-10, 60))
    answer = PemBundle(
        to_pem(scene.ISSUING.issue("Signer").certificate), (to_pem(early.certificate), to_pem(scene.ROOT.certificate))
    )
    warnings: list[str] = []

    info = verified({"rsa": answer}, "strict", warnings)["info"]

    assert (info["not_after"], info["path_not_after"]) == ("2027-11-24T12:00:00Z", "2027-01-23T12:00:00Z")
    assert "expires on 2027-11-24, but its chain on 2027-01-23" in warnings[0]
