# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue of readings: a year under each of them, and what a user notices of those that hurt."""

from __future__ import annotations

import re

import pytest

from tests.tools import manual_map

from .clock import DAY
from .inventory import Certificate
from .process import Step
from .readings import CATALOGUE, NOT_READ, READINGS
from .story import A_DAY, AT_ONCE, BY_HAND, CONTRACTS, DUE, LIVE, REISSUED, RUNS, Story, wanted
from .test_terms import days_pass, reissues, term_is

OF_BETA = Certificate("invoices", "beta")
TO_BEIJING = f"A person moves {CONTRACTS} to Beijing."
TO_SHENZHEN = f"A person moves {CONTRACTS} to Shenzhen."
IN_PLACE = "The CA reads reissue_id as same."

_NO_TIME = ("blocked", "ca_time_unknown", 1)
OTHERWISE = {
    "payment later": ("waiting", "waiting_too_long", 1),
    "arrival rejected": ("blocked", "order_dead", 1),
    # Nobody ran the role while its certificate was valid.
    **dict.fromkeys((f"lifetime {days} days" for days in (90, 100, 200)), ("blocked", "root_unknown", 1)),
    "date missing": _NO_TIME,
    "date_ahead 94608000": _NO_TIME,
    "date_ahead -94608000": _NO_TIME,
    **dict.fromkeys(
        (f"create_time {word}" for word in ("empty", "1900", "1970", "year 1", "blank", "milliseconds")), _NO_TIME
    ),
    "create_answer none": ("failed", "bad_answer", 1),
    "replaced_order unknown": ("blocked", "root_unknown", 1),
    "replaced_order answers new": ("blocked", "root_unknown", 1),
    "names corrected in certificates": ("unchanged", "other_name", 2),
    "names with an e-mail address": ("unchanged", "other_name", 2),
    "archive closed after 30 days, without its certificate": ("blocked", "order_dead", 1),
}
"""How a year ends under a reading, if not with a renewal that is live: the result, its error code, and the orders."""

WORDS = [(name, word) for name, words in READINGS.items() for word in words[1:]]


def test_each_reading_is_of_a_statement_of_the_manual() -> None:
    statements = manual_map.load()

    assert sorted(CATALOGUE) == sorted(READINGS)
    named = {one for _says, ids in CATALOGUE.values() for one in ids}
    assert all(ids for _says, ids in CATALOGUE.values())
    assert sorted({*named, *NOT_READ} - {*statements}) == []
    is_open = [one.id for one in statements.values() if one.either_way and re.match(r"[2-7]\.", one.id)]
    assert [one for one in is_open if (one in named) == (one in NOT_READ)] == []


# ---- a year


@pytest.mark.parametrize(("name", "word"), WORDS, ids=[f"{name} {word}" for name, word in WORDS])
def test_a_year_under_each_reading(story: Story, name: str, word: str) -> None:
    story.tell(f"The CA reads {name} as {word}.", *LIVE, A_DAY, REISSUED, A_DAY, RUNS, DUE, *(RUNS, A_DAY) * 3, RUNS)

    assert (*story.outcome, story.charged) == OTHERWISE.get(f"{name} {word}", ("unchanged", None, 2))


# ---- terms and certificates


@pytest.mark.parametrize("length", ["calendar", "30 days", "365 days a year"])
@pytest.mark.parametrize("months", [12, 24])
def test_one_order_lasts_a_term_whatever_a_month_is(story: Story, months: int, length: str) -> None:
    story.tell(f"The CA reads months as {length}.")
    term_is(story, months, 460)

    days_pass(story, months * 30 - 66, step=14)
    assert story.charged == 1
    days_pass(story, 91)
    assert story.charged == 2


@pytest.mark.parametrize("hour", ["half past midnight", "noon"])
@pytest.mark.parametrize("lifetime", [200, 398])
@pytest.mark.parametrize("months", [12, 24])
def test_term_that_begins_on_a_leap_day_is_paid_once(story: Story, months: int, lifetime: int, hour: str) -> None:
    story.tell(f"It is {hour} in China on the next 29 February.")
    term_is(story, months, lifetime)

    days_pass(story, months * 30 - 66, step=14)
    assert story.charged == 1
    days_pass(story, 91)
    assert story.charged == 2


@pytest.mark.parametrize("kind", ["host", "provided", "ukey"])
@pytest.mark.parametrize(("months", "lifetime"), [(12, 100), (24, 200), (24, 398)])
def test_certificate_that_wotrus_issued_anew_is_deployed_for_nothing(
    story: Story, months: int, lifetime: int, kind: str
) -> None:
    story.tell("The CA reads own_reissue as at half of its life.")
    term_is(story, months, lifetime, kind=kind)

    days_pass(story, months * 30 - 66, step=14)

    assert (story.charged, reissues(story), story.serves()) == (1, 0, "order 1")


@pytest.mark.parametrize("kind", ["host", "ukey", "provided"])
def test_certificate_of_another_order_is_not_deployed(story: Story, kind: str) -> None:
    story.tell("The CA reads retrieved as another order's for a day.", *LIVE, wanted(kind, OF_BETA), RUNS)
    assert story.serves(OF_BETA) is None
    assert story.row(OF_BETA)["result"] == "failed"
    assert not story.last.result.is_green

    story.tell(A_DAY, RUNS)

    assert (story.serves(), story.serves(OF_BETA), story.charged) == ("order 1", "order 2", 2)


@pytest.mark.parametrize("reissue_id", ["same", "null"])
def test_certificates_that_alternate_do_not_alternate_on_the_host(story: Story, reissue_id: str) -> None:
    story.tell("The CA reads retrieved as old and new by turns.", f"The CA reads reissue_id as {reissue_id}.", *LIVE)
    story.tell(TO_BEIJING, RUNS, A_DAY, RUNS)
    newest = story.live().serial_number
    assert story.world.ca.store.certificates(story.newest.id)[-1].serial == f"{newest:X}"

    for _day in range(4):
        story.tell("It is 6 days later.", RUNS, RUNS)
        assert story.outcome == ("unchanged", None)
        assert story.live().serial_number == newest
    assert (story.charged, reissues(story)) == (1, 1)


def test_repair_does_not_bring_an_older_certificate_back(story: Story) -> None:
    story.tell("The CA reads retrieved as old and new by turns.", IN_PLACE, *LIVE, TO_BEIJING, RUNS, RUNS)
    newest = story.live().serial_number
    assert f"{newest:X}" == story.world.ca.store.certificates(story.newest.id)[-1].serial

    for _loss in range(3):
        story.tell(f"The chain of {CONTRACTS} is damaged.", RUNS, RUNS, RUNS)
        assert (story.outcome, story.live().serial_number) == (("unchanged", None), newest)
    assert (story.charged, reissues(story)) == (1, 1)


def test_renewal_of_a_certificate_that_retrieve_pem_gives_no_more(story: Story) -> None:
    story.tell("The CA reads expired_certificate as refused.", *LIVE, "It is 400 days later.", RUNS, A_DAY, RUNS)

    assert (story.outcome, story.serves(), story.charged) == (("unchanged", None), "order 2", 2)


@pytest.mark.parametrize("how", READINGS["subjects"][1:])
def test_names_that_are_written_otherwise_in_subjects_are_the_same(story: Story, how: str) -> None:
    story.tell(f"The CA reads subjects as {how}.", *LIVE, A_DAY, RUNS)

    assert (story.outcome, story.charged, reissues(story)) == (("unchanged", None), 1, 0)
    assert story.row()["alarm"] is None


# ---- requests that WoTrus calls failed, refuses, or counts for nothing


def test_reissue_that_was_stored_although_wotrus_calls_it_failed_is_one_reissue(story: Story) -> None:
    story.tell("The CA reads stored_but_failed as reissue.", *LIVE, TO_BEIJING, RUNS)
    assert (story.outcome, story.serves(), story.last.result.is_green) == (
        ("failed", "rejected_by_api"),
        "order 1",
        False,
    )

    story.tell(A_DAY, RUNS)

    assert (story.outcome, story.serves()) == (("deployed", None), "order 2")
    assert (story.charged, reissues(story)) == (1, 1)


@pytest.mark.parametrize("revokes", [False, True])
def test_end_that_was_stored_although_wotrus_calls_it_failed_is_done(story: Story, *, revokes: bool) -> None:
    story.tell(f"The CA reads stored_but_failed as {'revoke' if revokes else 'cancel'}.")
    story.tell(AT_ONCE if revokes else BY_HAND, *LIVE)

    assert story.end("contracts", revokes=revokes).failed
    assert story.status(1) == ("revoked" if revokes else "closed")

    # The person asks once more, and the next run says what to do.
    assert story.end("contracts", revokes=revokes).is_green
    story.tell(RUNS)
    assert (story.outcome, story.charged) == (("blocked", "order_dead"), 1)


def test_reissue_whose_value_counts_for_nothing_costs_reissues_and_no_order(story: Story) -> None:
    story.tell("The CA reads reissue_values as count for nothing.", *LIVE, TO_BEIJING)
    story.run(fails=lambda kind, what: kind is Step.ANSWER and what.startswith("reissue"))
    assert not story.last.result.is_green
    assert story.serves() == "order 1"
    before = reissues(story)

    story.tell(A_DAY, RUNS, A_DAY, RUNS)

    assert (story.outcome, story.serves()) == (("unchanged", None), f"order {story.newest.number}")
    assert (story.charged, reissues(story)) == (1, before + 1)


def test_reissue_after_the_last_that_wotrus_grants_keeps_what_is_live(story: Story) -> None:
    story.tell("The CA reads reissues as refused after the first.", *LIVE, TO_BEIJING, RUNS, TO_SHENZHEN)

    for _run in range(3):
        story.tell(A_DAY, RUNS)
        assert (story.outcome, story.serves()) == (("failed", "rejected_by_api"), "order 2")
        assert "重新颁发次数已用完" in story.row()["msg"]
    assert (story.charged, reissues(story)) == (1, 1)


@pytest.mark.parametrize(("granted", "number"), [("first", 1), ("third", 3)])
def test_short_certificates_whose_reissues_are_used_up_are_left_to_a_person(
    story: Story, granted: str, number: int
) -> None:
    story.tell(f"The CA reads reissues as refused after the {granted}.")
    term_is(story, 24, 100)
    while story.last.result.is_green:
        story.world.clock.pass_by(7 * DAY)
        story.tell(RUNS)

    story.tell(A_DAY, RUNS)

    assert story.row()["error_code"] == "no_later_end"
    assert "days of the paid term are left" in story.row()["msg"]
    assert (story.charged, reissues(story)) == (1, number)


@pytest.mark.parametrize("flags", ["numbers", "text"])
def test_flag_in_any_form_says_no(story: Story, flags: str) -> None:
    story.tell(f"The CA reads flags as {flags}.", BY_HAND, *LIVE)
    story.order_is("issue")

    assert "证书已签发" in story.end("contracts").failed["alpha"]
    story.tell("The CA reads reissues as refused.", RUNS, TO_BEIJING, RUNS)
    assert story.outcome == ("failed", "rejected_by_api")
    assert story.serves() == "order 1"


# ---- orders that end without anybody, and reviews that do not end


@pytest.mark.parametrize("days", [30, 60])
def test_order_that_nobody_pays_is_closed_and_bought_again_by_a_person_alone(story: Story, days: int) -> None:
    story.tell(f"The CA reads unpaid_orders as closed after {days} days.", "The CA reads payment as later.", *LIVE)
    assert (story.row()["result"], story.row()["waiting_for"]) == ("waiting", "you")
    assert story.row()["pending_link"]

    story.tell("It is 60 days later.", RUNS, A_DAY, RUNS)
    assert (story.outcome, story.charged) == (("blocked", "order_dead"), 1)
    assert not story.last.result.is_green

    story.tell(f"A person adds order 1 to replace_orders of {CONTRACTS}.", RUNS, "order 2 is paid.", RUNS)
    assert (story.outcome, story.serves(), story.charged) == (("deployed", None), "order 2", 2)


def test_certificate_that_was_never_paid_stays_live_while_its_order_is_closed(story: Story) -> None:
    story.tell("The CA reads unpaid_orders as closed after 30 days.", BY_HAND, *LIVE)
    story.order_is("unpaid")
    story.order_is("issue")
    story.tell(RUNS, "It is 60 days later.", RUNS)

    assert (story.status(1), story.serves(), story.charged) == ("closed", "order 1", 1)
    # Query does not say why it is closed.
    assert story.outcome == ("unchanged", "revocation_unknown")


def test_superseded_order_whose_revocation_is_reviewed_for_ever_is_named_in_each_run(story: Story) -> None:
    story.tell("The CA reads revocation_review as never ends.", *LIVE, A_DAY, REISSUED)
    story.tell("A person sets wotrus_revoke_superseded.", RUNS)
    assert (story.sent, story.status(1)) == (["revoke"], "pendingRevoke")

    for _month in range(3):
        story.tell("It is 20 days later.", RUNS)
        assert (story.sent, story.status(1), story.serves()) == ([], "pendingRevoke", "order 2")
        assert "pendingRevoke" in story.last.result.lines[-1]


def test_lost_files_of_a_ukey_come_back_while_its_revocation_is_reviewed_for_ever(story: Story) -> None:
    story.tell("The CA reads revocation_review as never ends.", wanted("ukey"), RUNS)
    story.end("contracts", revokes=True)

    story.tell("The live link of contracts@alpha is lost.", RUNS)

    assert (story.row()["result"], story.serves(), story.charged) == ("deployed", "order 1", 1)


def test_live_certificate_whose_revocation_is_reviewed_for_ever_is_renewed_when_due(story: Story) -> None:
    story.tell("The CA reads revocation_review as never ends.", *LIVE, A_DAY)
    story.end("contracts", revokes=True)

    story.tell(RUNS)
    outcome, reason = ("unchanged", "revoking"), ("nothing", "revoking")
    assert (story.outcome, story.reason, story.serves()) == (outcome, reason, "order 1")
    assert story.row()["alarm"] == "warning"
    assert "its revocation is under review" in story.row()["msg"]

    story.tell(DUE, RUNS, A_DAY, RUNS)

    assert (story.serves(), story.charged) == ("order 2", 2)
