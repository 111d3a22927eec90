# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet's certificates as plain data, versioned and documented: what every form of the report is made of."""

from __future__ import annotations

import collections
import datetime as dt
import hashlib
import json
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import REISSUE, ROLLED_BACK
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import format_timestamp, parse_timestamp
from ansible_collections.wotrus.pki.plugins.module_utils._report.standing import state_of, waits_for
from ansible_collections.wotrus.pki.plugins.module_utils._report.text import clean, safe_link

VERSION = 1
"""Of the data. It goes up where a field changes its meaning or goes; a new field is no new version."""

Json = t.Mapping[str, t.Any]
Rows = t.Sequence[Json]

_PLANNED = ("order_name", "action", "reason", "msg", "next_action", "operation", "status", "stage")
_NOT_SUBSTANCE = ("generated_at", "as_of", "digest")
_PASSING = ("days_left", "msg")


def fleet(hosts: Rows, *, now: dt.datetime) -> dict[str, t.Any]:
    """Return a report's data.

    :param hosts: for each host its name as ``host``, the ``deployments`` and ``plans`` that it has, the ``names`` of
        its certificates, and where it could not be looked at an ``error`` with ``error_code`` and ``msg``
    :param now: the controller's time
    """
    as_of = _as_of(hosts) or now
    in_use = _orders_in_use(hosts)
    certificates = [one for host in hosts for one in _certificates(host, as_of=as_of, in_use=in_use)]
    report = {
        "version": VERSION,
        "generated_at": format_timestamp(now),
        "as_of": format_timestamp(as_of),
        "hosts": [_host(host) for host in hosts],
        "certificates": certificates,
        "summary": {
            "hosts": len(hosts),
            "hosts_not_read": sum(1 for host in hosts if host.get("error")),
            "certificates": len(certificates),
            "states": _counts(one["state"] for one in certificates),
            "stages": _counts(one["stage"] for one in certificates if one["stage"]),
            "waits_for": _counts(one["waits_for"] for one in certificates if one["waits_for"]),
            "to_retire": sum(1 for one in certificates for old in one["superseded"] if old["to_retire"]),
        },
    }
    return {**report, "digest": digest(report)}


def error_of(found: Json, planned: Json) -> dict[str, str] | None:
    """Return why a host could not be looked at; None where it could.

    :param found: the result of ``wotrus_deployment_info``, empty where it did not run
    :param planned: the same of ``wotrus_plan``
    """
    for result in (found, planned):
        if result.get("unreachable"):
            return {"error_code": "unreachable", "msg": str(result.get("msg") or "")}
        if result.get("failed"):
            return {"error_code": str(result.get("error_code") or "failed"), "msg": str(result.get("msg") or "")}
    if "plans" not in planned:
        return {"error_code": "not_looked_at", "msg": "The run's output says why this host was left out."}
    return None


def digest(report: Json) -> str:
    """Return a digest of what a report says, less what changes by itself: times, days, and the words of messages."""
    lasting = _without(report, _NOT_SUBSTANCE)
    for part in ("certificates", "hosts"):
        lasting[part] = [_without(one, _PASSING) for one in report[part]]
    text = json.dumps(lasting, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _without(item: Json, fields: t.Container[str]) -> dict[str, t.Any]:
    return {name: value for name, value in item.items() if name not in fields}


def _as_of(hosts: Rows) -> dt.datetime | None:
    """Return the time that the plans were made for: the CA's clock, where it was heard."""
    plans = (plan for host in hosts for plan in host.get("plans") or ())
    return max((moment for plan in plans if (moment := _moment(plan.get("planned_at")))), default=None)


def _orders_in_use(hosts: Rows) -> set[str]:
    """Return the orders whose certificate is live somewhere."""
    records = (state.get("record") or {} for host in hosts for state in host.get("deployments") or ())
    return {id_key(live["order_id"]) for record in records if (live := record.get("live") or {}).get("order_id")}


def _host(host: Json) -> dict[str, t.Any]:
    error = host.get("error") or {}
    return {
        "host": clean(host["host"]),
        "read": not error,
        "error_code": clean(error.get("error_code")),
        "msg": clean(error.get("msg")),
    }


def _certificates(host: Json, *, as_of: dt.datetime, in_use: t.Collection[str]) -> list[dict[str, t.Any]]:
    """Return a row for each certificate of a host; where it could not be looked at, for each that it should have."""
    states, plans = host.get("deployments") or (), host.get("plans") or ()
    known = [plan["name"] for plan in plans] or [_folder(one) for one in states]
    names = known or list(dict.fromkeys(host.get("names") or ()))
    rows: list[dict[str, t.Any]] = []
    for number, name in enumerate(names):
        plan = plans[number] if number < len(plans) else {}
        state = states[number] if number < len(states) else {}
        rows.append(_certificate(host, name=name, plan=plan, state=state, as_of=as_of, in_use=in_use))
    return rows


def _certificate(
    host: Json, *, name: str, plan: Json, state: Json, as_of: dt.datetime, in_use: t.Collection[str]
) -> dict[str, t.Any]:
    live, record = state.get("live") or {}, state.get("record") or {}
    bought, pending = record.get("live") or {}, record.get("pending") or {}
    not_after = _moment(live.get("not_after"))
    definition = bought.get("definition") or pending.get("definition") or {}
    subject = plan.get("subject") or definition.get("subject") or {}
    standing = state_of(plan, not_after=not_after, as_of=as_of, read=not host.get("error"))
    return {
        "host": clean(host["host"]),
        "name": clean(name),
        "path": clean(state.get("path")),
        "common_name": clean(subject.get("common_name")),
        "product": clean(definition.get("product")),
        "state": standing.value,
        "waits_for": waits_for(plan, standing),
        **{field: clean(plan.get(field)) for field in _PLANNED},
        "charged": bool(plan.get("charged")),
        "pending_link": safe_link(plan.get("pending_link")),
        "order_id": clean(plan.get("order_id") or pending.get("order_id") or bought.get("order_id")),
        "companion_order_id": clean(plan.get("companion_order_id")),
        "live_order_id": clean(bought.get("order_id")) if live else None,
        "generation": record.get("generation"),
        "not_before": _shown(live.get("not_before")),
        "not_after": _shown(live.get("not_after")),
        "days_left": _days(not_after, as_of),
        "renew_at": _shown(plan.get("renew_at")),
        "serial_number": clean(live.get("serial_number")),
        "fingerprint_sha256": clean(live.get("fingerprint_sha256")),
        "subject": clean(live.get("subject")),
        "issuer": clean(live.get("issuer")),
        "key": clean(_key_words(plan.get("key") or definition.get("key") or {})),
        "key_matches": live.get("key_matches"),
        "reload_owed": bool(record.get("reload_owed")),
        "error_code": clean(state.get("error_code")),
        "superseded": _superseded(record, as_of=as_of, in_use=in_use),
    }


def _superseded(record: Json, *, as_of: dt.datetime, in_use: t.Collection[str]) -> list[dict[str, t.Any]]:
    """Return the former certificates that are still good.

    One that a reissue superseded stays so until somebody has it revoked; what a renewal superseded comes to its end by
    itself, and what was rolled back goes live again.
    """
    rows: list[dict[str, t.Any]] = []
    for one in record.get("superseded") or ():
        not_after, order_id = _moment(one.get("not_after")), one.get("order_id")
        if one.get("operation") == ROLLED_BACK or (not_after is not None and not_after <= as_of):
            continue
        reissued = one.get("operation") == REISSUE and bool(order_id) and id_key(order_id) not in in_use
        rows.append(
            {
                "order_id": clean(order_id),
                "operation": clean(one.get("operation")),
                "serial_number": clean(one.get("serial_number")),
                "not_before": _shown(one.get("not_before")),
                "not_after": _shown(one.get("not_after")),
                "to_retire": reissued,
            }
        )
    return rows


def _key_words(key: Json) -> str | None:
    """Return a kind of key in words: ``RSA 3072``, ``ECC P-256``, ``UKey``."""
    if key.get("storage") == "ukey":
        return "UKey"
    return " ".join(str(part) for part in (key.get("type"), key.get("size") or key.get("curve")) if part) or None


def _folder(state: Json) -> str:
    return str(state.get("path") or "").rstrip("/").rpartition("/")[2]


def _counts(words: t.Iterable[str]) -> dict[str, int]:
    return dict(sorted(collections.Counter(words).items()))


def _days(not_after: dt.datetime | None, as_of: dt.datetime) -> float | None:
    return round((not_after - as_of).total_seconds() / 86400, 1) if not_after else None


def _moment(text: object) -> dt.datetime | None:
    try:
        return parse_timestamp(str(text)) if text else None
    except ValueError:
        return None


def _shown(text: object) -> str | None:
    moment = _moment(text)
    return format_timestamp(moment) if moment else None
