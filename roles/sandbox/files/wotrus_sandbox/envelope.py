# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The envelope of every answer: ``{isSuccess, errorMsg, successMsg, data, page}`` (manual, sections 2 to 9)."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

Answer = dict[str, object]

EMPTY_PAGE: Mapping[str, int] = {"total": 0, "limit": 0, "skip": 0}


def success(data: Mapping[str, object], *, error_msg: str | None = "", success_msg: str = "") -> Answer:
    """Return the envelope of a success around ``data``, with the zero page of the manual's examples."""
    return {
        "isSuccess": True,
        "errorMsg": error_msg,
        "successMsg": success_msg,
        "data": dict(data),
        "page": dict(EMPTY_PAGE),
    }


def failure(message: str) -> Answer:
    """Return the envelope of a failure; ``message`` is the server's (Chinese) reason."""
    return {"isSuccess": False, "errorMsg": message, "successMsg": "", "data": None, "page": None}


def respond(answer: Answer, *, numbers_as_text: bool = False) -> web.Response:
    """Return ``answer`` as HTTP 200: the real API tells failures in the envelope, not in the status."""
    return web.json_response(_without_numbers(answer) if numbers_as_text else answer)


def _without_numbers(value: object) -> object:
    """Return ``value`` with every number in it as text; true and false are no numbers."""
    if isinstance(value, dict):
        return {name: _without_numbers(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_without_numbers(item) for item in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value
