# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An order that Query calls closed while its certificate is live, valid and not due is no reason to act."""

from __future__ import annotations

import pytest

from .clock import DAY
from .history import END
from .inventory import IN_TOKEN
from .story import A_DAY, CONTRACTS, DISK_LOST, DUE, KEY_LOST, LIVE, RECORD_LOST, REISSUED, RUNS, Story, wanted
from .test_pairs import queries

ARCHIVED = "The CA reads archive as closed after 30 days."
WITHOUT = "The CA reads archive as closed after 30 days, without its certificate."
LATER = "It is 60 days later."
# Query does not say of a closed order whether it was revoked before: a warning.
UNKNOWN = "revocation_unknown"


@pytest.mark.parametrize("reading", [ARCHIVED, WITHOUT])
@pytest.mark.parametrize("kind", ["host", "provided", "ukey", "sm2"])
def test_archived_order_is_green_for_a_year_and_asks_one_question_a_run(story: Story, reading: str, kind: str) -> None:
    story.tell(reading, wanted(kind), RUNS)
    story.tell("It is 6 days later.")
    for _month in range(11):
        story.tell("It is 20 days later.", A_DAY, "It is 6 days later.", RUNS)
        assert story.outcome == ("unchanged", UNKNOWN)
        assert story.last.result.is_green
        assert len(queries(story)) == (2 if kind == "sm2" else 1)

    assert story.charged == 1


def test_archived_order_is_renewed_on_its_day(story: Story) -> None:
    story.tell(ARCHIVED, *LIVE, DUE, RUNS)

    assert story.reason == ("renew", "expiring")
    assert (story.serves(), story.charged) == ("order 2", 2)


def test_archived_order_whose_certificate_is_gone_is_renewed_once_its_term_is_over(story: Story) -> None:
    story.tell(WITHOUT, *LIVE, DUE, RUNS)
    # A person may replace it earlier.
    assert story.outcome == ("blocked", "order_dead")
    assert (story.serves(), story.charged) == ("order 1", 1)

    story.tell("It is 20 days later.", "It is 6 days later.", RUNS)

    assert story.reason == ("renew", "expired")
    assert (story.serves(), story.charged) == ("order 2", 2)


@pytest.mark.parametrize("lost", [RECORD_LOST, DISK_LOST, KEY_LOST, f"The chain of {CONTRACTS} is damaged."])
@pytest.mark.parametrize("reading", [ARCHIVED, WITHOUT])
def test_what_is_lost_of_an_archived_order_comes_back_for_nothing(story: Story, lost: str, reading: str) -> None:
    story.tell(reading, *LIVE, LATER, lost)

    story.tell(RUNS)

    if reading == ARCHIVED:
        assert story.outcome == ("deployed", None)
        assert story.serves() is not None
    else:
        assert story.outcome == ("blocked", "order_dead")
        free = "from a backup" if lost not in (RECORD_LOST, DISK_LOST) else "order_id in the entry"
        assert free in story.row()["next_step"].partition("replace_orders")[0]
    assert story.charged == 1


@pytest.mark.parametrize("reading", [ARCHIVED, WITHOUT])
def test_token_of_an_archived_ukey_is_no_wait_for_what_cannot_come(story: Story, reading: str) -> None:
    story.tell(reading, wanted("ukey"), RUNS, LATER)
    story.entry()["key"]["pkcs11"] = IN_TOKEN["pkcs11"]

    story.tell(RUNS, A_DAY, RUNS)

    assert (story.outcome, story.last.result.is_green, story.charged) == (("unchanged", UNKNOWN), True, 1)


def test_change_of_an_archived_order_is_reissued(story: Story) -> None:
    story.tell(ARCHIVED, *LIVE, LATER, REISSUED)

    assert (story.serves(), story.charged) == ("order 2", 1)
    story.tell(LATER, RUNS)
    assert story.outcome == ("unchanged", UNKNOWN)


def test_revoked_order_is_a_reason_to_act(story: Story) -> None:
    story.tell(ARCHIVED, *LIVE, LATER, "The CA revokes order 1.", RUNS)

    assert story.outcome == ("blocked", "order_dead")


@pytest.mark.parametrize(("reading", "place"), [(ARCHIVED, "controller"), (ARCHIVED, "hosts"), (WITHOUT, "hosts")])
def test_archived_order_is_no_warning_where_revocation_is_checked(story: Story, reading: str, place: str) -> None:
    story.tell(reading, *LIVE, LATER, f"A person sets wotrus_check_revocation to {place}.", RUNS)

    assert story.outcome == ("unchanged", None)


@pytest.mark.parametrize("place", ["off", "controller", "hosts"])
def test_a_certificate_that_was_revoked_before_its_order_was_closed_is_no_good_news(story: Story, place: str) -> None:
    story.tell(*LIVE, f"A person sets wotrus_check_revocation to {place}.", "The CA revokes order 1.", RUNS)
    story.tell("The CA closes order 1.", RUNS)

    if place != "hosts":
        # The controller checks what WoTrus sends, and it sends nothing more.
        assert (story.row()["alarm"], story.row()["error_code"]) == ("warning", UNKNOWN)
        assert "set it to hosts" in story.row()["next_step"]
    else:
        assert (story.row()["revocation"], story.row()["alarm"]) == ("revoked", "failure")
        assert not story.last.result.is_green


@pytest.mark.parametrize("reading", [ARCHIVED, WITHOUT])
@pytest.mark.parametrize("event", [KEY_LOST, DISK_LOST, RECORD_LOST])
def test_persons_get_out(story: Story, reading: str, event: str) -> None:
    story.tell(reading, *LIVE, LATER, event, END)

    assert story.charged == (1 if reading == ARCHIVED else story.charged)
    assert story.live().not_valid_after_utc.timestamp() > story.world.clock.now() + DAY
