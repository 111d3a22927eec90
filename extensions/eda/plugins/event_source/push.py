# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or
# https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An ansible-rulebook event source for the pushes of WoTrus."""

from __future__ import annotations

import asyncio
import importlib
import sys
from pathlib import Path
from typing import Any

DOCUMENTATION = r"""
---
short_description: Receive pushes of WoTrus, check them, and emit orders until they are handled
description:
  - An ansible-rulebook event source to which WoTrus pushes. It is for ansible-rulebook without EDA
    controller, which opens ports for its own sources only. There, use C(eda.builtin.webhook) with
    the event filter C(wotrus.pki.push).
  - WoTrus pushes to C(https://HOST:PORT/push/PATH_TOKEN), by POST.
  - The source checks the secret path and the size before it reads a push, then the signature if
    O(hmac_secret) is set, and the format. Then it stores the push and answers 200.
  - Afterwards it reads the order from WoTrus with your token. A state of an order that is new
    becomes part of an event. A reissue with the same order id is another state.
  - An event is about all orders with the same new state. It has C(wotrus), a dictionary with
    C(event) (V(issued), V(revoked), V(changed) or V(failed)), C(order_ids) (in lower case),
    C(orders) with C(order_id), C(status), C(stage) and C(request_ids) of each, C(hosts) on which
    all these orders were seen, and C(report), the file for the report of the run.
  - Until the run for an event has reported, further orders are collected for the next event.
  - Orders survive the end of the process and an outage of WoTrus's API. An order without a report
    is emitted again.
  - A push that is not about an order, such as one about a unit, is an event with C(payload) and
    C(meta), without secret headers.
  - C(GET /healthz) answers 200 with the state as JSON, or 503 if a push cannot be stored. C(GET
    /metrics) answers the same for Prometheus.
requirements:
  - aiohttp >= 3.13
  - requests >= 2.25
  - ansible-core >= 2.18
options:
  host:
    description:
      - The address to listen on. The default is for a TLS proxy on this machine.
    type: str
    default: 127.0.0.1
  port:
    description:
      - The TCP port to listen on.
    type: int
    required: true
  path_token:
    description:
      - The secret last part of the path, 16 to 128 letters, digits, dashes, underscores, dots and
        tildes. It defaults to E(WOTRUS_PUSH_PATH_TOKEN).
    type: str
    required: true
  hmac_secret:
    description:
      - The secret with which WoTrus signs pushes. Without it, signatures are not checked. It
        defaults to E(WOTRUS_PUSH_SECRET).
    type: str
  hmac_header:
    description:
      - The header with the signature.
    type: str
    default: X-WoTrus-Signature
  hmac_algo:
    description:
      - The hash algorithm of the signature, by its name in Python's C(hashlib).
    type: str
    default: sha256
  hmac_format:
    description:
      - The encoding of the signature. A prefix such as C(sha256=) is allowed.
    type: str
    choices: [hex, base64]
    default: hex
  certfile:
    description:
      - The certificate with its chain, for TLS without a proxy.
    type: path
  keyfile:
    description:
      - Its private key, unless it is in O(certfile).
    type: path
  password:
    description:
      - The password of the private key.
    type: str
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
  max_stored:
    description:
      - How many pushes may be stored. If there are more, the source answers 503, and WoTrus tries
        again. Each order has one stored push at most.
    type: int
    default: 10000
  max_body:
    description:
      - The most bytes of a push. The answer to a larger one is 413.
    type: int
    default: 16384
  confirm_timeout:
    description:
      - How many seconds an order is read again until it has the state that the push claims.
    type: float
    default: 600
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
# The environment has WOTRUS_API_TOKEN and WOTRUS_PUSH_PATH_TOKEN, and WOTRUS_PUSH_SECRET if pushes
# are signed.
- name: Receive pushes behind a TLS proxy
  wotrus.pki.push:
    port: 5000

- name: Receive pushes with TLS
  wotrus.pki.push:
    host: 0.0.0.0
    port: 8443
    certfile: /etc/ssl/certs/hooks.example.com.pem
    keyfile: /etc/ssl/private/hooks.example.com.key
"""

# ansible-rulebook runs this file by its path, and does not know where the collections are.
_COLLECTIONS = str(Path(__file__).absolute().parents[7])
if _COLLECTIONS not in sys.path:
    sys.path.append(_COLLECTIONS)
_PACKAGE = "ansible_collections.wotrus.pki.extensions.eda.plugins.wotrus_push"


async def main(queue: asyncio.Queue[Any], args: dict[str, Any]) -> None:
    """Listen for pushes until the task is cancelled.

    Parameters
    ----------
    queue : asyncio.Queue
        The queue of ansible-rulebook for events.
    args : dict
        The options of the source.

    """
    sources = importlib.import_module(f"{_PACKAGE}.sources")
    await sources.push(queue, args)


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

    asyncio.run(main(MockQueue(), {"port": 5000}))
