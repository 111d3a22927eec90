# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CA: the sandbox's order model in place of the HTTP transport.

It knows the truth about orders. The promises ask it, never the code under test.
"""

from __future__ import annotations

import asyncio
import atexit
import collections
import dataclasses
import datetime as dt
import functools
import json
import shutil
import sqlite3
import tempfile
import uuid
from collections.abc import Callable, Coroutine, Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from wotrus_sandbox import manual_actions, order_lifecycle, order_placement
from wotrus_sandbox.answer_forms import SPELLINGS as WRITTEN
from wotrus_sandbox.answer_forms import http_date, refuse, write
from wotrus_sandbox.authority import Authority
from wotrus_sandbox.endpoints import UNKNOWN_ORDER, Call, Endpoints
from wotrus_sandbox.errors import NotKnownYet, Refusal
from wotrus_sandbox.order_lifecycle import FOREIGN_NAME, Lifecycle
from wotrus_sandbox.order_placement import OrderPlacement
from wotrus_sandbox.orders import Order, OrderKind, Status
from wotrus_sandbox.pushes import Pushes
from wotrus_sandbox.request_bodies import P256_ALONE as KEY_REFUSED
from wotrus_sandbox.request_bodies import Fields, read_csr
from wotrus_sandbox.revocation import Responder
from wotrus_sandbox.settings import Settings
from wotrus_sandbox.sm2 import Sm2Authority
from wotrus_sandbox.store import Store

from ansible_collections.wotrus.pki.plugins.module_utils._client.attempt import Answer, Request
from ansible_collections.wotrus.pki.plugins.module_utils._client.settings import Settings as Connection
from ansible_collections.wotrus.pki.plugins.module_utils._errors import TimedOut, Unavailable
from ansible_collections.wotrus.pki.plugins.module_utils._model.idempotence import follow_idempotence_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key
from ansible_collections.wotrus.pki.plugins.module_utils._revocation.http import Unreachable
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

from . import journal, process
from .clock import DAY, CaClock, Clock
from .network import FIRST, SECOND, Arrival, Network
from .readings import READINGS, Readings
from .watch import Observed

LATENCY = 0.05
LOST_AFTER = 30.0
TOKEN, OTHER_TOKEN = "tk_simulated", "tk_of_another_account"

_POSTS = {
    "/v1/Order/Create": "create",
    "/v1/Order/Cancel": "cancel",
    "/v1/Certificate/RevokeRequest": "revoke",
    "/v1/Certificate/ReissueRequest": "reissue",
    "/v1/Notification/email": "notify",
}
UKEY_KEY = ec.derive_private_key(7, ec.SECP256R1())


_subject, _issue = order_lifecycle._subject, order_lifecycle.issue


@functools.cache
def authority() -> Authority:
    """Return the hierarchy of all worlds, which takes long to make."""
    folder = Path(tempfile.mkdtemp(prefix="wotrus-simulation-ca-"))
    made = Authority(folder / "ca", "http://revocation.example")
    shutil.rmtree(folder)
    return made


@functools.cache
def sm2_authority() -> Sm2Authority:
    """Return the SM2 hierarchy, which the first SM2 order makes."""
    folder = Path(tempfile.mkdtemp(prefix="wotrus-simulation-sm2-"))
    atexit.register(shutil.rmtree, folder)
    return Sm2Authority(folder / "sm2")


def finish(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as exc:
        return exc.value
    raise RuntimeError("the sandbox waits for something")


async def _at_once(function: Any, *arguments: Any, **options: Any) -> Any:
    return function(*arguments, **options)


@dataclasses.dataclass(frozen=True)
class SentRequest:
    """A request that had its effect.

    :ivar order_id: the order that it placed, or that it is about
    :ivar is_new: it placed an order, or asked for another reissue
    :ivar body: what was sent
    :ivar is_copy: the network delivered the request before it once more
    """

    endpoint: str
    order_id: str
    is_new: bool
    body: Mapping[str, Any]
    time: float
    run: str
    is_copy: bool = False


class Ca:
    """WoTrus.

    :ivar requests: everything that was sent and had its effect, in order
    :ivar calls: how many calls each run made
    :ivar unjournaled: the tries that arrived, and had no line in the journal then
    :ivar date_ahead: by how many seconds ``Date`` has jumped ahead
    :ivar fetched_at: when a certificate of each order was first fetched
    :ivar certificates_ahead: by how many seconds the clock of those who issue certificates is ahead
    """

    def __init__(self, clock: Clock, folder: Path, log: Any) -> None:
        self.clock = clock
        self.readings = Readings()
        self.observed = Observed(self)
        self.requests: list[SentRequest] = []
        self.journal = folder / "journal.jsonl"
        self.unjournaled: list[str] = []
        self.calls: collections.Counter[str] = collections.Counter()
        self.is_down = False
        self.stores_what_it_refuses = False
        self.are_intermediates_revoked = False
        self.is_responder_down = False
        self.corrected: dict[str, str] = {}
        self._subjects: dict[str, Callable[[str], str]] = {}
        self._turns: collections.Counter[str] = collections.Counter()
        self._values: dict[str, str] = {}
        self._issuing: dict[str, str] = {"chain_ends": "", "usage": "signing"}
        self._log = log
        self._known: tuple[int, list[Order]] = (-1, [])
        self._own_clock = CaClock(clock)
        self.date_ahead = 0.0
        self.certificates_ahead = 0.0
        self.network = Network()
        self._token = TOKEN
        self._accounts: dict[str, str] = {}
        in_memory = functools.partial(sqlite3.connect, ":memory:", check_same_thread=False)
        with mock.patch("wotrus_sandbox.store.sqlite3.connect", lambda _path, **options: in_memory(**options)):
            self.store = Store(folder / "orders")
        self._lifecycle = Lifecycle(
            store=self.store,
            clock=self._own_clock,
            authority=authority(),
            sm2=sm2_authority(),
            pushes=Pushes(lambda: self._lifecycle.settings),
            settings=Settings(),
        )
        self.fetched_at = self._lifecycle.fetched_at
        self._placement = OrderPlacement(store=self.store, clock=self._own_clock, lifecycle=self._lifecycle)
        self._responder = Responder(
            authority=authority(), store=self.store, clock=self._own_clock, settings=lambda: self._lifecycle.settings
        )
        self._endpoints = Endpoints(
            store=self.store,
            lifecycle=self._lifecycle,
            placement=self._placement,
            authority=authority(),
            sm2=sm2_authority(),
            base_url="https://wotrus.example",
        )
        self.read_as({})

    def close(self) -> None:
        """Forget everything."""
        self.store.close()

    # ---- readings and decisions

    def read_as(self, changes: Mapping[str, str]) -> None:
        """Change readings of the manual."""
        self.readings = self.readings.changed(changes)
        key = UKEY_KEY.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        settings = {"readings": self.readings.of_sandbox(), **self._issuing, "ukey_public_key": key.decode()}
        settings["revoke_intermediates"] = self.are_intermediates_revoked
        self._lifecycle.settings = Settings().with_changes(settings)

    def act(self, order: Order, action: str) -> None:
        """Do what people at WoTrus do."""
        finish(
            manual_actions.perform_action(
                order, action, lifecycle=self._lifecycle, store=self.store, now=self._own_clock.now()
            )
        )
        finish(self._lifecycle.run_all_due_steps())

    def grants_reissue(self, order_id: str) -> bool:
        """Return whether an order may be reissued."""
        order = self.order(order_id)
        return order is not None and order.status is Status.ISSUED and self._lifecycle.has_reissues_left(order)

    def can(self, order: Order, action: str) -> bool:
        """Return whether they can."""
        if action == "refuse-reissue":
            return self._lifecycle.reissue_under_review(order) is not None
        if order.status is Status.PENDING_REVOKE and self.readings["revocation_review"] == "never ends":
            return False
        return order.status in manual_actions._POSSIBLE[action]

    def issue_anew(self, order: Order) -> None:
        """Issue another certificate for the same key of an order."""
        made = order_lifecycle.issue(
            order,
            authority=authority(),
            sm2=sm2_authority(),
            now=self._own_clock.now(),
            settings=self._lifecycle.settings,
        )
        self.store.save_certificates(order.id, made)

    def reissue(self, order: Order) -> None:
        """Reissue an order at the wish of a person who asked WoTrus, and issue the certificate."""
        request = dataclasses.replace(order.request, idempotence=str(uuid.uuid4()))
        self.act(self._placement.reissue(order, request=request).order, "issue")

    def end_chain(self, moment: float | None) -> None:
        """Let the intermediate end at a time; without one, have a newer intermediate of the same key."""
        ends = dt.datetime.fromtimestamp(int(moment), tz=dt.UTC).isoformat() if moment else ""
        self._issuing["chain_ends"] = ends
        self.read_as({})

    def issue_for(self, usage: str) -> None:
        """Issue certificates for a usage from now on."""
        self._issuing["usage"] = usage
        self.read_as({})

    def rename(self, order: Order, name: str) -> None:
        """Correct the name of an order, unless certificates alone have a corrected one."""
        if self.readings["names"] == "corrected in certificates":
            return
        self.corrected.setdefault(order.id, order.request.common_name)
        self.store.change(order.id, request=dataclasses.replace(order.request, common_name=name))

    def correct_organization(self, order: Order, name: str) -> None:
        """Correct the organization of an order."""
        organization = {**order.request.organization, "orgName": name}
        self.store.change(order.id, request=dataclasses.replace(order.request, organization=organization))

    def asked_names(self, order: Order) -> tuple[str, str]:
        """Return the common name and the organization that were sent."""
        request = self.root(order).request
        return self.corrected.get(order.id, request.common_name), str(request.organization["orgName"])

    def names_of(self, order: Order) -> tuple[str, str]:
        """Return the common name and the organization that Query shows, or certificates with a corrected name."""
        write, organization = WRITTEN[self.readings["spelling"]], str(order.request.organization["orgName"])
        if self.readings["names"] == "corrected in certificates":
            return order_lifecycle.CORRECTED_NAME, write(organization)
        return write(order.request.common_name), write(organization)

    def write_subjects(self, how: str, *fields: str) -> None:
        """Write names in the subjects of certificates otherwise from now on, by default both."""
        self._subjects = dict.fromkeys(fields or ("CN", "O"), WRITTEN[how])

    @property
    def writes_subjects_otherwise(self) -> bool:
        """Whether names in subjects are other ones than those of the orders."""
        return bool(self._subjects)

    def issue(self, order: Order, *, now: float, **how: Any) -> Any:
        """Issue the certificates of an order, by the clock of those who do."""
        return _issue(order, now=now + self.certificates_ahead, **how)

    def subject(self, order: Order) -> Mapping[str, str]:
        """Return the subject of a certificate."""
        return {name: self._subjects.get(name, str)(value) for name, value in _subject(order).items()}

    def _reissue_by_itself(self, order: Order) -> None:
        """Issue another certificate within the paid term, as soon as half of the life of the last one is over."""
        last = self.store.certificates(order.id)
        if self.readings["own_reissue"] == "never" or order.status is not Status.ISSUED or len(last) != 1:
            return
        begins = x509.load_pem_x509_certificate(last[0].pem.encode()).not_valid_before_utc.timestamp()
        end_of_term = self._lifecycle._end_of_term(order)
        is_over = self.clock.now() >= (begins + last[0].not_after) / 2
        if is_over and max(last[0].not_after, self.clock.now()) < end_of_term - DAY:
            self.issue_anew(dataclasses.replace(order, not_after=end_of_term))

    def forget(self, order: Order) -> None:
        """Forget the idempotence value of an order."""
        self.store.delete_idempotence(operation="create", value=self.value_of(order), order_id=order.id)

    def buy(self, body: Mapping[str, Any]) -> Order:
        """Let a person place an order in the console."""
        done = finish(self._endpoints.answer("create", Call("", Fields(body, name=""))))
        order = self.store.find(str(done.order_id))
        if order is None:
            raise LookupError(done.order_id)
        self._keep_asked_name(order)
        return order

    def _keep_asked_name(self, order: Order) -> None:
        if self.readings["names"] == "corrected in certificates":
            self.corrected[order.id] = order.request.common_name

    # ---- the truth

    @property
    def ahead(self) -> float:
        """By how many seconds ``Date`` is ahead of the times of orders and certificates."""
        return float(self.readings["date_ahead"]) + self.date_ahead

    def orders(self) -> list[Order]:
        """Return every order and reissue as it is now, oldest first."""
        finish(self._lifecycle.run_all_due_steps())
        return self.known()

    def known(self) -> list[Order]:
        """Return every order and reissue as it was when anybody asked last."""
        version = self.store._db.total_changes
        if self._known[0] != version:
            self._known = version, self.store.all_orders()
        return self._known[1]

    def order(self, order_id: str) -> Order | None:
        """Return an order in any spelling of its id."""
        return self.store.find(order_id)

    def shown(self) -> list[Order]:
        """Return the orders and reissues that the console of the customer's own account shows."""
        return [order for order in self.known() if self.account(order) == TOKEN]

    def does_show(self, order: Order) -> bool:
        """Return whether Query shows an order, which may be hidden by its reissue."""
        return self.readings["replaced_order"] == "known" or self._lifecycle.find_newest_reissue(order) is None

    def account(self, order: Order) -> str:
        """Return the token of the account that has an order."""
        return self._accounts.get(self.root(order).id, TOKEN)

    def paid(self) -> list[Order]:
        """Return the orders that cost something."""
        return [order for order in self.known() if order.kind is OrderKind.ORDER]

    def name(self, order_id: str | None) -> str:
        """Return an order's name in histories and logs."""
        wanted = id_key(order_id or "")
        return next((f"order {order.number}" for order in self.known() if order.id == wanted), str(order_id))

    def by_number(self, number: int) -> Order:
        """Return an order by its number."""
        return next(order for order in self.known() if order.number == number)

    def root(self, order: Order) -> Order:
        """Return the order of the purchase."""
        return self._lifecycle.find_root(order)

    def family(self, root: Order) -> list[Order]:
        """Return an order of a purchase with all its reissues."""
        return [order for order in self.known() if self.root(order).id == root.id]

    def value_of(self, root: Order) -> str:
        """Return the value that a purchase was placed with; a reissue under its own id has replaced the request."""
        return self._values.get(root.id, root.request.idempotence)

    def followed(self, order: Order) -> Order | None:
        """Return the purchase that an order follows, by its idempotence value.

        ``None`` for a first order.
        """
        for other in self.known():
            if self.value_of(order) == follow_idempotence_id(other.id):
                return self.root(other)
        return None

    def follower(self, root: Order) -> Order | None:
        """Return the purchase that follows one, in either way."""
        return next(
            (order for order in self.paid() if (f := self.followed(order)) is not None and f.id == root.id), None
        )

    def end_of(self, root: Order) -> float:
        """Return when the last certificate of a purchase ends; 0 without one.

        The SM2 order of a pair may be issued much later than the other, which is the one in use. The certificates of
        an order that a reissue has replaced are not in use either.
        """
        used = [order for order in self.family(root) if not (order.is_sm2_pair and order.companion)]
        issued = [(order, self.store.certificates(order.id, former=True)) for order in used]
        last = max((order.created for order, certificates in issued if certificates), default=0.0)
        ends = [one.not_after for order, certificates in issued if order.created == last for one in certificates]
        return max(ends, default=0.0)

    def order_of_serial(self, serial: str) -> Order | None:
        """Return the order of a certificate."""
        wanted = int(serial, 16)
        for order in self.known():
            if any(int(one.serial, 16) == wanted for one in self.store.certificates(order.id, former=True)):
                return order
        return None

    # ---- revocation as readers see it

    def is_revoked(self, certificate: x509.Certificate) -> bool:
        """Return whether a certificate was revoked, whatever became of its order."""
        return f"{certificate.serial_number:X}" in self.store.revoked_serials()

    def revoke_intermediates(self, *, revoked: bool) -> None:
        """Let OCSP and the revocation lists say that the intermediates are revoked."""
        self.are_intermediates_revoked = revoked
        self.read_as({})

    def download(self, url: str, body: bytes | None, *, seconds: float, most: int, allowed: object) -> bytes:
        """Answer in place of the addresses that certificates name.

        :raises Unreachable: they do not answer
        """
        del seconds, most, allowed
        if self.is_responder_down:
            raise Unreachable(Message("it cannot be reached: {error}", error="refused"))
        if body is not None:
            return self._responder.ocsp(body)
        return self._responder.crl(url.rpartition("/")[2].removesuffix(".crl"))

    # ---- the transport

    def transport(self, settings: Connection) -> Transport:
        """Return what stands in for a pool of connections."""
        return Transport(self, settings.token)

    def answer(self, request: Request, request_id: str, token: str) -> Answer:
        """Answer a call, with a step before and after it.

        :raises WotrusError: a fault
        """
        for late in self.network.arrived(self.clock.now()):
            with process.running(process.Process(late.sender)):
                self._arrive(late)
        endpoint, order_id = _endpoint_of(request)
        self.calls[process.current().name] += 1
        what = f"{endpoint} {self.name(order_id)}".strip() if order_id else endpoint
        if process.step(process.Step.CALL, what) or self.is_down or self.network.is_down(endpoint):
            unreached = Message("Cannot connect to {host}: {why}.", host="wotrus.example", why="refused")
            raise Unavailable(unreached, is_temporary=True)
        if endpoint in journal.CALLS and not journal.has_line(self.journal, request_id):
            self.unjournaled.append(f"{process.current().name}: {what}")
        self.clock.pass_by(LATENCY)
        arrival = Arrival(endpoint, order_id, request.body, token, process.current().name)
        is_late = self.network.holds(arrival, self.clock.now())
        status, value = (0, None) if is_late else self._arrive(arrival)
        value = write(value, self._lifecycle.settings)
        if is_late or process.step(process.Step.ANSWER, what):
            self.clock.pass_by(LOST_AFTER)
            late = Message("{host} did not answer in time.", host="wotrus.example")
            raise TimedOut(late, is_temporary=True, answer_lost=True)
        self.clock.pass_by(LATENCY)
        body = b"" if value is None else json.dumps(value).encode()
        return Answer(status=status, body=body, headers=self._headers())

    def _arrive(self, arrival: Arrival) -> tuple[int, dict[str, Any] | None]:
        """Let a request have its effect, or have it twice, and return the answer."""
        self._token = arrival.token
        sent = json.loads(arrival.body) if arrival.body else {}
        named = self.store.find(arrival.order_id or str(sent.get("orderId") or sent.get("orderID") or ""))
        if named is not None and self.account(named) != arrival.token:
            return self._refuse(arrival.endpoint, UNKNOWN_ORDER)
        fate = self.network.fates.pop(arrival.endpoint, "")
        self.observed.is_create_repeated |= fate in (FIRST, SECOND)
        answered = [
            self._carry_out(arrival.endpoint, arrival.order_id, arrival.body, is_copy=is_copy)
            for is_copy in ((False, True) if fate in (FIRST, SECOND) else (False,))
        ]
        return answered[0 if fate == FIRST else -1]

    def _headers(self) -> dict[str, str]:
        date = http_date(self._own_clock.now() + self.date_ahead, self._lifecycle.settings.readings)
        return {"Date": date} if date else {}

    def _carry_out(
        self, endpoint: str, order_id: str, body: bytes | None, *, is_copy: bool
    ) -> tuple[int, dict[str, Any] | None]:
        sent = json.loads(body) if body else {}
        before = self._count() if body else 0
        asked = self.store.find(order_id)
        if asked is not None:
            self._reissue_by_itself(asked)
        if endpoint == "retrieve":
            order_id = self._retrieved_instead(order_id)
        try:
            done = finish(self._endpoints.answer(endpoint, Call(order_id, Fields(self._in_account(sent), name=""))))
        except Refusal as refusal:
            self._log(f"  {process.current().name}: {endpoint} {self.name(order_id)}: refused ({refusal})")
            return self._refuse(endpoint, str(refusal))
        except NotKnownYet:
            return 404, None
        found = str(done.order_id)
        is_new = bool(body) and self._count() > before
        self._keep(endpoint, found, sent, is_new=is_new, is_copy=is_copy)
        if self.stores_what_it_refuses and _has_refused_key(endpoint, sent):
            return self._refuse(endpoint, KEY_REFUSED)
        value = json.loads(json.dumps(done.answer))
        if endpoint == "retrieve" and value["data"].get("pem_RSA"):
            self._turn(found, value["data"])
        return 200, value

    def _refuse(self, endpoint: str, reason: str) -> tuple[int, dict[str, Any] | None]:
        answer = refuse(endpoint, reason, self._lifecycle.settings.readings)
        return (404, None) if answer is None else (200, answer)

    def _in_account(self, sent: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a request whose idempotence value is the account's own."""
        order = sent.get("orderinfoPost")
        if not order or self._token == TOKEN:
            return sent
        value = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self._token} {order['idempotenceID']}"))
        return {**sent, "orderinfoPost": {**order, "idempotenceID": value}}

    def _count(self) -> int:
        return sum(1 + order.reissues for order in self.known())

    def _retrieved_instead(self, order_id: str) -> str:
        """Return the order whose certificate RetrievePem gives in place of that of another."""
        order = self.store.find(order_id)
        is_other = order is not None and self.readings["retrieved"] == "another order's for a day"
        if order is None or not is_other or self.clock.now() >= order.created + DAY:
            return order_id
        others = [one for one in self.known() if self.root(one).id != self.root(order).id and one.companion is None]
        found = [one.id for one in others if one.status is Status.ISSUED and not one.product.is_sm2]
        return found[-1] if found else order_id

    def _turn(self, order_id: str, data: dict[str, Any]) -> None:
        """Give the certificate that an order had before, each second time."""
        had = [one for one in self.store.certificates(order_id, former=True) if one.part == "RSA"]
        if self.readings["retrieved"] == "old and new by turns" and len(had) > 1:
            self._turns[order_id] += 1
            data["pem_RSA"] = had[-2 if self._turns[order_id] % 2 else -1].pem

    def _keep(self, endpoint: str, order_id: str, sent: Mapping[str, Any], *, is_new: bool, is_copy: bool) -> None:
        self._log(f"  {process.current().name}: {endpoint}: {self.name(order_id)}{' is new' if is_new else ''}")
        placed = self.store.find(order_id) if endpoint == "create" and is_new else None
        if placed is not None:
            root = self.root(placed)
            self._values[root.id] = str(sent["orderinfoPost"]["idempotenceID"])
            self._accounts[root.id] = self._token
            self._keep_asked_name(root)
        if endpoint not in ("query", "retrieve"):
            self.requests.append(
                SentRequest(endpoint, order_id, is_new, sent, self.clock.now(), process.current().name, is_copy)
            )

    def has_no_certificate(self, order: Order) -> bool:
        """Return whether RetrievePem has no certificate of an order any more, though it was issued."""
        return "without" in self.readings["archive"] and self._lifecycle.is_archived(order)


def _has_refused_key(endpoint: str, sent: Mapping[str, Any]) -> bool:
    """Return whether a request is for a key of another kind than ECC P-256."""
    csr = {"create": (sent.get("orderinfoPost") or {}).get("csR_RSA"), "reissue": sent.get("csr")}.get(endpoint)
    try:
        read_csr(csr or "", {"keys": "P-256 alone"})
    except Refusal:
        return True
    return False


def _endpoint_of(request: Request) -> tuple[str, str]:
    if request.method == "POST":
        return _POSTS[request.path], ""
    if request.path == "/v1/Certificate/RetrievePem":
        return "retrieve", dict(request.query)["orderID"]
    return "query", request.path.rpartition("/")[2]


class Transport:
    """Stands in for the pool of connections of a task."""

    proxy_host = None

    def __init__(self, ca: Ca, token: str) -> None:
        self._ca = ca
        self._token = token
        self._watcher = ca.observed.watcher()

    def send(self, request: Request, *, request_id: str) -> Answer:
        """Send a request once."""
        answer = self._ca.answer(request, request_id, self._token)
        self._ca.observed.take(self._watcher, request, answer, request_id)
        return answer

    def close(self) -> None:
        """End the task."""
        self._ca.observed.end(self._watcher)


class Numbers:
    """Gives order ids and serial numbers in order.

    So the same history has the same ones.
    """

    def __init__(self) -> None:
        self._last = 0

    def order_id(self) -> str:
        """Return the next order id."""
        self._last += 1
        return f"00000000-0000-4000-8000-{self._last:012x}"

    def serial(self) -> int:
        """Return the next serial number, as long as real ones."""
        self._last += 1
        return (1 << 150) + self._last


def replaced(ca: Ca, numbers: Numbers) -> Iterator[Any]:
    """Yield what is replaced in the sandbox."""
    yield mock.patch.object(order_lifecycle, "_subject", ca.subject)
    yield mock.patch.object(order_lifecycle, "issue", ca.issue)
    yield mock.patch.object(order_placement, "_new_id", numbers.order_id)
    yield mock.patch.object(x509, "random_serial_number", numbers.serial)
    yield mock.patch.object(order_lifecycle.asyncio, "to_thread", _at_once)


def common_name_of(csr: str) -> str | None:
    """Return the common name of a CSR."""
    names = x509.load_pem_x509_csr(csr.encode()).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else None


__all__ = [
    "DAY",
    "FOREIGN_NAME",
    "KEY_REFUSED",
    "READINGS",
    "WRITTEN",
    "Ca",
    "Numbers",
    "SentRequest",
    "asyncio",
    "authority",
    "replaced",
]
