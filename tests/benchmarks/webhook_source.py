# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs ``eda.builtin.webhook``, whose events are taken at once.

Its arguments are on the command line.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from ansible_rulebook.event_source import webhook


class Queue:
    """A queue whose events are taken at once."""

    async def put(self, _event: dict[str, Any], /) -> None:
        """Take an event."""


if __name__ == "__main__":
    asyncio.run(webhook.main(Queue(), json.loads(sys.argv[1])))
