# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fields about time: whether a certificate is due, and what its paid term says."""

from __future__ import annotations

import datetime as dt

from ansible_collections.wotrus.pki.plugins.module_utils._errors import RejectedByApi
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import REJECTED
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import read_time
from ansible_collections.wotrus.pki.plugins.module_utils._orders.reissue import revokes_old
from ansible_collections.wotrus.pki.plugins.module_utils._planning.claims import Claim
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_checks import dates_of
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import Certificate
from ansible_collections.wotrus.pki.plugins.module_utils._planning.renewal import (
    A_DAY,
    ONE_END,
    dates_while_pending,
    is_due,
    is_in_renewal_window,
    is_over,
    is_path_due,
    is_purchase,
    length_of,
    paid_months,
    paid_term,
    renewal_window,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.situation import (
    NO,
    YES,
    Situation,
    fetched,
    field,
    flag,
    order_of,
    queried,
    root_of,
    sure,
)


@field("agreed", "absent", "apart")
def clock(case: Situation) -> str:
    """Whether WoTrus gives a time with which our own clock agrees; else nothing ends or is due by itself."""
    if case.facts.has_agreed_time:
        return "agreed"
    return "absent" if case.facts.ca_time is None else "apart"


@flag
def over(case: Situation) -> bool:
    """Whether the order's term is over."""
    return is_over(case.facts, order_of(case))


@flag
def chain_over(case: Situation) -> bool:
    """Whether the order's term is over, or that of its root, with which a reissue ends."""
    order, root_id = order_of(case), case.claim.root_order_id
    if case.value("over") == YES or root_id is None or is_same_id(root_id, order.id) or order.status == REJECTED:
        return case.value("over") == YES
    found = queried(case.facts, root_id)
    return found is not None and is_over(case.facts, found)


def dates_of_order(case: Situation) -> Certificate | None:
    """Return the certificate that RetrievePem gives for the order; ``None`` without one.

    A pending reissue under the order's own id leaves no certificate to read: then it has the dates of the term. WoTrus
    may give none that has expired: then it is what is live, while the paid term runs.
    """
    order = order_of(case)
    if order.is_dead:
        return None
    said = fetched(case.facts, order.id, case.claim)
    if said.certificate is not None or not isinstance(said.error, RejectedByApi):
        return said.certificate
    return _expired_live(case) or dates_while_pending(case.facts, order)


def _expired_live(case: Situation) -> Certificate | None:
    """Return what is live if the record says that it is of this order, and it has expired before its paid term."""
    facts, order, used = case.facts, order_of(case), case.facts.host.live_certificate
    if case.newest is None or used is None or not facts.host.is_live_recorded or used.not_after > facts.now:
        return None
    is_known = not order.is_waiting and order.created_at is not None and facts.has_agreed_time
    return used if is_known and case.value("chain_over") == NO else None


@field("dates", "over", "dead", "archived", "ended", "unread")
def pem(case: Situation) -> str:
    """What RetrievePem says: dates; or nothing, though the term of the order is not ``over``."""
    facts, order, host = case.facts, order_of(case), case.facts.host
    if dates_of_order(case) is not None:
        return "dates"
    if case.value("chain_over") == YES:
        return "over"
    if order.is_dead:
        return "dead"
    if not isinstance(fetched(facts, order.id, case.claim).error, RejectedByApi):
        return "unread"
    if case.value("archived") == YES:
        return "archived"
    used = host.live_certificate
    has_no_age = order.created_at is None or not facts.has_agreed_time
    has_ended = used is not None and used.not_after <= facts.now and order.is_issued
    # WoTrus may give no certificate that has expired. Any other is not due without its dates.
    return "ended" if has_ended and has_no_age and facts.ca_time is not None else "unread"


@field("shut", "open")
def renewing(case: Situation) -> str:
    """Whether the certificate is in its renewal window, or a reissue for its end moved nothing, or there is none."""
    facts, found = case.facts, dates_of_order(case)
    if found is None or is_in_renewal_window(facts, found, order_of(case)):
        return "open"
    return "open" if is_end_unmoved(facts, case.claim, found.not_after) else "shut"


@flag
def wish_first(case: Situation) -> bool:
    """Whether this run may not renew, and a requested reissue goes before a renewal that is due."""
    facts, found = case.facts, dates_of_order(case)
    is_valid = found is not None and found.not_after > facts.now
    return is_valid and facts.wanted.reissue_requested and not facts.wanted.may_renew


@flag
def term_due(case: Situation) -> bool:
    """Whether both the certificate and the paid term of the known root are due."""
    found = root_of(case)
    return found is not None and is_due(case.facts, found, order_of(case), dates_of_order(case))


@flag
def purchase(case: Situation) -> bool:
    """Whether a due root is a purchase, as far as certificates show it: a record may call a reissue one."""
    facts, found = case.facts, root_of(case)
    if found is None or is_purchase(facts, found, dates_of_order(case)) or is_same_id(found.id, case.claim.order_id):
        return found is not None and is_purchase(facts, found, dates_of_order(case))
    return is_purchase(facts, found, fetched(facts, found.id, case.claim).certificate if found.is_issued else None)


@field("unknown", "undated", "known")
def paid(case: Situation) -> str:
    """Whether it is known when the paid term ends: its order is not known, or WoTrus does not say its age."""
    found = root_of(case)
    if found is None:
        return "unknown"
    return "undated" if paid_term(case.facts, found) is None else "known"


@field("none", "whole", "stuck", "moves")
def end(case: Situation) -> str:
    """Whether a reissue may move the end of the certificate on, by those before it, or without a term by its length."""
    facts, order, found = case.facts, order_of(case), dates_of_order(case)
    if found is None or not (order.is_issued or _expired_live(case)):
        return "none"
    least = length_of(paid_months(facts.wanted.months)) - ONE_END
    if case.value("paid") != "known" and found.not_after - found.not_before >= least:
        return "whole"
    is_stuck = case.claim.is_reissue_tried or is_end_unmoved(facts, case.claim, found.not_after)
    return "stuck" if is_stuck else "moves"


@flag
def too_early(case: Situation) -> bool:
    """Whether the reissue revokes the certificate, which is not in the last half of its window yet."""
    return bool(revokes_old(order_of(case))) and case.facts.now < last_half(case)


def last_half(case: Situation) -> dt.datetime:
    """Return when the last half of the certificate's window begins."""
    found = sure(dates_of_order(case))
    opens = renewal_window(case.facts, found, order_of(case)).opens
    return found.not_after - (found.not_after - opens) / 2


def is_end_unmoved(facts: Facts, claim: Claim, ends: dt.datetime) -> bool:
    """Return whether a reissue for the end of a certificate brought no later end.

    A reissue for another reason, such as a lost key, shows nothing.

    :param ends: when the certificate, or its path to the root, ends now
    """
    parts = [part for part in (facts.pending, facts.live) if part is not None]
    former = [read_time(part.ended_not_after) for part in parts if is_same_id(part.order_id, claim.order_id)]
    return any(moment is not None and ends - moment <= A_DAY for moment in former)


@flag
def path_due(case: Situation) -> bool:
    """Whether the newest certificate or its path seems due, by its files or its record; or nothing says its dates."""
    facts = case.facts
    dates = dates_of(facts, case.newest) if case.newest else None
    if dates is None or is_path_due(facts, dates, order_of(case)):
        return True
    return is_end_unmoved(facts, case.claim, dates.not_after)


@flag
def may_be_over(case: Situation) -> bool:
    """Whether the host has no certificate of the order that would not be due yet."""
    dates = dates_of(case.facts, case.newest) if case.newest and not case.ended_companion else None
    return dates is None or is_in_renewal_window(case.facts, dates, order_of(case))


@flag
def ended(case: Situation) -> bool:
    """Whether the paid term of an order whose status nobody explains is over."""
    dates = paid_term(case.facts, order_of(case))
    return dates is not None and dates.not_after <= case.facts.now


@field("no", "yes", "tried")
def chain_ends(case: Situation) -> str:
    """Whether the chain of the certificate is due, and the certificate is not; and if a reissue was tried for it."""
    facts, found = case.facts, case.facts.known_certificate(case.claim.order_id)
    if found is None or found.usable == found or not is_path_due(facts, found, order_of(case)):
        return NO
    is_tried = case.claim.is_reissue_tried or is_end_unmoved(facts, case.claim, found.usable.not_after)
    return "tried" if is_tried else YES


@flag
def late(case: Situation) -> bool:
    """Whether a reissue under the order's own id has waited longer than ``wotrus_alarm_waiting_days``."""
    since = read_time(case.facts.pending.requested_at) if case.facts.pending else None
    longest = dt.timedelta(days=case.facts.wanted.alarm_waiting_days)
    return since is not None and case.facts.now - since > longest
