# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages that are plain data in a result, as ``message.shown`` writes them."""

from __future__ import annotations

import string
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import (
    LANGUAGES,
    Message,
    Text,
    text,
    translations,
)
from ansible_collections.wotrus.pki.plugins.module_utils._texts.safe_text import safe_line

_MOST_VALUES = 100
_LONGEST = 20_000
_LARGEST_NUMBER = 2**63


def read_message(row: t.Any, field: str = "msg") -> Message | None:
    """Return a message of a row; ``None`` if its text is none of ours. The values become safe lines."""
    try:
        return _Reader().message(row["texts"][field])
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def message_in(row: t.Mapping[str, t.Any], field: str) -> Text | None:
    """Return a result's message or words of others; ``None`` if empty."""
    return read_message(row, field) or (str(row[field]) if row.get(field) else None)


def text_in(row: t.Mapping[str, t.Any], field: str, language: str) -> str:
    """Return a result's message in a language; empty without one."""
    return text(message_in(row, field) or "", language)


class _Reader:
    """Reads one message, with limits for its length and its values."""

    def __init__(self) -> None:
        self._left = _MOST_VALUES

    def message(self, data: t.Any) -> Message:
        """Return a message.

        Its text is one that a language has. Another one is worth nothing: the row has its English already.

        :raises ValueError, TypeError, KeyError: it is none, or its text is none of ours
        """
        english, arguments = data["id"], data["arguments"]
        if not any(english in translations(language) for language in LANGUAGES):
            raise ValueError(english)
        found = Message(str(english), **{name: self._value(arguments[name]) for name in placeholders(english)})
        # A text that has a name twice doubles the message in it, so this counts before it is put into another one.
        if any(len(text(found, language)) > _LONGEST for language in LANGUAGES):
            raise ValueError("length")
        return found

    def _value(self, value: t.Any) -> object:
        self._left -= 1
        if self._left < 0:
            raise ValueError("values")
        if isinstance(value, t.Mapping):
            return self.message(value)
        if isinstance(value, (list, tuple)):
            return [self._value(item) for item in value]
        if isinstance(value, str):
            return without_end(safe_line(value))
        if isinstance(value, (int, float)) and abs(value) < _LARGEST_NUMBER:
            return value
        raise TypeError(type(value))


def without_end(words: str) -> str:
    """Return words that do not end a quotation of them, in no language."""
    return words.replace("»", '"').replace("』", '"')


def placeholders(english: str) -> set[str]:
    """Return the names in a text's braces."""
    return {name for _before, name, _form, _conversion in string.Formatter().parse(english) if name is not None}
