# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the whole role costs: the first run, a run with nothing to do, and what both stand beside."""

from __future__ import annotations

import os

import pytest

from tests.benchmarks.conftest import Bench
from tests.benchmarks.report import Table

_HOSTS = int(os.environ.get("WOTRUS_BENCH_ROLE_HOSTS", "10"))


@pytest.fixture(scope="module")
def role(bench: Bench, tables: list[Table]) -> Table:
    """All cases, measured one after the other against one sandbox; every certificate is for a new P-256 key."""
    table = Table("role", unit="ping", forks=bench.forks)
    tables.append(table)
    mine = {"bench_orders": "role-{round}", "bench_dir": bench.common["bench_dir"] + "/role-{round}"}
    by_hand = {"bench_orders": "by-hand-{round}", "bench_dir": bench.common["bench_dir"] + "/by-hand-{round}"}
    table.cases["floor"] = bench.case("an empty action plugin", "nothing", hosts=_HOSTS)
    table.cases["ping"] = bench.case("ansible.builtin.ping", "ping", hosts=_HOSTS)
    table.cases["first"] = bench.case("the role, first run", "role", hosts=_HOSTS, **mine)
    table.cases["nothing"] = bench.case("the role, nothing to do", "role", hosts=_HOSTS, **mine)
    table.cases["by hand"] = bench.case("openssl, uri and copy by hand, first run", "by_hand", hosts=_HOSTS, **by_hand)
    table.ratio("by hand", to="first")
    table.ratio("nothing", to="ping")
    return table


def test_the_role_and_the_playbook_by_hand_bring_a_certificate_to_every_host(bench: Bench, role: Table) -> None:
    assert bench.sandbox.state()["charged_orders"] >= 2 * _HOSTS * bench.rounds
    live = list(bench.ansible.folder.glob("targets/*/*/contracts/live/cert.pem"))

    assert len(live) == 2 * _HOSTS * bench.rounds
    assert role.cases["by hand"].api_calls == 3 * _HOSTS


def test_the_role_with_nothing_to_do_asks_at_most_once_for_a_certificate(role: Table) -> None:
    assert role.cases["nothing"].api_calls <= _HOSTS
