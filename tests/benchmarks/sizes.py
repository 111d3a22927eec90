# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sizes of benchmarks: full for the goals, or quick."""

from __future__ import annotations

import dataclasses
import os


@dataclasses.dataclass(frozen=True)
class Sizes:
    """Numbers of hosts, unless said otherwise.

    :ivar orders: for an empty action plugin and for orders in the controller's process
    :ivar modules: for the same calls by module and by ``ansible.builtin.uri``, one of ``orders``
    :ivar role: for the role's first run and with nothing to do; the first of them for further kinds too
    :ivar pending: a number of orders that one task waits for
    :ivar resume: two sizes of a fleet, for the runs of a schedule
    :ivar pushes: hosts, with the number of their orders that are approved at once
    """

    orders: tuple[int, int] = (100, 1000)
    modules: int = 100
    role: tuple[int, int] = (40, 100)
    pending: int = 1000
    resume: tuple[int, int] = (40, 100)
    pushes: tuple[tuple[int, int], ...] = ((1, 1), (40, 40), (100, 1))
    forks: int = 10


def is_quick() -> bool:
    """Return whether the environment asks for a quick look."""
    return os.environ.get("WOTRUS_BENCH") == "quick"


QUICK = Sizes(
    orders=(10, 50),
    modules=10,
    role=(5, 10),
    pending=200,
    resume=(5, 10),
    pushes=((1, 1), (5, 5), (10, 1)),
)
