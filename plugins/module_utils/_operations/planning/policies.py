# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan's policies: small pure functions, asked in order; the first that has an opinion decides.

Each takes the facts and returns a decision or ``None``. A new reason is a new function, and a place in ``POLICIES``.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.status import Stage
from ansible_collections.wotrus.pki.plugins.module_utils._model.validity import renewal_months
from ansible_collections.wotrus.pki.plugins.module_utils._operations.blocking import explain, reason_of
from ansible_collections.wotrus.pki.plugins.module_utils._operations.planning.decision import Action, Decision
from ansible_collections.wotrus.pki.plugins.module_utils._operations.planning.facts import Asked, Facts, Live
from ansible_collections.wotrus.pki.plugins.module_utils._operations.planning.renewal import days_left, window

Policy = t.Callable[[Facts], t.Optional[Decision]]

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
    return _renewal(facts, foreign.certificate, generation=foreign.generation + 1, superseded=foreign.order_id)


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
    reason = "order_not_found" if code == "not_found" else code
    return Decision(
        Action.BLOCKED, reason, str(facts.order_error), next_action=_ASK_WOTRUS, order_id=facts.order_to_look_at
    )


def request_unsent(facts: Facts) -> Decision | None:
    """The record has a request without an order's id: a run was killed, and the request may or may not have arrived.

    It is sent again as it was, with the same idempotence value. Nobody can look up whether it arrived, so it counts.
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
        months=asked.months or facts.wanted.months,
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
    return _reissue(facts, dataclasses.replace(asked, order_id=order.id), "key_lost", "The key that waited is gone")


def rolled_back(facts: Facts) -> Decision | None:
    """A newer certificate went live and was rolled back, since a service did not take it: it is tried again."""
    undone = facts.rolled_back
    if undone is None or facts.order is None or facts.order.stage is not Stage.ISSUED:
        return None
    return Decision(
        Action.RESUME,
        "rolled_back",
        f"The certificate of order {undone.order_id} was rolled back: making it live again",
        generation=undone.generation,
        months=undone.months,
        order_id=undone.order_id,
    )


def nothing_there(facts: Facts) -> Decision | None:
    """An empty disk: a new host, or a rebuilt one. Only asking for the order can tell, so it counts as charged."""
    if facts.live is not None or facts.bought is not None:
        return None
    generation = max(1, facts.generation)
    return Decision(
        Action.ORDER,
        "not_ordered",
        f"There is no certificate and no order on record: ordering generation {generation}, or adopting it",
        charged=True,
        generation=generation,
        months=facts.wanted.months,
    )


def due(facts: Facts) -> Decision | None:
    """The certificate in use is expired, or in the window in which it is renewed."""
    live = facts.live
    if live is None or facts.bought is None:
        return None
    opens = window(live, facts.wanted).opens
    if facts.now < opens:
        return None
    generation = max(facts.generation, facts.bought.generation) + 1
    return _renewal(facts, live, generation=generation, superseded=facts.bought.order_id)


def _renewal(facts: Facts, live: Live, *, generation: int, superseded: str | None) -> Decision:
    left = days_left(live, facts.now)
    months = renewal_months(facts.wanted.months, days_left=left)
    expires = f"{live.not_after:%Y-%m-%d}"
    words = f"The certificate expires on {expires}" if left > 0 else f"The certificate expired on {expires}"
    return Decision(
        Action.RENEW,
        "expiring" if left > 0 else "expired",
        f"{words}: ordering generation {generation} for {months} months",
        charged=True,
        generation=generation,
        months=months,
        superseded_order_id=superseded,
    )


def revoking(facts: Facts) -> Decision | None:
    """Somebody asked for revocation, and people are looking at it."""
    if facts.order is None or facts.order.stage is not Stage.REVOKING:
        return None
    return Decision(
        Action.NOTHING, "revoking", explain(facts.order), next_action="WoTrus: decides on it", order_id=facts.order.id
    )


def key_lost(facts: Facts) -> Decision | None:
    """The certificate's key is gone from the host."""
    if facts.bought is None or facts.wanted.storage == "ukey":
        return None
    if facts.live is not None and facts.live.key_matches is not False:
        return None
    return _reissue(facts, facts.bought, "key_lost", "The private key of the certificate is not on the host")


def reissue_asked(facts: Facts) -> Decision | None:
    """A person asked for a new key."""
    if facts.bought is None or not facts.wanted.reissue_asked:
        return None
    return _reissue(facts, facts.bought, "requested", "A reissue was asked for")


def key_changed(facts: Facts) -> Decision | None:
    """The definition asks for another kind of key, or another key was provided."""
    if facts.bought is None or not (_differs(facts, "key") or _other_key_provided(facts)):
        return None
    return _reissue_if_wanted(facts, facts.bought, "key_changed", "The definition asks for another key")


def product_changed(facts: Facts) -> Decision | None:
    """Another product is another order."""
    if facts.bought is None or not _differs(facts, "product"):
        return None
    return Decision(
        Action.BLOCKED,
        "product_changed",
        "The definition asks for another product than the one that was ordered, which no reissue can bring",
        next_action="Give the certificate another name, which is another order, or put the product back",
        order_id=facts.bought.order_id,
    )


def definition_changed(facts: Facts) -> Decision | None:
    """The definition asks for another name in the certificate."""
    changed = [part for part in ("common_name", "subject") if _differs(facts, part)]
    if facts.bought is None or not changed:
        return None
    return _reissue_if_wanted(facts, facts.bought, "definition_changed", f"The definition has another {changed[0]}")


def valid(facts: Facts) -> Decision:
    """No policy has anything against it."""
    left = days_left(facts.live, facts.now) if facts.live else 0.0
    order_id = facts.bought.order_id if facts.bought else None
    return Decision(Action.NOTHING, "valid", f"The certificate is valid for another {left:.0f} days", order_id=order_id)


POLICIES: tuple[Policy, ...] = (
    host_at_fault,
    foreign_due,
    foreign_is_live,
    foreign_key,
    request_unsent,
    order_unreadable,
    reissue_unsent,
    order_dead,
    pending_key_lost,
    under_way,
    rolled_back,
    nothing_there,
    due,
    revoking,
    key_lost,
    reissue_asked,
    product_changed,
    key_changed,
    definition_changed,
)


def decide(facts: Facts) -> Decision:
    """Return the decision of the first policy that has one."""
    decisions = (policy(facts) for policy in POLICIES)
    return next((decision for decision in decisions if decision is not None), valid(facts))


def _differs(facts: Facts, part: str) -> bool:
    """Tell whether the definition differs from what was bought; a part that the record lacks does not count."""
    before = (facts.bought.definition if facts.bought else {}).get(part)
    return before is not None and before != facts.wanted.definition.get(part)


def _other_key_provided(facts: Facts) -> bool:
    provided, live = facts.wanted.public_key_sha256, facts.live
    return provided is not None and live is not None and provided != live.public_key_sha256


def _reissue_if_wanted(facts: Facts, bought: Asked, reason: str, words: str) -> Decision:
    if facts.wanted.may_reissue:
        return _reissue(facts, bought, reason, words)
    return Decision(
        Action.BLOCKED,
        reason,
        f"{words} than the certificate in use has, and on_change is fail",
        next_action="Set on_change to reissue, or put the definition back",
        order_id=bought.order_id,
    )


def _reissue(facts: Facts, bought: Asked, reason: str, words: str) -> Decision:
    return Decision(
        Action.REISSUE,
        reason,
        f"{words}: asking for a reissue of order {bought.order_id}, which is not charged",
        generation=max(facts.generation, bought.generation),
        months=bought.months,
        order_id=bought.order_id,
        superseded_order_id=bought.order_id,
    )
