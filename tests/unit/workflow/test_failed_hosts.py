# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks that failed for a whole host, and plans, in the summary and the artifacts."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, shown
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.host_tasks import HostTasks
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.play_results import play_results
from tests.unit.workflow.test_batch import plan, planned, row

REFUSED = {"failed": True, **shown(msg=Message("There is no plan."), next_step=None)}


@pytest.mark.parametrize(
    "host",
    [
        HostTasks.read("one", REFUSED),
        HostTasks.read("one", None, others=[REFUSED]),
        HostTasks.read("one", planned(row("one", "unchanged")), [REFUSED]),
    ],
    ids=["plan", "variables", "apply"],
)
def test_failed_task_is_an_artifact_with_its_message(host: HostTasks) -> None:
    found = play_results([host])

    failing = {"name": None, "result": "failed", "msg": "There is no plan.", "next_step": None}
    assert found.artifacts["wotrus_failing"] == {"one": [failing]}
    assert found.artifacts["wotrus_summary"]["without_result"] == []
    assert found.lines[-2:] == ["failing              1", "  one  There is no plan."]


def test_stale_plan_fails_the_hosts_whose_plans_it_has() -> None:
    hosts = [HostTasks.read(name, planned(row(name, "unchanged")), others=[REFUSED]) for name in ("one", "two", "no")]

    found = play_results(hosts, hosts[:2])

    assert set(found.artifacts["wotrus_failing"]) == {"one", "two"}
    assert found.lines[-1] == "  one, two  There is no plan."


@pytest.mark.parametrize(
    "result", [{"failed": True, "results": []}, {"failed": True, "unreachable": True}], ids=["results", "unreachable"]
)
def test_host_with_results_or_without_an_answer_has_no_such_error(result: dict[str, t.Any]) -> None:
    assert HostTasks.read("one", result).error is None


def test_words_of_others_are_one_safe_line() -> None:
    host = HostTasks.read("one", {"failed": True, "msg": "one\n\x1b[31mtwo"})

    (failing,) = play_results([host]).artifacts["wotrus_failing"]["one"]
    assert failing["msg"] == "one [31mtwo"


def test_summary_of_a_plan_counts_its_work() -> None:
    rows = [row("one", "unchanged"), row("one", "unchanged", name="letters"), row("one", "waiting", name="seals")]
    plans = [plan("one"), plan("one", name="letters", action="nothing", would_change=False)]
    plans.append(plan("one", name="seals", action="resume"))
    hosts = [HostTasks.read("one", {**planned(), "plans": plans, "results": rows})]

    found = play_results(hosts, check_mode=True)

    counts = found.artifacts["wotrus_summary"]
    assert (counts["planned"], counts["results"]) == ({"order": 1, "resume": 1}, {"unchanged": 1})
    assert found.lines[1:3] == ["planned              order 1, resume 1", "results              unchanged 1"]
    assert "planned" not in play_results(hosts).artifacts["wotrus_summary"]
