# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much is measured: all that the goals need, or a quick look."""

from __future__ import annotations

import dataclasses
import os


@dataclasses.dataclass(frozen=True)
class Sizes:
    """Numbers of hosts, unless said otherwise. ``WOTRUS_BENCH_<NAME>`` sets one: ``WOTRUS_BENCH_ORDERS=10,100``.

    :ivar orders: for an empty action plugin and for orders in the controller's process
    :ivar modules: for the same calls by module and by ``ansible.builtin.uri``, which take minutes at 1,000
    :ivar role: for the role with nothing to do, beside ``ping``
    :ivar first: for the role's first run, the playbook by hand and a fleet that waits
    :ivar several: numbers of certificates on one host
    :ivar pending: a number of orders that one task waits for
    :ivar profiled: for the profiles
    :ivar rounds: how often each case is measured; the median counts
    """

    orders: tuple[int, ...] = (1, 10, 100, 1000)
    modules: tuple[int, ...] = (1, 10, 100, 1000)
    role: tuple[int, ...] = (10, 100, 1000)
    first: tuple[int, ...] = (10, 100)
    several: tuple[int, ...] = (1, 10)
    pending: tuple[int, ...] = (1000,)
    profiled: tuple[int, ...] = (50,)
    forks: tuple[int, ...] = (10,)
    rounds: tuple[int, ...] = (1,)

    @classmethod
    def of_environment(cls) -> Sizes:
        """Return the quick ones where ``WOTRUS_BENCH`` is ``quick``, changed by what else the environment says."""
        found = QUICK if os.environ.get("WOTRUS_BENCH") == "quick" else cls()
        asked = {field.name: os.environ.get(f"WOTRUS_BENCH_{field.name.upper()}") for field in dataclasses.fields(cls)}
        return dataclasses.replace(
            found, **{name: tuple(int(number) for number in text.split(",")) for name, text in asked.items() if text}
        )


QUICK = Sizes(
    orders=(10, 50), modules=(10, 50), role=(10,), first=(10,), several=(1, 10), pending=(200,), profiled=(10,)
)
