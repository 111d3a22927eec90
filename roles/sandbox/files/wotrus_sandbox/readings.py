# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The readings of the manual: the points that it leaves open, and the words for each way to read them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .errors import AdminError, StartError

Readings = Mapping[str, str]

OF_SETTINGS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "repeat": (
        "repeat_answer",
        {"adopted": "adopt", "refused": "refuse", "refused with id": "refuse_with_id", "new if dead": "new_if_dead"},
    ),
    "values": ("idempotence_lifetime", {"kept": 0.0, "forgotten after 30 days": 30 * 86400.0}),
    "review": ("review_delay", {"by hand": 0.0, "at once": 0.0, "an hour": 3600.0, "two days": 2 * 86400.0}),
    "payment": ("unpaid", {"at once": False, "later": True}),
    "issuing": ("auto_issue", {"by RetrievePem": False, "by itself": True}),
    "arrival": ("reject_new", {"accepted": False, "rejected": True}),
    "fresh_order": ("query_delay", {"known": 0.0, "unknown for 3 seconds": 3.0}),
    "backdated": ("backdate", {"no": 0.0, "200 days": 200.0}),
    "lifetime": (
        "certificate_days",
        {"the term": 0.0, **{f"{days} days": float(days) for days in (90, 100, 200, 360, 398, 460)}},
    ),
    "reissue_end": ("reissue_ends", {"the old one's": "old", "the term's": "term", "a new one's": "new"}),
    "expired": ("close_expired", {"issued": False, "closed": True}),
    "reissue_id": ("reissue_answer", {"new": "new", "same": "same", "null": "null"}),
    "reissued_order": ("reissue_old_order", {"issued": "issued", "closed": "closed", "revoked": "revoked"}),
    "old_certificate": ("reissue_serves_old", {"gone": 0.0, "served for an hour": 3600.0}),
    "revocation": ("revoke_answer", {"audited": "audit", "immediate": "immediate"}),
    "ids": ("id_style", {"plain": "plain", "braces": "braces", "mixed": "mixed"}),
    "numbers": ("numbers_as_text", {"numbers": False, "text": True}),
}
"""The readings that have a setting of their own: the setting, and its value by word."""

QUERY_FIELDS = ("id", "productID", "cn", "org", "orgName", "orderNumber", "duration", "isPay", "pendingLink")
"""The fields without which Query may answer; ``createTime`` has a reading of its own."""

OTHERS: Mapping[str, tuple[str, ...]] = {
    "date": ("sent", "missing"),
    "date_ahead": ("0", "5", "28800", "94608000", "-94608000"),
    "create_time": (
        "usual",
        "seconds",
        "decimals",
        "utc",
        "slashes",
        "empty",
        "1900",
        "1970",
        "year 1",
        "moved",
        "blank",
        "milliseconds",
    ),
    "null_id": ("null", "zero"),
    "create_answer": ("id", "none at first", "none", "busy at first"),
    "status_case": ("usual", "lower", "upper"),
    "before_certificate": ("refused", "null", "404"),
    "unpaid_certificate": ("given", "withheld"),
    "replaced_order": ("known", "unknown", "answers new"),
    "repeat_of_reissued": ("first", "newest"),
    "ended": ("issued", "expired", "unknown"),
    "query_lag": ("0", "30", "900"),
    "long_months": ("accepted", "refused"),
    "duration": ("months", "years", "days"),
    "odd_field": ("none", "orderNumber", "org", "duration", "isPay", "isSuccess"),
    "sign_beside": ("no", "yes"),
    "keys": ("any", "P-256 alone"),
    "names": ("as sent", "corrected in certificates", "with an e-mail address"),
    "spelling": ("usual", "full width", "traditional", "entities", "blanks", "no-break spaces", "upper case"),
    "subjects": ("as sent", "full width", "blanks", "no-break spaces", "upper case"),
    "reissues": ("granted", "refused", "refused after the first", "refused after the third"),
    "reissue_values": ("kept", "count for nothing"),
    "months": ("calendar", "30 days", "365 days a year"),
    "stored_but_failed": ("nothing", "reissue", "revoke", "cancel"),
    "expired_certificate": ("given", "refused"),
    "unpaid_orders": ("kept", "closed after 30 days", "closed after 60 days"),
    "revocation_review": ("ends", "never ends"),
    "flags": ("true and false", "numbers", "text"),
    "query_field": ("as described", *(f"{field} {state}" for field in QUERY_FIELDS for state in ("missing", "null"))),
    "archive": ("never", "closed after 30 days", "closed after 30 days, without its certificate"),
}
"""The words of the other readings, the usual one first."""

WORDS: Mapping[str, tuple[str, ...]] = {**{name: tuple(values) for name, (_s, values) in OF_SETTINGS.items()}, **OTHERS}
"""The words of each reading."""

SEEN_BESIDE_USUAL: Mapping[str, Sequence[str]] = {
    "create_time": ("moved",),
    **{
        name: WORDS[name][1:]
        for name in (
            *("lifetime", "backdated", "fresh_order", "ids"),
            *("odd_field", "query_field", "spelling", "subjects", "names"),
        )
    },
}
"""The words of readings that some answers show, and others not. So a usual word that was seen later changes nothing."""

_QUERIED_IDS = {"small letters": "plain", "capital letters": "mixed", "braces": "braces", "blanks": "mixed"}
_YEAR = dt.timedelta(days=365)

USUAL: Readings = {name: words[0] for name, words in OTHERS.items()}


def as_settings(wanted: object) -> dict[str, Any]:
    """Return the settings of readings, and under ``readings`` those that have none.

    Another program may know more readings, so unknown names are ignored. AdminError for a wrong word.
    """
    if not isinstance(wanted, dict):
        raise AdminError("readings must be an object of names and words")
    known = {name: word for name, word in wanted.items() if name in WORDS}
    for name, word in known.items():
        if word not in WORDS[name]:
            raise AdminError(f"the reading {name} must be one of: {' | '.join(WORDS[name])}")
    found = {setting: values[known[name]] for name, (setting, values) in OF_SETTINGS.items() if name in known}
    if "review" in known:
        found["manual_review"] = known["review"] == "by hand"
    return {**found, "readings": {name: word for name, word in known.items() if name in OTHERS}}


def load(path: Path) -> object:
    """Return the readings of a file: ``{"readings": {"NAME": "WORD"}}``, or the file of ``wotrus_readings``.

    StartError for another file.
    """
    try:
        content = json.loads(path.read_bytes())
        return content["readings"] if "readings" in content else _observed(content["seen"])
    except (ValueError, TypeError, KeyError):
        raise StartError(
            f'{path} must be a JSON object with "readings", an object of names and words, or a file of wotrus_readings'
        ) from None


def _observed(rows: Sequence[Mapping[str, Any]]) -> Readings:
    """Return the newest word of each reading that runs saw within a year, of those that the sandbox has.

    The rows are in the order of their last sight. What a sandbox showed counts if nothing else is known.
    """
    today = dt.datetime.now(dt.UTC).date()
    new = [row for row in rows if today - dt.date.fromisoformat(row["last"]) <= _YEAR]
    found: dict[str, str] = {}
    # The ids of Create say more than those of Query.
    for row in sorted(
        [row for row in new if row["api"] != "sandbox"] or new, key=lambda row: row["reading"] != "id_of_query"
    ):
        reading, word = row["reading"], row["word"]
        if reading == "id_of_query":
            reading, word = "ids", _QUERIED_IDS[word]
        words = WORDS.get(reading, ())
        is_beside = word in words[:1] and found.get(reading) in SEEN_BESIDE_USUAL.get(reading, ())
        if word in words and not is_beside:
            found[reading] = word
    return found
