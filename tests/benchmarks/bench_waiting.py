# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One task waits for many orders, whose reviews end one by one."""

from __future__ import annotations

from tests.benchmarks.conftest import COMMON_NAME, PDF_SIGNING, Bench
from tests.benchmarks.looks import watch_of
from tests.benchmarks.report import Listing

LARGEST_WORKER = 100
_FIRST_REVIEW = 20.0
_ALL_REVIEWS = 90.0
_CA_DELAY = 3.0
_LONGEST_WAIT = 600
_STEPS = 20
# At the limit of requests, all looks of a second may see the CA's turn. Each order is asked for again after a pause of
# about a second, with two requests, so that the last of them is through after two seconds more.
_MOST_INTERVALS = 3


def test_every_order_is_noticed(bench: Bench, listings: list[Listing]) -> None:
    number = bench.sizes.pending
    released_after = _place(bench, number)
    asked = {"bench_order_ids": list(released_after), "bench_wait_timeout": _LONGEST_WAIT}
    case = bench.case("waiting", "waiting", hosts=1, **asked)
    watch = watch_of(bench.sandbox, released_after)
    bench.sandbox.settings(review_delay=0, ca_delay=0)
    title = f"{number:,} pending orders in one task; reviews end one after the other for {_ALL_REVIEWS:g} s"
    listing = Listing("waiting", title, ("What", "figure"))
    listings.append(listing)
    listing.rows += [
        ("CPU, s", round(case.cpu / 1000, 1)),
        ("clock, s", round(case.wall / 1000, 1)),
        ("MiB of the process that waits", round(case.worker)),
        ("MiB of ansible-playbook itself", round(case.parent)),
        ("API calls", case.api_calls),
        ("API calls per order", round(case.api_calls / number, 1)),
        ("API calls in the busiest second", watch.busiest_second),
        ("shortest interval of an order, s", round(watch.shortest_interval, 1)),
        ("longest interval of an order, s", round(watch.longest_interval, 1)),
        ("most looks at an order after it was ready", watch.most_late_looks),
        ("longest from a look at a ready order to its certificate, s", round(watch.longest_fetch, 1)),
        ("the last order was noticed after it was ready, s", round(watch.last_lag, 1)),
    ]
    listing.goal("MiB of the process that waits", case.worker, LARGEST_WORKER)
    # A Query that shows the CA's turn is followed by RetrievePem at once.
    listing.goal("requests per order and interval, the last of an order apart", watch.most_requests, 2)
    listing.goal("last order noticed, in longest intervals", watch.last_lag / watch.longest_interval, 1)
    fetch = watch.longest_fetch / watch.shortest_interval
    listing.goal("ready order seen, then fetched, in shortest intervals", fetch, _MOST_INTERVALS)

    assert watch.unnoticed == 0


def _place(bench: Bench, number: int) -> dict[str, float]:
    """Place orders with reviews that end one after the other.

    :returns: by id, the seconds until each order's certificate is ready
    """
    released_after = {}
    for step in range(_STEPS):
        delay = _FIRST_REVIEW + _ALL_REVIEWS * step / _STEPS
        bench.sandbox.settings(review_delay=delay, ca_delay=_CA_DELAY)
        for index in range(step, number, _STEPS):
            released_after[_order(bench, f"waiting-{index}")] = delay + _CA_DELAY
    return released_after


def _order(bench: Bench, idempotence_id: str) -> str:
    body = {
        "orderinfoPost": {
            "productID": PDF_SIGNING,
            "commonName": COMMON_NAME,
            "csR_RSA": bench.common["bench_csr"],
            "month": 12,
            "idempotenceID": idempotence_id,
        },
        "organizationPost": {"OrgName": COMMON_NAME},
        "documentsPost": [],
    }
    answer = bench.sandbox.call("POST", "/v1/Order/Create", body).json()["data"]
    return str(answer.get("orderId_RSA") or answer["orderId"]).strip().lower()
