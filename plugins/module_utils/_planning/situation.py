# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Situations: what the tables see of one order, in fields of few values each.

A field decides nothing. It is evaluated when a row is the first that needs it, so what the CA must be asked is what a
row needs. A host's record is a claim: before an order id in it is used, the order is compared with Query's answer.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    NotFound,
    RejectedByApi,
    TimedOut,
    Unavailable,
    WotrusError,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import ISSUED, Order
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import LiveCertificate
from ansible_collections.wotrus.pki.plugins.module_utils._planning.claims import Claim, live_claim, pending_claim
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Handling
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import CertificateAnswer, Facts
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, Text

YES, NO = "yes", "no"
_T = t.TypeVar("_T")


class CallFailed(Exception):
    """A call to the CA failed, which says nothing about the order."""

    def __init__(self, error: WotrusError | None, claim: Claim) -> None:
        super().__init__(str(error))
        self.error = error
        self.claim = claim


@dataclasses.dataclass(frozen=True)
class Said:
    """Why something is asked for or blocked, and the details of a reissue.

    :ivar reason: a stable word
    :ivar months: of the record
    :ivar refused_order_id: a reissue of the same order that was refused or dropped
    :ivar ended: serial number and end of the certificate that ends, if it is reissued for that
    :ivar handling: of the decision that it becomes
    """

    reason: str
    why: Text
    months: int | None = None
    refused_order_id: str | None = None
    ended: tuple[str | None, str | None] = (None, None)
    handling: Handling | None = None
    warnings: tuple[Message, ...] = ()


def sure(value: _T | None) -> _T:
    """Return a value that the rows before have made sure of.

    :raises ValueError: they have not
    """
    if value is None:
        raise ValueError("A row asks for what no row before it has made sure of.")
    return value


_NO_ORDER = Claim("", None)


@dataclasses.dataclass(frozen=True, eq=False)
class Situation:
    """What the tables see of one order.

    :ivar claim: the order; before the first table, none
    :ivar newest: the certificate of the record whose order it is; ``None`` if it is not deployed
    :ivar dropped: a reissue of the order that was refused or closed, or whose key is lost
    :ivar ended_companion: the SM2 order beside it, if that has ended
    :ivar said: why a row of another table led here
    """

    facts: Facts
    claim: Claim = _NO_ORDER
    newest: LiveCertificate | None = None
    dropped: Order | None = None
    ended_companion: Order | None = None
    said: Said = Said("", "")
    known: dict[t.Any, t.Any] = dataclasses.field(default_factory=dict, repr=False)

    def about(self, claim: Claim, **changed: t.Any) -> Situation:
        """Return the situation of another order."""
        return Situation(self.facts, claim, **changed)

    def saying(self, said: Said) -> Situation:
        """Return the situation with why a row led on."""
        return dataclasses.replace(self, said=said, known={})

    def other(self, make: t.Callable[[Situation], Situation]) -> Situation:
        """Return another situation, which is made of this one once."""
        if make not in self.known:
            self.known[make] = make(self)
        return t.cast(Situation, self.known[make])

    def value(self, name: str) -> str:
        """Return the value of a field.

        :raises Unasked: the CA has to be asked first
        :raises CallFailed: it was asked, and did not answer
        """
        if name not in self.known:
            self.known[name] = FIELDS[name].of(self)
        return str(self.known[name])

    @property
    def said_order(self) -> Order:
        """What Query says of the order, which WoTrus shows."""
        return t.cast(Order, self.facts.answer(self.claim.order_id).order)


@dataclasses.dataclass(frozen=True)
class Field:
    """A field: all values that it can have, the function that tells which, and what that says of itself."""

    values: tuple[str, ...]
    of: t.Callable[[Situation], str]
    says: str | None


FIELDS: dict[str, Field] = {}
_Of = t.Callable[[Situation], str]
_Whether = t.Callable[[Situation], bool]


def field(*values: str) -> t.Callable[[_Of], _Of]:
    """Make a function a field, by its name."""

    def keep(of: _Of) -> _Of:
        FIELDS[of.__name__] = Field(values, of, of.__doc__)
        return of

    return keep


def flag(of: _Whether) -> _Whether:
    """Make a function a field that is ``yes`` or ``no``, by its name."""
    FIELDS[of.__name__] = Field((NO, YES), lambda case: YES if of(case) else NO, of.__doc__)
    return of


def queried(facts: Facts, order_id: str) -> Order | None:
    """Return what Query says of an order; ``None`` if WoTrus does not know it.

    :raises CallFailed: Query failed, which says nothing about the order
    """
    answer = facts.answer(order_id)
    if answer.order is None and not isinstance(answer.error, NotFound):
        raise CallFailed(answer.error, Claim(order_id, None))
    return answer.order


def fetched(facts: Facts, order_id: str, claim: Claim) -> CertificateAnswer:
    """Return what RetrievePem said of an order.

    :raises CallFailed: it failed, which says nothing about the certificate
    """
    answer = facts.certificate(order_id)
    error = answer.error
    if isinstance(error, (TimedOut, Unavailable)) or (isinstance(error, RejectedByApi) and error.is_temporary):
        raise CallFailed(error, claim)
    return answer


def order_of(case: Situation) -> Order:
    """Return the order, as issued if it is only archived."""
    return dataclasses.replace(case.said_order, status=ISSUED) if case.value("archived") == YES else case.said_order


def root_of(case: Situation) -> Order | None:
    """Return the order of the purchase, if it is known and WoTrus shows it."""
    root_id = case.claim.root_order_id
    if root_id is None or is_same_id(root_id, case.said_order.id):
        return case.said_order if root_id else None
    return queried(case.facts, root_id)


def order_to_replace(facts: Facts, order_id: str, root_order_id: str | None) -> str:
    """Return the id for ``replace_orders``: of the purchase, since nothing follows a reissue, if WoTrus shows it."""
    return root_order_id if root_order_id and queried(facts, root_order_id) else order_id


# Situations of other orders


def of_newest(case: Situation) -> Situation:
    """Return the situation of the newest certificate of the record."""
    found = sure(case.facts.host.rolled_back or case.facts.live)
    return case.about(live_claim(case.facts, found), newest=found)


def of_live(case: Situation) -> Situation:
    """Return the situation of the certificate that is live by the record."""
    live = sure(case.facts.live)
    return case.about(live_claim(case.facts, live), newest=live)


def of_entry(case: Situation) -> Situation:
    """Return the situation of the order that the entry names, with which the chain begins."""
    return case.about(Claim(str(case.facts.wanted.order_id), case.facts.wanted.root_order_id))


def of_pending(case: Situation) -> Situation:
    """Return the situation of the pending order; of a reissue that is not known yet, that of its order."""
    pending = sure(case.facts.pending)
    return case.about(pending_claim(case.facts, pending, str(pending.order_id or pending.superseded_order_id)))


def of_followed(case: Situation) -> Situation:
    """Return the situation of the order that a renewal or replacement follows which is not known yet."""
    pending = sure(case.facts.pending)
    return case.about(Claim(str(pending.superseded_order_id), pending.follows))


def of_named_reissue(case: Situation) -> Situation:
    """Return the situation of the reissue that the entry names, in place of one that is not known yet."""
    return case.about(dataclasses.replace(case.claim, order_id=str(case.facts.wanted.order_id)))


def of_original(case: Situation) -> Situation:
    """Return the situation of the order that a reissue is of."""
    return case.about(case.claim.original)


def of_dropped(case: Situation) -> Situation:
    """Return the situation of the order that a reissue is of which was refused or closed, or whose key is lost."""
    order, live = order_of(case), case.facts.live
    dropped: Order | None = order if order.is_dead else None
    if live is None or not is_same_id(live.order_id, case.claim.superseded_order_id):
        return case.about(dataclasses.replace(case.claim.original, refused=dropped), dropped=order)
    claim = dataclasses.replace(live_claim(case.facts, live), is_reissue_tried=True, refused=dropped)
    return case.about(claim, newest=live, dropped=order)
