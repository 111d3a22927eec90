# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages that are plain data in a result, as ``message.shown`` writes them."""

from __future__ import annotations

import string
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._safe_text import safe_line
from ansible_collections.wotrus.pki.plugins.module_utils._texts import en, host_en
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import LANGUAGES, Message, Text, text

_MOST_VALUES = 100
_LONGEST = 20_000
_LARGEST_NUMBER = 2**63


def host_message(row: t.Any) -> Message | None:
    """Return the message of a host's row; ``None`` without one of ours.

    It is that of ``msg``. A host is not trusted: it has only the texts of code that runs there, and their values become
    safe lines.
    """
    return _message_of(row, "msg", host_en.TEXTS)


def message_in(row: t.Mapping[str, t.Any], field: str) -> Text | None:
    """Return a result's message or words of others; ``None`` if empty."""
    return _message_of(row, field, en.TEXTS) or (str(row[field]) if row.get(field) else None)


def text_in(row: t.Mapping[str, t.Any], field: str, language: str) -> str:
    """Return a result's message in a language; empty without one."""
    return text(message_in(row, field) or "", language)


def _message_of(row: t.Any, field: str, known: t.Container[str]) -> Message | None:
    try:
        return _Reader(known).message(row["texts"][field])
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


class _Reader:
    """Reads one message, with limits for its length and the number of its values."""

    def __init__(self, known: t.Container[str]) -> None:
        self._known = known
        self._left = _MOST_VALUES

    def message(self, data: t.Any) -> Message:
        """Return a message.

        :raises ValueError, TypeError, KeyError: it is none, or not one of the known ones
        """
        text_id, arguments = data["id"], data["arguments"]
        if text_id not in self._known:
            raise ValueError(text_id)
        names = placeholders(en.TEXTS[text_id])
        found = Message(str(text_id), **{name: self._value(arguments[name]) for name in names})
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
            return [self._value(one) for one in value]
        if isinstance(value, str):
            return safe_line(value)
        if isinstance(value, (int, float)) and abs(value) < _LARGEST_NUMBER:
            return value
        raise TypeError(type(value))


def placeholders(template: str) -> set[str]:
    """Return the names in a text's braces."""
    return {name for _before, name, _form, _conversion in string.Formatter().parse(template) if name is not None}
