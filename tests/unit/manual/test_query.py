# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The manual's section 3: an order's status, payment and link."""

from __future__ import annotations

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._orders.certificate import OPERATION as CERTIFICATE
from tests.helpers.operations import csr
from tests.unit.manual.manual_api import ID, OTHER, Data, ManualApi, pems, shown, success

LINK = "https://buy.wosign.com/ProductV4/OrderSuccess/4798.html"


def row(api: ManualApi, data: Data) -> Data:
    """Query the order, and return the row of wotrus_order_info."""
    result, _request = api("query", success(data))
    return {**result["orders"][0], "all_done": result["all_done"]}


def fetched(api: ManualApi, status: str) -> Data:
    """Fetch a certificate at a status; return the result with calls."""
    api.server._answers.clear()
    api.server.requests.clear()
    api.server.will(success(shown(status=status)), success(pems("RSA")), success(shown(status="issued")))
    result = api.run(CERTIFICATE, order_id=ID, csr=csr())
    return {**result, "calls": [request.path.split("/")[2] for request in api.server.requests]}


@pytest.mark.parametrize(
    ("status", "stage"),
    [
        pytest.param("pending", "waiting_on_ca", marks=pytest.mark.manual("3.status-pending")),
        pytest.param("pendingAutoIssue", "waiting_on_ca", marks=pytest.mark.manual("3.status-pending-auto-issue")),
        pytest.param(
            "pendingSubmitOrderToCA",
            "waiting_on_ca",
            marks=pytest.mark.manual("3.status-pending-submit-order-to-ca", "V1.03.rsa-statuses"),
        ),
        pytest.param(
            "pendingDCV", "waiting_on_you", marks=pytest.mark.manual("3.status-pending-dcv", "V1.03.rsa-statuses")
        ),
        pytest.param("unknown", "unknown", marks=pytest.mark.manual("3.status-unknown")),
        pytest.param("pendingSomethingNew", "unknown", marks=pytest.mark.manual("3.status-others")),
    ],
)
def test_an_order_that_waits_has_no_certificate_yet_and_that_is_no_failure(
    api: ManualApi, status: str, stage: str
) -> None:
    found = row(api, shown(status=status))
    result = fetched(api, status)

    assert (found["status"], found["stage"], found["error_code"], found["all_done"]) == (status, stage, None, False)
    assert (result["issued"], result["certificate"], result["stage"]) == (False, None, stage)
    assert result["calls"] == ["Order"]


@pytest.mark.manual("3.status-pending-ca-issued", "V1.03.rsa-statuses")
def test_order_that_waits_for_the_ca_is_retrieved(api: ManualApi) -> None:
    found = row(api, shown(status="pendingCAIssued"))
    result = fetched(api, "pendingCAIssued")

    assert (found["stage"], found["all_done"]) == ("waiting_on_ca", False)
    assert result["issued"] is True
    assert result["calls"] == ["Order", "Certificate"]


@pytest.mark.parametrize(
    ("status", "stage"),
    [
        pytest.param("issued", "issued", marks=pytest.mark.manual("3.status-issued")),
        pytest.param(
            "pendingRevoke", "revoking", marks=pytest.mark.manual("3.status-pending-revoke", "V1.01.pending-revoke")
        ),
    ],
)
def test_issued_order_has_its_certificate_during_review_of_a_revocation(
    api: ManualApi, status: str, stage: str
) -> None:
    found = row(api, shown(status=status))
    result = fetched(api, status)

    assert (found["status"], found["stage"], found["all_done"]) == (status, stage, True)
    assert (result["issued"], result["status"]) == (True, status)


@pytest.mark.parametrize(
    "status",
    [
        pytest.param("closed", marks=pytest.mark.manual("3.status-closed")),
        pytest.param("rejected", marks=pytest.mark.manual("3.status-rejected")),
        pytest.param("revoked", marks=pytest.mark.manual("3.status-revoked")),
    ],
)
def test_a_dead_order_is_waited_for_no_longer_and_gives_no_certificate(api: ManualApi, status: str) -> None:
    found = row(api, shown(status=status))
    result = fetched(api, status)
    adopted = api.placed({"orderId": ID}, query=shown(status=status))

    assert (found["status"], found["stage"], found["all_done"]) == (status, "dead", True)
    assert (result["error_code"], result["calls"]) == ("order_dead", ["Order"])
    assert adopted["error_code"] == "order_dead"
    assert status in result["msg"]
    assert status in adopted["msg"]


@pytest.mark.parametrize(
    ("number", "payment", "stage"),
    [
        pytest.param(0, "unpaid", "waiting_on_you", marks=pytest.mark.manual("3.is-pay-0")),
        pytest.param(1, "paid", "waiting_on_ca", marks=pytest.mark.manual("3.is-pay-1")),
        pytest.param(2, "issued_unpaid", "waiting_on_ca", marks=pytest.mark.manual("3.is-pay-2")),
    ],
)
def test_the_payment_is_returned_and_an_unpaid_order_waits_for_it(
    api: ManualApi, number: int, payment: str, stage: str
) -> None:
    found = row(api, shown(status="pending", isPay=number))

    assert (found["payment"], found["paid"], found["stage"]) == (payment, number == 1, stage)
    assert ("payment" in found["msg"]) is (number == 0)


@pytest.mark.manual("3.pending-link")
@pytest.mark.parametrize(("status", "is_pay"), [("pendingDCV", 1), ("pending", 0)])
def test_message_has_the_page_where_a_person_has_to_act(api: ManualApi, status: str, is_pay: int) -> None:
    found = row(api, shown(status=status, isPay=is_pay))

    assert found["pending_link"] == LINK
    assert LINK in found["msg"]
    assert row(api, shown(status=status, isPay=is_pay, pendingLink=None))["pending_link"] is None


@pytest.mark.manual("3.no-dcv-needed", "V1.02.dcv-query", "V1.06.dcv-values", "V1.07.sectigo-domain")
@pytest.mark.usefixtures("no_pauses")
def test_domain_validation_is_waited_for_and_shows_the_page(api: ManualApi) -> None:
    api.server.will(*[success(shown(status="pendingDCV"))] * 3, success(shown(status="issued")), success(pems("RSA")))
    result = api.run(CERTIFICATE, order_id=ID, csr=csr(), wait=True, wait_timeout=3600)

    assert result["issued"] is True
    assert [request.path for request in api.server.requests] == [
        *[f"/v1/Order/{ID}"] * 4,
        f"/v1/Certificate/RetrievePem?orderID={ID}",
    ]


@pytest.mark.manual("V1.03.dv-submitted", "V1.03.dv-retrieved", "V1.03.pdf-process", "V1.03.ov-phone-call")
@pytest.mark.usefixtures("no_pauses")
def test_one_wait_covers_all_stages_up_to_the_certificate(api: ManualApi) -> None:
    statuses = ["pendingSubmitOrderToCA", "pendingDCV", "pendingCAIssued"]
    not_yet = success(None, isSuccess=False, errorMsg="证书未签发")
    api.server.will(*(success(shown(status=status)) for status in statuses), not_yet)
    # The CA telephones: RetrievePem brings nothing for a while.
    api.server.will(not_yet, success(pems("RSA")))
    result = api.run(CERTIFICATE, order_id=ID, csr=csr(), wait=True, wait_timeout=3600)

    assert (result["issued"], result["status"]) == (True, "issued")
    assert [request.path.split("/")[2] for request in api.server.requests] == [
        *["Order"] * 3,
        *["Certificate"] * 3,
    ]


@pytest.mark.manual("3.id")
def test_an_answer_about_another_order_is_an_error(api: ManualApi) -> None:
    assert row(api, shown(id=f"{ID.lower()} "))["error_code"] is None
    found = row(api, shown(id=OTHER))

    assert found["error_code"] == "not_found"
    assert OTHER in found["msg"]
