# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Given a CA that changes its mind or its clocks within a history, what is paid and live."""

from __future__ import annotations

import pytest

from .story import A_DAY, DISK_LOST, DUE, LIVE, RUNS, WANTED, Story

LATER = ("It is 60 days later.", RUNS)


def changes(reading: str, word: str) -> str:
    """Return the sentence that a reading changes."""
    return f"From now on, the CA reads {reading} as {word}."


@pytest.mark.parametrize(
    ("reading", "word"),
    [
        ("values", "forgotten after 30 days"),
        ("repeat", "new if dead"),
        ("expired", "closed"),
        ("archive", "closed after 30 days"),
        ("replaced_order", "unknown"),
        ("ids", "braces"),
        ("duration", "years"),
        ("query_lag", "900"),
        ("reissues", "refused"),
    ],
)
def test_change_of_mind_buys_nothing_before_its_time(story: Story, reading: str, word: str) -> None:
    story.tell(*LIVE, changes(reading, word), *LATER)
    assert (story.charged, story.serves(), story.last.result.is_green) == (1, "order 1", True)

    story.tell(DUE, RUNS)
    assert story.charged == 2
    story.tell(A_DAY, RUNS, RUNS)
    assert (story.charged, story.serves(), story.last.result.is_green) == (2, "order 2", True)


def test_shorter_certificates_from_now_on_are_reissued_and_not_bought(story: Story) -> None:
    story.tell(*LIVE, DUE, RUNS, changes("lifetime", "90 days"), *LATER, *LATER, *LATER)
    assert (story.charged, len(story.world.ca.known())) == (2, 2)

    story.tell("It is 150 days later.", RUNS, *LATER, *LATER)
    assert story.charged <= 3
    assert len(story.world.ca.known()) > 2


def test_repeats_that_are_refused_from_now_on_are_red_on_a_rebuilt_host(story: Story) -> None:
    story.tell(*LIVE, changes("repeat", "refused"), DISK_LOST, RUNS)

    assert (story.charged, story.sent, story.last.result.is_green) == (1, [], False)


@pytest.mark.parametrize("days", ["1", "20"])
def test_certificate_that_is_not_valid_yet_waits_and_is_not_bought_again(story: Story, days: str) -> None:
    story.tell(WANTED, f"The clock of the CA's certificates is {days} days ahead.", RUNS)
    assert (story.charged, story.serves(), story.last.result.is_green) == (1, None, False)

    story.tell("It is 20 days later.", RUNS)
    assert (story.charged, story.serves(), story.last.result.is_green) == (1, "order 1", True)


@pytest.mark.parametrize("days", ["-1", "-20"])
def test_certificate_of_a_slow_clock_is_renewed_once(story: Story, days: str) -> None:
    story.tell(WANTED, f"The clock of the CA's certificates is {days} days ahead.", RUNS)
    assert (story.charged, story.serves(), story.last.result.is_green) == (1, "order 1", True)

    story.tell(DUE, RUNS, A_DAY, RUNS)
    assert (story.charged, story.serves(), story.last.result.is_green) == (2, "order 2", True)
