# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies for the certificate that is live: is it well, and is it what the definition asks for."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._model.status import Stage
from ansible_collections.wotrus.pki.plugins.module_utils._model.validity import renewal_months
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import explain
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action, Decision
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Asked, Facts, Live
from ansible_collections.wotrus.pki.plugins.module_utils._planning.renewal import days_left, window


def rolled_back(facts: Facts) -> Decision | None:
    """A newer certificate went live and was rolled back, since a service did not take it: it is tried again."""
    undone = facts.rolled_back
    if undone is None or facts.order is None or facts.order.stage is not Stage.ISSUED:
        return None
    return Decision(
        Action.RESUME,
        "rolled_back",
        f"The certificate of order {undone.order_id} was rolled back: making it live again",
        next_action="Its certificate is verified and deployed",
        generation=undone.generation,
        months=undone.months,
        order_id=undone.order_id,
    )


def due(facts: Facts) -> Decision | None:
    """The certificate in use is expired, or in the window in which it is renewed."""
    live = facts.live or facts.lost
    if live is None or facts.bought is None:
        return None
    opens = window(live, facts.wanted).opens
    if facts.now < opens:
        return None
    generation = max(facts.generation, facts.bought.generation) + 1
    return renewal(facts, live, generation=generation, superseded=facts.bought.order_id)


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
    return reissue(facts, facts.bought, "key_lost", "The private key of the certificate is not on the host")


def reissue_asked(facts: Facts) -> Decision | None:
    """A person asked for a new key."""
    if facts.bought is None or not facts.wanted.reissue_asked:
        return None
    return reissue(facts, facts.bought, "requested", "A reissue was asked for")


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


def files_damaged(facts: Facts) -> Decision | None:
    """Files beside the key are gone or changed: the order's certificate makes them good, with the key that is there."""
    live, bought, order = facts.live, facts.bought, facts.order
    if live is None or bought is None or not live.damaged or order is None or order.stage is not Stage.ISSUED:
        return None
    return Decision(
        Action.RESUME,
        "files_damaged",
        f"What is live lacks files, or they are not what was written: {', '.join(live.damaged)}. Making them good",
        next_action="Its certificate is verified and deployed",
        generation=bought.generation,
        months=bought.months,
        order_id=bought.order_id,
    )


def valid(facts: Facts) -> Decision:
    """No policy has anything against it."""
    left = days_left(facts.live, facts.now) if facts.live else 0.0
    order_id = facts.bought.order_id if facts.bought else None
    return Decision(Action.NOTHING, "valid", f"The certificate is valid for another {left:.0f} days", order_id=order_id)


def renewal(facts: Facts, live: Live, *, generation: int, superseded: str | None) -> Decision:
    """Return the decision to order the next generation, with the days that are left."""
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


def reissue(facts: Facts, bought: Asked, reason: str, words: str) -> Decision:
    """Return the decision to ask for a certificate for a new key on the order that is there.

    A reissue needs a request by its new key. That of a UKey is made on the token, and nothing here can ask it for one.
    """
    if facts.wanted.storage == "ukey":
        return Decision(
            Action.BLOCKED,
            reason,
            f"{words}, and a reissue needs a request by the new key, which a UKey does not give",
            next_action="Have WoTrus reissue it, or give the certificate another name, which is another order",
            order_id=bought.order_id,
        )
    return Decision(
        Action.REISSUE,
        reason,
        f"{words}: asking for a reissue of order {bought.order_id}, which is not charged",
        generation=max(facts.generation, bought.generation),
        months=bought.months,
        order_id=bought.order_id,
        superseded_order_id=bought.order_id,
    )


def _differs(facts: Facts, part: str) -> bool:
    """Tell whether the definition differs from what was bought; a part that the record lacks does not count."""
    before = (facts.bought.definition if facts.bought else {}).get(part)
    wanted = facts.wanted.definition.get(part)
    if part == "key" and isinstance(before, dict) and isinstance(wanted, dict):
        # The host notes what kind of key was provided, and a definition need not say it.
        return any(before.get(name) not in (None, value) for name, value in wanted.items())
    return before is not None and before != wanted


def _other_key_provided(facts: Facts) -> bool:
    provided, live = facts.wanted.public_key_sha256, facts.live
    return provided is not None and live is not None and provided != live.public_key_sha256


def _reissue_if_wanted(facts: Facts, bought: Asked, reason: str, words: str) -> Decision:
    if facts.wanted.may_reissue:
        return reissue(facts, bought, reason, words)
    return Decision(
        Action.BLOCKED,
        reason,
        f"{words} than the certificate in use has, and on_change is fail",
        next_action="Set on_change to reissue, or put the definition back",
        order_id=bought.order_id,
    )
