# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet that is made up, the same every time, with certificates in every state that a report knows."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Iterator
from typing import Any

NOW = dt.datetime(2026, 11, 24, 15, 31, 9, tzinfo=dt.timezone.utc)
_NAMES = ("contracts", "invoices", "payslips", "tenders", "archive", "reports", "receipts", "minutes")
_FIRMS = ("示例科技有限公司", "Example Ltd.", "南方样品制造股份有限公司", "Muster Handels GmbH")
_DAY = dt.timedelta(days=1)
# One certificate in so many is of a kind; the rest are valid.
_KINDS = {"payment": 31, "validation": 53, "review": 17, "first_review": 41, "due": 23, "closed": 61, "expired": 97}
_KINDS |= {"not_ordered": 83, "revoking": 101, "unreadable": 127, "reissued": 29, "renewed": 37, "reload": 113}


def hosts(certificates: int = 500) -> list[dict[str, Any]]:
    """Return rows for so many certificates, four on a host, as the filter of the role hands them on."""
    made = _certificates(certificates)
    rows: list[dict[str, Any]] = []
    for number in range((certificates + 3) // 4):
        host = f"signer{number + 1:03}.example.com"
        own = [next(made)(host) for _each in range(min(4, certificates - 4 * number))]
        plans = [one[1] for one in own]
        row: dict[str, Any] = {"host": host, "deployments": [one[0] for one in own], "plans": plans}
        row["results"] = [_result(plan) for plan in plans]
        if number in (7, 61):
            names = [one[1]["name"] for one in own]
            error = {"error_code": "unreachable", "msg": f"ssh: connect to host {host} port 22: No route to host"}
            row = {"host": host, "names": names, "error": error}
        rows.append(row)
    return rows


def _certificates(count: int) -> Iterator[Any]:
    chance = random.Random(1)
    for number in range(1, count + 1):
        kind = next((kind for kind, each in _KINDS.items() if number % each == each // 2), "valid")
        yield lambda host, number=number, kind=kind: _certificate(host, number, kind, chance)


def _certificate(host: str, number: int, kind: str, chance: random.Random) -> tuple[dict[str, Any], dict[str, Any]]:
    name = _NAMES[number % len(_NAMES)] + ("" if number % 16 < 8 else "-2")
    months = 24 if number % 5 == 0 else 12
    left = {"due": chance.uniform(1, 29), "expired": -chance.uniform(1, 9)}.get(kind, chance.uniform(31, months * 30.4))
    if kind in ("payment", "validation", "review"):
        left = chance.uniform(3, 29)
    end = NOW + left * _DAY
    order_id = str(uuid.UUID(int=chance.getrandbits(128), version=4)).upper()
    common_name = _FIRMS[number % len(_FIRMS)]
    live = {
        "not_before": _text(end - months * 30.4 * _DAY),
        "not_after": _text(end),
        "serial_number": f"{chance.getrandbits(64):016X}",
        "issuer": "CN=Example Document Signing CA,O=Example CA,C=CN",
        "subject": f"CN={common_name},C=CN",
        "key_matches": True,
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
        **_plan(kind, order_id, end),
    }
    definition = {"key": {"type": "RSA", "size": 3072, "storage": "host"}}
    of_live = {"release": live["serial_number"], "order_id": order_id, "definition": definition}
    record: dict[str, Any] = {"version": 1, "live": of_live, "reload_pending": kind == "reload"}
    record["superseded"] = _superseded(kind, chance, end=end)
    if kind in ("not_ordered", "first_review"):
        record["live"], live = None, {}
        plan["renew_at"] = None
    return {"path": f"/etc/ssl/wotrus/{name}", "live": live or None, "record": record}, plan


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
    said = {
        "payment": ("resume", "pending_payment", "waiting_on_you", f"Order {order_id} waits for its payment: {link}"),
        "validation": ("resume", "pending_validation", "waiting_on_you", f"Order {order_id} waits for you to validate"),
        "review": (
            "resume",
            "pending_review",
            "waiting_on_ca",
            f"Order {order_id} is under review at WoTrus (pending)",
        ),
        "due": (
            "renew",
            "expiring",
            "issued",
            f"The certificate expires on {end:%Y-%m-%d}. It is renewed for 13 months.",
        ),
        "closed": ("blocked", "order_dead", "dead", f"Order {order_id} is closed."),
        "expired": (
            "renew",
            "expired",
            "issued",
            f"The certificate expired on {end:%Y-%m-%d}. It is renewed for 13 months.",
        ),
        "not_ordered": (
            "order",
            "not_ordered",
            None,
            "No order is recorded. A new order will be placed, or an existing one adopted.",
        ),
        "revoking": (
            "nothing",
            "revoking",
            "revoking",
            f"Order {order_id} is issued, and its revocation is under review",
        ),
        "unreadable": ("blocked", "record_unreadable", None, "record.json cannot be used: it is not JSON."),
    }
    said["first_review"] = said["review"]
    action, reason, stage, words = said.get(kind, ("nothing", "valid", "issued", "The certificate is valid."))
    waiting = stage == "waiting_on_you"
    steps = {
        "waiting_on_you": "Open the pending link, then run again.",
        "waiting_on_ca": "Run again later.",
        "dead": f"Add {order_id} to wotrus_replace_orders, which is charged unless it was followed before.",
    }
    return {
        "action": action,
        "reason": reason,
        "msg": words,
        "stage": stage,
        "status": {"waiting_on_ca": "pending", "dead": "closed"}.get(stage or "", stage),
        "may_be_charged": action in ("order", "renew"),
        "next_step": steps.get(stage or ""),
        "pending_link": link if waiting else None,
    }


def _result(plan: dict[str, Any]) -> dict[str, Any]:
    """Return the result of a certificate for which nothing was done."""
    result = {"resume": "waiting", "blocked": "blocked"}.get(plan["action"], "unchanged")
    waiting = {"waiting_on_you": "you", "waiting_on_ca": "ca"}.get(plan["stage"] or "") if result == "waiting" else None
    failure = {"alarm": "failure", "error_code": "expired"} if plan["reason"] == "expired" else {"alarm": None}
    if result == "blocked":
        failure["error_code"] = plan["reason"]
    since = {"waiting_since": _text(NOW - 2 * _DAY)} if waiting else {}
    return {
        "result": result,
        "waiting_for": waiting,
        "msg": plan["msg"],
        "next_step": plan["next_step"],
        **failure,
        **since,
    }


def _text(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
