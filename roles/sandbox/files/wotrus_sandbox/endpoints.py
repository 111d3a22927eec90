# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The seven calls of the manual."""

from __future__ import annotations

import datetime
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from .answer_forms import vary_ids, vary_query
from .answers import Answer, created_ids, failure, query_data, retrieve_data, success
from .authority import Authority
from .errors import NotKnownYet, Refusal
from .order_lifecycle import Lifecycle
from .order_placement import OrderPlacement
from .orders import DEAD, LIVE, Order, Status
from .readings import Readings
from .request_bodies import Fields, check_reissue, read_cancel, read_create, read_notify, read_reissue, read_revoke
from .settings import Settings
from .sm2 import CHAIN, Sm2Authority
from .store import Store


@dataclass(frozen=True, slots=True)
class Call:
    """A call: its order's id, and the JSON body of a POST."""

    order_id: str
    body: Fields


@dataclass(frozen=True, slots=True)
class CallAnswer:
    """An answer, and its order for the log of calls.

    :ivar answer: None is HTTP 404
    :ivar is_repeat: the answer to a value that was used before
    """

    answer: Answer | None
    order_id: str | None
    is_repeat: bool = False


UNKNOWN_ORDER = "订单不存在"
BUSY = "系统繁忙，请稍后再试"


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
        self._by_name: Mapping[str, Callable[[Call], Awaitable[CallAnswer]]] = {
            "create": self._create,
            "query": self._query,
            "retrieve": self._retrieve,
            "cancel": self._cancel,
            "revoke": self._revoke,
            "reissue": self._reissue,
            "notify": self._notify,
        }

    @property
    def settings(self) -> Settings:
        """The settings at this moment."""
        return self._lifecycle.settings

    @property
    def _readings(self) -> Readings:
        return self.settings.readings

    async def answer(self, name: str, call: Call) -> CallAnswer:
        """Carry out a call. Refusal or NotKnownYet if it has no effect."""
        done = await self._by_name[name](call)
        is_failed = self._is_called_failed(name) and not done.is_repeat
        return CallAnswer(failure(BUSY), done.order_id) if is_failed else done

    def _is_called_failed(self, name: str) -> bool:
        """Return whether WoTrus says that a call failed, although it has its effect."""
        if name == "create":
            return self._readings["create_answer"] == "busy at first"
        return self._readings["stored_but_failed"] == name

    async def _order(self, order_id: str) -> Order:
        order = self._store.find(order_id)
        if order is None:
            raise Refusal(UNKNOWN_ORDER)
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
        placed = await self._placement.create(read_create(call.body, self._readings))
        companion = self._store.find(placed.order.companion) if placed.order.companion else None
        ids = created_ids(placed.order, companion=companion, repeated=placed.repeated, style=self.settings.id_style)
        if placed.repeated and self._readings["repeat_of_reissued"] == "newest":
            ids = self._name_newest_reissue(ids, placed.order)
        without = ("none",) if placed.repeated else ("none", "none at first")
        if self._readings["create_answer"] in without:
            ids = dict.fromkeys(ids)
        # errorMsg has this text in the manual's example of a success.
        answer = success(vary_ids(ids, self._readings), error_msg="string", success_msg="创建订单成功")
        if self._readings["odd_field"] == "isSuccess":
            answer["isSuccess"] = "true"
        return CallAnswer(answer, placed.order.id, is_repeat=placed.repeated)

    def _name_newest_reissue(self, ids: dict[str, object], order: Order) -> dict[str, object]:
        newest = self._lifecycle.find_newest_reissue(order)
        return {name: newest.id if newest and value else value for name, value in ids.items()}

    async def _query(self, call: Call) -> CallAnswer:
        order = await self._known_order(self._find_queried(call.order_id))
        status = self._lifecycle.shown_status(order)
        data = query_data(order, status=status, base_url=self._base_url, style=self.settings.id_style)
        reissue = self._store.find_in_place_reissue(order.id)
        data = vary_query(data, order, self._readings, reissued=reissue.requested if reissue else None)
        answer = success(data, error_msg=None, success_msg="success")
        return CallAnswer({**answer, "page": None}, order.id)

    def _find_queried(self, order_id: str) -> str:
        """Return the order about which Query answers in place of one that was reissued."""
        order = self._store.find(order_id)
        newest = self._lifecycle.find_newest_reissue(order) if order else None
        if newest is None or self._readings["replaced_order"] == "known":
            return order_id
        if self._readings["replaced_order"] == "unknown":
            raise Refusal(UNKNOWN_ORDER)
        return newest.id

    async def _retrieve(self, call: Call) -> CallAnswer:
        if not call.order_id.strip():
            raise Refusal("orderID 不能为空")
        order = await self._known_order(call.order_id)
        self._check_withheld(order)
        if order.status is Status.PENDING_CA_ISSUED and order.ready and order.is_pay:
            await self._lifecycle.issue(order)
            order = self._lifecycle.reload(order)
        old = self._lifecycle.find_old_certificates(order) if order.status not in DEAD else []
        if order.status not in LIVE and not old:
            raise Refusal(_no_certificate_reason(order), order_id=order.id)
        data = retrieve_data(order, old or self._store.certificates(order.id), chain_of=self._chain_of)
        if self._readings["sign_beside"] == "yes" and data["pem_RSA"]:
            data.update(pem_Sign=data["pem_RSA"], chains_Sign=[])
        self._lifecycle.mark_fetched(order)
        return CallAnswer(success(data), order.id)

    def _check_withheld(self, order: Order) -> None:
        """Refuse a certificate that RetrievePem does not give (any more)."""
        if order.is_pay != 1 and self._readings["unpaid_certificate"] == "withheld":
            raise Refusal("订单未支付", order_id=order.id)
        if self._readings["archive"].endswith("without its certificate") and self._lifecycle.is_archived(order):
            raise Refusal("订单已关闭", order_id=order.id)
        is_over = order.status in LIVE and self._lifecycle.is_expired(order)
        if is_over and self._readings["expired_certificate"] == "refused":
            raise Refusal("证书已过期", order_id=order.id)

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
            if not self._lifecycle.has_reissues_left(order):
                raise Refusal("该订单的重新颁发次数已用完", order_id=order.id)
            request = check_reissue(reissue, order, self._readings)
            if order.status is not Status.ISSUED:
                raise Refusal("订单未签发，不能重新颁发")
            if not self._lifecycle.may_be_reissued(order):
                raise Refusal("证书已过期，不能重新颁发")
            placed = self._placement.reissue(order, request=request)
        new_id = placed.order.format_id(self.settings.id_style, variant=int(placed.repeated), new=True)
        ids = vary_ids({"newOrderID": None if self.settings.reissue_answer == "null" else new_id}, self._readings)
        return CallAnswer(success(ids, success_msg="申请重新颁发成功"), placed.order.id, is_repeat=placed.repeated)

    async def _notify(self, call: Call) -> CallAnswer:
        order = await self._order(read_notify(call.body))
        organization = order.request.organization
        reachable = bool(organization.get("orgEmail") or organization.get("userEmail"))
        sent = self.settings.notify_sent and order.status is Status.ISSUED and reachable
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
