# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of an order: what happens to it by itself, by a call, or by the tester's hand.

What happens by itself happens when somebody looks (``settle``): a moved clock needs no waiting. A task in the
background looks too, at the time when something is due, since pushes go out without anybody asking.
"""

from __future__ import annotations

import asyncio
import datetime
import logging
from collections.abc import Mapping

from cryptography import x509

from .authority import Authority
from .clock import Clock
from .errors import Refusal, Sm2Error
from .orders import Kind, Order, Status, Step
from .pushes import Pushes
from .settings import Settings
from .sm2 import CHAIN, Sm2Authority
from .store import Issued, Store

logger = logging.getLogger(__name__)


class Life:
    """Moves orders from status to status."""

    def __init__(
        self, *, store: Store, clock: Clock, authority: Authority, sm2: Sm2Authority, pushes: Pushes, settings: Settings
    ) -> None:
        self.settings = self.settings_at_start = settings
        self._store = store
        self._clock = clock
        self._authority = authority
        self._sm2 = sm2
        self._pushes = pushes
        self._moving = asyncio.Lock()
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Make the background task look again: an order, the clock or a setting has changed."""
        self._wake.set()

    async def run(self) -> None:
        """Look whenever something is due, until cancelled."""
        while True:
            self._wake.clear()
            await self.settle_all()
            now = self._clock.now()
            due = self._store.next_due(after=now)
            try:
                async with asyncio.timeout(None if due is None else due - now):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def settle_all(self) -> None:
        """Let everything happen that is due."""
        for order_id in self._store.due_orders(self._clock.now()):
            order = self._store.find(order_id)
            if order is not None:
                await self.settle(order)
        if self.settings.close_expired:
            for order in self._store.all_orders():
                self._close_if_expired(order)

    async def settle(self, order: Order) -> Order:
        """Let happen to ``order`` what is due; as it is then comes out."""
        if _is_due(order, now=self._clock.now()):
            async with self._moving:
                order = self.fresh(order)
                # A step without a delay makes the next one due at once, and thus a moment after the first look.
                while _is_due(order, now=self._clock.now()):
                    await self._step(order)
                    order = self.fresh(order)
        return self._close_if_expired(order)

    def expired(self, order: Order) -> bool:
        """Whether the certificate of an issued order has run out."""
        return self._store.end_of(order.id) <= self._clock.now()

    def is_fresh(self, order: Order) -> bool:
        """Whether ``order`` is so new that Query and RetrievePem do not know it."""
        return self._clock.now() < order.created + self.settings.query_delay

    def _close_if_expired(self, order: Order) -> Order:
        if not self.settings.close_expired or order.status is not Status.ISSUED or not self.expired(order):
            return order
        self.end(order, status=Status.CLOSED)
        return self.fresh(order)

    def fresh(self, order: Order) -> Order:
        """Return ``order`` as the store has it now."""
        found = self._store.find(order.id)
        if found is None:
            raise LookupError(order.id)
        return found

    def review_of_new(self, *, now: float) -> tuple[Step, float | None]:
        """Return what happens next to an order that goes under review at ``now``, and when."""
        if self.settings.manual_review:
            return Step.NONE, None
        return Step.REVIEW, now + self.settings.review_delay

    def approve(self, order: Order, *, now: float) -> None:
        """End the review of ``order``: the CA's turn."""
        self._store.change(
            order.id, status=Status.PENDING_CA_ISSUED, step=Step.CA, due=now + self.settings.ca_delay, ready=False
        )
        self.wake()

    async def issue(self, order: Order) -> None:
        """Make the certificate of ``order`` now, whatever it waits for; Refusal when ``openssl`` cannot."""
        async with self._moving:
            order = self.fresh(order)
            if order.waiting:
                await self._issue(order)

    def ask_revocation(self, order: Order) -> bool:
        """Put a revocation under review, or revoke at once; whether it is revoked comes out."""
        if self.settings.revoke_answer == "immediate":
            self.revoke(order)
            return True
        step = Step.NONE if self.settings.manual_review else Step.REVOCATION
        due = None if self.settings.manual_review else self._clock.now() + self.settings.review_delay
        self._store.change(order.id, status=Status.PENDING_REVOKE, step=step, due=due)
        self.wake()
        return False

    def revoke(self, order: Order) -> None:
        """Revoke the certificate of ``order``."""
        self._store.change(order.id, status=Status.REVOKED, step=Step.NONE, due=None)
        self._pushes.add(order, is_issued=False, is_revoked=True)

    def reissue_under_review(self, order: Order) -> Order | None:
        """Return the order on which a reissue of ``order`` waits: itself, or one with another id; None where none does.

        The id of the reissue finds it too.
        """
        if order.waiting:
            renewed = order.kind is Kind.REISSUE or self._store.find_renewal(order.id) is not None
            return order if renewed else None
        return next((found for found in reversed(self._store.reissues_of(order.id)) if found.waiting), None)

    def refuse_reissue(self, order: Order) -> None:
        """Refuse the reissue that waits on ``order``: it goes back to its old certificate, or is rejected."""
        renewal = self._store.find_renewal(order.id)
        if renewal is None:
            self.end(order, status=Status.REJECTED)
            return
        with self._store.transaction():
            self._store.forget_renewal(order.id)
            self._store.change(
                order.id,
                sent=renewal.sent,
                not_after=renewal.not_after,
                status=Status.ISSUED,
                step=Step.NONE,
                due=None,
                ready=True,
                pushed=True,
            )

    def serves_old(self, order: Order) -> list[Issued]:
        """Return the old certificates of ``order`` where RetrievePem still gives them, else none."""
        renewal = self._store.find_renewal(order.id)
        if renewal is None or self._clock.now() >= renewal.asked + self.settings.reissue_serves_old:
            return []
        return [found for found in self._store.certificates(order.id, former=True) if found.serial in renewal.serials]

    def end(self, order: Order, *, status: Status) -> None:
        """Close or reject ``order``; nothing happens to it any more."""
        self._store.change(order.id, status=status, step=Step.NONE, due=None, ready=False)

    async def _step(self, order: Order) -> None:
        due = order.due or 0.0
        if order.step is Step.REVOCATION:
            self.revoke(order)
        elif order.step is Step.CA:
            await self._ca_is_done(order)
        elif order.product.reviewed is Status.PENDING_CA_ISSUED:
            self.approve(order, now=due)
        else:
            self._store.change(order.id, status=order.product.reviewed, step=Step.NONE, due=None)

    async def _ca_is_done(self, order: Order) -> None:
        by_itself = self.settings.auto_issue or order.product.issues_itself
        if not by_itself:
            self._ready(order)
        if self.settings.push_when == "ready":
            self._push_issued(order)
        if by_itself:
            try:
                # The step stays due meanwhile, so that whoever looks at the order waits for its certificate.
                await self._issue(order)
            except Refusal:
                logger.error("order %s could not be issued by itself; RetrievePem will try again", order.id)
                self._ready(order)

    def _ready(self, order: Order) -> None:
        self._store.change(order.id, ready=True, step=Step.NONE, due=None)

    async def _issue(self, order: Order) -> None:
        try:
            certificates = await asyncio.to_thread(
                issue,
                order,
                authority=self._authority,
                sm2=self._sm2,
                now=self._clock.now(),
                backdate=datetime.timedelta(days=self.settings.backdate),
            )
        except Sm2Error as error:
            logger.error("%s", error)
            raise Refusal("SM2 证书签发失败") from None
        with self._store.transaction():
            self._store.save_certificates(order.id, certificates)
            self._store.change(order.id, status=Status.ISSUED, ready=True, step=Step.NONE, due=None)
        self._push_issued(order)
        self._retire_parent(order)

    def _push_issued(self, order: Order) -> None:
        """Push once for each certificate."""
        if not self.fresh(order).pushed:
            self._store.change(order.id, pushed=True)
            self._pushes.add(order, is_issued=True, is_revoked=False)

    def _retire_parent(self, order: Order) -> None:
        """Close or revoke what a reissue replaces; SM2 and Sectigo products are revoked anyway (manual, section 7)."""
        parent = self._store.find(order.parent) if order.kind is Kind.REISSUE and order.parent else None
        if parent is None or parent.status is not Status.ISSUED:
            return
        if self.settings.reissue_old_order == "closed":
            self.end(parent, status=Status.CLOSED)
        elif self.settings.reissue_old_order == "revoked" or order.product.document_required:
            self.revoke(parent)


def _is_due(order: Order, *, now: float) -> bool:
    return order.due is not None and order.due <= now and order.is_pay != 0


# Authorities date back a little, for clients whose clocks are slow.
BACKDATED = datetime.timedelta(minutes=10)
SHORTEST = datetime.timedelta(days=1)


def issue(
    order: Order, *, authority: Authority, sm2: Sm2Authority, now: float, backdate: datetime.timedelta
) -> list[Issued]:
    """Return new certificates for ``order``, dated from ``now`` (seconds since 1970) for its months.

    ``backdate``: how far both ends lie back; a reissue ends with the old certificate all the same.
    Making keys and calling ``openssl`` takes a while: call it in a thread. Sm2Error when ``openssl`` cannot.
    """
    moment = datetime.datetime.fromtimestamp(int(now), tz=datetime.UTC)
    begin = moment - backdate - BACKDATED
    end = add_months(moment - backdate, order.sent.months)
    if order.not_after is not None:
        # A reissue ends when the certificate it replaces would have ended.
        end = max(datetime.datetime.fromtimestamp(order.not_after, tz=datetime.UTC), moment + SHORTEST)
    subject = _subject(order)
    if order.sm2_pair:
        return [
            _sm2(sm2.issue(csr=csr, part=part, subject=subject, not_before=begin, not_after=end), part=part)
            for part, csr in (("Sign", order.sent.csr), ("Encrypt", order.sent.csr_encrypt))
        ]
    organization = order.sent.organization
    chain, pem, certificate = authority.issue(
        csr=order.sent.csr,
        subject=subject,
        email=organization.get("orgEmail") or organization.get("userEmail") or "",
        server=order.product.server,
        not_before=begin,
        not_after=end,
    )
    return [_issued(certificate, pem=pem, part="RSA", chain=chain)]


def add_months(moment: datetime.datetime, months: int) -> datetime.datetime:
    """Return the same day ``months`` later, or the last day of that month where it has no such day."""
    years, month = divmod(moment.month - 1 + months, 12)
    first = moment.replace(year=moment.year + years, month=month + 1, day=1)
    after = (first + datetime.timedelta(days=32)).replace(day=1)
    return first.replace(day=min(moment.day, (after - datetime.timedelta(days=1)).day))


def _subject(order: Order) -> Mapping[str, str]:
    organization = order.sent.organization
    return {
        "C": (organization.get("countryCode") or "CN").upper(),
        "ST": organization.get("state", ""),
        "L": organization.get("city", ""),
        "O": organization["orgName"],
        "CN": order.sent.common_name,
    }


def _sm2(pem: str, *, part: str) -> Issued:
    return _issued(x509.load_pem_x509_certificate(pem.encode()), pem=pem, part=part, chain=CHAIN)


def _issued(certificate: x509.Certificate, *, pem: str, part: str, chain: str) -> Issued:
    return Issued(
        serial=f"{certificate.serial_number:X}",
        part=part,
        chain=chain,
        pem=pem,
        not_after=certificate.not_valid_after_utc.timestamp(),
    )
