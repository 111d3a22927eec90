# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Places orders and reissues: each once for an idempotence value, however often and at once it is asked for."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace

from .clock import Clock, beijing
from .errors import Refusal
from .order_lifecycle import Life
from .orders import DEAD, PRODUCTS, Kind, Order, Renewal, Sent, Status, Step
from .store import AlreadyThere, Store

CREATE = "create"
REISSUE = "reissue"


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that was placed now, or adopted because it was placed before."""

    order: Order
    repeated: bool


class Accounts:
    """Everything that makes a row in the orders table."""

    def __init__(self, *, store: Store, clock: Clock, life: Life) -> None:
        self._store = store
        self._clock = clock
        self._life = life
        self._last_number = store.last_order_number()

    async def create(self, sent: Sent) -> Placed:
        """Place an order (manual, section 2). Refusal where a repeat is refused."""
        first = await self._first(space=CREATE, value=sent.idempotence)
        if first is not None and first.status in DEAD and self._life.settings.repeat_answer == "new_if_dead":
            self._store.forget_claim(space=CREATE, value=sent.idempotence, order_id=first.id)
        order_id = _new_id()
        companion = _new_id() if _is_pair(sent) else None
        try:
            with self._store.transaction():
                self._store.claim(space=CREATE, value=sent.idempotence, order_id=order_id, now=self._clock.now())
                self._insert(order_id, kind=Kind.ORDER, sent=_without_csr(sent) if companion else sent)
                if companion:
                    self._insert(companion, kind=Kind.COMPANION, sent=sent, parent=order_id)
                    self._store.change(order_id, companion=companion)
        except AlreadyThere as there:
            return self._repeated(there.order_id)
        return self._placed(order_id)

    async def reissued_before(self, idempotence: str) -> Placed | None:
        """Return the reissue that an idempotence value stands for, or None; Refusal where a repeat is refused."""
        first = await self._first(space=REISSUE, value=idempotence)
        return None if first is None else self._repeated(first.id)

    async def _first(self, *, space: str, value: str) -> Order | None:
        """Return the order that an idempotence value stands for, as it is now; None where the value is new or old."""
        found = self._store.find_claim(space=space, value=value)
        if found is None:
            return None
        lifetime = self._life.settings.idempotence_lifetime
        if lifetime and self._clock.now() - found.claimed >= lifetime:
            self._store.forget_claim(space=space, value=value, order_id=found.order_id)
            return None
        order = self._store.find(found.order_id)
        return None if order is None else await self._life.settle(order)

    def reissue(self, order: Order, *, sent: Sent) -> Placed:
        """Ask for a new certificate for ``order`` (manual, section 7).

        The answer's order is a new one; or, as the setting ``reissue_answer`` says, the same one, renewed in place.
        """
        not_after = self._store.end_of(order.id)
        in_place = self._life.settings.reissue_answer != "new"
        order_id = order.id if in_place else _new_id()
        with self._store.transaction():
            self._store.claim(space=REISSUE, value=sent.idempotence, order_id=order_id, now=self._clock.now())
            if in_place:
                self._renew(order, sent=sent, not_after=not_after)
            else:
                self._insert(order_id, kind=Kind.REISSUE, sent=sent, parent=order.id, not_after=not_after)
            self._store.change(order.id, reissues=order.reissues + 1)
        return self._placed(order_id)

    def _insert(
        self, order_id: str, *, kind: Kind, sent: Sent, parent: str | None = None, not_after: float | None = None
    ) -> None:
        now = self._clock.now()
        step, due = self._life.review_of_new(now=now)
        status = _first_status(sent)
        if self._life.settings.reject_new and kind is not Kind.REISSUE:
            status, step, due = Status.REJECTED, Step.NONE, None
        self._store.insert(
            order_id=order_id,
            kind=kind,
            sent=sent,
            status=status,
            is_pay=0 if self._life.settings.unpaid and kind is Kind.ORDER else 1,
            step=step,
            due=due,
            created=now,
            order_number=self._next_number(now),
            parent=parent,
            not_after=not_after,
        )

    def _renew(self, order: Order, *, sent: Sent, not_after: float) -> None:
        now = self._clock.now()
        step, due = self._life.review_of_new(now=now)
        serials = tuple(certificate.serial for certificate in self._store.certificates(order.id))
        self._store.save_renewal(order.id, Renewal(order.sent, order.not_after, serials, asked=now))
        self._store.change(
            order.id,
            sent=sent,
            status=_first_status(sent),
            step=step,
            due=due,
            ready=False,
            pushed=False,
            not_after=not_after,
        )

    def _next_number(self, now: float) -> str:
        """Return an order number: the time to the millisecond as in the manual's example, or the next free one."""
        wanted = int(beijing(now).strftime("%y%m%d%H%M%S%f")[:15])
        self._last_number = max(wanted, self._last_number + 1)
        return str(self._last_number)

    def _repeated(self, order_id: str) -> Placed:
        placed = self._placed(order_id)
        match self._life.settings.repeat_answer:
            case "refuse":
                raise Refusal("幂等值已存在，请勿重复提交")
            case "refuse_with_id":
                named = placed.order.spelled(self._life.settings.id_style, new=True).strip()
                raise Refusal(f"幂等值已存在，订单号为 {named}", order_id=order_id)
            case _:
                return replace(placed, repeated=True)

    def _placed(self, order_id: str) -> Placed:
        order = self._store.find(order_id)
        if order is None:
            raise LookupError(order_id)
        self._life.wake()
        return Placed(order, repeated=False)


def _is_pair(sent: Sent) -> bool:
    """Whether a create asks for an SM2 pair with an RSA companion: an SM2 product and a CSR that is not SM2."""
    return PRODUCTS[sent.product_id].sm2 and bool(sent.csr)


def _without_csr(sent: Sent) -> Sent:
    """The create call has no field for an SM2 CSR: the pair's keys are made as on a token."""
    return replace(sent, csr="")


def _first_status(sent: Sent) -> Status:
    return PRODUCTS[sent.product_id].first


def _new_id() -> str:
    return str(uuid.uuid4())
