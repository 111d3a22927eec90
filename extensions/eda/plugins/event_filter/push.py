# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An ansible-rulebook event filter for the pushes of WoTrus."""

from __future__ import annotations

import importlib
import logging
import sys
from pathlib import Path
from typing import Any

DOCUMENTATION = r"""
---
short_description: Keep WoTrus's pushes, in one normal form
description:
  - An ansible-rulebook event filter for events of C(eda.builtin.webhook) or of an Event Stream to which WoTrus pushes.
  - An event about an order gets C(wotrus), a dictionary with C(event) (V(issued), V(revoked) or
    V(changed)), C(order_id) (trimmed, in lower case), C(status), C(stage) and C(request_ids). Its
    C(payload) and C(meta) stay as they came.
  - A push is a hint, and nobody has read it back here. So C(event) is what the push claims,
    C(status) and C(stage) are null and C(request_ids) is empty. What the rulebook starts asks
    WoTrus itself.
  - A push that claims both flags is V(revoked), one that claims neither is V(changed).
  - A push about something else than an order, such as a unit, passes untouched. Whatever is no
    push of WoTrus's is dropped.
  - It belongs into C(filters) of the source, after no filter that renames what is in the payload.
options:
  max_bytes:
    description:
      - A payload that is larger than this as JSON is dropped.
    type: int
    default: 16384
"""

EXAMPLES = r"""
- name: Pushes through EDA controller, or a webhook of ansible-rulebook
  eda.builtin.webhook:
    host: 127.0.0.1
    port: 5000
  filters:
    - wotrus.pki.push:
"""

logger = logging.getLogger("wotrus.pki.push")

Event = dict[str, Any]

# ansible-rulebook runs this file by its path, which tells where the code is that it shares with
# the event sources.
_SHARED = str(Path(__file__).resolve().parents[2])
if _SHARED not in sys.path:
    sys.path.append(_SHARED)
_normal = importlib.import_module("wotrus_push.normal")


def main(event: Event, max_bytes: int = _normal.MAX_BODY) -> Event | list[Event]:
    """Return the event in its normal form, or an empty list for what is no push of WoTrus's."""
    try:
        kept: Event = _normal.filtered(event, max_bytes=int(max_bytes))
    except _normal.Malformed as reason:
        logger.warning("Dropped an event that is no push of WoTrus's: %s", reason)
        return []
    return kept


if __name__ == "__main__":
    MOCK_EVENT = {
        "payload": {
            "dataAction": "order",
            "orderId": "30B3F256-9D2D-43C5-ABCB-017AA9D3CB6D ",
            "isIssued": True,
            "isRevoked": False,
        },
        "meta": {"endpoint": "wotrus", "headers": {}},
    }
    sys.stdout.write(f"{main(MOCK_EVENT)}\n")
