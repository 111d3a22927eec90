# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Given a way to WoTrus that repeats and delays requests, or another account's token: what is paid and live."""

from __future__ import annotations

import pytest

from . import network
from .inventory import Certificate
from .story import A_DAY, AT_ONCE, BY_HAND, CONTRACTS, DUE, LIVE, RECORD_LOST, REISSUED, RUNS, WANTED, Story, wanted

IN_ANOTHER_ACCOUNT = "The role runs with the token of another account."
INVOICES = Certificate("invoices", "alpha")


def arrives(endpoint: str, how: str) -> str:
    """Return the sentence of what becomes of the next request."""
    return f"The next request to {endpoint} arrives {how}."


@pytest.mark.parametrize("repeat", ["adopted", "refused", "refused with id", "new if dead"])
@pytest.mark.parametrize("how", [network.FIRST, network.SECOND])
def test_order_that_arrives_twice_is_paid_once(story: Story, how: str, repeat: str) -> None:
    story.tell(f"The CA reads repeat as {repeat}.", WANTED, arrives("create", how), RUNS)

    assert story.charged == 1
    assert story.row()["charged"] != "no"
    if story.row()["result"] == "deployed":
        assert story.serves() == "order 1"
    else:
        assert not story.last.result.is_green


@pytest.mark.parametrize("late", network.LATE)
def test_order_that_arrives_late_is_paid_once(story: Story, late: str) -> None:
    story.tell(WANTED, arrives("create", late), RUNS)
    # Its tries have one value, so the second placed the order, and the first finds it.
    assert (story.charged, story.serves()) == (1, "order 1")

    story.tell(A_DAY, A_DAY, RUNS)
    assert (story.charged, story.last.result.is_green) == (1, True)


def test_reissue_that_arrives_late_is_no_second_one(story: Story) -> None:
    story.tell(*LIVE, A_DAY, arrives("reissue", "an hour late"), REISSUED)
    assert story.serves() == "order 2"

    story.tell(A_DAY, RUNS)
    assert (len(story.world.ca.known()), story.serves(), story.last.result.is_green) == (2, "order 2", True)


@pytest.mark.parametrize("revokes", [False, True])
def test_end_of_an_order_that_arrives_late_ends_no_other(story: Story, *, revokes: bool) -> None:
    story.tell(*(LIVE if revokes else (BY_HAND, WANTED, RUNS)))
    story.tell(arrives("revoke" if revokes else "cancel", "an hour late"))
    assert [row["result"] for row in story.end("contracts", revokes=revokes).rows] == [
        "revoked" if revokes else "cancelled"
    ]

    # The second try ended it, and what replaces it is not what the first try was about.
    story.tell(f"A person adds order 1 to replace_orders of {CONTRACTS}.", AT_ONCE, RUNS)
    story.tell(A_DAY, RUNS)
    assert (story.charged, story.status(2), story.serves()) == (2, "issued", "order 2")


@pytest.mark.parametrize("endpoint", ["create", "query", "retrieve"])
def test_outage_of_one_endpoint_costs_nothing_and_is_red(story: Story, endpoint: str) -> None:
    story.tell(WANTED, f"The endpoint {endpoint} is down.", RUNS)
    assert story.charged == (endpoint != "create")
    assert story.serves() is None
    story.tell(RUNS)
    assert (story.row()["result"], story.last.result.is_green) == ("failed", False)

    story.tell(f"The endpoint {endpoint} is up.", RUNS)
    assert (story.charged, story.serves(), story.last.result.is_green) == (1, "order 1", True)


def test_outage_of_create_stops_no_certificate_that_needs_none(story: Story) -> None:
    story.tell(BY_HAND, WANTED, RUNS, "The CA approves order 1.", wanted(certificate=INVOICES))
    story.tell("The endpoint create is down.", RUNS)

    assert (story.row()["result"], story.serves()) == ("deployed", "order 1")
    assert story.row(INVOICES)["result"] == "failed"
    assert not story.last.result.is_green


def test_live_certificate_is_kept_and_nothing_is_paid_with_the_token_of_another_account(story: Story) -> None:
    story.tell(*LIVE, DUE, IN_ANOTHER_ACCOUNT)

    assert (story.charged, story.serves()) == (1, "order 1")
    assert story.outcome == ("blocked", "order_unknown")
    assert "Check that wotrus_api_token is of the account" in story.row()["next_step"]
    assert not story.last.result.is_green

    story.tell(RUNS)
    assert (story.charged, story.serves(), story.last.result.is_green) == (2, "order 2", True)


def test_order_of_another_account_is_paid_and_the_right_token_says_how_to_leave_it(story: Story) -> None:
    story.tell(WANTED, IN_ANOTHER_ACCOUNT)
    assert (story.charged, story.serves()) == (1, "order 1")

    story.tell(RUNS)
    # What is live is valid, and nothing is sent.
    assert (story.charged, story.serves()) == (1, "order 1")
    story.tell(DUE, RUNS)
    assert (story.charged, story.outcome) == (1, ("blocked", "order_unknown"))
    assert not story.last.result.is_green


def test_first_order_of_another_account_is_reported_and_within_the_limit(story: Story) -> None:
    story.tell(*LIVE, RECORD_LOST)
    story.world.inventory.variables["max_charged_orders"] = 0
    story.tell(IN_ANOTHER_ACCOUNT)
    assert (story.charged, story.serves(), story.row()["error_code"]) == (1, "order 1", "order_limit")

    # The other account knows nothing of the value.
    story.world.inventory.variables["max_charged_orders"] = 1
    story.tell(IN_ANOTHER_ACCOUNT)
    assert (story.charged, story.row()["charged"]) == (2, "yes")
