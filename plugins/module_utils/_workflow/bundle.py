# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user hands on: a text for the issue form of the repository, and a letter to WoTrus.

The text has only words of the collection, counts, days and request ids. What a file has beside them is left out, even
where somebody else wrote into it.
"""

from __future__ import annotations

import collections
import json
import re
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import error_codes
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json, Rows
from ansible_collections.wotrus.pki.plugins.module_utils._model.products import PRODUCTS
from ansible_collections.wotrus.pki.plugins.module_utils._readings.catalogue import READINGS
from ansible_collections.wotrus.pki.plugins.module_utils._readings.file import OTHER, SANDBOX, WOTRUS
from ansible_collections.wotrus.pki.plugins.module_utils._readings.shapes import ENDPOINTS, KINDS, is_shape
from ansible_collections.wotrus.pki.plugins.module_utils._readings.watched_order import UNKNOWN_PRODUCT
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import LANGUAGES, Message, text

_MOST_CALLS = 50
_CALLS = ("create", "reissue", "revoke", "cancel")
_OUTCOMES = ("accepted", "refused", "not_sent", "unknown")
_ERROR_CODES = error_codes()
_PRODUCTS = (UNKNOWN_PRODUCT, *(product.name for product in PRODUCTS))
_REQUEST_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

_QUESTIONS: t.Sequence[tuple[Message, tuple[str, str] | None]] = (
    (
        Message(
            "Create is sent again with an idempotenceID that you have: is the answer the first order, or an error? For "
            "how long do you keep a value? Can the repeat be charged?"
        ),
        None,
    ),
    (Message("What does a reissue cost, and how often may an order be reissued?"), None),
    (
        Message(
            "A certificate ends before the term that was paid: how do we get one until the end of the term, and at "
            "what price?"
        ),
        ("lifetime", "the term"),
    ),
    (Message("Do you copy the subject and the extensions of a CSR into the certificate?"), None),
    (Message("What ends an order that nobody pays: time, or only Cancel? Is it charged otherwise?"), None),
    (
        Message(
            "Does your console show the orderId (a GUID) of an order, or only its number? If only its number: what is "
            "the orderId of the order with the number __________?"
        ),
        None,
    ),
)
"""What only WoTrus can answer, each with the reading and the word that answer it too."""


def bundle_lines(versions: t.Mapping[str, str], seen: Rows, odd: Rows, journal: t.Iterable[str]) -> list[str]:
    """Return the text for the issue form, in English.

    :param versions: of programs and libraries, by name
    :param seen, odd: of the file of readings, or of ``wotrus_probe_info``
    :param journal: the lines of the journal
    """
    ends = collections.deque(filter(None, map(_call, journal)), maxlen=_MOST_CALLS)
    parts = {
        "versions": [f"{name} {version}" for name, version in versions.items()],
        "readings": [_reading(row) for row in seen if row["word"] in _words(row["reading"])],
        "not in the manual": [_odd(row) for row in odd if row["endpoint"] in ENDPOINTS and is_shape(row["name"])],
        "last calls": list(ends),
    }
    return [line for name, lines in parts.items() for line in (f"{name}:", *(f"  {one}" for one in lines or ["none"]))]


def _words(reading: str) -> t.Collection[str]:
    return READINGS[reading].found if reading in READINGS else ()


def _reading(row: Json) -> str:
    days = [
        f"{row[day]} {_request_ids([row[f'{day}_request']])}" for day in ("first", "last") if f"{day}_request" in row
    ]
    about = [
        _one_of((WOTRUS, SANDBOX, OTHER), row.get("api")),
        f"account {row.get('account', '-')}",
        _one_of(_PRODUCTS, row.get("product")),
        f"{row.get('count', 1)} x",
    ]
    return ", ".join([f"{row['reading']}: {row['word']}", *about, *days])


def _odd(row: Json) -> str:
    return f"{row['endpoint']} {_one_of(KINDS, row['kind'])} {row['name']}, {row['count']} x"


def _call(line: str) -> str | None:
    """Return what may be handed on of a journal's line after a call; ``None`` of another line."""
    try:
        found = json.loads(line)
    except ValueError:
        return None
    if not isinstance(found, dict) or found.get("event") != "end":
        return None
    day = _DAY.match(str(found.get("time")))
    words = (
        day[0] if day else "-",
        _one_of(_CALLS, found.get("call")),
        _one_of(_OUTCOMES, found.get("outcome")),
        _one_of(_ERROR_CODES, found.get("error_code")),
        _request_ids(found.get("request_ids")),
    )
    return " ".join(words)


def _one_of(known: t.Collection[str], value: object) -> str:
    return value if isinstance(value, str) and value in known else "-"


def _request_ids(values: object) -> str:
    ids = values if isinstance(values, list) else []
    return " ".join(one for one in ids if isinstance(one, str) and _REQUEST_ID.fullmatch(one)) or "-"


def letter_lines(known: t.Mapping[str, str]) -> list[str]:
    """Return what a person asks WoTrus, in each language.

    :param known: the words of the readings that answers showed
    """
    first = Message("Dear WoTrus, we use your API for PDF certificates. Its manual leaves these points open:")
    last = Message("Please answer each point in a sentence. Thank you.")
    asked = [question for question, answer in _QUESTIONS if answer is None or answer not in known.items()]
    lines: list[str] = []
    for language in LANGUAGES:
        numbered = [f"{number}. {text(question, language)}" for number, question in enumerate(asked, 1)]
        lines += ["", text(first, language), *numbered, text(last, language)]
    return lines[1:]
