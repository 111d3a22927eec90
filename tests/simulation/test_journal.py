# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: what it has of each request, and runs that cannot write it."""

from __future__ import annotations

import pytest

from . import process
from .inventory import Certificate
from .journal import PARTS
from .persons import step_of
from .story import A_DAY, AT_ONCE, BY_HAND, CONTRACTS, DUE, LIVE, REISSUED, RUNS, WANTED, Story, wanted

BROKEN = "The journal cannot be written from now on."
INVOICES = Certificate("invoices", "alpha")
KILLED = "A run is killed after {part} of line {number} of the journal."


def calls(story: Story) -> list[tuple[str, str, str]]:
    """Return event, call and outcome of each line."""
    return [(line["event"], line["call"], line.get("outcome", "")) for line in story.world.journal()[0]]


def test_each_request_has_its_lines(story: Story) -> None:
    story.tell(*LIVE, REISSUED, DUE, RUNS)

    assert calls(story) == [
        ("send", "create", ""),
        ("end", "create", "accepted"),
        ("send", "reissue", ""),
        ("end", "reissue", "accepted"),
        ("send", "create", ""),
        ("end", "create", "accepted"),
    ]
    first, reissue, renewal = [line for line in story.world.journal()[0] if line["event"] == "end"]
    assert [line["certificate"] for line in (first, reissue, renewal)] == ["contracts"] * 3
    assert [line["host"] for line in (first, reissue, renewal)] == ["alpha"] * 3
    # The chain of orders can be followed without a record.
    assert first["root_order_id"] is None
    assert reissue["order_id"] == reissue["root_order_id"] == renewal["root_order_id"] == first["new_order_id"]
    assert renewal["limits"] == {"charged_orders": 9, "reissues": 10}


def test_line_names_the_approved_plan(story: Story) -> None:
    story.tell(WANTED, "A person approves the plan of now.", "The approved plan is applied.")

    digests = {line["plan"] for line in story.world.journal()[0]}
    assert len(digests) == 1
    assert len(digests.pop()) == 64


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("number", [1, 2])
def test_killed_run_is_completed_by_the_next(story: Story, part: str, number: int) -> None:
    story.tell(WANTED, KILLED.format(part=part, number=number), RUNS)

    assert story.charged == 1
    assert story.serves() == "order 1"
    # The next run sent the same value, and its end names the order.
    ends = [line for line in story.world.journal()[0] if line["event"] == "end"]
    assert {line["new_order_id"] for line in ends} == {story.newest.id}


def test_run_without_a_journal_sends_nothing(story: Story) -> None:
    story.tell(WANTED, BROKEN, RUNS)

    assert story.sent == []
    assert story.row()["error_code"] == "journal_failed"
    assert story.row()["charged"] == "no"
    assert step_of(story.row()) == "Make wotrus_journal a place that can be written, then run again."

    story.tell(f"The operator does what the last result of {CONTRACTS} says.", RUNS)
    assert (story.charged, story.serves()) == (1, "order 1")


def test_run_without_a_journal_waits_fetches_and_deploys(story: Story) -> None:
    story.tell(BY_HAND, WANTED, RUNS, BROKEN, wanted(certificate=INVOICES), "The CA approves order 1.", RUNS)

    assert story.row()["result"] == "deployed"
    assert story.serves() == "order 1"
    assert story.row(INVOICES)["error_code"] == "journal_failed"
    assert story.charged == 1


def test_run_without_a_journal_reissues_revokes_and_cancels_nothing(story: Story) -> None:
    story.tell(*LIVE, BROKEN, REISSUED)
    assert story.row()["error_code"] == "journal_failed"

    revoked = story.end("contracts", revokes=True)
    assert [row["error_code"] for row in revoked.rows] == ["journal_failed"]
    assert story.status(1) == "issued"

    story.world.is_journal_broken = False
    story.tell(BY_HAND, wanted(certificate=INVOICES), RUNS, BROKEN)
    cancelled = story.end("invoices")
    assert [row["error_code"] for row in cancelled.rows] == ["journal_failed"]
    assert story.status(2) == "pending"


def test_full_disk_after_the_answer_loses_no_order(story: Story) -> None:
    story.tell(WANTED, "In a run, the disk of the journal is full from line 2 on.")

    assert story.serves() == "order 1"
    assert "No space left on device" in story.warnings

    story.tell(A_DAY, RUNS)
    assert (story.charged, story.sent) == (1, [])


def test_each_try_has_a_line(story: Story) -> None:
    story.tell(WANTED)
    story.run(fails=lambda kind, what: kind is process.Step.ANSWER and what == "create")

    tries = [line["request_id"] for line in story.world.journal()[0] if line["event"] == "send"]
    assert len(set(tries)) == len(tries) == 5
    end = story.world.journal()[0][-1]
    assert (end["outcome"], end["request_ids"]) == ("unknown", tries)


@pytest.mark.parametrize("lacks", ["the purchase", "the order in use"])
def test_reissue_of_which_the_journal_has_a_line_is_never_followed(story: Story, lacks: str) -> None:
    journal = story.world.ca.journal
    story.tell(AT_ONCE, *LIVE, A_DAY)
    if lacks == "the purchase":
        journal.unlink()
    story.tell(REISSUED, A_DAY)
    before = journal.read_text()
    story.tell(REISSUED)
    if lacks == "the order in use":
        # Another controller had it reissued again.
        journal.write_text(before)
    story.tell(DUE, RUNS, "It is 60 days later.")
    assert story.charged == 2
    in_use, root = (story.world.ca.by_number(number).id for number in (3, 2))
    dates = {"not_before": "2020-01-01T00:00:00Z", "not_after": "2021-01-01T00:00:00Z"}
    (story.path() / "live").unlink()
    story.claim(live={**story.record()["live"], **dates, "order_id": in_use, "root_order_id": root})

    story.tell(RUNS)

    assert story.row()["error_code"] == "order_mismatch"
    assert story.charged == 2


LOST = "The journal is lost."
CUT = "The last {number} lines of the journal are cut off, {how}."


@pytest.mark.parametrize(
    "gone",
    [
        LOST,
        CUT.format(number=1, how="and nothing of them is left"),
        CUT.format(number=2, how="and half of the first of them is left"),
    ],
)
def test_run_without_the_lines_of_earlier_ones_goes_on_and_pays_nothing_twice(story: Story, gone: str) -> None:
    story.tell(*LIVE, gone, A_DAY, RUNS)
    assert (story.charged, story.sent, story.last.result.is_green) == (1, [], True)

    story.tell("The disk of alpha is lost.", RUNS)
    assert (story.charged, story.last.result.is_green) == (1, True)
    story.tell(DUE, gone, RUNS)
    assert (story.charged, story.last.result.is_green) == (2, True)


@pytest.mark.parametrize("number", [1, 2])
def test_order_of_a_killed_run_is_adopted_without_its_lines(story: Story, number: int) -> None:
    story.tell(WANTED, KILLED.format(part="half", number=number), LOST, RUNS)
    assert (story.charged, story.serves()) == (1, "order 1")
