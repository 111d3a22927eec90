# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Given what readers of a signature see of the live certificate, what a run says."""

from __future__ import annotations

import pytest

from .inventory import Certificate
from .process import Step
from .story import AT_ONCE, BY_HAND, DUE, LIVE, RUNS, Story, wanted

OF_BETA = Certificate("invoices", "beta")
PLACES = ("controller", "hosts")
REVOKED = "Readers see the intermediates of the CA as revoked."
DOWN = "The addresses of the CA for readers are down."


def checks(place: str) -> str:
    return f"A person sets wotrus_check_revocation to {place}."


@pytest.mark.parametrize("place", PLACES)
def test_revoked_intermediate_fails_each_run_until_it_is_replaced(story: Story, place: str) -> None:
    story.tell(*LIVE, checks(place), RUNS)
    assert (story.row()["revocation"], story.row()["alarm"]) == ("good", None)

    story.tell(REVOKED, RUNS)

    assert not story.last.result.is_green
    assert story.outcome == ("unchanged", "issuer_revoked")
    assert [one["state"] for one in story.row()["revocation_answers"]] == ["good", "revoked"]


@pytest.mark.parametrize("place", PLACES)
def test_addresses_that_do_not_answer_are_a_warning(story: Story, place: str) -> None:
    story.tell(*LIVE, checks(place), DOWN, RUNS)

    assert story.last.result.is_green
    assert (story.row()["alarm"], story.row()["error_code"]) == ("warning", "revocation_unknown")
    assert "http://revocation.example/ocsp" in story.summary


@pytest.mark.parametrize("place", PLACES)
def test_new_certificate_is_checked_in_the_run_that_deploys_it(story: Story, place: str) -> None:
    story.tell(checks(place), REVOKED, *LIVE)

    assert story.outcome == ("deployed", "issuer_revoked")
    assert not story.last.result.is_green


@pytest.mark.parametrize("place", PLACES)
def test_certificate_that_comes_while_a_run_waits_is_checked(story: Story, place: str) -> None:
    story.tell(BY_HAND, *LIVE, checks(place), REVOKED)
    story.order_is("approve")
    story.tell(AT_ONCE, RUNS)

    assert (story.outcome, story.last.result.is_green) == (("deployed", "issuer_revoked"), False)


@pytest.mark.parametrize("place", PLACES)
def test_a_pending_renewal_does_not_hide_a_revoked_path(story: Story, place: str) -> None:
    story.tell(*LIVE, checks(place), BY_HAND, DUE, REVOKED, RUNS)

    assert (story.outcome, story.last.result.is_green) == (("waiting", "issuer_revoked"), False)


def test_order_that_a_record_claims_is_not_moved(story: Story) -> None:
    story.tell(*LIVE, checks("controller"), BY_HAND, wanted("host", OF_BETA), RUNS)
    story.order_is("approve", 2)
    claimed = story.newest.id
    story.claim(live={**story.record()["live"], "order_id": claimed, "root_order_id": claimed})

    story.run("alpha", predict=False)

    assert claimed not in story.world.ca.fetched_at


def test_certificate_that_cannot_be_fetched_is_not_taken_for_a_good_one(story: Story) -> None:
    story.tell(*LIVE, checks("controller"))

    story.run(fails=lambda kind, what: kind is Step.CALL and what.startswith("retrieve"))

    assert (story.row()["alarm"], story.row()["error_code"]) == ("warning", "revocation_unknown")


def test_without_the_check_nothing_is_asked(story: Story) -> None:
    story.tell(*LIVE, DOWN, REVOKED, RUNS)

    assert story.last.result.is_green
    assert (story.row()["revocation"], story.row()["revocation_answers"]) == (None, None)
