# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An order's life on the sandbox, by the manual.

It is in sections 1, 4 to 7 and 9, and in revision V1.03.
"""

from __future__ import annotations

import base64
from typing import Any

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._orders.certificate import OPERATION as CERTIFICATE
from ansible_collections.wotrus.pki.plugins.module_utils._orders.notify import OPERATION as NOTIFY
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order import OPERATION as ORDER
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_info import OPERATION as INFO
from ansible_collections.wotrus.pki.plugins.module_utils._orders.reissue import OPERATION as REISSUE
from ansible_collections.wotrus.pki.plugins.module_utils._orders.revoke import OPERATION as REVOKE
from tests.helpers.operations import Runner, csr, pem_of_certificate_key, public_pem
from tests.helpers.sandbox import Sandbox

# Organisation-validated SSL of Sectigo, as in revision V1.03.
OV_SSL = "0F55105E-91B7-4F9C-8F0D-5EC716055100"
EVIDENCE = {"content": base64.b64encode(b"%PDF-1.7 evidence").decode(), "file_type": ".pdf"}


def status(run: Runner, order_id: str) -> str:
    """Return what wotrus_order_info says of an order."""
    (row,) = run(INFO, order_ids=[order_id])["orders"]
    return str(row["status"])


def place(run: Runner, order: dict[str, Any], **changes: Any) -> str:
    return str(run(ORDER, **{**order, **changes})["order_id"])


def issued(run: Runner, order: dict[str, Any], **changes: Any) -> str:
    """Place an order and fetch its certificate."""
    order_id = place(run, order, **changes)
    assert run(CERTIFICATE, order_id=order_id)["issued"] is True
    return order_id


def revoke(run: Runner, order_id: str) -> dict[str, Any]:
    return run(REVOKE, order_id=order_id, reason="私钥泄露", document=EVIDENCE)


@pytest.mark.manual("1.1-without-the-console")
def test_an_order_is_placed_fetched_reissued_and_revoked_by_calls_alone(
    sandbox: Sandbox, run: Runner, order: dict[str, Any]
) -> None:
    order_id = issued(run, order)
    new = run(REISSUE, order_id=order_id, csr=csr("P-384"), reason="私钥泄露")["new_order_id"]
    assert run(CERTIFICATE, order_id=new, csr=csr("P-384"))["issued"] is True
    assert revoke(run, order_id)["changed"] is True
    assert status(run, order_id) == "revoked"

    assert {call["endpoint"] for call in sandbox.calls()} == {"create", "query", "retrieve", "reissue", "revoke"}


@pytest.mark.manual("1.5-order", "1.5-review", "1.5-retrieve", "4.after-issue", "3.status-pending")
def test_an_order_is_placed_reviewed_by_people_and_fetched(
    sandbox: Sandbox, run: Runner, order: dict[str, Any]
) -> None:
    sandbox.settings(manual_review=True)
    order_id = place(run, order)
    assert status(run, order_id) == "pending"
    assert run(CERTIFICATE, order_id=order_id, csr=csr())["issued"] is False
    sandbox.order(order_id, "approve")
    fetched = run(CERTIFICATE, order_id=order_id, csr=csr(), root_ca_path=sandbox.root_ca)

    assert (fetched["issued"], fetched["status"]) == (True, "issued")
    assert pem_of_certificate_key(fetched["certificate"]) == public_pem()


@pytest.mark.manual("V1.03.ov-submitted", "V1.03.ov-reviewed", "V1.03.ov-validated", "V1.03.ov-retrieved")
def test_an_ov_ssl_order_goes_from_review_to_validation_to_the_ca_and_is_issued_by_retrieve(
    sandbox: Sandbox, run: Runner, order: dict[str, Any]
) -> None:
    sandbox.settings(review_delay=3600)
    order_id = place(run, order, product=OV_SSL, common_name="ov.example.com")
    seen = [status(run, order_id)]
    sandbox.clock(advance=3600)
    seen.append(status(run, order_id))
    # The customer validates the domain.
    sandbox.order(order_id, "approve")
    seen.append(status(run, order_id))
    # Asking again moves nothing.
    seen.append(status(run, order_id))
    fetched = run(CERTIFICATE, order_id=order_id, csr=csr())

    assert seen == ["pendingSubmitOrderToCA", "pendingDCV", "pendingCAIssued", "pendingCAIssued"]
    assert (fetched["issued"], fetched["status"]) == (True, "issued")


@pytest.mark.manual("3.status-pending-auto-issue", "1.1-other-products")
def test_an_order_without_a_review_is_issued_by_itself(sandbox: Sandbox, run: Runner, order: dict[str, Any]) -> None:
    product = "30B3F256-9D2D-43C5-ABCB-017AA9D3CB6D"
    order_id = place(run, order, product=product, common_name="fyt.example.com")
    sandbox.clear_calls()

    assert status(run, order_id) == "issued"
    assert sandbox.calls("retrieve") == []


@pytest.mark.manual("6.revokes", "3.status-pending-revoke")
def test_a_revocation_is_audited_and_then_done(sandbox: Sandbox, run: Runner, order: dict[str, Any]) -> None:
    order_id = issued(run, order)
    sandbox.settings(manual_review=True)
    asked = revoke(run, order_id)
    again = revoke(run, order_id)
    sandbox.order(order_id, "revoke")
    done = revoke(run, order_id)

    assert (asked["changed"], asked["status"], asked["revoked"]) == (True, "pendingRevoke", False)
    assert (again["changed"], done["changed"], done["revoked"]) == (False, False, True)
    assert len(sandbox.calls("revoke")) == 1


@pytest.mark.manual("7.each-revoked")
def test_each_of_several_reissued_certificates_is_revoked_by_itself(
    sandbox: Sandbox, run: Runner, order: dict[str, Any]
) -> None:
    order_id = issued(run, order)
    ids = [order_id]
    for kind in ("P-384", "P-384/other"):
        ids.append(run(REISSUE, order_id=order_id, csr=csr(kind), reason="私钥泄露")["new_order_id"])
        assert run(CERTIFICATE, order_id=ids[-1], csr=csr(kind))["issued"] is True

    for number, one in enumerate(ids, start=1):
        assert revoke(run, one)["changed"] is True
        assert [status(run, other) for other in ids] == ["revoked"] * number + ["issued"] * (len(ids) - number)
    assert len(sandbox.calls("revoke")) == len(ids)


@pytest.mark.manual("7.idempotence", "V1.05.reissue-idempotence")
def test_a_reissue_that_is_repeated_is_one_order(sandbox: Sandbox, run: Runner, order: dict[str, Any]) -> None:
    order_id = issued(run, order)
    asked: dict[str, Any] = {"order_id": order_id, "csr": csr("P-384"), "reason": "私钥泄露"}
    ids = {run(REISSUE, **asked)["new_order_id"].lower() for _unused in range(3)}

    assert len(ids) == 1
    assert sandbox.admin("GET", f"/orders/{order_id}")["reissues"] == 1


@pytest.mark.manual("9.e-mail", "V1.08.notify", "9.sent-result")
def test_the_applicant_of_an_issued_order_gets_an_e_mail(sandbox: Sandbox, run: Runner, order: dict[str, Any]) -> None:
    url = "https://console.example.com/ssl/order/exiud34"
    sent = run(NOTIFY, order_id=issued(run, order), collect_url=url)
    nobody = {**order, "name": f"{order['name']}-nobody", "organization": {"name": "沃通", "country_code": "CN"}}
    not_sent = run(NOTIFY, order_id=issued(run, nobody), collect_url=url)

    assert (sent["sent"], sent["changed"]) == (True, True)
    # Without an address nothing can be sent, and the server says so in sentResult alone.
    assert not_sent["error_code"] == "not_sent"
    assert [call["success"] for call in sandbox.calls("notify")] == [True, True]
