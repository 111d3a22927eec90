# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""wotrus_certificate returns a verified certificate or the order's status.

The leaf is first, and a certificate for another key is never returned.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._orders.certificate import OPERATION
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order import OPERATION as ORDER
from tests.helpers import openssl, tls
from tests.helpers.operations import Runner, csr, pem_of_certificate_key, public_pem
from tests.helpers.sandbox import Sandbox


def place(run: Runner, order: dict[str, Any], **changes: Any) -> str:
    return str(run(ORDER, **{**order, **changes})["order_id"])


def names(pem: str) -> tuple[str, str]:
    """Return subject and issuer."""
    certificate = openssl.certificate(pem)
    return ",".join(reversed(certificate.subject)), ",".join(reversed(certificate.issuer))


@pytest.mark.manual("4.after-issue", "4.chain-order", "4.cross")
@pytest.mark.parametrize("kind", ["RSA", "P-256", "P-384"])
def test_certificate_is_returned_leaf_first_for_the_key_of_the_csr(
    sandbox: Sandbox, run: Runner, order: dict[str, Any], kind: str
) -> None:
    order_id = place(run, order, csr=csr(kind))
    result = run(OPERATION, order_id=order_id, csr=csr(kind), root_ca_path=sandbox.root_ca)
    assert (result["issued"], result["status"], result["changed"]) == (True, "issued", False)
    assert pem_of_certificate_key(result["certificate"]) == public_pem(kind)
    assert result["info"]["key_type"] == ("RSA" if kind == "RSA" else "ECC")
    assert result["info"]["document_signing"] is True
    assert "documentSigning" in result["info"]["extended_key_usage"]
    # Each was issued by the next, down to a root that is apart.
    path = [result["certificate"], *result["chain"], result["root"]]
    for one, issuer in zip(path, path[1:], strict=False):
        assert names(one)[1] == names(issuer)[0]
    assert names(result["root"])[0] == names(result["root"])[1]
    assert result["root"] not in result["chain"]
    assert result["fullchain"] == result["certificate"] + "".join(result["chain"])
    assert result["bundles"]["rsa"]["certificate"] == result["certificate"]
    assert (result["bundles"]["sign"], result["bundles"]["encrypt"]) == (None, None)


@pytest.mark.manual("4.pem-form")
def test_every_form_of_pem_becomes_the_same(run: Runner, order: dict[str, Any]) -> None:
    """The sandbox sends twelve forms of PEM, by the order's number.

    They have CRLF, one line, no final newline, or roots first and twice.
    """
    for number in range(12):
        result = run(OPERATION, order_id=place(run, order, name=f"{order['name']}-{number}"), csr=csr())
        for pem in (result["certificate"], *result["chain"], result["root"]):
            assert pem.startswith("-----BEGIN CERTIFICATE-----\n")
            assert pem.endswith("-----END CERTIFICATE-----\n")
            assert "\r" not in pem
            assert pem.count("BEGIN") == 1
        assert len(result["chain"]) == 1


def test_pending_order_is_a_result_with_its_reason(sandbox: Sandbox, run: Runner, order: dict[str, Any]) -> None:
    sandbox.settings(manual_review=True, unpaid=True)
    order_id = place(run, order)
    sandbox.clear_calls()
    result = run(OPERATION, order_id=order_id, csr=csr())
    assert "failed" not in result
    assert (result["issued"], result["status"], result["stage"]) == (False, "pending", "waiting_on_you")
    assert result["certificate"] is None
    assert result["bundles"] == {"rsa": None, "sign": None, "encrypt": None}
    assert result["pending_link"] in result["msg"]
    assert len(sandbox.calls()) == 1


def test_a_wait_ends_with_the_certificate(
    sandbox: Sandbox, run: Runner, order: dict[str, Any], fast_waits: list[float]
) -> None:
    sandbox.settings(ca_delay=3600)
    order_id = place(run, order)
    waited = run(OPERATION, order_id=order_id, csr=csr(), wait=True, wait_timeout=60)
    assert (waited["issued"], waited["status"]) == (False, "pendingCAIssued")
    assert fast_waits
    sandbox.clock(advance=3601)
    assert run(OPERATION, order_id=order_id, csr=csr(), wait=True)["issued"] is True


def test_issued_order_needs_one_query_and_one_retrieve(sandbox: Sandbox, run: Runner, order: dict[str, Any]) -> None:
    order_id = place(run, order)
    run(OPERATION, order_id=order_id, csr=csr())
    sandbox.clear_calls()
    run(OPERATION, order_id=order_id, csr=csr())
    assert [call["endpoint"] for call in sandbox.calls()] == ["query", "retrieve"]


def test_certificate_for_another_key_is_a_mismatch_with_its_facts(run: Runner, order: dict[str, Any]) -> None:
    order_id = place(run, order)
    failed = run(OPERATION, order_id=order_id, csr=csr("P-256/other"))
    assert (failed["failed"], failed["error_code"], failed["order_id"]) == (True, "key_mismatch", order_id)
    assert failed["info"]["key_type"] == "ECC"
    assert "certificate" not in failed


def test_without_a_csr_the_key_is_not_compared(run: Runner, order: dict[str, Any]) -> None:
    result = run(OPERATION, order_id=place(run, order))
    assert pem_of_certificate_key(result["certificate"]) == public_pem()


def test_ukey_order_has_a_key_without_a_csr(run: Runner, order: dict[str, Any]) -> None:
    order_id = place(run, order, csr=None, ukey_password="UkeyPass12", ukey_ship_address="深圳市南山区")
    result = run(OPERATION, order_id=order_id)
    assert result["issued"] is True
    assert result["info"]["public_key_sha256"]


def test_a_chain_to_another_root_than_the_anchor_is_untrusted(
    sandbox: Sandbox, run: Runner, order: dict[str, Any], tmp_path: Path
) -> None:
    other, order_id = tls.make_authority(tmp_path), place(run, order)
    failed = run(OPERATION, order_id=order_id, csr=csr(), root_ca_path=str(other.path))
    assert failed["error_code"] == "untrusted_chain"
    assert "certificate" not in failed
    assert run(OPERATION, order_id=order_id, csr=csr(), root_ca_path=sandbox.root_ca)["issued"]


def test_anchors_that_cannot_be_read_fail_before_anything_is_sent(
    sandbox: Sandbox, run: Runner, order: dict[str, Any], tmp_path: Path
) -> None:
    order_id = place(run, order)
    sandbox.clear_calls()
    notes = tmp_path / "notes.txt"
    notes.write_text("no certificate")
    missing = run(OPERATION, order_id=order_id, root_ca_path="/no/such/root.pem")
    assert (missing["error_code"], "root_ca_path" in missing["msg"]) == ("invalid_input", True)
    assert run(OPERATION, order_id=order_id, root_ca_path=str(notes))["error_code"] == "bad_certificate"
    assert sandbox.calls() == []


def test_dates_are_checked_by_the_clock_of_the_server(sandbox: Sandbox, run: Runner, order: dict[str, Any]) -> None:
    order_id = place(run, order)
    assert run(OPERATION, order_id=order_id, csr=csr())["issued"] is True
    # Our own clock stays where it is.
    sandbox.clock(advance=500 * 86400)
    assert run(OPERATION, order_id=order_id, csr=csr())["error_code"] == "certificate_expired"


@pytest.mark.parametrize("end", ["close", "reject", "revoke"])
def test_a_dead_order_has_nothing_to_install(sandbox: Sandbox, run: Runner, order: dict[str, Any], end: str) -> None:
    order_id = place(run, order)
    if end == "revoke":
        sandbox.order(order_id, "issue")
    sandbox.order(order_id, end)
    failed = run(OPERATION, order_id=order_id, csr=csr())
    assert (failed["error_code"], failed["order_id"]) == ("order_dead", order_id)


@pytest.mark.parametrize("fault", ["null_data", "wrong_type", "wrong_fields", "html", "cut"])
def test_a_bad_answer_brings_no_certificate(sandbox: Sandbox, run: Runner, order: dict[str, Any], fault: str) -> None:
    order_id = place(run, order)
    run(OPERATION, order_id=order_id)
    sandbox.fault("retrieve", fault, times=-1)
    failed = run(OPERATION, order_id=order_id)
    assert failed["error_code"] in ("bad_answer", "unavailable", "rejected_by_api")
    assert failed["order_id"] == order_id
    assert "certificate" not in failed


@pytest.mark.parametrize(
    "options",
    [{"order_id": " "}, {"order_id": None}, {}, {"order_id": "x", "csr": "a", "csr_path": "b"}],
)
def test_bad_input_fails_before_anything_is_sent(sandbox: Sandbox, run: Runner, options: dict[str, Any]) -> None:
    assert run(OPERATION, **options)["error_code"] == "invalid_input"
    assert run(OPERATION, order_id="x", csr="no CSR")["error_code"] == "invalid_csr"
    assert sandbox.calls() == []
