# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check and compare ids in several spellings (manual, sections 5 and 9)."""

from __future__ import annotations

import re

# The manual's ids are GUIDs, except in one example. Other characters could only do harm.
_GUID = re.compile(r"[0-9A-Fa-f-]{32,40}")
_NUMBER = re.compile(r"[0-9]{15}")
_ID = re.compile(r"(?!.*\.\.)[0-9A-Za-z][0-9A-Za-z._-]{0,99}")


def clean_id(value: str | None) -> str | None:
    """Return an id without blanks and braces; ``None`` if it is empty.

    The GUID of zeros is what a server writes for none. Two pairs of braces are none of an id, but a template.
    """
    found = (value or "").strip()
    if found.startswith("{") and found.endswith("}"):
        found = found[1:-1].strip()
    return found if found.strip("0-") else None


def is_id(value: str) -> bool:
    """Return whether a cleaned id has only characters of ids.

    It is no template, no path and no option, wherever it is written.
    """
    return _ID.fullmatch(value) is not None


def id_key(value: str) -> str:
    """Return the normalized form of an id, equal for all spellings."""
    return (clean_id(value) or "").casefold()


def is_order_id(text: str) -> bool:
    """Return whether a text can be an order's id, in any spelling."""
    return is_id(clean_id(text) or "")


def is_guid(text: str) -> bool:
    """Return whether a text is a GUID in any spelling. The manual has one of 37 characters (section 5)."""
    return _GUID.fullmatch(clean_id(text) or "") is not None


def is_order_number(text: str) -> bool:
    """Return whether a text is an order's number (15 digits), which no call of the API takes."""
    return _NUMBER.fullmatch(text.strip()) is not None


def is_same_id(left: str | None, other: str | None) -> bool:
    """Return whether two spellings are the same id.

    Two missing ids are not.
    """
    key = id_key(left or "")
    return bool(key) and key == id_key(other or "")
