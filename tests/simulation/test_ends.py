# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Given that orders are cancelled, revoked, superseded or shared, what happens to them and to their hosts."""

from __future__ import annotations

import pytest

from .inventory import Certificate, provided_key
from .process import Step
from .story import A_DAY, AT_ONCE, BY_HAND, CONTRACTS, DUE, LIVE, REISSUED, RUNS, WANTED, Story, wanted

OF_BETA = Certificate("contracts", "beta")
PENDING = (BY_HAND, *LIVE)
REVOKING = "A person sets wotrus_revoke_superseded."
SHARED = (wanted("provided"), wanted("provided", OF_BETA))


@pytest.mark.manual("5.cancels")
def test_pending_order_is_cancelled_once(story: Story) -> None:
    story.tell(*PENDING)

    done = story.end("contracts")

    assert done.is_green
    assert (done.rows[0]["result"], story.status(1)) == ("cancelled", "closed")
    assert story.end("contracts").is_green
    assert story.sent == []
    story.tell(RUNS)
    assert story.outcome == ("blocked", "order_dead")
    assert "is closed" in story.row()["msg"]
    story.tell("A person adds order 1 to wotrus_replace_orders.", RUNS)
    assert story.record()["pending"]["follows"] == story.world.ca.by_number(1).id
    assert story.charged == 2


@pytest.mark.manual("5.not-issued", "5.cancel-failed-reason")
def test_refusal_to_cancel_shows_the_message_of_the_server(story: Story) -> None:
    story.tell(*PENDING)
    story.order_is("issue")

    assert "证书已签发" in story.end("contracts").failed["alpha"]

    # Its certificate is not lost by that.
    story.tell(RUNS)
    assert story.serves() == "order 1"


@pytest.mark.parametrize("revokes", [False, True])
def test_name_that_the_host_does_not_have_ends_nothing(story: Story, *, revokes: bool) -> None:
    story.tell(*(LIVE if revokes else PENDING))

    why = story.end("contracts", "contract", revokes=revokes).failed["alpha"]

    assert "contract" in why
    assert "has no record." in why
    assert story.sent == []


@pytest.mark.parametrize("revokes", [False, True])
def test_order_without_an_entry_is_not_ended_and_the_run_says_so(story: Story, *, revokes: bool) -> None:
    story.tell(*(LIVE if revokes else PENDING))
    story.world.inventory.hosts["alpha"].clear()

    why = story.end("contracts", revokes=revokes).failed["alpha"]

    assert story.world.ca.by_number(1).id in why
    assert story.sent == []


def test_order_that_is_not_recorded_is_not_reported_as_cancelled(story: Story) -> None:
    story.tell(BY_HAND, WANTED)
    story.run(fails=lambda kind, what: kind is Step.ANSWER and what == "create")

    assert story.record()["pending"]["idempotence_id"] in story.end("contracts").failed["alpha"]

    story.tell(RUNS)
    assert story.end("contracts").is_green
    assert story.status(1) == "closed"
    assert story.charged == 1


def test_reissue_under_the_id_of_the_live_order_is_not_cancelled(story: Story) -> None:
    story.tell("The CA reads reissue_id as same.", *LIVE, BY_HAND, REISSUED)

    assert "The reissue has the same id as its order" in story.end("contracts").failed["alpha"]
    assert story.sent == []


@pytest.mark.parametrize("revokes", [False, True])
def test_sm2_order_of_a_pair_is_not_ended_on_the_word_of_a_record(story: Story, *, revokes: bool) -> None:
    story.tell(AT_ONCE if revokes else BY_HAND, wanted("sm2"), RUNS)

    assert story.end("contracts", revokes=revokes).is_green

    ends = ["issued", "revoked"] if revokes else ["pending", "closed"]
    assert [order.status.value for order in story.world.ca.known()] == ends


@pytest.mark.manual("6.revokes")
def test_revocation_under_review_is_a_result(story: Story) -> None:
    story.tell(*LIVE, BY_HAND)

    (row,) = story.end("contracts", revokes=True).rows

    assert (row["result"], row["waiting_for"], row["charged"]) == ("revoking", "ca", "no")


def test_lost_ukey_is_revoked_and_replaced_by_another_with_its_own_password(story: Story) -> None:
    story.tell(wanted("ukey"), RUNS)
    password = (story.path() / "live" / "ukey_password").read_text()
    story.end("contracts", revokes=True)
    story.tell(RUNS)
    assert story.outcome == ("blocked", "order_dead")

    story.tell("A person adds order 1 to wotrus_replace_orders.", RUNS)

    assert story.serves() == "order 2"
    assert (story.path() / "live" / "ukey_password").read_text() != password
    assert story.charged == 2


def test_later_host_of_the_name_of_a_revoked_one_buys_nothing_by_itself(story: Story) -> None:
    story.tell(*LIVE, A_DAY)
    story.end("contracts", revokes=True)

    story.tell("The disk of alpha is lost.", RUNS)

    assert story.outcome == ("blocked", "order_dead")
    assert story.charged == 1


# ---- superseded orders


@pytest.mark.manual("7.others-not-revoked")
def test_superseded_order_is_revoked_if_a_person_wants_it(story: Story) -> None:
    story.tell(*LIVE, A_DAY, REISSUED)
    assert story.status(1) == "issued"

    story.tell(REVOKING, RUNS)

    assert story.sent == ["revoke"]
    assert (story.status(1), story.status(2)) == ("revoked", "issued")
    assert story.record()["superseded"] == []


def test_revocation_of_a_superseded_order_stays_in_the_record_until_it_is_done(story: Story) -> None:
    story.tell(*LIVE, A_DAY, REISSUED, BY_HAND, REVOKING, RUNS)
    assert story.status(1) == "pendingRevoke"
    assert [one["order_id"] for one in story.record()["superseded"]] == [story.world.ca.by_number(1).id]
    story.tell(RUNS)
    assert "pendingRevoke" in story.last.result.lines[-1]

    story.tell("The CA revokes order 1.", RUNS)
    assert story.sent == []
    assert story.record()["superseded"] == []


def test_revocation_that_wotrus_refused_is_requested_again_only_by_a_person(story: Story) -> None:
    story.tell(*LIVE, A_DAY, REISSUED, BY_HAND, REVOKING, RUNS, "The CA refuses the revocation of order 1.")
    superseded = story.world.ca.by_number(1).id

    for _run in range(3):
        story.tell(A_DAY, RUNS)
        assert (story.sent, story.last.result.is_green) == ([], True)
        (line,) = story.last.result.lines
        assert line.endswith(f"wotrus.pki.revoke --limit alpha -e wotrus_revoke={superseded}")

    story.end(superseded, revokes=True)
    assert story.sent == ["revoke"]
    story.tell("The CA revokes order 1.", RUNS)
    assert story.record()["superseded"] == []


def test_superseded_order_whose_certificate_has_expired_is_not_revoked(story: Story) -> None:
    story.tell(*LIVE, A_DAY, REISSUED, DUE, RUNS, "It is 60 days later.", REVOKING, RUNS)

    assert (story.sent, story.last.result.lines) == ([], [])


def test_person_revokes_a_superseded_order_by_its_id(story: Story) -> None:
    story.tell(*LIVE, A_DAY, REISSUED)
    superseded, live = (story.world.ca.by_number(number).id for number in (1, 2))

    assert story.end(live, revokes=True).failed["alpha"]
    assert story.sent == []
    assert story.end(f"{{{superseded.upper()}}}", revokes=True).is_green

    assert (story.status(1), story.status(2)) == ("revoked", "issued")


def test_superseded_order_that_wotrus_closed_leaves_the_record(story: Story) -> None:
    story.tell(*LIVE, A_DAY, REISSUED, "The CA closes order 1.", REVOKING, RUNS)

    assert story.sent == []
    assert story.record()["superseded"] == []


# ---- a key that hosts share


@pytest.mark.parametrize("runs", [RUNS, "The role runs host by host, with a limit of 1."])
def test_hosts_that_share_a_key_share_one_paid_certificate(story: Story, runs: str) -> None:
    story.tell(*SHARED, runs)

    assert story.serves() == story.serves(OF_BETA) == "order 1"
    assert story.charged == 1
    story.tell(RUNS)
    assert {story.row(one)["result"] for one in (CONTRACTS, OF_BETA)} == {"unchanged"}


@pytest.mark.manual("7.each-revoked")
def test_order_of_a_shared_key_is_left_to_a_person_once_the_last_host_runs_the_new_one(story: Story) -> None:
    story.tell(*SHARED, RUNS, A_DAY, REVOKING)
    for one in (CONTRACTS, OF_BETA):
        story.entry(one)["key"]["content"] = provided_key(2)
    superseded = story.world.ca.by_number(1).id

    story.tell("The role runs on alpha alone.")
    assert (story.serves(), story.serves(OF_BETA)) == ("order 2", "order 1")
    assert story.last.result.lines == []
    story.tell(RUNS)
    assert story.serves(OF_BETA) == "order 2"
    assert (story.status(1), story.last.result.is_green) == ("issued", True)
    for host, line in zip(("alpha", "beta"), story.last.result.lines, strict=True):
        assert line.endswith(f"wotrus.pki.revoke --limit {host} -e wotrus_revoke={superseded}")

    assert story.end(superseded, revokes=True).is_green
    assert story.status(1) == "revoked"
    story.tell(RUNS)
    assert story.last.result.lines == []
    assert story.record()["superseded"] == story.record(OF_BETA)["superseded"] == []
    assert story.charged == 1


@pytest.mark.parametrize("sharing", ["order_name", "import_from"])
def test_order_that_another_host_may_use_is_left_to_a_person(story: Story, sharing: str) -> None:
    story.tell(AT_ONCE, wanted("taken over" if sharing == "import_from" else "host"))
    if sharing == "import_from":
        story.order_is("issue")
    else:
        story.entry()["order_name"] = "contracts"
    story.tell(RUNS, A_DAY, REISSUED, REVOKING, RUNS)

    assert (story.serves(), story.status(1)) == ("order 2", "issued")
    assert story.world.ca.by_number(1).id in story.last.result.lines[0]


def test_order_of_a_shared_key_is_not_revoked_by_a_slice_that_does_not_see_the_other_host(story: Story) -> None:
    story.tell(*SHARED, RUNS, A_DAY, REVOKING)
    for one in (CONTRACTS, OF_BETA):
        story.entry(one)["key"]["content"] = provided_key(2)

    story.tell("The role runs in slice 1 of 2.")

    assert (story.serves(), story.serves(OF_BETA)) == ("order 2", "order 1")
    assert story.status(1) == "issued"


def test_revocation_whose_check_failed_is_tried_again(story: Story) -> None:
    story.tell(AT_ONCE, *LIVE, A_DAY, REISSUED, "A person sets wotrus_revoke_superseded.")

    story.run(fails=lambda kind, what: kind is Step.CALL and what == "retrieve order 1")

    assert not story.last.result.is_green
    story.tell(A_DAY, RUNS)
    assert story.status(1) == "revoked"


def test_expired_certificate_that_the_record_does_not_name_is_a_failure(story: Story) -> None:
    story.tell(AT_ONCE, *LIVE, A_DAY, REISSUED, BY_HAND)
    link, former = story.path() / "live", story.record()["superseded"][-1]["release"]
    link.unlink()
    link.symlink_to(f"releases/{former}")
    story.tell(A_DAY, RUNS)
    assert (story.row()["alarm"], story.row()["error_code"]) == ("warning", "live_unrecorded")

    story.tell("It is 400 days later.", RUNS)

    assert story.outcome == ("waiting", "expired")
    assert not story.last.result.is_green
