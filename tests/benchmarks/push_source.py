# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the event source ``push``, and writes the time of each event.

Its arguments are on the command line.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

from ansible_collections.wotrus.pki.extensions.eda.plugins.wotrus_push import sources


class Queue:
    """A queue whose events are taken at once."""

    async def put(self, event: dict[str, Any], /) -> None:
        """Write when an event came."""
        for order_id in event["wotrus"]["order_ids"]:
            print(time.time(), order_id, flush=True)


if __name__ == "__main__":
    asyncio.run(sources.push(Queue(), json.loads(sys.argv[1])))
