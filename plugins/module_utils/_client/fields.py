# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read fields of the API's JSON with strict types.

The case of names does not matter.

The manual spells one field in several ways (``csr_RSA``/``csR_RSA``, ``Status``/``status``). A name is searched in one
object only, since ``org.status`` is not the order's ``status``.
"""

from __future__ import annotations

import typing as t
import unicodedata

from ansible_collections.wotrus.pki.plugins.module_utils._errors import BadAnswer

# They change the direction of the text, so that it looks like another one. Other format characters occur in names.
_DIRECTION_CHARACTERS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C])


class Fields:
    """One JSON object of an answer.

    Each method returns ``None`` if the field is missing or null, and raises :class:`BadAnswer` for a wrong type.
    """

    def __init__(self, value: t.Mapping[str, t.Any], where: str) -> None:
        self._where = where
        self._values: dict[str, t.Any] = {}
        for name, item in value.items():
            if self._values.get(name.casefold()) is None:
                self._values[name.casefold()] = item

    def _get(self, name: str, *types: type) -> t.Any:
        value = self._values.get(name.casefold())
        if value is None:
            return None
        # In Python, bool is a kind of int.
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise BadAnswer(f"the answer's {self._where}.{name} is a JSON {_json_type(value)}")
        return value

    def text(self, name: str) -> str | None:
        """Return a string without surrounding blanks; ``None`` if it is empty.

        Messages, paths and files must have no control characters and no surrogates.
        """
        value = self._get(name, str)
        return (printable(value).translate(_DIRECTION_CHARACTERS).strip() or None) if value is not None else None

    def block(self, name: str) -> str | None:
        """Return a string of several lines unchanged; ``None`` if it is empty."""
        value: str | None = self._get(name, str)
        return value if value and value.strip() else None

    def flag(self, name: str) -> bool | None:
        """Return a boolean."""
        value = self._get(name, bool)
        return None if value is None else bool(value)

    def number(self, name: str) -> int | None:
        """Return a whole number, also from a string."""
        value = self._get(name, int, str)
        if value is None or value == "":
            return None
        try:
            return int(value)
        except ValueError:
            raise BadAnswer(f"the answer's {self._where}.{name} is not a number") from None

    def object(self, name: str) -> Fields | None:
        """Return an object inside this one."""
        value = self._get(name, dict)
        return None if value is None else Fields(value, f"{self._where}.{name}")

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of strings without empty ones.

        A single string is a list with one item.
        """
        value = self._get(name, list, str)
        items = [value] if isinstance(value, str) else (value or [])
        if any(item is not None and not isinstance(item, str) for item in items):
            raise BadAnswer(f"the answer's {self._where}.{name} is not a list of strings")
        return tuple(item for item in items if item and item.strip())


def printable(text: str, *, without: t.Container[str] = ("Cc", "Cs")) -> str:
    """Replace the characters of some Unicode categories with blanks.

    :param without: by default control characters and surrogates; format characters occur in names
    """
    return "".join(" " if unicodedata.category(char) in without else char for char in text)


def one_line(text: str, *, longest: int = 2000) -> str:
    """Return untrusted text as one safe line for messages."""
    shown = " ".join(printable(text[: 4 * longest]).translate(_DIRECTION_CHARACTERS).split())
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def _json_type(value: object) -> str:
    names = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), type(value).__name__)
