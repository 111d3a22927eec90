# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates as plain data, those too that the library cannot quite read."""

from __future__ import annotations

import json
import pathlib
import subprocess

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from ansible_collections.wotrus.pki.plugins.module_utils._x509.chain import build_bundle
from ansible_collections.wotrus.pki.plugins.module_utils._x509.describe import describe
from ansible_collections.wotrus.pki.plugins.module_utils._x509.pem import load_certificates
from ansible_collections.wotrus.pki.plugins.module_utils._x509.signature import is_signed_by
from tests.unit.x509 import pki

SM2 = """-----BEGIN CERTIFICATE-----
MIIBrjCCAVOgAwIBAgIDChssMAoGCCqBHM9VAYN1MCIxCzAJBgNVBAYTAkNOMRMw
EQYDVQQDDApTTTIgU2lnbmVyMB4XDTI2MTEyNDE1NTUwOFoXDTM2MTEyMTE1NTUw
OFowIjELMAkGA1UEBhMCQ04xEzARBgNVBAMMClNNMiBTaWduZXIwWTATBgcqhkjO
PQIBBggqgRzPVQGCLQNCAAQhaGes7vc+AkHbl64fOZraOy4j3BMFvd7VBtWmGV6B
JS2Pe7KnifpyfdsDKVNjsnwFl32whOKM0jTetmRthJlyo3gwdjAdBgNVHQ4EFgQU
qQDpCy4uH+AuR9cV3Ru0h97+vEQwHwYDVR0jBBgwFoAUqQDpCy4uH+AuR9cV3Ru0
h97+vEQwDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCB4AwEwYDVR0lBAww
CgYIKwYBBQUHAyQwCgYIKoEcz1UBg3UDSQAwRgIhANMpIY35dd8v3AAhcGlf0Gut
6BZagB1CpQV5WZl6OLHgAiEA0+yHrulq3cR2nG+4a7GRU80Vk6ZfvpA/QiFZL8mx
6cA=
-----END CERTIFICATE-----
"""
# RSA, signed with PSS and a salt of 20 bytes.
PSS = """-----BEGIN CERTIFICATE-----
MIIDdTCCAi6gAwIBAgIUIgipLSAjM/Pk5yVK993MVOdlKocwPAYJKoZIhvcNAQEK
MC+gDzANBglghkgBZQMEAgEFAKEcMBoGCSqGSIb3DQEBCDANBglghkgBZQMEAgEF
ADAbMQswCQYDVQQGEwJDTjEMMAoGA1UEAwwDUFNTMB4XDTI2MTEyNDE2MjU0NVoX
DTM2MTEyMTE2MjU0NVowGzELMAkGA1UEBhMCQ04xDDAKBgNVBAMMA1BTUzCCASIw
DQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBANhQk7Xl+FmgeICW4tyYbX/gM6N8
s56jvoC+sflsQX1lg5KotlFUp7UAWjscDN0ouBYfuI6qr8GHftA9oCAOKgxBGgan
jk0j6jhuSXLFXPeMWzouceUVDrEzTGkEqGyaUmC00018DjLOMBb29gM8UzwwSQx6
zOLpr0ruNVEKycSFvMhUqtRkMtYjw6nihFCeVV9vXd/QmmbcfIOlhzdR30Q2n+Hf
ZZCwm2/TauV3QxvycLvfQVYHaaFSr9mmdEhywXopB47RChkgKWY6QFHVEhHwOE1U
DCZsILk2hlSMhwpdazwC86hPw65CQ6udV/D1Ao2xLmKvWK9N/s/6PO6Q7j0CAwEA
AaNTMFEwHQYDVR0OBBYEFNFb/Zdgo0NRy4RYxd8OR7mB+G2uMB8GA1UdIwQYMBaA
FNFb/Zdgo0NRy4RYxd8OR7mB+G2uMA8GA1UdEwEB/wQFMAMBAf8wPAYJKoZIhvcN
AQEKMC+gDzANBglghkgBZQMEAgEFAKEcMBoGCSqGSIb3DQEBCDANBglghkgBZQME
AgEFAAOCAQEAuh9DG3w8fnayr9x07qEj+VemVVM67jtWZzb/Ml8EpQOHXvyhuh0H
IxeDWuQ3dmBBuYHZX8dFDI28/txUf08Rc8iAjo4pOaJ7Y9kfJGQiQMRTzxTu8o61
MiyHtyrh6Qzy3sG8eJJEBPWiEa666y5tGvoNmjcf3jbQnLRK1PoxRklZha+Hejlm
8LuLemfc7EVow7tqrMnLlJwkayCrQkvqevhHVIbR9U5H62VI/GQRL9cQWYJfWWn7
9fBS36FEnVH/L7W6R7I2hDtpQWbVLI9XL9BptIAnqxb48PZwICXOZTe4U+k78thD
KIgeqD+lzDxBw6QztnWzBWGFWCSDY84Lcg==
-----END CERTIFICATE-----
"""
ROOT = pki.root("Root")


def test_dates_at_the_ends_of_the_calendar_have_four_digits(tmp_path: pathlib.Path) -> None:
    words = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        "/CN=A",
    ]
    words += ["-keyout", "key.pem", "-not_before", "00010101000000Z", "-not_after", "99991231235959Z"]
    done = subprocess.run(words, check=True, capture_output=True, text=True, cwd=tmp_path)

    facts = describe(load_certificates(done.stdout)[0])

    assert (facts["not_before"], facts["not_after"]) == ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z")


def test_a_document_signing_certificate_says_so() -> None:
    leaf = ROOT.issue("Signer, Ltd.", serial=0x0ABCDEF, usages=(pki.DOCUMENT_SIGNING, ObjectIdentifier("1.2.3.4")))
    facts = describe(leaf.certificate)
    assert json.loads(json.dumps(facts)) == facts
    assert facts.pop("public_key_sha256") == pki.sha256_of_key(leaf.key)
    assert facts == {
        "subject": "CN=Signer\\, Ltd.,C=CN",
        "common_name": "Signer, Ltd.",
        "organization": None,
        "alternative_names": [],
        "issuer": "CN=Root,C=CN",
        "serial_number": "ABCDEF",
        "not_before": "2026-11-14T12:00:00Z",
        "not_after": "2027-11-24T12:00:00Z",
        "fingerprint_sha256": leaf.certificate.fingerprint(hashes.SHA256()).hex(),
        "key_type": "ECC",
        "key_size": 256,
        "key_usage": ["digitalSignature", "nonRepudiation"],
        "extended_key_usage": ["documentSigning", "1.2.3.4"],
        "document_signing": True,
        "encryption": False,
    }


@pytest.mark.parametrize(
    ("usages", "names", "signs"),
    [
        (("1.2.840.113583.1.1.5",), ["adobeAuthenticDocumentsTrust"], True),
        (("1.3.6.1.4.1.311.10.3.12",), ["msDocumentSigning"], True),
        (("2.5.29.37.0",), ["anyExtendedKeyUsage"], True),
        ((ExtendedKeyUsageOID.EMAIL_PROTECTION.dotted_string,), ["emailProtection"], True),
        (("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"), ["serverAuth", "clientAuth"], False),
        ((), [], True),
    ],
)
def test_extended_key_usages_decide_about_documents(usages, names, signs) -> None:
    leaf = ROOT.issue("Signer", usages=tuple(ObjectIdentifier(oid) for oid in usages))
    facts = describe(leaf.certificate)
    assert facts["extended_key_usage"] == names
    assert facts["document_signing"] is signs


def test_an_authority_signs_no_documents() -> None:
    facts = describe(ROOT.certificate)
    assert facts["key_usage"] == ["keyCertSign", "cRLSign"]
    assert facts["document_signing"] is False


def test_an_sm2_certificate_is_described_although_its_key_cannot_be_used() -> None:
    certificate = load_certificates(SM2)[0]
    facts = describe(certificate)
    assert facts["key_type"] == "SM2"
    assert facts["serial_number"] == "A1B2C"
    assert facts["public_key_sha256"] == "6da9c4eb631fef8e9b7a048e857de3727a301a4eac5733f32f2876ec8c8cd62b"
    assert facts["subject"] == "CN=SM2 Signer,C=CN"
    assert (facts["key_usage"], facts["document_signing"]) == (["digitalSignature"], False), "It is for a CA."


def test_sm2_certificate_among_others_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")  # nor is it checked
    leaf = ROOT.issue("Signer")
    heap = [load_certificates(SM2)[0], leaf.certificate, ROOT.certificate]
    bundle = build_bundle(heap, public_key_sha256=pki.sha256_of_key(leaf.key), now=pki.NOW)
    assert bundle.root == ROOT.certificate


def test_rsa_pss_signatures_are_checked_with_their_own_parameters() -> None:
    certificate = load_certificates(PSS)[0]
    # The library tells the parameters from release 41 on; without them, nothing is taken for good.
    assert is_signed_by(certificate, certificate) is hasattr(certificate, "signature_algorithm_parameters")
    assert describe(certificate)["key_type"] == "RSA"
