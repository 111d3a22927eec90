# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Query's flags become hints for a pending order, whatever it waits for."""

from __future__ import annotations

import itertools

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._client.answers import read_order
from ansible_collections.wotrus.pki.plugins.module_utils._client.fields import Fields
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Order
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import explain

HINTS = ("papers_missing", "csr_missing", "applicant_missing", "organization_pending")
WAITING = ("pending", "pendingAutoIssue", "pendingSubmitOrderToCA", "pendingDCV", "pendingCAIssued")
OTHERS = ("issued", "pendingRevoke", "revoked", "rejected", "closed", "unknown", "somethingNew")


def order(status: str, *flags: object, **fields: object) -> Order:
    names = ("isUploadedPic", "isCSRSubmitted", "isCustomerInfoFilled")
    data = {"id": "A", "status": status, "org": {"isUpload": flags[3]}, **dict(zip(names, flags)), **fields}
    return read_order(Fields(data, "data"), asked="A")


@pytest.mark.parametrize("flags", list(itertools.product((True, False), repeat=4)))
@pytest.mark.parametrize("status", [*WAITING, *OTHERS])
@pytest.mark.parametrize("is_pay", [0, 1, 2])
def test_false_flags_are_hints_while_an_order_is_pending(status: str, flags: tuple[bool, ...], is_pay: int) -> None:
    found = order(status, *flags, isPay=is_pay)
    expected = [hint for hint, flag in zip(HINTS, flags) if not flag] if status in WAITING else []
    if status in ("issued", "pendingRevoke") and is_pay == 2:
        expected = ["issued_unpaid"]

    assert found.hints == expected
    assert ("WoTrus shows that" in str(explain(found))) is bool(expected)
    result = found.as_result()
    assert result["hints"] == expected
    assert result["payment"] == ("unpaid", "paid", "issued_unpaid")[is_pay]


@pytest.mark.parametrize("odd", [None, "", "yes", {}])
def test_flag_that_cannot_be_read_is_no_hint(odd: object) -> None:
    assert order("pending", odd, odd, odd, odd).hints == []


def test_flags_as_numbers_and_texts_are_hints() -> None:
    assert order("pending", 0, "0", "False", "false").hints == list(HINTS)


def test_message_says_what_wotrus_shows_and_who_has_to_act() -> None:
    said = str(explain(order("pending", False, True, True, False, isPay=1)))
    assert said.startswith("Order A is under review at WoTrus (pending). WoTrus shows that this is missing: ")
    assert said.endswith("documents of the order; documents of the organization.")
