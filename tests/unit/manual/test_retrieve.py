# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The manual's section 4: RetrievePem."""

from __future__ import annotations

import typing as t

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from tests.helpers import scripted_server
from tests.helpers.operations import csr, key
from tests.unit.manual.manual_api import CALLS, ID, Data, ManualApi, path, pem, pems, refusal, shown, success
from tests.unit.x509 import pki


def texts(result: Data) -> tuple[str, list[str], str]:
    """Return leaf, chain and root of a result."""
    return result["certificate"], result["chain"], result["root"]


@pytest.mark.manual("4.after-issue")
def test_certificate_of_an_issued_order_is_returned(api: ManualApi) -> None:
    root, intermediate, leaf = path("RSA")
    result, _request = api("retrieve")

    assert result["issued"] is True
    assert texts(result) == (leaf, [intermediate], root)
    assert result["fullchain"] == leaf + intermediate


@pytest.mark.manual("4.before-issue")
@pytest.mark.parametrize(
    "answer",
    [
        refusal("证书未签发，请稍后再试"),
        success({}),
        success({"pem_RSA": None, "chains_RSA": None}),
        success({"pem_RSA": "", "chains_RSA": []}),
    ],
    ids=["refusal", "nothing", "null", "empty"],
)
def test_any_answer_before_the_order_is_issued_means_pending(api: ManualApi, answer: scripted_server.Answer) -> None:
    api.server.will(success(shown(status="pendingCAIssued")), answer)
    result = api.run(CALLS["retrieve"].operation, order_id=ID, csr=csr())

    assert "failed" not in result
    assert (result["issued"], result["certificate"], result["status"]) == (False, None, "pendingCAIssued")
    assert len(api.server.requests) == 2


@pytest.mark.manual("4.kinds", "4.chains")
def test_each_kind_has_its_own_chain(api: ManualApi) -> None:
    result, _request = api("retrieve", success(pems("RSA", "Sign", "Encrypt")))

    for kind in ("RSA", "Sign", "Encrypt"):
        root, intermediate, leaf = path(kind)
        assert texts(result["bundles"][kind.lower()]) == (leaf, [intermediate], root)
    # At the top stands the one of our key.
    assert result["certificate"] == path("RSA")[2]


@pytest.mark.manual("4.kinds")
@pytest.mark.parametrize("kind", ["RSA", "Sign", "Encrypt"])
def test_one_kind_is_enough(api: ManualApi, kind: str) -> None:
    leaf = path(kind)[2]
    (name,) = x509.load_pem_x509_certificate(leaf.encode()).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    # Without a key of ours to compare, the name decides.
    result, _request = api("retrieve", success(pems(kind)), csr=..., common_name=str(name.value))

    assert result["certificate"] == leaf
    assert [name for name, bundle in result["bundles"].items() if bundle] == [kind.lower()]


@pytest.mark.manual("4.chains")
def test_chain_of_another_kind_is_not_used(api: ManualApi) -> None:
    data = {**pems("RSA"), "chains_RSA": pems("Sign")["chains_Sign"]}
    failed, _request = api("retrieve", success(data))

    assert failed["error_code"] == "untrusted_chain"
    assert "certificate" not in failed


@pytest.mark.manual("4.chain-order", "4.cross")
def test_root_cross_certificate_and_intermediate_are_distinguished_in_any_order(api: ManualApi) -> None:
    old, new = pki.root("old root"), pki.root("new root")
    # The new root's key, certified by the old one.
    cross = pem(old.issue("new root", key=new.key, ca=True))
    intermediate = new.issue("intermediate", ca=True)
    leaf = pem(intermediate.issue("leaf", key=key("P-256")))
    top = [pem(new), cross, pem(intermediate)]
    results = []
    for chain in (top, top[::-1], [top[1], top[2], top[0]]):
        result, _request = api("retrieve", success({"pem_RSA": leaf, "chains_RSA": chain}))
        results.append(texts(result))

    assert results == [(leaf, [pem(intermediate)], pem(new))] * 3


@pytest.mark.manual("4.pem-form")
@pytest.mark.parametrize(
    "form",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.rstrip("\n"),
        lambda text: text.strip().replace("\n", " "),
        lambda text: f"\ufeff\n{text}\n\n",
    ],
    ids=["CRLF", "no final line end", "one line", "blank lines"],
)
def test_any_form_of_pem_becomes_the_same(api: ManualApi, form: t.Callable[[str], str]) -> None:
    root, intermediate, leaf = path("RSA")
    data = {"pem_RSA": form(leaf), "chains_RSA": [form(root), form(intermediate)]}
    result, _request = api("retrieve", success(data))

    assert texts(result) == (leaf, [intermediate], root)


@pytest.mark.manual("4.result")
@pytest.mark.parametrize("word", [False, None, "false"])
def test_field_result_is_ignored(api: ManualApi, word: t.Any) -> None:
    result, _request = api("retrieve", success({**pems("RSA"), "result": word}, result=word))

    assert result["issued"] is True
