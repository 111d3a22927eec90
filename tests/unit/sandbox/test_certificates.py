# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates have the CSR's key and subject, in every PEM form."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtensionOID, NameOID

from tests.helpers.sandbox import Sandbox

from . import orders


def load(pem: str) -> x509.Certificate:
    """Read a PEM text of whatever form."""
    body = "".join(pem.replace("-----BEGIN CERTIFICATE-----", "").replace("-----END CERTIFICATE-----", "").split())
    lines = "\n".join(body[place : place + 64] for place in range(0, len(body), 64))
    return x509.load_pem_x509_certificate(f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n".encode())


def bundle(sandbox: Sandbox, order_id: str) -> tuple[x509.Certificate, list[x509.Certificate]]:
    data = orders.retrieve(sandbox, order_id)["data"]
    return load(data["pem_RSA"]), [load(pem) for pem in data["chains_RSA"]]


def spki(key: Any) -> bytes:
    return bytes(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


@pytest.mark.parametrize("kind", ["RSA", "P-256", "P-384"])
def test_leaf_has_the_key_of_the_csr_and_chains_to_the_root(sandbox: Sandbox, kind: str) -> None:
    order_id = orders.create(sandbox, orders.body(csR_RSA=orders.csr(kind)))
    leaf, chain = bundle(sandbox, order_id)
    assert spki(leaf.public_key()) == spki(orders.key(kind).public_key())
    root = x509.load_pem_x509_certificate(Path(sandbox.root_ca).read_bytes())
    intermediate = chain[-1]
    assert chain[0] == root, "the root comes first"
    leaf.verify_directly_issued_by(intermediate)
    intermediate.verify_directly_issued_by(root)
    root.verify_directly_issued_by(root)


def test_a_cross_certificate_of_the_root_is_in_every_chain(sandbox: Sandbox, body: dict[str, Any]) -> None:
    _unused, chain = bundle(sandbox, orders.create(sandbox, body))
    cross = chain[-2]
    assert cross.subject == chain[0].subject
    assert cross.issuer not in {certificate.subject for certificate in chain}
    assert spki(cross.public_key()) == spki(chain[0].public_key())


def test_the_subject_is_the_orders_and_not_the_csrs(sandbox: Sandbox) -> None:
    organization = {"state": "广东", "city": "深圳", "OrgEmail": "ldq@wotrus.com"}
    leaf, _unused = bundle(sandbox, orders.create(sandbox, orders.body(organization)))
    names = {attribute.oid: attribute.value for attribute in leaf.subject}
    assert names == {
        NameOID.COUNTRY_NAME: "CN",
        NameOID.STATE_OR_PROVINCE_NAME: "广东",
        NameOID.LOCALITY_NAME: "深圳",
        NameOID.ORGANIZATION_NAME: "沃通电子认证服务有限公司",
        NameOID.COMMON_NAME: "沃通电子认证",
    }
    alternative = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert alternative.get_values_for_type(x509.RFC822Name) == ["ldq@wotrus.com"]


@pytest.mark.parametrize("email", ["A <a@b.cn>", "大强@b.cn", "a@b@c", "a b@c.cn"])
def test_an_unusual_email_address_is_left_out(sandbox: Sandbox, email: str) -> None:
    order_id = orders.issued(sandbox, orders.body({"OrgEmail": email}))
    assert orders.status(sandbox, order_id) == "issued"


def test_usages_are_those_of_document_signing(sandbox: Sandbox, body: dict[str, Any]) -> None:
    leaf, _unused = bundle(sandbox, orders.create(sandbox, body))
    usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.digital_signature, usage.content_commitment, usage.key_cert_sign) == (True, True, False)
    extended = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [usage.dotted_string for usage in extended] == [
        "1.3.6.1.5.5.7.3.36",
        "1.2.840.113583.1.1.5",
        "1.3.6.1.5.5.7.3.4",
    ]
    assert leaf.extensions.get_extension_for_oid(ExtensionOID.AUTHORITY_KEY_IDENTIFIER)
    assert leaf.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_KEY_IDENTIFIER)


@pytest.mark.parametrize(
    ("months", "end"), [(12, "2030-01-31"), (13, "2030-02-28"), (24, "2031-01-31"), (25, "2031-02-28")]
)
def test_validity_is_the_months_from_the_sandboxs_clock(sandbox: Sandbox, months: int, end: str) -> None:
    sandbox.clock(to="2029-01-31T12:00:00Z")
    leaf, _unused = bundle(sandbox, orders.create(sandbox, orders.body(month=months)))
    assert leaf.not_valid_after_utc.date().isoformat() == end
    begin = datetime.datetime(2029, 1, 31, 12, tzinfo=datetime.UTC)
    assert begin - datetime.timedelta(hours=1) < leaf.not_valid_before_utc <= begin


def test_every_form_of_pem_is_returned(sandbox: Sandbox) -> None:
    texts = []
    duplicates = 0
    for _unused in range(4):
        data = orders.retrieve(sandbox, orders.create(sandbox, orders.body()))["data"]
        texts += [data["pem_RSA"], *data["chains_RSA"]]
        chain = [load(pem) for pem in data["chains_RSA"]]
        duplicates += len(chain) - len(set(chain))
        assert not data["pem_Sign"]
        assert not data["chains_Encrypt"]
    assert any("\r\n" in text for text in texts)
    assert any(text.endswith("\n") for text in texts)
    assert any("\n" not in text for text in texts)
    assert any("\n" in text and not text.endswith("\n") for text in texts)
    assert duplicates >= 1


def test_a_second_retrieve_returns_the_same_certificate(sandbox: Sandbox, body: dict[str, Any]) -> None:
    order_id = orders.create(sandbox, body)
    assert bundle(sandbox, order_id) == bundle(sandbox, order_id)
    [serial] = sandbox.admin("GET", f"/orders/{order_id.strip()}")["serials"]
    assert serial == f"{bundle(sandbox, order_id)[0].serial_number:X}"


def test_a_ukey_order_has_a_key_of_its_own(sandbox: Sandbox) -> None:
    order_id = orders.create(sandbox, orders.body(csR_RSA=None, uKeyPassword="123456", uKeyShipAddress="深圳"))
    assert orders.query(sandbox, order_id)["isCSRSubmitted"] is False
    leaf, chain = bundle(sandbox, order_id)
    leaf.verify_directly_issued_by(chain[-1])


def test_a_reissue_has_the_new_key_and_the_old_end(sandbox: Sandbox, body: dict[str, Any]) -> None:
    order_id = orders.issued(sandbox, body)
    old, _unused = bundle(sandbox, order_id)
    sandbox.clock(advance=30 * 86400)
    new_id = orders.reissue(sandbox, order_id)["data"]["newOrderID"]
    new, _unused = bundle(sandbox, new_id)
    assert spki(new.public_key()) == spki(orders.key("P-384").public_key())
    assert new.not_valid_after_utc == old.not_valid_after_utc
    assert orders.status(sandbox, order_id) == "issued", "nothing of a PDF product is revoked"


@pytest.mark.parametrize("answer", ["same", "null"])
def test_a_reissue_may_renew_the_order_itself(sandbox: Sandbox, body: dict[str, Any], answer: str) -> None:
    order_id = orders.issued(sandbox, body)
    old, _unused = bundle(sandbox, order_id)
    sandbox.settings(reissue_answer=answer, review_delay=60)
    new_id = orders.reissue(sandbox, order_id)["data"]["newOrderID"]
    assert new_id is None if answer == "null" else orders.same(new_id, order_id)
    assert orders.status(sandbox, order_id) == "pending"
    sandbox.clock(advance=60)
    new, _unused = bundle(sandbox, order_id)
    assert spki(new.public_key()) == spki(orders.key("P-384").public_key())
    assert len(sandbox.admin("GET", f"/orders/{order_id.strip()}")["serials"]) == 2
    assert new.serial_number != old.serial_number


def test_a_sectigo_reissue_needs_a_document_and_revokes_the_old_certificate(sandbox: Sandbox) -> None:
    order_id = orders.create(sandbox, orders.body(productID=orders.OV_SSL))
    sandbox.order(order_id, "approve")
    bundle(sandbox, order_id)
    assert "fileType" in orders.reissue(sandbox, order_id)["errorMsg"]
    new_id = orders.reissue(sandbox, order_id, **orders.DOCUMENT)["data"]["newOrderID"]
    assert orders.status(sandbox, order_id) == "issued"
    sandbox.order(new_id, "approve")
    bundle(sandbox, new_id)
    assert orders.status(sandbox, order_id) == "revoked"


def test_an_expired_certificate_is_not_reissued(sandbox: Sandbox, body: dict[str, Any]) -> None:
    order_id = orders.issued(sandbox, body)
    sandbox.clock(advance=400 * 86400)
    assert orders.reissue(sandbox, order_id)["errorMsg"] == "证书已过期，不能重新颁发"


def test_certificates_can_be_backdated(sandbox: Sandbox, body: dict[str, Any]) -> None:
    sandbox.clock(to="2029-12-17T12:00:00Z")
    sandbox.settings(backdate=320)
    order_id = orders.create(sandbox, body)
    leaf, _unused = bundle(sandbox, order_id)
    assert leaf.not_valid_before_utc.date().isoformat() == "2029-01-31"
    assert leaf.not_valid_after_utc.date().isoformat() == "2030-01-31"
    sandbox.settings(backdate=0)
    new, _unused = bundle(sandbox, orders.reissue(sandbox, order_id)["data"]["newOrderID"])
    assert new.not_valid_after_utc == leaf.not_valid_after_utc


def test_certificates_can_come_from_a_weak_ca(sandbox: Sandbox) -> None:
    sandbox.settings(weak_ca=True)
    leaf, chain = bundle(sandbox, orders.create(sandbox, orders.body()))
    sandbox.settings(weak_ca=False)
    strong, _unused = bundle(sandbox, orders.create(sandbox, orders.body()))

    weak = next(one for one in chain if one.subject == leaf.issuer)
    key = weak.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    assert key.key_size == 1024
    leaf.verify_directly_issued_by(weak)
    assert strong.issuer != weak.subject


def test_a_new_certificate_can_be_expired(sandbox: Sandbox, body: dict[str, Any]) -> None:
    now = datetime.datetime.fromisoformat(sandbox.clock())
    sandbox.settings(backdate=500)
    leaf, _unused = bundle(sandbox, orders.create(sandbox, body))
    assert leaf.not_valid_before_utc < leaf.not_valid_after_utc < now


@pytest.mark.parametrize("kind", ["RSA", "P-256"])
def test_a_ukey_order_gets_the_public_key_of_the_setting(sandbox: Sandbox, kind: str) -> None:
    pem = orders.key(kind).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    sandbox.settings(ukey_public_key=pem.decode())
    ordered = orders.body(csR_RSA=None, uKeyPassword="12345678", uKeyShipAddress="示例路 1 号")

    leaf, _chain = bundle(sandbox, orders.create(sandbox, ordered))

    assert leaf.public_key() == orders.key(kind).public_key()
    with_csr, _chain = bundle(sandbox, orders.create(sandbox, orders.body(csR_RSA=orders.csr("P-384"))))
    assert with_csr.public_key() == orders.key("P-384").public_key()
