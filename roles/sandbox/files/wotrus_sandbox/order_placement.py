# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Places orders and reissues, one for each idempotence value."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace

from .clock import Clock, beijing
from .errors import Refusal
from .order_lifecycle import Lifecycle
from .orders import DEAD, PRODUCTS, InPlaceReissue, Order, OrderKind, OrderRequest, Status, Step
from .store import IdempotenceRepeated, Store

CREATE = "create"
REISSUE = "reissue"


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """An order that was placed now, or before (``repeated``)."""

    order: Order
    repeated: bool


class OrderPlacement:
    """Adds rows to the orders table."""

    def __init__(self, *, store: Store, clock: Clock, lifecycle: Lifecycle) -> None:
        self._store = store
        self._clock = clock
        self._lifecycle = lifecycle
        self._last_number = store.last_order_number()

    async def create(self, request: OrderRequest) -> PlacedOrder:
        """Place an order (manual, section 2). Refusal if a repeat is refused."""
        first = await self._find_first(operation=CREATE, value=request.idempotence)
        if first is not None and first.status in DEAD and self._lifecycle.settings.repeat_answer == "new_if_dead":
            self._store.delete_idempotence(operation=CREATE, value=request.idempotence, order_id=first.id)
        order_id = _new_id()
        companion = _new_id() if _is_sm2_pair(request) else None
        try:
            with self._store.transaction():
                self._store.bind_idempotence(
                    operation=CREATE, value=request.idempotence, order_id=order_id, now=self._clock.now()
                )
                self._insert(order_id, kind=OrderKind.ORDER, request=_without_csr(request) if companion else request)
                if companion:
                    self._insert(companion, kind=OrderKind.COMPANION, request=request, parent=order_id)
                    self._store.change(order_id, companion=companion)
        except IdempotenceRepeated as repeated:
            return self._answer_repeat(repeated.order_id)
        return self._placed_order(order_id)

    async def find_repeated_reissue(self, idempotence: str) -> PlacedOrder | None:
        """Return the reissue of an idempotence value, or None.

        Refusal if a repeat is refused.
        """
        if not self._keeps_reissue_values:
            return None
        first = await self._find_first(operation=REISSUE, value=idempotence)
        return None if first is None else self._answer_repeat(first.id)

    @property
    def _keeps_reissue_values(self) -> bool:
        return self._lifecycle.settings.readings["reissue_values"] == "kept"

    async def _find_first(self, *, operation: str, value: str) -> Order | None:
        """Return the order of an idempotence value, or None.

        None also stands for a value that is forgotten.
        """
        found = self._store.find_idempotence(operation=operation, value=value)
        if found is None:
            return None
        lifetime = self._lifecycle.settings.idempotence_lifetime
        if lifetime and self._clock.now() - found.first_used >= lifetime:
            self._store.delete_idempotence(operation=operation, value=value, order_id=found.order_id)
            return None
        order = self._store.find(found.order_id)
        return None if order is None else await self._lifecycle.run_due_steps(order)

    def reissue(self, order: Order, *, request: OrderRequest) -> PlacedOrder:
        """Request a new certificate for ``order`` (manual, section 7).

        The setting ``reissue_answer`` decides whether a new order is placed or the same order gets the certificate.
        """
        not_after = self._lifecycle.end_of_reissue(order)
        in_place = self._lifecycle.settings.reissue_answer != "new"
        order_id = order.id if in_place else _new_id()
        value = request.idempotence if self._keeps_reissue_values else ""
        with self._store.transaction():
            self._store.bind_idempotence(operation=REISSUE, value=value, order_id=order_id, now=self._clock.now())
            if in_place:
                self._reissue_in_place(order, request=request, not_after=not_after)
            else:
                self._insert(order_id, kind=OrderKind.REISSUE, request=request, parent=order.id, not_after=not_after)
            self._store.change(order.id, reissues=order.reissues + 1)
        return self._placed_order(order_id)

    def _insert(
        self,
        order_id: str,
        *,
        kind: OrderKind,
        request: OrderRequest,
        parent: str | None = None,
        not_after: float | None = None,
    ) -> None:
        now = self._clock.now()
        step, due = self._lifecycle.first_step(now=now)
        status = _first_status(request)
        if self._lifecycle.settings.reject_new and kind is not OrderKind.REISSUE:
            status, step, due = Status.REJECTED, Step.NONE, None
        self._store.insert(
            order_id=order_id,
            kind=kind,
            request=request,
            status=status,
            is_pay=0 if self._lifecycle.settings.unpaid and kind is OrderKind.ORDER else 1,
            step=step,
            due=due,
            created=now,
            order_number=self._next_number(now),
            parent=parent,
            not_after=not_after,
        )

    def _reissue_in_place(self, order: Order, *, request: OrderRequest, not_after: float | None) -> None:
        now = self._clock.now()
        step, due = self._lifecycle.first_step(now=now)
        serials = tuple(certificate.serial for certificate in self._store.certificates(order.id))
        self._store.save_in_place_reissue(
            order.id, InPlaceReissue(order.request, order.not_after, serials, requested=now)
        )
        self._store.change(
            order.id,
            request=request,
            status=_first_status(request),
            step=step,
            due=due,
            ready=False,
            pushed=False,
            not_after=not_after,
        )

    def _next_number(self, now: float) -> str:
        """Return an order number.

        It is the time in milliseconds, as in the manual's example, or the next free number.
        """
        wanted = int(beijing(now).strftime("%y%m%d%H%M%S%f")[:15])
        self._last_number = max(wanted, self._last_number + 1)
        return str(self._last_number)

    def _answer_repeat(self, order_id: str) -> PlacedOrder:
        placed = self._placed_order(order_id)
        match self._lifecycle.settings.repeat_answer:
            case "refuse":
                raise Refusal("幂等值已存在，请勿重复提交")
            case "refuse_with_id":
                named = placed.order.format_id(self._lifecycle.settings.id_style, new=True).strip()
                raise Refusal(f"幂等值已存在，订单号为 {named}", order_id=order_id)
            case _:
                return replace(placed, repeated=True)

    def _placed_order(self, order_id: str) -> PlacedOrder:
        order = self._store.find(order_id)
        if order is None:
            raise LookupError(order_id)
        self._lifecycle.wake()
        return PlacedOrder(order, repeated=False)


def _is_sm2_pair(request: OrderRequest) -> bool:
    """Return whether a create needs an SM2 pair and a companion order."""
    return PRODUCTS[request.product_id].is_sm2 and bool(request.csr)


def _without_csr(request: OrderRequest) -> OrderRequest:
    """Remove the RSA CSR.

    Create has no field for an SM2 CSR, so the pair's keys are made as on a token.
    """
    return replace(request, csr="")


def _first_status(request: OrderRequest) -> Status:
    return PRODUCTS[request.product_id].first_status


def _new_id() -> str:
    return str(uuid.uuid4())
