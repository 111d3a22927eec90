# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sample hosts with certificates in every state of a report.

They are the same every time.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Container, Sequence
from typing import Any

from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, shown

NOW = dt.datetime(2026, 11, 24, 15, 31, 9, tzinfo=dt.timezone.utc)
_NAMES = ("contracts", "invoices", "payslips", "tenders", "archive", "reports", "receipts", "minutes")
_FIRMS = ("示例科技有限公司", "Example Ltd.", "南方样品制造股份有限公司", "Muster Handels GmbH")
_DAY = dt.timedelta(days=1)
# One certificate in so many is of a kind; the rest are valid.
_KINDS = {"payment": 31, "validation": 53, "review": 17, "first_review": 41, "due": 23, "closed": 61, "expired": 97}
_KINDS |= {"not_ordered": 83, "revoking": 101, "unreadable": 127, "reissued": 29, "renewed": 37, "reload": 113}
_KINDS |= {"key_lost": 107, "revoked": 109, "damaged": 103, "rejected": 89, "ends_soon": 71}
# The broken ones are in places where neither the host's name nor the end puts them first.
_MIXED = (
    *("valid", "review", "ends_soon", "valid", "due", "valid", "payment", "valid", "closed", "expired", "valid"),
    *("first_review", "valid", "key_lost", "reissued", "not_ordered", "damaged", "validation", "revoking", "valid"),
    *("revoked", "valid"),
)
BROKEN = {"key_lost": "key_lost", "expired": "expired", "revoked": "revoked", "damaged": "files_damaged"}
"""The kinds of the mixed fleet that are broken, with their states."""


def hosts(certificates: int = 500) -> list[dict[str, Any]]:
    """Return rows of certificates, four on a host.

    The filter ``report`` returns rows of the same form.
    """
    kinds = [_kind(number) for number in range(1, certificates + 1)]
    return _rows(kinds, on_host=4, unreachable=(7, 61))


def mixed() -> list[dict[str, Any]]:
    """Return rows for 22 certificates, four of them broken.

    There are two on each host.
    """
    return _rows(_MIXED, on_host=2, unreachable=())


def _kind(number: int) -> str:
    return next((kind for kind, each in _KINDS.items() if number % each == each // 2), "valid")


def _rows(kinds: Sequence[str], *, on_host: int, unreachable: Container[int]) -> list[dict[str, Any]]:
    chance = random.Random(1)
    rows: list[dict[str, Any]] = []
    for first in range(0, len(kinds), on_host):
        number = first // on_host
        host = f"signer{number + 1:03}.example.com"
        own = [
            _certificate(host, first + offset + 1, kind, chance)
            for offset, kind in enumerate(kinds[first : first + on_host])
        ]
        plans = [one[1] for one in own]
        row: dict[str, Any] = {"host": host, "deployments": [one[0] for one in own], "plans": plans}
        row["results"] = [_result(plan) for plan in plans]
        if number in unreachable:
            names = [one[1]["name"] for one in own]
            error = {"error_code": "unreachable", "msg": f"ssh: connect to host {host} port 22: No route to host"}
            row = {"host": host, "names": names, "error": error}
        rows.append(row)
    return rows


def _certificate(host: str, number: int, kind: str, chance: random.Random) -> tuple[dict[str, Any], dict[str, Any]]:
    name = _NAMES[number % len(_NAMES)] + ("" if number % 16 < 8 else "-2")
    months = 24 if number % 5 == 0 else 12
    left = {
        "due": chance.uniform(8, 29),
        "ends_soon": chance.uniform(2, 6),
        "expired": -chance.uniform(1, 9),
        "key_lost": 374.2,
    }.get(kind, chance.uniform(31, months * 30.4))
    if kind in ("payment", "review"):
        left = chance.uniform(8, 29)
    end = NOW + left * _DAY
    order_id = str(uuid.UUID(int=chance.getrandbits(128), version=4)).upper()
    common_name = _FIRMS[number % len(_FIRMS)]
    live = {
        "not_before": _text(end - months * 30.4 * _DAY),
        "not_after": _text(end),
        "serial_number": f"{chance.getrandbits(64):016X}",
        "issuer": "CN=Example Document Signing CA,O=Example CA,C=CN",
        "subject": f"CN={common_name},C=CN",
        "key_matches": kind != "key_lost",
        "damaged": ["chain.pem"] if kind == "damaged" else [],
    }
    plan: dict[str, Any] = {
        "name": name,
        "order_name": f"{name}@{host}",
        "common_name": common_name,
        "path": f"/etc/ssl/wotrus/{name}",
        "planned_at": _text(NOW),
        "renew_at": _text(end - 30 * _DAY),
        "order_id": order_id,
        "root_order_id": order_id,
        "reload_pending": kind == "reload",
        "hints": {"review": ["papers_missing", "organization_pending"], "reload": ["issued_unpaid"]}.get(kind, []),
        **_plan(kind, order_id, end),
    }
    definition = {"key": {"type": "RSA", "size": 3072, "storage": "host"}}
    of_live = {"release": live["serial_number"], "order_id": order_id, "definition": definition}
    record: dict[str, Any] = {"version": 1, "live": of_live, "reload_pending": kind == "reload"}
    record["superseded"] = _superseded(kind, chance, end=end)
    if kind in ("not_ordered", "first_review", "rejected"):
        record["live"], live = None, {}
        plan["renew_at"] = None
    kept = ["0A"] if kind in ("reissued", "renewed") else []
    return {
        "path": f"/etc/ssl/wotrus/{name}",
        "live": live or None,
        "record": record,
        "encryption_keys": kept,
    }, plan


def _superseded(kind: str, chance: random.Random, *, end: dt.datetime) -> list[dict[str, Any]]:
    if kind not in ("reissued", "renewed"):
        return []
    former = NOW + chance.uniform(5, 28) * _DAY if kind == "renewed" else end
    operation = {"reissued": "reissue", "renewed": "renew"}[kind]
    dates = {"not_before": _text(former - 366 * _DAY), "not_after": _text(former)}
    order_id = str(uuid.UUID(int=chance.getrandbits(128), version=4))
    return [{"order_id": order_id, "operation": operation, "serial_number": "0A", "fingerprint_sha256": "0A", **dates}]


def _plan(kind: str, order_id: str, end: dt.datetime) -> dict[str, Any]:
    link = f"https://buy.example.com/pending?order={order_id}&step=1"
    plans = {
        "payment": (
            "resume",
            "pending_payment",
            "waiting_on_you",
            Message(
                "Order {order_id} waits for your payment{link}.", order_id=order_id, link=Message(" ({url})", url=link)
            ),
        ),
        "validation": (
            "resume",
            "pending_validation",
            "waiting_on_you",
            Message("Order {order_id} waits for your validation (pendingDCV){link}.", order_id=order_id, link=""),
        ),
        "review": (
            "resume",
            "pending_review",
            "waiting_on_ca",
            Message("Order {order_id} is under review at WoTrus ({status}).", order_id=order_id, status="pending"),
        ),
        "due": (
            "renew",
            "expiring",
            "issued",
            Message(
                "The certificate of order {order_id} expires on {day}. It is renewed for {months} months.",
                order_id=order_id,
                day=f"{end:%Y-%m-%d}",
                months=13,
            ),
        ),
        "closed": (
            "blocked",
            "order_dead",
            "dead",
            Message("Order {order_id} is {status}.", order_id=order_id, status=Message("closed")),
        ),
        "expired": (
            "renew",
            "expired",
            "issued",
            Message(
                "The certificate of order {order_id} expired on {day}. It is renewed for {months} months.",
                order_id=order_id,
                day=f"{end:%Y-%m-%d}",
                months=13,
            ),
        ),
        "not_ordered": (
            "order",
            "not_ordered",
            None,
            Message("No order is recorded. A new order will be placed, or an existing one adopted."),
        ),
        "revoking": (
            "nothing",
            "revoking",
            "revoking",
            Message("Order {order_id} is issued, and its revocation is under review.", order_id=order_id),
        ),
        "key_lost": (
            "reissue",
            "key_lost",
            "issued",
            Message(
                "{why} Order {order_id} is reissued.",
                why=Message("The private key of the certificate is not on the host."),
                order_id=order_id,
            ),
        ),
        "revoked": (
            "blocked",
            "order_dead",
            "dead",
            Message("Order {order_id} is {status}.", order_id=order_id, status=Message("revoked")),
        ),
        "rejected": (
            "blocked",
            "order_dead",
            "dead",
            Message("Order {order_id} is {status}.", order_id=order_id, status=Message("rejected")),
        ),
        "damaged": (
            "resume",
            "files_damaged",
            "issued",
            Message("Live files are missing or changed: {files}. They are deployed again.", files="chain.pem"),
        ),
        "unreadable": (
            "blocked",
            "record_unreadable",
            None,
            Message(
                "The record of {path} cannot be used: {error}.",
                path="/etc/ssl/wotrus/x",
                error=Message("it is not a JSON object"),
            ),
        ),
    }
    plans["first_review"] = plans["review"]
    plans["ends_soon"] = plans["due"]
    action, reason, stage, words = plans.get(
        kind, ("nothing", "valid", "issued", Message("The certificate is valid for {days:.0f} more days.", days=200.0))
    )
    waiting = stage == "waiting_on_you"
    steps = {
        "waiting_on_you": Message("Open the pending link{link}, then run again.", link=""),
        "waiting_on_ca": Message("Run again later."),
        "dead": Message(
            "Add {order_id} to replace_orders of the entry. The order that follows it may be charged, unless it exists "
            "already.",
            order_id=order_id,
        ),
    }
    return {
        "action": action,
        "reason": reason,
        **shown(msg=words, next_step=steps.get(stage or "")),
        "stage": stage,
        "status": {"waiting_on_ca": "pending", "dead": kind}.get(stage or "", stage),
        "may_be_charged": action in ("order", "renew"),
        "pending_link": link if waiting else None,
    }


def _result(plan: dict[str, Any]) -> dict[str, Any]:
    """Return the result of a certificate for which nothing was done."""
    result = {"resume": "waiting", "blocked": "blocked"}.get(plan["action"], "unchanged")
    waiting = {"waiting_on_you": "you", "waiting_on_ca": "ca"}.get(plan["stage"] or "") if result == "waiting" else None
    alarms = {"expired": "expired", "key_lost": "key_lost", "files_damaged": "files_damaged"}
    code = alarms.get(plan["reason"])
    failure = {"alarm": "failure" if code else None, "error_code": code}
    if result == "blocked":
        failure["error_code"] = plan["reason"]
    since = {"waiting_since": _text(NOW - (len(plan["name"]) - 4) * _DAY)} if waiting else {}
    return {
        "result": result,
        "waiting_for": waiting,
        "msg": plan["msg"],
        "next_step": plan["next_step"],
        "texts": plan["texts"],
        **failure,
        **since,
    }


def _text(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
