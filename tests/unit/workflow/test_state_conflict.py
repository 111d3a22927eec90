# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that another run changed is read again.

The decision is made from its present state.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._errors import HostUnreadable
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import HostAnswer, Limits, Permission
from ansible_collections.wotrus.pki.plugins.module_utils._store.snapshot import state_digest
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.apply import OPERATION as APPLY
from tests.unit.store.scene import EMPTY_STATE
from tests.unit.workflow.hostile import NOW, Ca, Host, Json, carry_out, csr, order_of, row_of

CONFLICT = {"error_code": "state_conflict", "msg": "Another release is live than expected."}
LIVE = {
    "release": "00AA",
    "serial_number": "00AA",
    "not_before": f"{NOW - dt.timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}",
    "not_after": f"{NOW + dt.timedelta(days=364):%Y-%m-%dT%H:%M:%SZ}",
    "public_key_sha256": "00" * 32,
    "fingerprint_sha256": "11" * 32,
    "key_matches": True,
    "damaged": [],
}
DEPLOYED = row_of(
    {"live": {"release": "00AA", "order_id": "order-1", "root_order_id": "order-1"}},
    live=LIVE,
)


def planned(row: Json) -> dict[str, t.Any]:
    """Return what the role did for a host whose directory the plan read."""
    deployments = {"/etc/ssl/wotrus/contracts": {**row, "state_digest": state_digest(row)}}
    return {"permission": Permission(Limits()), "deployments": deployments}


NEW = planned(row_of(None))


class ChangedHost(Host):
    """A host on which another run deploys at the same time."""

    def changes(self, row: Json, *, conflicts: int) -> None:
        """Answer conflicts first, and then the other run's state."""
        self.conflicts = conflicts
        self.later = row
        self.deploys = self._answer

    def _answer(self, options: t.Sequence[Json]) -> list[Json]:
        if self.conflicts:
            self.conflicts -= 1
            self.rows = [self.later]
            return [CONFLICT for _one in options]
        return [{"changed": True, "csr": csr() if one["state"] == "prepared" else None} for one in options]


def ca() -> Ca:
    found = Ca()
    found.knows(order_of("order-1", created_at=NOW - dt.timedelta(days=1), months=12))
    return found


def test_certificate_that_another_run_deployed_meanwhile_is_unchanged() -> None:
    known, host = ca(), ChangedHost([{}])
    host.changes(DEPLOYED, conflicts=1)

    (row,) = carry_out(APPLY, known, host)["results"]

    assert (row["result"], row["order_id"], row["error_code"]) == ("unchanged", "order-1", None)
    assert known.sent == [], "the other run has ordered it"


def test_directory_of_a_new_certificate_is_not_read_if_it_is_still_empty() -> None:
    known, host = ca(), ChangedHost([])
    host.changes({}, conflicts=0)

    (row,) = carry_out(APPLY, known, host, run=host.run(**NEW))["results"]

    assert (row["result"], row["steps"]) == ("waiting", ["prepared", "ordered"])
    assert host.options[0]["expected_state"] == EMPTY_STATE


def test_directory_that_the_plan_read_is_confirmed_and_not_read_again() -> None:
    known, host = ca(), ChangedHost([])
    host.changes({}, conflicts=0)
    earlier = planned(DEPLOYED)

    (row,) = carry_out(APPLY, known, host, run=host.run(**earlier), reissue=["contracts"])["results"]

    assert (row["result"], row["steps"]) == ("waiting", ["prepared", "reissued"])
    assert host.options[0]["expected_state"] == state_digest(DEPLOYED)


def test_new_certificate_that_another_run_deployed_since_the_plan_is_unchanged() -> None:
    known, host = ca(), ChangedHost([])
    host.changes(DEPLOYED, conflicts=1)

    (row,) = carry_out(APPLY, known, host, run=host.run(**NEW))["results"]

    assert (row["result"], row["order_id"], row["error_code"]) == ("unchanged", "order-1", None)
    assert known.sent == [], "the other run has ordered it"


@pytest.mark.parametrize(
    ("check", "changes"),
    [
        (True, {}),
        (
            False,
            {
                "permission": Permission(
                    Limits(), blocked={"contracts": {"reason": "order_claimed_twice", "msg": "Two hosts."}}
                )
            },
        ),
        (False, {"earlier_results": [{"name": "contracts", "steps": ["prepared"]}]}),
        (
            False,
            {"deployments": {"/etc/ssl/wotrus/contracts": {**row_of({"name": "***"}), "state_digest": EMPTY_STATE}}},
        ),
    ],
    ids=["check mode", "blocked", "already prepared", "masked"],
)
def test_directory_is_read_again_where_the_host_confirms_nothing_or_text_was_lost(
    *, check: bool, changes: Json
) -> None:
    known, host = ca(), Host([DEPLOYED])

    found = carry_out(APPLY, known, host, run=host.run(check=check, **{**NEW, **changes}))

    (row,) = found["results"]
    assert (row["result"], row["order_id"]) == ("unchanged", "order-1")


def test_host_without_a_change_of_the_certificate_continues_its_order() -> None:
    known, host = ca(), ChangedHost([{}])
    host.changes({}, conflicts=1)

    (row,) = carry_out(APPLY, known, host)["results"]

    assert (row["result"], row["steps"]) == ("waiting", ["prepared", "ordered"])
    assert [call[0] for call in known.sent] == ["create"]


def recorded_once(host: Host, later: t.Callable[[], Json]) -> None:
    """Let a host refuse an order's first record with a conflict."""

    def answer(options: t.Sequence[Json]) -> list[Json]:
        if [one["state"] for one in host.options].count("recorded") == 1 and options[0]["state"] == "recorded":
            host.rows = [later()]
            return [CONFLICT]
        return [{"changed": True, "csr": csr() if one["state"] == "prepared" else None} for one in options]

    host.deploys = answer


def test_placed_order_that_the_host_could_not_record_is_kept_and_not_sent_again() -> None:
    known, host = ca(), Host([{}])
    recorded_once(
        host,
        lambda: row_of(
            {"pending": {"operation": "order", "idempotence_id": known.sent[-1][1]}},
            pending={"csr": csr(), "has_key": True},
        ),
    )

    (row,) = carry_out(APPLY, known, host)["results"]

    (order_id,) = {order.id for order in known.orders.values()} - {"order-1"}
    assert [call[0] for call in known.sent] == ["create"]
    assert (row["result"], row["order_id"], row["charged"]) == ("waiting", order_id, "yes")
    assert [one["record"].get("order_id") for one in host.options if one["state"] == "recorded"] == [order_id] * 2


def test_requested_reissue_is_not_repeated_after_another_run_deployed_it() -> None:
    known, host = ca(), Host([DEPLOYED])
    recorded_once(
        host,
        lambda: row_of(
            {"live": {"release": "00AA", "order_id": list(known.orders.values())[-1].id, "root_order_id": "order-1"}},
            live=LIVE,
        ),
    )

    carry_out(APPLY, known, host, reissue=["contracts"])

    assert [call[0] for call in known.sent] == ["reissue"]


def test_host_with_endless_conflicts_is_a_failure_without_an_order() -> None:
    known, host = ca(), ChangedHost([{}])
    host.changes({}, conflicts=1000)

    (row,) = carry_out(APPLY, known, host)["results"]

    assert (row["result"], row["error_code"]) == ("failed", "state_conflict")
    assert known.sent == []


def test_host_that_is_gone_when_it_is_read_again_keeps_the_results() -> None:
    known, host = ca(), ChangedHost([{}])
    host.changes({}, conflicts=1)
    run = host.run()
    rows = [[{}]]

    def inspect_host(_paths: t.Sequence[str], _first_keys: t.Mapping[str, str]) -> HostAnswer:
        if not rows:
            raise HostUnreadable("The host is unreachable.")
        return HostAnswer(rows.pop())

    result = carry_out(APPLY, known, host, run=dataclasses.replace(run, inspect_host=inspect_host))

    assert [row["error_code"] for row in result["results"]] == ["state_conflict"]
