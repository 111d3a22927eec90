# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of the catalogue: an id and its arguments.

They are rendered in a person's language when they are shown.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._safe_text import safe_text
from ansible_collections.wotrus.pki.plugins.module_utils._texts import en, zh

LANGUAGES: t.Mapping[str, t.Mapping[str, str]] = {"en": en.TEXTS, "zh": zh.TEXTS}
"""The texts of each language by id. A text that a language lacks is shown in English."""


@dataclasses.dataclass(frozen=True, init=False)
class Message:
    """A text of the catalogue, with values for its names in braces.

    :ivar text_id: the text's stable id
    :ivar arguments: values by name; a message among them, or a list of messages, is rendered in the same language
    """

    text_id: str
    arguments: t.Mapping[str, object]

    def __init__(self, text_id: str, /, **arguments: object) -> None:
        object.__setattr__(self, "text_id", text_id)
        object.__setattr__(self, "arguments", arguments)

    def __str__(self) -> str:
        """Return the English text, as logs and exceptions have it."""
        return text(self)


Text = t.Union[Message, str]
"""A message of the catalogue, or free text such as the words of the server."""


def text(message: Text, language: str = "en") -> str:
    """Return a message in a language; free text stays as it is."""
    if isinstance(message, str):
        return message
    template = LANGUAGES[language].get(message.text_id) or en.TEXTS[message.text_id]
    return template.format(
        **{
            name: "; ".join(str(_shown(one, language)) for one in value)
            if isinstance(value, list)
            else _shown(value, language)
            for name, value in message.arguments.items()
        }
    )


def _shown(value: object, language: str) -> object:
    """Return a safe value for a sentence.

    An error loses its full stop. Its own message is rendered in the same language.
    """
    if isinstance(value, Message):
        return text(value, language)
    if isinstance(value, Exception):
        own = value.args[0] if value.args and isinstance(value.args[0], Message) else str(value)
        return safe_text(text(own, language).rstrip(".。"), keep_lines=True)
    return safe_text(value, keep_lines=True) if isinstance(value, str) else value


def headline(error_code: str) -> Message:
    """Return the sentence of an error code, for a failure without words."""
    return _by_code("error", error_code)


def next_step(error_code: str) -> Message:
    """Return what a person can do about an error code."""
    return _by_code("next", error_code)


def _by_code(family: str, error_code: str) -> Message:
    """Return the text of a code, or a general text.

    The general text is for codes that are unknown, since a host may answer any word. It is also for texts that need
    values.
    """
    text_id = f"{family}.{error_code}"
    is_own = f"error.{error_code}" in en.TEXTS and "{" not in en.TEXTS.get(text_id, "{")
    return Message(text_id if is_own else f"{family}.error")
