# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Costs of a task's processes on its host, and the bytes sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.conftest import Bench
from tests.benchmarks.profiles import by_task
from tests.benchmarks.report import Listing

MOST_OVER_PING = 1.3
_COPIES = ("Copy the certificate", "Copy the chain", "Copy both in one file", "Copy the root")
# Task: what is shown, and the module whose payload it sends.
_TASKS = {
    "Ping": ("ansible.builtin.ping", "ping"),
    "Stat": ("ansible.builtin.stat", "stat"),
    "Look where nothing is": ("wotrus_deployment_info, nothing there", "wotrus_deployment_info"),
    "Look at what is live": ("wotrus_deployment_info, a certificate is live", "wotrus_deployment_info"),
    "Prepare a P-256 key, its request and the record": ("wotrus_deployment, prepared", "wotrus_deployment"),
    "Make the certificate live": ("wotrus_deployment, present", "wotrus_deployment"),
    _COPIES[0]: ("ansible.builtin.copy, one file (two executions)", "copy"),
}
_LONGEST = 10


@pytest.fixture(scope="module")
def target(bench: Bench, listings: list[Listing]) -> Listing:
    """The CPU of the processes below a worker, by task."""
    hosts = min(_LONGEST, max(bench.sizes.profiled))
    payloads = _payloads(bench)
    tasks = by_task(bench.profile("target", hosts=hosts, bench_orders="target"))
    ping = tasks["Ping"].children
    listing = Listing(
        "target",
        f"{hosts} hosts one after the other, each per host",
        ("What", "CPU ms on the host", "ping = 1", "CPU ms on the controller", "sent KiB"),
    )
    listings.append(listing)
    for name, (label, module) in _TASKS.items():
        took = tasks[name]
        sent = round(payloads[module] / 1024)
        listing.rows.append((label, round(took.children), round(took.children / ping, 2), round(took.own), sent))
    all_copies = sum(tasks[name].children for name in _COPIES)
    own = sum(tasks[name].own for name in _COPIES)
    sent = round(len(_COPIES) * (payloads["copy"] + payloads["stat"]) / 1024)
    listing.rows.append(
        (
            "ansible.builtin.copy, the four files of a release",
            round(all_copies),
            round(all_copies / ping, 2),
            round(own),
            sent,
        )
    )
    return listing


def _payloads(bench: Bench) -> dict[str, int]:
    """Return the bytes that Ansible sends to run each module once."""
    folder = bench.ansible.folder / "kept"
    bench.ansible.profile(
        "target",
        hosts=1,
        variables={**bench.common, "bench_orders": "payload", "ansible_remote_tmp": str(folder)},
        ANSIBLE_KEEP_REMOTE_FILES="true",
    )
    return {
        path.stem.removeprefix("AnsiballZ_"): path.stat().st_size
        for path in sorted(Path(folder).rglob("AnsiballZ_*.py"))
    }


def test_reading_the_live_state_costs_little_more_than_a_ping(bench: Bench, target: Listing) -> None:
    looked = next(row for row in target.rows if row[0] == _TASKS["Look at what is live"][0])

    assert bench.keeps(
        target.goal("CPU on the host of a look at what is live, ping = 1", float(looked[2]), MOST_OVER_PING)
    )


def test_a_release_costs_less_than_the_four_copies_of_it(target: Listing) -> None:
    present, copies = (
        next(float(row[1]) for row in target.rows if row[0] == label)
        for label in ("wotrus_deployment, present", "ansible.builtin.copy, the four files of a release")
    )

    assert present < copies
