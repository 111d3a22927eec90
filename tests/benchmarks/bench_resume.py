# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook that a schedule runs every few minutes."""

from __future__ import annotations

import json

from tests.benchmarks.conftest import Bench
from tests.benchmarks.report import Case, Listing

_COLUMNS = ("Hosts, with one certificate each", "Orders", "seconds of a run", "CPU seconds", "API calls")
_ALL_PENDING, _ALL_ISSUED, _ALL_LIVE = "all pending", "all issued since the last run", "none pending"


def test_resume_by_the_size_of_the_fleet(bench: Bench, listings: list[Listing]) -> None:
    listing = Listing("resume", f"Runs of wotrus.pki.resume, {bench.sizes.forks} forks", _COLUMNS)
    listings.append(listing)
    cases = [case for hosts in bench.sizes.resume for case in _cases(bench, hosts)]
    for case in cases:
        seconds, cpu = (round(figure * case.hosts / 1000) for figure in (case.wall, case.cpu))
        listing.rows.append((case.hosts, case.label, seconds, cpu, case.api_calls))

    assert all(case.api_calls <= 3 * case.hosts for case in cases)


def _cases(bench: Bench, hosts: int) -> list[Case]:
    """Measure runs in which all orders are pending, issued and live."""
    folder = f"resume-{hosts}"
    settings = {
        "bench_dir": f"{bench.common['bench_dir']}/{folder}",
        "wotrus_certificates": bench.certificates(1, names=folder),
        "wotrus_max_charged_orders": hosts,
    }
    bench.sandbox.settings(manual_review=True)
    bench.case("first run", "role", hosts=hosts, **settings, wotrus_wait_timeout=0)
    found = [bench.case(_ALL_PENDING, "resume", hosts=hosts, **settings)]
    for record in bench.ansible.folder.glob(f"targets/{folder}/*/*/record.json"):
        bench.sandbox.order(json.loads(record.read_text())["pending"]["order_id"], "approve")
    bench.sandbox.settings(manual_review=False)
    found += [bench.case(label, "resume", hosts=hosts, **settings) for label in (_ALL_ISSUED, _ALL_LIVE)]
    assert len(list(bench.ansible.folder.glob(f"targets/{folder}/*/*/live/cert.pem"))) == hosts
    return found
