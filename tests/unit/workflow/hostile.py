# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A CA and a host whose answers a test chooses, and operations."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import json
import types
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.wotrus.pki.plugins.module_utils._client.answers import Placed, RetrievedPems
from ansible_collections.wotrus.pki.plugins.module_utils._client.journal import Journal
from ansible_collections.wotrus.pki.plugins.module_utils._errors import NotFound, RejectedByApi
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Order, Organization, ReissueRequest
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import HostAnswer, Operation, Run
from ansible_collections.wotrus.pki.plugins.module_utils._x509.csr import make_csr
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import KeySpec, generate

Json = dict[str, t.Any]

PDF = "76ECE651-B59E-48F2-A47B-135614AADAD9"
NAME = "沃通电子认证"
NOW = dt.datetime(2026, 11, 26, tzinfo=dt.timezone.utc)
ENTRY: Json = {
    "name": "contracts",
    "product": "pdf_signing",
    "common_name": NAME,
    "organization": {"name": "沃通", "country_code": "CN"},
    "key": {"type": "ECC", "curve": "P-256"},
}


SUBJECT = {"common_name": NAME, "organization": "沃通", "country": "CN"}


@functools.cache
def csr() -> str:
    """Return a CSR as the entry wants it."""
    return make_csr(generate(KeySpec(type="ECC")), SUBJECT)


def prepared(options: t.Sequence[Json]) -> list[Json]:
    """Answer as a host does that prepares each certificate, and does nothing else."""
    return [{"changed": True, "csr": csr() if one["state"] == "prepared" else None} for one in options]


def order_of(order_id: str, status: str = "issued", **fields: t.Any) -> Order:
    """Return an order as Query answers it, placed half a year ago."""
    known = {"product_id": PDF, "common_name": NAME, "months": 12, "created_at": NOW - dt.timedelta(days=183)}
    known["organization"] = Organization(name="沃通")
    return Order(id=order_id, status=status, **{**known, **fields})


@dataclasses.dataclass
class Ca:
    """A CA with given answers, which keeps what it was sent."""

    orders: dict[str, Order] = dataclasses.field(default_factory=dict)
    pems: dict[str, RetrievedPems] = dataclasses.field(default_factory=dict)
    time: dt.datetime | None = NOW
    sent: list[tuple[str, ...]] = dataclasses.field(default_factory=list)
    fresh_status: str = "pending"
    is_loopback: bool = True
    journal: Journal = dataclasses.field(default_factory=Journal)

    @property
    def http(self) -> t.Any:
        """The facts of the connection."""
        return types.SimpleNamespace(server_time=self.time, request_ids=[])

    def knows(self, *orders: Order) -> None:
        """Have orders."""
        self.orders.update({id_key(order.id): order for order in orders})

    def query(self, order_id: str, **_options: t.Any) -> Order:
        """Answer an order."""
        if id_key(order_id) not in self.orders:
            raise NotFound(f"there is no order {order_id}", order_id=order_id)
        return self.orders[id_key(order_id)]

    def retrieve(self, order_id: str, **_options: t.Any) -> RetrievedPems:
        """Answer certificates."""
        if id_key(order_id) not in self.pems:
            raise RejectedByApi("there is no certificate", order_id=order_id)
        return self.pems[id_key(order_id)]

    def create(self, new: t.Any, **_options: t.Any) -> Placed:
        """Place an order, or answer the one of the same value."""
        self.sent.append(("create", new.idempotence_id))
        order_id = f"order-{new.idempotence_id[:8]}"
        if id_key(order_id) not in self.orders:
            self.knows(order_of(order_id, self.fresh_status, created_at=self.time, common_name=new.common_name))
        return Placed(order_id, None, began=self.time)

    def reissue(self, request: ReissueRequest, **_options: t.Any) -> Placed:
        """Reissue an order, or return the one with the same value."""
        self.sent.append(("reissue", request.order_id, request.idempotence_id))
        new_id = f"reissue-{request.idempotence_id[:8]}"
        if id_key(new_id) not in self.orders:
            self.knows(order_of(new_id, "pending", created_at=self.time))
        return Placed(new_id, None, began=self.time)

    def revoke(self, order_id: str, **_options: t.Any) -> None:
        """Revoke a certificate."""
        self.sent.append(("revoke", order_id))
        self.knows(dataclasses.replace(self.orders[id_key(order_id)], status="revoked"))

    def cancel(self, order_id: str, **_options: t.Any) -> None:
        """Cancel an order."""
        self.sent.append(("cancel", order_id))
        self.knows(dataclasses.replace(self.orders[id_key(order_id)], status="closed"))


@dataclasses.dataclass
class Host:
    """A host with answers that a test chooses."""

    rows: list[Json]
    deploys: t.Callable[[t.Sequence[t.Any]], list[Json]] = lambda options: [{} for _one in options]
    options: list[Json] = dataclasses.field(default_factory=list)
    shown: list[str] = dataclasses.field(default_factory=list)
    warnings: list[str] = dataclasses.field(default_factory=list)

    def run(self, *, check: bool = False, **of_role: t.Any) -> Run:
        """Return the surroundings of a task on the host."""
        return Run(
            check_mode=check,
            progress=lambda line, **_news: self.shown.append(str(line)),
            warn=lambda words, **_of: self.warnings.append(words),
            inspect_host=lambda _paths, _first_keys, **_options: HostAnswer(self.rows),
            deploy=self._deploy,
            has_listener=lambda: False,
            has_handler=lambda _name: True,
            **of_role,
        )

    def _deploy(self, options: t.Sequence[t.Any]) -> list[Json]:
        self.options += [dict(one) for one in options]
        return self.deploys(options)


def row_of(record: Json | None, *, live: Json | None = None, pending: Json | None = None, **more: t.Any) -> Json:
    """Return what a host says of the directory of ENTRY."""
    whole = None if record is None else {"version": 1, "name": "contracts", **record}
    return {"path": "/etc/ssl/wotrus/contracts", "record": whole, "live": live, "pending": pending, **more}


def carry_out(operation: Operation, ca: Ca, host: Host, *, run: Run | None = None, **options: t.Any) -> Json:
    """Run an operation of the workflow for ENTRY, and return its result."""
    given = {"certificates": [ENTRY], "base_dir": "/etc/ssl/wotrus", "host": "signer1", **options}
    return run_operation(operation, ca, run or host.run(), **given)


def run_operation(operation: Operation, ca: Ca, run: Run, /, **options: t.Any) -> Json:
    """Run an operation, and return its result."""
    checked = ArgumentSpecValidator(dict(operation.arguments), **operation.constraints).validate(
        json.loads(json.dumps(options))
    )
    assert not checked.error_messages, checked.error_messages
    return operation.run(t.cast("t.Any", ca), checked.validated_parameters, run).result
