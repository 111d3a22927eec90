# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reissues with every setting: the old order, the old certificate, a refusal."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helpers.sandbox import Sandbox, SandboxFailed

from . import orders

HOUR = 3600


def pem(sandbox: Sandbox, order_id: str) -> str:
    """The certificate that RetrievePem gives."""
    answer = orders.retrieve(sandbox, order_id)
    assert answer["isSuccess"] is True, answer
    return str(answer["data"]["pem_RSA"])


@pytest.mark.parametrize("becomes", ["issued", "closed", "revoked"])
def test_the_old_order_stays_issued_or_is_closed_or_revoked(
    sandbox: Sandbox, body: dict[str, Any], becomes: str
) -> None:
    sandbox.settings(reissue_old_order=becomes)
    old = orders.issued(sandbox, body)
    new = orders.reissue(sandbox, old)["data"]["newOrderID"]
    assert orders.status(sandbox, new) == "pendingCAIssued"
    assert orders.status(sandbox, old) == "issued"
    pem(sandbox, new)
    assert orders.status(sandbox, old) == becomes
    assert orders.status(sandbox, new) == "issued"


def test_an_order_reissued_with_the_same_id_is_not_closed(sandbox: Sandbox, body: dict[str, Any]) -> None:
    sandbox.settings(reissue_old_order="closed", reissue_answer="same")
    order_id = orders.issued(sandbox, body)
    orders.reissue(sandbox, order_id)
    pem(sandbox, order_id)
    assert orders.status(sandbox, order_id) == "issued"


@pytest.mark.parametrize("answer", ["same", "null"])
def test_the_old_certificate_is_returned_for_a_time(sandbox: Sandbox, body: dict[str, Any], answer: str) -> None:
    sandbox.settings(reissue_answer=answer, reissue_serves_old=2 * HOUR, review_delay=HOUR)
    order_id = orders.create(sandbox, body)
    sandbox.clock(advance=HOUR)
    old = pem(sandbox, order_id)
    orders.reissue(sandbox, order_id)
    assert orders.status(sandbox, order_id) == "pending"
    assert pem(sandbox, order_id) == old
    sandbox.clock(advance=HOUR + 60)
    assert pem(sandbox, order_id) == old
    assert orders.status(sandbox, order_id) == "issued"
    assert pem(sandbox, order_id) == old, "issued, and yet the old one"
    sandbox.clock(advance=HOUR)
    new = pem(sandbox, order_id)
    assert new != old
    orders.reissue(sandbox, order_id)
    assert pem(sandbox, order_id) == new, "a second reissue holds back its own certificate"


def test_a_closed_order_returns_no_old_certificate(sandbox: Sandbox, body: dict[str, Any]) -> None:
    sandbox.settings(reissue_answer="same", reissue_serves_old=HOUR)
    order_id = orders.issued(sandbox, body)
    orders.reissue(sandbox, order_id)
    sandbox.order(order_id, "close")
    assert orders.retrieve(sandbox, order_id)["errorMsg"] == "订单已关闭"


@pytest.mark.parametrize("by", ["old", "new"])
def test_a_refused_reissue_with_its_own_id_is_rejected(sandbox: Sandbox, body: dict[str, Any], by: str) -> None:
    sandbox.settings(reissue_old_order="revoked")
    ids = {"old": orders.issued(sandbox, body)}
    ids["new"] = orders.reissue(sandbox, ids["old"])["data"]["newOrderID"]
    assert sandbox.order(ids[by], "refuse-reissue")
    assert orders.status(sandbox, ids["new"]) == "rejected"
    assert orders.retrieve(sandbox, ids["new"])["isSuccess"] is False
    assert orders.status(sandbox, ids["old"]) == "issued"


@pytest.mark.parametrize("answer", ["same", "null"])
def test_a_refused_reissue_with_the_same_id_restores_the_order(
    sandbox: Sandbox, body: dict[str, Any], answer: str
) -> None:
    order_id = orders.issued(sandbox, body)
    old = pem(sandbox, order_id)
    sandbox.settings(reissue_answer=answer, manual_review=True)
    orders.reissue(sandbox, order_id)
    assert orders.retrieve(sandbox, order_id)["isSuccess"] is False
    sandbox.order(order_id, "refuse-reissue")
    assert orders.status(sandbox, order_id) == "issued"
    assert pem(sandbox, order_id) == old
    orders.reissue(sandbox, order_id)
    sandbox.order(order_id, "issue")
    assert pem(sandbox, order_id) != old, "another one may be accepted"


def test_only_a_reissue_under_review_is_refused(sandbox: Sandbox, body: dict[str, Any]) -> None:
    order_id = orders.create(sandbox, body)
    for _unused in range(2):
        with pytest.raises(SandboxFailed, match=r"409.*no reissue of the order is under review"):
            sandbox.order(order_id, "refuse-reissue")
        pem(sandbox, order_id)
    orders.reissue(sandbox, order_id)
    sandbox.order(order_id, "refuse-reissue")
    with pytest.raises(SandboxFailed, match="409"):
        sandbox.order(order_id, "refuse-reissue")
