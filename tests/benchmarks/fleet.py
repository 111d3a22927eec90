# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Costs of many hosts, computed from those of few hosts."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

FLEETS = (1, 1_000, 10_000, 100_000)
RATE = 10
"""Calls a second of the table; the manual of the API gives none."""
_CORES = 4
_BATCH = 1_000
_HOUR = 3600.0
_KIB = 1024.0
_DAY = 86_400


@dataclasses.dataclass(frozen=True)
class Unit:
    """Costs of one host among many: milliseconds of CPU, and API calls.

    The CPU is the controller's.

    :ivar first_controller: the share of the first run that stays on the controller when the hosts are elsewhere
    :ivar parent_mib: the controller's process with the fewest hosts; ``parent_kib``: by how much it grows with a host
    """

    first: float
    first_controller: float
    first_calls: float
    idle: float
    idle_controller: float
    idle_calls: float
    parent_mib: float
    parent_kib: float


def unit(results: Mapping[str, Any]) -> Unit:
    """Return the costs of one host in the largest runs.

    :raises KeyError: something was not measured
    """
    cases = results["benchmarks"]["role"]["cases"]
    first, idle = _sizes(cases, "first")[-1], _sizes(cases, "nothing")[-1]
    small = _sizes(cases, "nothing")[0]
    on_hosts = results["benchmarks"]["profile_role"]["rows"][-1]
    share_first = on_hosts[1] / (on_hosts[1] + on_hosts[2])
    share_idle = on_hosts[3] / (on_hosts[3] + on_hosts[4])
    grown = (idle["parent_mib"] - small["parent_mib"]) * _KIB / max(1, idle["hosts"] - small["hosts"])
    return Unit(
        first=first["cpu_ms_per_host"],
        first_controller=first["cpu_ms_per_host"] * share_first,
        first_calls=first["api_calls_per_host"],
        idle=idle["cpu_ms_per_host"],
        idle_controller=idle["cpu_ms_per_host"] * share_idle,
        idle_calls=idle["api_calls_per_host"],
        parent_mib=small["parent_mib"],
        parent_kib=max(0.0, grown),
    )


def _sizes(cases: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = [case for key, case in cases.items() if key.partition("@")[0] == name]
    if not found:
        raise KeyError(name)
    return sorted(found, key=lambda case: float(case["hosts"]))


def fleet(results: Mapping[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Return columns and rows of the table of fleets' costs.

    Each host has one certificate.

    :raises KeyError: something was not measured
    """
    one = unit(results)
    rows: list[list[str]] = [["Certificates", *(f"{hosts:,}" for hosts in FLEETS)]]

    def row(name: str, figure: Any) -> None:
        rows.append([name, *(figure(hosts) for hosts in FLEETS)])

    row("first run, CPU of the controller", lambda hosts: _time(hosts * one.first_controller / 1000))
    row("first run, CPU of all hosts together", lambda hosts: _time(hosts * (one.first - one.first_controller) / 1000))
    row(
        f"first run, clock of the controller's CPU on {_CORES} cores",
        lambda hosts: _time(hosts * one.first_controller / 1000 / _CORES),
    )
    row("first run, API calls", lambda hosts: f"{hosts * one.first_calls:,.0f}")
    row(f"first run, clock of the API at {RATE} calls a second", lambda hosts: _time(hosts * one.first_calls / RATE))
    row("nothing to do, CPU of the controller", lambda hosts: _time(hosts * one.idle_controller / 1000))
    row("nothing to do, API calls", lambda hosts: f"{hosts * one.idle_calls:,.0f}")
    row(f"nothing to do, clock of the API at {RATE} calls a second", lambda hosts: _time(hosts * one.idle_calls / RATE))
    row(
        "memory of one ansible-playbook with all hosts",
        lambda hosts: _memory(one.parent_mib + hosts * one.parent_kib / _KIB),
    )
    row(f"slices of {_BATCH:,} hosts", lambda hosts: f"{-(-hosts // _BATCH):,}")
    row("polls of a review of three days, once a minute", lambda hosts: f"{hosts * 3 * _DAY // 60:,}")
    return rows[0], rows[1:]


def _time(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.2f} s" if seconds < 1 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 2 * _HOUR else f"{seconds / _HOUR:.1f} h"


def _memory(mib: float) -> str:
    return f"{mib:,.0f} MiB" if mib < 10 * _KIB else f"{mib / _KIB:,.1f} GiB"
