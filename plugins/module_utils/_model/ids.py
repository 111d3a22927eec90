# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Order ids, which the API writes in either case, sometimes with a trailing blank (examples of sections 5 and 9)."""

from __future__ import annotations


def clean_id(value: str | None) -> str | None:
    """Return an id without surrounding blanks and braces, in the case it came in; ``None`` if nothing is left."""
    return (value or "").strip().strip("{}").strip() or None


def id_key(value: str) -> str:
    """Return the form under which two spellings of one id are equal."""
    return (clean_id(value) or "").casefold()


def is_same_id(one: str | None, other: str | None) -> bool:
    """Tell whether two spellings name the same thing; nothing is never the same as nothing."""
    key = id_key(one or "")
    return bool(key) and key == id_key(other or "")
