# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Readings that one answer shows by itself, before it is read: those of Query, and of any answer."""

from __future__ import annotations

import datetime as dt
import re
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_guid
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import is_known_status, known_status
from ansible_collections.wotrus.pki.plugins.module_utils._model.products import MONTHS, known_product
from ansible_collections.wotrus.pki.plugins.module_utils._readings.reading import QUERY_FIELDS
from ansible_collections.wotrus.pki.plugins.module_utils._readings.shapes import by_name

Words = t.Iterator[tuple[str, str]]
"""A reading and its word."""

_CREATE_TIMES = (
    (re.compile(r"0001-.*"), "year 1"),
    (re.compile(r"1900-.*"), "1900"),
    (re.compile(r"1970-.*"), "1970"),
    (re.compile(r"[0-9]{13}"), "milliseconds"),
    (re.compile(r"[0-9]{4}/[0-9]{2}/[0-9]{2} [0-9:]{8}"), "slashes"),
    (re.compile(r"[0-9-]{10}T[0-9:]{8}\.[0-9]{1,3}\+08:00"), "usual"),
    (re.compile(r"[0-9-]{10}T[0-9:]{8}(\.[0-9]+)?(Z|\+00:00)"), "utc"),
    (re.compile(r"[0-9-]{10}T[0-9:]{8}\.[0-9]{7}"), "decimals"),
    (re.compile(r"[0-9-]{10}T[0-9:]{8}"), "seconds"),
)
_FLAGS = ("includersa", "isuploadedpic", "issnverified", "iscsrsubmitted", "iscustomerinfofilled")
_NUMBERS = ("duration", "durationtype", "servercount", "ispay")
_YEARS, _DAYS = (1, 2), (360, 365, 366, 390, 395, 396, 720, 730, 731, 750, 760, 761)
_REVIEWED = ("pending", "pendingautoissue", "pendingsubmitordertoca")


def words_of_date(date: dt.datetime | None, *, has_header: bool, clock: dt.datetime) -> Words:
    """Yield the readings about ``Date``.

    :param clock: this machine's time
    """
    if date is None:
        if not has_header:
            yield "date", "missing"
        return
    yield "date", "sent"
    apart = abs(date - clock)
    limits = ((60, "within a minute"), (3600, "within an hour"), (2 * 86400, "within two days"))
    words = (word for seconds, word in limits if apart <= dt.timedelta(seconds=seconds))
    yield "clocks", next(words, "more than two days")


def words_of_query(envelope: t.Mapping[str, t.Any], data: t.Mapping[str, t.Any]) -> Words:
    """Yield the readings of an answer of Query about an order.

    :param envelope: the answer's fields, by their names in small letters; ``data`` likewise
    """
    yield from _create_time(data)
    yield from _id_form(data.get("id"))
    yield from _types(envelope, data)
    yield from _fields(data)
    duration = _duration(data)
    if duration:
        yield "duration", duration
    status = data.get("status")
    if isinstance(status, str) and is_known_status(status):
        yield from _status_case(status.strip())
    if isinstance(status, str) and status.strip().casefold() == "expired":
        yield "ended", "expired"
    name, product = data.get("productname"), known_product(str(data.get("productid")))
    if isinstance(name, str) and product is not None:
        yield "product_name", "as in the manual" if _squeezed(name) == _squeezed(product.words) else "another"


def _squeezed(name: str) -> str:
    return "".join(name.split()).casefold()


def _create_time(data: t.Mapping[str, t.Any]) -> Words:
    value = data.get("createtime")
    if "createtime" in data and value is None:
        yield "create_time", "empty"
    if isinstance(value, str):
        text = value.strip()
        words = (word for form, word in _CREATE_TIMES if form.fullmatch(text))
        word = next(words, None) if text else "blank"
        if word:
            yield "create_time", word


def _id_form(value: t.Any) -> Words:
    if isinstance(value, str) and is_guid(value):
        if value != value.strip():
            yield "id_of_query", "blanks"
        elif value.strip().startswith("{"):
            yield "id_of_query", "braces"
        elif value.upper() != value.lower():
            yield "id_of_query", "small letters" if value == value.lower() else "capital letters"


def id_style(value: t.Any) -> Words:
    """Yield how Create or a reissue writes an id."""
    if isinstance(value, str) and is_guid(value) and value.strip("{} 0-"):
        if value.strip().startswith("{"):
            yield "ids", "braces"
        elif value != value.strip() or value != value.lower():
            yield "ids", "mixed"
        elif value != value.upper():
            yield "ids", "plain"


def _types(envelope: t.Mapping[str, t.Any], data: t.Mapping[str, t.Any]) -> Words:
    flags = {type(data[name]) for name in _FLAGS if data.get(name) is not None}
    if len(flags) == 1:
        word = {bool: "true and false", int: "numbers", str: "text"}.get(flags.pop())
        if word:
            yield "flags", word
    numbers = [data[name] for name in _NUMBERS if data.get(name) is not None]
    if numbers and all(isinstance(value, int) and not isinstance(value, bool) for value in numbers):
        yield "numbers", "numbers"
    elif numbers and all(isinstance(value, str) and value.strip().isdigit() for value in numbers):
        yield "numbers", "text"
    odd = {
        "orderNumber": isinstance(data.get("ordernumber"), int),
        "org": isinstance(data.get("org"), str),
        "duration": _is_words(data.get("duration")),
        "isPay": _is_words(data.get("ispay")),
        "isSuccess": flags == {bool} and isinstance(envelope.get("issuccess"), str),
    }
    found = [field for field, is_odd in odd.items() if is_odd]
    yield from (("odd_field", field) for field in found)
    if not found:
        yield "odd_field", "none"


def _is_words(value: t.Any) -> bool:
    """Return whether a number is a text that has other characters than digits."""
    return isinstance(value, str) and bool(value.strip()) and not value.strip().isdigit()


def _fields(data: t.Mapping[str, t.Any]) -> Words:
    org = data.get("org")
    found = []
    for field in QUERY_FIELDS:
        place = data
        if field == "orgName":
            if not isinstance(org, dict):
                continue
            place = by_name(org)
        if field.casefold() not in place:
            found.append(f"{field} missing")
        elif place[field.casefold()] is None and (field != "pendingLink" or _is_waiting(data)):
            found.append(f"{field} null")
    yield from (("query_field", word) for word in found)
    if not found:
        yield "query_field", "as described"


def _is_waiting(data: t.Mapping[str, t.Any]) -> bool:
    """Return whether an order waits for a review, so that it has a link in the manual."""
    return str(data.get("status")).strip().casefold() in _REVIEWED


def _duration(data: t.Mapping[str, t.Any]) -> str | None:
    value, unit = str(data.get("duration", "")).strip(), str(data.get("durationtype") or "0").strip()
    number = int(value) if value.isascii() and value.isdigit() else None
    if number in MONTHS and unit == "0":
        return "months"
    if unit == "0":
        return None
    return "years" if number in _YEARS else "days" if number in _DAYS else None


def _status_case(status: str) -> Words:
    """Yield how a status is written; one of small letters in the manual shows no difference to them."""
    known = known_status(status)
    if status == status.upper():
        yield "status_case", "upper"
    elif known != known.lower() and status in (known, known.lower()):
        yield "status_case", "usual" if status == known else "lower"
