# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Statuses: who has to act next, whatever word the server uses."""

from __future__ import annotations

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._model.order import (
    Order,
    Payment,
    Stage,
    known_status,
)

STAGES = {
    "pending": Stage.WAITING_ON_CA,
    "pendingAutoIssue": Stage.WAITING_ON_CA,
    "pendingSubmitOrderToCA": Stage.WAITING_ON_CA,
    "pendingDCV": Stage.WAITING_ON_YOU,
    "pendingCAIssued": Stage.WAITING_ON_CA,
    "issued": Stage.ISSUED,
    "pendingRevoke": Stage.REVOKING,
    "revoked": Stage.DEAD,
    "rejected": Stage.DEAD,
    "closed": Stage.DEAD,
    "unknown": Stage.UNKNOWN,
}


@pytest.mark.parametrize(("status", "stage"), STAGES.items())
def test_every_status_of_the_manual_has_its_stage(status: str, stage: Stage) -> None:
    assert Order(id="A", status=status, payment=Payment.PAID).stage is stage


@pytest.mark.parametrize("status", STAGES)
def test_a_status_in_another_case_or_with_blanks_is_the_same_status(status: str) -> None:
    for spelling in (status.upper(), status.lower(), f" {status} "):
        assert known_status(spelling) == status


@pytest.mark.manual("3.status-others")
def test_unknown_status_is_kept() -> None:
    assert known_status(" pendingNewThing") == "pendingNewThing"
    order = Order(id="A", status="pendingNewThing")
    assert order.stage is Stage.UNKNOWN
    assert (order.is_dead, order.is_issued, order.is_revoked) == (False, False, False)
    assert order.as_result()["status"] == "pendingNewThing"
    assert order.as_result()["stage"] == "unknown"


@pytest.mark.manual("3.is-pay-0", "3.is-pay-2")
def test_an_unpaid_order_waits_on_the_customer_until_it_is_issued() -> None:
    def stage_of(status: str, payment: Payment) -> Stage:
        return Order(id="A", status=status, payment=payment).stage

    assert stage_of("pending", Payment.UNPAID) is Stage.WAITING_ON_YOU
    assert stage_of("pendingCAIssued", Payment.UNPAID) is Stage.WAITING_ON_YOU
    assert stage_of("issued", Payment.ISSUED_UNPAID) is Stage.ISSUED
    assert stage_of("issued", Payment.UNPAID) is Stage.ISSUED
    assert stage_of("closed", Payment.UNPAID) is Stage.DEAD


@pytest.mark.manual("3.status-pending-revoke")
def test_an_order_under_revocation_still_has_its_certificate() -> None:
    order = Order(id="A", status="pendingRevoke")
    assert order.is_issued
    assert not order.is_dead


@pytest.mark.parametrize(
    ("payment", "paid", "word"),
    [
        (Payment.PAID, True, "paid"),
        (Payment.UNPAID, False, "unpaid"),
        (Payment.ISSUED_UNPAID, False, "issued_unpaid"),
        (None, False, None),
    ],
)
def test_result_has_the_payment(payment: Payment | None, *, paid: bool, word: str | None) -> None:
    result = Order(id="A", status="pending", payment=payment).as_result()
    assert (result["paid"], result["payment"]) == (paid, word)
