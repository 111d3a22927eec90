# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sizes of benchmarks: full for the goals, or quick."""

from __future__ import annotations

import dataclasses
import os


@dataclasses.dataclass(frozen=True)
class Sizes:
    """Numbers of hosts, unless said otherwise. ``WOTRUS_BENCH_<NAME>`` sets one: ``WOTRUS_BENCH_ORDERS=10,100``.

    :ivar orders: for an empty action plugin and for orders in the controller's process
    :ivar modules: for the same calls by module and by ``ansible.builtin.uri``, which take minutes at 1,000
    :ivar role: for the role with nothing to do, beside ``ping``
    :ivar first: for the role's first run and the playbook by hand
    :ivar waits: for a fleet whose orders are pending
    :ivar several: numbers of certificates on one host
    :ivar pending: a number of orders that one task waits for
    :ivar profiled: for the profiles
    :ivar resume: two sizes of a fleet, for the runs of a schedule
    :ivar at_once: for orders that are approved at once, each for its host
    :ivar fleets: for the time from a push to a live certificate
    :ivar rounds: how often each case is measured; the median counts
    """

    orders: tuple[int, ...] = (1, 10, 100, 1000)
    modules: tuple[int, ...] = (1, 10, 100, 1000)
    role: tuple[int, ...] = (10, 100, 1000)
    first: tuple[int, ...] = (10, 100)
    waits: tuple[int, ...] = (50,)
    several: tuple[int, ...] = (1, 10)
    pending: tuple[int, ...] = (1000,)
    profiled: tuple[int, ...] = (30,)
    resume: tuple[int, ...] = (40, 200)
    at_once: tuple[int, ...] = (40,)
    fleets: tuple[int, ...] = (1, 40, 200, 1000)
    forks: tuple[int, ...] = (10,)
    rounds: tuple[int, ...] = (1,)

    @classmethod
    def of_environment(cls) -> Sizes:
        """Return the sizes that the environment sets.

        ``WOTRUS_BENCH=quick`` selects the quick ones, and other variables change single sizes.
        """
        found = QUICK if is_quick() else cls()
        asked = {field.name: os.environ.get(f"WOTRUS_BENCH_{field.name.upper()}") for field in dataclasses.fields(cls)}
        return dataclasses.replace(
            found, **{name: tuple(int(number) for number in text.split(",")) for name, text in asked.items() if text}
        )


def is_quick() -> bool:
    """Return whether the environment asks for a quick look."""
    return os.environ.get("WOTRUS_BENCH") == "quick"


QUICK = Sizes(
    orders=(10, 50),
    modules=(10, 50),
    role=(10,),
    first=(10,),
    waits=(5,),
    several=(1, 5),
    pending=(200,),
    profiled=(10,),
    resume=(5, 10),
    at_once=(5,),
    fleets=(1, 5),
)
