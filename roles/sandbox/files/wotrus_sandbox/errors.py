# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exceptions of the sandbox."""

from __future__ import annotations


class Refusal(Exception):
    """The API refuses a call.

    The answer has ``isSuccess`` false and this text in ``errorMsg``. The text is Chinese, as the real server's.
    ``order_id`` is for the log of calls.
    """

    def __init__(self, text: str, *, order_id: str | None = None) -> None:
        super().__init__(text)
        self.order_id = order_id


class NotKnownYet(Exception):
    """The order is not known yet: the answer is HTTP 404."""

    def __init__(self, order_id: str) -> None:
        super().__init__(order_id)
        self.order_id = order_id


class AdminError(Exception):
    """The admin API refuses a call: the answer is ``{"error": text}``."""

    def __init__(self, text: str, *, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


class StartError(Exception):
    """The sandbox cannot start or stop. The text says what to do."""


class Sm2Error(Exception):
    """The ``openssl`` command is missing, has no SM2, or failed."""
