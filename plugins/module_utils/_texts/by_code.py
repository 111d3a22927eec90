# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The messages that belong to error codes. Targets do without them."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._texts import en
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message


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
