# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a certificate ends, when the term that was paid does, and so when another order is due."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import REJECTED, Order
from ansible_collections.wotrus.pki.plugins.module_utils._model.products import MONTHS
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import REISSUE
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import read_time
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts, WantedCertificate
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import Certificate

ONE_END = dt.timedelta(days=31)
"""Ends that are no further from each other are one: a month more or less, and months of 30 days, bring days only."""

A_DAY = dt.timedelta(days=1)
"""What a later end is later by, at least."""

_SHARE = 3
_DAYS_A_MONTH = 30.4375
_FRACTIONS = 2**32


@dataclasses.dataclass(frozen=True)
class Window:
    """The last part of a certificate's life, in which it is renewed.

    :ivar cut: it was asked to be longer than a third of the life or term, and is not
    """

    opens: dt.datetime
    cut: bool


def window(certificate: Certificate, wanted: WantedCertificate, months: int) -> Window:
    """Return the renewal window.

    It is at most a third of the life and of the term, so that no setting buys a certificate a run. The spread makes it
    longer only, so a renewal is never late.

    :param months: the term of the order
    """
    life = certificate.not_after - certificate.not_before
    asked = dt.timedelta(days=wanted.renew_before_days)
    longest = min(life, length_of(months)) / _SHARE
    spread = dt.timedelta(days=wanted.renew_spread_days) * _fraction(wanted.order_name)
    return Window(opens=certificate.not_after - min(asked + spread, longest), cut=asked > longest)


def is_in_renewal_window(facts: Facts, certificate: Certificate, order: Order) -> bool:
    """Return whether an order's certificate is due."""
    return facts.now >= renewal_window(facts, certificate, order).opens


def is_path_due(facts: Facts, certificate: Certificate, order: Order) -> bool:
    """Return whether an order's certificate is due, or its path to a root is."""
    return has_path_alarm(facts, certificate) or is_in_renewal_window(facts, certificate.usable, order)


def has_path_alarm(facts: Facts, certificate: Certificate) -> bool:
    """Return whether the path of a certificate ends before it, and within ``wotrus_alarm_days``.

    The renewal window does not count: each reissue from the same intermediate makes it shorter.
    """
    usable = certificate.usable
    return usable != certificate and days_left(usable, facts.now) < facts.wanted.alarm_days


def renewal_window(facts: Facts, certificate: Certificate, order: Order) -> Window:
    """Return the renewal window of an order's certificate, by the order's term and by its own life since it arrived.

    A certificate that is backdated is not due when it arrives.
    """
    arrived = min(max([certificate.not_before, *_arrivals(facts, order)]), certificate.not_after)
    life = dataclasses.replace(certificate, not_before=arrived)
    return window(life, facts.wanted, term(facts, order))


def _arrivals(facts: Facts, order: Order) -> list[dt.datetime]:
    """Return when an order was placed, and when a reissue that kept its id was requested, as far as that is known."""
    pending, live = facts.pending, facts.live
    said = [order.created_at]
    if live is not None and is_same_id(live.order_id, order.id):
        is_reissued = pending is not None and pending.operation == REISSUE and is_same_id(pending.order_id, order.id)
        said += [read_time(live.reissued_at), read_time(pending.requested_at) if pending and is_reissued else None]
    return [moment for moment in said if moment is not None]


def term(facts: Facts, order: Order) -> int:
    """Return an order's term in months: Query's, else the larger of the entry's and the record's.

    A mistake only delays: the unit of Query's number may not be known.
    """
    if order.months is not None:
        return order.months
    recorded = [
        part.months
        for part in (facts.pending, facts.live)
        if part is not None
        and part.months in MONTHS
        and any(is_same_id(known_id, order.id) for known_id in (part.order_id, part.root_order_id))
    ]
    return max([facts.wanted.months, *(months for months in recorded if months is not None)])


def paid_months(months: int) -> int:
    """Return a term without the month for the days that are left, which a certificate need not have: 13 is 12."""
    return max(months - months % 12, 1)


def length_of(months: int) -> dt.timedelta:
    """Return how long a term of so many months is."""
    return dt.timedelta(days=months * _DAYS_A_MONTH)


def is_over(facts: Facts, order: Order) -> bool:
    """Return whether the order's term is over.

    Whatever its status is, it has ended by its age. An order that is not issued or not paid yet, or that was refused,
    has no term.
    """
    has_no_term = order.status == REJECTED or order.is_waiting or order.is_unpaid
    if order.created_at is None or has_no_term:
        return False
    return facts.now - order.created_at >= length_of(term(facts, order))


def may_be_due(facts: Facts, order: Order) -> bool:
    """Return whether an adopted order's certificate may be due, by age: it may be much shorter than its term."""
    if facts.is_created(order.id) or order.created_at is None:
        return False
    return facts.now - order.created_at >= 30 * A_DAY


def paid_term(facts: Facts, order: Order) -> Certificate | None:
    """Return when the term that was paid with an order begins and ends, as dates of a certificate.

    It is Query's ``createTime`` and months. A certificate may be shorter: its dates do not count.

    :returns: ``None`` if Query does not say when the order was placed
    """
    begins = order.created_at
    return Certificate(begins, begins + length_of(paid_months(term(facts, order)))) if begins is not None else None


def is_purchase(facts: Facts, order: Order, certificate: Certificate | None) -> bool:
    """Return whether an order that a host calls its own root may be followed as one.

    A name begins a chain of orders; each order is followed by one order at most. A host may pass a reissue off as a
    root, and a repeated Create may answer one. Its certificate ends earlier than the term of a purchase of its age, and
    has no whole term.

    :param certificate: that RetrievePem gives for the order
    """
    dates = paid_term(facts, order)
    if certificate is None or dates is None or is_same_id(facts.wanted.root_order_id, order.id):
        return True
    is_whole = certificate.not_after - certificate.not_before >= dates.not_after - dates.not_before - ONE_END
    return is_whole or reaches_end(certificate, dates)


def reaches_end(certificate: Certificate, dates: Certificate) -> bool:
    """Return whether a certificate ends with a paid term, or later."""
    return certificate.not_after >= dates.not_after - ONE_END


def is_due(facts: Facts, root: Order, order: Order, certificate: Certificate | None) -> bool:
    """Return whether the certificate of the order in use is due, and the paid term of its known root is.

    Only two things are followed without a person: nothing (a name's first order), and a known root that is due. Due
    means both: the certificate of the order in use is in its renewal window, and the root's paid term is. A certificate
    may be shorter than the term that was paid: then it is reissued.

    :param certificate: that RetrievePem gives for the order in use; ``None`` if it has ended without one
    """
    dates = paid_term(facts, root)
    if dates is None or (certificate is not None and not is_in_renewal_window(facts, certificate, order)):
        return False
    is_one_end = certificate is not None and reaches_end(certificate, dates)
    return is_one_end or facts.now >= window(dates, facts.wanted, term(facts, root)).opens


def dates_while_pending(facts: Facts, order: Order) -> Certificate | None:
    """Return the dates of a pending order's term; ``None`` otherwise.

    They replace a certificate's dates during a reissue under the same id: RetrievePem then has no certificate.
    """
    return None if order.is_issued or order.is_dead else paid_term(facts, order)


def days_left(certificate: Certificate, now: dt.datetime) -> float:
    """Days until the certificate expires; negative once it has."""
    return (certificate.not_after - now).total_seconds() / 86400


def _fraction(name: str) -> float:
    """Return a number from 0 to 1 for a name.

    The number depends on the name only, and numbers are spread evenly. A random number in each run would renew at the
    earliest of all runs.
    """
    digest = hashlib.sha256(name.encode("utf-8")).digest()
    return int.from_bytes(digest[:4], "big") / _FRACTIONS
