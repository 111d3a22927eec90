# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or
# https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An ansible-rulebook event source that polls orders at WoTrus."""

from __future__ import annotations

import asyncio
import importlib
import sys
from pathlib import Path
from typing import Any

DOCUMENTATION = r"""
---
short_description: Poll orders at WoTrus, and emit them until they are handled
description:
  - An ansible-rulebook event source for networks that WoTrus cannot reach, and for pushes that
    were lost after three tries.
  - It reads each order until it is issued or dead. The interval depends on the stage of the order.
  - Its events are those of the event source C(wotrus.pki.push).
  - Both sources of a rulebook can share a O(store). Then this source also polls the pushed orders
    that are not issued yet, and each state is emitted by one of them.
requirements:
  - aiohttp >= 3.13
  - requests >= 2.25
  - ansible-core >= 2.18
options:
  order_ids:
    description:
      - The ids of orders to poll.
    type: list
    elements: str
    default: []
  order_ids_file:
    description:
      - A file with one order id a line, and comments after C(#). A playbook may update it at any
        time.
    type: path
  pushed:
    description:
      - Whether to poll the pushed orders in the O(store) that are not issued yet.
    type: bool
    default: true
  intervals:
    description:
      - Seconds between two reads of an order, by its C(stage).
    type: dict
    default: {}
    suboptions:
      waiting_on_ca:
        description:
          - For an order that WoTrus reviews or issues.
        type: float
        default: 300
      waiting_on_you:
        description:
          - For an order that waits for documents, payment or validation.
        type: float
        default: 1800
      unknown:
        description:
          - For an order with an unknown status.
        type: float
        default: 1800
  refresh:
    description:
      - Seconds between two reads of O(order_ids_file) and the O(store).
    type: float
    default: 60
  max_orders:
    description:
      - The most orders to poll.
    type: int
    default: 10000
  store:
    description:
      - The SQLite file with the stored pushes and the states of orders. It must be on a local
        disk. Sources of one rulebook may share it, with the same options for events. Other
        processes may not.
      - Runs write their reports into the folder of the same name with C(.reports) at its end. An
        empty file C(ORDER_ID.again) there lets the source emit the state of this order again.
    type: str
    default: ~/.local/state/wotrus/pushes.sqlite3
  parallel:
    description:
      - How many orders are read at the same time.
    type: int
    default: 4
  collect:
    description:
      - For how many seconds the source waits for further orders before it emits an event, from
        V(0) to V(30). While more orders come, it waits up to 30 seconds.
    type: float
    default: 5
  needs_report:
    description:
      - Whether an order is delivered only once a run of the playbook C(wotrus.pki.deploy_on_push)
        reported that it needs nothing more. Set it to V(false) if your rules run something else,
        and the order is delivered once the rules have its event.
    type: bool
    default: true
  again_after:
    description:
      - After how many seconds an event is emitted again without a report. It must be more than the
        longest run takes. After a report of a failure, the pauses grow from an eighth of it.
    type: float
    default: 600
  max_emissions:
    description:
      - How often an order is emitted at most. Then an event C(failed) names it. Another push of
        the order, or O(store)C(.reports/ORDER_ID.again), begins anew.
    type: int
    default: 5
  api_token:
    description:
      - The token of WoTrus's partner console. It defaults to E(WOTRUS_API_TOKEN).
    type: str
  api_url:
    description:
      - The address of the API. It defaults to E(WOTRUS_API_URL), or to WoTrus's own address.
    type: str
    default: https://restapi.wosign.com
  ca_path:
    description:
      - A PEM file with the CA certificates to trust for the API. It defaults to E(WOTRUS_CA_PATH).
    type: path
  validate_certs:
    description:
      - Whether to verify the API's TLS certificate.
    type: bool
    default: true
  proxy:
    description:
      - The proxy for the API.
    type: str
  timeout:
    description:
      - Seconds to wait for a connection to the API, and for an answer.
    type: float
    default: 30
  retries:
    description:
      - How often a failed request is repeated at once.
    type: int
    default: 1
  rate_limit:
    description:
      - The most requests a second to the API. V(0) is no limit. It defaults to
        E(WOTRUS_RATE_LIMIT).
    type: float
    default: 50
"""

EXAMPLES = r"""
- name: Poll the orders of a file
  wotrus.pki.poll:
    order_ids_file: /var/lib/wotrus/orders.txt

- name: Poll pushed orders too, beside the event source push
  wotrus.pki.poll:
    intervals:
      waiting_on_ca: 600
"""

# ansible-rulebook runs this file by its path, and does not know where the collections are.
_COLLECTIONS = str(Path(__file__).absolute().parents[7])
if _COLLECTIONS not in sys.path:
    sys.path.append(_COLLECTIONS)
_PACKAGE = "ansible_collections.wotrus.pki.extensions.eda.plugins.wotrus_push"


async def main(queue: asyncio.Queue[Any], args: dict[str, Any]) -> None:
    """Poll orders until the task is cancelled.

    Parameters
    ----------
    queue : asyncio.Queue
        The queue of ansible-rulebook for events.
    args : dict
        The options of the source.

    """
    sources = importlib.import_module(f"{_PACKAGE}.sources")
    await sources.poll(queue, args)


if __name__ == "__main__":

    class MockQueue(asyncio.Queue[Any]):
        """A queue that prints its events."""

        async def put(self, item: dict[str, Any]) -> None:
            """Print an event.

            Parameters
            ----------
            item : dict
                The event.

            """
            sys.stdout.write(f"{item}\n")

    asyncio.run(main(MockQueue(), {"order_ids": []}))
