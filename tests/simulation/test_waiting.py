# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Given that something waits, it is continued, and nothing ends unnoticed."""

from __future__ import annotations

import pytest

from .inventory import Certificate
from .story import A_DAY, AT_ONCE, BY_HAND, CONTRACTS, DISK_LOST, DUE, KEY_LOST, LIVE, REISSUED, RUNS, Story, wanted

OF_BETA = Certificate("contracts", "beta")
SIX_DAYS = "It is 6 days later."
REVIEWED = (BY_HAND, *LIVE)
RENEWAL_REVIEWED = (*LIVE, DUE, BY_HAND, RUNS)
KEY_IN_REVIEW = (*LIVE, BY_HAND, KEY_LOST, RUNS)


@pytest.mark.manual("1.1-without-the-console", "1.5-order", "1.5-review", "1.5-retrieve")
def test_pending_order_is_resumed_until_it_is_deployed(story: Story) -> None:
    story.tell(*REVIEWED)
    row = story.row()
    assert (row["result"], row["waiting_for"], row["charged"]) == ("waiting", "ca", "yes")
    assert row["steps"] == ["prepared", "ordered"]
    assert row["waiting_since"]
    assert "is under review at WoTrus" in row["msg"]
    assert story.record()["order_name"] == str(CONTRACTS)
    key = (story.path() / "pending" / "privkey.pem").read_bytes()
    before = story.world.hosts["alpha"].state()

    story.tell(RUNS)

    assert (story.row()["result"], story.row()["steps"], story.row()["charged"]) == ("waiting", [], "no")
    assert story.world.hosts["alpha"].state() == before
    story.tell("The CA approves order 1.", RUNS)
    assert story.serves() == "order 1"
    assert (story.path() / "live" / "privkey.pem").read_bytes() == key
    assert story.sent == []


def test_wait_ends_when_the_review_does(story: Story) -> None:
    story.tell("The CA reads review as an hour.", f"{CONTRACTS} is wanted, with a key of the kind host.")
    story.tell(wanted(certificate=OF_BETA))
    story.world.inventory.variables["wait_timeout"] = 7200

    story.tell(RUNS)

    assert {story.row(one)["result"] for one in (CONTRACTS, OF_BETA)} == {"deployed"}
    assert 3600 < story.last.ended - story.last.began < 7200


def test_pending_host_does_not_stop_other_hosts(story: Story) -> None:
    story.tell(*REVIEWED, AT_ONCE, wanted(certificate=OF_BETA), "The role runs, and waits for nothing.")

    assert story.last.result.is_green
    assert story.row()["result"] == "waiting"
    assert story.row(OF_BETA)["result"] == "deployed"


@pytest.mark.manual("3.pending-link", "3.no-dcv-needed", "3.is-pay-0")
@pytest.mark.parametrize("action", ["dcv", "unpaid"])
def test_order_that_waits_for_the_customer_shows_the_link(story: Story, action: str) -> None:
    story.tell(*REVIEWED)
    story.order_is(action)

    story.tell(RUNS)

    assert (story.row()["result"], story.row()["waiting_for"]) == ("waiting", "you")
    assert story.row()["pending_link"].startswith("https://")
    assert story.row()["pending_link"] in story.row()["next_step"]
    story.order_is("paid")
    story.tell("The CA approves order 1.", RUNS)
    assert story.serves() == "order 1"
    assert story.charged == 1


@pytest.mark.manual("4.before-issue")
@pytest.mark.parametrize("answer", ["refused", "null", "404"])
def test_order_at_the_ca_waits_whatever_retrieve_pem_answers_before_its_certificate(story: Story, answer: str) -> None:
    story.tell(f"The CA reads before_certificate as {answer}.", *REVIEWED)
    story.world.ca.store.change(story.newest.id, shown_status="pendingCAIssued")

    # Check mode does not call RetrievePem.
    story.run(predict=False)

    assert story.last.result.is_green
    assert (story.row()["result"], story.row()["waiting_for"]) == ("waiting", "ca")
    story.world.ca.store.change(story.newest.id, shown_status=None)
    story.tell("The CA approves order 1.", RUNS)
    assert story.serves() == "order 1"


@pytest.mark.parametrize("answer", ["refused", "null", "404"])
@pytest.mark.parametrize("is_pay", [0, 2])
@pytest.mark.parametrize("is_adopted", [False, True])
def test_issued_order_without_its_certificate_waits_for_its_payment(
    story: Story, answer: str, is_pay: int, *, is_adopted: bool
) -> None:
    story.tell(f"The CA reads before_certificate as {answer}.", "The CA reads unpaid_certificate as withheld.")
    story.tell(*REVIEWED)
    story.order_is("issue")
    story.world.ca.store.change(story.newest.id, is_pay=is_pay, shown_link="https://buy.example/pay")
    story.tell(*([A_DAY, A_DAY, A_DAY, DISK_LOST] if is_adopted else []), RUNS)

    row = story.row()
    assert (row["result"], row["waiting_for"], row["error_code"]) == ("waiting", "you", None)
    assert "not paid" in row["msg"]
    assert row["next_step"] == f"Pay order {row['order_id']} (https://buy.example/pay), then run again."
    assert row["pending_link"] == "https://buy.example/pay"
    story.tell(RUNS)
    assert story.row()["result"] == "waiting"
    story.order_is("paid")
    story.tell(AT_ONCE, RUNS)
    assert story.outcome == ("deployed", None)
    assert story.charged == 1


@pytest.mark.parametrize("answer", ["refused", "null", "404"])
def test_issued_order_without_its_certificate_is_a_failure_if_it_is_paid(story: Story, answer: str) -> None:
    story.tell(f"The CA reads before_certificate as {answer}.", *REVIEWED)
    story.world.ca.store.change(story.newest.id, shown_status="issued")

    story.run(predict=False)

    assert story.outcome == ("failed", "rejected_by_api")
    assert "payment" not in story.row()["next_step"]


def test_half_of_an_sm2_pair_is_not_deployed(story: Story) -> None:
    story.tell(BY_HAND, wanted("sm2"), RUNS)
    rsa, companion = (story.record()["pending"][name] for name in ("order_id", "companion_order_id"))

    story.world.ca.act(story.order(rsa), "issue")
    # Check mode cannot see that the other half is missing.
    story.run(predict=False)
    assert story.row()["result"] == "waiting"
    assert companion in story.row()["next_step"]
    assert story.row()["waiting_since"]

    story.world.ca.act(story.order(companion), "issue")
    story.tell(RUNS)
    assert story.outcome == ("deployed", None)
    assert len(list((story.path() / "live").glob("*_*.pem"))) == 6
    assert story.charged == 1


def test_order_that_waits_for_days_sends_a_person_to_wotrus(story: Story) -> None:
    story.tell(*REVIEWED, SIX_DAYS, RUNS)

    assert story.row()["alarm"] == "failure"
    assert story.row()["next_step"] == f"Ask WoTrus why order {story.row()['order_id']} still waits, then run again."


def test_run_that_only_resumes_orders_renews_and_reissues_nothing(story: Story) -> None:
    story.tell(*LIVE, f"A person wants a key of P-384 for {CONTRACTS}.", DUE, wanted(certificate=OF_BETA))
    story.tell("A person adds order 1 to wotrus_replace_orders.")

    story.run(actions=["resume"])

    assert story.sent == []
    assert not any(story.last.result.changed.values())


# ---- alarms: a run that is red, and says what to do


@pytest.mark.parametrize(
    "history",
    [
        (*RENEWAL_REVIEWED, "It is 20 days later.", RUNS),
        (*RENEWAL_REVIEWED, "It is 60 days later.", RUNS),
        (*LIVE, A_DAY, DISK_LOST, BY_HAND, RUNS, SIX_DAYS, RUNS),
        (*REVIEWED, SIX_DAYS, RUNS),
        KEY_IN_REVIEW,
    ],
    ids=["ends soon", "expired", "nothing live on a rebuilt host", "waits too long", "key is gone"],
)
def test_what_waits_is_an_alarm_once_signatures_are_in_danger(story: Story, history: tuple[str, ...]) -> None:
    story.tell(*history)

    assert not story.last.result.is_green
    assert (story.row()["result"], story.row()["waiting_for"]) == ("waiting", "ca")
    assert story.row()["alarm"] == "failure"
    assert story.row()["next_step"]


def test_renewal_under_review_is_no_alarm_while_there_is_time(story: Story) -> None:
    story.tell(*RENEWAL_REVIEWED, A_DAY, RUNS)

    assert story.last.result.is_green
    assert story.row()["alarm"] is None


def test_reissue_that_waits_too_long_is_a_warning_while_a_certificate_is_live(story: Story) -> None:
    story.tell(*LIVE, BY_HAND, REISSUED, SIX_DAYS, RUNS)

    assert story.last.result.is_green
    assert (story.row()["result"], story.row()["alarm"]) == ("waiting", "warning")
    assert "days" in story.row()["msg"]


@pytest.mark.parametrize("answer", ["new", "same"])
def test_reissue_under_review_hides_no_renewal(story: Story, answer: str) -> None:
    story.tell(f"The CA reads reissue_id as {answer}.", *LIVE, BY_HAND, REISSUED, AT_ONCE, DUE, RUNS)

    assert story.outcome == ("deployed", None)
    assert (story.live().not_valid_after_utc.timestamp() - story.world.clock.now()) > 300 * 86400
    assert story.charged == 2


@pytest.mark.parametrize("later", ["It is 60 days later.", "It is 400 days later."], ids=["issued", "expired"])
def test_issued_order_that_the_run_may_not_deploy_is_an_alarm(story: Story, later: str) -> None:
    story.tell(*LIVE, A_DAY, DISK_LOST, BY_HAND, RUNS)
    story.order_is("issue")
    story.tell(later)

    story.run(actions=["renew"] if "60" in later else ["resume"])

    assert not story.last.result.is_green
    assert (story.outcome, story.row()["alarm"]) == (("not_selected", "nothing_live"), "failure")
    assert story.row()["next_step"]
    assert story.charged == 1


def test_expired_certificate_that_the_run_may_not_renew_is_an_alarm(story: Story) -> None:
    story.tell(*LIVE, "It is 400 days later.")

    story.run(actions=["resume"])

    assert not story.last.result.is_green
    assert story.row()["next_step"]
    assert story.charged == 1
