# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare order ids in several spellings (manual, sections 5 and 9)."""

from __future__ import annotations


def clean_id(value: str | None) -> str | None:
    """Return an id without blanks and braces; ``None`` if it is empty."""
    return (value or "").strip().strip("{}").strip() or None


def id_key(value: str) -> str:
    """Return the normalized form of an id, equal for all spellings."""
    return (clean_id(value) or "").casefold()


def is_same_id(one: str | None, other: str | None) -> bool:
    """Return whether two spellings are the same id.

    Two missing ids are not.
    """
    key = id_key(one or "")
    return bool(key) and key == id_key(other or "")
