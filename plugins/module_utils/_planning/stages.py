# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Situations of other orders, and fields that say what the tables decide for them."""

from __future__ import annotations

import dataclasses

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.products import MONTHS
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import differences
from ansible_collections.wotrus.pki.plugins.module_utils._planning.claims import Claim
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import PLACING, Action
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_checks import dates_of, has_live_key
from ansible_collections.wotrus.pki.plugins.module_utils._planning.named import is_named
from ansible_collections.wotrus.pki.plugins.module_utils._planning.on_host import dead_companion
from ansible_collections.wotrus.pki.plugins.module_utils._planning.renewal import (
    is_in_renewal_window,
    is_path_due,
    window,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.situation import (
    NO,
    Situation,
    field,
    flag,
    of_dropped,
    of_entry,
    of_followed,
    of_live,
    of_newest,
    of_pending,
    order_of,
    queried,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.table import Found, attempt, find

ORDER_DEAD = "order_dead"
NO_LATER_END = frozenset(("no_later_end", "no_later_end_named"))
ROOT_UNKNOWN = frozenset(
    ("root_unknown", "root_unknown_named", "root_unproved", "root_unproved_named", "two_roots"),
)
"""Rows that other rows ask for by name."""


def with_companion(case: Situation) -> Situation:
    """Return the situation with the SM2 order beside the order, which has ended."""
    return dataclasses.replace(case, ended_companion=dead_companion(case), known={})


# What is decided for an order


@field("ours", "fault")
def check(case: Situation) -> str:
    """Whether WoTrus shows the order, and it is for this certificate."""
    return "ours" if find("check", case).kind is None else "fault"


@field("no", "renew", "follow", "reissue", "blocked", "judged", "waits", "stuck", "stuck_follow")
def due(case: Situation) -> str:
    """What is done since the certificate of the order is due; the last three come after every other reason to act."""
    found = find("due", case)
    if found.row.is_final:
        return "judged"
    if found.path[0] in NO_LATER_END:
        return "stuck_follow" if found.kind is Action.ORDER else "stuck"
    kinds = {
        None: NO,
        Action.NOTHING: "waits",
        Action.ORDER: "follow",
        Action.BLOCKED: "blocked",
        Action.RESUME: "reissue",
    }
    return kinds.get(found.kind) or str(found.kind.value if found.kind else NO)


@field("no", "renew", "fault")
def live_due(case: Situation) -> str:
    """Whether the live certificate's renewal is due while a reissue of its order is pending."""
    facts, live = case.facts, case.facts.live
    if (
        live is None
        or not live.order_id
        or not is_same_id(case.claim.root_order_id, live.root_order_id or live.order_id)
    ):
        return NO
    dates = dates_of(facts, live)
    # Its order is only asked for if it is due by some term, which the order says.
    if dates is None or facts.now < window(dates, facts.wanted, max(MONTHS)).opens:
        return NO
    own = case.other(of_live)
    if own.value("check") == "fault":
        return "fault"
    if not is_in_renewal_window(facts, dates.usable, order_of(own)):
        return NO
    return {"renew": "renew", "judged": "fault"}.get(own.value("due"), NO)


@flag
def end_blocked(case: Situation) -> bool:
    """Whether the reissue for the end of the certificate is blocked."""
    found = find("reissue", case)
    return found.kind is Action.BLOCKED and not found.row.is_final


@field("next", "stuck", "blocked", "acts", "judged")
def dead(case: Situation) -> str:
    """What is done for an order that has ended; ``stuck`` if a person must say it."""
    found = find("dead", case)
    if found.row.is_final or found.kind is None:
        return "judged" if found.kind else "next"
    if found.row.name == ORDER_DEAD:
        return "stuck"
    return "blocked" if found.kind is Action.BLOCKED else "acts"


@flag
def companion_acts(case: Situation) -> bool:
    """Whether something is done for an order since its companion has ended."""
    return find("dead", case.other(with_companion)).kind is not None


@field("next", "valid", "acts")
def dropped(case: Situation) -> str:
    """What is done for the order whose reissue is dropped."""
    return {None: "next", Action.NOTHING: "valid"}.get(find("dropped", case.other(of_dropped)).kind, "acts")


@flag
def original_live(case: Situation) -> bool:
    """Whether the order is live by the record."""
    live = case.facts.live
    return live is not None and is_same_id(live.order_id, case.claim.order_id)


@field("valid", "fault", "acts")
def live_stands(case: Situation) -> str:
    """Whether nothing is to be done for what is live, or its order is not this certificate's."""
    found = find("deployed", case.other(of_live))
    if found.row.is_final:
        return "fault"
    return "valid" if found.kind is Action.NOTHING else "acts"


@field("none", "seen")
def former(case: Situation) -> str:
    """The order of what is live, which may be revoked while its successor is reviewed."""
    order_id = case.facts.live.order_id if case.facts.live else case.claim.superseded_order_id
    if order_id is None or case.facts.host.live is None:
        return "none"
    queried(case.facts, order_id)
    return "seen"


@flag
def live_chain(case: Situation) -> bool:
    """Whether WoTrus has a newer chain of the live certificate, while another order is pending."""
    facts, live, used = case.facts, case.facts.live, case.facts.host.live_certificate
    if live is None or live.order_id is None or used is None or used.usable == used:
        return False
    if not has_live_key(facts, used) or used.not_after <= facts.now:
        return False
    found, want = queried(facts, live.order_id), facts.wanted
    if found is None or not found.is_issued or not is_path_due(facts, used, found):
        return False
    if differences(found, product=want.product, common_name=want.common_name, organization=want.organization):
        return False
    # It is fetched for this.
    facts.certificate(found.id)
    return case.other(of_live).value("newer_chain") != NO


# What the stages come to


_STAGE = ("next", "places", "reissues", "stuck", "blocked", "other")


def _stage(found: Found) -> str:
    if found.row.name == ORDER_DEAD:
        return "stuck"
    if found.kind is None or found.kind in PLACING:
        return "places" if found.kind else "next"
    return {Action.REISSUE: "reissues", Action.BLOCKED: "blocked"}.get(found.kind, "other")


@field("next", "blocked")
def entry_gate(case: Situation) -> str:
    """Whether the entry names an order of somebody else beside those of the record."""
    return "blocked" if find("entry", case.other(of_entry)).kind is Action.BLOCKED else "next"


@field(*_STAGE)
def placed_stage(case: Situation) -> str:
    """What is done for the pending order."""
    return _stage(find("undeployed", case.other(of_pending))) if case.value("request") == "placed" else "next"


@field(*_STAGE)
def prepared_stage(case: Situation) -> str:
    """What is done for a reissue that may have been sent."""
    return _stage(find("prepared", case.other(of_pending))) if case.value("request") == "reissue" else "next"


@field(*_STAGE)
def followed_stage(case: Situation) -> str:
    """What is done for the order that another one follows which may have been sent."""
    return _stage(attempt("undeployed", case.other(of_followed))) if case.value("request") == "follower" else "next"


@field(*_STAGE)
def live_stage(case: Situation) -> str:
    """What is done for the newest certificate of the record."""
    return _stage(attempt("deployed", case.other(of_newest))) if case.value("newest") == "named" else "next"


@field(*_STAGE)
def entry_stage(case: Situation) -> str:
    """What is done for the order that the entry names."""
    if case.facts.wanted.order_id is None:
        return "next"
    return _stage(attempt("undeployed", case.other(of_entry)))


@field("no", "yes")
def followed_later(case: Situation) -> str:
    """Whether the entry names an order that is newer than the followed one."""
    return case.other(of_followed).value("entry_later") if case.value("request") == "follower" else NO


@field("no", "yes")
def live_later(case: Situation) -> str:
    """Whether the entry names an order that is newer than that of the newest certificate."""
    return case.other(of_newest).value("entry_later") if case.value("newest") == "named" else NO


@flag
def same_root(case: Situation) -> bool:
    """Whether the entry names the purchase of the newest certificate."""
    if case.value("newest") != "named":
        return False
    return is_same_id(case.facts.wanted.root_order_id, case.other(of_newest).claim.root_order_id)


@field("stuck", "root_unknown", "other")
def stages(case: Situation) -> str:
    """Whether the stages come to an order that has ended, or to one whose purchase is not known."""
    found = attempt("stages", case)
    if not ROOT_UNKNOWN.isdisjoint(found.path):
        return "root_unknown"
    return "stuck" if found.row.name == ORDER_DEAD else "other"


@flag
def stuck_in_entry(case: Situation) -> bool:
    """Whether the order that has ended is the one that the entry names."""
    return is_same_id(case.facts.wanted.order_id, find("stages", case).situation.claim.order_id)


@field("no", "yes")
def unknown_later(case: Situation) -> str:
    """Whether the entry names an order that is newer than the one whose purchase is not known."""
    claim = find("stages", case).situation.claim
    return case.about(Claim(claim.order_id, claim.root_order_id)).value("entry_later")


@flag
def entry_permitted(case: Situation) -> bool:
    """Whether a person permits the order that follows the entry's, and nothing was placed in this run yet."""
    facts, follows = case.facts, find("undeployed", case.other(of_entry)).decision().follows
    return follows is not None and not facts.placed and is_named(facts, facts.known_order(follows), follows)
