# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the event source ``push``, and ends at one of its steps.

It ends as after SIGKILL. A step is a transaction of the store, the put of an event, or the report of its run. Its
arguments are the number of the step, a file for the events, and the options of the source as JSON.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.wotrus.pki.extensions.eda.plugins.wotrus_push import sources, store

STEP = int(sys.argv[1])
EVENTS = Path(sys.argv[2])
_steps = itertools.count(1)
_transaction = store.Store._transaction


def step() -> None:
    """End the process if it is the step for it."""
    if next(_steps) == STEP:
        os._exit(9)


@contextlib.contextmanager
def transaction(self: store.Store) -> Iterator[None]:
    """Do a transaction, between two steps."""
    step()
    with _transaction(self):
        yield
    step()


def run_playbook(part: dict[str, Any]) -> None:
    """Write the event, and the report of its run."""
    step()
    with EVENTS.open("a") as file:
        file.write(json.dumps(part) + "\n")
    step()
    report = Path(part["report"])
    unfinished = report.with_name(f".{report.name}")
    unfinished.write_text(json.dumps({"done": part["order_ids"], "failed": [], "hosts": {}}))
    unfinished.rename(report)
    step()


class Queue:
    """A queue whose events are taken by a run that succeeds."""

    async def put(self, event: dict[str, Any], /) -> None:
        """Write the event, and the report of its run."""
        run_playbook(event["wotrus"])


if __name__ == "__main__":
    store.Store._transaction = transaction
    asyncio.run(sources.push(Queue(), json.loads(sys.argv[3])))
