# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SM2 pairs, made and checked by the ``openssl`` command."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tests.helpers.sandbox import Sandbox

from . import orders
from .test_certificates import load

DISTID = "distid:1234567812345678"


def openssl(*arguments: str | Path) -> str:
    result = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False, timeout=30)
    assert result.returncode == 0, result.stderr
    return result.stdout


def sm2_csr(folder: Path, *, name: str, options: tuple[str, ...] = ("-sigopt", DISTID)) -> str:
    openssl("genpkey", "-algorithm", "SM2", "-out", folder / f"{name}.key")
    out = folder / f"{name}.csr"
    openssl("req", "-new", "-sm3", *options, "-key", folder / f"{name}.key", "-subj", "/CN=any", "-out", out)
    return out.read_text()


def check_part(folder: Path, *, pem: str, chain: list[str]) -> str:
    """Check leaf and intermediate with openssl; return the leaf as text.

    They are checked separately, since ``openssl verify`` uses the distinguishing identifier for the given certificate
    only.
    """
    names = ["root", "cross", "intermediate", "leaf"]
    for name, text in zip(names, [*chain[-3:], pem], strict=True):
        (folder / f"{name}.pem").write_bytes(load(text).public_bytes(Encoding.PEM))
    for issuer, name in (("intermediate", "leaf"), ("root", "intermediate")):
        trust = folder / f"{issuer}.pem"
        openssl("verify", "-vfyopt", DISTID, "-partial_chain", "-trusted", trust, folder / f"{name}.pem")
    return openssl("x509", "-in", folder / "leaf.pem", "-noout", "-text", "-nameopt", "utf8")


def test_an_sm2_order_and_its_rsa_companion_differ(sandbox: Sandbox) -> None:
    before = sandbox.state()["charged_orders"]
    data = sandbox.call("POST", "/v1/Order/Create", orders.body(productID=orders.SM2)).json()["data"]
    assert not orders.same(data["orderId"], data["orderId_RSA"])
    assert sandbox.state()["charged_orders"] == before + 1
    companion = orders.retrieve(sandbox, data["orderId_RSA"])["data"]
    assert companion["pem_RSA"]
    assert not companion["pem_Sign"]
    pair = orders.retrieve(sandbox, data["orderId"])["data"]
    assert pair["pem_Sign"]
    assert pair["pem_Encrypt"]
    assert not pair["pem_RSA"]


def test_an_sm2_order_without_csr_has_no_companion(sandbox: Sandbox) -> None:
    data = sandbox.call("POST", "/v1/Order/Create", orders.body(productID=orders.SM2, csR_RSA=None)).json()["data"]
    assert data["orderId"]
    assert data["orderId_RSA"] is None


@pytest.mark.parametrize("options", [("-sigopt", DISTID), ()], ids=["GM/T 0009 identifier", "no identifier"])
def test_reissued_pair_has_the_keys_of_both_csrs(sandbox: Sandbox, tmp_path: Path, options: tuple[str, ...]) -> None:
    order_id = orders.issued(sandbox, orders.body(productID=orders.SM2, csR_RSA=None))
    csrs = {name: sm2_csr(tmp_path, name=name, options=options) for name in ("sign", "encrypt")}
    asked = {"csr": csrs["sign"], "csR_Encrypt": csrs["encrypt"], **orders.DOCUMENT}
    new_id = orders.reissue(sandbox, order_id, **asked)["data"]["newOrderID"]
    data = orders.retrieve(sandbox, new_id)["data"]
    signs = check_part(tmp_path, pem=data["pem_Sign"], chain=data["chains_Sign"])
    assert "Digital Signature, Non Repudiation" in signs
    assert "O=沃通电子认证服务有限公司, CN=沃通电子认证" in signs
    own = openssl("pkey", "-in", tmp_path / "sign.key", "-pubout")
    assert openssl("x509", "-in", tmp_path / "leaf.pem", "-noout", "-pubkey") == own
    encrypts = check_part(tmp_path, pem=data["pem_Encrypt"], chain=data["chains_Encrypt"])
    assert "Key Encipherment, Data Encipherment, Key Agreement" in encrypts
    assert orders.status(sandbox, order_id) == "revoked", "the old pair is, once the new one is issued"


def test_an_sm2_reissue_needs_both_csrs_and_a_document(sandbox: Sandbox, tmp_path: Path) -> None:
    order_id = orders.issued(sandbox, orders.body(productID=orders.SM2, csR_RSA=None))
    csr = sm2_csr(tmp_path, name="sign")
    for asked, word in (
        ({"csr": csr, "csR_Encrypt": csr}, "fileType"),
        ({"csr": csr, **orders.DOCUMENT}, "csR_Encrypt"),
        ({"csr": csr, "csR_Encrypt": orders.csr(), **orders.DOCUMENT}, "SM2"),
        ({"csr": orders.csr(), "csR_Encrypt": csr, **orders.DOCUMENT}, "SM2"),
    ):
        answer = orders.reissue(sandbox, order_id, **asked)
        assert answer["isSuccess"] is False
        assert word in answer["errorMsg"]


@pytest.mark.parametrize("answer", ["new", "same"])
def test_a_reissued_companion_order_stays_rsa(sandbox: Sandbox, answer: str) -> None:
    sandbox.settings(reissue_answer=answer)
    companion = orders.issued(sandbox, orders.body(productID=orders.SM2))
    asked = orders.reissue(sandbox, companion, csr=orders.csr("P-384"), **orders.DOCUMENT)
    data = orders.retrieve(sandbox, asked["data"]["newOrderID"])["data"]
    assert load(data["pem_RSA"]).public_key() == orders.key("P-384").public_key()
    assert not data["pem_Sign"]
