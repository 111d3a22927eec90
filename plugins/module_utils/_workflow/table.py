# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans and results as a table."""

from __future__ import annotations

import collections
import typing as t
import unicodedata
from collections.abc import Mapping

from ansible_collections.wotrus.pki.plugins.module_utils._errors import error_codes
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json, Rows
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import CLOSED, REJECTED, REVOKED, STAGES
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, joined, text
from ansible_collections.wotrus.pki.plugins.module_utils._texts.received import text_in
from ansible_collections.wotrus.pki.plugins.module_utils._texts.words import VALUES

PLAN_COLUMNS = ("host", "name", "action", "reason", "may_be_charged", "months", "expires", "next_step")
RESULT_COLUMNS = ("host", "name", "result", "order_id", "charged", "waiting_for", "expires", "next_step")
MOST_LINES = 20
_MESSAGES = ("msg", "next_step", "question", "found", "means", "how")
_HEADS = {
    "action": Message("action"),
    "amount": Message("amount"),
    "charged": Message("charged"),
    "created_at": Message("placed"),
    "currency": Message("currency"),
    "days_left": Message("days left"),
    "encryption_keys": Message("keys kept to decrypt"),
    "expires": Message("expires"),
    "hints": Message("WoTrus shows"),
    "host": Message("host"),
    "may_be_charged": Message("may be charged"),
    "month": Message("month"),
    "months": Message("months"),
    "name": Message("certificate"),
    "next_step": Message("next step"),
    "not_after": Message("certificate until"),
    "not_before": Message("certificate from"),
    "order_id": Message("order"),
    "order_number": Message("order number"),
    "orders": Message("orders"),
    "organization": Message("organization"),
    "pending_link": Message("link"),
    "product": Message("product"),
    "reason": Message("reason"),
    "result": Message("result"),
    "revocation": Message("revocation"),
    "stage": Message("stage"),
    "status": Message("status"),
    "unpriced": Message("without a price"),
    "waiting_for": Message("waiting for"),
    "waiting_since": Message("waiting since"),
    "check": Message("check"),
    "hosts": Message("hosts"),
    "key_evidence": Message("what the host says of the key"),
    "msg": Message("found"),
    "question": Message("reading"),
    "found": Message("what WoTrus does"),
    "means": Message("what it decides"),
    "how": Message("how it is learned"),
    "endpoint": Message("endpoint"),
    "kind": Message("kind"),
    "part": Message("part"),
    "count": Message("count"),
    "signed_documents": Message("newest documents signed by"),
    **VALUES["key_evidence"],
    **VALUES["signed_documents"],
}
_WORDS = {
    **VALUES,
    "reason": {
        **{code: Message("error {code}", code=code) for code in error_codes()},
        **VALUES["reason"],
    },
    "status": {
        **{status: VALUES["stage"][stage.value] for status, stage in STAGES.items()},
        **{status: VALUES["reason"][status] for status in (REVOKED, REJECTED, CLOSED)},
    },
    "action": {
        "nothing": Message("do nothing"),
        "resume": Message("resume"),
        "order": Message("place an order"),
        "renew": Message("renew"),
        "reissue": Message("reissue"),
        "blocked": Message("blocked"),
    },
    "charged": {
        "yes": Message("yes"),
        "maybe": Message("maybe"),
        "no": Message("no"),
    },
    "result": {
        "unchanged": Message("unchanged"),
        "deployed": Message("deployed"),
        "waiting": Message("waiting"),
        "blocked": Message("blocked"),
        "failed": Message("failed"),
        "not_selected": Message("not selected"),
        "revoked": Message("revoked"),
        "revoking": Message("revoking"),
        "cancelled": Message("cancelled"),
        "passed": Message("passed"),
        "warning": Message("warning"),
        "FAILED": Message("FAILED"),
    },
    "waiting_for": {
        "you": Message("you"),
        "ca": Message("the CA"),
        "window": Message("the window"),
    },
}
"""What is shown for values of columns in another language than English."""


def table(rows: Rows, columns: t.Sequence[str] | None = None, language: str = "en") -> list[str]:
    """Return plans or results as the lines of a table.

    :param rows: plans or results, each with its ``host``
    :param columns: the names of the values to show; by default those of a plan, or as :func:`result_lines`
    """
    if columns is None and any("result" in row for row in rows):
        return result_lines(rows, language)
    columns = columns or PLAN_COLUMNS
    lines = [
        [head(column, language) for column in columns],
        *([cell(row, column, language) for column in columns] for row in rows),
    ]
    widths = [max(_width(line[number]) for line in lines) for number in range(len(columns))]
    lines.insert(1, ["-" * width for width in widths])
    return ["  ".join(map(_filled, line, widths)).rstrip() for line in lines]


def result_lines(rows: Rows, language: str = "en") -> list[str]:
    """Return results as the lines of a table, and below it why certificates fail.

    A message with its next step stands once below the table if several rows have the same. The others have their step
    in the table.
    """
    shared = shared_words(rows, language)
    below = text(Message("see below"), language)
    shown, reasons = [], collections.defaultdict(list)
    for row in rows:
        words = failure_words(row, language)
        is_shared = words in shared
        shown.append({**row, "next_step": below, "texts": {}} if is_shared else row)
        if words:
            why = words if is_shared else sentences(row, ("msg",), language)
            reasons[why].append(" ".join(filter(None, (row.get("host"), row.get("name")))))
    lines = [f"{first_names(names, language)}: {why}" for why, names in reasons.items()]
    return [*table(shown, RESULT_COLUMNS, language), *(["", *lines] if lines else [])]


def failure_words(row: Json, language: str = "en") -> str:
    """Return why a certificate fails, with what to do; empty if it does not."""
    # A row of an artifact has no error code.
    has_failed = row.get("error_code") or row.get("result") in ("blocked", "failed")
    return sentences(row, ("msg", "next_step"), language) if has_failed else ""


def shared_words(rows: Rows, language: str = "en") -> set[str]:
    """Return the words of failures that several rows have."""
    counts = collections.Counter(failure_words(row, language) for row in rows)
    return {words for words, count in counts.items() if words and count > 1}


def first_lines(lines: t.Sequence[str], language: str = "en", *, most: int = MOST_LINES) -> list[str]:
    """Return the first lines of a list, and the number of others."""
    more = len(lines) - most
    return [*lines[:most], *([text(Message("  and {number} more", number=more), language)] if more > 0 else [])]


def first_names(names: t.Sequence[str], language: str, *, most: int = MOST_LINES) -> str:
    """Return the first names of a list in one line, and the number of others."""
    return joined((name.strip() for name in first_lines(names, language, most=most)), language)


def _width(value: str) -> int:
    """Return the columns of a terminal that a text takes.

    A Chinese character takes two, and a combining one none.
    """
    return sum((1 + (unicodedata.east_asian_width(item) in "WF")) * (not unicodedata.combining(item)) for item in value)


def _filled(value: str, width: int) -> str:
    return value + " " * (width - _width(value))


def head(column: str, language: str = "en") -> str:
    """Return the words above a column."""
    return text(_HEADS.get(column, column.replace("_", " ")), language)


def cell(row: t.Mapping[str, t.Any], column: str, language: str = "en") -> str:
    """Return a value of a plan or result for people."""
    value = row.get(column)
    if isinstance(value, bool):
        return text(Message("yes" if value else "no"), language)
    if column == "next_step" and row.get("result") in ("unchanged", "deployed") and not row.get("alarm"):
        return "-"
    if column in _MESSAGES:
        value = sentences(row, (column,), language)
    if isinstance(value, Mapping):
        return joined((f"{head(name, language)} {cell(value, name, language)}" for name in value), language) or "-"
    if isinstance(value, (list, tuple)):
        return joined((word(column, str(item), language) for item in value), language) or "-"
    return "-" if value in (None, "") else word(column, str(value), language)


def sentences(row: t.Mapping[str, t.Any], fields: t.Sequence[str], language: str = "en") -> str:
    """Return messages of a plan or result on one line."""
    joined = " ".join(" ".join(text_in(row, field, language) for field in fields).split())
    return joined.replace("。 ", "。")


def word(column: str, value: str, language: str) -> str:
    """Return a column's value in a language.

    The value is an English word. It stays as it is if there is no other.
    """
    return value if language == "en" else text(_WORDS.get(column, {}).get(value, value), language)
