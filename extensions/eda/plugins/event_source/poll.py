# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An ansible-rulebook event source that asks WoTrus for orders."""

from __future__ import annotations

import asyncio
import importlib
import sys
from pathlib import Path
from typing import Any

DOCUMENTATION = r"""
---
short_description: Ask WoTrus for orders, and tell each state of an order once
description:
  - An ansible-rulebook event source for networks that WoTrus cannot reach, and for what got lost
    after the three tries of a push.
  - It asks for each order until that is issued or dead, then no more. An order is asked for once in
    an interval, which depends on what it waits for.
  - Its events have the shape of those of the event source C(wotrus.pki.push), with the C(payload)
    that a push would have.
  - With the O(store) of that source beside it in a rulebook, it asks for the orders whose pushes
    came and that had not ended, and no state is told by both.
requirements:
  - aiohttp >= 3.13
  - requests >= 2.25
  - ansible-core >= 2.18
options:
  order_ids:
    description:
      - Orders to ask for.
    type: list
    elements: str
    default: []
  order_ids_file:
    description:
      - A file with an order id in each line, and comments after C(#). It is read again and again, so
        that a playbook may write it.
    type: path
  pushed:
    description:
      - Whether to ask for the orders that the O(store) knows from pushes, and that have not ended.
    type: bool
    default: true
  intervals:
    description:
      - Seconds between two looks at an order, by its C(stage).
    type: dict
    default: {}
    suboptions:
      waiting_on_ca:
        description:
          - While WoTrus reviews or issues.
        type: float
        default: 300
      waiting_on_you:
        description:
          - While it waits for documents, payment or validation.
        type: float
        default: 1800
      unknown:
        description:
          - While its status is one that is not known here.
        type: float
        default: 1800
  refresh:
    description:
      - Seconds between two looks at O(order_ids_file) and the O(store).
    type: float
    default: 60
  max_orders:
    description:
      - How many orders are asked for at most.
    type: int
    default: 10000
  store:
    description:
      - The SQLite file of what is to be done and what was told. Its directory must be on a disk of
        this machine. Sources of one rulebook may share it, other processes may not.
    type: str
    default: ~/.local/state/wotrus/pushes.sqlite3
  parallel:
    description:
      - How many orders are asked for at once.
    type: int
    default: 4
  api_token:
    description:
      - The token of WoTrus's partner console. It defaults to the environment variable
        E(WOTRUS_API_TOKEN).
    type: str
  api_url:
    description:
      - The address of the API. It defaults to E(WOTRUS_API_URL), or else to WoTrus's own.
    type: str
    default: https://restapi.wosign.com
  ca_path:
    description:
      - A file of CA certificates to trust for the API. It defaults to E(WOTRUS_CA_PATH).
    type: path
  validate_certs:
    description:
      - Whether the API's certificate is verified.
    type: bool
    default: true
  proxy:
    description:
      - The proxy to the API.
    type: str
  timeout:
    description:
      - Seconds to connect to the API, and to wait for an answer.
    type: float
    default: 30
  retries:
    description:
      - Further tries of a call within one look at an order.
    type: int
    default: 1
  rate_limit:
    description:
      - Requests a second to the API, at most; V(0) is no limit. It defaults to
        E(WOTRUS_RATE_LIMIT).
    type: float
    default: 50
"""

EXAMPLES = r"""
- name: Orders of a file
  wotrus.pki.poll:
    order_ids_file: /var/lib/wotrus/orders.txt

- name: Orders whose pushes came too early, beside the event source push
  wotrus.pki.poll:
    intervals:
      waiting_on_ca: 600
"""

# ansible-rulebook runs this file by its path, which tells where the code is that it shares with
# the other plugins.
_SHARED = str(Path(__file__).resolve().parents[2])
if _SHARED not in sys.path:
    sys.path.append(_SHARED)


async def main(queue: asyncio.Queue[Any], args: dict[str, Any]) -> None:
    """Ask for orders until the task is cancelled."""
    sources = importlib.import_module("wotrus_push.sources")
    await sources.poll(queue, args)


if __name__ == "__main__":

    class MockQueue(asyncio.Queue[Any]):
        """A queue that shows what is put into it."""

        async def put(self, item: dict[str, Any]) -> None:
            """Show an event."""
            sys.stdout.write(f"{item}\n")

    asyncio.run(main(MockQueue(), {"order_ids": []}))
