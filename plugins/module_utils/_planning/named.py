# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fields about an order: what a person named, and what the entry says of it."""

from __future__ import annotations

import datetime as dt

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key, is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Order
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import differences
from ansible_collections.wotrus.pki.plugins.module_utils._planning.claims import (
    is_order_recorded,
    names_other_order,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts
from ansible_collections.wotrus.pki.plugins.module_utils._planning.situation import (
    NO,
    YES,
    Situation,
    fetched,
    field,
    flag,
    queried,
)


def is_named(facts: Facts, order: Order | None, order_id: str) -> bool:
    """Return whether a person permits the order that follows this one.

    A person who names an order permits the follower of that order, and nothing else. An order that is named for a whole
    run must be for the entry; its value is derived from its own id.

    :param order: Query's answer; ``None`` if it does not answer
    """
    if id_key(order_id) in facts.wanted.replace_orders:
        return True
    if id_key(order_id) not in facts.wanted.replace_orders_of_run or order is None:
        return False
    wanted = facts.wanted
    said = order.product_id and order.common_name and order.organization.name
    return bool(said) and not differences(
        order, product=wanted.product, common_name=wanted.common_name, organization=wanted.organization
    )


def root_before_record(case: Situation) -> str | None:
    """Return the root of the order. The entry's word about the order that it names comes before the record's."""
    wanted = case.facts.wanted
    root_id = wanted.root_order_id if is_same_id(wanted.order_id, case.claim.order_id) else None
    return root_id or case.claim.root_order_id


@field("no", "itself", "root", "alone", "reissue", "misfit")
def named(case: Situation) -> str:
    """Which order a person named to be followed: this one, its root, or this one whose root WoTrus does not show.

    An order of which an older root is known is a reissue, and is not followed itself.
    """
    facts, order, root_id = case.facts, case.said_order, root_before_record(case)
    if root_id is None or is_same_id(root_id, order.id):
        return "itself" if is_named(facts, order, order.id) else NO
    found = queried(facts, root_id)
    is_root_named = is_named(facts, found, root_id)
    if not is_root_named and not is_named(facts, order, order.id):
        return NO
    if found is None and not is_root_named:
        return "alone"
    if case.value("root") == "misfit":
        return "misfit"
    return "root" if is_root_named else "reissue"


@flag
def unknown_named(case: Situation) -> bool:
    """Whether a person named the order of a purchase that WoTrus does not show."""
    return is_named(case.facts, None, case.claim.root_order_id or case.claim.order_id)


@field("none", "recorded", "alone", "other")
def entry(case: Situation) -> str:
    """The order that the entry names: none; one of the record; there is no record; or another one."""
    facts = case.facts
    if facts.wanted.order_id is None:
        return "none"
    if is_order_recorded(facts):
        return "recorded"
    return "other" if facts.pending or facts.live else "alone"


@flag
def entry_other(case: Situation) -> bool:
    """Whether the entry names another order, from which to go on."""
    return names_other_order(case.facts, case.claim)


@flag
def entry_later(case: Situation) -> bool:
    """Whether the entry names another order that is newer; if a time is missing, an issued one of the same purchase."""
    if case.value("entry_other") == NO:
        return False
    found, own = _placed_at(case)
    if found is not None and own is not None:
        return found > own
    wanted = case.facts.wanted
    order = queried(case.facts, str(wanted.order_id))
    return order is not None and order.is_issued and is_same_id(wanted.root_order_id, case.claim.root_order_id)


@flag
def remedy(case: Situation) -> bool:
    """Whether the entry names an order instead of a dead one.

    An earlier order of the chain does not count, since it would lead to the dead one again, and neither does the SM2
    order beside it.
    """
    pending, live = case.facts.pending, case.facts.live
    own = (case.claim.companion_order_id, *((pending.follows, pending.superseded_order_id) if pending else ()))
    if case.value("entry_other") == NO or any(is_same_id(case.facts.wanted.order_id, one) for one in own):
        return False
    if live is not None and live.order_id is not None:
        return case.value("entry_later") == YES
    found, dead = _placed_at(case)
    return found is None or dead is None or found >= dead


def _placed_at(case: Situation) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Return when the order that the entry names was placed, and when this one was."""
    found, own = queried(case.facts, str(case.facts.wanted.order_id)), case.facts.answer(case.claim.order_id).order
    return found.created_at if found else None, own.created_at if own else None


@flag
def entry_live(case: Situation) -> bool:
    """Whether the certificate of another order that the entry names is live."""
    used, named_id = case.facts.host.live_certificate, str(case.facts.wanted.order_id)
    order = queried(case.facts, named_id) if case.value("entry_other") == YES else None
    if order is None or used is None or used.fingerprint_sha256 is None or not order.is_issued:
        return False
    found = fetched(case.facts, named_id, case.claim).certificate
    return found is not None and found.fingerprint_sha256 == used.fingerprint_sha256


@flag
def entry_elsewhere(case: Situation) -> bool:
    """Whether the entry names an order, and not this one."""
    return case.facts.wanted.order_id is not None and not is_same_id(case.facts.wanted.order_id, case.claim.order_id)
