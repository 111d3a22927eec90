# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies for requests that are under way: what was asked of the CA, and what became of it."""

from __future__ import annotations

import dataclasses

from ansible_collections.wotrus.pki.plugins.module_utils._model.status import Stage
from ansible_collections.wotrus.pki.plugins.module_utils._model.validity import same_term
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import explain, reason_of
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action, Decision
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts
from ansible_collections.wotrus.pki.plugins.module_utils._planning.policies_live import reissue, renewal
from ansible_collections.wotrus.pki.plugins.module_utils._planning.renewal import window

_ASK_WOTRUS = "Ask WoTrus what became of it, with the request ids of this result"
_NEW_ORDER = "Set replace_dead to order the next generation, which is charged"


def host_at_fault(facts: Facts) -> Decision | None:
    """The target could not tell what is there: nothing is bought on top of something unknown."""
    if facts.fault is None:
        return None
    code, words = facts.fault
    return Decision(Action.BLOCKED, code, words, next_action="Mend what the host complains about, then run again")


def foreign_due(facts: Facts) -> Decision | None:
    """The order that was adopted is due for renewal itself: a reissue would bring a certificate that ends as soon."""
    foreign = facts.foreign
    if foreign is None:
        return None
    if facts.now < window(foreign.certificate, facts.wanted).opens:
        return None
    return renewal(facts, foreign.certificate, generation=foreign.generation + 1, superseded=foreign.order_id)


def foreign_is_live(facts: Facts) -> Decision | None:
    """The record was lost, and not the key: the certificate is the one that is live."""
    foreign, live = facts.foreign, facts.live
    if foreign is None or live is None or not live.key_matches:
        return None
    if live.public_key_sha256 != foreign.certificate.public_key_sha256:
        return None
    return Decision(
        Action.RESUME,
        "record_lost",
        f"The certificate of order {foreign.order_id} is the one that is live: noting it in the record",
        next_action="Its certificate is noted in the record",
        generation=foreign.generation,
        order_id=foreign.order_id,
    )


def foreign_key(facts: Facts) -> Decision | None:
    """A rebuilt host found its order again, and its key is gone: the order is reissued for the new one."""
    foreign = facts.foreign
    if foreign is None:
        return None
    return Decision(
        Action.REISSUE,
        "key_lost",
        f"Order {foreign.order_id} is for a key that this host lost: asking for a reissue, which is free",
        generation=foreign.generation,
        order_id=foreign.order_id,
        superseded_order_id=foreign.order_id,
    )


def order_unreadable(facts: Facts) -> Decision | None:
    """The CA does not know the order that the record names, or does not say."""
    if facts.order_error is None:
        return None
    code = facts.order_error.error_code
    lost = code == "not_found"
    return Decision(
        Action.BLOCKED,
        "order_not_found" if lost else code,
        str(facts.order_error),
        next_action=_ASK_WOTRUS if lost else "Run again when the API answers",
        order_id=facts.order_to_look_at,
    )


def request_unsent(facts: Facts) -> Decision | None:
    """The record has a request without an order's id: a run was killed or stopped, and it may or may not have arrived.

    It is sent again with the same idempotence value. Nobody can look up whether it arrived, so it counts. Where the
    entry wants another term by now, that is asked for: if the former request did arrive, the order that is adopted
    differs, which is an error and costs nothing.
    """
    asked = facts.asked
    if asked is None or asked.order_id is not None or asked.operation == Action.REISSUE.value:
        return None
    return Decision(
        Action(asked.operation),
        "interrupted",
        f"An earlier run prepared generation {asked.generation} and did not note its order: asking for the same again",
        charged=True,
        generation=asked.generation,
        months=asked.months if asked.months and same_term(asked.months, facts.wanted.months) else facts.wanted.months,
    )


def reissue_unsent(facts: Facts) -> Decision | None:
    """A reissue without a new order's id is sent again while its order lives; each key is one reissue."""
    asked, order = facts.asked, facts.order
    if asked is None or asked.order_id is not None or order is None or order.stage is not Stage.ISSUED:
        return None
    return Decision(
        Action.REISSUE,
        "interrupted",
        f"An earlier run prepared a reissue of order {order.id} and did not note its order: asking for the same again",
        generation=asked.generation,
        order_id=order.id,
        superseded_order_id=order.id,
    )


def order_dead(facts: Facts) -> Decision | None:
    """The order that counts is closed, rejected or revoked."""
    order = facts.order
    if order is None or not order.dead:
        return None
    generation = max(facts.generation, facts.asked.generation if facts.asked else 0) + 1
    if facts.wanted.replace_dead:
        return Decision(
            Action.ORDER,
            reason_of(order),
            f"{explain(order)}: ordering generation {generation} in its place",
            charged=True,
            generation=generation,
            months=facts.wanted.months,
            superseded_order_id=order.id,
        )
    return Decision(Action.BLOCKED, reason_of(order), explain(order), next_action=_NEW_ORDER, order_id=order.id)


def under_way(facts: Facts) -> Decision | None:
    """An order is placed and not yet deployed."""
    asked, order = facts.asked, facts.order
    if asked is None or order is None:
        return None
    who = {
        Stage.WAITING_ON_YOU: "You: open pending_link, then run again",
        Stage.WAITING_ON_CA: "WoTrus: run again later",
        Stage.UNKNOWN: _ASK_WOTRUS,
    }
    return Decision(
        Action.RESUME,
        reason_of(order),
        explain(order),
        next_action=who.get(order.stage, "Its certificate is verified and deployed"),
        pending_link=order.pending_link,
        generation=asked.generation,
        months=asked.months,
        order_id=order.id,
        superseded_order_id=asked.superseded_order_id,
    )


def pending_key_lost(facts: Facts) -> Decision | None:
    """The order has its certificate, and the key that waited for it is gone."""
    asked, order = facts.asked, facts.order
    if asked is None or order is None or order.stage is not Stage.ISSUED:
        return None
    if facts.wanted.storage == "ukey" or facts.pending_key:
        return None
    return reissue(facts, dataclasses.replace(asked, order_id=order.id), "key_lost", "The key that waited is gone")


def nothing_there(facts: Facts) -> Decision | None:
    """No order on record: a new host, a rebuilt one, or a record that was lost, with or without what is live.

    Only asking for the order can tell, so it counts as charged.
    """
    if facts.bought is not None:
        return None
    generation = max(1, facts.generation)
    return Decision(
        Action.ORDER,
        "not_ordered",
        f"There is no order on record: ordering generation {generation}, or adopting it",
        charged=True,
        generation=generation,
        months=facts.wanted.months,
    )
