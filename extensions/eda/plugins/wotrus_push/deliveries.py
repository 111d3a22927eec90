# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or
# https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Emit orders in batches until a run reports that they are handled.

A run of ``wotrus.pki.deploy_on_push`` writes its report as a file into a folder beside the store,
so that it is there too if ansible-rulebook ended before. Only the user of ansible-rulebook can
write into the folder.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import re
import stat
import typing as t
import uuid

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key, is_order_id

from .push_format import CHANGED, UNDELIVERED, batch_part
from .store import DONE, FAILED, SENT, Batch, DeliveryRules, RunReport
from .work_queue import repeat, try_step

if t.TYPE_CHECKING:
    from pathlib import Path

    from .dispatcher import Queue
    from .work_queue import WorkQueue

logger = logging.getLogger("wotrus.pki.push")

_REPORT = re.compile(r"([0-9a-f]{32})\.json")
_AGAIN = ".again"
_MOST_BYTES = 2**22
_PAUSE_BETWEEN_LOOKS = 1.0
_PAUSE_BETWEEN_CLEANUPS = 86400.0


class Deliverer:
    """Emits the orders of a store and reads the reports.

    Of the sources that share a store, one does so at a time.
    """

    def __init__(self, work_queue: WorkQueue, queue: Queue, rules: DeliveryRules) -> None:
        """Prepare to emit the orders of a work queue.

        Parameters
        ----------
        work_queue : WorkQueue
            The work queue.
        queue : Queue
            The queue of ansible-rulebook for events.
        rules : DeliveryRules
            When orders are emitted.

        """
        self._work_queue = work_queue
        self._queue = queue
        self._rules = rules

    async def run(self) -> None:
        """Emit orders and read reports until the task is cancelled."""
        async with self._work_queue.delivering:
            # Runs may have gone on after the end of the process before.
            await try_step(self._read_reports)
            async with asyncio.TaskGroup() as group:
                group.create_task(repeat(self._emit_next, pause=0))
                group.create_task(repeat(self._read_reports, pause=_PAUSE_BETWEEN_LOOKS))
                group.create_task(repeat(self._work_queue.clean, pause=_PAUSE_BETWEEN_CLEANUPS))

    async def _emit_next(self) -> None:
        changed = self._work_queue.orders_changed
        batch, seconds = await self._work_queue.next_batch(self._rules)
        if batch is not None:
            await self._emit(batch)
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await changed.wait()

    async def _emit(self, batch: Batch) -> None:
        name = uuid.uuid4().hex
        event = UNDELIVERED if batch.exhausted else batch.event
        part = batch_part(
            event,
            {one.key: one.details for one in batch.deliveries},
            hosts=batch.hosts,
            report=str(self._work_queue.reports / f"{name}.json"),
        )
        again_after = self._rules.again_after
        # This comes first: a store that cannot be written would let the same batch start again
        # and again.
        await self._work_queue.mark(batch, name, SENT, seconds=again_after)
        await self._queue.put({"wotrus": part})
        waits = self._rules.needs_report and batch.event != CHANGED and not batch.exhausted
        ended = FAILED if batch.exhausted else DONE
        await self._work_queue.mark(batch, name, SENT if waits else ended, seconds=again_after)
        self._work_queue.counts[f"emitted_{event}"] += len(batch.deliveries)
        if batch.exhausted:
            keys = ", ".join(one.key for one in batch.deliveries[:20])
            logger.error("No run reported that it handled these orders: %s", keys)

    async def _read_reports(self) -> None:
        for file in await asyncio.to_thread(_files, self._work_queue.reports):
            report = _REPORT.fullmatch(file.name)
            again = file.suffix == _AGAIN and is_order_id(file.stem)
            if report:
                found = await asyncio.to_thread(_read_report, file, report[1])
                if found is not None:
                    await self._work_queue.save_report(found, again_after=self._rules.again_after)
            elif again:
                await self._work_queue.deliver_again(file.stem)
            if report or again:
                # Not before it is saved. A report that is read twice changes nothing.
                await asyncio.to_thread(file.unlink, missing_ok=True)


def _files(folder: Path) -> list[Path]:
    # A folder cannot be removed as a report, and would hold up those after it.
    return sorted(file for file in folder.iterdir() if not file.is_dir())


def _read_small_file(file: Path) -> bytes:
    # A link, a device or a file of another user is none of ours.
    handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        found = os.fstat(handle)
        is_own = stat.S_ISREG(found.st_mode) and found.st_uid in (0, os.geteuid())
        if not is_own or found.st_size > _MOST_BYTES:
            msg = "it is not a small file of the user of ansible-rulebook"
            raise OSError(msg)
        # It refuses the descriptor of a directory without closing it.
        with os.fdopen(handle, "rb", closefd=False) as content:
            return content.read(_MOST_BYTES)
    finally:
        os.close(handle)


def _read_report(file: Path, batch: str) -> RunReport | None:
    # Return a report; ``None`` if it is not valid.
    try:
        data = _read_small_file(file)
    except OSError as exc:
        logger.warning("The report %s cannot be read: %s", file, exc)
        return None
    try:
        report = json.loads(data)
        hosts = {
            id_key(order_id): list(map(str, report["hosts"][order_id]))
            for order_id in report["hosts"]
        }
        return RunReport(batch, _keys(report["done"]), _keys(report["failed"]), hosts)
    except (ValueError, TypeError, KeyError, AttributeError):
        logger.warning("The report %s is not valid", file)
        return None


def _keys(order_ids: t.Iterable[str]) -> tuple[str, ...]:
    return tuple(id_key(order_id) for order_id in order_ids if is_order_id(order_id))
