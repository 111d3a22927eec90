# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Words of hosts, which are marked as such: a host is not trusted, and a person acts on what a run shows.

Also a text of ours is a host's claim, if the host sent it.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, Text
from ansible_collections.wotrus.pki.plugins.module_utils._texts.received import read_message, without_end

_WANTS_PASSWORD = re.compile("password is required|terminal is required|must have a tty|sudo password", re.IGNORECASE)
_SUDO = Message(
    "Add --ask-become-pass to the command. Without a person, allow the commands in the host's sudoers with NOPASSWD, "
    "and without requiretty. Then run again."
)


def become_step(words: str) -> Message | None:
    """Return what a person can do if ``sudo`` wants a password or a terminal; ``None`` if it is something else."""
    return _SUDO if _WANTS_PASSWORD.search(words) else None


def host_message(row: t.Any, words: str = "") -> Message | None:
    """Return the message of a host's row, marked as words of the host; ``None`` without one.

    :param words: those of the row, if its text is none of ours
    """
    found = read_message(row) or words
    return host_words(found) if found else None


def host_words(words: Text) -> Message:
    """Return words of a host as a quotation, which no word of them ends: what follows is ours."""
    return Message("The host said: «{error}».", error=without_end(words) if isinstance(words, str) else words)
