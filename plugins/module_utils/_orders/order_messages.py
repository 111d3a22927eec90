# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an order waits for, in words and in the words of the plan (manual, section 3)."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Order
from ansible_collections.wotrus.pki.plugins.module_utils._model.status import (
    CUSTOMER_VALIDATION,
    READY_AT_CA,
    Payment,
    Stage,
)


def reason_of(order: Order) -> str:
    """Return the stable word for where an order stands."""
    if order.stage is Stage.DEAD:
        return order.status
    if order.stage is Stage.WAITING_ON_YOU:
        return "pending_payment" if order.payment is Payment.UNPAID else "pending_validation"
    if order.stage is Stage.WAITING_ON_CA:
        return "pending_ca" if order.status == READY_AT_CA else "pending_review"
    return {Stage.ISSUED: "issued", Stage.REVOKING: "revoking"}.get(order.stage, "unknown_status")


def explain(order: Order) -> str:
    """Say in a sentence where an order stands and who has to act."""
    link = f": {order.pending_link}" if order.pending_link else ""
    sentences = {
        "pending_payment": f"Order {order.id} waits for its payment{link}",
        "pending_validation": f"Order {order.id} waits for you to validate ({CUSTOMER_VALIDATION}){link}",
        "pending_review": f"Order {order.id} is under review at WoTrus ({order.status})",
        "pending_ca": f"Order {order.id} waits for the CA to issue it",
        "issued": f"Order {order.id} is issued",
        "revoking": f"Order {order.id} is issued, and its revocation is under review",
        "unknown_status": f"Order {order.id} has the status {order.status!r}, which the manual does not explain",
    }
    return sentences.get(reason_of(order), f"Order {order.id} is {order.status}")
