# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages: an English text, and values for its names in braces.

They are rendered in a person's language when they are shown. The English text is the id by which the file of another
language has it. Only the controller has these files, so a target shows English.
"""

from __future__ import annotations

import functools
import json
import pathlib
import re
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._texts.safe_text import safe_text

LANGUAGES = ("en", "zh")
"""The languages. All but English are the names of files."""

_PLAYBOOK = re.compile(r"(?:ansible-playbook )?wotrus\.pki\.([a-z_]+)")
_jobs: dict[str, str] = {}


def name_jobs(jobs: t.Mapping[str, str]) -> None:
    """Name the jobs of AWX in place of playbooks, in all messages of this process.

    :param jobs: the names of the job templates by playbook; empty outside AWX
    """
    _jobs.clear()
    _jobs.update(jobs)


class Message:
    """A text, with values for its names in braces.

    :ivar english: the English text
    :ivar arguments: values by name; a message among them is rendered in the same language, a list is joined as there
    """

    def __init__(self, english: str, /, **arguments: object) -> None:
        self.english = english
        # An exception would keep all that its traceback names.
        self.arguments: t.Mapping[str, object] = {name: _unwrapped(value) for name, value in arguments.items()}

    def with_values(self, **values: object) -> Message:
        """Return the same text with other values of these names."""
        return type(self)(self.english, **{**self.arguments, **values})

    def __eq__(self, other: object) -> bool:
        """Return whether it is the same text with equal values."""
        return isinstance(other, Message) and (self.english, self.arguments) == (other.english, other.arguments)

    def __hash__(self) -> int:
        return hash(self.english)

    def __repr__(self) -> str:
        return f"Message({', '.join([repr(self.english), *(f'{k}={v!r}' for k, v in self.arguments.items())])})"

    def __str__(self) -> str:
        """Return the English text, as logs and exceptions have it."""
        return text(self)


Text = t.Union[Message, str]
"""A message of ours, or free text such as the words of the server."""


def text(message: Text, language: str = "en") -> str:
    """Return a message in a language; free text stays as it is."""
    return message if isinstance(message, str) else rendered(message.english, message.arguments, language)


def rendered(english: str, arguments: t.Mapping[str, object], language: str) -> str:
    """Return one of our texts with its values.

    It is in English if the language does not have it.

    :param english: a text of the code, never words of others
    """
    values = {name: _shown(name, value, language) for name, value in arguments.items()}
    template = translations(language).get(english, english)
    return _PLAYBOOK.sub(lambda found: _runnable(found, language), template).format(**values)


def _runnable(found: re.Match[str], language: str) -> str:
    """Return what a person runs for a playbook, as a part of a format."""
    if found[1] not in _jobs:
        return found[0]
    job = Message('the job "{name}"', name=_jobs[found[1]])
    return text(job, language).replace("{", "{{").replace("}", "}}")


def joined(words: t.Iterable[str], language: str = "en") -> str:
    """Return words as a list in a sentence of a language."""
    return text(Message(", "), language).join(words)


@functools.cache
def translations(language: str) -> t.Mapping[str, str]:
    """Return the texts of a language by the English ones."""
    if language == "en":
        return {}
    path = pathlib.Path(__file__).with_name(f"{language}.json")
    return t.cast("dict[str, str]", json.loads(path.read_text(encoding="utf-8")))


def shown(**messages: Text | None) -> dict[str, t.Any]:
    """Return messages as fields of a result.

    Each is in English. ``texts`` has their texts and values, by which other languages are rendered.
    """
    texts = {name: _as_data(message) for name, message in messages.items() if isinstance(message, Message)}
    return {**{name: None if message is None else text(message) for name, message in messages.items()}, "texts": texts}


def _as_data(value: object) -> t.Any:
    """Return a message or a value of one as plain data."""
    if isinstance(value, list):
        return [_as_data(item) for item in value]
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, Message):
        return {
            "id": value.english,
            "arguments": {name: _as_data(argument) for name, argument in value.arguments.items()},
        }
    return str(value)


def _unwrapped(value: object) -> object:
    """Return the message or the text of an exception, and any other value as it is."""
    if not isinstance(value, Exception):
        return value
    return value.args[0] if value.args and isinstance(value.args[0], Message) else str(value)


def _shown(name: str, value: object, language: str) -> object:
    """Return a safe value for a sentence.

    That of ``error`` loses its full stop.
    """
    if isinstance(value, list):
        parts = [str(_shown(name, item, language)) for item in value]
        # A message may have a list of its own.
        has_messages = any(isinstance(item, Message) for item in value)
        return text(Message("; "), language).join(parts) if has_messages else joined(parts, language)
    if isinstance(value, (int, float)):
        return value
    shown = text(value, language) if isinstance(value, Message) else safe_text(str(value), keep_lines=True)
    return shown.rstrip(".。") if name == "error" else shown
