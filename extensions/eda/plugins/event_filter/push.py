# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or
# https://www.gnu.org/licenses/gpl-3.0.txt)
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
short_description: Filter pushes of WoTrus, and give them one format
description:
  - An ansible-rulebook event filter for C(eda.builtin.webhook), or for an Event Stream to which
    WoTrus pushes.
  - An event about an order gets C(wotrus), a dictionary with C(event) (V(issued), V(revoked) or
    V(changed)), C(order_id) (trimmed, in lower case), C(status), C(stage) and C(request_ids). Its
    C(payload) and C(meta) stay unchanged.
  - The filter does not check a push with WoTrus. So C(event) is the claim of the push, C(status)
    and C(stage) are null, and C(request_ids) is empty. The playbook that a rule starts asks
    WoTrus.
  - A push that claims both flags is V(revoked). One that claims neither is V(changed).
  - A push that is not about an order, such as one about a unit, passes unchanged. Events that are
    not pushes of WoTrus are dropped.
  - Use it in C(filters) of the source, before any filter that renames keys of the payload.
options:
  max_bytes:
    description:
      - The most bytes of a payload as JSON. A larger one is dropped.
    type: int
    default: 16384
"""

EXAMPLES = r"""
- name: Filter the pushes that a webhook receives
  eda.builtin.webhook:
    host: 127.0.0.1
    port: 5000
  filters:
    - wotrus.pki.push:
"""

logger = logging.getLogger("wotrus.pki.push")

Event = dict[str, Any]

# ansible-rulebook runs this file by its path, and does not know where the collections are.
_COLLECTIONS = str(Path(__file__).absolute().parents[7])
if _COLLECTIONS not in sys.path:
    sys.path.append(_COLLECTIONS)
_PACKAGE = "ansible_collections.wotrus.pki.extensions.eda.plugins.wotrus_push"
_push_format = importlib.import_module(f"{_PACKAGE}.push_format")


def main(event: Event, max_bytes: int = _push_format.MAX_BODY) -> Event | list[Event]:
    """Return the event with its part ``wotrus``.

    Parameters
    ----------
    event : Event
        The event of the source.
    max_bytes : int
        The most bytes of a payload.

    Returns
    -------
    dict or list
        The event; an empty list if it is not a push of WoTrus.

    """
    try:
        kept: Event = _push_format.normalize(event, max_bytes=int(max_bytes))
    except _push_format.MalformedPushError as reason:
        logger.warning("Dropped an event that is not a push of WoTrus: %s", reason)
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
