# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""wotrus_plan: what is decided from what is wanted, what is there, what the CA says and the time."""

from __future__ import annotations

import copy
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._model.idempotence import order_idempotence_id
from ansible_collections.wotrus.pki.plugins.module_utils._planning.plan import OPERATION
from tests.helpers.running import Result, Runner
from tests.helpers.scripted import Answer, Script, drop, envelope, raw, refusal

ID = "89CB4BF6-3E53-4B49-9AB9-92D578144260"
NEW = "4798ed51-db0e-4a79-bbac-5f86a7a122b1"
PDF = "76ECE651-B59E-48F2-A47B-135614AADAD9"
KEY = {"type": "RSA", "size": 3072, "storage": "host"}
ENTRY: dict[str, t.Any] = {
    "name": "contracts",
    "product": "pdf_signing",
    "common_name": "沃通电子认证",
    "organization": {"name": "沃通", "country_code": "CN", "city": "深圳市"},
}
SUBJECT = {"common_name": "沃通电子认证", "organization": "沃通", "country": "CN", "locality": "深圳市"}
DEFINITION = {"product": PDF, "common_name": "沃通电子认证", "months": 12, "key": KEY, "subject": SUBJECT}
FIRST: dict[str, t.Any] = {
    "operation": "order",
    "order_id": ID,
    "generation": 1,
    "months": 12,
    "definition": DEFINITION,
    "public_key_sha256": "aa",
    "superseded_order_id": None,
}
LIVE = {
    "not_before": "2026-01-01T00:00:00Z",
    "not_after": "2027-01-01T00:00:00Z",
    "key_matches": True,
    "public_key_sha256": "aa",
}
SUMMER = "2026-07-01T00:00:00Z"
IN_THE_WINDOW = "2026-12-02T00:00:01Z"
AFTER_THE_END = "2027-02-01T00:00:00Z"


def deployment(
    *,
    pending: dict[str, t.Any] | None = None,
    bought: dict[str, t.Any] | None = None,
    live: dict[str, t.Any] | None = None,
    **state: t.Any,
) -> dict[str, t.Any]:
    """Return an item of wotrus_deployment_info."""
    record = {"version": 1, "name": "contracts", "generation": 1, "pending": pending, "live": bought}
    waiting = {"csr": "CSR", "has_key": True, "has_ukey_password": False} if pending else None
    whole = {"path": "/etc/ssl/wotrus/contracts", "record": record, "live": live, "pending": waiting}
    return copy.deepcopy({**whole, **state})


DEPLOYED = deployment(bought=FIRST, live=LIVE)


def says(status: str, **fields: t.Any) -> Answer:
    return envelope({"id": ID, "status": status, "isPay": 1, **fields}, date=None)


@pytest.fixture
def plan(run_scripted: Runner, server: Script) -> t.Callable[..., Result]:
    """Plan for the one certificate; ``ca``: what the CA says of its order, ``None`` where nobody may ask."""

    def decide(
        state: dict[str, t.Any] | None, *, ca: Answer | None = None, now: str | None = SUMMER, **options: t.Any
    ) -> Result:
        asked_before = len(server.requests)
        if ca is not None:
            server.will(ca)
        entry = {**copy.deepcopy(ENTRY), **options.pop("entry", {})}
        moment = {"now": now} if now else {}
        result = run_scripted(
            OPERATION,
            certificate=entry,
            host="signer1",
            **moment,
            **({"deployment": state} if state else {}),
            **options,
        )
        assert len(server.requests) - asked_before == (0 if ca is None else 1)
        return result

    return decide


Plan = t.Callable[..., Result]


def test_an_empty_disk_is_an_order_that_may_cost(plan: Plan) -> None:
    result = plan(None)
    assert (result["action"], result["reason"], result["charged"]) == ("order", "not_ordered", True)
    assert (result["generation"], result["months"], result["changed"]) == (1, 12, False)
    assert result["order_name"] == "contracts@signer1"
    assert result["record"]["idempotence_id"] == order_idempotence_id(name="contracts@signer1", generation=1)
    assert result["record"]["definition"] == DEFINITION
    assert result["key"] == KEY
    assert result["subject"] == SUBJECT


def test_a_record_that_was_lost_is_asked_for_though_a_certificate_is_live(plan: Plan) -> None:
    result = plan(deployment(live=LIVE, record=None))
    assert (result["action"], result["reason"], result["generation"]) == ("order", "not_ordered", 1)
    assert plan(deployment(live=LIVE, record=None), now=AFTER_THE_END)["action"] == "order"


def test_the_order_name_may_be_chosen(plan: Plan) -> None:
    assert plan(None, entry={"order_name": "shared"})["order_name"] == "shared"


def test_an_order_keeps_the_name_that_it_was_asked_for_by(plan: Plan, run_scripted: Runner) -> None:
    unsent = {"operation": "order", "order_id": None, "generation": 1, "months": 12, "definition": DEFINITION}
    state = deployment(pending=unsent)
    state["record"]["order_name"] = "contracts@old-name"
    result = plan(state)
    assert (result["action"], result["reason"]) == ("order", "interrupted")
    assert result["order_name"] == result["record"]["order_name"] == "contracts@old-name"
    assert result["record"]["idempotence_id"] == order_idempotence_id(name="contracts@old-name", generation=1)
    assert any("contracts@old-name" in warning for warning in run_scripted.warnings)


def test_a_certificate_whose_files_are_gone_is_renewed_where_it_is_due(plan: Plan) -> None:
    state = deployment(bought={**FIRST, "not_before": LIVE["not_before"], "not_after": LIVE["not_after"]})
    assert plan(state, ca=says("issued"))["reason"] == "key_lost"
    assert plan(state, ca=says("issued"), now=AFTER_THE_END)["reason"] == "expired"


def test_damaged_files_are_written_again_from_the_order(plan: Plan, run_scripted: Runner) -> None:
    damaged = {**LIVE, "damaged": ["chain.pem", "root.pem"]}
    result = plan(deployment(bought=FIRST, live=damaged), ca=says("issued"))
    assert (result["action"], result["reason"], result["charged"]) == ("resume", "files_damaged", False)
    assert (result["order_id"], result["record"]) == (ID, None)
    assert "chain.pem, root.pem" in result["msg"]
    assert any("chain.pem, root.pem" in warning for warning in run_scripted.warnings)


@pytest.mark.parametrize(
    ("ca", "live", "options", "reason"),
    [
        (says("pendingRevoke"), {}, {}, "revoking"),
        (says("issued"), {"key_matches": False}, {}, "key_lost"),
        (says("issued"), {}, {"reissue": ["contracts"]}, "requested"),
        (says("issued"), {}, {"now": IN_THE_WINDOW}, "expiring"),
    ],
)
def test_a_release_that_takes_the_place_of_damaged_files_comes_first(
    plan: Plan, run_scripted: Runner, ca: Answer, live: dict[str, t.Any], options: dict[str, t.Any], reason: str
) -> None:
    damaged = {**LIVE, "damaged": ["chain.pem"], **live}
    assert plan(deployment(bought=FIRST, live=damaged), ca=ca, **options)["reason"] == reason
    assert any("chain.pem" in warning for warning in run_scripted.warnings)


def test_a_share_of_the_life_may_stand_for_the_days(plan: Plan) -> None:
    entry = {"renew_before_share": 0.25}
    assert plan(DEPLOYED, ca=says("issued"), now="2026-10-01T00:00:00Z", entry=entry)["reason"] == "valid"
    assert plan(DEPLOYED, ca=says("issued"), now="2026-10-03T00:00:00Z", entry=entry)["reason"] == "expiring"


def test_the_spread_brings_a_renewal_forward_and_never_puts_it_off(plan: Plan) -> None:
    def renew_at(**entry: t.Any) -> str:
        return str(plan(DEPLOYED, ca=says("issued"), entry=entry)["renew_at"])

    assert renew_at() == "2026-12-02T00:00:00Z"
    spread = {renew_at(renew_spread_days=10, order_name=f"contracts@host{number}") for number in range(8)}
    assert len(spread) > 4
    assert all("2026-11-22T00:00:00Z" <= moment <= "2026-12-02T00:00:00Z" for moment in spread)
    assert renew_at(renew_spread_days=10, order_name="a") == renew_at(renew_spread_days=10, order_name="a")


def test_a_reissue_is_planned_where_a_person_asks_for_one(plan: Plan) -> None:
    asked = plan(DEPLOYED, ca=says("issued"), reissue=["contracts"])
    assert (asked["action"], asked["reason"], asked["charged"], asked["order_id"]) == (
        "reissue",
        "requested",
        False,
        ID,
    )
    assert plan(DEPLOYED, ca=says("issued"), reissue=["invoices"])["action"] == "nothing"


def test_what_was_not_asked_for_is_left_to_another_run(plan: Plan) -> None:
    result = plan(None, actions=["renew", "resume"])
    assert (result["action"], result["reason"], result["charged"]) == ("nothing", "not_asked", False)
    assert result["record"] is None
    due = plan(DEPLOYED, ca=says("issued"), now=IN_THE_WINDOW, actions=["renew"])
    assert due["action"] == "renew"


def test_a_dead_order_is_no_success_where_its_replacement_is_left_to_another_run(plan: Plan) -> None:
    for replace_dead in (False, True):
        result = plan(DEPLOYED, ca=says("rejected"), actions=["renew", "reissue", "resume"], replace_dead=replace_dead)
        assert (result["action"], result["reason"], result["charged"]) == ("blocked", "rejected", False)
    assert "order, which is charged" in result["next_action"]


@pytest.mark.parametrize(
    ("state", "ca", "options"),
    [
        (None, None, {"actions": ["reissue", "resume"]}),
        (DEPLOYED, "pendingRevoke", {}),
        (DEPLOYED, "pendingRevoke", {"actions": ["reissue", "resume"], "now": IN_THE_WINDOW}),
        (DEPLOYED, "issued", {"actions": ["renew", "resume"]}),
        (DEPLOYED, "issued", {"actions": ["reissue"], "now": AFTER_THE_END}),
    ],
    ids=["no order", "revocation under review", "revocation under review, due", "not allowed", "expired"],
)
def test_a_reissue_that_a_person_named_and_that_cannot_be_is_no_success(
    plan: Plan, state: dict[str, t.Any] | None, ca: str | None, options: dict[str, t.Any]
) -> None:
    result = plan(state, ca=says(ca) if ca else None, reissue=["contracts"], **options)
    assert (result["action"], result["reason"], result["charged"]) == ("blocked", "requested", False)
    assert result["msg"].startswith("A reissue was asked for, and cannot be done now.")
    assert result["next_action"]


def test_a_renewal_that_is_due_does_not_keep_a_run_from_the_reissue_that_it_was_asked_for(
    plan: Plan, run_scripted: Runner
) -> None:
    asked = {"reissue": ["contracts"], "now": IN_THE_WINDOW}
    alone = plan(DEPLOYED, ca=says("issued"), actions=["reissue", "resume"], **asked)
    assert (alone["action"], alone["reason"], alone["charged"]) == ("reissue", "requested", False)
    assert run_scripted.warnings == []
    both = plan(DEPLOYED, ca=says("issued"), **asked)
    assert both["action"] == "renew"
    assert any("a reissue was asked for, and is not what is done now" in one for one in run_scripted.warnings)


@pytest.mark.parametrize(("operation", "told"), [("reissue", False), ("renew", True)])
def test_an_order_under_way_that_is_not_the_reissue_is_told(
    plan: Plan, run_scripted: Runner, operation: str, *, told: bool
) -> None:
    state = deployment(bought=FIRST, live=LIVE, pending={**FIRST, "operation": operation, "order_id": NEW})
    result = plan(state, ca=envelope({"id": NEW, "status": "pending", "isPay": 1}, date=None), reissue=["contracts"])
    assert result["action"] == "resume"
    assert any("a reissue was asked for" in warning for warning in run_scripted.warnings) is told


def test_a_certificate_that_was_rolled_back_is_made_live_again_and_not_bought_again(plan: Plan) -> None:
    state = deployment(bought=FIRST, live=LIVE)
    state["record"]["superseded"] = [{"operation": "rolled_back", "order_id": NEW, "generation": 2, "months": 13}]
    result = plan(state, ca=envelope({"id": NEW, "status": "issued", "isPay": 1}, date=None), now=IN_THE_WINDOW)
    assert (result["action"], result["reason"], result["charged"]) == ("resume", "rolled_back", False)
    assert result["order_id"] == NEW


def test_a_pending_key_that_is_gone_is_a_reissue_once_there_is_a_certificate(plan: Plan) -> None:
    state = deployment(pending=FIRST)
    state["pending"]["has_key"] = False
    assert plan(state, ca=says("pending"))["action"] == "resume"
    lost = plan(state, ca=says("issued"))
    assert (lost["action"], lost["reason"], lost["charged"]) == ("reissue", "key_lost", False)


def test_what_is_fine_is_left_alone(plan: Plan) -> None:
    result = plan(DEPLOYED, ca=says("issued"))
    assert (result["action"], result["reason"], result["charged"]) == ("nothing", "valid", False)
    assert (result["order_id"], result["status"], result["stage"]) == (ID, "issued", "issued")
    assert (result["not_after"], result["days_left"]) == ("2027-01-01T00:00:00Z", 184.0)
    assert result["renew_at"] == "2026-12-02T00:00:00Z"
    assert result["record"] is None


@pytest.mark.parametrize(
    ("status", "fields", "reason", "who"),
    [
        ("pending", {}, "pending_review", "WoTrus"),
        ("pendingSubmitOrderToCA", {}, "pending_review", "WoTrus"),
        ("pendingCAIssued", {}, "pending_ca", "WoTrus"),
        ("pendingDCV", {"pendingLink": "https://buy/1"}, "pending_validation", "You"),
        ("pending", {"isPay": 0, "pendingLink": "https://buy/1"}, "pending_payment", "You"),
        ("issued", {}, "issued", "certificate"),
        ("somethingNew", {}, "unknown_status", "WoTrus"),
    ],
)
def test_an_order_under_way_is_resumed_and_tells_who_acts(
    plan: Plan, status: str, fields: dict[str, t.Any], reason: str, who: str
) -> None:
    result = plan(deployment(pending=FIRST), ca=says(status, **fields))
    assert (result["action"], result["reason"], result["charged"]) == ("resume", reason, False)
    assert who in result["next_action"]
    assert result["pending_link"] == fields.get("pendingLink")
    assert result["order_id"] == ID


def test_a_killed_run_is_asked_for_again_as_it_was(plan: Plan) -> None:
    unsent = {**FIRST, "order_id": None, "generation": 3, "months": 13, "operation": "renew"}
    result = plan(deployment(pending=unsent, bought=FIRST, live=LIVE))
    assert (result["action"], result["reason"], result["charged"]) == ("renew", "interrupted", True)
    assert (result["generation"], result["months"]) == (3, 13)
    assert result["record"]["idempotence_id"] == order_idempotence_id(name="contracts@signer1", generation=3)


@pytest.mark.parametrize(("asked", "wanted", "months"), [(24, 12, 12), (12, 24, 24), (13, 12, 13), (25, 24, 25)])
def test_the_term_that_the_entry_wants_by_now_is_paid_for(plan: Plan, asked: int, wanted: int, months: int) -> None:
    unsent = {**FIRST, "order_id": None, "months": asked}
    result = plan(deployment(pending=unsent), entry={"months": wanted})
    assert (result["reason"], result["months"]) == ("interrupted", months)
    assert result["record"]["months"] == months


def test_a_killed_reissue_is_asked_for_again_while_its_order_lives(plan: Plan) -> None:
    unsent = {**FIRST, "operation": "reissue", "order_id": None, "superseded_order_id": ID}
    result = plan(deployment(pending=unsent, bought=FIRST, live=LIVE), ca=says("issued"))
    assert (result["action"], result["reason"], result["charged"]) == ("reissue", "interrupted", False)
    assert (result["order_id"], result["record"]["superseded_order_id"]) == (ID, ID)


@pytest.mark.parametrize("status", ["closed", "rejected", "revoked"])
@pytest.mark.parametrize("part", ["pending", "bought"])
def test_a_dead_order_blocks_until_a_replacement_is_asked_for(plan: Plan, status: str, part: str) -> None:
    state = deployment(pending=FIRST) if part == "pending" else DEPLOYED
    result = plan(state, ca=says(status))
    assert (result["action"], result["reason"], result["charged"]) == ("blocked", status, False)
    assert "replace_dead" in result["next_action"]


def test_a_dead_order_is_replaced_by_the_next_generation_where_asked(plan: Plan) -> None:
    result = plan(DEPLOYED, ca=says("revoked"), replace_dead=True)
    assert (result["action"], result["charged"], result["generation"]) == ("order", True, 2)
    assert result["record"]["superseded_order_id"] == ID


@pytest.mark.parametrize(
    ("now", "action", "reason", "months"),
    [
        ("2026-12-01T23:59:59Z", "nothing", "valid", None),
        (IN_THE_WINDOW, "renew", "expiring", 13),
        ("2026-12-31T23:59:59Z", "renew", "expiring", 13),
        ("2027-01-01T00:00:00Z", "renew", "expired", 12),
        (AFTER_THE_END, "renew", "expired", 12),
    ],
)
def test_a_certificate_is_renewed_in_its_window_for_the_days_it_has_left(
    plan: Plan, now: str, action: str, reason: str, months: int | None
) -> None:
    result = plan(DEPLOYED, ca=says("issued"), now=now)
    assert (result["action"], result["reason"], result["months"]) == (action, reason, months)
    if action == "renew":
        assert (result["generation"], result["charged"]) == (2, True)
        assert result["record"]["superseded_order_id"] == ID
        assert result["record"]["idempotence_id"] == order_idempotence_id(name="contracts@signer1", generation=2)


def test_no_setting_buys_a_certificate_a_run(plan: Plan, run_scripted: Runner, server: Script) -> None:
    server.will(says("issued"))
    result = plan(DEPLOYED, ca=says("issued"), now="2026-08-31T00:00:00Z", entry={"renew_before_days": 10_000})
    assert result["action"] == "nothing"
    assert result["renew_at"] == "2026-09-01T08:00:00Z"
    assert any("a third" in warning for warning in run_scripted.warnings)


def test_the_cas_clock_counts_where_it_was_heard(plan: Plan) -> None:
    answer = raw('{"isSuccess": true, "data": {"status": "issued"}}', date="Fri, 01 Jan 2027 12:00:00 GMT")
    assert plan(DEPLOYED, ca=answer, now=None)["reason"] == "expired"


def test_a_revocation_under_review_is_left_alone(plan: Plan) -> None:
    result = plan(DEPLOYED, ca=says("pendingRevoke"))
    assert (result["action"], result["reason"]) == ("nothing", "revoking")


@pytest.mark.parametrize("live", [None, {**LIVE, "key_matches": False}])
def test_a_lost_key_is_a_reissue_which_is_free(plan: Plan, live: dict[str, t.Any] | None) -> None:
    result = plan(deployment(bought=FIRST, live=live), ca=says("issued"))
    assert (result["action"], result["reason"], result["charged"]) == ("reissue", "key_lost", False)
    assert (result["order_id"], result["record"]["operation"]) == (ID, "reissue")
    assert result["record"]["idempotence_id"] is None


def test_a_key_that_may_not_be_read_is_not_lost(plan: Plan) -> None:
    unread = {**LIVE, "key_matches": None}
    assert plan(deployment(bought=FIRST, live=unread), ca=says("issued"))["action"] == "nothing"


def test_an_expiring_certificate_without_its_key_is_renewed_and_not_reissued(plan: Plan) -> None:
    state = deployment(bought=FIRST, live={**LIVE, "key_matches": False})
    assert plan(state, ca=says("issued"), now=IN_THE_WINDOW)["action"] == "renew"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"key": {"type": "ECC", "curve": "P-384"}}, "key_changed"),
        ({"key": {"size": 4096}}, "key_changed"),
        ({"common_name": "另一家公司"}, "definition_changed"),
        ({"organization": {"name": "另一家公司", "country_code": "CN", "city": "深圳市"}}, "definition_changed"),
    ],
)
def test_a_changed_definition_is_a_reissue_or_a_block_as_the_entry_says(
    plan: Plan, run_scripted: Runner, change: dict[str, t.Any], reason: str
) -> None:
    result = plan(DEPLOYED, ca=says("issued"), entry=change)
    assert (result["action"], result["reason"], result["charged"]) == ("reissue", reason, False)
    entry = {**ENTRY, **change, "on_change": "fail"}
    blocked = run_scripted(OPERATION, certificate=entry, host="signer1", now=SUMMER, deployment=DEPLOYED)
    assert (blocked["action"], blocked["reason"]) == ("blocked", reason)
    assert "on_change" in blocked["next_action"]


@pytest.mark.parametrize(
    "change",
    [{"months": 24}, {"documents": []}, {"organization": {**ENTRY["organization"], "phone": "1", "email": "a@b"}}],
)
def test_what_no_certificate_shows_needs_no_reissue(plan: Plan, change: dict[str, t.Any]) -> None:
    assert plan(DEPLOYED, ca=says("issued"), entry=change)["action"] == "nothing"


def test_another_product_is_blocked_since_no_reissue_can_bring_it(plan: Plan) -> None:
    result = plan(DEPLOYED, ca=says("issued"), entry={"product": "individual_document_signing"})
    assert (result["action"], result["reason"]) == ("blocked", "product_changed")


def test_a_record_without_a_definition_is_no_change(plan: Plan) -> None:
    assert plan(deployment(bought={**FIRST, "definition": {}}, live=LIVE), ca=says("issued"))["action"] == "nothing"


def test_a_host_that_cannot_tell_what_is_there_blocks_and_nobody_is_asked(plan: Plan) -> None:
    result = plan(deployment(bought=FIRST, live=LIVE, error_code="record_unreadable", msg="record.json is damaged"))
    assert (result["action"], result["reason"], result["charged"]) == ("blocked", "record_unreadable", False)
    assert "record.json is damaged" in result["msg"]


def test_an_order_that_the_ca_does_not_know_blocks(plan: Plan) -> None:
    result = plan(DEPLOYED, ca=refusal("订单不存在"))
    assert (result["action"], result["reason"], result["charged"]) == ("blocked", "order_not_found", False)
    assert "Ask WoTrus" in result["next_action"]


def test_an_api_that_is_down_blocks_and_says_to_come_back(
    run_scripted: Runner, server: Script, pauses: list[float]
) -> None:
    server.will(drop())
    result = run_scripted(OPERATION, certificate=ENTRY, host="signer1", now=IN_THE_WINDOW, deployment=DEPLOYED)
    assert (result["action"], result["reason"]) == ("blocked", "unavailable")
    assert "Run again" in result["next_action"]
    assert len(pauses) == 4


def test_a_wrong_token_is_a_failure_and_no_plan(run_scripted: Runner, server: Script) -> None:
    server.will(raw("", status=401))
    failed = run_scripted(OPERATION, certificate=ENTRY, host="signer1", now=SUMMER, deployment=DEPLOYED)
    assert (failed["failed"], failed["error_code"]) == (True, "unauthorized")


def test_a_ukey_has_no_key_to_lose(plan: Plan) -> None:
    entry = {"key": {"storage": "ukey"}, "ukey": {"ship_address": "深圳市南山区"}}
    bought = {**FIRST, "definition": {**DEFINITION, "key": {"storage": "ukey"}}}
    result = plan(deployment(bought=bought, live={**LIVE, "key_matches": False}), ca=says("issued"), entry=entry)
    assert result["action"] == "nothing"


UKEY: dict[str, t.Any] = {"key": {"storage": "ukey"}, "ukey": {"ship_address": "深圳市南山区"}}


@pytest.mark.parametrize(
    ("stored", "changes", "reissue", "reason"),
    [
        ("ukey", {}, ["contracts"], "requested"),
        ("ukey", {"common_name": "另一家公司"}, [], "definition_changed"),
        ("host", {}, [], "key_changed"),
    ],
)
def test_a_ukey_gives_no_request_so_nothing_is_reissued_for_one(
    plan: Plan, stored: str, changes: dict[str, t.Any], reissue: list[str], reason: str
) -> None:
    definition = {**DEFINITION, **({"key": UKEY["key"]} if stored == "ukey" else {})}
    bought = {**FIRST, "definition": definition}
    result = plan(deployment(bought=bought, live=LIVE), ca=says("issued"), entry={**UKEY, **changes}, reissue=reissue)
    assert (result["action"], result["reason"], result["record"]) == ("blocked", reason, None)
    assert "UKey" in result["msg"]
    assert "another order" in result["next_action"]


def test_a_fleet_is_planned_in_one_task_with_one_question_for_each_order(run_scripted: Runner, server: Script) -> None:
    server.will(envelope({"status": "issued", "isPay": 1}))
    entries = [{**ENTRY, "name": f"c{number}"} for number in range(4)]
    states = [DEPLOYED, deployment(bought={**FIRST, "order_id": NEW}, live=LIVE), {}, deployment(pending=FIRST)]
    result = run_scripted(OPERATION, certificates=entries, deployments=states, host="signer1", now=SUMMER)
    assert [one["action"] for one in result["plans"]] == ["nothing", "nothing", "order", "resume"]
    assert [one["name"] for one in result["plans"]] == ["c0", "c1", "c2", "c3"]
    # Two of them name the same order.
    assert sorted(request.path for request in server.requests) == sorted([f"/v1/Order/{ID}", f"/v1/Order/{NEW}"])
    assert "action" not in result


BAD: dict[str, tuple[dict[str, t.Any], str]] = {
    "no organization": ({"organization": None}, "certificate 'contracts': organization is missing"),
    "product": ({"product": "pdf"}, "certificate 'contracts': product 'pdf'"),
    "months": ({"months": 11}, "months"),
    "name with a slash": ({"name": "a/b"}, "a name becomes a folder"),
    "name with dots": ({"name": ".."}, "a name becomes a folder"),
    "name with a line break": ({"name": "a\n"}, "a name becomes a folder"),
    "unknown key": ({"organisation": {}}, "organisation"),
    "negative days": ({"renew_before_days": -1}, "must not be negative"),
    "whole life": ({"renew_before_share": 1}, "between 0 and 1, not 1"),
    "key of the host's by mistake": ({"key": {"content": "a key"}}, "key.storage is not provided"),
    "provided without a key": ({"key": {"storage": "provided"}}, "give the private key as key.content"),
    "ukey without an address": ({"key": {"storage": "ukey"}}, "ukey.ship_address"),
    "ukey by mistake": ({"ukey": {"password": "x"}}, "key.storage is not ukey"),
    "blank common name": ({"common_name": " "}, "common_name is empty"),
    "null common name": ({"common_name": None}, "common_name"),
    "null product": ({"product": None}, "product"),
    "reload": ({"reload": {"command": "x", "handler": "y"}}, "mutually exclusive"),
    "key size": ({"key": {"size": 1024}}, "size"),
}


@pytest.mark.parametrize(("change", "words"), BAD.values(), ids=BAD)
def test_an_entry_that_makes_no_sense_is_refused_before_anything_is_asked(
    run_scripted: Runner, server: Script, change: dict[str, t.Any], words: str
) -> None:
    failed = run_scripted(OPERATION, certificate={**ENTRY, **change}, host="signer1", deployment=DEPLOYED)
    assert (failed["failed"], failed["error_code"]) == (True, "invalid_input")
    assert words in failed["msg"]
    assert server.requests == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"certificates": [ENTRY, ENTRY]}, "each needs its own"),
        ({"certificates": [ENTRY, {**ENTRY, "name": "b", "order_name": "contracts@signer1"}]}, "order_name"),
        ({"certificates": [ENTRY], "deployments": [{}, {}, DEPLOYED]}, "belong together in order"),
        ({"certificate": ENTRY, "now": "tomorrow"}, "now is not an ISO 8601 time"),
        ({"certificate": ENTRY, "deployment": {"live": {"not_after": "soon"}}}, "wotrus_deployment_info"),
        ({"certificate": ENTRY, "deployment": {"record": "text"}}, "wotrus_deployment_info"),
        ({}, "certificate"),
    ],
)
def test_inputs_that_do_not_fit_together_are_refused(
    run_scripted: Runner, server: Script, options: dict[str, t.Any], words: str
) -> None:
    failed = run_scripted(OPERATION, host="signer1", **options)
    assert (failed["failed"], failed["error_code"]) == (True, "invalid_input")
    assert words in failed["msg"]
    assert server.requests == []
