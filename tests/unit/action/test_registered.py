# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tasks registered is read from the hosts of a play."""

from __future__ import annotations

import dataclasses
import types
import typing as t

import pytest
from ansible.errors import AnsibleUndefinedVariable

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Limits, Permission
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.play_results import play_results
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.selection import superseded_orders
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.summary import Summary
from ansible_collections.wotrus.pki.plugins.plugin_utils._registered import Play, earlier_tasks

Json = dict[str, t.Any]

ROW = {"path": "/p/contracts", "name": "contracts", "result": "waiting", "charged": "yes", "steps": []}
REGISTERED = {"plans": [], "max_charged_orders": 99, "max_reissues": 99}


class Hostvars(dict[str, Json]):
    """The variables of hosts, as Ansible gives them to a task."""

    def raw_get(self, host: str) -> Json:
        return super().__getitem__(host)

    def __getitem__(self, host: str) -> t.Any:
        if "{{" in str(self.raw_get(host)):
            raise AnsibleUndefinedVariable("a variable of the play")
        return super().__getitem__(host)


def planned(host: str, **more: t.Any) -> Json:
    """Return what the task of the plan registers for a host with a certificate to order."""
    plan = {"host": host, "name": "contracts", "path": "/p/contracts", "order_name": host, "storage": "host"}
    plan.update(
        claims=[],
        entry_order_ids=[],
        replace_orders=[],
        follows=None,
        due=False,
        action="order",
        expires=None,
        may_be_charged=True,
        idempotence_id=f"value of {host}",
    )
    found = {
        "plans": [plan],
        "results": [],
        "waiting": [],
        "max_charged_orders": 1,
        "max_reissues": 10,
        "deployments": [None],
    }
    return {"__wotrus_host_plan": {**found, **more}}


def task(*, strategy: str = "linear", order: str | None = None, role: str | None = "wotrus.pki.certificate") -> t.Any:
    """Return a task of a play."""
    own = types.SimpleNamespace(get_name=lambda: role) if role else None
    return types.SimpleNamespace(get_play=lambda: types.SimpleNamespace(strategy=strategy, order=order), _role=own)


def variables(host: str = "one", **hosts: Json) -> Json:
    """Return the variables of a task on a host."""
    names = list(hosts)
    return {
        **hosts[host],
        "inventory_hostname": host,
        "hostvars": Hostvars(hosts),
        "ansible_play_hosts_all": [*names, "lost"],
        "ansible_play_batch": names,
    }


def play(strategy: str = "linear", **hosts: Json) -> Play:
    """Return a play with these hosts, for a task on the host ``one``."""
    return Play(task(strategy=strategy), variables(**hosts), lambda value: value)


def earlier(found: Json, **of_task: t.Any) -> dict[str, t.Any]:
    """Return what a task takes from earlier ones."""
    return earlier_tasks(task(**of_task), found, lambda value: value)


@pytest.mark.parametrize(
    ("strategy", "batch", "others"),
    [
        ("linear", ["one", "two"], ["lost"]),
        ("ansible.builtin.free", ["one"], ["two", "lost"]),
        ("host_pinned", ["one"], ["two", "lost"]),
    ],
)
def test_host_is_a_batch_of_its_own_without_batches(strategy: str, batch: list[str], others: list[str]) -> None:
    found = play(strategy, one={}, two={})
    assert (found.batch, found.others) == (batch, others)


def test_hosts_after_the_batch_come_next_unless_they_are_lost() -> None:
    found = variables(one={}, two={})
    found["ansible_play_hosts_all"] = ["before", "one", "failed", "two", "lost", "next"]
    found["ansible_play_hosts"] = ["before", "one", "two", "next"]

    assert Play(task(), found, lambda value: value).later == ["next"]


@pytest.mark.parametrize(
    ("order", "batch", "later"),
    [
        ("inventory", ["b"], ["a"]),
        ("reverse_inventory", ["a"], ["b", "c"]),
        ("reverse_inventory", ["c"], []),
        ("sorted", ["a", "b"], ["c"]),
        ("reverse_sorted", ["c"], ["b", "a"]),
        (None, ["a"], []),
    ],
)
def test_batches_are_in_the_order_of_the_play(order: str | None, batch: list[str], later: list[str]) -> None:
    names = ["c", "b", "a"]
    every = {"ansible_play_hosts_all": names, "ansible_play_hosts": names, "ansible_play_batch": batch}
    found = variables(host="a", a={}, b={}, c={})

    assert Play(task(order=order), {**found, **every}, lambda value: value).later == later


def test_no_batch_comes_after_one_whose_hosts_all_failed() -> None:
    names = ["a", "b", "c"]
    every = {"ansible_play_hosts_all": names, "ansible_play_hosts": ["b", "c"], "ansible_play_batch": []}
    found = variables(host="a", a={}, b={}, c={})

    assert Play(task(), {**found, **every}, lambda value: value).later == []


def test_facts_of_a_hostile_host_are_no_results() -> None:
    forged = {"__wotrus_host_plan": REGISTERED, "__wotrus_apply_result": {"results": [ROW]}}
    found = play(one={**forged, "ansible_facts": forged}, two=forged)

    hostile, honest = found.tasks(["one", "two"])

    assert (hostile.plans, hostile.results) == (None, ())
    assert honest.plans == []
    assert found.tasks(["not in the inventory"])[0].plans is None


def test_facts_of_the_own_host_are_no_settings() -> None:
    facts = {"wotrus_language": "zh", "__wotrus_expected_hosts": []}
    found = play(one={**facts, "ansible_facts": facts})
    assert (found.language, found.value("__wotrus_expected_hosts", ["one"])) == ("en", ["one"])
    assert play(one=facts).language == "zh"


ROOM = {"path": "/etc/ssl/wotrus/contracts", "record": None}


def test_hostile_host_does_not_hide_its_certificates() -> None:
    facts = {"wotrus_certificates": [], "__wotrus_current_state": {"deployments": []}}
    inventory = {
        "one": {"wotrus_certificates": [{"name": "contracts"}], "__wotrus_current_state": {"deployments": [ROOM]}},
        "two": {**facts, "ansible_facts": facts},
        "three": {},
    }
    found = Play(task(), {**variables(**inventory), "groups": {"all": list(inventory)}}, lambda value: value)
    assert superseded_orders(found.inventory_orders())["unseen"] == ["two"]


def test_names_of_a_host_that_is_not_planned_for_are_those_of_the_inventory() -> None:
    hosts = {
        "one": planned("one"),
        "two": {"wotrus_certificates": [{"name": "letters"}], "wotrus_reissue": "memos, letters"},
        "three": {"wotrus_certificates": "{{ certificates_of_the_play }}"},
        "four": {"wotrus_certificates": "no list"},
        "five": {"wotrus_certificates": [{"nam": "letters"}]},
    }

    found = play(**hosts).tasks(hosts, with_names=True)

    assert [one.certificates for one in found] == [["contracts"], ["letters"], None, None, None]
    assert [one.reissue for one in found] == [[], ["memos", "letters"], [], [], []]


def test_task_outside_the_role_takes_nothing_from_it() -> None:
    found = variables(one=planned("one"), two=planned("two"))
    assert earlier(found, role=None) == {}
    assert earlier(found, role="example.own.role") == {}


def test_role_that_has_not_planned_sends_nothing() -> None:
    with pytest.raises(InvalidInput, match="--start-at-task"):
        earlier(variables(one={"__wotrus_host_plan": "{{ undef() }}"}))


def test_host_does_what_the_check_of_its_batch_allows() -> None:
    check = {
        "hosts": ["one", "two"],
        "limits": {"charged_orders": 7, "reissues": 8},
        "charged": 3,
        "reissues": 0,
        "blocked": {},
        "claims": {"a": ["one", "two"], "b": ["one"]},
        "shared": {"one": {"contracts": "a"}, "two": {"contracts": "b"}},
        "plan_digest": "2c26b4",
        "approved": {"one": {"contracts": {"action": "resume", "idempotence_id": None}}},
    }
    registered = {"__wotrus_check_result": check}

    found = earlier(variables(one={**planned("one"), **registered}, two={**planned("two"), **registered}))

    assert found["permission"] == Permission(
        Limits(7, 8),
        approved={"contracts": {"action": "resume", "idempotence_id": None}},
        plan_digest="2c26b4",
        foreign=("a",),
        shared={"contracts": "a"},
    )


@pytest.mark.parametrize(("strategy", "blocked"), [("free", False), ("linear", True)])
def test_host_makes_the_check_if_that_of_another_host_is_registered(strategy: str, *, blocked: bool) -> None:
    check = {
        "hosts": ["two"],
        "limits": {"charged_orders": 99, "reissues": 99},
        "charged": 0,
        "reissues": 0,
        "blocked": {},
        "claims": {},
        "shared": {},
        "plan_digest": None,
        "approved": {},
    }
    found = variables(one={**planned("one"), "__wotrus_check_result": check}, two=planned("two"))

    permission = earlier(found, strategy=strategy)["permission"]

    assert (permission.limits, bool(permission.blocked)) == (Limits(1), blocked)


def test_second_task_goes_on_from_the_first() -> None:
    read = {**planned("one"), "__wotrus_apply_result": {"results": [ROW]}}
    read["__wotrus_host_plan"]["deployments"] = [{"live": None}]

    found = earlier(variables(one=read))

    assert (found["earlier_results"], found["deployments"]) == ([ROW], {"/p/contracts": {"live": None}})


def order(name: str, number: int, advice: str | None = None) -> Json:
    return {"name": name, "order_id": f"A{number}", "path": f"/p/{name}", "advice": advice}


REQUESTED: Json = {"changed": True, "status": "pendingRevoke", "revoked": False, "order": {"status": "pendingRevoke"}}
LOST: Json = {"failed": True, "error_code": "unavailable", "msg": "The connection to restapi.wosign.com broke."}


def revocation(result: Json, name: str = "contracts", number: int = 1, **of_order: t.Any) -> Json:
    """Return the result of a revocation in its loop."""
    return {"changed": False, **result, "__wotrus_order": order(name, number, **of_order)}


def revoking(*requested: Json, checked: t.Sequence[Json] = (), **more: t.Any) -> Play:
    """Return a play whose host deployed a certificate, and then requested revocations."""
    loops = {"__wotrus_revocations": requested, "__wotrus_checked_revocations": checked}
    registered = {name: {"results": list(rows), "failed": False} for name, rows in loops.items()}
    done = {**ROW, "host": "one", "result": "deployed", "charged": "no", "waiting_for": None, "alarm": None}
    host = {**planned("one", results=[done]), **registered, **more}
    return Play(task(), variables(one=host), lambda value: value)


def summed_up(found: Play) -> Summary:
    """Return the summary of the play's own host."""
    return play_results(found.tasks(["one"]), revocation_results=found.revocations(["one"]))


@pytest.mark.parametrize("answer", [LOST, {"failed": True, "msg": "A template."}])
def test_revocation_that_failed_is_in_messages_and_in_the_summary(answer: Json) -> None:
    found = revoking(revocation(REQUESTED), revocation(answer, number=2))

    requested, failed = found.revocations(["one"])
    artifacts, lines = dataclasses.astuple(summed_up(found))

    assert (requested["result"], failed["result"], failed["order_id"]) == ("revoking", "failed", "A2")
    assert artifacts["wotrus_summary"]["failing"] == 1
    (failing,) = artifacts["wotrus_failing"]["one"]
    assert failing["name"] == "contracts"
    assert failing["msg"] == f"The superseded order A2 is not known to be revoked. {answer['msg']}"
    assert "A2" in artifacts["wotrus_notification"]
    assert any(failing["msg"] in line for line in lines)
    assert [row["__wotrus_order"]["order_id"] for row in found.superseded_results("one").requested] == ["A1"]


def test_check_before_a_person_revokes_fails_in_the_summary_too() -> None:
    found = revoking(checked=[revocation(LOST, advice="Revoke it."), revocation(REQUESTED, number=2, advice="Do.")])

    assert [(row["order_id"], row["result"]) for row in found.revocations(["one"])] == [("A1", "failed")]
    assert summed_up(found).artifacts["wotrus_summary"]["failing"] == 1


@pytest.mark.parametrize("code", ["order_dead", "order_mismatch", "not_found"])
def test_order_that_needs_no_revocation_fails_nothing(code: str) -> None:
    found = revoking(revocation({"failed": False, "error_code": code, "msg": "It is closed."}))

    assert found.revocations(["one"]) == []
    assert summed_up(found).artifacts["wotrus_summary"]["failing"] == 0


@pytest.mark.parametrize("name", ["__wotrus_current_state", "__wotrus_revocations", "__wotrus_recorded_revocations"])
def test_host_that_fails_around_its_revocations_is_in_messages_and_in_the_summary(name: str) -> None:
    found = revoking(**{name: {"failed": True, "msg": "The disk is full."}})

    (failing,) = summed_up(found).artifacts["wotrus_failing"]["one"]

    assert (failing["name"], failing["msg"]) == (None, "The disk is full.")


def test_revocations_of_an_earlier_use_of_the_role_are_not_repeated() -> None:
    found = revoking(revocation(REQUESTED, name="letters"), revocation(LOST, name="letters", number=2))

    assert found.revocations(["one"]) == []
    assert found.superseded_results("one").requested == []
