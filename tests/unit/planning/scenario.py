# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scenarios for a decision: claims, the CA's answers, and the decision."""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import NotFound, RejectedByApi, Unavailable
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Order, Organization, Payment
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import (
    LiveCertificate,
    PendingOrder,
    Record,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import format_timestamp
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Decision
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import (
    CertificateAnswer,
    Facts,
    OrderAnswer,
    WantedCertificate,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import (
    Certificate,
    FirstKey,
    HostState,
    LiveState,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.questions import decide, question
from ansible_collections.wotrus.pki.plugins.module_utils._store.snapshot import PendingFacts

PDF = "76ECE651-B59E-48F2-A47B-135614AADAD9"
OTHER_PRODUCT = "00000000-B59E-48F2-A47B-135614AADAD9"
NAME = "沃通 Test Co"
A, B, C, R = "order-a", "order-b", "order-c", "reissue-r"
KEY, OTHER_KEY = "aa" * 32, "bb" * 32

START = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)
DEFINITION: dict[str, t.Any] = {
    "product": PDF,
    "common_name": NAME,
    "months": 12,
    "key": {"type": "RSA", "size": 3072, "storage": "host"},
    "subject": {"common_name": NAME, "organization": "沃通"},
}


def day(number: float) -> dt.datetime:
    """Return a day by its number after the first order.

    The usual certificate begins on day 0 and ends on day 365.
    """
    return START + dt.timedelta(days=number)


def order(order_id: str = A, status: str = "issued", *, created: float | None = 0, **fields: t.Any) -> Order:
    """Return what Query says of an order of this certificate."""
    usual: dict[str, t.Any] = {"product_id": PDF, "common_name": NAME, "months": 12, "payment": Payment.PAID}
    usual["organization"] = Organization(name="沃通")
    placed = day(created) if created is not None else None
    return Order(id=order_id, status=status, created_at=placed, **{**usual, **fields})


def certificate(begins: float = 0, ends: float = 365, *, key: str = KEY, name: str | None = NAME) -> Certificate:
    """Return the facts of a certificate."""
    return Certificate(day(begins), day(ends), public_key_sha256=key, fingerprint_sha256=key[::-1], common_name=name)


def live(order_id: str | None = A, *, root: str | None = None, **fields: t.Any) -> LiveCertificate:
    """Return the record's claim of what is live."""
    return LiveCertificate(
        release="01",
        order_id=order_id,
        root_order_id=root or order_id,
        **{"months": 12, "definition": DEFINITION, "not_before": _text(0), "not_after": _text(365), **fields},
    )


def files(found: Certificate | None = None, *, key_matches: bool | None = True, damaged: str = "") -> LiveState:
    """Return what the host says of its live files."""
    return LiveState("01", found or certificate(), key_matches, tuple(damaged.split()))


def pending(order_id: str | None = A, operation: str = "order", **fields: t.Any) -> PendingOrder:
    """Return the record's claim of a pending request."""
    usual = {"months": 12, "definition": DEFINITION, "root_order_id": None if operation == "reissue" else order_id}
    return PendingOrder(operation=operation, order_id=order_id, **{**usual, **fields})


def rolled_back(order_id: str = B, *, begins: float = 330, ends: float = 700) -> LiveCertificate:
    """Return a release that was rolled back."""
    return live(order_id, not_before=_text(begins), not_after=_text(ends), operation="rolled_back")


def wanted(**changes: t.Any) -> WantedCertificate:
    """Return the entry of the inventory."""
    usual: dict[str, t.Any] = {
        "name": "contracts",
        "host": "signer1",
        "order_name": "contracts@signer1",
        "product": PDF,
        "common_name": NAME,
        "months": 12,
        "definition": DEFINITION,
    }
    replaced = frozenset(id_key(one) for one in changes.pop("replace_orders", ()))
    return WantedCertificate(**{**usual, "replace_orders": replaced, **changes})


UKEY = {**DEFINITION, "key": {"storage": "ukey"}}


@dataclasses.dataclass
class Scenario:
    """The claims of a host, and the CA's answers.

    :ivar first_key: the public key of the file that would be imported
    :ivar orders: what Query answers; any other id is unknown to WoTrus
    :ivar certificates: what RetrievePem answers; any other order has none
    :ivar asked: the ids that were asked for, in order; those of certificates begin with ``pem:``
    """

    want: WantedCertificate = dataclasses.field(default_factory=wanted)
    live: LiveCertificate | None = None
    files: LiveState | None = None
    pending: PendingOrder | None = None
    key: str | None = None
    first_key: str | None = None
    superseded: tuple[LiveCertificate, ...] = ()
    order_name: str | None = "contracts@signer1"
    fault: tuple[str, str] | None = None
    orders: t.Sequence[Order] = ()
    certificates: t.Mapping[str, Certificate] = dataclasses.field(default_factory=dict)
    today: float = 100
    ca_gives_time: bool = True
    is_down: bool = False
    created: t.Sequence[str] = ()
    placed: t.Sequence[str] = ()
    asked: list[str] = dataclasses.field(default_factory=list)

    def facts(self) -> Facts:
        """Return the facts before the CA was asked for anything."""
        has_record = any((self.live, self.pending, self.superseded))
        record = Record(
            name="contracts",
            order_name=self.order_name if has_record else None,
            pending=self.pending,
            live=self.live,
            superseded=self.superseded,
        )
        key = PendingFacts(csr="CSR", public_key_sha256=self.key, has_key=True) if self.key else None
        first = FirstKey(self.first_key) if self.first_key else None
        host = HostState("/x", record, has_record, live=self.files, pending=key, first_key=first, fault=self.fault)
        return Facts(
            wanted=self.want,
            host=host,
            clock=day(self.today),
            ca_time=day(self.today) if self.ca_gives_time else None,
            created=frozenset(id_key(one) for one in self.created),
            placed=frozenset(id_key(one) for one in (*self.created, *self.placed)),
        )

    def decide(self) -> Decision:
        """Decide, and answer what is asked."""
        facts, known = self.facts(), {id_key(one.id): one for one in self.orders}
        pems = {id_key(order_id): one for order_id, one in self.certificates.items()}
        for _question in range(20):
            asked = question(facts)
            if asked is None:
                return decide(facts)
            key = id_key(asked.order_id)
            self.asked.append(f"pem:{key}" if asked.is_of_certificate else key)
            if asked.is_of_certificate:
                missing = None if key in pems else RejectedByApi("There is no certificate.")
                facts = facts.with_certificate(asked.order_id, CertificateAnswer(pems.get(key), missing))
            else:
                error = Unavailable("The API is down.") if self.is_down else NotFound("Not known.")
                facts = facts.with_order(asked.order_id, OrderAnswer(known.get(key), None if key in known else error))
        raise AssertionError("The decision asks without end.")


def deployed(**changes: t.Any) -> Scenario:
    """Return a host with a valid certificate of order A."""
    usual: dict[str, t.Any] = {
        "live": live(),
        "files": files(),
        "orders": [order()],
        "certificates": {A: certificate()},
    }
    return Scenario(**{**usual, **changes})


def waiting(**changes: t.Any) -> Scenario:
    """Return a host that waits for order A, with its key."""
    usual: dict[str, t.Any] = {"pending": pending(), "key": KEY, "orders": [order(status="pending")]}
    return Scenario(**{**usual, **changes})


def reissuing(**changes: t.Any) -> Scenario:
    """Return a host with a live certificate and a pending reissue.

    The certificate is of order A, and the reissue has another id.
    """
    usual: dict[str, t.Any] = {
        "pending": pending(R, "reissue", superseded_order_id=A, root_order_id=A),
        "key": OTHER_KEY,
        "orders": [order(), order(R, "pending", created=90)],
    }
    return deployed(**{**usual, **changes})


def _text(number: float) -> str:
    return format_timestamp(day(number))
