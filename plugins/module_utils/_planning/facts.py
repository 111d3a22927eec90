# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The facts of a decision: entry, host state, CA answers, and time."""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing as t
from collections.abc import Mapping

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput, WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._model.deploy_window import DeployWindow
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Order
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import HOST, LiveCertificate, PendingOrder
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import are_clocks_agreed, parse_timestamp
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import Certificate, HostState


@dataclasses.dataclass(frozen=True)
class WantedCertificate:
    """A certificate's entry, as far as a decision needs it.

    :ivar host: the host's name in the inventory
    :ivar definition: what is compared with the definition in the record, and written into it
    :ivar names: the texts of the common name, the organization and ``extra``, in lower case
    :ivar named_key: the options of the definition's key that the entry names, and the storage
    :ivar order_id: the order with which the chain begins, in place of the name
    :ivar root_order_id: the order of its purchase; ``None`` if the entry does not say it
    :ivar renew_before_days: days before the end at which a renewal is due
    :ivar renew_spread_days: a renewal is due up to this many days earlier; each certificate has a fixed offset
    :ivar reissue_requested: a person wants a new key now
    :ivar keys_since: keys that were made before this moment are replaced
    :ivar public_key_sha256: of the key that the user provides
    :ivar reload: how services load a certificate; empty if the entry says that none does, ``None`` if it says nothing
    :ivar has_token: the entry names the token of its key
    :ivar may_renew: this run may renew; if not, a requested reissue goes before a renewal that is due
    :ivar may_reissue: a changed key or name is followed by a reissue, rather than by an error
    :ivar deploy_window: when a live certificate may be replaced; ``None`` for always
    :ivar alarm_days: days before the end at which a certificate that was not renewed is a failure
    :ivar alarm_waiting_days: days after which an order that waits is an alarm
    :ivar is_strict: a live certificate that breaks a rule is a failure; if false, a warning
    :ivar key_home: ``hardware`` if nothing is sent for a key that its host says is elsewhere
    :ivar signed_documents: of its service: ``path``, ``alarm`` and ``max_age_days``; ``None`` without any
    :ivar replace_orders: keys of the ids of orders that another order of this entry may follow
    :ivar replace_orders_of_run: the same for the entry that such an order is for
    """

    name: str
    host: str
    order_name: str
    product: str
    common_name: str
    months: int
    definition: Json
    named_key: frozenset[str] = frozenset({"type", "size", "curve", "storage"})
    names: frozenset[str] = frozenset()
    order_id: str | None = None
    root_order_id: str | None = None
    renew_before_days: float = 30.0
    renew_spread_days: float = 0.0
    reissue_requested: bool = False
    keys_since: dt.datetime | None = None
    public_key_sha256: str | None = None
    reload: Json | None = dataclasses.field(default_factory=dict)
    has_token: bool = False
    may_reissue: bool = True
    may_renew: bool = True
    deploy_window: DeployWindow | None = None
    alarm_days: float = 7.0
    alarm_waiting_days: float = 5.0
    is_strict: bool = True
    key_home: str | None = None
    signed_documents: Json | None = None
    replace_orders: frozenset[str] = frozenset()
    replace_orders_of_run: frozenset[str] = frozenset()

    @property
    def storage(self) -> str:
        """The key's storage: such as ``host``."""
        return str((self.definition.get("key") or {}).get("storage") or HOST)

    @property
    def handler(self) -> str | None:
        """The handler of the play that is notified."""
        return (self.reload or {}).get("handler")

    @property
    def organization(self) -> str | None:
        """The name of the organization that the order is for."""
        return (self.definition.get("subject") or {}).get("organization")


@dataclasses.dataclass(frozen=True)
class Question:
    """What the CA must be asked: Query about an order, or RetrievePem for its certificate."""

    order_id: str
    is_of_certificate: bool = False


class Unasked(Exception):
    """A field of a decision needs an answer of the CA."""

    def __init__(self, question: Question) -> None:
        super().__init__(question.order_id)
        self.question = question


@dataclasses.dataclass(frozen=True)
class OrderAnswer:
    """The CA's answer about an order: the order or an error."""

    order: Order | None = None
    error: WotrusError | None = None


@dataclasses.dataclass(frozen=True)
class CertificateAnswer:
    """The answer of RetrievePem about an order: certificate or error."""

    certificate: Certificate | None = None
    error: WotrusError | None = None


@dataclasses.dataclass(frozen=True)
class Facts:
    """All data for a decision.

    :ivar ca_time: the CA's time; ``None`` if it gave none
    :ivar clock: our own time
    :ivar is_sandbox: the CA is on this machine, and its clock can be moved
    :ivar created: keys of the ids of orders that this run placed
    :ivar placed: the same with those that it adopted
    :ivar may_fetch: RetrievePem may be called for every issued order, since its certificate will be deployed
    """

    wanted: WantedCertificate
    host: HostState
    clock: dt.datetime
    ca_time: dt.datetime | None = None
    is_sandbox: bool = False
    orders: Mapping[str, OrderAnswer] = dataclasses.field(default_factory=dict)
    certificates: Mapping[str, CertificateAnswer] = dataclasses.field(default_factory=dict)
    created: frozenset[str] = frozenset()
    placed: frozenset[str] = frozenset()
    may_fetch: bool = False

    @property
    def now(self) -> dt.datetime:
        """The CA's time, or ours if there is none; the later of both if they do not agree, so that no end is missed."""
        if self.ca_time is None or self.has_agreed_time:
            return self.ca_time or self.clock
        return max(self.ca_time, self.clock)

    @property
    def has_agreed_time(self) -> bool:
        """Whether the CA gives a time with which our own clock agrees; else nothing ends or is due by itself."""
        return self.ca_time is not None and (self.is_sandbox or are_clocks_agreed(self.ca_time, self.clock))

    @property
    def pending(self) -> PendingOrder | None:
        """The pending request of the record."""
        return self.host.record.pending

    @property
    def live(self) -> LiveCertificate | None:
        """The live certificate of the record."""
        return self.host.record.live

    def answer(self, order_id: str) -> OrderAnswer:
        """Return what Query said of an order.

        :raises Unasked: it was not asked yet
        """
        found = self.orders.get(id_key(order_id))
        if found is None:
            raise Unasked(Question(order_id))
        return found

    def certificate(self, order_id: str) -> CertificateAnswer:
        """Return what RetrievePem said of an order.

        :raises Unasked: it was not asked yet
        """
        found = self.certificates.get(id_key(order_id))
        if found is None:
            raise Unasked(Question(order_id, is_of_certificate=True))
        return found

    def known_order(self, order_id: str | None) -> Order | None:
        """Return the order, if the CA has answered for it."""
        found = self.orders.get(id_key(order_id or ""))
        return found.order if found else None

    def known_certificate(self, order_id: str) -> Certificate | None:
        """Return the order's certificate, if it was fetched already."""
        found = self.certificates.get(id_key(order_id))
        return found.certificate if found else None

    def is_created(self, order_id: str) -> bool:
        """Return whether this run placed the order."""
        return id_key(order_id) in self.created

    def is_placed(self, order_id: str) -> bool:
        """Return whether Create or ReissueRequest answered the order in this run."""
        return id_key(order_id) in self.placed

    def with_order(self, order_id: str, answer: OrderAnswer) -> Facts:
        """Return the facts with what Query said."""
        return dataclasses.replace(self, orders={**self.orders, id_key(order_id): answer})

    def with_certificate(self, order_id: str, answer: CertificateAnswer) -> Facts:
        """Return the facts with what RetrievePem said."""
        return dataclasses.replace(self, certificates={**self.certificates, id_key(order_id): answer})

    def with_host(self, **changed: t.Any) -> Facts:
        """Return the facts after fields of the host's state changed."""
        return dataclasses.replace(self, host=dataclasses.replace(self.host, **changed))


def moment(text: str | None, *, option: str) -> dt.datetime | None:
    """Read a time of an option.

    :raises InvalidInput: it is no ISO 8601 time
    """
    if text is None:
        return None
    try:
        return parse_timestamp(text)
    except ValueError as exc:
        raise InvalidInput(
            "{option} is {problem}. Write it as 2026-11-25T00:00:00Z.", option=option, problem=exc
        ) from exc
