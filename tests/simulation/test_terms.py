# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Given certificates that are shorter than the term that was paid, one order is paid for each term."""

from __future__ import annotations

import pytest

from .clock import DAY
from .story import A_DAY, AT_ONCE, BY_HAND, CONTRACTS, DUE, LIVE, REISSUED, RUNS, Story, wanted

WEEK = 7


def term_is(story: Story, months: int, lifetime: int, *, kind: str = "host", end: str = "the term's") -> Story:
    """Let a certificate be wanted, whose certificates are valid for so many days."""
    story.tell(AT_ONCE, f"The CA reads lifetime as {lifetime} days.", f"The CA reads reissue_end as {end}.")
    story.tell(wanted(kind))
    story.entry()["months"] = months
    return story.tell(RUNS)


def days_pass(story: Story, days: int, *, step: int = WEEK) -> None:
    """Let the role run every so many days; each run is green."""
    for _number in range(0, days, step):
        story.world.clock.pass_by(step * DAY)
        story.tell(RUNS)
        assert story.last.result.is_green, story.world.log[-12:]
        assert story.live().not_valid_after_utc.timestamp() > story.world.clock.now()


def reissues(story: Story) -> int:
    """Return how many reissues WoTrus has."""
    return sum(one.endpoint == "reissue" and one.is_new for one in story.world.ca.requests)


@pytest.mark.parametrize("reissue_id", ["new", "same", "null"])
@pytest.mark.parametrize(
    ("months", "lifetime", "most"), [(24, 200, 3), (24, 398, 1), (24, 460, 1), (12, 90, 5), (12, 100, 4), (12, 200, 1)]
)
def test_one_order_lasts_to_the_end_of_its_term(
    story: Story, months: int, lifetime: int, most: int, reissue_id: str
) -> None:
    story.tell(f"The CA reads reissue_id as {reissue_id}.")
    term_is(story, months, lifetime)

    # Ends within 31 days of each other are one, and a renewal comes 30 days before it.
    days_pass(story, months * 30 - 66)
    assert story.charged == 1
    assert 1 <= reissues(story) <= most

    days_pass(story, 90)
    assert story.charged == 2


@pytest.mark.parametrize("kind", ["provided", "pkcs11", "external"])
@pytest.mark.parametrize("reissue_id", ["new", "same", "null"])
def test_keys_that_stay_are_certified_again(story: Story, kind: str, reissue_id: str) -> None:
    story.tell(f"The CA reads reissue_id as {reissue_id}.")
    term_is(story, 24, 200, kind=kind)

    days_pass(story, 680)

    assert (story.charged, reissues(story)) == (1, 3)


@pytest.mark.parametrize("end", ["the old one's", "refused"])
def test_end_that_no_reissue_moves_on_is_left_to_a_person(story: Story, end: str) -> None:
    term_is(story, 24, 200, end="the old one's")
    days_pass(story, 168)
    if end == "refused":
        story.tell("The CA reads review as by hand.")
    story.world.clock.pass_by(WEEK * DAY)
    story.tell(RUNS)
    if end == "refused":
        story.tell("The CA rejects order 2.", RUNS)

    for _run in range(3):
        story.tell("It is a day later.", RUNS)
        assert story.outcome == ("blocked", "no_later_end")
        assert "days of the paid term are left" in story.row()["msg"]
    assert (story.charged, reissues(story)) == (1, 1)


def test_reissue_that_wotrus_refuses_is_left_to_a_person(story: Story) -> None:
    term_is(story, 24, 200, end="the old one's")
    days_pass(story, 168)
    story.world.clock.pass_by(40 * DAY)

    for _run in range(3):
        story.tell(RUNS)
        assert story.outcome == ("failed", "no_later_end")
        assert "证书已过期，不能重新颁发" in story.row()["msg"]
        assert "days of the paid term are left" in story.row()["msg"]
    assert (story.charged, reissues(story)) == (1, 0)


# ---- time that WoTrus does not give, or gives wrongly


@pytest.mark.parametrize("days", ["60", "400", "-400"])
def test_date_that_jumps_follows_and_reissues_nothing(story: Story, days: str) -> None:
    story.tell(AT_ONCE, *LIVE, "It is 150 days later.", RUNS)

    story.tell(f"The Date of the CA is {days} days ahead.", "It is 150 days later.", "It is 20 days later.")
    for _run in range(3):
        story.tell("It is 6 days later.", RUNS)

    # The end of the certificate is not missed, whichever clock is right.
    assert (story.charged, reissues(story)) == (1, 0)
    assert story.outcome == ("blocked", "ca_time_unknown")
    assert "more than two days apart" in story.row()["msg"] or "when order" in story.row()["msg"]


@pytest.mark.parametrize("short", ["backdated as 200 days", "lifetime as 100 days"])
@pytest.mark.parametrize(
    "unclear",
    [
        "duration as years",
        "duration as days",
        "odd_field as duration",
        *(f"create_time as {word}" for word in ("empty", "1900", "1970", "year 1", "moved", "blank", "milliseconds")),
    ],
)
def test_short_certificate_of_an_unclear_term_is_not_bought_again(story: Story, unclear: str, short: str) -> None:
    story.tell(AT_ONCE, f"The CA reads {unclear}.", f"The CA reads {short}.", *LIVE)

    for _run in range(10):
        story.tell("It is 20 days later.", RUNS, RUNS)

    assert story.charged == 1


@pytest.mark.parametrize("create_time", ["empty", "1900", "1970", "year 1", "blank", "milliseconds"])
def test_order_without_a_time_is_followed_by_a_person(story: Story, create_time: str) -> None:
    story.tell(f"The CA reads create_time as {create_time}.", AT_ONCE, *LIVE, DUE, RUNS, A_DAY, RUNS)
    assert story.outcome == ("blocked", "ca_time_unknown")
    assert story.charged == 1

    story.tell(f"A person adds order 1 to replace_orders of {CONTRACTS}.", RUNS, A_DAY, RUNS)
    assert (story.charged, story.serves()) == (2, "order 2")


# ---- kills, reviews, missed runs and lost records


@pytest.mark.parametrize("number", range(1, 40, 3))
@pytest.mark.parametrize("reissue_id", ["new", "same"])
def test_killed_reissue_of_a_certificate_that_ends_is_one_reissue(story: Story, reissue_id: str, number: int) -> None:
    story.tell(f"The CA reads reissue_id as {reissue_id}.")
    term_is(story, 24, 200, kind="provided")
    days_pass(story, 168)

    story.tell("It is 6 days later.", f"A run is killed at its step {number}.", RUNS)

    assert story.last.result.is_green
    assert (story.charged, reissues(story)) == (1, 1)
    assert (story.live().not_valid_after_utc.timestamp() - story.world.clock.now()) > 150 * DAY


@pytest.mark.parametrize("reissue_id", ["new", "same"])
def test_reissue_that_is_reviewed_for_weeks_is_one_reissue(story: Story, reissue_id: str) -> None:
    story.tell(f"The CA reads reissue_id as {reissue_id}.")
    term_is(story, 24, 200)
    story.tell(BY_HAND)
    days_pass(story, 189)
    assert story.row()["result"] == "waiting"

    story.order_is("approve", 2 if reissue_id == "new" else 1)
    days_pass(story, 14)

    assert (story.charged, reissues(story)) == (1, 1)


@pytest.mark.parametrize("reissue_id", ["new", "same", "null"])
@pytest.mark.parametrize("day", [165, 345, 500, 690])
def test_month_without_a_run_costs_no_order(story: Story, day: int, reissue_id: str) -> None:
    story.tell(f"The CA reads reissue_id as {reissue_id}.")
    term_is(story, 24, 200)
    days_pass(story, day - day % WEEK)

    story.world.clock.pass_by(35 * DAY)
    story.tell(RUNS, A_DAY, RUNS)
    assert story.last.result.is_green, story.world.log[-12:]
    days_pass(story, max(695 - day - 35, 0))

    assert story.charged == (2 if day == 690 else 1)


@pytest.mark.parametrize("reissue_id", ["new", "same"])
@pytest.mark.parametrize("lost", ["The record of contracts@alpha is lost.", "The disk of alpha is lost."])
@pytest.mark.parametrize("kind", ["host", "provided"])
def test_lost_record_within_a_term_costs_no_order(story: Story, kind: str, lost: str, reissue_id: str) -> None:
    story.tell(f"The CA reads reissue_id as {reissue_id}.")
    term_is(story, 24, 200, kind=kind)
    for _loss in range(3):
        days_pass(story, 182)
        story.tell(lost, RUNS)
        for _run in range(3):
            story.tell(A_DAY, RUNS)
        assert story.last.result.is_green, story.world.log[-12:]

    assert story.charged == 1


@pytest.mark.parametrize("kind", ["provided", "pkcs11", "external"])
def test_lost_record_does_not_bring_an_older_certificate_back(story: Story, kind: str) -> None:
    story.tell("The CA reads reissue_end as a new one's.", AT_ONCE, wanted(kind), RUNS, "It is 60 days later.")
    story.tell(f"A person moves {CONTRACTS} to Beijing.", RUNS)
    before = story.live().serial_number

    story.tell(f"The record of {CONTRACTS} is lost.", RUNS, A_DAY, RUNS)

    assert story.live().serial_number == before
    assert story.charged == 1
    if story.outcome != ("unchanged", None):
        assert story.outcome == ("blocked", "live_unrecorded")
        story.tell(f"A person names order 2 and its root in the entry of {CONTRACTS}.", RUNS, A_DAY, RUNS)
        assert story.last.result.is_green
    assert story.live().serial_number == before


def test_record_that_claims_an_unmoved_end_buys_nothing(story: Story) -> None:
    story.tell(AT_ONCE, *LIVE, "It is 60 days later.")
    story.claim(live={**story.record()["live"], "ended_not_after": "2099-01-01T00:00:00Z"})

    story.tell(RUNS)

    assert story.charged == 1
    assert story.outcome == ("blocked", "no_later_end")


def test_reissue_that_a_record_calls_a_purchase_is_known_from_the_journal(story: Story) -> None:
    story.tell("The CA reads reissue_end as a new one's.", AT_ONCE, *LIVE, "It is 60 days later.", REISSUED)
    live = story.record()["live"]
    assert story.serves() == "order 2"
    story.claim(live={**live, "root_order_id": live["order_id"]})

    story.tell(DUE, RUNS)

    assert story.outcome == ("failed", "order_mismatch")
    assert story.world.ca.by_number(1).id in story.row()["next_step"]
    assert story.charged == 1
