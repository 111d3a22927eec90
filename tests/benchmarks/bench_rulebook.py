# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From pushes to live certificates with real ansible-rulebook.

ansible-rulebook, its playbooks, the sandbox and the hosts share this machine.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.benchmarks.bench_push import CONNECTIONS, timed, wait_for_listener
from tests.benchmarks.conftest import Bench
from tests.benchmarks.report import Goal, Listing
from tests.benchmarks.rulebook_runs import Fleet, cpu_of, rulebook_bin
from tests.helpers.pushes import HEADER, PATH_TOKEN, SECRET, encoded, free_port, push

NOT_MEASURED = "NOT measured: ansible-rulebook needs Java 17 or newer"
MOST_OVER_ISSUE = 2
MOST_SECONDS = 60
MOST_RUNS = 2
LEAST_BESIDE_WEBHOOK = 1


@pytest.fixture(scope="module")
def bin_folder() -> Path | None:
    """The folder of ansible-rulebook, if it can run here."""
    return rulebook_bin()


def add_table(listings: list[Listing], name: str, title: str, columns: tuple[str, ...], found: Path | None) -> Listing:
    """Add a table, which says if nothing can be measured here."""
    listing = Listing(name, title, columns)
    listings.append(listing)
    if found is None:
        listing.rows.append((NOT_MEASURED, *("" for _column in columns[1:])))
    return listing


def test_orders_approved_at_once(
    bench: Bench, listings: list[Listing], bin_folder: Path | None, tmp_path: Path
) -> None:
    columns = ("What", "Measured")
    title = "Orders that are approved at once, each for a host"
    listing = add_table(listings, "pushes_at_once", title, columns, bin_folder)
    if bin_folder is None:
        return
    number = bench.sizes.at_once[0]
    by_hand = Fleet(bench, tmp_path, bin_folder, name="by-hand", hosts=number)
    for order_id in by_hand.place(number):
        bench.sandbox.order(order_id, "approve")
    issue = by_hand.issue()
    assert by_hand.live == number

    fleet = Fleet(bench, tmp_path, bin_folder, name="at-once", hosts=number)
    ids = fleet.place(number)
    with fleet.rulebook() as process:
        before, started = cpu_of(process), time.monotonic()
        for order_id in ids:
            bench.sandbox.order(order_id, "approve")
        fleet.wait_for_live(number)
        seconds = time.monotonic() - started
        fleet.wait_for_end(fleet.runs)
        cpu = cpu_of(process) - before
    bench.sandbox.settings(manual_review=False)
    listing.rows += [
        ("Orders, each for a host", f"{number:,}"),
        ("Runs of the playbook", f"{fleet.runs:,}"),
        ("From the first push to the last live certificate", f"{seconds:.0f} s"),
        ("CPU of ansible-rulebook and its playbooks", f"{cpu:.0f} s"),
        ("CPU of one run of wotrus.pki.issue for as many hosts", f"{issue:.0f} s"),
    ]
    goals: list[Goal] = [
        listing.goal(f"CPU of pushes for {number} hosts, wotrus.pki.issue = 1", cpu / issue, MOST_OVER_ISSUE),
        listing.goal(f"Seconds from {number} pushes to {number} live certificates", seconds, MOST_SECONDS),
        listing.goal(f"Runs of the playbook for {number} pushes", fleet.runs, MOST_RUNS),
    ]
    assert all(map(bench.keeps, goals))


def test_a_push_by_the_size_of_the_fleet(
    bench: Bench, listings: list[Listing], bin_folder: Path | None, tmp_path: Path
) -> None:
    columns = ("Hosts", "the first push, all hosts are read", "a further push, the host is known")
    title = "From a push to its live certificate, in seconds, with 5 s in which the source collects orders"
    listing = add_table(listings, "pushes_by_fleet", title, columns, bin_folder)
    if bin_folder is None:
        return
    for hosts in bench.sizes.fleets:
        fleet = Fleet(bench, tmp_path, bin_folder, name=f"fleet{hosts}", hosts=hosts)
        seconds = []
        ids = fleet.place(min(hosts, 2))
        with fleet.rulebook():
            for number, order_id in enumerate(ids, 1):
                started = time.monotonic()
                bench.sandbox.order(order_id, "approve")
                fleet.wait_for_live(number)
                seconds.append(f"{time.monotonic() - started:.0f}")
                fleet.wait_for_end(number)
        listing.rows.append((f"{hosts:,}", *seconds, *("" for _missing in range(2 - len(seconds)))))
        fleet.remove()
    bench.sandbox.settings(manual_review=False)


@contextlib.contextmanager
def listening(bench: Bench, bin_folder: Path, folder: Path, source: dict[str, Any], *, port: int) -> Iterator[None]:
    """Run ansible-rulebook with a source and a rule without an action."""
    folder.mkdir()
    rule = {"name": "Take", "condition": "event.wotrus is defined", "action": {"none": None}}
    book = {"name": "Take", "hosts": "all", "sources": [{"name": "pushes", **source}], "rules": [rule]}
    (folder / "book.yml").write_text(yaml.safe_dump([book]))
    environment = {
        **bench.ansible.settings,
        "PATH": f"{bin_folder}:{os.environ['PATH']}",
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_COLLECTIONS_PATH": str(bench.ansible.collections),
        "WOTRUS_PUSH_PATH_TOKEN": PATH_TOKEN,
        "WOTRUS_PUSH_SECRET": SECRET,
    }
    command = [bin_folder / "ansible-rulebook", "--rulebook", folder / "book.yml"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        wait_for_listener(port)
        yield
    finally:
        os.killpg(process.pid, 9)
        process.wait()


def test_pushes_a_second_beside_the_builtin_webhook(
    bench: Bench, listings: list[Listing], bin_folder: Path | None, tmp_path: Path
) -> None:
    columns = ("Connections", "wotrus.pki.push", "eda.builtin.webhook")
    title = "Accepted pushes a second of a source in ansible-rulebook, with the same signature"
    listing = add_table(listings, "pushes_beside_webhook", title, columns, bin_folder)
    if bin_folder is None:
        return
    number = bench.sizes.pushes[0]
    goals = []
    bench.sandbox.fault("query", "hold", times=-1)
    for connections in (1, CONNECTIONS):
        count = number if connections > 1 else number // 10
        bodies = [encoded(push(str(uuid.uuid4()))) for _number in range(count)]
        rates = []
        for name, path in (("own", f"push/{PATH_TOKEN}"), ("webhook", "wotrus")):
            port = free_port()
            folder = tmp_path / f"{name}-{connections}"
            signed = {"host": "127.0.0.1", "port": port, "hmac_secret": SECRET, "hmac_header": HEADER}
            source: dict[str, Any] = {"eda.builtin.webhook": signed, "filters": [{"wotrus.pki.push": None}]}
            if name == "own":
                source = {"wotrus.pki.push": {**signed, "store": str(folder / "pushes.sqlite3"), "max_stored": count}}
            with listening(bench, bin_folder, folder, source, port=port):
                rates.append(timed(f"http://127.0.0.1:{port}/{path}", bodies, connections=connections))
        listing.rows.append((str(connections), *(f"{rate:,.0f}" for rate in rates)))
        text = f"Pushes a second over {connections} connections, eda.builtin.webhook = 1"
        goals.append(listing.goal(text, rates[0] / rates[1], LEAST_BESIDE_WEBHOOK, at_least=True))
    bench.sandbox.clear_faults()
    assert all(map(bench.keeps, goals))
