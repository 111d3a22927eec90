# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a certificate is renewed."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib

from ansible_collections.wotrus.pki.plugins.module_utils._model.order import REJECTED, Order
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts, WantedCertificate
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import Certificate

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
    """Return whether an order's certificate is due, by the order's term."""
    return facts.now >= window(certificate, facts.wanted, term(order, facts.wanted)).opens


def term(order: Order | None, wanted: WantedCertificate) -> int:
    """Return an order's term in months: Query's, else the entry's."""
    return (order.months if order else None) or wanted.months


def paid_months(months: int) -> int:
    """Return a term without the month for the days that are left, which a certificate need not have: 13 is 12."""
    return max(months - months % 12, 1)


def length_of(months: int) -> dt.timedelta:
    """Return how long a term of so many months is."""
    return dt.timedelta(days=months * _DAYS_A_MONTH)


def is_over(facts: Facts, order: Order) -> bool:
    """Return whether the order's term is over.

    Whatever its status is, it has ended by its age. An order that is not issued yet, or that was refused, has no term.
    """
    if order.created_at is None or order.status == REJECTED or order.is_waiting:
        return False
    return facts.now - order.created_at >= length_of(term(order, facts.wanted))


def may_be_due(facts: Facts, order: Order) -> bool:
    """Return whether an adopted order's certificate may be due, by age."""
    if facts.is_created(order.id) or order.created_at is None:
        return False
    return facts.now - order.created_at >= length_of(term(order, facts.wanted)) / _SHARE


def term_dates(facts: Facts, order: Order) -> Certificate | None:
    """Return when an order's own term begins and ends, as dates of a certificate; ``None`` if nobody says it.

    Query's ``createTime`` and months, else the dates of its certificate, else the months of the entry.
    """
    begins = order.created_at
    if begins is not None and order.months is not None:
        return Certificate(begins, begins + length_of(paid_months(order.months)))
    certificate = facts.certificate(order.id).certificate
    if certificate is not None or begins is None:
        return certificate
    return Certificate(begins, begins + length_of(facts.wanted.months))


def is_old_enough(facts: Facts, dates: Certificate, months: int) -> bool:
    """Return whether more than a third of a term has passed, by the CA's clock."""
    return facts.ca_time is not None and facts.ca_time - dates.not_before >= length_of(months) / _SHARE


def dates_while_pending(facts: Facts, order: Order) -> Certificate | None:
    """Return the dates of a pending order's term; ``None`` otherwise.

    They replace a certificate's dates during a reissue under the same id: RetrievePem then has no certificate.
    """
    if order.is_issued or order.is_dead or order.created_at is None:
        return None
    return Certificate(order.created_at, order.created_at + length_of(term(order, facts.wanted)))


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
