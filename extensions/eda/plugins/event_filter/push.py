# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or
# https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An ansible-rulebook event filter for the pushes of WoTrus."""

from __future__ import annotations

import hmac
import json
import logging
import os
import re
import runpy
from pathlib import Path
from typing import Any

DOCUMENTATION = r"""
---
short_description: Filter pushes of WoTrus, and give them one format
description:
  - An ansible-rulebook event filter for C(eda.builtin.webhook), or for an Event Stream to which
    WoTrus pushes.
  - The event of a push about an order has C(wotrus), a dictionary with C(event) (V(issued),
    V(revoked) or V(changed)) and C(order_id) (trimmed, in lower case), instead of C(payload). So
    rules and playbooks see nothing else of what the sender wrote.
  - The filter does not check a push with WoTrus. So C(event) is the claim of the push. The playbook
    that a rule starts asks WoTrus.
  - A push that claims both flags is V(revoked). One that claims neither is V(changed).
  - A push that is not about an order, such as one about a unit, keeps its C(payload).
  - The path and the headers of the request are removed from C(meta).
  - Events that are not pushes of WoTrus are dropped.
  - Use it in C(filters) of the source, before any filter that renames keys of the payload.
options:
  path_token:
    description:
      - A secret of 32 to 128 letters, digits, dashes, underscores, dots and tildes. An event whose
        request had another last part of its path is dropped.
      - It defaults to E(WOTRUS_PUSH_PATH_TOKEN), since ansible-rulebook renders no templates in the
        options of a filter. If the variable is there, but is no such secret, the rulebook does not
        start.
      - It is a second check. The source parses a push before the filter sees it, so use it beside
        C(token) or C(hmac_secret) of the source.
    type: str
"""

EXAMPLES = r"""
- name: Filter the pushes that a webhook receives
  eda.builtin.webhook:
    host: 127.0.0.1
    port: 5000
    token: "{{ WOTRUS_PUSH_TOKEN or WOTRUS_PUSH_TOKEN_IS_EMPTY ~ '' }}"
  filters:
    - wotrus.pki.push:
"""

logger = logging.getLogger("wotrus.pki.push")

Event = dict[str, Any]

_VARIABLE = "WOTRUS_PUSH_PATH_TOKEN"
_PATH_TOKEN = re.compile(r"[0-9A-Za-z_~.-]{32,128}")
# The manual's example has 120 bytes and one level.
_MOST_BYTES = 16384
_MOST_LEVELS = 32
_FLAGS = {"true": True, "1": True, "false": False, "0": False, "none": False}

# ansible-rulebook runs this file by its path, and does not know where the collections are.
_COLLECTION = Path(__file__).absolute().parents[4]
_IDS = runpy.run_path(str(_COLLECTION / "plugins" / "module_utils" / "_model" / "ids.py"))


class NoPushError(Exception):
    """An event is not a push. The message repeats nothing of it."""


def _checked_token(token: str, name: str) -> str:
    if not _PATH_TOKEN.fullmatch(token):
        msg = f"{name} must have 32 to 128 letters, digits, dashes, underscores, dots and tildes."
        raise ValueError(msg)
    return token


_TOKEN = _checked_token(os.environ[_VARIABLE], _VARIABLE) if _VARIABLE in os.environ else None


def main(event: Event, path_token: str | None = None) -> Event | list[Event]:
    """Return the event of a push in one format.

    Parameters
    ----------
    event : Event
        The event of the source.
    path_token : str | None
        The secret last part of the path.

    Returns
    -------
    dict or list
        The event; an empty list if it is not a push of WoTrus.

    """
    token = _TOKEN if path_token is None else _checked_token(path_token, "path_token")
    try:
        return _normalized(event, token)
    except NoPushError as reason:
        logger.warning("Dropped an event that is not a push of WoTrus: %s", reason)
        return []


def _normalized(event: object, token: str | None) -> Event:
    if not isinstance(event, dict):
        msg = "no event"
        raise NoPushError(msg)
    meta = event.get("meta") or {}
    if token is not None:
        last = str(meta.get("endpoint")).rpartition("/")[2]
        if not hmac.compare_digest(last.encode(errors="replace"), token.encode()):
            msg = "another path"
            raise NoPushError(msg)
    kept = {name: value for name, value in meta.items() if name not in ("endpoint", "headers")}
    payload = event.get("payload")
    claim = _claim(payload)
    return {"meta": kept, **({"wotrus": claim} if claim else {"payload": payload})}


def _claim(payload: object) -> dict[str, str] | None:
    # Return what a push claims about an order; ``None`` if it is about something else.
    if not isinstance(payload, dict) or not _is_small(payload):
        msg = "no small JSON object"
        raise NoPushError(msg)
    fields = {str(name).casefold(): value for name, value in payload.items()}
    action = fields.get("dataaction")
    if not isinstance(action, str):
        msg = "no dataAction"
        raise NoPushError(msg)
    if action.strip().casefold() != "order":
        return None
    order_id = fields.get("orderid")
    if not isinstance(order_id, str) or not _IDS["is_order_id"](order_id):
        msg = "no orderId"
        raise NoPushError(msg)
    issued, revoked = (_flag(fields.get(name)) for name in ("isissued", "isrevoked"))
    event = "revoked" if revoked else "issued" if issued else "changed"
    return {"event": event, "order_id": _IDS["id_key"](order_id)}


def _flag(value: object) -> bool:
    try:
        return _FLAGS[str(value).strip().casefold()]
    except KeyError:
        msg = "a flag is neither true nor false"
        raise NoPushError(msg) from None


def _is_small(payload: Event) -> bool:
    # Deep recursion would crash the process, in which the rule engine's Java runs too. So the
    # depth is counted before the length.
    level: list[Any] = [payload]
    for _depth in range(_MOST_LEVELS):
        inner = [item.values() if isinstance(item, dict) else item for item in level]
        level = [item for items in inner for item in items if isinstance(item, (dict, list))]
    return not level and len(json.dumps(payload)) <= _MOST_BYTES
