# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role's road where tasks of another round, or of the role for other certificates, registered results before."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._workflow.road import endings, road

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


ITEM = {"ansible_loop_var": "asked", "asked": {"number": 0, "plan_id": "this"}}
PATH = "/etc/ssl/wotrus/contracts"
ORDER = {**ITEM, "order_id": "A", "generation": 1, "idempotence_id": "a", "created": True}
CERTIFICATE = {**ITEM, "issued": True, "order_id": "A", "certificate": "c", "chain": "i", "root": "r"}


def live(*, order_id: str = "A", reload_owed: bool = False, **row: t.Any) -> dict[str, t.Any]:
    """Return the result of wotrus_deployment for a certificate that went live."""
    record = {"live": {"order_id": order_id}, "reload_owed": reload_owed}
    return {"deployments": [{"path": PATH, "record": record, **row}]}


def walked(plan: dict[str, t.Any], *, created: bool = True, **results: t.Any) -> dict[str, t.Any]:
    answers = {"placed": {"results": [{**ORDER, "created": created}]}, "fetched": {"results": [CERTIFICATE]}}
    return road(plan, [{"name": "contracts"}], **answers, **results)


def test_what_services_took_or_refused_is_the_release_that_went_live() -> None:
    gone_live = live(reload_owed=True, live={"release": "AB12"}, previous={"release": "FF00"})

    found = walked(planned("order"), deployed=gone_live)

    assert [one["expected_live"] for one in found["reload_owed"] + found["to_roll_back"]] == ["AB12", "AB12"]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"live": {"release": "AB12"}}, "AB12"),
        ({"live": None}, ""),
        ({"live": None, "error_code": "invalid_key"}, None),
        ({"live": {"release": "12AB********CD"}}, None),
    ],
    ids=["live", "nothing", "a fault", "masked by chance"],
)
def test_what_nobody_can_tell_is_not_expected(row: dict[str, t.Any], expected: str | None) -> None:
    plan = planned("order")
    plan["deployments"] = [row]

    assert road(plan, [{"name": "contracts"}])["to_prepare"][0]["expected_live"] == expected


def test_a_password_that_nobody_knows_is_noted_before_its_certificate_goes_live() -> None:
    plan = planned("order", key={"storage": "ukey"}, reason="not_ordered")

    found = walked(plan, created=False)

    assert found["to_present"] == []
    assert [one["record"]["ukey_password_known"] for one in found["to_note"]] == [False]
    assert [one["path"] for one in found["to_present_later"]] == [PATH]
    assert found["unsettled"] is True


def test_nothing_goes_live_before_the_others_of_the_host_are_waited_for() -> None:
    plan = planned("order")
    plan["plans"].append({**plan["plans"][0], "path": "/b", "action": "resume", "order_id": "B"})

    found = road(plan, [{}, {}], placed={"results": [ORDER]}, fetched={"results": [CERTIFICATE]})

    assert found["waiting"] == ["B"]
    assert found["to_present"] == []
    assert [one["path"] for one in found["to_present_later"]] == [PATH]


@pytest.mark.parametrize(
    ("plan_id", "left"), [("this", []), ("before", [PATH])], ids=["of this plan", "of another plan"]
)
def test_what_went_live_is_neither_noted_nor_made_live_again(plan_id: str, left: list[str]) -> None:
    found = walked(planned("order"), settled={"plan_id": plan_id, **live()})

    for part in ("to_note", "to_present_later"):
        assert [one["path"] for one in found[part]] == left
    assert found["unsettled"] is bool(left)


def test_what_the_look_prepared_counts_before_what_was_prepared_for_another_plan() -> None:
    plan = planned("order", prepared=[{"path": PATH, "csr": "new"}])

    found = walked(plan, prepared={"deployments": [{"path": PATH, "csr": "old"}]})

    assert found["requests"] == ["new"]


def test_what_waits_is_asked_for_with_its_own_request() -> None:
    plan = planned("resume")
    plan["deployments"][0]["pending"] = {"csr": "mine"}

    found = walked(plan, prepared={"deployments": [{"path": PATH, "csr": "of another plan"}]})

    assert found["requests"] == ["mine"]


@pytest.mark.parametrize(
    ("deployed", "is_live", "settled"),
    [
        (live(), True, True),
        (live(reload_owed=True), True, False),
        (live(error_code="validation_failed"), False, False),
        (live(order_id="of another plan"), False, False),
        ({}, False, False),
    ],
)
def test_endings_are_live_where_the_host_said_so(deployed: dict[str, t.Any], *, is_live: bool, settled: bool) -> None:
    variables = {
        "__wotrus_planned": planned("order"),
        "__wotrus_placed": {"results": [ORDER]},
        "__wotrus_fetched": {"results": [CERTIFICATE]},
        "__wotrus_deployed": deployed,
    }

    (row,) = endings(["one", "two"], {"one": variables, "two": {}})

    assert (row["host"], row["order_id"], row["charged"]) == ("one", "A", True)
    assert (row["live"], row["settled"]) == (is_live, settled)


def test_endings_leave_out_what_another_plan_was_answered() -> None:
    before = {**ORDER, "asked": {"number": 0, "plan_id": "before"}}
    variables = {"__wotrus_planned": planned("order"), "__wotrus_placed": {"results": [before]}}

    assert endings(["one"], {"one": variables}) == []
