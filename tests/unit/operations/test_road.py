# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role's road where tasks of another round, or of the role for other certificates, registered results before."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._operations.road import endings, road

_REISSUED = {
    "results": [
        {
            "ansible_loop_var": "asked",
            "asked": {"number": 0, "plan_id": "this"},
            "new_order_id": "B",
            "idempotence_id": "b",
        }
    ]
}


def planned(action: str, **more: t.Any) -> dict[str, t.Any]:
    plan = {
        "name": "contracts",
        "path": "/etc/ssl/wotrus/contracts",
        "action": action,
        "reason": "pending_review",
        "order_id": "A",
        "operation": None,
        "pending_link": None,
        "next_action": None,
        "stage": None,
        "reload_owed": False,
        "record": None,
        "companion_order_id": None,
        "generation": 1,
        "subject": {},
        "key": {"storage": "host"},
    }
    own = {name: more.pop(name) for name in ("key", "reason") if name in more}
    return {"plans": [{**plan, **own}], "plan_id": "this", "deployments": [{"path": plan["path"]}], **more}


@pytest.mark.parametrize(
    ("action", "plan_id", "order_id"),
    [("nothing", "next", None), ("resume", "next", "A"), ("reissue", "next", None), ("reissue", "this", "B")],
)
def test_a_reissue_counts_only_for_the_plan_that_asked_for_it(action: str, plan_id: str, order_id: str | None) -> None:
    found = road(planned(action, plan_id=plan_id), [{"name": "contracts"}], reissued=_REISSUED)

    assert found["order_ids"] == [order_id]


@pytest.mark.parametrize(
    ("heard", "reload", "owed"),
    [(True, None, True), (False, None, False), (False, {"command": "systemctl reload signer"}, True)],
)
def test_a_reload_is_owed_where_somebody_takes_it(*, heard: bool, reload: t.Any, owed: bool) -> None:
    certificate = {"issued": True, "order_id": "A", "certificate": "c", "chain": "i", "root": "r"}
    fetched = {"results": [{"ansible_loop_var": "asked", "asked": {"number": 0, "plan_id": "this"}, **certificate}]}

    entry = {"name": "contracts", "reload": reload}
    (one,) = road(planned("resume", heard=heard), [entry], fetched=fetched)["to_present"]

    assert one["record"]["reload_owed"] is owed


def hostvars(*, plan_id: str, **result: t.Any) -> dict[str, dict[str, t.Any]]:
    """Return two hosts: one that is to order and has an answer by the plan ``plan_id``, and one without a plan."""
    item = {"ansible_loop_var": "asked", "asked": {"number": 0, "plan_id": plan_id}}
    placed = {**item, "order_id": "A", "created": True}
    return {
        "one": {
            "__wotrus_planned": planned("order"),
            "__wotrus_placed": {"results": [placed]},
            "__wotrus_fetched": {"results": [{**item, **result}]},
        },
        "two": {},
    }


@pytest.mark.parametrize("issued", [True, False])
def test_endings_tell_what_was_answered(*, issued: bool) -> None:
    (row,) = endings(["one", "two"], hostvars(plan_id="this", issued=issued))

    assert (row["host"], row["order_id"], row["charged"], row["live"]) == ("one", "A", True, issued)


def test_endings_leave_out_what_another_plan_was_answered() -> None:
    assert endings(["one", "two"], hostvars(plan_id="before", issued=True)) == []


def test_a_password_that_nobody_knows_is_noted_before_its_certificate_goes_live() -> None:
    item = {"ansible_loop_var": "asked", "asked": {"number": 0, "plan_id": "this"}}
    plan = planned("order", key={"storage": "ukey"}, reason="not_ordered")
    order = {**item, "order_id": "A", "generation": 1, "idempotence_id": "a", "created": False}
    certificate = {**item, "issued": True, "order_id": "A", "certificate": "c", "chain": "i", "root": "r"}
    results = {"placed": {"results": [order]}, "fetched": {"results": [certificate]}}

    found = road(plan, [{"name": "contracts"}], **results)

    assert found["to_present"] == []
    assert [one["record"]["ukey_password_known"] for one in found["to_note"]] == [False]
    assert [one["path"] for one in found["to_present_later"]] == ["/etc/ssl/wotrus/contracts"]
    assert (found["unsettled"], found["done"]) == (True, False)


def test_what_went_live_is_neither_noted_nor_made_live_again() -> None:
    item = {"ansible_loop_var": "asked", "asked": {"number": 0, "plan_id": "this"}}
    certificate = {**item, "issued": True, "order_id": "A", "certificate": "c", "chain": "i", "root": "r"}
    row = {"path": "/etc/ssl/wotrus/contracts", "record": {"reload_owed": False}}

    found = road(
        planned("order"),
        [{"name": "contracts"}],
        placed={"results": [{**item, "order_id": "A", "generation": 1, "idempotence_id": "a", "created": True}]},
        fetched={"results": [certificate]},
        deployed={"deployments": [row]},
    )

    assert (found["to_note"], found["to_present_later"], found["done"]) == ([], [], True)
