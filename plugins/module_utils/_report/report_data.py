# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The data of a report on many hosts, as plain values.

The page, the JSON and the metrics are written from them.

A host's answer is read by the typed reader ``HostState``, so no host can damage the rows of another.
"""

from __future__ import annotations

import collections
import datetime as dt
import hashlib
import itertools
import json
import typing as t
from collections.abc import Mapping

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key, is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json, Rows
from ansible_collections.wotrus.pki.plugins.module_utils._model.prices import Prices
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import (
    EXTERNAL,
    PKCS11,
    REISSUE,
    ROLLED_BACK,
    UKEY,
    LiveCertificate,
    Record,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import (
    format_timestamp,
    read_time,
    shown_time,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import (
    Certificate,
    HostState,
    host_error,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.key_home import key_evidence
from ansible_collections.wotrus.pki.plugins.module_utils._planning.results import is_failing
from ansible_collections.wotrus.pki.plugins.module_utils._report.certificate_state import sort_key, state_of, urgency_of
from ansible_collections.wotrus.pki.plugins.module_utils._report.commands import command_for, host_command
from ansible_collections.wotrus.pki.plugins.module_utils._report.orders import costs_by_month, order_rows
from ansible_collections.wotrus.pki.plugins.module_utils._report.text import clean
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import LANGUAGES, Message, shown
from ansible_collections.wotrus.pki.plugins.module_utils._texts.received import message_in, text_in
from ansible_collections.wotrus.pki.plugins.module_utils._texts.safe_text import safe_link

VERSION = 1
"""Of the data. It goes up if a field changes its meaning or is removed; a new field is no new version."""

_OF_PLAN = ("action", "reason", "order_name", "follows", "order_number", "status", "stage", "handler")
_OF_RESULT = ("result", "alarm", "waiting_for", "msg", "next_step")
_OF_LIVE = ("serial_number", "fingerprint_sha256", "subject", "issuer")
_OF_SUPERSEDED = ("order_id", "root_order_id", "operation", "serial_number")
_COUNTED = {"results": "result", "states": "state", "urgencies": "urgency", "stages": "stage"}
_NOT_IN_DIGEST = ("generated_at", "as_of", "digest")
_NOT_IN_DIGEST_OF_ROWS = ("days_left", "waiting_days", "msg", "translations", "request_ids", "revocation_answers")


def report_data(
    hosts: Rows,
    *,
    now: dt.datetime,
    prices: Prices | None = None,
    journal: t.Mapping[str, Json] | None = None,
) -> dict[str, t.Any]:
    """Return a report's data.

    :param hosts: for each host its name as ``host``, its ``deployments``, ``plans``, ``results`` and ``notices``, the
        ``names`` of its certificates, the ``unlisted`` folders that no entry names, the ``request_ids`` of its queries,
        if all orders were read its ``orders``, and if the host could not be read an ``error`` with ``error_code`` and
        ``msg``
    :param now: the controller's time
    :param prices: the user's price list, for the orders
    :param journal: what ``read_journal`` returns, for the orders
    """
    # The group of the hosts is in the order in which their tasks ended.
    hosts = sorted(hosts, key=lambda row: str(row["host"]))
    # The time of the plans is the CA's, if it is known.
    planned = (read_time(plan.get("planned_at")) for host in hosts for plan in host.get("plans") or ())
    as_of = max(filter(None, planned), default=now)
    read = [(host, _states(host)) for host in hosts]
    in_use = _orders_in_use(state.record for _host, states in read for state in states)
    rows = [row for host, states in read for row in _certificates(host, states, as_of=as_of, in_use=in_use)]
    certificates = sorted(({**row, "command": command_for(row)} for row in rows), key=sort_key)
    read_hosts = [_host(host) for host in hosts]
    report: dict[str, t.Any] = {
        "version": VERSION,
        "generated_at": format_timestamp(now),
        "as_of": format_timestamp(as_of),
        "hosts": read_hosts,
        "certificates": certificates,
        "summary": _summary(read_hosts, certificates),
    }
    if any("orders" in host for host in hosts):
        own = ((host, state) for host, states in read for state in states)
        report["orders"] = order_rows(hosts, own, prices, journal)
        report["costs_by_month"] = costs_by_month(report["orders"])
    return {**report, "digest": digest(report)}


def _orders_in_use(records: t.Iterable[Record]) -> set[str]:
    """Return the keys of the ids of the orders that are live or pending on any host."""
    parts = [part for record in records for part in (record.live, record.pending)]
    return {id_key(part.order_id) for part in parts if part is not None and part.order_id}


def _summary(hosts: Rows, certificates: Rows) -> dict[str, t.Any]:
    """Return the counts of a report."""
    unlisted = sum(len(host["unlisted"]) for host in hosts)
    notices = sum(len(row["notices"]) for row in (*hosts, *certificates))
    return {
        "hosts": len(hosts),
        "hosts_not_read": sum(not host["read"] for host in hosts),
        "certificates": len(certificates),
        **{name: _counts(row[field] for row in certificates) for name, field in _COUNTED.items()},
        **{f"waiting_for_{who}": sum(row["waiting_for"] == who for row in certificates) for who in ("you", "ca")},
        "failing": sum(map(is_failing, certificates)),
        "unlisted": unlisted,
        "warnings": sum(row["alarm"] == "warning" for row in certificates) + notices + unlisted,
        "to_revoke": sum(old["to_revoke"] for row in certificates for old in row["superseded"]),
    }


def error_of(found: Json, planned: Json) -> dict[str, t.Any] | None:
    """Return why a host could not be read; ``None`` if it could.

    :param found: the result of ``wotrus_deployment_info``, empty if it did not run
    :param planned: the same of ``wotrus_plan_info``
    """
    for result in (found, planned):
        if result.get("unreachable"):
            return {"error_code": "unreachable", "msg": str(result.get("msg") or "")}
        if result.get("failed"):
            code = str(result.get("error_code") or "failed")
            # The first is the answer of a module on the host.
            msg = host_error(result).message if result is found else message_in(result, "msg")
            return {"error_code": code, **shown(msg=msg or "")}
    if "plans" not in planned:
        return {"error_code": "not_read", **shown(msg=Message("See the run's output for the reason."))}
    return None


def digest(report: Json) -> str:
    """Return a digest of a report's lasting content.

    Times, days and the words of messages do not count.
    """
    lasting = _without(report, _NOT_IN_DIGEST)
    for part in ("certificates", "hosts"):
        lasting[part] = [_without(row, _NOT_IN_DIGEST_OF_ROWS) for row in report[part]]
    text = json.dumps(lasting, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _without(item: Json, fields: t.Container[str]) -> dict[str, t.Any]:
    return {name: value for name, value in item.items() if name not in fields}


def _states(host: Json) -> list[HostState]:
    rows = host.get("deployments")
    rows = rows if isinstance(rows, (list, tuple)) else []
    return [HostState.read(row, path=str(row.get("path") or "") if isinstance(row, Mapping) else "") for row in rows]


def _host(host: Json) -> dict[str, t.Any]:
    error = host.get("error") or {}
    name = clean(host["host"])
    return {
        "host": name,
        "read": not error,
        "error_code": clean(error.get("error_code")),
        "msg": clean(error.get("msg")),
        "translations": _translations(error, "msg"),
        "command": host_command(name) if error else None,
        "request_ids": [clean(request_id) for request_id in host.get("request_ids") or ()],
        "unlisted": [_unlisted(folder) for folder in host.get("unlisted") or ()],
        "notices": _notices(host, None),
    }


def _unlisted(folder: Json) -> dict[str, t.Any]:
    """Return a folder that no entry names."""
    texts = {name: clean(folder[name]) for name in ("name", "path", "order_id", "expires", "msg")}
    return {**texts, "translations": _translations(folder, "msg")}


def _certificates(
    host: Json, states: t.Sequence[HostState], *, as_of: dt.datetime, in_use: t.Collection[str]
) -> t.Iterator[dict[str, t.Any]]:
    """Yield a row for each certificate of a host.

    If the host could not be read, each certificate of the inventory has a row.
    """
    plans, results = (host.get(part) or () for part in ("plans", "results"))
    known = [plan["name"] for plan in plans] or [state.path.rstrip("/").rpartition("/")[2] for state in states]
    names = known or list(dict.fromkeys(host.get("names") or ()))
    rest: t.Iterator[t.Any] = itertools.repeat({})
    parts = (itertools.chain(part, rest) for part in (plans, results, states, host["deployments"] if states else ()))
    for name, plan, result, claim, answer in zip(names, *parts):
        state = claim or HostState(path=str(plan.get("path") or ""))
        row = _certificate(host, name, plan=plan, result=result, state=state, as_of=as_of)
        superseded = list(_superseded(state.record, as_of=as_of, in_use=in_use))
        former = {"superseded": superseded, "encryption_keys": _encryption_keys(state)}
        yield {**row, **_live(answer, state), **former}


def _certificate(
    host: Json, name: str, *, plan: Json, result: Json, state: HostState, as_of: dt.datetime
) -> dict[str, t.Any]:
    record = state.record
    newest = record.pending or record.live or LiveCertificate()
    definition = newest.definition or {}
    subject = definition.get("subject")
    known_name = subject.get("common_name") if isinstance(subject, Mapping) else None
    order_id = plan.get("order_id") or newest.order_id
    since = read_time(result.get("waiting_since"))
    row = {
        "host": clean(host["host"]),
        "name": clean(name),
        "path": clean(state.path),
        "common_name": clean(plan.get("common_name") or known_name),
        "product": clean(plan.get("product") or definition.get("product")),
        "state": state_of(plan, result, state, as_of=as_of, is_read=not host.get("error")).value,
        **{field: clean(plan.get(field)) for field in _OF_PLAN},
        **{field: clean(result.get(field)) for field in _OF_RESULT},
        "translations": _translations(result, "msg", "next_step"),
        "error_code": clean(result.get("error_code") or (state.fault[0] if state.fault else None)),
        "notices": _notices(host, name),
        "hints": [clean(hint) for hint in plan.get("hints") or ()],
        "may_be_charged": bool(plan.get("may_be_charged")),
        "months": plan.get("months"),
        "pending_link": safe_link(plan.get("pending_link")),
        "waiting_since": shown_time(since),
        "waiting_days": _days(as_of - since) if since else None,
        "order_id": clean(order_id),
        "root_order_id": clean(plan.get("root_order_id") or _root(record, order_id)),
        "companion_order_id": clean(newest.companion_order_id),
        "live_order_id": clean(record.live.order_id) if record.live and state.live else None,
        **_validity(state.live_certificate, as_of),
        "renew_at": shown_time(read_time(plan.get("renew_at"))),
        "key": clean(_key_words(definition.get("key"))),
        "key_evidence": key_evidence(record),
        "reload_pending": record.reload_pending,
        "revocation": clean(plan.get("revocation")),
        "signed_documents": _documents(result.get("signed_documents")),
        "revocation_answers": [_revocation(answer) for answer in result.get("revocation_answers") or ()],
    }
    return {**row, "urgency": urgency_of(row).value}


def _validity(live: Certificate | None, as_of: dt.datetime) -> dict[str, t.Any]:
    """Return when the live certificate is valid, and when it expires or its chain does."""
    if live is None:
        return dict.fromkeys(("not_before", "not_after", "expires", "days_left"))
    expires = live.usable.not_after
    return {
        "not_before": shown_time(live.not_before),
        "not_after": shown_time(live.not_after),
        "expires": shown_time(expires),
        "days_left": _days(expires - as_of),
    }


def _notices(host: Json, name: str | None) -> list[dict[str, t.Any]]:
    """Return a host's warnings about one of its certificates, or about itself without a name."""
    notices = [notice for notice in host.get("notices") or () if notice["name"] == name]
    return [{"msg": clean(notice.get("msg")), "translations": _translations(notice, "msg")} for notice in notices]


def _revocation(answer: Json) -> dict[str, t.Any]:
    """Return the revocation status of a certificate of the path."""
    texts = {name: clean(answer.get(name)) for name in ("subject", "state", "source", "address", "next_update", "msg")}
    return {**texts, "age": answer.get("age"), "size": answer.get("size"), "translations": _translations(answer, "msg")}


def _documents(found: t.Any) -> dict[str, t.Any] | None:
    """Return who signed the newest documents of the certificate's service; ``None`` if they were not read."""
    if not found:
        return None
    names = ("state", "newest", "since", "serial_number", "subject", "not_after", "msg")
    signers = [
        {
            **{name: clean(one.get(name)) for name in names},
            "documents": one["documents"],
            "translations": _translations(one, "msg"),
        }
        for one in found["signers"]
    ]
    texts = {name: clean(found.get(name)) for name in ("path", "newest", "msg")}
    numbers = {name: found[name] for name in ("found", "refused")}
    return {**texts, **numbers, "signers": signers, "translations": _translations(found, "msg")}


def _translations(row: Json, *fields: str) -> dict[str, dict[str, str | None]]:
    """Return messages by language and field, besides those in English."""
    others = [language for language in LANGUAGES if language != "en"]
    return {language: {field: clean(text_in(row, field, language)) for field in fields} for language in others}


def _root(record: Record, order_id: str | None) -> str | None:
    """Return the root of an order by the record."""
    parts = [part for part in (record.pending, record.live) if part is not None and is_same_id(part.order_id, order_id)]
    return parts[0].root_order_id if parts else None


def _live(row: t.Any, state: HostState) -> dict[str, t.Any]:
    """Return the facts of the live certificate that only a person reads."""
    # The state has a live certificate only if the row has one.
    live = row["live"] if state.live else {}
    texts = {field: live.get(field) for field in _OF_LIVE}
    return {
        **{field: clean(text) if isinstance(text, str) else None for field, text in texts.items()},
        "key_matches": state.live.key_matches if state.live else None,
        "damaged": [clean(file) for file in state.live.damaged] if state.live else [],
    }


def _superseded(record: Record, *, as_of: dt.datetime, in_use: t.Collection[str]) -> t.Iterator[dict[str, t.Any]]:
    """Yield the former certificates that are still valid.

    One that a reissue superseded stays valid until it is revoked. One that a renewal superseded ends by itself, and one
    that was rolled back is deployed again.
    """
    for former in record.superseded:
        expires, order_id = read_time(former.not_after), former.order_id
        if former.operation == ROLLED_BACK or (expires is not None and expires <= as_of):
            continue
        was_live = bool(order_id) and bool(former.fingerprint_sha256)
        to_revoke = former.operation == REISSUE and was_live and id_key(order_id or "") not in in_use
        yield {
            **{name: clean(getattr(former, name)) for name in _OF_SUPERSEDED},
            "not_before": shown_time(read_time(former.not_before)),
            "expires": shown_time(expires),
            "to_revoke": to_revoke,
        }


def _encryption_keys(state: HostState) -> list[dict[str, t.Any]]:
    """Return the former certificates whose keys are kept, since they may be needed to decrypt."""
    known = {former.release: former for former in state.record.superseded}
    found = [(name, known.get(name, LiveCertificate())) for name in state.encryption_keys]
    return [
        {"serial_number": name, "order_id": clean(key.order_id), "expires": shown_time(read_time(key.not_after))}
        for name, key in found
    ]


def _days(period: dt.timedelta) -> float:
    return round(period.total_seconds() / 86400, 1)


def _key_words(key: t.Any) -> str | None:
    """Return a kind of key in words.

    Such as ``RSA 3072``, ``RSA 3072 PKCS#11`` or ``UKey``.
    """
    if not isinstance(key, Mapping):
        return None
    if key.get("storage") == UKEY:
        return "UKey"
    if key.get("storage") == EXTERNAL:
        return EXTERNAL
    place = "PKCS#11" if key.get("storage") == PKCS11 else None
    words = (key.get("type"), key.get("size") or key.get("curve"), place)
    return " ".join(str(part) for part in words if part) or None


def _counts(words: t.Iterable[str | None]) -> dict[str, int]:
    return dict(sorted(collections.Counter(word for word in words if word).items()))
