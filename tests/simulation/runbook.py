# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person does whose certificate stays red: the page ``runbook_stays_red``, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wotrus_sandbox.orders import Order, Status

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id

from .inventory import Certificate
from .world import World, order_name

if TYPE_CHECKING:
    from .persons import Operator


def follow(operator: Operator, certificate: Certificate, *, with_pending: bool) -> None:
    """Look for the newest valid order of a certificate, and name it in place of all that the record and the entry say.

    :param with_pending: the second time, ``pending`` is moved away too
    """
    world = operator.world
    own = [order for order in world.ca.shown() if world.owns(certificate, order)]
    valid = [one for one in own if _is_valid(world, one) and not _is_used_elsewhere(world, certificate, one)]
    operator.move_away(certificate, "record.json")
    if with_pending:
        operator.move_away(certificate, "pending")
    entry = world.inventory.entry(certificate)
    for name in ("order_id", "root_order_id", "replace_orders"):
        entry.pop(name, None)
    if valid:
        operator.name_order(certificate, valid[-1])
    elif own:
        operator.replace(certificate, world.ca.root(own[-1]).id)


def _is_valid(world: World, order: Order) -> bool:
    ends = [one.not_after for one in world.ca.store.certificates(order.id)]
    return order.status is Status.ISSUED and max(ends, default=0.0) > world.clock.now()


def _is_used_elsewhere(world: World, certificate: Certificate, order: Order) -> bool:
    """Return whether another certificate has an order live; entries with one provided key share theirs."""
    own = order_name(world.inventory.entry(certificate), certificate)
    return any(
        is_same_id((world.record(other).get("live") or {}).get("order_id"), order.id)
        for other in world.inventory.certificates()
        if other != certificate and order_name(world.inventory.entry(other), other) != own
    )
