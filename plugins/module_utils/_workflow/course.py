# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One certificate on its way through a task: what is known of it, what was done, and what comes next."""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.answers import Placed, RetrievedPems, merge_pems
from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._client.fields import one_line
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    BadAnswer,
    HostUnreadable,
    OrderDead,
    OrderMismatch,
    RejectedByApi,
    WotrusError,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.documents import Document
from ansible_collections.wotrus.pki.plugins.module_utils._model.idempotence import reissue_idempotence_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key, is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import ISSUED, is_same_name
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import format_timestamp, parse_timestamp
from ansible_collections.wotrus.pki.plugins.module_utils._orders.certificate import verify_certificate
from ansible_collections.wotrus.pki.plugins.module_utils._orders.inputs import csr_key
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Run
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order import PlacedOrder, new_order, place
from ansible_collections.wotrus.pki.plugins.module_utils._orders.reissue import (
    ReissueRequest,
    check_document,
    request_reissue,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.action_filter import restrict_to_actions
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import (
    DOING,
    PLACING,
    SENDING,
    Action,
    Decision,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import (
    UKEY,
    Answer,
    Certificate,
    Facts,
    LiveState,
    PendingState,
    host_code,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.order_reader import OrderReader
from ansible_collections.wotrus.pki.plugins.module_utils._planning.plan import Subject, order_params, order_value
from ansible_collections.wotrus.pki.plugins.module_utils._planning.results import (
    BLOCKED,
    DEPLOYED,
    FAILED,
    UNCHANGED,
    WAITING,
    preview,
    result_row,
)
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import (
    Message,
    Text,
    headline,
    next_step,
    text,
)
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.limit import COUNT, limit_reached

if t.TYPE_CHECKING:
    from cryptography import x509


_REASONS = {
    "key_lost": "The private key was lost",
    "key_changed": "The key changes",
    "definition_changed": "The definition changes",
    "key_too_old": "The key is replaced by date",
    "interrupted": "The private key changes",
    "requested": "A new key is wanted",
}


@dataclasses.dataclass(frozen=True)
class Tools:
    """What the courses of a host share.

    :ivar limit: the most charged orders of the run
    :ivar charged: how many the forecast counted; none is sent if that is more
    :ivar document: evidence for reissues of products that need it
    :ivar notifies: a handler of the play may listen for changed certificates
    :ivar target_options: further options of ``wotrus_deployment``, such as ``owner``
    """

    api: Api
    reader: OrderReader
    run: Run
    host: str
    anchors: t.Sequence[x509.Certificate]
    limit: int
    charged: int
    document: Document | None
    notifies: bool
    target_options: Json
    alarms: t.Mapping[str, float]


class Course:
    """One certificate, from the look at its host to its result.

    :ivar facts: what is known of it now
    :ivar decision: what is to be done next
    :ivar error: why nothing more can be done for it
    """

    def __init__(self, tools: Tools, subject: Subject, facts: Facts, decision: Decision) -> None:
        self.tools = tools
        self.subject = subject
        self.facts = facts
        self.decision = decision
        self.error: WotrusError | None = None
        self.steps: list[str] = []
        self.charged = False
        self.is_settled = False
        self.is_deployed = False
        self.handler_is_missing = False
        self._csr: str | None = None
        self._ukey_password: str | None = None
        self._prepared_for: tuple[t.Any, ...] | None = None
        self._unrecorded: dict[str, t.Any] = {}
        self._bundle: dict[str, t.Any] | None = None
        self._expires: dt.datetime | None = None
        self._waiting_msg: Message | None = None
        self._companion_awaited: str | None = None

    # ---- prepare

    @property
    def needs_prepare(self) -> bool:
        """Tell whether the host needs a record, a key and a CSR before anything is sent or fetched."""
        if self.is_settled or self.error is not None or self._is_prepared:
            return False
        if self.decision.action in SENDING:
            return True
        return self.decision.action is Action.RESUME and self._is_unrecorded()

    @property
    def _is_prepared(self) -> bool:
        """Tell whether the host was prepared for what comes next, and not for something before it."""
        return self._prepared_for == self._next_request()

    def _next_request(self) -> tuple[t.Any, ...]:
        decision = self.decision
        return decision.action, decision.order_id, decision.follows, decision.refused_order_id

    def check_limit(self) -> None:
        """Stop an order that the limit does not allow, before anything is prepared for it on the host."""
        exceeded = self.decision.may_be_charged and self.tools.charged > self.tools.limit
        if exceeded and self.error is None and not self.is_settled:
            self.error = limit_reached(self.tools.charged, self.tools.limit)

    def _is_unrecorded(self) -> bool:
        """Tell whether the decision is about an order that the host knows nothing of yet."""
        record = self.facts.host.record
        known = [part.order_id for part in (record.pending, record.live) if part is not None]
        known += [one.live.order_id for one in record.superseded]
        return not any(is_same_id(self.decision.order_id, order_id) for order_id in known)

    def preparation(self) -> dict[str, t.Any]:
        """Return the options of ``wotrus_deployment`` that prepare the host."""
        entry, definition = self.subject.entry, self.facts.wanted.definition
        given = entry.get("key") or {}
        secrets = {name: given[name] for name in ("content", "import_from") if given.get(name)}
        ukey = entry.get("ukey") or {}
        wishes = {f"ukey_{name}": ukey.get(name) for name in ("password", "password_length", "password_alphabet")}
        pending = self.facts.host.pending
        return {
            **self.tools.target_options,
            "path": self.subject.path,
            "state": "prepared",
            "key": {**definition["key"], **secrets},
            "subject": definition["subject"],
            "record": self._statement(),
            "expected_live": self._expected_live(),
            **({"expected_ukey_password": bool(pending and pending.has_ukey_password)} if self._is_on_ukey else {}),
            **{name: value for name, value in wishes.items() if value},
        }

    def take_prepared(self, row: Json) -> None:
        """Take the host's CSR, and decide again: a key that was there already may change what is to be done."""
        if row.get("error_code"):
            self.error = _error_of(row)
            return
        self._prepared_for = self._next_request()
        self.steps.append("prepared")
        self._csr = _text_of(row, "csr")
        self._ukey_password = _text_of(row, "ukey_password")
        try:
            key = csr_key(self._csr)
        except WotrusError as exc:
            self.error = exc
            return
        if not self._is_on_ukey and key is None:
            self.error = HostUnreadable(Message("result.host_no_csr"))
            return
        pending = PendingState(
            csr=self._csr,
            public_key_sha256=key,
            has_key=key is not None,
            has_ukey_password=self._ukey_password is not None,
        )
        host = dataclasses.replace(self.facts.host, pending=pending)
        self.facts = dataclasses.replace(self.facts, host=host)
        if self.decision.action in (Action.RESUME, Action.REISSUE) and self.decision.reason == "key_lost":
            self._decide()

    @property
    def _is_on_ukey(self) -> bool:
        return self.facts.wanted.storage == UKEY

    def _expected_live(self) -> str:
        live = self.facts.host.live
        return live.release if live else ""

    def _order_name(self) -> str:
        """Return the name by which a lost disk finds the chain of orders: the one under which it began."""
        recorded, decision = self.facts.host.record.order_name, self.decision
        begins = decision.action is Action.ORDER and decision.follows is None
        return self.facts.wanted.order_name if begins or recorded is None else recorded

    def _statement(self) -> dict[str, t.Any]:
        """Return what the host's record has to say before anything is sent."""
        decision, want = self.decision, self.facts.wanted
        pending = self.facts.pending
        value = order_value(self.facts, decision)
        operation = decision.action.value if decision.action in SENDING else Action.ORDER.value
        statement = {
            "name": want.name,
            "order_name": self._order_name(),
            "operation": operation,
            "idempotence_id": value,
            "follows": decision.follows,
            "months": decision.months,
            "definition": dict(want.definition),
            "superseded_order_id": decision.superseded_order_id,
            "refused_order_id": decision.refused_order_id,
            "companion_order_id": None if decision.action in PLACING else decision.companion_order_id,
        }
        if decision.action is Action.RESUME:
            statement.update(order_id=decision.order_id, root_order_id=decision.root_order_id)
        if decision.action is Action.REISSUE:
            statement["root_order_id"] = decision.root_order_id
        same = pending is not None and pending.operation == operation and pending.idempotence_id == value
        statement["requested_at"] = (pending.requested_at if same and pending else None) or format_timestamp(
            self.facts.now
        )
        return {name: item for name, item in statement.items() if item is not None}

    # ---- send

    @property
    def needs_send(self) -> bool:
        """Tell whether an order or a reissue is to be sent now."""
        return not self.is_settled and self.error is None and self.decision.action in SENDING and self._is_prepared

    def send(self) -> None:
        """Place the order or request the reissue, and know its id from then on.

        :raises WotrusError: it was refused, or nothing is known of it
        """
        if self.decision.action is Action.REISSUE:
            self._reissue()
        else:
            self._place()

    def _place(self) -> None:
        params = {**order_params(self.subject, self.decision), "csr": self._csr, "csr_path": None}
        new = new_order({**params, "ukey_password": self._ukey_password if self._is_on_ukey else None})
        if self.tools.charged > self.tools.limit:
            raise limit_reached(self.tools.charged, self.tools.limit)
        with COUNT.take(new.idempotence_id, self.tools.limit) as ticket:
            placed = place(self.tools.api, new, answered=self._keep_id)
            created = placed.created is not False
            ticket.charged = created and not ticket.counted
        self.charged = self.charged or (created and not ticket.counted)
        self._take_placed(placed, created=created)

    def _reissue(self) -> None:
        decision = self.decision
        order_id, csr = str(decision.order_id), str(self._csr)
        request = ReissueRequest(
            order_id=order_id,
            csr=csr,
            reason=_REASONS.get(decision.reason, _REASONS["interrupted"]),
            idempotence_id=self._reissue_value(order_id, csr),
            document=self.tools.document,
        )
        order = self.tools.reader.order(order_id).order
        if order is not None:
            check_document(order, request)
        try:
            placed = request_reissue(self.tools.api, request, answered=self._keep_id)
        except RejectedByApi as exc:
            if order is not None and order.is_dead:
                refused = Message("result.reissue_of_dead", order_id=order_id, status=order.status, error=exc)
                raise OrderDead(refused) from exc
            raise
        self._take_placed(placed, created=placed.created is not False)

    def _reissue_value(self, order_id: str, csr: str) -> str:
        return reissue_idempotence_id(
            order_id=order_id, public_key_sha256=str(csr_key(csr)), refused_order_id=self.decision.refused_order_id
        )

    def _keep_id(self, placed: Placed) -> None:
        """Keep the id of an order that the CA answered, in the run's output and for the host's record."""
        decision = self.decision
        is_reissue = decision.action is Action.REISSUE
        shown = Message(
            "show.reissue" if is_reissue else "show.order",
            host=self.tools.host,
            name=self.subject.wanted.name,
            former=decision.order_id,
            order_id=placed.order_id,
        )
        self.tools.run.show(text(shown))
        fields = {
            "operation": decision.action.value,
            "order_id": placed.order_id,
            "root_order_id": (decision.root_order_id or decision.order_id) if is_reissue else placed.order_id,
            "idempotence_id": order_value(self.facts, decision),
            "companion_order_id": placed.companion_order_id or (decision.companion_order_id if is_reissue else None),
        }
        self._unrecorded = {name: value for name, value in fields.items() if value is not None}

    def _take_placed(self, placed: PlacedOrder, *, created: bool) -> None:
        """Take what the CA said of an order that it just answered, and decide what comes next."""
        decision = self.decision
        is_reissue = decision.action is Action.REISSUE
        word = "reissued" if is_reissue else "ordered" if created else "adopted"
        self.steps.append(word)
        known = Answer(placed.order, placed.error)
        for order_id in {decision.order_id, placed.order_id} - {None}:
            self.tools.reader.forget(str(order_id))
        self.tools.reader.know(placed.order_id, known)
        if self._is_on_ukey and not is_reissue:
            # Whether the password of an adopted UKey order is ours is only known if this host recorded that request.
            self._unrecorded["ukey_password_known"] = created or self._is_own_request()
        former = self._statement()
        merged_fields = {**former, **self._unrecorded}
        for name in ("name", "order_name"):
            merged_fields.pop(name, None)
        key = self.facts.host.pending.public_key_sha256 if self.facts.host.pending else None
        # What the CA just said of other orders may be out of date.
        self.facts = dataclasses.replace(
            self.facts.with_pending(**merged_fields, public_key_sha256=key),
            orders={id_key(placed.order_id): known},
            certificates={},
            placed=self.facts.placed | {id_key(placed.order_id)},
            created=self.facts.created | ({id_key(placed.order_id)} if created and not is_reissue else frozenset()),
            wanted=dataclasses.replace(self.facts.wanted, reissue_requested=False, keys_since=None),
        )
        self._prepared_for = None
        self._decide()

    def _is_own_request(self) -> bool:
        """Tell whether the host's record has prepared this very order before."""
        pending = self.facts.pending
        return pending is not None and pending.idempotence_id == order_value(self.facts, self.decision)

    # ---- fetch

    @property
    def needs_fetch(self) -> bool:
        """Tell whether a certificate may be there."""
        ready = self.decision.action is Action.RESUME and self.decision.is_ready
        return not self.is_settled and self.error is None and ready and self._bundle is None and not self.needs_prepare

    def fetch(self) -> None:
        """Fetch the certificate and verify it, or learn that it is not there yet or for another key.

        :raises WotrusError: it cannot be used
        """
        order_id, reader = str(self.decision.order_id), self.tools.reader
        pems = self._pems_of(order_id)
        if pems is None:
            self._wait()
            return
        companion = self.decision.companion_order_id
        beside = self._companion_pems(companion) if companion else None
        if self.is_settled:
            return
        found = None
        if not self.facts.is_created(order_id):
            # An adopted order may be due, or its certificate for a lost key.
            answer = reader.certificate(order_id)
            if answer.error is not None:
                raise answer.error
            found = answer.certificate
            self.facts = self.facts.with_order(order_id, reader.order(order_id)).with_certificate(order_id, answer)
            self._decide()
            if self.decision.action is not Action.RESUME or not self.decision.is_ready:
                return
        order = reader.order(order_id).order
        self._bundle = verify_certificate(
            merge_pems([pems, *([beside] if beside else [])]),
            order_id=order_id,
            key=self._wanted_key(found),
            common_name=(order.common_name if order else None) or self.facts.wanted.common_name,
            anchors=self.tools.anchors,
            now=self.facts.now,
            warn=self.tools.run.warn,
        )
        self._expires = parse_timestamp(self._bundle["info"]["not_after"])

    def _pems_of(self, order_id: str) -> RetrievedPems | None:
        """Return an order's certificates; ``None`` if it has none yet."""
        reader = self.tools.reader
        order = reader.order(order_id).order
        is_issued = order is not None and order.is_issued
        try:
            pems = reader.pems(order_id)
        except RejectedByApi:
            if is_issued:
                raise
            return None
        if pems.is_empty:
            if is_issued:
                raise BadAnswer(
                    Message("result.certificate_empty", order_id=order_id, status=ISSUED), order_id=order_id
                )
            return None
        if order is not None and not is_issued:
            # RetrievePem moves an order on (manual, revision V1.03).
            reader.know(order_id, Answer(order=dataclasses.replace(order, status=ISSUED)))
        return pems

    def _companion_pems(self, companion: str) -> RetrievedPems | None:
        """Return the certificates of the companion order; none if it is dead. If it has none yet, it is waited for."""
        order = self.tools.reader.order(companion).order
        if order is not None and order.is_dead:
            self.warn(Message("warn.companion_dead", order_id=companion, status=order.status))
            self.decision = dataclasses.replace(self.decision, companion_order_id=None)
            return None
        pems = self._pems_of(companion)
        if pems is None:
            self._wait_for_companion(companion)
            return None
        # A host's record may name any order as the companion of its own.
        found = order.common_name if order else None
        if found is None:
            certificate = self.tools.reader.certificate(companion).certificate
            found = certificate.common_name if certificate else None
        if found is None or not is_same_name(found, self.facts.wanted.common_name):
            wanted = self.facts.wanted.common_name
            raise OrderMismatch(
                Message("result.companion_mismatch", order_id=companion, found=found, wanted=wanted),
                order_id=companion,
                next_step=Message("next.move_record"),
            )
        return pems

    def _wanted_key(self, certificate: Certificate | None) -> str | None:
        """Return the key that the certificate must have: the pending one, or the live one of a repaired release."""
        if self._is_on_ukey:
            return None
        pending, live = self.facts.host.pending, self.facts.host.live
        keys = [pending.public_key_sha256 if pending and pending.has_key else None]
        keys += [live.certificate.public_key_sha256 if live and live.certificate else None]
        keys += [one.live.public_key_sha256 for one in self.facts.host.record.superseded]
        found = certificate.public_key_sha256 if certificate else None
        known = [key for key in keys if key]
        return found if found in known else (known[0] if known else found)

    def _wait(self, msg: Message | None = None) -> None:
        self.is_settled = True
        self._waiting_msg = msg
        self.decision = dataclasses.replace(self.decision, is_ready=False)

    def _wait_for_companion(self, companion: str) -> None:
        self._wait(Message("result.companion_waits", order_id=companion))
        self._companion_awaited = companion
        self.decision = dataclasses.replace(self.decision, next_step=Message("next.run_again"))

    def restrict(self, actions: t.Sequence[Action]) -> None:
        """Keep what comes next to what the run may do."""
        if self.error is None and not self.is_settled:
            self.decision = restrict_to_actions(self.decision, self.facts, actions)

    def _decide(self) -> None:
        known = self.decision.warnings
        self.facts, self.decision = self.tools.reader.decide(dataclasses.replace(self.facts, may_fetch=True))
        for msg in self.decision.warnings:
            if msg not in known:
                self.warn(msg)

    def warn(self, msg: Text) -> None:
        """Show a warning about the certificate."""
        self.tools.run.warn(text(Message("warn.certificate", name=self.subject.wanted.name, msg=msg)))

    # ---- deploy

    def deployment(self, *, only_orders: bool = False) -> dict[str, t.Any] | None:
        """Return the options that deploy the certificate, or that record an order; ``None`` if there is nothing.

        :param only_orders: record orders, and nothing else
        """
        base = {"path": self.subject.path}
        if self._bundle is None or self.error is not None or only_orders or self.is_settled:
            if self._unrecorded:
                expected = {"expected_live": self._expected_live()}
                return {**base, **expected, "state": "recorded", "record": self._unrecorded}
            return None if only_orders or self.error is not None else self._owed_reload()
        reload = self.subject.entry.get("reload") or {}
        record = {
            **self._statement_of_live(),
            "reload_pending": bool(reload) or self.tools.notifies,
        }
        return {
            **self.tools.target_options,
            **base,
            "state": "present",
            "key": {"storage": self.facts.wanted.storage},
            "record": record,
            **{name: self._bundle[name] for name in ("certificate", "root")},
            "chain": self._bundle["chain"],
            **_pair_of(self._bundle),
            "expected_live": self._expected_live(),
            **({"pkcs12": _given(self.subject.entry["pkcs12"])} if self.subject.entry.get("pkcs12") else {}),
            **self._reload_options(),
        }

    def _owed_reload(self) -> dict[str, t.Any] | None:
        """Return the options that run a reload command which is owed."""
        if not self.facts.host.record.reload_pending or "reloaded" in self.steps:
            return None
        options = self._reload_options()
        return {"path": self.subject.path, "state": "recorded", "record": {}, **options} if options else None

    def _reload_options(self) -> dict[str, t.Any]:
        reload = self.subject.entry.get("reload") or {}
        options = {"reload_command": reload.get("command"), "served_at": reload.get("served_at")}
        return {name: value for name, value in options.items() if value} if reload.get("command") else {}

    def _statement_of_live(self) -> dict[str, t.Any]:
        decision, record = self.decision, self.facts.host.record
        pending = record.pending
        is_pending = pending is not None and is_same_id(pending.order_id, decision.order_id)
        fields: dict[str, t.Any] = {
            "name": self.facts.wanted.name,
            "order_name": self._order_name(),
            "order_id": decision.order_id,
            "root_order_id": decision.root_order_id,
            "companion_order_id": decision.companion_order_id,
            "definition": dict(self.facts.wanted.definition),
        }
        if is_pending and pending is not None:
            fields.update(
                operation=pending.operation, idempotence_id=pending.idempotence_id, definition=pending.definition
            )
        fields.update(self._unrecorded)
        return {name: value for name, value in fields.items() if value is not None}

    def take_deployed(self, row: Json) -> None:
        """Take what the host did."""
        was_present = self._bundle is not None and self.error is None and not self.is_settled
        self._take_dropped_password(row)
        self._unrecorded = {}
        if row.get("reloaded"):
            self.steps.append("reloaded")
        if row.get("rolled_back"):
            self.steps.append("rolled_back")
        if row.get("error_code"):
            self.error = self.error or _error_of(row)
            return
        if was_present:
            if not isinstance(row.get("live"), t.Mapping):
                self.error = HostUnreadable(Message("result.host_shows_nothing"))
                return
            self.is_settled = True
            self.is_deployed = bool(row.get("changed"))
            if self.is_deployed:
                self.steps.append("deployed")
            self._take_live(row)

    def _take_dropped_password(self, row: Json) -> None:
        """Note that the host dropped a UKey password that is not the one of the adopted order."""
        host = self.facts.host
        if row.get("error_code") or host.pending is None or self._unrecorded.get("ukey_password_known") is not False:
            return
        pending = dataclasses.replace(host.pending, has_ukey_password=False)
        self.facts = dataclasses.replace(self.facts, host=dataclasses.replace(host, pending=pending))

    def _take_live(self, row: Json) -> None:
        """Note what is live now, for the result's alarms."""
        info = (self._bundle or {}).get("info") or {}
        certificate = Certificate.read(info)
        live = row.get("live")
        release = str(live.get("release") or "") if isinstance(live, t.Mapping) else ""
        state = LiveState(release, certificate, True)
        self.facts = dataclasses.replace(self.facts, host=dataclasses.replace(self.facts.host, live=state))

    # ---- result

    @property
    def handler(self) -> str | None:
        """The handler of the play that the entry names."""
        return (self.subject.entry.get("reload") or {}).get("handler")

    @property
    def needs_notify(self) -> bool:
        """Tell whether the play's handlers have to be notified, and that then be recorded."""
        if self.error is not None:
            return False
        owed = self.facts.host.record.reload_pending and not self._reload_options()
        return owed or (self.is_deployed and (self.handler is not None or self.tools.notifies))

    @property
    def waits(self) -> bool:
        """Tell whether its order is pending."""
        return self.error is None and not self.is_deployed and self.decision.action is Action.RESUME

    @property
    def awaited_order_id(self) -> str | None:
        """The order whose certificate is waited for."""
        if not self.waits:
            return None
        return self._companion_awaited or self.decision.order_id

    def result(self) -> dict[str, t.Any]:
        """Return the result of the certificate."""
        if self.error is not None:
            return self._failed(self.error)
        if not self.steps and not self.is_settled:
            return preview(self.facts, self.decision, host=self.tools.host, **self.tools.alarms)
        if self.needs_notify and self.handler_is_missing:
            return self._row(
                FAILED,
                error_code="handler_not_found",
                msg=Message("result.handler_not_found", handler=self.handler),
                advice=next_step("handler_not_found"),
            )
        if self.is_deployed:
            return self._row(DEPLOYED, msg=Message("result.deployed", order_id=self.decision.order_id))
        if self.waits and not self._bundle:
            return self._row(WAITING, msg=self._waiting_msg)
        if self.decision.action is Action.BLOCKED:
            return self._row(FAILED if self.decision.is_failure else BLOCKED)
        if not self.is_settled and self.decision.action in DOING:
            return self._row(
                FAILED,
                error_code="unfinished",
                msg=Message("result.unfinished", msg=self.decision.msg),
                advice=next_step("unfinished"),
            )
        return self._row(UNCHANGED)

    def _failed(self, error: WotrusError) -> dict[str, t.Any]:
        blocked = error.error_code == "order_limit"
        row = self._row(
            BLOCKED if blocked else FAILED,
            error_code=error.error_code,
            msg=str(error),
            advice=_next_step(error, self.decision),
        )
        if error.order_id and not row["order_id"]:
            row["order_id"] = error.order_id
        return row

    def _row(
        self,
        result: str,
        *,
        msg: Text | None = None,
        error_code: str | None = None,
        advice: Text | None = None,
    ) -> dict[str, t.Any]:
        return result_row(
            self.facts,
            self.decision,
            host=self.tools.host,
            result=result,
            steps=self.steps,
            charged=self.charged,
            msg=msg,
            error_code=error_code,
            next_step=advice,
            expires=self._expires if self.is_deployed else None,
            **self.tools.alarms,
        )


def _next_step(error: WotrusError, decision: Decision) -> Text:
    if error.error_code == RejectedByApi.error_code and decision.action in SENDING:
        if error.order_id and not is_same_id(error.order_id, decision.order_id):
            return Message("next.repeat_refused", order_id=error.order_id)
        return Message("next.repeat_refused_unknown")
    return error.next_step or next_step(error.error_code)


def _error_of(row: Json) -> WotrusError:
    """Return the error of a host's row, with the host's own code and words."""
    code = host_code(row)
    error = WotrusError(one_line(str(row.get("msg") or "")) or headline(code))
    error.error_code = code
    return error


def _text_of(row: Json, name: str) -> str | None:
    value = row.get(name)
    return str(value) if isinstance(value, str) else None


def _pair_of(bundle: Json) -> dict[str, t.Any]:
    """Return the SM2 pair beside a certificate, as ``wotrus_deployment`` takes it."""
    bundles = bundle.get("bundles") or {}
    parts = {
        part: {name: bundles[part][name] for name in ("certificate", "chain", "root")}
        for part in ("sign", "encrypt")
        if bundles.get(part)
    }
    return {"sm2": parts} if parts else {}


def _given(options: Json) -> dict[str, t.Any]:
    return {name: value for name, value in options.items() if value is not None}
