# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sums over the profiles of many processes."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Iterable, Mapping

from tests.benchmarks.measuring import Profile

_MILLISECONDS = 1000


@dataclasses.dataclass(frozen=True)
class Task:
    """A task, over all hosts that ran it.

    :ivar workers: how many processes ran it
    :ivar own: milliseconds of CPU of its worker, on average; ``children``: of the processes below it
    :ivar private: MiB that the largest of its workers shares with no other process
    :ivar parts: milliseconds by part, on average, the largest first
    """

    workers: int
    own: float
    children: float
    private: float
    parts: Mapping[str, float]


def by_task(profiles: Iterable[Profile]) -> dict[str, Task]:
    """Return the tasks in the order in which they ran first."""
    grouped: dict[str, list[Profile]] = {}
    for profile in profiles:
        if profile.who == "worker":
            grouped.setdefault(profile.task, []).append(profile)
    return {name: _task(workers) for name, workers in grouped.items()}


def parent_of(profiles: Iterable[Profile]) -> Profile:
    """Return the profile of ``ansible-playbook`` itself."""
    return next(profile for profile in profiles if profile.who == "parent")


def _task(workers: list[Profile]) -> Task:
    parts: collections.Counter[str] = collections.Counter()
    for worker in workers:
        parts.update(worker.parts)
    each = _MILLISECONDS / len(workers)
    return Task(
        workers=len(workers),
        own=sum(worker.cpu for worker in workers) * each,
        children=sum(worker.children for worker in workers) * each,
        private=max(worker.private for worker in workers),
        parts={part: seconds * each for part, seconds in parts.most_common()},
    )
