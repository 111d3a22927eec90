# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Given an answer that proves nothing, an order may have been charged, and counts. A repeat is the same order."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from wotrus_sandbox import answer_forms
from wotrus_sandbox.clock import beijing

from ansible_collections.wotrus.pki.plugins.module_utils._workflow import limit

from .inventory import Certificate
from .process import Step
from .story import A_DAY, BY_HAND, CONTRACTS, DISK_LOST, DUE, LIVE, RECORD_LOST, RUNS, WANTED, Story, wanted

INVOICES = Certificate("invoices", "alpha")
OF_BETA = Certificate("contracts", "beta")
OF_GAMMA = Certificate("contracts", "gamma")
# A batch of which each host failed ends the run.
IN_TWO_BATCHES = (wanted(certificate=OF_BETA), wanted(certificate=OF_GAMMA))
UNKNOWN = ("none at first", "busy at first")


def jump(story: Story, days: int) -> None:
    """Let the CA's ``Date`` be some days ahead of its orders, and of the controller."""
    story.world.ca.date_ahead = days * 86400


@pytest.fixture
def predate(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let the CA's ``createTime`` of each order be 20 days too early from now on."""

    def read(created: float, _form: str) -> str:
        return beijing(created - 20 * 86400).isoformat()

    return lambda: monkeypatch.setattr(answer_forms, "_create_time", read)


@pytest.mark.parametrize("null_id", ["null", "zero"])
@pytest.mark.parametrize("answer", UNKNOWN)
def test_order_without_an_id_may_be_charged_and_is_found_by_the_next_run(
    story: Story, answer: str, null_id: str
) -> None:
    story.tell(f"The CA reads create_answer as {answer}.", f"The CA reads null_id as {null_id}.", BY_HAND, WANTED)
    story.run(most_orders=1)

    row = story.row()
    assert (row["result"], row["charged"], row["order_id"]) == ("failed", "maybe", None)
    assert "A repeat is the same order, and wotrus_max_charged_orders at 1 lets it through." in row["msg"]
    assert "api_url" not in f"{row['msg']} {row['next_step']}"
    assert "network" not in f"{row['msg']} {row['next_step']}"

    story.tell(A_DAY, RUNS)

    assert (story.row()["result"], story.row()["charged"]) == ("waiting", "maybe")
    assert story.charged == 1


@pytest.mark.parametrize("answer", UNKNOWN)
def test_order_whose_answer_is_unknown_keeps_its_unit_of_the_limit(story: Story, answer: str) -> None:
    story.tell(*LIVE, *IN_TWO_BATCHES, f"The CA reads create_answer as {answer}.")

    # Check mode does not know the answers.
    story.run(serial=2, most_orders=1, predict=False)

    assert story.charged == 2
    assert [story.row(one)["charged"] for one in (OF_BETA, OF_GAMMA)] == ["maybe", "no"]
    assert story.row(OF_GAMMA)["error_code"] == "order_limit"


@pytest.mark.parametrize("answer", UNKNOWN)
def test_count_alone_keeps_the_unit_of_an_order_whose_answer_is_unknown(
    story: Story, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    # What the forecast of the next batch would stop.
    monkeypatch.setattr(limit, "_that_wait", lambda *_plans: [])
    story.tell(*LIVE, *IN_TWO_BATCHES, f"The CA reads create_answer as {answer}.")

    story.run(serial=2, most_orders=1, predict=False)

    assert story.charged == 2
    assert [story.row(one)["charged"] for one in (OF_BETA, OF_GAMMA)] == ["maybe", "no"]
    assert story.row(OF_GAMMA)["error_code"] == "order_limit"


@pytest.mark.parametrize("null_id", ["null", "zero"])
def test_order_whose_id_is_never_answered_is_found_in_the_console(story: Story, null_id: str) -> None:
    story.tell("The CA reads create_answer as none.", f"The CA reads null_id as {null_id}.", WANTED, RUNS, RUNS)
    assert story.outcome == ("failed", "bad_answer")
    assert "console" in story.row()["next_step"]

    story.tell(f"A person sets order_id of {CONTRACTS} to order 1.", RUNS)

    assert story.outcome == ("deployed", None)
    assert story.serves() == "order 1"
    assert story.charged == 1


def test_reissue_whose_id_is_a_zero_guid_keeps_the_id_of_its_order(story: Story) -> None:
    story.tell("The CA reads null_id as zero.", "The CA reads reissue_id as null.", *LIVE)

    story.tell(f"The role reissues {CONTRACTS}.")

    assert story.outcome == ("deployed", None)
    assert story.record()["live"]["order_id"] == story.world.ca.paid()[0].id


@pytest.mark.parametrize("answer", ["id", *UNKNOWN])
def test_refused_month_is_followed_by_the_same_order_without_it(story: Story, answer: str) -> None:
    story.tell(f"The CA reads create_answer as {answer}.", *LIVE, RUNS, "The CA reads long_months as refused.", DUE)
    before = story.charged

    story.tell(BY_HAND, RUNS)

    assert story.charged == before + 1
    assert story.newest.request.months == 12
    assert story.row()["charged"] == ("yes" if answer == "id" else "maybe")


def test_refused_order_may_have_been_stored(story: Story) -> None:
    story.tell("The CA reads repeat as refused.", *LIVE, "It is 6 days later.", DISK_LOST, RUNS)

    assert (story.outcome, story.row()["charged"]) == (("failed", "rejected_by_api"), "maybe")
    assert story.charged == 1


def test_order_that_never_arrived_is_not_charged_and_gives_its_unit_back(story: Story) -> None:
    left = [5]

    def fails(kind: Step, what: str) -> bool:
        left[0] -= kind is Step.CALL and what.startswith("create")
        return kind is Step.CALL and what.startswith("create") and left[0] >= 0

    story.tell(*LIVE, *IN_TWO_BATCHES)
    story.run(fails=fails, serial=2, most_orders=1)

    assert [story.row(one)["result"] for one in (OF_BETA, OF_GAMMA)] == ["failed", "deployed"]
    assert [story.row(one)["charged"] for one in (OF_BETA, OF_GAMMA)] == ["no", "yes"]


# ---- an adopted order


def test_old_order_that_is_adopted_gives_its_unit_back(story: Story) -> None:
    story.tell(*LIVE, "It is 6 days later.", DISK_LOST, wanted(certificate=INVOICES))

    story.run(most_orders=2)

    assert story.row()["charged"] == "no"
    assert story.charged == 2


def test_date_that_jumps_makes_no_order_old(story: Story) -> None:
    story.tell(BY_HAND, WANTED)
    jump(story, 400)

    story.tell(RUNS)

    assert (story.row()["result"], story.row()["charged"]) == ("waiting", "maybe")


@pytest.mark.parametrize("lost", [DISK_LOST, RECORD_LOST])
def test_order_that_the_journal_shows_as_sent_today_may_be_charged_whatever_its_time(
    story: Story, predate: Callable[[], None], lost: str
) -> None:
    story.tell(BY_HAND, *LIVE, lost)
    predate()

    story.tell(RUNS)

    assert (story.row()["steps"][-1], story.row()["charged"]) == ("adopted", "maybe")


def test_order_that_the_record_shows_as_asked_for_today_may_be_charged_whatever_its_time(
    story: Story, predate: Callable[[], None]
) -> None:
    def fails(kind: Step, what: str) -> bool:
        return kind is Step.ANSWER and what.startswith("create")

    story.tell(BY_HAND, WANTED)
    story.run(fails=fails)
    assert story.row()["charged"] == "maybe"
    story.world.ca.journal.unlink()
    predate()

    story.tell(RUNS)

    assert (story.row()["steps"][-1], story.row()["charged"]) == ("adopted", "maybe")
