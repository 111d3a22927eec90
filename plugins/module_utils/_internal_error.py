# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An exception that nobody expected, which ends with its certificate."""

from __future__ import annotations

import traceback

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InternalError, WotrusError


def internal_error(exc: Exception) -> InternalError:
    """Return the error for an exception that nobody expected.

    What was sent before it may have been done.
    """
    return InternalError(
        "wotrus.pki has an error of its own ({kind}: {error}). Other certificates are not affected.",
        kind=type(exc).__name__,
        error=exc,
        answer_lost=True,
    )


def trace_of(error: WotrusError) -> str:
    """Return where the cause of an error was raised.

    The lines have source text alone: the values of an exception may be secret.
    """
    cause = error.__cause__ or error
    return "".join([*traceback.format_tb(cause.__traceback__), type(cause).__name__])
