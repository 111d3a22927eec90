# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the parts of the sandbox raise."""

from __future__ import annotations


class Refusal(Exception):
    """The API says no: becomes ``isSuccess`` false with this text (Chinese, as the real server's) in ``errorMsg``.

    ``order_id``: the order that it is about, for the log of calls.
    """

    def __init__(self, text: str, *, order_id: str | None = None) -> None:
        super().__init__(text)
        self.order_id = order_id


class NotKnownYet(Exception):
    """The API does not know a fresh order yet: becomes HTTP 404 without a body."""

    def __init__(self, order_id: str) -> None:
        super().__init__(order_id)
        self.order_id = order_id


class AdminError(Exception):
    """The admin API says no: becomes the HTTP status with ``{"error": text}`` (English)."""

    def __init__(self, text: str, *, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


class StartError(Exception):
    """The sandbox cannot start; the text tells the user what to do."""


class Sm2Error(Exception):
    """The ``openssl`` command is missing, lacks SM2 or refused its input."""
