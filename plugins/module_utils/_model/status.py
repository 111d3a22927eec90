# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Statuses of an order and what they mean for whoever waits for it (manual, section 3)."""

from __future__ import annotations

import enum


class Stage(enum.Enum):
    """Who has to act next, or how it ended."""

    WAITING_ON_YOU = "waiting_on_you"
    WAITING_ON_CA = "waiting_on_ca"
    ISSUED = "issued"
    REVOKING = "revoking"
    DEAD = "dead"
    UNKNOWN = "unknown"


class Payment(enum.Enum):
    """``isPay``: 0, 1 and 2 of the manual."""

    UNPAID = "unpaid"
    PAID = "paid"
    ISSUED_UNPAID = "issued_unpaid"


PAYMENTS = {0: Payment.UNPAID, 1: Payment.PAID, 2: Payment.ISSUED_UNPAID}

READY_AT_CA = "pendingCAIssued"
REJECTED = "rejected"
CUSTOMER_VALIDATION = "pendingDCV"
REVOKED = "revoked"
ISSUED = "issued"

_STAGES = {
    "pending": Stage.WAITING_ON_CA,
    "pendingAutoIssue": Stage.WAITING_ON_CA,
    "pendingSubmitOrderToCA": Stage.WAITING_ON_CA,
    CUSTOMER_VALIDATION: Stage.WAITING_ON_YOU,
    READY_AT_CA: Stage.WAITING_ON_CA,
    ISSUED: Stage.ISSUED,
    "pendingRevoke": Stage.REVOKING,
    REVOKED: Stage.DEAD,
    REJECTED: Stage.DEAD,
    "closed": Stage.DEAD,
    "unknown": Stage.UNKNOWN,
}
_SPELLINGS = {status.casefold(): status for status in _STAGES}


def known_status(status: str) -> str:
    """Return the manual's spelling of a status, or the word as it came where the manual does not have it."""
    word = status.strip()
    return _SPELLINGS.get(word.casefold(), word)


def stage_of(status: str, payment: Payment | None) -> Stage:
    """Return the stage of a status; a word that the manual lacks is ``UNKNOWN``, and an unpaid order waits on you."""
    stage = _STAGES.get(known_status(status), Stage.UNKNOWN)
    if stage is Stage.WAITING_ON_CA and payment is Payment.UNPAID:
        return Stage.WAITING_ON_YOU
    return stage
