# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An order or a reissue that failed, and that WoTrus may have all the same. A repeat is the same one."""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    BadAnswer,
    RejectedByApi,
    TimedOut,
    Unavailable,
    WotrusError,
)
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

ORDER = Message("The order may have been placed, and charged. A repeat is the same order.")
REISSUE = Message("The reissue may have been requested. A repeat is the same reissue.")

# What these advise is about a server that was not reached.
_UNKNOWN = (BadAnswer, TimedOut, Unavailable)


def is_open(error: WotrusError) -> bool:
    """Return whether WoTrus may have carried a request out that failed.

    A refusal in words proves nothing, since a server may be busy after it stored an order.
    """
    return error.answer_lost or isinstance(error, RejectedByApi)


@contextlib.contextmanager
def explained(words: Message, next_step: Message | None = None) -> t.Iterator[None]:
    """Let the failure of a request say what a repeat does, if the request is open.

    :param next_step: what a person can do, in place of a look at the way to the server
    """
    try:
        yield
    except WotrusError as exc:
        if is_open(exc):
            exc.replace_message(Message("{error}. {words}", error=exc, words=words))
            exc.next_step = next_step if isinstance(exc, _UNKNOWN) else exc.next_step
        raise
