# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each decision: action, reason, and possible charge."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Order, Organization, Payment
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import LiveCertificate
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import format_timestamp
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action, Decision, Handling
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_checks import fits_key
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import Certificate
from tests.unit.planning.scenario import (
    DEFINITION,
    KEY,
    NAME,
    OTHER_KEY,
    OTHER_PRODUCT,
    UKEY,
    A,
    B,
    C,
    R,
    Scenario,
    certificate,
    day,
    deployed,
    files,
    live,
    order,
    pending,
    reissuing,
    rolled_back,
    waiting,
    wanted,
)

Cases = t.Mapping[str, tuple[Scenario, str, str]]


def table(cases: Cases) -> pytest.MarkDecorator:
    """Parametrize a test with scenarios and their expected action and reason."""
    return pytest.mark.parametrize(("scenario", "action", "reason"), list(cases.values()), ids=list(cases))


def check(scenario: Scenario, action: str, reason: str) -> Decision:
    """Decide, and check the decision.

    Only an order or a renewal may be charged.
    """
    decision = scenario.decide()
    assert (decision.action.value, decision.reason) == (action, reason), str(decision.msg)
    assert decision.may_be_charged is (decision.action in (Action.ORDER, Action.RENEW))
    assert (decision.handling is Handling.FOREIGN) is (reason == "order_mismatch")
    assert decision.is_due is (action == "renew" or (action == "reissue" and reason in ("ends_early", "chain_ends")))
    assert str(decision.msg).endswith(".")
    if decision.action is Action.BLOCKED:
        assert decision.next_step
    return decision


@table(
    {
        "an empty disk": (Scenario(), "order", "not_ordered"),
        "a record without orders": (Scenario(live=live(None)), "order", "not_ordered"),
        "files without a record": (Scenario(files=files()), "order", "not_ordered"),
        "an order prepared, and no answer recorded": (waiting(pending=pending(None)), "order", "interrupted"),
        "a renewal prepared that names no order": (waiting(pending=pending(None, "renew")), "order", "interrupted"),
    }
)
def test_first_order_of_a_name_may_be_charged_and_follows_nothing(scenario: Scenario, action: str, reason: str) -> None:
    decision = check(scenario, action, reason)
    assert (decision.follows, decision.months, scenario.asked) == (None, 12, [])


def test_unreadable_host_is_blocked_without_a_query() -> None:
    scenario = deployed(fault=("record_unreadable", "record.json is damaged."))
    decision = check(scenario, "blocked", "record_unreadable")
    assert decision.is_failure
    assert scenario.asked == []


@pytest.mark.parametrize(
    ("found", "reason", "next_step"),
    [
        (order(status="pending"), "pending_review", "Run again"),
        (order(status="pendingSubmitOrderToCA"), "pending_review", "Run again"),
        (order(status="pendingCAIssued"), "pending_ca", "Run again"),
        (order(status="pendingDCV", pending_link="https://buy/1"), "pending_validation", "https://buy/1"),
        (order(status="pending", payment=Payment.UNPAID), "pending_payment", "pending link"),
        (order(status="somethingNew"), "unknown_status", "Ask WoTrus"),
        (order(status="issued"), "issued", "deploys"),
    ],
)
def test_pending_order_is_resumed_and_shows_who_has_to_act(found: Order, reason: str, next_step: str) -> None:
    decision = check(waiting(orders=[found], today=20), "resume", reason)
    assert next_step in str(decision.next_step)
    assert decision.is_ready is (found.status in ("issued", "pendingCAIssued"))
    assert (decision.order_id, decision.root_order_id) == (A, A)


# ---- claims of a host


MISMATCHES: dict[str, list[Order]] = {
    "another product": [order(product_id=OTHER_PRODUCT)],
    "another common name": [order(common_name="Evil Corp")],
    "another common name, under review": [order(status="pending", common_name="Evil Corp")],
    "another common name, and dead": [order(status="revoked", common_name="Evil Corp")],
}


@pytest.mark.parametrize("part", ["pending", "live", "live, key deleted", "reissue", "order_id"])
@pytest.mark.parametrize("orders", MISMATCHES.values(), ids=MISMATCHES)
def test_order_for_something_else_is_never_reissued_deployed_or_followed(part: str, orders: list[Order]) -> None:
    scenarios = {
        "pending": waiting(orders=orders),
        "live": deployed(orders=orders, today=350),
        "live, key deleted": deployed(orders=orders, files=None),
        "reissue": deployed(orders=orders, pending=pending(None, "reissue", superseded_order_id=A), key=OTHER_KEY),
        "order_id": Scenario(want=wanted(order_id=A), orders=orders),
    }
    decision = check(scenarios[part], "blocked", "order_mismatch")
    assert decision.order_id == A
    # What costs nothing comes first.
    remedies = ("its spelling", "change it back", "the record on the host away", "replace_orders of the entry")
    places = [str(decision.next_step).index(remedy) for remedy in remedies]
    assert places == sorted(places)


@pytest.mark.parametrize(
    "spelling", ["沃通 test co", "  沃通   TEST CO ", "沃通 Test Co", "沃通\u3000Test\u00a0Co", "沃通 \uff34est Co"]
)
def test_common_name_is_compared_by_nfkc_case_and_white_space(spelling: str) -> None:
    check(deployed(orders=[order(common_name=spelling)]), "nothing", "valid")


UNNAMED = {"common_name": None}


@table(
    {
        "its certificate is ours": (
            deployed(orders=[order(**UNNAMED)], certificates={A: certificate(name="沃通 TEST CO")}),
            "nothing",
            "valid",
        ),
        "its certificate is another's": (
            deployed(orders=[order(**UNNAMED)], certificates={A: certificate(name="Evil Corp")}, files=None),
            "blocked",
            "order_mismatch",
        ),
        "its certificate has no common name": (
            deployed(orders=[order(**UNNAMED)], certificates={A: certificate(name=None)}, files=None),
            "blocked",
            "order_mismatch",
        ),
        "it has no certificate": (
            deployed(orders=[order(**UNNAMED)], certificates={}, files=None),
            "blocked",
            "order_mismatch",
        ),
        "Query lacks the product alone": (
            deployed(orders=[order(product_id=None)], certificates={A: certificate(name="Evil Corp")}, files=None),
            "blocked",
            "order_mismatch",
        ),
        "it may be waited for until there is one": (
            waiting(orders=[order(status="pending", **UNNAMED)]),
            "resume",
            "pending_review",
        ),
        "it is not reissued before there is one": (
            deployed(
                orders=[order(status="pending", **UNNAMED)],
                pending=pending(None, "reissue", superseded_order_id=A),
                key=OTHER_KEY,
            ),
            "blocked",
            "order_mismatch",
        ),
        "it is not reissued for a key that is gone": (
            deployed(orders=[order(status="pending", **UNNAMED)], files=None),
            "blocked",
            "order_mismatch",
        ),
    }
)
def test_certificate_is_compared_if_query_has_no_name_or_product(scenario: Scenario, action: str, reason: str) -> None:
    check(scenario, action, reason)


def test_companion_order_may_have_another_product() -> None:
    scenario = deployed(live=live(companion_order_id=C), orders=[order(), order(C, product_id=OTHER_PRODUCT)])
    decision = check(scenario, "nothing", "valid")
    assert decision.companion_order_id == C
    # It may be revoked alone.
    assert scenario.asked == [A, C]


@table(
    {
        "renewal of a root for something else": (
            deployed(
                live=live(R, root=C),
                orders=[order(R, created=90), order(C, common_name="Evil Corp")],
                certificates={R: certificate()},
                today=350,
            ),
            "blocked",
            "order_mismatch",
        ),
        "renewal of a root that WoTrus does not know": (
            deployed(live=live(R, root=C), orders=[order(R, created=90)], certificates={R: certificate()}, today=350),
            "blocked",
            "root_unknown",
        ),
        "renewal of a root that is younger": (
            deployed(
                live=live(R, root=C),
                orders=[order(R), order(C, created=10)],
                certificates={R: certificate(), C: certificate(10, 375)},
                today=350,
            ),
            "blocked",
            "order_mismatch",
        ),
        "replacement under a root for something else": (
            deployed(
                want=wanted(replace_orders=[R]),
                live=live(R, root=C),
                orders=[order(R, "revoked"), order(C, common_name="Evil Corp")],
            ),
            "blocked",
            "order_mismatch",
        ),
        "replacement under a root that WoTrus does not know": (
            deployed(want=wanted(replace_orders=[R]), live=live(R, root=C), orders=[order(R, "revoked")]),
            "order",
            "revoked",
        ),
    }
)
def test_root_that_does_not_fit_is_not_followed(scenario: Scenario, action: str, reason: str) -> None:
    check(scenario, action, reason)


# ---- renewal


@pytest.mark.parametrize(
    ("today", "action", "reason", "months"),
    [
        (334.9, "nothing", "valid", None),
        (335.1, "renew", "expiring", 13),
        (364.9, "renew", "expiring", 13),
        (365, "renew", "expired", 12),
        (500, "renew", "expired", 12),
    ],
)
def test_certificate_is_renewed_in_its_window_for_the_days_it_has_left(
    today: float, action: str, reason: str, months: int | None
) -> None:
    decision = check(deployed(today=today), action, reason)
    assert decision.months == months
    if action == "renew":
        assert (decision.follows, decision.superseded_order_id) == (A, A)


def test_renewal_of_a_reissue_follows_the_root() -> None:
    scenario = deployed(
        live=live(R, root=A),
        orders=[order(R, created=90), order(A, "closed")],
        certificates={R: certificate()},
        today=340,
    )
    decision = check(scenario, "renew", "expiring")
    assert (decision.follows, decision.superseded_order_id) == (A, R)


def test_dates_of_the_ca_are_fetched_only_if_those_of_the_host_are_due() -> None:
    scenario = deployed()
    check(scenario, "nothing", "valid")
    assert scenario.asked == [A]


@table(
    {
        "files that seem to end": (deployed(files=files(certificate(0, 110))), "nothing", "valid"),
        "files that seem to have ended": (deployed(files=files(certificate(0, 50))), "resume", "files_damaged"),
        "a record without files that seems to have ended": (
            deployed(live=live(not_after="2026-02-01T00:00:00Z"), files=None),
            "reissue",
            "key_lost",
        ),
        "a record whose dates are no dates": (
            deployed(live=live(not_before="never", not_after="soon"), files=None),
            "reissue",
            "key_lost",
        ),
    }
)
def test_false_dates_of_a_host_place_no_order(scenario: Scenario, action: str, reason: str) -> None:
    check(scenario, action, reason)
    assert scenario.asked == [A, "pem:" + A]


def test_order_of_another_organization_is_neither_reissued_nor_renewed() -> None:
    other = order(organization=Organization(name="Other Ltd."))
    lost = deployed(orders=[other], files=files(key_matches=False))
    check(lost, "blocked", "order_mismatch")
    due = deployed(orders=[other], today=350)
    check(due, "blocked", "order_mismatch")


def test_renewal_waits_for_a_ca_that_cannot_show_the_certificate() -> None:
    decision = check(deployed(certificates={}, today=340), "blocked", "rejected_by_api")
    assert decision.is_failure


@pytest.mark.parametrize(
    ("root_from", "today", "action", "reason"),
    [
        (0, 60, "reissue", "ends_early"),
        (0, 330, "reissue", "ends_early"),
        (0, 340, "renew", "expiring"),
        (None, 340, "blocked", "ca_time_unknown"),
    ],
    ids=["backdated", "near the end of the term", "in the window of the term", "no createTime"],
)
def test_certificate_that_ends_within_the_paid_term_is_reissued(
    root_from: float | None, today: float, action: str, reason: str
) -> None:
    nearly_expired = certificate(-300, today + 3)
    scenario = deployed(
        files=files(nearly_expired), certificates={A: nearly_expired}, orders=[order(created=root_from)], today=today
    )
    decision = check(scenario, action, reason)
    if action == "blocked":
        assert A in str(decision.next_step)


def test_third_of_the_term_counts_from_the_root_and_not_from_a_reissue() -> None:
    nearly_expired = certificate(200, 365)
    scenario = deployed(
        live=live(R, root=A),
        files=files(nearly_expired),
        orders=[order(R, created=330), order(A)],
        certificates={R: nearly_expired},
        today=355,
    )
    check(scenario, "renew", "expiring")


@pytest.mark.parametrize(("named", "action"), [([], "blocked"), ([f" {{{A.upper()}}} "], "order")])
def test_end_that_no_reissue_moves_on_is_left_to_a_person(named: list[str], action: str) -> None:
    nearly_expired = certificate(0, 127)
    scenario = deployed(
        want=wanted(replace_orders=named),
        files=files(nearly_expired),
        certificates={R: nearly_expired},
        live=live(R, root=A, ended_not_after=format_timestamp(day(127))),
        orders=[order(), order(R, created=100)],
        today=102,
    )
    decision = check(scenario, action, "no_later_end")
    assert decision.follows == (A if action == "order" else None)
    assert "263 days of the paid term are left" in str(decision.msg)


@pytest.mark.parametrize(("today", "action"), [(100, "nothing"), (115, "reissue")])
def test_reissue_that_revokes_what_is_live_waits_for_the_last_half_of_the_window(today: float, action: str) -> None:
    short = certificate(0, 127)
    scenario = deployed(
        files=files(short), certificates={A: short}, orders=[order(product_name="Sectigo OV")], today=today
    )
    decision = check(scenario, action, "valid" if action == "nothing" else "ends_early")
    assert ("from 2026-04-23 on" in str(decision.msg)) is (action == "nothing"), str(decision.msg)


def test_reissue_for_a_lost_key_does_not_show_that_no_end_moves_on() -> None:
    nearly_expired = certificate(0, 127)
    scenario = deployed(
        files=files(nearly_expired),
        certificates={R: nearly_expired},
        live=live(R, root=A),
        orders=[order(), order(R, created=100)],
        superseded=(live(A, not_after=format_timestamp(day(127)), operation="reissue"),),
        today=122,
    )
    check(scenario, "reissue", "ends_early")


def test_nothing_is_renewed_by_the_controllers_clock_alone() -> None:
    check(deployed(today=340, ca_gives_time=False), "blocked", "ca_time_unknown")
    check(deployed(today=100, ca_gives_time=False), "nothing", "valid")
    check(deployed(want=wanted(replace_orders=[A]), today=340, ca_gives_time=False), "order", "ca_time_unknown")


def test_nothing_follows_a_reissue_that_seems_due_by_the_controllers_clock() -> None:
    scenario = deployed(
        want=wanted(replace_orders=[R]),
        live=live(R, root=A),
        orders=[order(), order(R, created=90)],
        certificates={R: certificate()},
        today=350,
        ca_gives_time=False,
    )
    assert "so nothing follows it" not in str(check(scenario, "blocked", "ca_time_unknown").msg)


def test_window_is_at_most_a_third_of_the_life_and_of_the_term() -> None:
    check(deployed(want=wanted(renew_before_days=10_000), today=240), "nothing", "valid")
    check(deployed(want=wanted(renew_before_days=10_000), today=245), "renew", "expiring")
    long = certificate(0, 1500)
    by_term = deployed(want=wanted(renew_before_days=10_000), files=files(long), certificates={A: long}, today=1370)
    check(by_term, "nothing", "valid")


@table(
    {
        "closed past its term, live": (
            deployed(orders=[order(status="closed")], files=files(), today=370),
            "renew",
            "expired",
        ),
        "closed past its term, on a rebuilt host": (
            waiting(orders=[order(status="closed")], today=370),
            "renew",
            "expired",
        ),
        "issued past its term, and no certificate is shown": (
            waiting(orders=[order()], certificates={}, today=370),
            "renew",
            "expired",
        ),
        "closed past its term, and the CA gives no time": (
            waiting(orders=[order(status="closed")], today=370, ca_gives_time=False),
            "blocked",
            "ca_time_unknown",
        ),
        "closed before its term, and live": (deployed(orders=[order(status="closed")], today=300), "nothing", "valid"),
        "closed before its term, and its certificate is gone": (
            deployed(orders=[order(status="closed")], files=None, certificates={}, today=370 - 20),
            "blocked",
            "order_dead",
        ),
        "revoked, and past its term": (deployed(orders=[order(status="revoked")], today=370), "renew", "expired"),
        "rejected, and past its term": (waiting(orders=[order(status="rejected")], today=370), "blocked", "order_dead"),
        "closed, and its createTime is unknown": (
            deployed(orders=[order(status="closed", created=None)], certificates={}, today=370),
            "blocked",
            "order_dead",
        ),
    }
)
def test_closed_order_past_its_term_is_expired_and_not_dead(scenario: Scenario, action: str, reason: str) -> None:
    decision = check(scenario, action, reason)
    if action == "renew":
        assert (decision.follows, decision.months) == (A, 12)


@table(
    {
        "still valid": (deployed(want=wanted(replace_orders=[A]), today=350), "blocked", "rejected_by_api"),
        "ended": (deployed(want=wanted(replace_orders=[A]), today=370), "order", "ca_time_unknown"),
    }
)
def test_a_refused_certificate_of_unknown_age_is_replaced_only_if_what_is_live_has_ended(
    scenario: Scenario, action: str, reason: str
) -> None:
    withheld = dataclasses.replace(scenario, orders=[order(created=None)], certificates={})

    check(withheld, action, reason)


# ---- dead orders, and orders that a person names


DEAD = ("closed", "rejected", "revoked")


@pytest.mark.parametrize("status", DEAD)
@pytest.mark.parametrize("part", ["pending", "live", "order_id"])
def test_dead_order_is_followed_only_if_a_person_names_it(status: str, part: str) -> None:
    def scenario(**changes: t.Any) -> Scenario:
        orders = [order(status=status)]
        if part == "order_id":
            return Scenario(want=wanted(order_id=A, **changes), orders=orders)
        if part == "live":
            # What is live of a closed order is good until it is due.
            return deployed(want=wanted(**changes), orders=orders, certificates={}, today=350)
        return waiting(want=wanted(**changes), orders=orders)

    blocked = check(scenario(), "blocked", "order_dead")
    assert A in str(blocked.next_step)
    assert "replace_orders of the entry" in str(blocked.next_step)
    replaced = check(scenario(replace_orders=[A]), "order", status)
    assert (replaced.follows, replaced.superseded_order_id, replaced.months) == (A, A, 12)
    # It may stay in the inventory: the order that follows is decided on for itself.
    followed = waiting(
        want=wanted(replace_orders=[A]), pending=pending(B, superseded_order_id=A), orders=[order(B, "pending")]
    )
    check(followed, "resume", "pending_review")


def test_order_that_is_dead_on_arrival_is_not_followed_in_this_run() -> None:
    scenario = waiting(want=wanted(replace_orders=[A]), orders=[order(status="rejected")], created=[A])
    check(scenario, "blocked", "order_dead")


def test_order_that_follows_a_replaced_one_and_dies_is_not_replaced_without_its_own_name() -> None:
    scenario = waiting(
        want=wanted(replace_orders=[A]),
        pending=pending(B, superseded_order_id=A, follows=A),
        orders=[order(status="rejected"), order(B, "rejected")],
    )
    decision = check(scenario, "blocked", "order_dead")
    assert decision.order_id == B


def test_root_of_a_reissue_is_followed_and_never_the_reissue() -> None:
    def scenario(named: str) -> Scenario:
        orders = [order(R, "revoked"), order(A, "closed")]
        return deployed(want=wanted(replace_orders=[named]), live=live(R, root=A), orders=orders)

    assert check(scenario(A), "order", "revoked").follows == A
    step = str(check(scenario(R), "blocked", "order_dead").next_step)
    assert step.index("reissues it for you") < step.index(f"add {A} to replace_orders")


def test_order_that_is_named_for_a_run_is_followed_by_the_entry_that_it_is_for() -> None:
    named = frozenset([id_key(A)])
    for orders in (
        [order(common_name="Former Name")],
        [order(status="revoked", organization=Organization(name="Other"))],
        [order(status="revoked", organization=Organization())],
    ):
        scenario = deployed(want=wanted(replace_orders_of_run=named), orders=orders)
        assert scenario.decide().action is Action.BLOCKED
    check(deployed(want=wanted(replace_orders_of_run=named), orders=[order(status="revoked")]), "order", "revoked")


def test_order_for_another_name_or_product_is_replaced_if_a_person_names_it() -> None:
    for orders in ([order(common_name="Former Name")], [order(product_id=OTHER_PRODUCT)]):
        decision = check(deployed(want=wanted(replace_orders=[A]), orders=orders), "order", "order_mismatch")
        assert (decision.follows, decision.superseded_order_id) == (A, A)


def test_valid_order_that_a_person_names_is_not_replaced() -> None:
    check(deployed(want=wanted(replace_orders=[A])), "nothing", "valid")


def test_revocation_review_without_end_is_left_by_a_person_alone_and_only_where_the_key_is_lost() -> None:
    def reviewed(**changes: t.Any) -> Scenario:
        return deployed(orders=[order(status="pendingRevoke")], **changes)

    lost = {"a lost key": {"files": None}, "a lost disk": {"files": None, "live": None, "pending": pending()}}
    for changes in lost.values():
        blocked = check(reviewed(**changes), "blocked", "revoking")
        assert f"add {A} to replace_orders" in str(blocked.next_step)
        assert check(reviewed(want=wanted(replace_orders=[A]), **changes), "order", "revoking").follows == A
    check(reviewed(want=wanted(replace_orders=[A])), "nothing", "revoking")


def test_message_about_a_dead_order_of_a_rebuilt_host_names_the_reissue_and_the_charge() -> None:
    decision = check(waiting(orders=[order(status="revoked")], placed=[A]), "blocked", "order_dead")
    assert "order_id" in str(decision.next_step)
    assert "charged, unless it exists already" in str(decision.next_step)


# ---- a rebuilt host


def test_order_of_a_lost_key_is_reissued_free_with_a_warning_that_names_it() -> None:
    scenario = waiting(orders=[order()], certificates={A: certificate(key=OTHER_KEY)}, placed=[A], key=KEY)
    scenario.key = None
    decision = check(scenario, "reissue", "key_lost")
    assert decision.root_order_id == A
    (warning,) = decision.warnings
    assert A in str(warning)
    assert NAME in str(warning)


@table(
    {
        "expired": (
            waiting(orders=[order()], certificates={A: certificate(key=OTHER_KEY)}, placed=[A], today=400),
            "renew",
            "expired",
        ),
        "expired, and for the pending key": (
            waiting(orders=[order()], certificates={A: certificate()}, placed=[A], today=400),
            "renew",
            "expired",
        ),
        "due": (
            waiting(orders=[order()], certificates={A: certificate(key=OTHER_KEY)}, placed=[A], today=340),
            "renew",
            "expiring",
        ),
        "another term": (
            waiting(want=wanted(months=24), orders=[order()], certificates={A: certificate()}, placed=[A]),
            "resume",
            "issued",
        ),
        "its revocation is under review": (
            waiting(orders=[order(status="pendingRevoke")], certificates={A: certificate(key=OTHER_KEY)}, key=None),
            "blocked",
            "revoking",
        ),
        "the certificate is live, the record was lost": (
            waiting(
                pending=pending(),
                key=OTHER_KEY,
                files=files(),
                orders=[order()],
                certificates={A: certificate()},
                placed=[A],
                today=130,
            ),
            "resume",
            "record_lost",
        ),
    }
)
def test_adopted_order_is_decided_on_as_one_in_the_record(scenario: Scenario, action: str, reason: str) -> None:
    check(scenario, action, reason)


def test_restored_record_of_an_expired_order_continues_with_its_follower() -> None:
    scenario = deployed(files=None, orders=[order(), order(B, created=340)], today=400)
    decision = check(scenario, "renew", "expired")
    assert decision.follows == A


def test_order_of_this_run_with_another_key_is_a_mismatch() -> None:
    scenario = waiting(orders=[order()], certificates={A: certificate(key=OTHER_KEY)}, created=[A])
    # It is not reissued: the check of the fetched certificate is what fails, with key_mismatch.
    decision = check(scenario, "resume", "issued")
    assert decision.is_ready


def test_order_that_query_does_not_show_yet_is_waited_for() -> None:
    decision = check(waiting(orders=[], placed=[A]), "resume", "pending_review")
    assert (decision.order_id, decision.is_ready) == (A, False)


def test_order_of_the_last_hour_that_query_does_not_show_is_waited_for() -> None:
    fresh = pending(requested_at="2026-01-01T00:00:00Z")
    check(waiting(orders=[], pending=fresh, today=0.03), "resume", "pending_review")
    check(waiting(orders=[], pending=fresh, today=0.06), "blocked", "order_unknown")


def test_order_that_wotrus_does_not_know_is_blocked() -> None:
    for scenario in (waiting(orders=[]), deployed(orders=[]), Scenario(want=wanted(order_id=A))):
        check(scenario, "blocked", "order_unknown")


def test_unavailable_api_is_a_failure_without_an_order() -> None:
    for scenario in (waiting(orders=[], is_down=True), deployed(orders=[], is_down=True, today=400)):
        decision = check(scenario, "blocked", "unavailable")
        assert decision.is_failure


# ---- reissues


OTHER_KIND = {**DEFINITION, "key": {"type": "RSA", "size": 2048, "storage": "host"}}


@table(
    {
        "the default": (
            deployed(live=live(definition=OTHER_KIND), want=wanted(named_key={"storage"})),
            "nothing",
            "valid",
        ),
        "its own kind": (
            deployed(live=live(definition=OTHER_KIND), want=wanted(definition=OTHER_KIND)),
            "nothing",
            "valid",
        ),
        "another size": (
            deployed(live=live(definition=OTHER_KIND), want=wanted(named_key={"type", "size", "storage"})),
            "reissue",
            "key_changed",
        ),
        "another storage": (
            deployed(
                live=live(definition={**DEFINITION, "key": {"type": "RSA", "size": 3072, "storage": "provided"}}),
                want=wanted(named_key={"storage"}),
            ),
            "reissue",
            "key_changed",
        ),
        "the default, for a key that was made here": (
            deployed(
                live=live(definition=OTHER_KIND, key_made_at="2026-01-01T00:00:00Z"), want=wanted(named_key={"storage"})
            ),
            "reissue",
            "key_changed",
        ),
    }
)
def test_imported_key_is_only_compared_with_the_kind_that_the_entry_names(
    scenario: Scenario, action: str, reason: str
) -> None:
    check(scenario, action, reason)


@table(
    {
        "the key of the certificate": (
            Scenario(want=wanted(order_id=A), first_key=KEY, orders=[order()], certificates={A: certificate()}),
            "resume",
            "issued",
        ),
        "another key": (
            Scenario(want=wanted(order_id=A), first_key=OTHER_KEY, orders=[order()], certificates={A: certificate()}),
            "reissue",
            "key_lost",
        ),
        "an order of the account for something else": (
            Scenario(
                want=wanted(order_id=A),
                first_key=KEY,
                orders=[order(common_name="Other")],
                certificates={A: certificate()},
            ),
            "blocked",
            "order_mismatch",
        ),
        "a certificate without a public key": (
            Scenario(
                want=wanted(order_id=A),
                first_key=KEY,
                orders=[order()],
                certificates={A: dataclasses.replace(certificate(), public_key_sha256=None)},
            ),
            "reissue",
            "key_lost",
        ),
        "no order": (Scenario(first_key=KEY), "order", "not_ordered"),
    }
)
def test_key_file_to_import_decides_whether_an_issued_order_is_deployed(
    scenario: Scenario, action: str, reason: str
) -> None:
    check(scenario, action, reason)


def test_pending_key_decides_and_not_the_file_that_was_imported_before() -> None:
    facts = Scenario(key=OTHER_KEY, first_key=KEY).facts()
    assert fits_key(facts, certificate(key=OTHER_KEY))
    assert not fits_key(facts, certificate(key=KEY))


@table(
    {
        "its key is gone": (deployed(files=None), "reissue", "key_lost"),
        "its key is another one": (deployed(files=files(key_matches=False)), "reissue", "key_lost"),
        "its key may not be read": (deployed(files=files(key_matches=None)), "nothing", "valid"),
        "a person wants it": (deployed(want=wanted(reissue_requested=True)), "reissue", "requested"),
        "another kind of key": (
            deployed(want=wanted(definition={**DEFINITION, "key": {"type": "ECC", "curve": "P-256"}})),
            "reissue",
            "key_changed",
        ),
        "another kind of key, on_change: fail": (
            deployed(want=wanted(definition={**DEFINITION, "key": {"type": "ECC"}}, may_reissue=False)),
            "blocked",
            "key_changed",
        ),
        "another provided key": (deployed(want=wanted(public_key_sha256=OTHER_KEY)), "reissue", "key_changed"),
        "the same provided key": (deployed(want=wanted(public_key_sha256=KEY)), "nothing", "valid"),
        "another subject": (
            deployed(
                want=wanted(
                    definition={
                        **DEFINITION,
                        "subject": {"common_name": NAME, "organization": "沃通", "locality": "新"},
                    }
                )
            ),
            "reissue",
            "definition_changed",
        ),
        "another subject, on_change: fail": (
            deployed(want=wanted(definition={**DEFINITION, "subject": {}}, may_reissue=False)),
            "blocked",
            "definition_changed",
        ),
        "another term": (deployed(want=wanted(definition={**DEFINITION, "months": 24})), "nothing", "valid"),
        "no definition on record": (deployed(live=live(definition=None)), "nothing", "valid"),
        "a revocation under review": (
            deployed(orders=[order(status="pendingRevoke")], want=wanted(reissue_requested=True)),
            "nothing",
            "revoking",
        ),
        "damaged files": (deployed(files=files(damaged="chain.pem root.pem")), "resume", "files_damaged"),
        "a requested reissue in the window": (
            deployed(want=wanted(reissue_requested=True), today=340),
            "renew",
            "expiring",
        ),
        "a requested reissue in the window, in a run that may not renew": (
            deployed(want=wanted(reissue_requested=True, may_renew=False), today=340),
            "reissue",
            "requested",
        ),
        "a lost key in the window": (deployed(files=files(key_matches=False), today=340), "renew", "expiring"),
    }
)
def test_live_certificate(scenario: Scenario, action: str, reason: str) -> None:
    decision = check(scenario, action, reason)
    assert decision.order_id == A
    if action == "reissue":
        assert (decision.superseded_order_id, decision.root_order_id) == (A, A)


SINCE = {"keys_since": day(50)}


@table(
    {
        "made before": (
            deployed(want=wanted(**SINCE), live=live(key_made_at="2026-01-01T00:00:00Z")),
            "reissue",
            "key_too_old",
        ),
        "made after": (
            deployed(want=wanted(**SINCE), live=live(key_made_at="2026-03-01T00:00:00Z")),
            "nothing",
            "valid",
        ),
        "made nobody knows when": (deployed(want=wanted(**SINCE)), "nothing", "valid"),
        "made at no time": (deployed(want=wanted(**SINCE), live=live(key_made_at="early")), "nothing", "valid"),
        "not made on the host": (
            deployed(
                want=wanted(definition=UKEY, **SINCE), live=live(key_made_at="2026-01-01T00:00:00Z", definition=UKEY)
            ),
            "nothing",
            "valid",
        ),
        "its reissue is pending already": (
            reissuing(want=wanted(**SINCE), live=live(key_made_at="2026-01-01T00:00:00Z")),
            "resume",
            "pending_review",
        ),
    }
)
def test_key_that_is_older_than_wotrus_keys_since(scenario: Scenario, action: str, reason: str) -> None:
    check(scenario, action, reason)


@table(
    {
        "under review": (reissuing(), "resume", "pending_review"),
        "issued": (reissuing(orders=[order(), order(R, created=90)]), "resume", "issued"),
        "the renewal is due": (reissuing(today=340), "renew", "expiring"),
        "the live certificate has expired": (reissuing(today=400), "renew", "expired"),
        "the renewal is due, and WoTrus does not know the reissue": (
            reissuing(orders=[order()], today=340),
            "renew",
            "expiring",
        ),
        "WoTrus does not know the reissue": (reissuing(orders=[order()]), "blocked", "order_unknown"),
        "under the order's own id, and the old certificate is still answered": (
            deployed(pending=pending(A, "reissue", superseded_order_id=A), key=OTHER_KEY, today=150),
            "resume",
            "pending_ca",
        ),
        "under the order's own id, and the renewal is due": (
            deployed(pending=pending(A, "reissue", superseded_order_id=A), key=OTHER_KEY, today=340),
            "renew",
            "expiring",
        ),
        "under the order's own id, and issued": (
            deployed(
                pending=pending(A, "reissue", superseded_order_id=A),
                key=OTHER_KEY,
                certificates={A: certificate(key=OTHER_KEY)},
                today=150,
            ),
            "resume",
            "issued",
        ),
        "another id, for another key": (
            reissuing(
                orders=[order(), order(R, created=0)], certificates={A: certificate(), R: certificate()}, today=150
            ),
            "blocked",
            "key_mismatch",
        ),
    }
)
def test_pending_reissue_hides_no_renewal(scenario: Scenario, action: str, reason: str) -> None:
    decision = check(scenario, action, reason)
    if action == "renew":
        assert (decision.follows, decision.superseded_order_id) == (A, A)


@pytest.mark.parametrize("status", ["closed", "rejected", "revoked"])
def test_refused_reissue_is_dropped_and_the_order_counts_again(status: str) -> None:
    refused = [order(), order(R, status, created=90)]
    check(reissuing(orders=refused), "nothing", "valid")
    check(reissuing(orders=refused, today=340), "renew", "expiring")
    again = check(reissuing(orders=refused, want=wanted(reissue_requested=True)), "reissue", "requested")
    assert (again.order_id, again.refused_order_id) == (A, R)


@pytest.mark.parametrize(
    ("original", "action", "reason"),
    [
        (order(), "blocked", "key_lost"),
        (order(status="revoked"), "blocked", "order_dead"),
        (order(status="pendingRevoke"), "blocked", "revoking"),
        (order(common_name="Evil Corp"), "blocked", "order_mismatch"),
    ],
    ids=["issued", "ended", "under revocation", "for something else"],
)
def test_refused_reissue_of_a_rebuilt_host(original: Order, action: str, reason: str) -> None:
    orders = [original, order(R, "rejected")]
    rebuilt = reissuing(live=None, files=None, orders=orders, certificates={A: certificate(key=KEY)})
    check(rebuilt, action, reason)
    if reason == "key_lost":
        decision = check(dataclasses.replace(rebuilt, want=wanted(reissue_requested=True)), "reissue", reason)
        assert (decision.order_id, decision.refused_order_id) == (A, R)


def test_reissue_under_the_orders_own_id_that_is_refused_leaves_a_dead_order() -> None:
    scenario = deployed(
        pending=pending(A, "reissue", superseded_order_id=A), key=OTHER_KEY, orders=[order(status="rejected")]
    )
    check(scenario, "blocked", "order_dead")


@pytest.mark.parametrize(
    ("created", "today", "action", "reason"),
    [
        (0, 300, "resume", "pending_review"),
        (0, 345, "renew", "expiring"),
        (0, 380, "renew", "expired"),
        (None, 345, "resume", "pending_review"),
    ],
)
def test_reissue_under_review_under_the_orders_own_id_hides_no_renewal(
    created: float | None, today: float, action: str, reason: str
) -> None:
    # RetrievePem has nothing for the order now, so its term decides.
    scenario = deployed(
        pending=pending(A, "reissue", superseded_order_id=A),
        key=OTHER_KEY,
        orders=[order(status="pending", created=created)],
        certificates={},
        today=today,
    )
    decision = check(scenario, action, reason)
    if action == "renew":
        assert decision.follows == A


def test_host_cannot_make_an_order_under_review_due() -> None:
    scenario = deployed(
        files=files(certificate(-300, 65)),
        pending=pending(A, "reissue", superseded_order_id=A),
        key=OTHER_KEY,
        orders=[order(status="pending")],
        certificates={},
        today=60,
    )
    check(scenario, "resume", "pending_review")


def unsent(**changes: t.Any) -> Scenario:
    """Return a host with a prepared reissue and no recorded answer."""
    request = pending(None, "reissue", superseded_order_id=A, refused_order_id=R, root_order_id=A)
    return deployed(**{"pending": request, "key": OTHER_KEY, **changes})


@table(
    {
        "the order is issued": (unsent(), "reissue", "interrupted"),
        "the order has ended": (unsent(orders=[order(status="closed")]), "reissue", "interrupted"),
        "the order is revoked": (unsent(orders=[order(status="revoked")]), "reissue", "interrupted"),
        "the renewal is due": (unsent(today=340), "renew", "expiring"),
        "on a rebuilt host": (unsent(live=None, files=None), "reissue", "interrupted"),
        "WoTrus does not know the order": (unsent(orders=[]), "blocked", "order_unknown"),
    }
)
def test_reissue_without_an_answer_is_sent_again(scenario: Scenario, action: str, reason: str) -> None:
    decision = check(scenario, action, reason)
    if action == "reissue":
        assert (decision.order_id, decision.refused_order_id) == (A, R)


# ---- requests that a record calls prepared


def test_renewal_that_was_prepared_is_sent_only_if_it_is_due() -> None:
    request = pending(None, "renew", superseded_order_id=A, follows=A)
    check(deployed(pending=request, key=OTHER_KEY), "nothing", "valid")
    decision = check(deployed(pending=request, key=OTHER_KEY, today=340), "renew", "expiring")
    assert decision.follows == A


def test_prepared_renewal_without_a_live_certificate_is_decided_by_the_followed_order() -> None:
    request = pending(None, "renew", superseded_order_id=A, follows=A)
    due = Scenario(pending=request, key=OTHER_KEY, orders=[order()], certificates={A: certificate()}, today=340)
    assert check(due, "renew", "expiring").follows == A
    foreign = Scenario(pending=request, key=OTHER_KEY, orders=[order(common_name="Evil Corp")], today=340)
    check(foreign, "blocked", "order_mismatch")


def test_first_order_that_was_prepared_under_another_name_is_blocked() -> None:
    decision = check(waiting(pending=pending(None), order_name="contracts@old"), "blocked", "order_name_changed")
    assert str(decision.msg).startswith("An earlier run prepared an order under the name 'contracts@old'")
    assert str(decision.next_step).startswith("Set order_name to 'contracts@old'. If WoTrus has no such order")
    for name in ("archive", "invoices"):
        copy = waiting(want=wanted(name=name), pending=pending(None), order_name="contracts@old")
        decision = check(copy, "blocked", "order_name_changed")
        assert str(decision.msg).startswith("The record is of the certificate 'contracts'")
        assert "Otherwise it is a copy." in str(decision.next_step)
    check(waiting(order_name="contracts@old"), "resume", "pending_review")
    check(deployed(order_name="contracts@old"), "nothing", "valid")


# ---- order_id of an entry


@table(
    {
        "under review": (
            Scenario(want=wanted(order_id=A), orders=[order(status="pending")]),
            "resume",
            "pending_review",
        ),
        "issued, for a key that is not here": (
            Scenario(want=wanted(order_id=A), orders=[order()], certificates={A: certificate()}),
            "reissue",
            "key_lost",
        ),
        "issued, for the provided key": (
            Scenario(want=wanted(order_id=A, public_key_sha256=KEY), orders=[order()], certificates={A: certificate()}),
            "resume",
            "issued",
        ),
        "issued, and due": (
            Scenario(
                want=wanted(order_id=A, root_order_id=A),
                orders=[order()],
                certificates={A: certificate()},
                today=340,
            ),
            "renew",
            "expiring",
        ),
        "issued, and due, and nobody says its root": (
            Scenario(want=wanted(order_id=A), orders=[order()], certificates={A: certificate()}, today=340),
            "blocked",
            "root_unknown",
        ),
    }
)
def test_chain_begins_with_the_order_that_an_entry_names(scenario: Scenario, action: str, reason: str) -> None:
    decision = check(scenario, action, reason)
    assert decision.order_id == A


def test_recorded_order_wins_over_that_of_the_entry() -> None:
    followed = deployed(
        want=wanted(order_id=A), live=live(B), orders=[order(), order(B)], certificates={B: certificate()}
    )
    assert check(followed, "nothing", "valid").order_id == B
    pending_one = waiting(want=wanted(order_id=B), orders=[order(status="pending"), order(B)])
    assert check(pending_one, "resume", "pending_review").order_id == A


@pytest.mark.parametrize("found", [[], [order(status="revoked")]], ids=["unknown", "dead"])
@pytest.mark.parametrize("part", ["pending", "live"])
def test_order_of_the_entry_counts_if_the_recorded_one_is_unusable(found: list[Order], part: str) -> None:
    make = {"pending": waiting, "live": deployed}[part]
    scenario = make(want=wanted(order_id=B), orders=[*found, order(B, "pending", created=50)])
    assert check(scenario, "resume", "pending_review").order_id == B


@pytest.mark.parametrize("today", [100, 340])
def test_earlier_order_in_the_entry_does_not_replace_a_dead_one(today: float) -> None:
    orders = [order(), order(B, "rejected", created=330)]
    renewal = {"pending": pending(B, "renew", follows=A, superseded_order_id=A), "key": OTHER_KEY}
    found = {"want": wanted(order_id=A), "orders": orders, "certificates": {A: certificate()}, "today": today}
    assert check(deployed(**renewal, **found), "blocked", "order_dead").order_id == B
    assert check(Scenario(**renewal, **found), "blocked", "order_dead").order_id == B
    live_one = deployed(live=live(B), **{**found, "orders": [order(), order(B, "revoked", created=50)]}, pending=None)
    assert check(live_one, "blocked", "order_dead").order_id == B


def test_valid_certificate_that_the_record_lost_is_not_replaced_by_the_entrys_order_until_a_person_names_it() -> None:
    ended = order(B, "closed", created=-800)
    scenario = waiting(
        want=wanted(order_id=B, root_order_id=B), files=files(), orders=[order(status="rejected", created=50), ended]
    )
    assert check(scenario, "blocked", "order_dead").order_id == A
    scenario.want = dataclasses.replace(scenario.want, replace_orders=frozenset({id_key(C)}))
    assert check(scenario, "blocked", "order_dead").order_id == A
    scenario.want = dataclasses.replace(scenario.want, replace_orders=frozenset({id_key(B)}))
    assert scenario.decide().follows == B


def test_order_of_the_entry_counts_if_a_repeated_renewal_is_refused() -> None:
    orders = [order(), order(B, created=330)]
    certificates = {A: certificate(), B: certificate(330, 700)}
    unsent = pending(None, "renew", follows=A, superseded_order_id=A)
    rebuilt = Scenario(
        want=wanted(order_id=B), pending=unsent, key=OTHER_KEY, orders=orders, certificates=certificates, today=340
    )
    assert check(rebuilt, "resume", "issued").order_id == B
    assert check(dataclasses.replace(rebuilt, want=wanted(order_id=A)), "renew", "expiring").follows == A


def test_restored_record_of_an_older_certificate_does_not_have_its_order_reissued() -> None:
    old = live(fingerprint_sha256="cc" * 32)
    scenario = deployed(
        live=old,
        files=files(certificate(350, 715, key=OTHER_KEY), key_matches=False),
        today=410,
    )
    decision = check(scenario, "renew", "expired")
    assert decision.follows == A


def test_reissue_of_a_renewal_is_waited_for_though_the_record_is_of_the_order_before() -> None:
    scenario = deployed(
        pending=pending(R, "reissue", superseded_order_id=B, root_order_id=B),
        key=OTHER_KEY,
        orders=[order(), order(B, created=330), order(R, "pending", created=340)],
        today=350,
    )
    assert check(scenario, "resume", "pending_review").order_id == R


# ---- a release that was rolled back


@table(
    {
        "valid": (
            deployed(superseded=(rolled_back(),), orders=[order(), order(B, created=330)], today=340),
            "resume",
            "rolled_back",
        ),
        "expired": (
            deployed(
                superseded=(rolled_back(),),
                orders=[order(), order(B, created=330)],
                certificates={B: certificate(330, 700)},
                today=710,
            ),
            "renew",
            "expired",
        ),
        "dead": (
            deployed(superseded=(rolled_back(),), orders=[order(), order(B, "revoked", created=330)], today=340),
            "blocked",
            "order_dead",
        ),
        "for something else": (
            deployed(superseded=(rolled_back(),), orders=[order(), order(B, common_name="Evil Corp")], today=340),
            "blocked",
            "order_mismatch",
        ),
    }
)
def test_rolled_back_certificate_is_deployed_again_without_an_order(
    scenario: Scenario, action: str, reason: str
) -> None:
    decision = check(scenario, action, reason)
    if action == "renew":
        assert decision.follows == B


# ---- UKey


def on_ukey(scenario: Scenario) -> Scenario:
    """Return the scenario with its key on a UKey."""
    changes = {
        "definition": UKEY,
        "order_id": scenario.want.order_id,
        "reissue_requested": scenario.want.reissue_requested,
    }
    scenario.want = wanted(**changes)
    scenario.key = None
    if scenario.live is not None:
        scenario.live = live(definition=UKEY)
    return scenario


@table(
    {
        "it has no key to lose": (deployed(files=files(key_matches=False)), "nothing", "valid"),
        "its files are gone": (deployed(files=None), "resume", "files_lost"),
        "a reissue is requested": (deployed(want=wanted(reissue_requested=True)), "blocked", "requested"),
        "its order is issued": (waiting(orders=[order()], today=20), "resume", "issued"),
        "its order is found by order_id": (
            Scenario(want=wanted(order_id=A), orders=[order()], today=20),
            "resume",
            "issued",
        ),
        "its adopted order has expired": (
            waiting(orders=[order()], certificates={A: certificate()}, placed=[A], today=400),
            "renew",
            "expired",
        ),
        "it is due": (deployed(today=340), "renew", "expiring"),
        "another's order": (waiting(orders=[order(common_name="Evil Corp")]), "blocked", "order_mismatch"),
    }
)
def test_ukey(scenario: Scenario, action: str, reason: str) -> None:
    decision = check(on_ukey(scenario), action, reason)
    if action == "blocked" and reason == "requested":
        assert "UKey" in str(decision.msg)


@table(
    {
        "its URI is not written yet": (deployed(), "resume", "files_damaged"),
        "a reissue is requested": (deployed(want=wanted(reissue_requested=True)), "reissue", "requested"),
    }
)
def test_ukey_that_the_entry_names(scenario: Scenario, action: str, reason: str) -> None:
    named = on_ukey(scenario)
    named.want = dataclasses.replace(named.want, has_token=True)
    check(named, action, reason)


def test_ukey_with_its_uri_needs_nothing() -> None:
    named = on_ukey(deployed())
    named.want = dataclasses.replace(named.want, has_token=True)
    named.live = live(definition=UKEY, files={"key.uri": {"sha256": "00"}})
    check(named, "nothing", "valid")


IN_TOKEN = {**DEFINITION, "key": {**DEFINITION["key"], "storage": "pkcs11"}}


@pytest.mark.parametrize(
    ("key", "action", "reason"),
    [(None, "reissue", "key_lost"), (KEY, "resume", "files_lost"), (OTHER_KEY, "reissue", "key_lost")],
)
def test_lost_files_of_a_key_in_a_token(key: str | None, action: str, reason: str) -> None:
    lost = deployed(files=None, want=wanted(definition=IN_TOKEN), certificates={A: certificate()})
    lost.live, lost.key = live(definition=IN_TOKEN), key
    check(lost, action, reason)


# ---- what the CA has, and the host has not


@pytest.mark.parametrize(
    ("key", "action", "reason"), [(KEY, "resume", "certificate_changed"), (OTHER_KEY, "blocked", "key_mismatch")]
)
def test_newer_certificate_of_the_live_order_is_deployed_or_is_a_failure(key: str, action: str, reason: str) -> None:
    newer = dataclasses.replace(certificate(100, 465, key=key), fingerprint_sha256="cc" * 32)
    decision = check(deployed(files=files(certificate(0, 110)), certificates={A: newer}), action, reason)
    assert decision.is_failure is (action == "blocked")


def test_record_of_a_live_certificate_without_an_order_is_a_first_order() -> None:
    check(Scenario(live=LiveCertificate(release="01"), files=files()), "order", "not_ordered")


# ---- the end of the path


def with_path(ends: float, **changes: t.Any) -> Certificate:
    """Return the usual certificate, with a path that ends on a day."""
    return dataclasses.replace(certificate(), path_not_after=day(ends), **changes)


def of_path(mine: float, theirs: float, **changes: t.Any) -> Scenario:
    """Return a host whose path ends on a day, and a CA that has a path that ends on another."""
    return deployed(files=files(with_path(mine)), certificates={A: with_path(theirs)}, **changes)


def test_path_that_is_not_due_costs_one_query() -> None:
    scenario = of_path(200, 365, today=100)
    check(scenario, "nothing", "valid")
    assert scenario.asked == [A]


@table(
    {
        "a newer chain": (of_path(200, 365, today=175), "resume", "chain_changed"),
        "a chain that is newer, and due too": (of_path(200, 201, today=175), "resume", "chain_changed"),
        "no newer chain": (of_path(200, 200, today=175), "reissue", "chain_ends"),
        "a chain that has ended": (of_path(200, 200, today=230), "reissue", "chain_ends"),
        "a reissue that brought no later chain": (
            of_path(
                200,
                200,
                today=175,
                live=live(ended_not_after=format_timestamp(day(200))),
            ),
            "blocked",
            "chain_ends",
        ),
        "a reissue that brought a later chain": (
            of_path(
                200,
                200,
                today=175,
                live=live(ended_not_after=format_timestamp(day(100))),
            ),
            "reissue",
            "chain_ends",
        ),
        "a certificate that is due too": (of_path(200, 200, today=340), "renew", "expiring"),
        "a host that claims an early path": (of_path(50, 365, today=100), "resume", "chain_changed"),
        "a host that claims no path": (
            deployed(files=files(), certificates={A: with_path(200)}, today=175),
            "nothing",
            "valid",
        ),
        "a revocation under review": (
            of_path(200, 200, today=175, orders=[order(status="pendingRevoke")]),
            "nothing",
            "revoking",
        ),
    }
)
def test_path_that_is_due_gets_a_newer_chain_or_one_reissue_and_no_order(
    scenario: Scenario, action: str, reason: str
) -> None:
    decision = check(scenario, action, reason)
    assert (decision.follows is None) or action == "renew"


def test_refused_reissue_for_a_chain_is_not_repeated() -> None:
    refused = pending(R, "reissue", superseded_order_id=A, root_order_id=A)
    orders = [order(), order(R, "rejected", created=174)]
    check(of_path(200, 200, today=175, pending=refused, key=OTHER_KEY, orders=orders), "blocked", "chain_ends")


FOUND = {"order_id": B, "root_order_id": B}
SENT = pending(None, "reissue", superseded_order_id=A, root_order_id=A, public_key_sha256=OTHER_KEY)


@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param(
            deployed(today=350, want=wanted(**FOUND), orders=[order(), order(B, "pending", created=345)]),
            id="that a renewal is due",
        ),
        pytest.param(
            deployed(
                today=350,
                live=live(A, root="order-x"),
                want=wanted(**FOUND),
                orders=[order(), order(B, "pending", created=345)],
            ),
            id="that the purchase is not known",
        ),
    ],
)
def test_order_that_a_person_found_comes_before_one_that_would_be_placed_or_asked_for(scenario: Scenario) -> None:
    decision = scenario.decide()

    assert (decision.action, decision.order_id) == (Action.RESUME, B)


def test_reissue_that_a_person_found_comes_before_the_follower_of_its_dead_order() -> None:
    want = wanted(order_id=R, root_order_id=A, replace_orders=[A])
    orders = [order(status="revoked"), order(R, "pending", created=90)]

    decision = deployed(pending=SENT, key=OTHER_KEY, want=want, orders=orders).decide()

    assert (decision.action, decision.order_id) == (Action.RESUME, R)


def test_record_of_a_reissue_does_not_make_it_urgent() -> None:
    ends = {"ended_serial_number": "00AA", "ended_not_after": format_timestamp(day(1))}
    request = pending(None, "reissue", superseded_order_id=A, root_order_id=A, **ends)

    decision = check(unsent(pending=request), "reissue", "interrupted")

    assert decision.ended_serial_number == "00AA"


def test_follower_of_an_order_that_ends_early_and_may_be_anothers_claims_none() -> None:
    ending = dataclasses.replace(certificate(0, 63), key_type="SM2")

    check(
        deployed(files=files(ending), certificates={A: ending}, today=60, want=wanted(replace_orders=[A])),
        "order",
        "order_mismatch",
    )
