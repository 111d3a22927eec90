# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Given faults, refusals, limits and false claims, what is paid, and what is not."""

from __future__ import annotations

import datetime as dt

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id

from .inventory import Certificate, provided_key
from .process import Step
from .story import (
    A_DAY,
    AT_ONCE,
    BY_HAND,
    CONTRACTS,
    DISK_LOST,
    DUE,
    KEY_LOST,
    LIVE,
    REISSUED,
    RUNS,
    WANTED,
    Failing,
    Story,
    wanted,
)
from .world import World

INVOICES = Certificate("invoices", "alpha")
OF_BETA = Certificate("contracts", "beta")
NO_PRODUCT = "11111111-2222-4333-8444-555555555555"
INTERRUPTED = {
    "killed": "A run is killed at its step {}.",
    "failed": "In a run, the step {} fails.",
    "cut off": "In a run, each step from {} on fails.",
    "another run": "Two runs take turns, with {}, 999 steps.",
}
SITUATIONS = {
    "first order": ((WANTED,), 1),
    "UKey": ((wanted("ukey"),), 1),
    "token": ((wanted("pkcs11"),), 1),
    "renewal": ((*LIVE, DUE), 2),
    "lost key": ((*LIVE, KEY_LOST), 1),
}
MOST_STEPS = 60


def answer_of(call: str, times: int = 99) -> Failing:
    """Return a fault that loses answers of a call."""
    left = [times]

    def fails(kind: Step, what: str) -> bool:
        is_lost = kind is Step.ANSWER and what.startswith(call) and left[0] > 0
        left[0] -= is_lost
        return is_lost

    return fails


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("interrupted", INTERRUPTED)
def test_next_run_completes_a_run_that_is_interrupted_anywhere(interrupted: str, situation: str) -> None:
    given, orders = SITUATIONS[situation]
    for number in range(1, MOST_STEPS, 2):
        with World() as world:
            story = Story(world).tell(AT_ONCE, *given, INTERRUPTED[interrupted].format(number))
            is_over = interrupted != "another run" and not story.last.process.met
            password = story.path() / "live" / "ukey_password"
            before = password.read_text() if password.exists() else None

            story.tell(RUNS)

            assert story.outcome[0] in ("deployed", "unchanged"), world.log
            assert story.serves() is not None
            assert story.charged == orders
            if situation == "UKey":
                assert (before or password.read_text()) == password.read_text()
        if is_over:
            break
    assert number > 5


@pytest.mark.manual("1.1-same-orders", "2.idempotence", "2.idempotence-repeat")
@pytest.mark.parametrize("repeat", ["adopted", "refused", "refused with id"])
def test_lost_answer_to_an_order_is_no_second_order(story: Story, repeat: str) -> None:
    story.tell(f"The CA reads repeat as {repeat}.", WANTED)

    story.run(fails=answer_of("create", times=1))

    assert story.charged == 1
    if repeat == "adopted":
        assert story.serves() == "order 1"
        return
    assert story.outcome == ("failed", "rejected_by_api")
    assert "幂等值" in story.row()["msg"]
    assert (story.newest.id in story.row()["msg"]) is (repeat == "refused with id")
    story.tell(f"A person sets order_id of {CONTRACTS} to order 1.", RUNS)
    assert story.serves() == "order 1"
    assert story.charged == 1


def test_id_of_an_order_is_kept_where_query_fails(story: Story) -> None:
    story.tell("The CA reads repeat as refused.", "The CA reads fresh_order as unknown for 3 seconds.", WANTED)
    story.run(fails=answer_of("query"))

    story.tell(RUNS)

    assert story.serves() == "order 1"
    assert story.charged == 1


@pytest.mark.parametrize("end", ["revokes", "closes"])
def test_reissue_after_a_lost_answer_is_found_although_its_order_ended(story: Story, end: str) -> None:
    story.tell(*LIVE)
    story.run(reissue=["contracts"], fails=answer_of("reissue"))

    story.tell(f"The CA {end} order 1.", RUNS)

    assert story.outcome == ("deployed", None)
    assert story.serves() == "order 2"
    assert story.charged == 1


def test_refused_reissue_leaves_its_order_as_it_was(story: Story) -> None:
    story.tell(*LIVE, BY_HAND, REISSUED, "The CA rejects order 2.", AT_ONCE, RUNS)

    assert story.outcome[0] == "unchanged"
    assert story.sent == []
    assert story.serves() == "order 1"
    assert story.charged == 1


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        ("A person sets wotrus_keys_since to a minute ago.", "key_too_old"),
        (f"A person wants a key of P-384 for {CONTRACTS}.", "key_changed"),
        (f"A person moves {CONTRACTS} to Shenzhen.", "definition_changed"),
        (KEY_LOST, "key_lost"),
        (DISK_LOST, "key_lost"),
    ],
)
def test_reissue_that_wotrus_refused_is_requested_again_only_by_a_person(story: Story, wish: str, reason: str) -> None:
    story.tell(*LIVE, A_DAY, BY_HAND, wish, RUNS)
    assert "reissue" in story.sent
    before = story.serves()
    story.order_is("reject")

    for _run in range(5):
        story.tell(A_DAY, RUNS)
        assert (story.outcome, story.sent) == (("blocked", reason), [])
        assert story.serves() == before

    story.tell(AT_ONCE, REISSUED)
    assert (story.outcome, story.sent) == (("deployed", None), ["reissue"])
    assert (story.serves(), story.charged) == ("order 3", 1)


@pytest.mark.parametrize("end", ["rejects", "closes"])
def test_dead_order_is_replaced_once_and_only_if_a_person_names_it(story: Story, end: str) -> None:
    story.tell(BY_HAND, *LIVE, f"The CA {end} order 1.", RUNS)
    assert story.outcome == ("blocked", "order_dead")
    assert {"rejects": "rejected", "closes": "closed"}[end] in story.row()["msg"]
    assert story.sent == []

    story.tell("A person adds order 1 to wotrus_replace_orders.", RUNS, "The CA rejects order 2.", RUNS)

    # The setting stays in the inventory, and replaces no other order.
    assert story.outcome == ("blocked", "order_dead")
    assert story.charged == 2
    story.tell("A person adds order 2 to wotrus_replace_orders.", AT_ONCE, RUNS)
    assert story.serves() == "order 3"
    assert story.record()["live"]["root_order_id"] == story.newest.id


def test_order_that_is_rejected_on_arrival_ends_the_run(story: Story) -> None:
    story.tell("The CA reads arrival as rejected.", *LIVE)
    assert not story.last.result.is_green
    assert story.charged == 1

    story.tell("A person adds order 1 to wotrus_replace_orders.", RUNS)

    assert not story.last.result.is_green
    assert story.charged == 2


@pytest.mark.manual("V1.01.renewal-months", "2.month-13", "2.renewal")
def test_renewal_keeps_the_days_and_the_old_pair_until_it_is_live(story: Story) -> None:
    story.tell(*LIVE)
    key, ends = (story.path() / "live" / "privkey.pem").read_bytes(), story.live().not_valid_after_utc

    story.tell("It is 150 days later.", RUNS)
    assert story.outcome == ("unchanged", None)
    story.tell("It is 150 days later.", "It is 20 days later.", "It is 20 days later.", BY_HAND, RUNS)

    assert (story.row()["result"], story.row()["charged"]) == ("waiting", "yes")
    assert story.serves() == "order 1"
    assert (story.path() / "live" / "privkey.pem").read_bytes() == key
    pending = story.record()["pending"]
    assert (pending["months"], pending["follows"]) == (13, story.record()["live"]["root_order_id"])
    story.tell("The CA approves order 2.", RUNS)
    assert story.serves() == "order 2"
    assert (story.path() / "live" / "privkey.pem").read_bytes() != key
    assert story.live().not_valid_after_utc > ends + dt.timedelta(days=360)
    assert story.charged == 2


@pytest.mark.parametrize(
    "claim",
    [
        f"The record of {CONTRACTS} claims that its certificate has expired, and the files are gone.",
        f"The record of {CONTRACTS} claims nothing.",
        f"The record of {CONTRACTS} claims that a renewal of order 1 was not sent.",
    ],
)
def test_record_of_a_host_orders_nothing_that_is_not_due(story: Story, claim: str) -> None:
    story.tell(*LIVE, A_DAY, claim, RUNS, A_DAY, claim, RUNS)

    assert story.charged == 1
    assert story.serves() is not None


def test_key_of_a_refused_order_is_used_for_the_changed_entry(story: Story) -> None:
    story.tell(WANTED)
    story.entry()["product"] = NO_PRODUCT
    story.tell(RUNS)
    assert story.outcome[0] == "failed"
    assert story.row()["next_step"]
    key = (story.path() / "pending" / "privkey.pem").read_bytes()

    story.entry()["product"] = "pdf_signing"
    story.tell(f"A person renames {CONTRACTS} to New Ltd.", RUNS)

    assert story.serves() == "order 1"
    assert "New Ltd." in story.live().subject.rfc4514_string()
    assert (story.path() / "live" / "privkey.pem").read_bytes() == key
    assert story.charged == 1


# ---- limits


def test_order_limit_sends_nothing_and_names_the_number(story: Story) -> None:
    story.tell(WANTED, wanted(certificate=OF_BETA), "The role runs with a limit of 1.")

    assert story.sent == []
    assert story.world.hosts["alpha"].state() == {}
    for row in (story.row(), story.row(OF_BETA)):
        assert (row["result"], row["error_code"], row["charged"]) == ("blocked", "order_limit", "no")
        assert "may place 2 charged orders" in row["msg"]
        assert "set wotrus_max_charged_orders to 2" in row["next_step"]


def test_order_limit_counts_renewals_of_which_the_first_is_sent(story: Story) -> None:
    story.tell(WANTED, wanted(certificate=INVOICES), RUNS, DUE, "The role runs with a limit of 1.")
    assert sorted(row["error_code"] or "" for row in story.world.runs[-1].result.rows) == ["", "order_limit"]

    story.tell("The role runs with a limit of 1.")

    assert [story.record(one)["live"]["months"] for one in (CONTRACTS, INVOICES)] == [13, 13]
    assert story.charged == 4


def test_certificates_that_end_are_reissued_up_to_the_limit_and_the_others_by_the_next_run(story: Story) -> None:
    many = [Certificate(f"c{number}", "alpha") for number in range(11)]
    story.world.inventory.variables["max_charged_orders"] = len(many)
    story.tell(AT_ONCE, "The CA reads reissue_id as new.", "The intermediate of the CA ends in 150 days.")
    story.tell(*(wanted(certificate=one) for one in many), RUNS, "It is 60 days later.", "It is 60 days later.")
    story.tell("It is 6 days later.", RUNS)

    assert {story.plan(one)["reason"] for one in many} == {"chain_ends"}
    assert story.sent == ["reissue"] * 10
    (late,) = [one for one in many if story.row(one)["result"] == "blocked"]
    assert story.row(late)["error_code"] == "reissue_limit"
    assert "may ask for: 11; wotrus_max_reissues allows 10" in story.row(late)["msg"]
    assert "Reissues that wait: 1." in story.row(late)["msg"]
    assert not story.last.result.is_green

    story.tell(RUNS)

    assert story.sent == ["reissue"]
    assert {story.row(one)["error_code"] for one in many} <= {None, "chain_ends"}
    assert story.charged == len(many)


def test_root_that_a_person_adds_after_a_reissue_is_renewed(story: Story) -> None:
    named = f"A person sets order_id of {CONTRACTS} to order 1."
    story.tell(AT_ONCE, *LIVE, DISK_LOST, named, RUNS)
    assert story.serves() == "order 2"

    story.tell(f"A person names order 1 and its root in the entry of {CONTRACTS}.", DUE, RUNS)

    assert story.reason == ("renew", "expiring")
    assert (story.charged, story.serves()) == (2, "order 3")


def test_rebuilt_hosts_of_one_common_name_keep_their_own_orders(story: Story) -> None:
    story.tell(WANTED, wanted(certificate=OF_BETA))
    story.entry(OF_BETA)["common_name"] = story.entry()["common_name"]
    story.tell(RUNS, A_DAY, DISK_LOST, "The disk of beta is lost.")

    story.tell("The role runs with a limit of 1.")

    assert story.sent == []
    assert "only Create can tell whether its order exists" in story.row()["msg"]
    assert "set wotrus_max_charged_orders to 2" in story.row()["next_step"]
    story.tell("The role runs with a limit of 2.")
    roots = [story.record(one)["live"]["root_order_id"] for one in (CONTRACTS, OF_BETA)]
    assert roots == [story.world.ca.by_number(number).id for number in (1, 2)]
    assert story.charged == 2


def test_what_is_paid_is_deployed_where_the_limit_stops_orders(story: Story) -> None:
    story.tell(BY_HAND, *LIVE, "The CA approves order 1.", wanted(certificate=OF_BETA), wanted(certificate=INVOICES))

    story.tell("The role runs with a limit of 1.")

    assert story.serves() == "order 1"
    assert {story.row(one)["error_code"] for one in (OF_BETA, INVOICES)} == {"order_limit"}
    assert story.sent == []


def test_batches_count_what_earlier_ones_placed(story: Story) -> None:
    story.tell(WANTED, wanted(certificate=OF_BETA), "The role runs host by host, with a limit of 1.")

    assert story.serves() == "order 1"
    assert story.row(OF_BETA)["error_code"] == "order_limit"
    assert story.charged == 1


def test_two_hosts_with_one_order_name_are_stopped_before_anything_is_sent(story: Story) -> None:
    story.tell(WANTED, wanted(certificate=OF_BETA))
    for one in (CONTRACTS, OF_BETA):
        story.entry(one).update(order_name="the-same", common_name="The same")

    story.tell(RUNS)

    assert story.outcome == ("blocked", "order_name_shared")
    assert "the-same" in story.row()["msg"]
    assert story.sent == []


# ---- certificates beside each other


def test_certificates_that_fail_stop_no_other_of_their_host(story: Story) -> None:
    names = [f"sound-{number}" for number in range(9)]
    sound = [Certificate(name, "alpha") for name in names]
    refused, damaged = Certificate("refused", "alpha"), Certificate("damaged", "alpha")
    story.tell(BY_HAND, wanted(certificate=damaged), RUNS, "The CA approves order 1.", AT_ONCE)
    (story.path(damaged) / "pending" / "privkey.pem").write_text("junk")
    for one in (*sound[:5], refused, *sound[5:]):
        story.tell(wanted(certificate=one))
    story.entry(refused)["product"] = NO_PRODUCT

    story.run(most_orders=10)

    assert {story.row(one)["result"] for one in sound} == {"deployed"}
    for one in (refused, damaged):
        assert story.row(one)["result"] == "failed"
        assert story.row(one)["next_step"]
    assert story.charged == 1 + len(sound)
    # One order that is refused again may be placed.
    story.run(most_orders=1)
    assert {story.row(one)["result"] for one in sound} == {"unchanged"}
    assert story.charged == 1 + len(sound)


@pytest.mark.parametrize("call", ["retrieve", "reissue"])
def test_fault_of_one_certificate_stops_no_other(story: Story, call: str) -> None:
    story.tell(*LIVE, wanted(certificate=INVOICES))
    lost = answer_of(call, times=9)
    before = story.serves()

    story.run(reissue=["contracts"], fails=lost)

    assert story.outcome[0] == "failed"
    assert story.serves() == before
    assert story.row(INVOICES)["result"] == "deployed"
    story.tell(RUNS)
    assert story.outcome == ("deployed", None)
    assert story.row(INVOICES)["result"] == "unchanged"
    assert story.charged == 2


def test_failed_reload_rolls_back_no_other_certificate(story: Story) -> None:
    story.tell(*LIVE, wanted(certificate=INVOICES), RUNS, f"A person wants {CONTRACTS} to reload a service.")
    story.tell("The service of alpha is broken.")

    story.run(reissue=["contracts", "invoices"])

    assert story.outcome == ("failed", "reload_failed")
    assert story.row()["steps"][-1] == "rolled_back"
    assert story.serves() == "order 1"
    assert story.serves(INVOICES) == "order 4"
    story.tell("The service of alpha is repaired.", RUNS)
    assert story.serves() == "order 3"
    assert story.charged == 2


# ---- a call that fails says nothing about an order


def call_of(call: str) -> Failing:
    """Return a fault by which a call never reaches WoTrus."""
    return lambda kind, what: kind is Step.CALL and what == call


def test_purchase_that_cannot_be_asked_for_is_not_taken_for_unknown(story: Story) -> None:
    story.tell(
        "The CA reads reissued_order as closed.", AT_ONCE, *LIVE, A_DAY, REISSUED, A_DAY, "The CA revokes order 2."
    )

    story.run(fails=call_of("query order 1"))

    # Nobody is asked to pay for what another run may find.
    assert story.outcome == ("failed", "unavailable")
    assert story.row()["next_step"] == "Check the network. Run again later."


def test_order_of_the_entry_that_cannot_be_asked_for_buys_no_other(story: Story) -> None:
    story.tell("The CA reads values as forgotten after 30 days.", AT_ONCE, *LIVE, DUE)
    story.run(fails=answer_of("create"), predict=False)
    follower = story.newest.id
    story.entry().update(order_id=follower, root_order_id=follower)
    story.tell("It is 20 days later.", "It is 20 days later.")

    story.run(fails=call_of("query order 2"))

    assert (story.charged, story.row()["error_code"]) == (2, "unavailable")


def test_certificate_that_cannot_be_fetched_is_not_taken_for_an_expired_one(story: Story) -> None:
    for_two_years = f"A person wants {CONTRACTS} for 24 months."
    story.tell(AT_ONCE, "The CA reads odd_field as duration.", WANTED, for_two_years, RUNS, "It is 400 days later.")
    story.tell(f"A person wants {CONTRACTS} for 12 months.", DISK_LOST)

    story.run(fails=call_of("retrieve order 1"))

    assert (story.charged, story.row()["error_code"]) == (1, "unavailable")


def test_order_that_wotrus_no_longer_has_is_followed_if_the_entry_names_it(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.tell(AT_ONCE, *LIVE, DUE)
    order_id = story.newest.id
    story.entry()["replace_orders"] = [order_id]
    monkeypatch.setattr(
        story.world.ca._endpoints, "_find_queried", lambda asked: "forgotten" if is_same_id(asked, order_id) else asked
    )

    story.tell(RUNS)

    assert (story.plan()["follows"], story.serves()) == (order_id, "order 2")


def test_batches_of_one_run_share_no_order(story: Story) -> None:
    story.tell(AT_ONCE, WANTED, wanted(certificate=OF_BETA))
    for certificate in (CONTRACTS, OF_BETA):
        story.entry(certificate).update(order_name="shared", common_name="Example Ltd")

    story.run(serial=1, predict=False)

    assert (story.outcome, story.row(OF_BETA)["error_code"]) == (("deployed", None), "order_name_shared")
    assert story.charged == 1


def test_host_that_joins_others_with_its_key_takes_their_order_whatever_wotrus_forgot(story: Story) -> None:
    story.tell(AT_ONCE, wanted("provided"), RUNS, REISSUED, "The CA forgets the idempotence value of order 1.")

    story.tell(wanted("provided", OF_BETA), RUNS)

    assert story.charged == 1
    assert "create" not in story.sent
    assert (story.row(OF_BETA)["result"], story.row(OF_BETA)["charged"]) == ("deployed", "no")


def test_host_that_joins_orders_nothing_while_the_order_of_others_cannot_be_read(story: Story) -> None:
    story.tell(AT_ONCE, wanted("provided"), RUNS, wanted("provided", OF_BETA))
    queried = iter(range(99))

    story.run(
        fails=lambda kind, what: kind is Step.CALL and what.startswith("query") and next(queried) > 0, predict=False
    )

    assert (story.row(OF_BETA)["error_code"], story.row(OF_BETA)["charged"]) == ("unavailable", "no")
    assert story.sent == []
    story.tell(RUNS)
    assert (story.row(OF_BETA)["result"], story.charged) == ("deployed", 1)


def test_host_that_joins_while_others_renew_is_renewed_with_them(story: Story) -> None:
    story.tell(AT_ONCE, wanted("provided"), RUNS, REISSUED, DUE, wanted("provided", OF_BETA), RUNS, A_DAY, RUNS)

    assert story.charged == 2
    assert story.row(OF_BETA)["order_id"] == story.row()["order_id"] == story.newest.id


def test_host_that_joins_while_the_reissue_of_others_waits_for_a_limit_takes_their_order(story: Story) -> None:
    story.tell(AT_ONCE, wanted("provided"), RUNS, "The CA forgets the idempotence value of order 1.")
    story.tell(wanted("provided", OF_BETA))
    for certificate in (CONTRACTS, OF_BETA):
        story.entry(certificate)["key"]["content"] = provided_key(2)
    story.world.inventory.variables["max_reissues"] = 0

    story.run(predict=False)

    assert (story.row()["error_code"], story.charged) == ("reissue_limit", 1)


def test_host_that_joins_with_the_token_of_another_account_orders_nothing(story: Story) -> None:
    story.tell(AT_ONCE, wanted("provided"), RUNS, wanted("provided", OF_BETA))

    story.tell("The role runs with the token of another account.")

    assert (story.row(OF_BETA)["result"], story.row(OF_BETA)["error_code"]) == ("waiting", None)
    assert story.charged == 1


def test_provided_keys_that_differ_share_no_order(story: Story) -> None:
    story.tell(AT_ONCE, wanted("provided"), wanted("provided", OF_BETA))
    story.entry(OF_BETA)["key"]["content"] = provided_key(2)

    story.tell(RUNS)

    assert {story.row(one)["error_code"] for one in (CONTRACTS, OF_BETA)} == {"order_name_shared"}
    assert story.charged == 0


def test_reissue_that_a_record_calls_a_purchase_is_not_followed(story: Story) -> None:
    story.tell(AT_ONCE, *LIVE, "It is 150 days later.", REISSUED, "It is 20 days later.", REISSUED)
    live = story.record()["live"]
    story.claim(live={**live, "root_order_id": story.world.ca.by_number(2).id})

    story.tell("It is 340 days later.", RUNS)

    assert (story.charged, story.row()["error_code"]) == (1, "root_unknown")
