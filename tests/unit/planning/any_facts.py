# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts by chance: what entries, hosts and the CA may say together, however odd."""

from __future__ import annotations

import random
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    BadCertificate,
    NotFound,
    OtherOrder,
    RejectedByApi,
    Unavailable,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Order, Organization, Payment
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import LiveCertificate, PendingOrder, Record
from ansible_collections.wotrus.pki.plugins.module_utils._model.revocation_status import REVOKED, RevocationStatus
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import format_timestamp
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
from ansible_collections.wotrus.pki.plugins.module_utils._store.snapshot import PendingFacts
from tests.unit.planning.scenario import NAME, OTHER_PRODUCT, PDF, day

IDS = ("order-a", "order-b", "order-c", "order-d", "reissue-r")
_KEYS = ("aa" * 32, "bb" * 32, "cc" * 32)
_STATUSES = (
    *["issued"] * 9,
    *(
        "pending",
        "pendingDCV",
        "pendingCAIssued",
        "strange",
        "pendingRevoke",
        "revoked",
        "rejected",
        "closed",
        "closed",
    ),
)
_DAYS = (0, 20, 100, 200, 300, 340, 350, 360, 364, 366, 380, 400, 700, 725, 740, 800)


T = t.TypeVar("T")


class Chance:
    """Facts, and what the CA answers about them.

    :param seed: the same facts each time
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.one_of = self.random.choice
        self.is_odd = self.one_of((False, False, True))
        self.today = self.one_of(_DAYS)
        self.storage = self.one_of(("host", "host", "host", "host", "ukey", "provided", "pkcs11", "external"))
        self.used = self.certificate()
        self.orders = {order_id: self.answer(order_id) for order_id in IDS}
        self.certificates = {order_id: self.retrieved() for order_id in IDS}

    def often(self, likelihood: float) -> bool:
        """Return true with a likelihood."""
        return self.random.random() < likelihood

    def usually(self, usual: T, *odd: T) -> T:
        """Return a usual value, or seldom an odd one, and in odd facts often."""
        return self.one_of(odd) if self.often(0.3 if self.is_odd else 0.04) else usual

    def order_id(self, likelihood: float = 1.0) -> str | None:
        """Return an id with a likelihood."""
        return self.one_of(IDS) if self.often(likelihood) else None

    def time(self, *days: float | None) -> str | None:
        """Return one of some days as text."""
        chosen = self.one_of(days)
        return None if chosen is None else format_timestamp(day(chosen))

    def certificate(self) -> Certificate:
        """Return a certificate of any age and length, for any key."""
        begins, length = self.one_of((0, 0, 0, 5, 90, 200, 330, 360)), self.one_of((365, 365, 396, 200, 100, 730, 30))
        key = self.one_of(_KEYS)
        path = self.one_of((None, None, None, begins + length - 25, begins + length // 2, begins + length + 10))
        return Certificate(
            day(begins),
            day(begins + length),
            path_not_after=None if path is None else day(path),
            document_signing=self.usually(True, None, False),
            public_key_sha256=self.usually(key, None),
            fingerprint_sha256=self.usually(f"{begins} {length} {key}", key[::-1], None),
            serial_number=f"{begins}{length}",
            subject=self.usually(f"CN={NAME}", None, "CN=Other"),
            common_name=self.usually(NAME, None, "Other"),
            organization=self.usually("沃通", None, "Other"),
            key_type=self.usually("RSA", "SM2"),
        )

    def answer(self, order_id: str) -> OrderAnswer:
        """Return what Query says of an order."""
        if self.usually(False, True, False, False):
            return OrderAnswer(error=Unavailable("The API is down."))
        if self.usually(False, True, False):
            other = OtherOrder("Another order.", found=str(self.order_id()))
            return OrderAnswer(error=self.one_of((NotFound("Not known."), NotFound("Not known."), other)))
        placed = self.usually(self.one_of((0, 0, 1, 30, 90, 200, 340, 365)), None, 330, 350, -400)
        return OrderAnswer(
            Order(
                id=order_id,
                status=self.one_of(_STATUSES),
                product_id=self.usually(PDF, OTHER_PRODUCT, None, PDF, PDF),
                product_name=self.one_of((None, "Sectigo")),
                common_name=self.usually(NAME, "Other", None, NAME, NAME),
                months=self.one_of((12, 12, 12, 24, 25, 13, None, 7)),
                created_at=None if placed is None else day(placed),
                organization=Organization(name=self.usually("沃通", None, "Other")),
                payment=self.usually(Payment.PAID, Payment.UNPAID, Payment.ISSUED_UNPAID, None),
            )
        )

    def retrieved(self) -> CertificateAnswer:
        """Return what RetrievePem says of an order."""
        if self.usually(True, False, False, True):
            return CertificateAnswer(self.one_of((self.used, self.certificate(), self.certificate())))
        errors = (RejectedByApi("None yet."), RejectedByApi("None yet."), BadCertificate("Bad."), Unavailable("Down."))
        return CertificateAnswer(error=self.one_of(errors))

    def definition(self) -> dict[str, t.Any]:
        """Return what is compared with the record."""
        has_kind = self.storage in ("host", "pkcs11")
        key = {"type": "RSA", "size": 3072, "storage": self.storage} if has_kind else {"storage": self.storage}
        subject = {"common_name": NAME, "organization": "沃通"}
        return {"product": PDF, "common_name": NAME, "months": 12, "key": key, "subject": subject}

    def recorded(self) -> dict[str, t.Any] | None:
        """Return the definition of a record, which may be another one."""
        found = self.definition()
        if self.usually(False, True, False):
            found["key"] = {**found["key"], "storage": self.one_of(("host", "pkcs11"))}
        if self.often(0.1):
            found["subject"] = {**found["subject"], "common_name": "Before"}
        return self.usually(found, None)

    def live(self, *operations: str) -> LiveCertificate:
        """Return a record's claim of a certificate."""
        order_id = self.order_id(0.9)
        return LiveCertificate(
            operation=self.one_of(operations),
            release="01",
            order_id=order_id,
            root_order_id=self.usually(order_id, self.order_id(), None),
            months=self.one_of((12, 12, 24, None, 13)),
            definition=self.recorded(),
            not_before=self.time(0, 0, 0, None),
            not_after=self.time(365, 365, 200, 700, 396, None),
            companion_order_id=self.order_id(0.15),
            key_made_at=self.time(None, 0, 50),
            reissued_at=self.time(None, None, 90),
            public_key_sha256=self.used.public_key_sha256,
            fingerprint_sha256=self.usually(self.used.fingerprint_sha256, None, "another"),
            ended_not_after=self.time(*[None] * 6, 365, 200, 396),
        )

    def pending(self, live: LiveCertificate | None) -> PendingOrder:
        """Return a record's claim of a request."""
        order_id, of = self.order_id(0.65), live.order_id if live else None
        root = live.root_order_id if live else order_id
        superseded = self.one_of((None, of, of, self.usually(of, self.order_id()), order_id))
        return PendingOrder(
            operation=self.one_of(("order", "renew", "reissue", "reissue", None)),
            order_id=order_id,
            root_order_id=self.usually(self.one_of((None, root)), order_id, self.order_id()),
            idempotence_id=self.one_of((None, "value")),
            months=self.one_of((12, None, 24)),
            definition=self.recorded(),
            companion_order_id=self.order_id(0.1),
            follows=self.one_of((None, superseded, self.order_id())),
            requested_at=self.time(None, self.today, self.today - 3, self.today - 10),
            public_key_sha256=self.one_of((*_KEYS[:2], None)),
            superseded_order_id=superseded,
            refused_order_id=self.order_id(0.2),
            refused_key_sha256=self.one_of((None, None, None, _KEYS[1])),
            ended_serial_number=self.one_of((None, "E")),
            ended_not_after=self.time(*[None] * 4, 365, 200),
        )

    def host(self) -> HostState:
        """Return what a host says."""
        live = self.live("order", "renew", "reissue") if self.often(0.65) else None
        pending = self.pending(live) if self.often(0.5) else None
        former = tuple(self.live("rolled_back", "reissue", "renew") for _one in range(self.one_of((0, 0, 0, 1, 2))))
        names = ("contracts@signer1",) * 3 + ("old@signer1", None)
        files = LiveState(
            "01",
            self.used if self.often(0.95) else None,
            self.usually(True, False, None),
            self.usually((), ("chain.pem",)),
        )
        has_record = bool(live or pending or former) or self.often(0.1)
        return HostState(
            "/x",
            Record("contracts", self.one_of(names) if has_record else None, pending, live, former),
            has_record,
            live=files if self.often(0.8) else None,
            pending=PendingFacts("CSR", self.one_of(_KEYS), self.often(0.8)) if self.often(0.6) else None,
            first_key=self.one_of((None, None, None, FirstKey(self.one_of(_KEYS)))),
            revocation=self.usually(None, (RevocationStatus("CN=x", REVOKED),)),
            fault=self.usually(None, ("host_unreadable", "It cannot be read."), *[None] * 30),
        )

    def wanted(self) -> WantedCertificate:
        """Return an entry."""
        named = self.order_id(0.45)
        rare, often = ({one for one in IDS if self.often(share)} for share in (0.1, self.one_of((0, 0, 0.4))))
        return WantedCertificate(
            name="contracts",
            host="signer1",
            order_name="contracts@signer1",
            product=PDF,
            common_name=NAME,
            months=self.one_of((12, 12, 24, 25, 13)),
            definition=self.definition(),
            order_id=named,
            root_order_id=self.one_of((None, named, named, self.order_id())) if named else None,
            renew_before_days=self.one_of((30, 30, 90, 5)),
            renew_spread_days=self.one_of((0, 0, 5)),
            reissue_requested=self.often(0.1),
            keys_since=self.one_of((None, None, None, None, day(20))),
            public_key_sha256=self.one_of((None, *_KEYS)) if self.storage not in ("host", "ukey") else None,
            has_token=self.often(0.5),
            may_reissue=self.often(0.8),
            may_renew=self.often(0.8),
            replace_orders=frozenset(self.one_of(((), (), rare, often))),
            replace_orders_of_run=frozenset(self.one_of(((), (), (), often))),
        )

    def facts(self) -> Facts:
        """Return the facts before the CA was asked for anything."""
        created = frozenset(one for one in IDS if self.often(0.04))
        return Facts(
            wanted=self.wanted(),
            host=self.host(),
            clock=day(self.today),
            ca_time=self.usually(day(self.today), None, day(self.today + 400), day(self.today - 20)),
            is_sandbox=self.often(0.05),
            created=created,
            placed=created | {one for one in IDS if self.often(0.04)},
            may_fetch=self.often(0.2),
        )
