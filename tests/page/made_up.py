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
        row: dict[str, Any] = {"host": host, "deployments": [one[0] for one in own], "plans": [one[1] for one in own]}
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
        "subject": {"common_name": common_name},
        "planned_at": _text(NOW),
        "renew_at": _text(end - 30 * _DAY),
        "key": {"type": "RSA", "size": 3072, "storage": "host"},
        "order_id": order_id,
        **_plan(kind, order_id, end),
    }
    record: dict[str, Any] = {"generation": 1, "live": {"order_id": order_id}, "reload_owed": kind == "reload"}
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
    return [{"order_id": order_id, "operation": operation, "serial_number": "0A", **dates}]


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
        "due": ("renew", "expiring", "issued", f"The certificate expires on {end:%Y-%m-%d}: ordering generation 2"),
        "closed": ("blocked", "closed", "dead", f"Order {order_id} is closed"),
        "expired": ("renew", "expired", "issued", f"The certificate expired on {end:%Y-%m-%d}: ordering generation 2"),
        "not_ordered": ("order", "not_ordered", None, "There is no order on record: ordering generation 1"),
        "revoking": (
            "nothing",
            "revoking",
            "revoking",
            f"Order {order_id} is issued, and its revocation is under review",
        ),
        "unreadable": ("blocked", "record_unreadable", None, "record.json cannot be used: it is no JSON."),
    }
    said["first_review"] = said["review"]
    action, reason, stage, words = said.get(kind, ("nothing", "valid", "issued", "The certificate is valid"))
    waiting = stage == "waiting_on_you"
    steps = {"waiting_on_you": "You: open pending_link, then run again", "waiting_on_ca": "WoTrus: run again later"}
    blocked = "Set replace_dead to order the next generation, which is charged" if kind == "closed" else None
    return {
        "action": action,
        "reason": reason,
        "msg": words,
        "stage": stage,
        "status": {"waiting_on_ca": "pending", "dead": "closed"}.get(stage or "", stage),
        "charged": action in ("order", "renew"),
        "next_action": steps.get(stage or "", blocked),
        "pending_link": link if waiting else None,
    }


def _text(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
