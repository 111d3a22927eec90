# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of the catalogue: an id and its arguments.

They are rendered in a person's language when they are shown. Only then are texts imported, since that takes time on a
target.
"""

from __future__ import annotations

import importlib
import typing as t

LANGUAGES = ("en", "zh")
"""The languages, which are the names of the files that have their texts."""


class Message:
    """A text of the catalogue, with values for its names in braces.

    :ivar text_id: the text's stable id
    :ivar arguments: values by name; a message among them, or a list of messages, is rendered in the same language
    """

    def __init__(self, text_id: str, /, **arguments: object) -> None:
        self.text_id = text_id
        self.arguments: t.Mapping[str, object] = arguments

    def __eq__(self, other: object) -> bool:
        """Return whether it is the same text with equal values."""
        return isinstance(other, Message) and (self.text_id, self.arguments) == (other.text_id, other.arguments)

    def __hash__(self) -> int:
        return hash(self.text_id)

    def __repr__(self) -> str:
        return f"Message({', '.join([repr(self.text_id), *(f'{k}={v!r}' for k, v in self.arguments.items())])})"

    def __str__(self) -> str:
        """Return the English text, as logs and exceptions have it."""
        return text(self)


Text = t.Union[Message, str]
"""A message of the catalogue, or free text such as the words of the server."""


def text(message: Text, language: str = "en") -> str:
    """Return a message in a language; free text stays as it is."""
    if isinstance(message, str):
        return message
    values = {name: _shown(name, value, language) for name, value in message.arguments.items()}
    return template(message.text_id, language).format(**values)


def template(text_id: str, language: str = "en") -> str:
    """Return a text of the catalogue, with its names in braces."""
    from ansible_collections.wotrus.pki.plugins.module_utils._texts import host_en

    if language == "en" and text_id in host_en.TEXTS:
        return host_en.TEXTS[text_id]
    # Ansible ships no file to a target that is imported by its name.
    texts: t.Mapping[str, str] = importlib.import_module(f"{__name__.rpartition('.')[0]}.{language}").TEXTS
    return texts[text_id]


def shown(**messages: Text | None) -> dict[str, t.Any]:
    """Return messages as fields of a result.

    Each is in English. ``texts`` has their ids and values, by which other languages are rendered.
    """
    texts = {name: _as_data(one) for name, one in messages.items() if isinstance(one, Message)}
    return {**{name: None if one is None else text(one) for name, one in messages.items()}, "texts": texts}


def _as_data(value: object) -> t.Any:
    """Return a message or a value of one as plain data."""
    if isinstance(value, list):
        return [_as_data(one) for one in value]
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, Exception) and value.args and isinstance(value.args[0], Message):
        value = value.args[0]
    if isinstance(value, Message):
        return {"id": value.text_id, "arguments": {name: _as_data(one) for name, one in value.arguments.items()}}
    return str(value)


def _shown(name: str, value: object, language: str) -> object:
    """Return a safe value for a sentence.

    That of ``error`` loses its full stop.
    """
    from ansible_collections.wotrus.pki.plugins.module_utils._safe_text import safe_text

    if isinstance(value, list):
        return "; ".join(str(_shown(name, one, language)) for one in value)
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, Exception) and value.args and isinstance(value.args[0], Message):
        value = value.args[0]
    shown = text(value, language) if isinstance(value, Message) else safe_text(str(value), keep_lines=True)
    return shown.rstrip(".。") if name == "error" else shown
