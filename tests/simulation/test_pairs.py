# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pair of ``order_id`` and ``root_order_id`` in an entry is checked when it is first read, not on renewal day."""

from __future__ import annotations

import pytest

from .history import END
from .inventory import Certificate
from .story import A_DAY, CONTRACTS, DISK_LOST, DUE, LIVE, RECORD_LOST, REISSUED, RUNS, WANTED, Story, wanted

OF_BETA = Certificate("contracts", "beta")
ON_ALPHA, ON_BETA = "The role runs on alpha alone.", "The role runs on beta alone."
NEXT_YEAR = ("It is 150 days later.", "It is 150 days later.")


def of_somebody_else(story: Story) -> None:
    """Let the certificate of beta be of another common name and another organization."""
    story.tell(wanted(certificate=OF_BETA))
    story.entry(OF_BETA)["common_name"] = "Beta"
    story.entry(OF_BETA)["organization"]["name"] = "Beta Ltd."


def paste(story: Story, order: int, root: int) -> None:
    """Write the ids of two orders into the entry."""
    ids = {name: story.world.ca.by_number(number).id for name, number in (("order_id", order), ("root_order_id", root))}
    story.entry().update(ids)


def queries(story: Story) -> list[str]:
    """Return which orders the last run asked about."""
    said = f"  {story.last.name}: query: "
    return [line.removeprefix(said) for line in story.world.log if line.startswith(said)]


def assert_red(story: Story, *words: str) -> None:
    """Check that the pair is refused now, that nothing is sent, and that the message has some words."""
    assert story.outcome == ("blocked", "order_mismatch")
    assert story.sent == []
    assert all(word in f"{story.row()['msg']} {story.row()['next_step']}" for word in words)


def lines(story: Story, order: int, root: int) -> str:
    """Return the lines that a message prints."""
    ids = [story.world.ca.by_number(number).id for number in (order, root)]
    return "order_id: {}, root_order_id: {}".format(*ids)


@pytest.mark.parametrize("before", [(), (RUNS, A_DAY)], ids=["before the first run", "beside a live certificate"])
def test_pair_of_another_certificate_is_red_at_once(story: Story, before: tuple[str, ...]) -> None:
    story.tell(WANTED, *before)
    of_somebody_else(story)
    story.tell(ON_BETA)
    charged, serves = story.charged, story.serves()
    number = story.newest.number
    paste(story, number, number)

    for later in (A_DAY, *NEXT_YEAR):
        story.tell(later, ON_ALPHA)
        assert_red(story, "'Beta', not 'contracts of alpha'", "'Beta Ltd.', not 'Example Ltd.'")

    assert (story.charged, story.serves()) == (charged, serves)
    assert story.serves(OF_BETA) == f"order {number}"


def test_own_order_beside_the_root_of_another_certificate_is_red_at_once(story: Story) -> None:
    story.tell(WANTED, RUNS)
    of_somebody_else(story)
    story.tell(ON_BETA, DISK_LOST)
    paste(story, 1, 2)

    story.tell(ON_ALPHA)

    assert_red(story, lines(story, 1, 1))
    assert "replace_orders" not in story.row()["next_step"]
    story.tell(END)
    assert story.charged == 2


@pytest.mark.parametrize("lost", [(), (RECORD_LOST,), (DISK_LOST,)], ids=["the record is there", *("lost",) * 2])
def test_root_of_the_chains_beginning_is_red_at_once(story: Story, lost: tuple[str, ...]) -> None:
    story.tell(*LIVE, DUE, RUNS, *lost)
    paste(story, 2, 1)

    story.tell(RUNS)

    assert story.outcome == ("blocked", "order_mismatch" if lost else "root_unknown")
    assert lines(story, 2, 2) in story.row()["next_step"]
    assert story.sent == []
    story.tell(END)
    assert story.entry()["root_order_id"] == story.world.ca.by_number(2).id
    assert story.charged == 2


def test_root_whose_term_had_ended_before_the_order_was_placed_is_red_at_once(story: Story) -> None:
    story.tell(*LIVE, DUE, RUNS, "It is 400 days later.", RUNS, REISSUED, DISK_LOST)
    paste(story, 4, 1)

    story.tell(RUNS)

    # It is a reissue, so the lines for an order that was bought itself are not the right ones.
    assert_red(story, lines(story, 4, 4), "If it is a reissue")
    story.tell(END)
    assert story.entry()["root_order_id"] == story.world.ca.by_number(3).id
    assert story.charged == 3


@pytest.mark.parametrize("when", [A_DAY, DUE], ids=["early", "in the last month"])
def test_a_right_pair_is_green_and_costs_one_question_a_run(story: Story, when: str) -> None:
    story.tell(*LIVE, when, f"The role reissues {CONTRACTS}." if when == A_DAY else REISSUED, DISK_LOST)
    paste(story, 2, 1)

    story.tell(RUNS)
    first = story.serves()
    story.tell(RUNS)

    assert story.outcome == ("unchanged", None) if when == A_DAY else first is not None
    assert len(queries(story)) == 1


def test_pair_that_stays_in_the_entry_after_renewals_costs_one_question_a_run(story: Story) -> None:
    story.tell(*LIVE)
    paste(story, 1, 1)
    story.tell(DUE, RUNS, "It is 400 days later.", RUNS, A_DAY, RUNS)

    assert story.serves() == "order 3"
    assert story.outcome == ("unchanged", None)
    assert queries(story) == ["order 3"]


def test_root_that_wotrus_does_not_know_is_a_warning_when_it_is_first_read(story: Story) -> None:
    story.tell(*LIVE, A_DAY, REISSUED, DISK_LOST)
    unknown = "99999999-0000-4000-8000-000000000000"
    story.entry().update(order_id=story.newest.id, root_order_id=unknown)

    story.tell(RUNS)

    assert story.serves() == "order 3"
    assert f"WoTrus does not know the root_order_id of the entry, {unknown}." in story.warnings
