# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Given persons who take a way of a printed step without a look, what that costs."""

from __future__ import annotations

import pytest

from .persons import step_of, ways_of
from .story import A_DAY, CONTRACTS, DUE, LIVE, RUNS, WANTED, Story

RENAMED = f"A person renames {CONTRACTS} to New Ltd."


def takes(way: str, *, of: str = "the last result", times: str = "once") -> str:
    """Return the sentence that a person takes a way."""
    return f"Without a look, the operator {way}, as {of} of {CONTRACTS} says, and the role runs {times}."


@pytest.mark.parametrize("times", ["once", "and both once more"])
def test_replacement_that_is_followed_twice_is_charged_once(story: Story, times: str) -> None:
    story.tell(*LIVE, "The CA revokes order 1.", RUNS)
    assert "may be charged" in story.row()["next_step"]

    story.tell(takes("replaces the order", times=times))
    assert (story.charged, story.serves(), story.last.result.is_green) == (2, "order 2", True)


def test_replacement_of_an_earlier_text_replaces_nothing_that_is_valid(story: Story) -> None:
    story.tell(*LIVE, "The CA revokes order 1.", RUNS, takes("replaces the order"), A_DAY, RENAMED, RUNS)
    assert story.row()["error_code"] == "order_mismatch"

    story.tell(takes("replaces the order", of="an earlier result"))
    # Order 1 was replaced, and is not replaced again.
    assert (story.charged, story.serves(), story.last.result.is_green) == (2, "order 2", False)


@pytest.mark.parametrize("way", ["names the order", "removes the order", "moves the record away"])
def test_wrong_way_out_of_another_name_is_red_or_costs_what_the_step_says(story: Story, way: str) -> None:
    story.tell(*LIVE, RENAMED, RUNS)
    if way not in ways_of(story.row()):
        assert story.row()["error_code"] == "order_mismatch"
        return

    story.tell(takes(way))
    assert story.charged <= 1 + ("charged" in step_of(story.runs[1].result.rows[0]))


def test_half_of_a_step_is_red_and_costs_nothing(story: Story) -> None:
    """A person removes an order of another account from the entry, and leaves the record."""
    story.tell(WANTED, "The role runs with the token of another account.", DUE, RUNS)
    assert story.row()["error_code"] == "order_unknown"
    assert {"removes the order", "moves the record away", "replaces the order"} <= set(ways_of(story.row()))

    story.tell(takes("removes the order"))
    assert (story.charged, story.row()["error_code"], story.serves()) == (1, "order_unknown", "order 1")
    # With both halves, the order of the name is placed in the right account, as the step says.
    story.tell(takes("moves the record away"))
    assert (story.charged, story.serves()) == (2, "order 2")
