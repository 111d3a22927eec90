# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The statuses of an order (manual, section 3)."""

from __future__ import annotations

import enum


class Status(enum.StrEnum):
    """The words of the manual; a word of the tester's own may be shown instead (admin API)."""

    PENDING = "pending"
    PENDING_AUTO_ISSUE = "pendingAutoIssue"
    PENDING_SUBMIT = "pendingSubmitOrderToCA"
    PENDING_DCV = "pendingDCV"
    PENDING_CA_ISSUED = "pendingCAIssued"
    ISSUED = "issued"
    PENDING_REVOKE = "pendingRevoke"
    REVOKED = "revoked"
    REJECTED = "rejected"
    CLOSED = "closed"
    UNKNOWN = "unknown"


# Reviewed by WoTrus, or waiting for the customer's domain validation.
UNDER_REVIEW = frozenset({Status.PENDING, Status.PENDING_AUTO_ISSUE, Status.PENDING_SUBMIT, Status.PENDING_DCV})
WAITING = UNDER_REVIEW | {Status.PENDING_CA_ISSUED}
# Nothing becomes of the order any more.
DEAD = frozenset({Status.CLOSED, Status.REJECTED, Status.REVOKED})
# There is a certificate that holds.
LIVE = frozenset({Status.ISSUED, Status.PENDING_REVOKE})
