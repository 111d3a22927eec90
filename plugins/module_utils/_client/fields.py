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

from ansible_collections.wotrus.pki.plugins.module_utils._errors import BadAnswer
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import clean_id, is_id
from ansible_collections.wotrus.pki.plugins.module_utils._texts.safe_text import safe_line, safe_text

_LONGEST_TEXT = 10_000
LONGEST_WORDS = 500
"""Characters that are kept of the server's words."""


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
            raise BadAnswer(
                "The answer's {field} is a JSON {kind}.", field=f"{self._where}.{name}", kind=_json_type(value)
            )
        return value

    def is_empty(self, name: str) -> bool:
        """Return whether a field is missing, null, or an empty text or list."""
        return self._values.get(name.casefold()) in (None, "", [])

    def text(self, name: str) -> str | None:
        """Return a safe string without surrounding blanks, also of a whole number; ``None`` if empty."""
        value = str(self._get(name, str, int) or "")
        if len(value) > _LONGEST_TEXT:
            raise BadAnswer(
                "The answer's {field} has {length:,} characters.", field=f"{self._where}.{name}", length=len(value)
            )
        return safe_text(value).strip() or None

    def id(self, name: str) -> str | None:
        """Return an id without braces; ``None`` if empty."""
        value = clean_id(self._get(name, str))
        if value is not None and not is_id(value):
            raise BadAnswer("The answer's {field} is not an id.", field=f"{self._where}.{name}")
        return value

    def words(self, name: str) -> str | None:
        """Return the start of a string as one safe line."""
        return safe_line(self._get(name, str) or "", longest=LONGEST_WORDS) or None

    def block(self, name: str) -> str | None:
        """Return a string of several lines unchanged; ``None`` if it is empty."""
        value: str | None = self._get(name, str)
        return value if value and value.strip() else None

    def flag(self, name: str) -> bool | None:
        """Return a boolean, also of 0, 1 or text; ``None`` if it is missing."""
        value = self._get(name, bool, int, str)
        if value is None:
            return None
        known = {"true": True, "1": True, "false": False, "0": False}.get(str(value).strip().casefold())
        if known is None:
            raise BadAnswer("The answer's {field} is neither true nor false.", field=f"{self._where}.{name}")
        return known

    def number(self, name: str) -> int | None:
        """Return a whole number, also of a string; ``None`` without one."""
        value = self._get(name, int, str)
        try:
            return None if value in (None, "") else int(value)
        except ValueError:
            raise BadAnswer("The answer's {field} is not a number.", field=f"{self._where}.{name}") from None

    def object(self, name: str) -> Fields | None:
        """Return an object inside this one; ``None`` if it is missing."""
        value = self._get(name, dict)
        return None if value is None else Fields(value, f"{self._where}.{name}")

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of strings without empty ones, also from one string."""
        value = self._get(name, list, str)
        items = [value] if isinstance(value, str) else (value or [])
        if any(item is not None and not isinstance(item, str) for item in items):
            raise BadAnswer("The answer's {field} is not a list of strings.", field=f"{self._where}.{name}")
        return tuple(item for item in items if item and item.strip())


def _json_type(value: object) -> str:
    names = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), type(value).__name__)
