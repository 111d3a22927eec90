# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Given a plan that a person approved, what is done, and when nothing is."""

from __future__ import annotations

from typing import Any

import pytest

from .inventory import Certificate
from .story import AT_ONCE, CONTRACTS, RUNS, WANTED, Story, wanted

APPROVED = "A person approves the plan of now."
APPLIED = "The approved plan is applied."
MAIL_CHANGED = f"A person sets extra and the e-mail address of {CONTRACTS}."
CHAIN_ENDS = ("It is 60 days later.", "It is 60 days later.", "It is 6 days later.")


def rows(story: Story) -> list[dict[str, Any]]:
    """Return the rows of the approved plan of a host, which a test may change."""
    assert story.world.approved is not None
    found: list[dict[str, Any]] = story.world.approved[0]["alpha"]
    return found


def test_approved_plan_is_done_whatever_the_limits_are(story: Story) -> None:
    many = [Certificate(f"c{number}", "alpha") for number in range(3)]
    story.tell(AT_ONCE, "The CA reads reissue_id as new.", "The intermediate of the CA ends in 150 days.")
    story.world.inventory.variables.update(max_charged_orders=1, max_reissues=1)

    story.tell(*(wanted(certificate=one) for one in many), RUNS)
    assert story.charged == 0
    story.tell(APPROVED, APPLIED)
    assert {story.row(one)["result"] for one in many} == {"deployed"}
    assert story.charged == 3

    story.tell(*CHAIN_ENDS, APPROVED, APPLIED)
    assert story.sent == ["reissue"] * 3
    assert story.charged == 3


@pytest.mark.parametrize("lost", ["fingerprint", "its HMACs", "one of them"])
def test_plan_that_has_lost_its_hmacs_sends_nothing(story: Story, lost: str) -> None:
    story.tell(AT_ONCE, WANTED, APPROVED, MAIL_CHANGED)
    (row,) = rows(story)
    if lost == "fingerprint":
        del row["fingerprint"]
    elif lost == "its HMACs":
        row["fingerprint"] = {}
    else:
        del row["fingerprint"]["organization"], row["fingerprint"]["extra"]

    story.tell(APPLIED)

    assert story.sent == []
    assert "Make a new plan." in story.last.result.failed["alpha"]
    story.tell(APPROVED, APPLIED)
    assert story.charged == 1


def test_approved_plan_is_applied_for_thirty_days(story: Story) -> None:
    story.tell(AT_ONCE, WANTED, APPROVED, "It is 20 days later.", "It is 6 days later.", APPLIED)
    assert story.charged == 1

    story.tell(wanted(certificate=Certificate("late", "alpha")), APPROVED, "It is 20 days later.")
    story.tell("It is 6 days later.", "It is 6 days later.", APPLIED)
    assert story.charged == 1
    assert "wotrus_max_plan_age_days is 30" in story.last.result.failed["alpha"]


def test_time_of_a_plan_cannot_be_changed(story: Story) -> None:
    story.tell(AT_ONCE, WANTED, APPROVED, "It is 20 days later.", "It is 20 days later.")
    (row,) = rows(story)
    row["planned_at"] = "2099-01-01T00:00:00Z"

    story.tell(APPLIED)

    assert story.charged == 0
    assert "alpha: contracts: planned_at" in story.last.result.failed["alpha"]


@pytest.mark.parametrize("meanwhile", ["after a day", "after another run"])
def test_plan_that_is_applied_twice_is_paid_once(story: Story, meanwhile: str) -> None:
    story.tell(WANTED, f"A person approves the plan of now, and applies it twice, {meanwhile}.")

    assert (story.charged, story.serves(), story.sent.count("create")) == (1, "order 1", 1)


@pytest.mark.parametrize("meanwhile", ["after 60 days", "after each host got another city"])
def test_plan_of_something_else_than_now_is_done_in_none_of_two_runs(story: Story, meanwhile: str) -> None:
    story.tell(WANTED, f"A person approves the plan of now, and applies it twice, {meanwhile}.")

    assert story.charged == 0
    assert [seen.result.is_green for seen in story.runs] == [False, False]


def test_plan_after_its_host_lost_its_disk_pays_nothing_more(story: Story) -> None:
    story.tell(WANTED, RUNS, "It is 340 days later.", APPROVED, "The disk of alpha is lost.", APPLIED)

    assert story.charged == 1
    assert not story.last.result.is_green
    story.tell(RUNS)
    assert story.charged == 2


def test_plan_of_a_host_that_was_renamed_is_done_for_no_other(story: Story) -> None:
    story.tell(WANTED, wanted(certificate=Certificate("invoices", "beta")), APPROVED)
    story.tell("beta is renamed to delta", APPLIED)

    assert story.charged <= 1
    assert story.world.live(Certificate("invoices", "delta")) is None
