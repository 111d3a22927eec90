# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""wotrus_plan with ``prepare``: when a host may be prepared before all hosts have a plan."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Run, Seen
from ansible_collections.wotrus.pki.plugins.module_utils._planning.plan import OPERATION
from tests.helpers.running import Result, Runner
from tests.helpers.scripted import Script
from tests.unit.operations.test_plan import ENTRY

PENDING = {"csr": "CSR", "has_key": True, "has_ukey_password": False}


@dataclasses.dataclass
class Host:
    """A host that prepares whatever it may, as long as nothing is there.

    :ivar there: what is there, by the name of the certificate
    :ivar asked: what it was allowed to prepare when it was looked at
    """

    there: dict[str, dict[str, t.Any]] = dataclasses.field(default_factory=dict)
    asked: list[t.Any] = dataclasses.field(default_factory=list)

    def look(self, paths: t.Sequence[str], prepare: t.Sequence[t.Mapping[str, t.Any]] = (), /) -> Seen:
        """Look."""
        self.asked = list(prepare)
        names = [path.rpartition("/")[2] for path in paths]
        rows = [{"path": path, **self.there.get(name, {})} for path, name in zip(paths, names)]
        prepared = [
            {"path": one["path"], "changed": True, "csr": "CSR"}
            for one, name in zip(prepare, names)
            if name not in self.there
        ]
        return Seen(rows, prepared)


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def plan(run_scripted: Runner, host: Host, server: Script) -> t.Iterator[t.Callable[..., Result]]:
    """Plan for a host of a play with so many ``hosts``; the CA is asked nothing."""

    def decide(*entries: dict[str, t.Any], hosts: int | None = 1, **options: t.Any) -> Result:
        runner = dataclasses.replace(run_scripted, surroundings=Run(look=host.look, hosts=hosts))
        given = {"prepare": {"owner": "signer"}, "base_dir": "/ssl", "host": "signer1", **options}
        return runner(OPERATION, certificates=[{**ENTRY, **entry} for entry in entries or ({},)], **given)

    yield decide
    assert server.requests == []


def test_a_first_order_is_prepared_in_the_look(plan: t.Callable[..., Result], host: Host) -> None:
    result = plan()

    (one,) = host.asked
    (decided,) = result["plans"]
    assert {name: one[name] for name in ("path", "state", "owner", "subject", "key", "record")} == {
        "path": "/ssl/contracts",
        "state": "prepared",
        "owner": "signer",
        **{name: decided[name] for name in ("subject", "key", "record")},
    }
    assert result["prepared"] == [{"path": "/ssl/contracts", "changed": True, "csr": "CSR"}]
    assert (result["changed"], result["unprepared"]) == (True, False)
    assert [item["number"] for item in result["to_place"]] == [0]


def test_what_is_there_is_left_to_the_task_that_prepares(plan: t.Callable[..., Result], host: Host) -> None:
    host.there = {"contracts": {"pending": PENDING}}

    result = plan({}, {"name": "invoices"}, max_charged_orders=2)

    assert [row["path"] for row in result["prepared"]] == ["/ssl/invoices"]
    assert result["unprepared"] is True


@pytest.mark.parametrize(
    ("entry", "options"),
    [
        pytest.param({}, {"prepare": None}, id="not offered"),
        pytest.param({}, {"hosts": 2}, id="more hosts than the guard allows"),
        pytest.param({}, {"max_charged_orders": 0}, id="a guard that allows nothing"),
        pytest.param({}, {"hosts": None}, id="no play is known"),
        pytest.param({}, {"check": True}, id="check mode"),
        pytest.param({}, {"reissue": ["contracts"]}, id="a reissue is asked for"),
        pytest.param({}, {"actions": ["renew"]}, id="no first order is asked for"),
        pytest.param({"order_name": "x"}, {}, id="an order that another host may have"),
        pytest.param(
            {"documents": [{"type": "id_card", "path": "/nowhere.pdf"}]}, {}, id="an order that cannot be sent"
        ),
        pytest.param({"key": {"storage": "ukey"}, "ukey": {"ship_address": "x"}}, {}, id="a password"),
    ],
)
def test_nothing_is_prepared_before_it_is_sure(
    plan: t.Callable[..., Result], host: Host, entry: dict[str, t.Any], options: dict[str, t.Any]
) -> None:
    result = plan(entry, **options)

    assert host.asked == []
    assert result["prepared"] == []
    assert result["changed"] is (options.get("check", False))


def test_one_of_several_that_must_wait_makes_all_wait(plan: t.Callable[..., Result], host: Host) -> None:
    plan({}, {"name": "invoices", "order_name": "x"}, max_charged_orders=2)

    assert host.asked == []


def test_a_secret_in_a_path_is_refused_before_anything_is_made(plan: t.Callable[..., Result], host: Host) -> None:
    secret = {"pkcs12": {"password": "contracts"}}

    result = plan(secret)

    assert result["error_code"] == "invalid_input"
    assert host.asked == []
