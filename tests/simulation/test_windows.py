# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A good certificate is replaced in its window, and orders wait for none."""

from __future__ import annotations

import datetime as dt

import pytest

from .story import BY_HAND, CONTRACTS, DUE, KEY_LOST, LIVE, REISSUED, RUNS, Story

HOUR = 3600.0
NIGHTLY = f"A person wants {CONTRACTS} to be replaced only at night."
ON_SATURDAYS = f"A person wants {CONTRACTS} to be replaced only on Saturday nights in Shanghai."
ON_SUNDAYS = f"A person wants {CONTRACTS} to be replaced only on Sundays in Berlin."
WAITS = ("waiting", "window", None)


def now(story: Story) -> dt.datetime:
    return dt.datetime.fromtimestamp(story.world.clock.now(), dt.UTC)


def at(story: Story, moment: str) -> Story:
    """Let a moment come, and the role run.

    :param moment: a time of day, or a date and a time; in UTC
    """
    then = dt.datetime.combine(now(story), dt.time.fromisoformat(moment), dt.UTC) if len(moment) < 6 else None
    then = then or dt.datetime.fromisoformat(moment).replace(tzinfo=dt.UTC)
    if len(moment) < 6 and then < now(story):
        then += dt.timedelta(days=1)
    story.world.clock.pass_by(then.timestamp() - story.world.clock.now())
    return story.tell(RUNS)


def state(story: Story) -> tuple[str, str | None, str | None]:
    row = story.row()
    return row["result"], row["waiting_for"], row["alarm"]


def test_an_order_is_placed_and_verified_at_once_and_deployed_in_the_window(story: Story) -> None:
    story.tell(*LIVE, NIGHTLY, DUE)

    at(story, "12:00")

    assert state(story) == WAITS
    assert story.row()["steps"] == ["prepared", "ordered"]
    assert "is verified, and is waiting for the window until" in story.row()["msg"]
    assert f"{now(story) + dt.timedelta(days=1):%Y-%m-%d} 02:00 UTC" in story.row()["msg"]
    assert story.last.result.is_green
    assert (story.serves(), story.charged) == ("order 1", 2)
    before = story.world.hosts["alpha"].state()

    at(story, "13:00")

    assert (state(story), story.sent) == (WAITS, [])
    assert story.last.result.changed.get("alpha", False) is False
    assert story.plan()["would_change"] is False
    assert story.world.hosts["alpha"].state() == before

    at(story, "02:00")

    assert (story.outcome, story.serves()) == (("deployed", None), "order 2")


def test_a_first_certificate_and_one_for_a_lost_key_wait_for_no_window(story: Story) -> None:
    story.tell(LIVE[0], NIGHTLY)
    at(story, "12:00")
    assert story.outcome == ("deployed", None)
    story.tell(KEY_LOST)
    at(story, "13:00")
    assert (story.outcome, story.serves()) == (("deployed", None), "order 2")


def test_a_revoked_certificate_waits_for_no_window(story: Story) -> None:
    story.tell(*LIVE, NIGHTLY, BY_HAND, REISSUED, "The CA revokes order 1.")
    story.order_is("approve")
    at(story, "12:00")
    assert story.outcome == ("deployed", None)


def test_damaged_files_are_restored_outside_the_window(story: Story) -> None:
    story.tell(*LIVE, NIGHTLY, f"The chain of {CONTRACTS} is damaged.")
    at(story, "12:00")
    assert story.outcome == ("deployed", None)


def test_a_certificate_that_ends_before_the_window_is_replaced_at_once(story: Story) -> None:
    story.tell(*LIVE, ON_SATURDAYS, BY_HAND, DUE, RUNS)
    assert f"{story.live().not_valid_after_utc:%a %H:%M}" == "Tue 01:00"
    at(story, "2027-01-01T12:00")
    story.order_is("approve")
    story.tell(RUNS)
    # The alarm is red, and the window of Saturday is still in time.
    assert state(story) == ("waiting", "window", "failure")
    assert story.row()["error_code"] == "expires_soon"
    assert not story.last.result.is_green
    at(story, "2027-01-03T12:00")
    assert (story.outcome, story.serves()) == (("deployed", None), "order 2")


@pytest.mark.parametrize(
    ("waits", "deploys"),
    [
        (("2026-03-21T12:00",), "2026-03-22T01:30"),
        # 02:00 becomes 03:00 on 29 March 2026, so this Sunday has no window.
        (("2026-03-28T12:00", "2026-03-29T00:30", "2026-03-29T01:30"), "2026-04-05T00:30"),
        # 03:00 becomes 02:00 on 25 October 2026, so this Sunday has it twice.
        (("2026-10-24T12:00", "2026-10-24T23:30"), "2026-10-25T00:30"),
        (("2026-10-24T12:00", "2026-10-24T23:30"), "2026-10-25T01:30"),
    ],
)
def test_summer_time_moves_the_window(story: Story, waits: tuple[str, ...], deploys: str) -> None:
    story.tell(*LIVE, ON_SUNDAYS)
    at(story, waits[0])
    story.run(reissue=["contracts"])
    for moment in waits[1:]:
        at(story, moment)
    assert state(story) == WAITS
    at(story, deploys)
    assert story.outcome == ("deployed", None)


def test_a_zone_has_its_own_saturday(story: Story) -> None:
    story.tell(*LIVE, ON_SATURDAYS)
    at(story, "2026-06-06T12:00")
    story.run(reissue=["contracts"])
    assert state(story) == WAITS
    assert "2026-06-06 22:00 Asia/Shanghai" in story.row()["msg"]
    at(story, "2026-06-06T14:00")
    assert story.outcome == ("deployed", None)


@pytest.mark.parametrize("number", range(1, 31))
def test_run_that_is_killed_in_the_window_is_completed_without_a_second_switch(story: Story, number: int) -> None:
    story.tell(*LIVE, NIGHTLY, DUE)
    at(story, "12:00")
    story.world.clock.pass_by(14 * HOUR)
    story.tell(f"A run is killed at its step {number}.")
    live = story.serves()
    story.world.clock.pass_by(4 * HOUR)
    story.tell(RUNS)
    assert story.serves() == live
    at(story, "02:00")
    assert (story.serves(), story.charged) == ("order 2", 2)


def test_certificate_that_was_rolled_back_is_tried_again_in_the_next_window(story: Story) -> None:
    story.tell(
        *LIVE, NIGHTLY, f"A person wants {CONTRACTS} to reload a service.", "The service of alpha is broken.", DUE
    )
    at(story, "02:30")
    assert story.outcome == ("failed", "reload_failed")
    story.tell("The service of alpha is repaired.")
    at(story, "12:00")
    assert state(story)[1] == "window"
    at(story, "02:30")
    assert (story.outcome, story.serves()) == (("deployed", None), "order 2")
