# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fields about an order: what WoTrus shows of it, and whose it is."""

from __future__ import annotations

import datetime as dt

from ansible_collections.wotrus.pki.plugins.module_utils._errors import NotFound, OtherOrder
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import CLOSED, READY_AT_CA, Order, Stage
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import TWO_CLOCKS, read_time
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import (
    differences,
    differences_with_certificate,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.claims import (
    is_pair_recorded,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_checks import is_live_usable, other_names
from ansible_collections.wotrus.pki.plugins.module_utils._planning.renewal import (
    ONE_END,
    is_in_renewal_window,
    is_purchase,
    length_of,
    renewal_window,
    term,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.situation import (
    Situation,
    fetched,
    field,
    flag,
    order_of,
    queried,
    root_of,
)
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

_NOT_SHOWN_YET = dt.timedelta(hours=1)
"""A fresh order that Query does not know is no lost order. Somebody who replaced it would pay twice."""


# What WoTrus shows


@field("placed", "young", "gone", "failed", "known")
def answer(case: Situation) -> str:
    """Whether Query shows the order: it may be too new for that, or WoTrus may not know it."""
    facts, said = case.facts, case.facts.answer(case.claim.order_id)
    if said.order is not None:
        return "known"
    if facts.is_placed(case.claim.order_id):
        return "placed"
    if not isinstance(said.error, NotFound):
        return "failed"
    pending = facts.pending if facts.pending and is_same_id(facts.pending.order_id, case.claim.order_id) else None
    since = read_time(pending.requested_at) if pending else None
    return "young" if since is not None and abs(facts.now - since) < _NOT_SHOWN_YET else "gone"


@flag
def unknown(case: Situation) -> bool:
    """Whether WoTrus does not know the order."""
    return queried(case.facts, case.claim.order_id) is None


@flag
def created(case: Situation) -> bool:
    """Whether this run placed the order."""
    return case.facts.is_created(case.claim.order_id)


@flag
def archived(case: Situation) -> bool:
    """Whether WoTrus closed the order, and its certificate is still there, or is live and good and not due."""
    order, facts, host = case.said_order, case.facts, case.facts.host
    if order.status != CLOSED:
        return False
    used, is_pending = host.live_certificate, facts.pending and is_same_id(facts.pending.order_id, order.id)
    is_own = facts.live is not None and is_same_id(facts.live.order_id, order.id) and not is_pending
    is_good = is_own and host.is_live_recorded and is_live_usable(facts)
    is_due = used is None or is_in_renewal_window(facts, used, order)
    return (is_good and not is_due) or fetched(facts, order.id, case.claim).certificate is not None


@field("waiting", "ready", "unexplained", "issued", "revoking", "dead")
def state(case: Situation) -> str:
    """How the order stands; ``ready`` if a certificate may be fetched before Query says that it is issued."""
    order = order_of(case)
    if order.is_waiting:
        return "ready" if order.status == READY_AT_CA else "waiting"
    return {Stage.UNKNOWN: "unexplained", Stage.DEAD: "dead", Stage.REVOKING: "revoking"}.get(order.stage, "issued")


@field("plain", "reissue", "own_id", "loose")
def kind(case: Situation) -> str:
    """What the order is: a reissue with an id of its own, under the id of its order, or of one that nobody knows."""
    claim = case.claim
    if not claim.is_reissue:
        return "plain"
    if not claim.superseded_order_id:
        return "loose"
    return "own_id" if claim.is_own_id_reissue else "reissue"


# Whose it is


def order_differences(case: Situation) -> list[Message]:
    """Return how the order differs from the entry."""
    facts, order, want = case.facts, case.said_order, case.facts.wanted
    if not is_identified(order):
        wrong = differences(order, product=want.product, common_name=want.common_name)
    else:
        wrong = differences_with_certificate(
            order,
            lambda name: getattr(facts.certificate(order.id).certificate, name, None),
            product=want.product,
            common_name=want.common_name,
        )
    if wrong and names_root(case):
        return differences_of_root(facts, order)
    return wrong


def differences_of_root(facts: Facts, order: Order) -> list[Message]:
    """Return how an order differs from an entry that names it as its root.

    That accepts one other name; if both differ, it is somebody else's. Names that Query does not have are those of the
    certificate.
    """
    wrong = differences(order, product=facts.wanted.product, common_name=None)
    if wrong:
        return wrong
    found = {"common_name": order.common_name, "organization": order.organization.name}
    if order.is_issued and not all(found.values()):
        certificate = facts.certificate(order.id).certificate
        found = {name: value or getattr(certificate, name, None) for name, value in found.items()}
    others = other_names(facts.wanted, found)
    return others if len(others) == len(found) else []


def is_identified(order: Order) -> bool:
    """Return whether an order's product and name are known, or its certificate has them."""
    return bool(order.product_id and order.common_name) or order.is_issued or order.is_dead


def names_root(case: Situation) -> bool:
    """Return whether the entry names the order of the purchase.

    What WoTrus corrected in its names is accepted then.
    """
    facts, claim, named_id = case.facts, case.claim, case.facts.wanted.root_order_id
    is_own = is_same_id(claim.order_id, facts.wanted.order_id) or is_same_id(claim.root_order_id, named_id)
    if named_id is None or not is_own:
        return False
    if is_same_id(claim.order_id, named_id):
        return True
    error = facts.answer(named_id).error
    if isinstance(error, OtherOrder) and is_same_id(error.found, claim.order_id):
        # WoTrus shows it in the place of the root, which it no longer shows.
        return True
    # Any other order may be another certificate's, and must be for what the root is for.
    root_, order = queried(facts, named_id), facts.answer(claim.order_id).order
    if root_ is None or order is None:
        return False
    return not differences(
        order, product=root_.product_id, common_name=root_.common_name, organization=root_.organization.name
    )


@field("ours", "other", "misfit", "two_roots", "bought_later")
def whose(case: Situation) -> str:
    """Whose order it is by product and name; and whether the pair of an entry is one, when it is first read.

    A record that knows another root than the entry would be followed by a rebuilt host.
    """
    facts, claim, wanted = case.facts, case.claim, case.facts.wanted
    if order_differences(case):
        return "other"
    if not is_same_id(wanted.order_id, claim.order_id) or claim.root_order_id is None:
        return "ours"
    is_pair = is_same_id(wanted.root_order_id or wanted.order_id, claim.root_order_id)
    if is_pair and is_pair_recorded(facts):
        return "ours"
    if case.value("root") == "misfit":
        return "misfit"
    if not is_pair:
        return "two_roots"
    found = root_of(case)
    is_other = found is not None and not is_same_id(found.id, case.claim.order_id)
    return "bought_later" if found is not None and is_other and _is_bought_later(case, found) else "ours"


@field("none", "known", "misfit")
def root(case: Situation) -> str:
    """The order of the purchase: it is not known; or it is none of this order, which is for something else, or older.

    It is the host's claim: each one would buy another order. WoTrus may have corrected the name of a reissue alone.
    """
    found, order, wanted = root_of(case), case.said_order, case.facts.wanted
    if found is None:
        return "none"
    if is_same_id(case.claim.root_order_id, order.id):
        return "known"
    most_others = 1 if is_same_id(case.claim.root_order_id, wanted.root_order_id) else 0
    names = [(order.common_name, order.organization.name), (wanted.common_name, wanted.organization)]
    wrong = min(
        len(differences(found, product=None, common_name=common_name, organization=name)) for common_name, name in names
    )
    is_root = wrong <= most_others and not differences(found, product=order.product_id, common_name=None)
    return "known" if is_root and not is_younger(found, order, by=TWO_CLOCKS) else "misfit"


def is_younger(order: Order, other: Order, *, by: dt.timedelta = dt.timedelta()) -> bool:
    """Return whether an order was placed after another one, by more than a time."""
    placed, former = order.created_at, other.created_at
    return placed is not None and former is not None and placed > former + by


def _is_bought_later(case: Situation, found: Order) -> bool:
    """Return whether an order was bought when the term of another one was over or nearly so, and is no reissue of it.

    A renewal has a whole term of its own. If that is nearly over too, only the request for its renewal tells.
    """
    facts, order = case.facts, case.said_order
    if found.created_at is None or order.created_at is None:
        return False
    age, length = order.created_at - found.created_at, length_of(term(facts, found))
    if age < length * 2 / 3:
        return False
    bought = fetched(facts, found.id, case.claim).certificate if found.is_issued else None
    if bought is not None and order.created_at < renewal_window(facts, bought, found).opens:
        # It was issued so late that its term is not over yet.
        return False
    if age > length + ONE_END or not order.is_issued:
        return age > length + ONE_END
    certificate = facts.certificate(order.id).certificate
    is_young = certificate is not None and not is_in_renewal_window(facts, certificate, order)
    return is_young and is_purchase(facts, order, certificate)


@field("ours", "other")
def organization(case: Situation) -> str:
    """Whose order it is by its organization too, before it is reissued or followed."""
    if case.facts.wanted.organization is None or names_root(case):
        return "ours"
    is_unsaid = case.said_order.organization.name is None and case.said_order.is_waiting
    return "other" if not is_unsaid and organization_differences(case) else "ours"


def organization_differences(case: Situation) -> list[Message]:
    """Return how its organization differs from the entry's; the certificate's counts if Query does not have it."""
    facts, order = case.facts, case.said_order
    is_unknown = order.organization.name is None and order.is_issued
    certificate = fetched(facts, order.id, case.claim).certificate if is_unknown else None
    wanted = facts.wanted.organization
    return differences_with_certificate(order, lambda name: getattr(certificate, name, None), organization=wanted)


@flag
def identified(case: Situation) -> bool:
    """Whether it is known whom the order is for; one of which it is not may only be waited for."""
    return is_identified(case.said_order)
