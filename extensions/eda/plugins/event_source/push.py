# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
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
short_description: Receive WoTrus's pushes, read them back, and tell each state of an order once
description:
  - An ansible-rulebook event source that WoTrus pushes to, for who runs ansible-rulebook alone. EDA
    controller opens ports for its own sources only; there, use C(eda.builtin.webhook) with the event
    filter C(wotrus.pki.push).
  - WoTrus pushes to C(https://HOST:PORT/push/PATH_TOKEN), by POST.
  - A push is looked at in this order. Its size and shape, the secret path, the signature where
    O(hmac_secret) is set; then it is stored, and answered with 200. It waits for nothing else.
  - Afterwards the order is read back from WoTrus with a token of yours. What that says becomes the
    event, once for each order and state. A reissue under the same order id is another state.
  - What was stored and not yet told when the process ended is told when it starts again. While
    WoTrus's API does not answer, what is stored waits for it.
  - An event has C(payload) and C(meta) as they came, less secret headers, and C(wotrus), a dictionary
    with C(event) (V(issued), V(revoked) or V(changed)), C(order_id) (trimmed, in lower case),
    C(status), C(stage) and C(request_ids).
  - A push about something else than an order, such as a unit, is an event without C(wotrus).
  - C(GET /healthz) answers 200 with what was counted, or 503 where the store is full.
requirements:
  - aiohttp >= 3.13
  - requests >= 2.25
  - ansible-core >= 2.18
options:
  host:
    description:
      - The address to listen on. The default is for a proxy on this machine that speaks TLS.
    type: str
    default: 127.0.0.1
  port:
    description:
      - The TCP port to listen on.
    type: int
    required: true
  path_token:
    description:
      - The secret end of the path, 16 to 128 letters, digits, dashes, underscores, dots and tildes.
        It defaults to the environment variable E(WOTRUS_PUSH_PATH_TOKEN).
    type: str
    required: true
  hmac_secret:
    description:
      - The secret with which pushes are signed. Without it signatures are not looked at. It defaults
        to E(WOTRUS_PUSH_SECRET).
    type: str
  hmac_header:
    description:
      - The header that has the signature.
    type: str
    default: X-WoTrus-Signature
  hmac_algo:
    description:
      - The digest of the HMAC, by its name in Python's C(hashlib).
    type: str
    default: sha256
  hmac_format:
    description:
      - How the signature is written. A prefix such as C(sha256=) may stand before it.
    type: str
    choices: [hex, base64]
    default: hex
  certfile:
    description:
      - The certificate with its chain, to speak TLS without a proxy.
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
      - The SQLite file of what is to be done and what was told. Its directory must be on a disk of
        this machine. Sources of one rulebook may share it, other processes may not.
    type: str
    default: ~/.local/state/wotrus/pushes.sqlite3
  parallel:
    description:
      - How many orders are asked for at once.
    type: int
    default: 4
  max_stored:
    description:
      - How many pushes may be stored and not yet told. Further ones are answered with 503, and WoTrus
        tries again. Of one order there is never more than one.
    type: int
    default: 10000
  max_body:
    description:
      - Bytes of a push; a larger one is answered with 413.
    type: int
    default: 16384
  confirm_timeout:
    description:
      - Seconds for which an order is asked for again while it does not show what its push claims.
    type: float
    default: 600
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
- name: Pushes, behind a proxy that speaks TLS
  wotrus.pki.push:
    port: 5000
    path_token: "{{ WOTRUS_PUSH_PATH_TOKEN }}"

- name: Pushes, signed, with TLS of its own
  wotrus.pki.push:
    host: 0.0.0.0
    port: 8443
    path_token: "{{ WOTRUS_PUSH_PATH_TOKEN }}"
    hmac_secret: "{{ WOTRUS_PUSH_SECRET }}"
    certfile: /etc/ssl/certs/hooks.example.com.pem
    keyfile: /etc/ssl/private/hooks.example.com.key
"""

# ansible-rulebook runs this file by its path, which tells where the code is that it shares with
# the other plugins.
_SHARED = str(Path(__file__).resolve().parents[2])
if _SHARED not in sys.path:
    sys.path.append(_SHARED)


async def main(queue: asyncio.Queue[Any], args: dict[str, Any]) -> None:
    """Listen for pushes until the task is cancelled."""
    sources = importlib.import_module("wotrus_push.sources")
    await sources.push(queue, args)


if __name__ == "__main__":

    class MockQueue(asyncio.Queue[Any]):
        """A queue that shows what is put into it."""

        async def put(self, item: dict[str, Any]) -> None:
            """Show an event."""
            sys.stdout.write(f"{item}\n")

    asyncio.run(main(MockQueue(), {"port": 5000}))
