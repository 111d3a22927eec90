# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Claims: orders named by an entry or record, not confirmed yet.

The CA confirms them.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.idempotence import follow_idempotence_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Order
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import (
    REISSUE,
    LiveCertificate,
    OrderFacts,
    PendingOrder,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action

if t.TYPE_CHECKING:
    from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts


@dataclasses.dataclass(frozen=True)
class Claim:
    """An order that an entry or a record names, and its details.

    :ivar root_order_id: the id that Create answered for its chain; ``None`` if nobody said it
    :ivar is_reissue_tried: a reissue of it was refused or is prepared, so that its early end requests no other
    :ivar refused: a reissue of it that was refused or closed, so that only a person requests another
    """

    order_id: str
    root_order_id: str | None
    operation: str = Action.ORDER.value
    superseded_order_id: str | None = None
    companion_order_id: str | None = None
    is_reissue_tried: bool = False
    refused: Order | None = None

    @property
    def is_reissue(self) -> bool:
        """Whether the order is a reissue."""
        return self.operation == REISSUE

    @property
    def is_own_id_reissue(self) -> bool:
        """Whether it is a reissue with the id of its order."""
        return self.is_reissue and is_same_id(self.order_id, self.superseded_order_id)

    @property
    def original(self) -> Claim:
        """The order that a reissue is of."""
        order_id, operation = str(self.superseded_order_id), Action.ORDER.value
        return dataclasses.replace(self, order_id=order_id, operation=operation, superseded_order_id=None)


def pending_claim(facts: Facts, pending: PendingOrder, order_id: str) -> Claim:
    """Return the claim of a pending order.

    A reissue has the root of its order.
    """
    live = facts.live
    root = pending.root_order_id
    if root is None and pending.operation == REISSUE and live is not None:
        root = live.root_order_id if is_same_id(live.order_id, pending.superseded_order_id) else None
    root = root or _root_in_entry(facts, order_id)
    if root is None and pending.operation != REISSUE and pending.idempotence_id is not None:
        # Create answered it for a value that was sent before.
        root = order_id
    return Claim(
        order_id,
        root,
        operation=pending.operation or Action.ORDER.value,
        superseded_order_id=pending.superseded_order_id,
        companion_order_id=pending.companion_order_id,
    )


def live_claim(facts: Facts, live: LiveCertificate) -> Claim:
    """Return the claim of a live certificate that names its order."""
    order_id = str(live.order_id)
    root = live.root_order_id or _root_in_entry(facts, order_id)
    return Claim(order_id, root, companion_order_id=live.companion_order_id)


def _root_in_entry(facts: Facts, order_id: str) -> str | None:
    """Return the root that the entry names for an order, or for the order of which it is a reissue."""
    reissued = [former.order_id for former in facts.host.record.superseded if former.operation == REISSUE]
    is_named = any(is_same_id(facts.wanted.order_id, known_id) for known_id in (order_id, *reissued))
    return facts.wanted.root_order_id if is_named else None


def names_other_order(facts: Facts, claim: Claim) -> bool:
    """Return whether the entry names another order, from which to go on."""
    named = facts.wanted.order_id
    return named is not None and not is_same_id(named, claim.order_id) and not is_same_id(named, claim.root_order_id)


def is_pair_recorded(facts: Facts) -> bool:
    """Return whether the record has the pair of the entry, which was checked before it was recorded."""
    return any(
        is_same_id(facts.wanted.order_id, known.order_id)
        and is_same_id(facts.wanted.root_order_id, known.root_order_id)
        for known in _recorded(facts)
    )


def is_order_recorded(facts: Facts) -> bool:
    """Return whether the record has the order that the entry names, or one that follows it."""
    named, pending = facts.wanted.order_id, facts.pending
    known = [
        part_id for part in _recorded(facts) for part_id in (part.order_id, part.root_order_id, part.companion_order_id)
    ]
    known += [pending.superseded_order_id, pending.follows] if pending else []
    value = follow_idempotence_id(facts.wanted.root_order_id or str(named))
    return any(is_same_id(named, one) for one in known) or any(
        part.idempotence_id == value for part in _recorded(facts)
    )


def has_other_order(facts: Facts) -> bool:
    """Return whether the record has orders, of which none is the one that the entry names.

    A first order that was prepared is none yet: the entry may name it, if WoTrus refused to repeat its answer.
    """
    return any(part.order_id for part in _recorded(facts)) and not is_order_recorded(facts)


def _recorded(facts: Facts) -> list[OrderFacts]:
    """Return all orders that the record has."""
    return [part for part in (facts.pending, facts.live, *facts.host.record.superseded) if part is not None]
