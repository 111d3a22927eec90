# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan's policies: small pure functions, asked in order; the first that has an opinion decides.

Each takes the facts and returns a decision or ``None``. A new reason is a new function, and a place in ``POLICIES``.
"""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._planning import policies_live, policies_request
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Decision
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts

Policy = t.Callable[[Facts], t.Optional[Decision]]

POLICIES: tuple[Policy, ...] = (
    policies_request.host_at_fault,
    policies_request.foreign_due,
    policies_request.foreign_is_live,
    policies_request.foreign_key,
    policies_request.request_unsent,
    policies_request.order_unreadable,
    policies_request.reissue_unsent,
    policies_request.order_dead,
    policies_request.pending_key_lost,
    policies_request.under_way,
    policies_live.rolled_back,
    policies_request.nothing_there,
    policies_live.due,
    policies_live.revoking,
    policies_live.key_lost,
    policies_live.reissue_asked,
    policies_live.product_changed,
    policies_live.key_changed,
    policies_live.definition_changed,
    policies_live.files_damaged,
)


def decide(facts: Facts) -> Decision:
    """Return the decision of the first policy that has one; a certificate that none objects to is valid."""
    decisions = (policy(facts) for policy in POLICIES)
    return next((decision for decision in decisions if decision is not None), policies_live.valid(facts))
