# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The processes of runs: their steps, faults and turns.

A step is a boundary where the world may interfere: before and after a call of the API, before and after an execution
on a host, before each change of a disk, and a pause.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import contextvars
import dataclasses
import enum
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ansible_collections.wotrus.pki.plugins.module_utils._planning.table import Found
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import TEMPORARY_PREFIX


class Killed(BaseException):
    """The process was killed, and does nothing more."""


class Step(enum.Enum):
    """The kinds of steps."""

    CALL = "before a call"
    ANSWER = "before the answer of a call"
    EXECUTION = "before an execution on a host"
    RESULT = "before the result of an execution"
    WRITE = "before a change of the disk"
    PAUSE = "a pause"


@dataclasses.dataclass
class Process:
    """One ``ansible-playbook`` process.

    :ivar kill_at: the number of the step at which it is killed; 0 for none
    :ivar fail_from: the number of the first step that fails; 0 for none
    :ivar fail_until: the number of the last one
    :ivar kill_at_line: the number of the journal's line in which it is killed, after a part of it; 0 for none
    :ivar full_from_line: the number of the first line for which the journal's disk has no space; 0 for none
    :ivar steps: how many there were
    :ivar met: what the faults met
    :ivar decided: the row that decided last about a certificate, by its name and host
    """

    name: str = "run"
    kill_at: int = 0
    fail_from: int = 0
    fail_until: int = 0
    kill_at_line: int = 0
    killed_after: str = "nothing"
    full_from_line: int = 0
    steps: int = 0
    lines: int = 0
    is_dead: bool = False
    met: list[str] = dataclasses.field(default_factory=list)
    turns: Turns | None = None
    decided: dict[tuple[str, str], Found] = dataclasses.field(default_factory=dict)

    def step(self, kind: Step, what: str) -> bool:
        """Make a step, and return whether it fails.

        :raises Killed: the process ends here
        """
        if self.is_dead:
            raise Killed
        if self.turns is not None:
            self.turns.pass_on()
        if kind is Step.PAUSE:
            return False
        self.steps += 1
        if self.steps == self.kill_at:
            self.is_dead = True
            self.met.append(f"killed {kind.value} ({what})")
            raise Killed
        if self.fail_from and self.fail_from <= self.steps <= self.fail_until:
            self.met.append(f"failed {kind.value} ({what})")
            return True
        return False

    @property
    def had_fault(self) -> bool:
        """Whether the world interfered."""
        return bool(self.met)


NOBODY = Process("nobody")
_current: contextvars.ContextVar[Process] = contextvars.ContextVar("process", default=NOBODY)


def step(kind: Step, what: str) -> bool:
    """Make a step of the current process, if there is one."""
    process = _current.get()
    return process is not NOBODY and process.step(kind, what)


def current() -> Process:
    """Return the process that runs now."""
    return _current.get()


@contextlib.contextmanager
def running(process: Process) -> Iterator[Process]:
    """Be a process for a block."""
    token = _current.set(process)
    try:
        yield process
    finally:
        _current.reset(token)


class Turns:
    """Lets processes take turns at their steps, in a given order.

    :param pattern: how many steps each makes in turn; afterwards they change at each step
    """

    def __init__(self, pattern: Sequence[int], count: int) -> None:
        self._left = list(pattern)
        self._alive = list(range(count))
        self._turn = 0
        self._steps = self._left.pop(0) if self._left else 1
        self._changed = threading.Condition()

    def pass_on(self) -> None:
        """End a step, and wait for the next turn."""
        me = self._turn
        self._steps -= 1
        if self._steps <= 0 and len(self._alive) > 1:
            self._give_to_next(me)
            with self._changed:
                self._changed.wait_for(lambda: self._turn == me)

    def _give_to_next(self, me: int) -> None:
        others = [one for one in self._alive if one > me] or [one for one in self._alive if one != me]
        with self._changed:
            self._steps = max(1, self._left.pop(0)) if self._left else 1
            if others:
                self._turn = others[0]
            self._changed.notify_all()

    def run(self, jobs: Sequence[tuple[Process, Callable[[], Any]]]) -> list[concurrent.futures.Future[Any]]:
        """Run jobs in turns, and return what each returned or raised."""

        def work(number: int) -> Any:
            process, job = jobs[number]
            process.turns = self
            with self._changed:
                self._changed.wait_for(lambda: self._turn == number)
            try:
                with running(process):
                    return job()
            finally:
                process.turns = None
                self._alive.remove(number)
                self._give_to_next(number)

        with concurrent.futures.ThreadPoolExecutor(len(jobs)) as pool:
            return [pool.submit(work, number) for number in range(len(jobs))]


# ---- changes of the disk are audit events of Python

_CHANGES = {
    "os.rename": 1,
    "os.remove": 0,
    "os.mkdir": 0,
    "os.rmdir": 0,
    "os.symlink": 1,
}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
# The lines of the journal have a count of their own: journal.py.
_OTHERS = ("/.lock", "/journal.jsonl", "/journal.jsonl.lock")


class Disk:
    """Makes each change below a folder a step of the current process."""

    def __init__(self) -> None:
        self.below: str | None = None
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.below is None:
            return
        if event == "open":
            path, _mode, flags = arguments
            if not isinstance(flags, int) or not flags & _WRITING or str(path).endswith(_OTHERS):
                return
        elif event in _CHANGES:
            path = arguments[_CHANGES[event]]
        else:
            return
        text = os.fsdecode(path) if isinstance(path, (str, bytes, os.PathLike)) else ""
        if text.startswith(self.below) and _current.get() is not NOBODY:
            # A temporary file has a random name, and the same history has the same log.
            place, _slash, name = text.removeprefix(self.below).rpartition("/")
            what = f"{event} {place}/{'temporary file' if name.startswith(TEMPORARY_PREFIX) else name}"
            if step(Step.WRITE, what):
                raise OSError(28, "No space left on device", text)


DISK = Disk()
"""Python cannot remove an audit hook, so there is one for all worlds."""
