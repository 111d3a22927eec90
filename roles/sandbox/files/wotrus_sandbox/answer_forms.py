# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of an answer under each reading of the manual."""

from __future__ import annotations

import datetime
import html
from collections.abc import Callable, Mapping
from email.utils import formatdate
from typing import Any

from .answers import Answer, failure, success
from .clock import beijing
from .orders import Order
from .readings import Readings
from .settings import Settings

ZERO = "00000000-0000-0000-0000-000000000000"

_FULL_WIDTH = {ord(" "): "\u3000", **{code: chr(code + 0xFEE0) for code in range(0x21, 0x7F)}}
SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "usual": str,
    "full width": lambda name: name.translate(_FULL_WIDTH),
    "traditional": lambda name: name.translate(str.maketrans("东电", "東電")),
    "entities": html.escape,
    "blanks": lambda name: f"{name}  ",
    "no-break spaces": lambda name: name.replace(" ", "\u00a0"),
    "upper case": str.upper,
}
"""How a name may be written otherwise."""

_CASES: Mapping[str, Callable[[str], str]] = {"usual": str, "lower": str.lower, "upper": str.upper}
_FLAGS: Mapping[str, Callable[[bool], object]] = {"true and false": bool, "numbers": int, "text": str}


def http_date(moment: float, readings: Readings) -> str | None:
    """Return the ``Date`` header (RFC 9110, section 5.6.7), or None."""
    if readings["date"] == "missing":
        return None
    return formatdate(int(moment + float(readings["date_ahead"])), usegmt=True)


def write(value: Any, settings: Settings) -> Any:
    """Return an answer with its numbers and flags as the settings want them."""
    if isinstance(value, dict):
        return {name: write(item, settings) for name, item in value.items()}
    if isinstance(value, list):
        return [write(item, settings) for item in value]
    if isinstance(value, bool):
        return _FLAGS[settings.readings["flags"]](value)
    return str(value) if isinstance(value, int | float) and settings.numbers_as_text else value


def refuse(endpoint: str, reason: str, readings: Readings) -> Answer | None:
    """Return the answer of a refused call; None is HTTP 404."""
    match readings["before_certificate"] if endpoint == "retrieve" else "refused":
        case "404":
            return None
        case "null":
            return success({"pem_RSA": None, "chains_RSA": None})
        case _:
            return failure(reason)


def vary_ids(ids: Mapping[str, Any], readings: Readings) -> dict[str, Any]:
    """Return the ids of Create or Reissue with another word for an id that is not there."""
    return {name: ZERO if value is None and readings["null_id"] == "zero" else value for name, value in ids.items()}


def vary_query(data: dict[str, Any], order: Order, readings: Readings, *, reissued: float | None) -> dict[str, Any]:
    """Return the ``data`` of Query in another form.

    :param reissued: when a reissue was requested that keeps the order's id
    """
    spell = SPELLINGS[readings["spelling"]]
    moved = reissued if readings["create_time"] == "moved" else None
    varied = {
        **data,
        "cn": spell(data["cn"]),
        "org": {**data["org"], "orgName": spell(data["org"]["orgName"])},
        "createTime": _create_time(moved or order.created, readings["create_time"]),
        "status": _CASES[readings["status_case"]](data["status"]),
        **_duration(order.request.months, readings["duration"]),
    }
    _leave_out(varied, readings["query_field"])
    odd = {"orderNumber": int(order.order_number), "org": "", "duration": "12个月", "isPay": "已支付"}
    return varied | {name: value for name, value in odd.items() if name == readings["odd_field"]}


def _create_time(created: float, form: str) -> str | None:
    moment = beijing(created)
    match form:
        case "seconds":
            return moment.strftime("%Y-%m-%dT%H:%M:%S")
        case "decimals":
            return f"{moment.strftime('%Y-%m-%dT%H:%M:%S')}.{moment.microsecond:06d}0"
        case "slashes":
            return moment.strftime("%Y/%m/%d %H:%M:%S")
        case "utc":
            return moment.astimezone(datetime.UTC).isoformat(timespec="milliseconds")
        case "empty":
            return None
        case "blank":
            return ""
        case "milliseconds":
            return str(int(created * 1000))
        case "1900" | "1970":
            return f"{form}-01-01T08:00:00+08:00"
        case "year 1":
            return "0001-01-01T00:00:00"
        case _:
            return moment.isoformat(timespec="milliseconds")


def _duration(months: int, unit: str) -> dict[str, int]:
    match unit:
        case "years":
            return {"duration": months // 12, "durationType": 1}
        case "days":
            return {"duration": months * 30, "durationType": 2}
        case _:
            return {"duration": months, "durationType": 0}


def _leave_out(data: dict[str, Any], wanted: str) -> None:
    """Remove a field of Query, or set it to null (``FIELD missing``, ``FIELD null``)."""
    field, _blank, state = wanted.partition(" ")
    place = data["org"] if field == "orgName" else data
    if state == "null":
        place[field] = None
    elif state == "missing":
        del place[field]
