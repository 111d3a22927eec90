# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The seven calls of the manual."""

from __future__ import annotations

import datetime
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from .answers import Answer, created_ids, query_data, retrieve_data, success
from .authority import Authority
from .errors import NotKnownYet, Refusal
from .order_lifecycle import Lifecycle
from .order_placement import OrderPlacement
from .orders import DEAD, LIVE, Order, Status
from .request_bodies import Fields, check_reissue, read_cancel, read_create, read_notify, read_reissue, read_revoke
from .sm2 import CHAIN, Sm2Authority
from .store import Store


@dataclass(frozen=True, slots=True)
class Call:
    """A call: its order's id, and the JSON body of a POST."""

    order_id: str
    body: Fields


@dataclass(frozen=True, slots=True)
class CallAnswer:
    """An answer, and its order for the log of calls."""

    answer: Answer
    order_id: str | None


class Endpoints:
    """Carries out each call. Refusal becomes ``isSuccess`` false."""

    def __init__(
        self,
        *,
        store: Store,
        lifecycle: Lifecycle,
        placement: OrderPlacement,
        authority: Authority,
        sm2: Sm2Authority,
        base_url: str,
    ) -> None:
        self._store = store
        self._lifecycle = lifecycle
        self._placement = placement
        self._authority = authority
        self._sm2 = sm2
        self._base_url = base_url
        self.by_name: Mapping[str, Callable[[Call], Awaitable[CallAnswer]]] = {
            "create": self._create,
            "query": self._query,
            "retrieve": self._retrieve,
            "cancel": self._cancel,
            "revoke": self._revoke,
            "reissue": self._reissue,
            "notify": self._notify,
        }

    @property
    def numbers_as_text(self) -> bool:
        """Whether numbers in answers are JSON strings."""
        return self._lifecycle.settings.numbers_as_text

    async def _order(self, order_id: str) -> Order:
        order = self._store.find(order_id)
        if order is None:
            raise Refusal("订单不存在")
        return await self._lifecycle.run_due_steps(order)

    async def _known_order(self, order_id: str) -> Order:
        """Return an order for Query and RetrievePem.

        NotKnownYet if they do not know it yet.
        """
        order = await self._order(order_id)
        if self._lifecycle.is_unknown_yet(order):
            raise NotKnownYet(order.id)
        return order

    async def _create(self, call: Call) -> CallAnswer:
        placed = await self._placement.create(read_create(call.body))
        companion = self._store.find(placed.order.companion) if placed.order.companion else None
        ids = created_ids(
            placed.order, companion=companion, repeated=placed.repeated, style=self._lifecycle.settings.id_style
        )
        # errorMsg has this text in the manual's example of a success.
        return CallAnswer(success(ids, error_msg="string", success_msg="创建订单成功"), placed.order.id)

    async def _query(self, call: Call) -> CallAnswer:
        order = await self._known_order(call.order_id)
        data = query_data(order, base_url=self._base_url, style=self._lifecycle.settings.id_style)
        answer = success(data, error_msg=None, success_msg="success")
        return CallAnswer({**answer, "page": None}, order.id)

    async def _retrieve(self, call: Call) -> CallAnswer:
        if not call.order_id.strip():
            raise Refusal("orderID 不能为空")
        order = await self._known_order(call.order_id)
        if order.status is Status.PENDING_CA_ISSUED and order.ready and order.is_pay:
            await self._lifecycle.issue(order)
            order = self._lifecycle.reload(order)
        old = self._lifecycle.find_old_certificates(order) if order.status not in DEAD else []
        if order.status not in LIVE and not old:
            raise Refusal(_no_certificate_reason(order), order_id=order.id)
        data = retrieve_data(order, old or self._store.certificates(order.id), chain_of=self._chain_of)
        return CallAnswer(success(data), order.id)

    def _chain_of(self, kind: str) -> list[str]:
        if kind == CHAIN:
            return self._sm2.chain()
        ends = self._lifecycle.settings.chain_ends
        return self._authority.chain(kind, ends=datetime.datetime.fromisoformat(ends) if ends else None)

    async def _cancel(self, call: Call) -> CallAnswer:
        order = await self._order(read_cancel(call.body))
        reason = _cancel_failure(order)
        if not reason:
            self._lifecycle.close_or_reject(order, status=Status.CLOSED)
        answer = success({"cancelResult": not reason, "cancelFailedReason": reason})
        del answer["page"]
        return CallAnswer(answer, order.id)

    async def _revoke(self, call: Call) -> CallAnswer:
        order = await self._order(read_revoke(call.body))
        if order.status is Status.PENDING_REVOKE:
            raise Refusal("吊销申请正在审核，请勿重复提交")
        if order.status is Status.REVOKED:
            raise Refusal("证书已吊销")
        if order.status is not Status.ISSUED:
            raise Refusal("证书未签发，不能吊销")
        revoked = self._lifecycle.request_revocation(order)
        data = {"revokeStatus": "revoked" if revoked else "pendingAudit", "revoked": revoked}
        return CallAnswer(success(data, success_msg="申请吊销成功"), order.id)

    async def _reissue(self, call: Call) -> CallAnswer:
        reissue = read_reissue(call.body)
        order = await self._order(reissue.order_id)
        # Check this first: the order may have changed since the first try.
        placed = await self._placement.find_repeated_reissue(reissue.idempotence)
        if placed is None:
            request = check_reissue(reissue, order)
            if order.status is not Status.ISSUED:
                raise Refusal("订单未签发，不能重新颁发")
            if not self._lifecycle.may_be_reissued(order):
                raise Refusal("证书已过期，不能重新颁发")
            placed = self._placement.reissue(order, request=request)
        new_id = placed.order.format_id(self._lifecycle.settings.id_style, variant=int(placed.repeated), new=True)
        answer = None if self._lifecycle.settings.reissue_answer == "null" else new_id
        return CallAnswer(success({"newOrderID": answer}, success_msg="申请重新颁发成功"), placed.order.id)

    async def _notify(self, call: Call) -> CallAnswer:
        order = await self._order(read_notify(call.body))
        organization = order.request.organization
        reachable = bool(organization.get("orgEmail") or organization.get("userEmail"))
        sent = self._lifecycle.settings.notify_sent and order.status is Status.ISSUED and reachable
        answer = success({"sentResult": sent})
        del answer["page"]
        return CallAnswer(answer, order.id)


def _no_certificate_reason(order: Order) -> str:
    reasons = {
        Status.CLOSED: "订单已关闭",
        Status.REJECTED: "订单已被拒绝",
        Status.REVOKED: "证书已吊销",
    }
    if order.is_waiting and not order.is_pay:
        return "订单未支付"
    return reasons.get(order.status, "证书未签发，请稍后再试")


def _cancel_failure(order: Order) -> str:
    reasons = {
        Status.CLOSED: "订单已关闭",
        Status.REJECTED: "订单已被拒绝",
        Status.REVOKED: "证书已吊销",
        Status.ISSUED: "证书已签发",
        Status.PENDING_REVOKE: "证书已签发",
    }
    return reasons.get(order.status, "")
