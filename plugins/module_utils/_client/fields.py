# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading the API's JSON: without regard to the case of names, field by field, and strict about types.

The manual spells one field in several ways (``csr_RSA``/``csR_RSA``, ``Status``/``status``); a name is looked up in one
object alone, since ``org.status`` is not the order's ``status``.
"""

from __future__ import annotations

import typing as t
import unicodedata

from ansible_collections.wotrus.pki.plugins.module_utils._errors import BadAnswer

# They would let a text show as another one; other format characters belong to some people's names.
_TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C])


class Fields:
    """One JSON object of an answer.

    Each method returns ``None`` where the field is missing or null, and raises :class:`BadAnswer` for a wrong type.
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
        # bool is an int to Python, and is none here.
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise BadAnswer(f"the answer's {self._where}.{name} is a JSON {_json_type(value)}")
        return value

    def text(self, name: str) -> str | None:
        """Return a string as one line of printable text without surrounding blanks; an empty one is ``None``.

        It goes into messages, paths and files, where a control character or half of a surrogate pair does harm.
        """
        value = self._get(name, str)
        return (printable(value).translate(_TURNS).strip() or None) if value is not None else None

    def block(self, name: str) -> str | None:
        """Return a string of many lines as it came; an empty one is ``None``."""
        value: str | None = self._get(name, str)
        return value if value and value.strip() else None

    def flag(self, name: str) -> bool | None:
        """Return true or false."""
        value = self._get(name, bool)
        return None if value is None else bool(value)

    def number(self, name: str) -> int | None:
        """Return a whole number, also where it was written as text."""
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
        """Return a list of strings without its empty items; a single string is a list of one."""
        value = self._get(name, list, str)
        items = [value] if isinstance(value, str) else (value or [])
        if any(item is not None and not isinstance(item, str) for item in items):
            raise BadAnswer(f"the answer's {self._where}.{name} is not a list of strings")
        return tuple(item for item in items if item and item.strip())


def printable(text: str, *, without: t.Container[str] = ("Cc", "Cs")) -> str:
    """Return a text with blanks in place of the characters of some Unicode categories.

    :param without: by default control characters and surrogates; format characters belong to some people's names
    """
    return "".join(" " if unicodedata.category(char) in without else char for char in text)


def one_line(text: str, *, longest: int = 2000) -> str:
    """Return a text of others as one line for people: without control characters and changes of direction."""
    shown = " ".join(printable(text[: 4 * longest]).translate(_TURNS).split())
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def _json_type(value: object) -> str:
    names = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), type(value).__name__)
