# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lifecycle of an order: review, issuance and revocation.

Automatic steps run when an order is read, so that a moved clock takes effect at once. A background task also runs them
at the time when they are due, because pushes are sent without a call.
"""

from __future__ import annotations

import asyncio
import datetime
import logging
import math
from collections.abc import Mapping

from cryptography import x509

from .answer_forms import SPELLINGS
from .authority import Authority
from .clock import Clock
from .errors import Refusal, Sm2Error
from .orders import DEAD, Order, OrderKind, Status, Step
from .pushes import Pushes
from .readings import Readings
from .settings import Settings
from .sm2 import CHAIN, Sm2Authority
from .store import IssuedCertificate, Store

logger = logging.getLogger(__name__)

DAY = 86400.0
FOREIGN_NAME = "cfo@bank.test"
CORRECTED_NAME = "Example (Corrected) Ltd."

_GRANTED = {"granted": math.inf, "refused": 0, "refused after the first": 1, "refused after the third": 3}
"""How many reissues of a purchase are granted."""

_UNPAID = {"kept": math.inf, "closed after 30 days": 30 * DAY, "closed after 60 days": 60 * DAY}
"""How old an order may become that nobody pays."""

_MONTH_DAYS = {"30 days": 30.0, "365 days a year": 365 / 12}
"""The days of a month that is not the calendar's."""


class Lifecycle:
    """Changes the status of orders."""

    def __init__(
        self, *, store: Store, clock: Clock, authority: Authority, sm2: Sm2Authority, pushes: Pushes, settings: Settings
    ) -> None:
        self.settings = self.settings_at_start = settings
        # When RetrievePem first gave a certificate of each order. A restart forgets it.
        self.fetched_at: dict[str, float] = {}
        self._store = store
        self._clock = clock
        self._authority = authority
        self._sm2 = sm2
        self._pushes = pushes
        self._lock = asyncio.Lock()
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Make the background task check for due steps again.

        Call it after an order, the clock or a setting has changed.
        """
        self._wake.set()

    async def run(self) -> None:
        """Run the steps that are due, until cancelled."""
        while True:
            self._wake.clear()
            await self.run_all_due_steps()
            now = self._clock.now()
            due = self._store.next_due(after=now)
            try:
                async with asyncio.timeout(None if due is None else due - now):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def run_all_due_steps(self) -> None:
        """Run the due steps of all orders."""
        for order_id in self._store.due_orders(self._clock.now()):
            order = self._store.find(order_id)
            if order is not None:
                await self.run_due_steps(order)
        if self.settings.close_expired or self.settings.readings["unpaid_orders"] != "kept":
            for order in self._store.all_orders():
                self._close_if_over(order)

    async def run_due_steps(self, order: Order) -> Order:
        """Run the due steps of ``order``, and return the order."""
        if _is_due(order, now=self._clock.now()):
            async with self._lock:
                order = self.reload(order)
                # A step without a delay makes the next step due at once.
                while _is_due(order, now=self._clock.now()):
                    await self._run_step(order)
                    order = self.reload(order)
        return self._close_if_over(order)

    def is_expired(self, order: Order) -> bool:
        """Return whether the certificate of an issued order has expired."""
        return self._store.end_of_validity(order.id) <= self._clock.now()

    def is_archived(self, order: Order) -> bool:
        """Return whether Query calls an issued order closed, although its certificate is valid."""
        is_old = order.status is Status.ISSUED and self._clock.now() >= order.created + 30 * DAY
        return is_old and self.settings.readings["archive"] != "never"

    def shown_status(self, order: Order) -> str:
        """Return the status that Query shows."""
        if order.shown_status or order.status is not Status.ISSUED:
            return order.shown_status or order.status
        if self.is_archived(order):
            return Status.CLOSED
        if self._clock.now() < self.fetched_at.get(order.id, 0.0) + float(self.settings.readings["query_lag"]):
            return Status.PENDING_CA_ISSUED
        return self.settings.readings["ended"] if self.is_expired(order) else order.status

    def mark_fetched(self, order: Order) -> None:
        """Remember when RetrievePem first gave a certificate of ``order``."""
        self.fetched_at.setdefault(order.id, self._clock.now())

    def has_reissues_left(self, order: Order) -> bool:
        """Return whether another reissue of the purchase is granted."""
        root = self.find_root(order)
        used = sum(one.reissues for one in self._store.all_orders() if self.find_root(one).id == root.id)
        return used < _GRANTED[self.settings.readings["reissues"]]

    def find_newest_reissue(self, order: Order) -> Order | None:
        """Return the newest reissue of ``order`` that has its own id and is issued, or None."""
        return next(
            (found for found in reversed(self._store.reissues_of(order.id)) if found.status is Status.ISSUED), None
        )

    def may_be_reissued(self, order: Order) -> bool:
        """Return whether the certificate of an issued order can be reissued now."""
        if not self.is_expired(order):
            return True
        return self.settings.reissue_ends != "old" and self._clock.now() < self._end_of_term(order)

    def end_of_reissue(self, order: Order) -> float | None:
        """Return the latest end of a certificate that replaces that of ``order``; None if it is a new order's."""
        match self.settings.reissue_ends:
            case "old":
                return self._store.end_of_validity(order.id)
            case "term":
                return self._end_of_term(order)
            case _:
                return None

    def _end_of_term(self, order: Order) -> float:
        """Return when the term ends that was paid with the first order of reissues."""
        order = self.find_root(order)
        begin = datetime.datetime.fromtimestamp(order.created, tz=datetime.UTC)
        return add_months(begin, order.request.months, length=self.settings.readings["months"]).timestamp()

    def find_root(self, order: Order) -> Order:
        """Return the order of the purchase."""
        while order.kind is not OrderKind.ORDER and order.parent:
            parent = self._store.find(order.parent)
            if parent is None:
                break
            order = parent
        return order

    def is_unknown_yet(self, order: Order) -> bool:
        """Return whether Query and RetrievePem do not know the new ``order`` yet."""
        return self._clock.now() < order.created + self.settings.query_delay

    def _close_if_over(self, order: Order) -> Order:
        is_expired = self.settings.close_expired and order.status is Status.ISSUED and self.is_expired(order)
        if not is_expired and not self._is_unpaid_too_long(order):
            return order
        self.close_or_reject(order, status=Status.CLOSED)
        return self.reload(order)

    def _is_unpaid_too_long(self, order: Order) -> bool:
        age = self._clock.now() - order.created
        return (
            order.is_pay != 1 and order.status not in DEAD and age >= _UNPAID[self.settings.readings["unpaid_orders"]]
        )

    def reload(self, order: Order) -> Order:
        """Read ``order`` from the store again."""
        found = self._store.find(order.id)
        if found is None:
            raise LookupError(order.id)
        return found

    def first_step(self, *, now: float) -> tuple[Step, float | None]:
        """Return the first step of an order, and its time.

        The review begins at ``now``.
        """
        if self.settings.manual_review:
            return Step.NONE, None
        return Step.REVIEW, now + self.settings.review_delay

    def approve(self, order: Order, *, now: float) -> None:
        """End the review of ``order``. The CA issues the certificate next."""
        self._store.change(
            order.id, status=Status.PENDING_CA_ISSUED, step=Step.CA, due=now + self.settings.ca_delay, ready=False
        )
        self.wake()

    async def issue(self, order: Order) -> None:
        """Issue the certificate of a waiting order now. Refusal if ``openssl`` fails."""
        async with self._lock:
            order = self.reload(order)
            if order.is_waiting:
                await self._issue(order)

    def request_revocation(self, order: Order) -> bool:
        """Start the review of a revocation, or revoke at once.

        Return whether it is revoked.
        """
        if self.settings.revoke_answer == "immediate":
            self.revoke(order)
            return True
        ends = not self.settings.manual_review and self.settings.readings["revocation_review"] == "ends"
        step, due = (Step.REVOCATION, self._clock.now() + self.settings.review_delay) if ends else (Step.NONE, None)
        self._store.change(order.id, status=Status.PENDING_REVOKE, step=step, due=due)
        self.wake()
        return False

    def revoke(self, order: Order) -> None:
        """Revoke the certificate of ``order``."""
        with self._store.transaction():
            self._store.change(order.id, status=Status.REVOKED, step=Step.NONE, due=None)
            self._store.revoke_certificates(order.id)
        self._pushes.add(order, is_issued=False, is_revoked=True)

    def reissue_under_review(self, order: Order) -> Order | None:
        """Return the waiting reissue of ``order``, or None.

        It is another order, or the same order if the reissue kept the id. ``order`` may be the reissue itself.
        """
        if order.is_waiting:
            is_reissue = order.kind is OrderKind.REISSUE or self._store.find_in_place_reissue(order.id) is not None
            return order if is_reissue else None
        return next((found for found in reversed(self._store.reissues_of(order.id)) if found.is_waiting), None)

    def refuse_reissue(self, order: Order) -> None:
        """Refuse the waiting reissue ``order``: reject it, or restore the old certificate."""
        in_place = self._store.find_in_place_reissue(order.id)
        if in_place is None:
            self.close_or_reject(order, status=Status.REJECTED)
            return
        with self._store.transaction():
            self._store.delete_in_place_reissue(order.id)
            self._store.change(
                order.id,
                request=in_place.request,
                not_after=in_place.not_after,
                status=Status.ISSUED,
                step=Step.NONE,
                due=None,
                ready=True,
                pushed=True,
            )

    def find_old_certificates(self, order: Order) -> list[IssuedCertificate]:
        """Return the old certificates that RetrievePem still returns for ``order``."""
        in_place = self._store.find_in_place_reissue(order.id)
        if in_place is None or self._clock.now() >= in_place.requested + self.settings.reissue_serves_old:
            return []
        return [found for found in self._store.certificates(order.id, former=True) if found.serial in in_place.serials]

    def close_or_reject(self, order: Order, *, status: Status) -> None:
        """Close or reject ``order``. It has no further steps."""
        self._store.change(order.id, status=status, step=Step.NONE, due=None, ready=False)

    async def _run_step(self, order: Order) -> None:
        due = order.due or 0.0
        if order.step is Step.REVOCATION:
            self.revoke(order)
        elif order.step is Step.CA:
            await self._finish_ca_step(order)
        elif order.product.status_after_review is Status.PENDING_CA_ISSUED:
            self.approve(order, now=due)
        else:
            self._store.change(order.id, status=order.product.status_after_review, step=Step.NONE, due=None)

    async def _finish_ca_step(self, order: Order) -> None:
        is_automatic = self.settings.auto_issue or order.product.issued_automatically
        if not is_automatic:
            self._mark_ready(order)
        if self.settings.push_when == "ready":
            self._push_issued(order)
        if is_automatic:
            try:
                # The step stays due until then, so that a call for this order waits for the certificate.
                await self._issue(order)
            except Refusal:
                logger.error("order %s was not issued automatically; RetrievePem will try again", order.id)
                self._mark_ready(order)

    def _mark_ready(self, order: Order) -> None:
        self._store.change(order.id, ready=True, step=Step.NONE, due=None)

    async def _issue(self, order: Order) -> None:
        try:
            certificates = await asyncio.to_thread(
                issue,
                order,
                authority=self._authority,
                sm2=self._sm2,
                now=self._clock.now(),
                settings=self.settings,
            )
        except Sm2Error as error:
            logger.error("%s", error)
            raise Refusal("SM2 证书签发失败") from None
        with self._store.transaction():
            self._store.save_certificates(order.id, certificates)
            self._store.change(order.id, status=Status.ISSUED, ready=True, step=Step.NONE, due=None)
        self._push_issued(order)
        self._end_replaced_order(order)

    def _push_issued(self, order: Order) -> None:
        """Push ``isIssued`` once for each certificate."""
        if not self.reload(order).pushed:
            self._store.change(order.id, pushed=True)
            self._pushes.add(order, is_issued=True, is_revoked=False)

    def _end_replaced_order(self, order: Order) -> None:
        """Close or revoke the order that a reissue replaces.

        Certificates of SM2 and Sectigo products are always revoked (manual, section 7).
        """
        parent = self._store.find(order.parent) if order.kind is OrderKind.REISSUE and order.parent else None
        if parent is None or parent.status is not Status.ISSUED:
            return
        if self.settings.reissue_old_order == "closed":
            self.close_or_reject(parent, status=Status.CLOSED)
        elif self.settings.reissue_old_order == "revoked" or order.product.requires_document:
            self.revoke(parent)


def _is_due(order: Order, *, now: float) -> bool:
    return order.due is not None and order.due <= now and order.is_pay != 0


# CAs begin the validity a little earlier, for clients whose clocks are slow.
BACKDATED = datetime.timedelta(minutes=10)
SHORTEST = datetime.timedelta(days=1)


def issue(
    order: Order, *, authority: Authority, sm2: Sm2Authority, now: float, settings: Settings
) -> list[IssuedCertificate]:
    """Return new certificates for ``order``, valid from ``now`` on.

    The setting ``backdate`` moves both ends of the validity back, but not the latest end of a reissue.
    Call it in a thread: keys and ``openssl`` take time. Sm2Error if ``openssl`` fails.
    """
    moment = datetime.datetime.fromtimestamp(int(now), tz=datetime.UTC)
    backdate = datetime.timedelta(days=settings.backdate)
    begin = moment - backdate - BACKDATED
    end = add_months(moment - backdate, order.request.months, length=settings.readings["months"])
    if settings.certificate_days:
        end = min(end, moment - backdate + datetime.timedelta(days=settings.certificate_days))
    if order.not_after is not None:
        last = max(datetime.datetime.fromtimestamp(order.not_after, tz=datetime.UTC), moment + SHORTEST)
        end = min(end, last) if settings.certificate_days else last
    subject = _vary_subject(_subject(order), settings.readings)
    if order.is_sm2_pair:
        return [
            _sm2(sm2.issue(csr=csr, part=part, subject=subject, not_before=begin, not_after=end), part=part)
            for part, csr in (("Sign", order.request.csr), ("Encrypt", order.request.csr_encrypt))
        ]
    organization = order.request.organization
    chain, pem, certificate = authority.issue(
        csr=order.request.csr,
        ukey=settings.ukey_public_key,
        subject=subject,
        email=_email(organization, settings.readings),
        usage="server" if order.product.is_server else settings.usage,
        weak=settings.weak_ca,
        not_before=begin,
        not_after=end,
    )
    return [_issued(certificate, pem=pem, part="RSA", chain=chain)]


def add_months(moment: datetime.datetime, months: int, *, length: str = "calendar") -> datetime.datetime:
    """Return the same day ``months`` later, or a shorter month's last day.

    :param length: the word of the reading ``months``
    """
    if length in _MONTH_DAYS:
        return moment + datetime.timedelta(days=months * _MONTH_DAYS[length])
    years, month = divmod(moment.month - 1 + months, 12)
    first = moment.replace(year=moment.year + years, month=month + 1, day=1)
    after = (first + datetime.timedelta(days=32)).replace(day=1)
    return first.replace(day=min(moment.day, (after - datetime.timedelta(days=1)).day))


def _email(organization: Mapping[str, str], readings: Readings) -> str:
    if readings["names"] == "with an e-mail address":
        return FOREIGN_NAME
    return organization.get("orgEmail") or organization.get("userEmail") or ""


def _subject(order: Order) -> Mapping[str, str]:
    organization = order.request.organization
    return {
        "C": (organization.get("countryCode") or "CN").upper(),
        "ST": organization.get("state", ""),
        "L": organization.get("city", ""),
        "O": organization["orgName"],
        "CN": order.request.common_name,
    }


def _vary_subject(subject: Mapping[str, str], readings: Readings) -> Mapping[str, str]:
    """Return a subject with the names that the readings want."""
    spell = SPELLINGS.get(readings["subjects"], str)
    name = CORRECTED_NAME if readings["names"] == "corrected in certificates" else subject["CN"]
    return {**subject, "O": spell(subject["O"]), "CN": spell(name)}


def _sm2(pem: str, *, part: str) -> IssuedCertificate:
    return _issued(x509.load_pem_x509_certificate(pem.encode()), pem=pem, part=part, chain=CHAIN)


def _issued(certificate: x509.Certificate, *, pem: str, part: str, chain: str) -> IssuedCertificate:
    return IssuedCertificate(
        serial=f"{certificate.serial_number:X}",
        part=part,
        chain=chain,
        pem=pem,
        not_after=certificate.not_valid_after_utc.timestamp(),
    )
