# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""wotrus_plan_info: from entries, host state and Query to plans and results."""

from __future__ import annotations

import base64
import dataclasses
import re
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._model.idempotence import (
    follow_idempotence_id,
    order_idempotence_id,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.revocation_status import STATES, RevocationStatus
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import HostAnswer, Run
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action, Decision
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import OrderAnswer
from ansible_collections.wotrus.pki.plugins.module_utils._planning.fingerprint import changed_names, fingerprint
from ansible_collections.wotrus.pki.plugins.module_utils._planning.plan import OPERATION as PLAN
from ansible_collections.wotrus.pki.plugins.module_utils._planning.results import preview
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from tests.helpers import operations
from tests.helpers.operations import Result, Runner
from tests.helpers.scripted_server import Answer, Script, raw, refusal
from tests.unit.planning.entries import (
    AFTER_THE_END,
    DEFINITION,
    DEPLOYED,
    ENTRY,
    FILES,
    ID,
    NEW,
    ORDERED,
    PENDING,
    UKEY,
    deployment,
    run_plan,
    says,
)
from tests.unit.planning.scenario import KEY, A, Scenario, certificate, order, wanted

Plan = t.Callable[..., Result]


@pytest.fixture
def plan(run_scripted: Runner, server: Script) -> Plan:
    """Plan for one certificate.

    ``ca``: the answer of Query; ``None`` if there must be no query. ``live``: the second answer, about what is live.
    """

    def decide(row: t.Any = None, *, ca: Answer | None = None, live: Answer | None = None, **options: t.Any) -> Result:
        asked_before = len(server.requests)
        if ca is not None:
            server.will(*filter(None, (ca, live)))
        entry = {**ENTRY, **options.pop("entry", {})}
        result = run_plan(run_scripted, *([row] if row else []), entries=[entry], **options)
        assert len(server.requests) - asked_before == (0 if ca is None else 1 + (live is not None))
        (planned,), (ended,) = result["plans"], result["results"]
        return {**result, "plan": planned, "row": ended}

    return decide


def decided(result: Result) -> tuple[str, str, bool]:
    planned = result["plan"]
    return planned["action"], planned["reason"], planned["may_be_charged"]


def test_empty_disk_is_an_order_that_may_be_charged(plan: Plan) -> None:
    result = plan()
    assert decided(result) == ("order", "not_ordered", True)
    planned = result["plan"]
    assert (planned["months"], planned["follows"], planned["order_id"], planned["expires"]) == (12, None, None, None)
    assert (planned["host"], planned["name"], planned["path"]) == ("signer1", "contracts", "/ssl/contracts")
    assert planned["order_name"] == "contracts@signer1"
    assert planned["idempotence_id"] == order_idempotence_id("contracts@signer1")
    assert (result["changed"], result["has_work"], result["is_well"], result["waiting"]) == (False, True, False, [])
    assert result["row"]["result"] == "unchanged"
    assert result["row"]["charged"] == "no"


def test_plan_predicts_changes_and_diff_shows_the_request(plan: Plan) -> None:
    result = plan(check=True, diff=True)
    assert (result["plan"]["would_change"], result["changed"]) == (True, False)
    shown = result["diff"]["after"]
    for words in ("contracts@signer1", "沃通电子认证", "沃通", "12", order_idempotence_id("contracts@signer1")):
        assert words in str(shown)
    assert plan(DEPLOYED, ca=says("issued"), check=True)["plan"]["would_change"] is False
    assert plan(deployment(pending=PENDING), ca=says("pending"), check=True)["plan"]["would_change"] is False
    # A certificate that would be deployed is a change.
    ready = {"createTime": "2026-06-30T00:00:00Z"}
    assert plan(deployment(pending=PENDING), ca=says("issued", **ready), check=True)["plan"]["would_change"] is True
    assert "diff" not in plan(DEPLOYED, ca=says("issued"), diff=True)


def test_order_that_an_entry_names_is_a_change_until_it_is_recorded(plan: Plan) -> None:
    named = {"entry": {"order_id": ID}, "check": True}
    assert plan(ca=says("pending"), **named)["plan"]["would_change"] is True
    assert plan(deployment(pending=PENDING), ca=says("pending"), **named)["plan"]["would_change"] is False


def test_issued_order_that_is_only_to_be_deployed_does_not_wait() -> None:
    scenario = Scenario(
        want=wanted(order_id=A), first_key=KEY, orders=[order()], certificates={A: certificate()}, today=100
    )
    facts, decision = scenario.facts().with_order(A, OrderAnswer(order())), scenario.decide()

    row = preview(facts, decision)

    assert (decision.action.value, row["waiting_since"], row["alarm"]) == ("resume", None, None)


def test_diff_of_a_reissue_names_the_order(plan: Plan) -> None:
    result = plan(DEPLOYED, ca=says("issued"), reissue=["contracts"], check=True, diff=True)
    assert ID in str(result["diff"]["after"])


@pytest.mark.parametrize(
    ("entry", "namespace", "order_name"),
    [
        ({}, "", "contracts@signer1"),
        ({}, "staging", "staging/contracts@signer1"),
        ({"order_name": "shared"}, "staging", "shared"),
        ({"order_name": " shared "}, "", "shared"),
    ],
)
def test_name_of_an_order_comes_from_the_inventory(
    plan: Plan, entry: dict[str, t.Any], namespace: str, order_name: str
) -> None:
    assert plan(entry=entry, order_namespace=namespace)["plan"]["order_name"] == order_name


def test_order_of_a_provided_key_is_not_named_after_the_host(plan: Plan) -> None:
    pem = operations.key("RSA")
    text = pem.private_bytes(*_plain()).decode()
    entry = {"key": {"storage": "provided", "content": text}}
    assert plan(entry=entry)["plan"]["order_name"] == "contracts"
    assert plan(entry=entry, order_namespace="staging")["plan"]["order_name"] == "staging/contracts"


def _plain() -> tuple[t.Any, ...]:
    from cryptography.hazmat.primitives import serialization as s

    return s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()


def test_record_under_another_name_continues_by_its_order_with_a_warning(plan: Plan, run_scripted: Runner) -> None:
    row = {**DEPLOYED, "record": {**DEPLOYED["record"], "order_name": "contracts@old-name"}}
    result = plan(row, ca=says("issued"))
    assert decided(result) == ("nothing", "valid", False)
    assert result["plan"]["order_name"] == "contracts@signer1"
    (warning,) = run_scripted.warnings
    assert "contracts@old-name" in warning
    assert "order_name" in warning


def test_another_organization_is_a_warning(plan: Plan, run_scripted: Runner) -> None:
    assert decided(plan(DEPLOYED, ca=says("issued", org={"orgName": "沃通"})))[1] == "valid"
    assert run_scripted.warnings == []
    plan(DEPLOYED, ca=says("issued", org={"orgName": "另一家"}))
    assert "另一家" in run_scripted.warnings[0]


def test_valid_certificate_needs_no_action(plan: Plan) -> None:
    result = plan(DEPLOYED, ca=says("issued"))
    assert decided(result) == ("nothing", "valid", False)
    planned = result["plan"]
    assert (planned["order_id"], planned["root_order_id"], planned["status"], planned["stage"]) == (
        ID,
        ID,
        "issued",
        "issued",
    )
    assert (planned["expires"], planned["days_left"]) == ("2027-01-01T00:00:00Z", 184.0)
    assert planned["renew_at"] == "2026-12-02T00:00:00Z"
    assert planned["idempotence_id"] is None
    assert (result["has_work"], result["is_well"]) == (False, True)
    assert (result["row"]["result"], result["row"]["alarm"]) == ("unchanged", None)


def test_spread_renews_earlier_and_never_later(plan: Plan) -> None:
    def renew_at(**entry: t.Any) -> str:
        return str(plan(DEPLOYED, ca=says("issued"), entry=entry)["plan"]["renew_at"])

    spread = {renew_at(renew_spread_days=10, order_name=f"contracts@host{number}") for number in range(8)}
    assert len(spread) > 4
    assert all("2026-11-22T00:00:00Z" <= moment <= "2026-12-02T00:00:00Z" for moment in spread)
    assert renew_at(renew_spread_days=10, order_name="a") == renew_at(renew_spread_days=10, order_name="a")


def test_shortened_window_is_a_warning(plan: Plan, run_scripted: Runner) -> None:
    result = plan(DEPLOYED, ca=says("issued"), entry={"renew_before_days": 10_000})
    assert decided(result) == ("nothing", "valid", False)
    assert result["plan"]["renew_at"] == "2026-09-01T08:00:00Z"
    assert any("a third" in warning for warning in run_scripted.warnings)


def test_renewal_has_the_value_of_the_root_that_it_follows(plan: Plan) -> None:
    result = plan(DEPLOYED, ca=says("revoked", now=AFTER_THE_END))
    assert decided(result) == ("renew", "expired", True)
    assert result["plan"]["follows"] == ID
    assert result["plan"]["idempotence_id"] == follow_idempotence_id(f"{{{ID.lower()}}}")
    assert result["row"]["alarm"] == "failure"


@pytest.mark.parametrize(
    ("states", "alarm", "code"),
    [
        (["good", "no_address"], None, None),
        (["revoked", "good"], "failure", "certificate_revoked"),
        (["unreachable", "revoked"], "failure", "issuer_revoked"),
        *((["good", state], "warning", "revocation_unknown") for state in ("stale", "unusable", "unreachable")),
    ],
)
def test_what_readers_see_is_an_alarm(plan: Plan, states: list[str], alarm: str | None, code: str | None) -> None:
    why = {state: Message("{url}: {why}", url="http://crl.example", why=state) for state in states}
    statuses = [RevocationStatus("CN=A", state, age=60, size=500, msg=why[state]).as_dict() for state in states]
    result = plan({**DEPLOYED, "revocation": statuses}, ca=says("issued"), check_revocation="hosts")

    assert decided(result) == ("nothing", "valid", False)
    assert (result["row"]["alarm"], result["row"]["error_code"]) == (alarm, code)
    assert [one["state"] for one in result["row"]["revocation_answers"]] == states
    said = min(states, key=STATES.index)
    assert (f"http://crl.example: {said}" in result["row"]["msg"]) is (alarm is not None)
    assert ("The intermediate certificate 'CN=A' is revoked" in result["row"]["msg"]) is (code == "issuer_revoked")


@pytest.mark.parametrize(("checked", "is_asked"), [("off", False), ("hosts", True), ("controller", False)])
def test_host_checks_the_revocation_only_if_hosts_do(run_scripted: Runner, checked: str, *, is_asked: bool) -> None:
    asked: list[bool] = []

    def look(paths: t.Sequence[str], _first_keys: t.Mapping[str, str], **options: t.Any) -> HostAnswer:
        asked.append(options.get("check_revocation", False))
        return HostAnswer([{"path": path} for path in paths])

    run = dataclasses.replace(run_scripted, surroundings=Run(inspect_host=look))
    run(PLAN, base_dir="/ssl", host="signer1", certificates=[ENTRY], check_revocation=checked)
    assert asked == [is_asked]


def test_order_that_is_named_to_be_replaced_is_read_from_a_list_or_a_text(plan: Plan) -> None:
    for named in ([f" {ID.lower()} "], [f"{NEW}, {ID}"]):
        result = plan(DEPLOYED, ca=says("revoked"), replace_orders=named)
        assert decided(result) == ("order", "revoked", True)
        assert result["plan"]["idempotence_id"] == follow_idempotence_id(ID)


# ---- what waits


@pytest.mark.parametrize(
    ("status", "fields", "reason", "waiting_for"),
    [
        ("pending", {}, "pending_review", "ca"),
        ("pendingCAIssued", {}, "pending_ca", "ca"),
        ("pendingDCV", {"pendingLink": "https://buy/1"}, "pending_validation", "you"),
        ("pending", {"isPay": 0, "pendingLink": "https://buy/1"}, "pending_payment", "you"),
        ("somethingNew", {}, "unknown_status", "ca"),
    ],
)
def test_pending_order_shows_who_has_to_act(
    plan: Plan, status: str, fields: dict[str, t.Any], reason: str, waiting_for: str
) -> None:
    created = {"createTime": "2026-06-29T00:00:00Z"}
    result = plan(deployment(pending=PENDING), ca=says(status, **created, **fields))
    assert decided(result) == ("resume", reason, False)
    for row in (result["plan"], result["row"]):
        assert (row["order_id"], row["waiting_for"]) == (ID, waiting_for)
        assert row["pending_link"] == fields.get("pendingLink")
        assert row["waiting_since"] == "2026-06-29T00:00:00Z"
    assert (result["row"]["result"], result["waiting"]) == ("waiting", [ID])


def test_certificate_that_can_be_deployed_waits_for_nobody(plan: Plan) -> None:
    result = plan(deployment(pending=PENDING), ca=says("issued", createTime="2026-06-29T00:00:00Z"))

    assert decided(result) == ("resume", "issued", False)
    assert [(row["waiting_for"], row["waiting_since"]) for row in (result["plan"], result["row"])] == [(None, None)] * 2
    assert result["waiting"] == []


@pytest.mark.parametrize(("live", "alarm"), [(False, "failure"), (True, "warning")])
def test_order_that_waits_too_long_is_an_alarm(plan: Plan, *, live: bool, alarm: str) -> None:
    row = deployment(pending={**PENDING, "operation": "renew"}, **({"live": ORDERED, "files": FILES} if live else {}))
    result = plan(row, ca=says("pending", createTime="2026-06-20T00:00:00Z"))
    assert (result["row"]["alarm"], result["row"]["error_code"]) == (alarm, "waiting_too_long")
    assert "11 days" in result["row"]["msg"]
    patient = plan(row, ca=says("pending", createTime="2026-06-20T00:00:00Z"), alarm_waiting_days=30)
    assert patient["row"]["alarm"] is None


def test_reissue_that_waits_is_counted_from_its_request_and_not_from_its_order(plan: Plan) -> None:
    pending = {**PENDING, "operation": "reissue", "superseded_order_id": ID, "requested_at": "2026-06-30T00:00:00Z"}
    row = deployment(pending=pending, live=ORDERED, files=FILES)
    assert plan(row, ca=says("pending"))["row"]["waiting_since"] == "2026-06-30T00:00:00Z"


# ---- green means well


@pytest.mark.parametrize(
    ("now", "options", "alarm", "code"),
    [
        ("2026-12-01T00:00:00Z", {}, None, None),
        ("2026-12-24T00:00:00Z", {}, None, None),
        ("2026-12-26T00:00:00Z", {}, "failure", "expires_soon"),
        ("2026-12-26T00:00:00Z", {"alarm_days": 2}, None, None),
        # Half of a short renewal window is less than the days.
        ("2026-12-26T00:00:00Z", {"entry": {"renew_before_days": 4}}, None, None),
        ("2026-12-30T12:00:00Z", {"entry": {"renew_before_days": 4}}, "failure", "expires_soon"),
        ("2027-01-02T00:00:00Z", {}, "failure", "expired"),
    ],
)
def test_live_certificate_that_ends_and_is_not_renewed_is_a_failure(
    plan: Plan, now: str, options: dict[str, t.Any], alarm: str | None, code: str | None
) -> None:
    # The order is for somebody else to renew: this run may only reissue.
    row = deployment(pending={**PENDING, "order_id": NEW, "operation": "renew"}, live=ORDERED, files=FILES)
    pending = says("pending", order_id=NEW, now=now, createTime=now)
    result = plan(row, ca=pending, live=says("issued", now=now), **options)
    assert (result["row"]["alarm"], result["row"]["error_code"]) == (alarm, code)
    verb = {"expires_soon": "expires", "expired": "expired"}.get(code or "")
    assert verb is None or result["row"]["msg"].startswith(f"The live certificate {verb} on 2027-01-01.")


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (deployment(live=ORDERED, files={**FILES, "key_matches": False}), "key_lost"),
        (deployment(live=ORDERED, files={**FILES, "damaged": ["chain.pem"]}), "files_damaged"),
        (deployment(live=ORDERED), "nothing_live"),
    ],
)
def test_run_that_may_not_repair_fails(plan: Plan, row: t.Any, code: str) -> None:
    result = plan(row, ca=says("issued"), actions=["renew"])
    assert decided(result)[:2] == ("nothing", "not_selected")
    assert (result["row"]["result"], result["row"]["alarm"]) == ("not_selected", "failure")
    assert result["row"]["error_code"] == code


def test_live_certificate_of_whose_order_wotrus_knows_nothing_is_a_failure(plan: Plan) -> None:
    unnamed = plan(deployment(pending=PENDING, files=FILES), ca=says("pending", createTime="2026-06-30T00:00:00Z"))
    row = deployment(pending={**PENDING, "order_id": NEW, "operation": "renew"}, live=ORDERED, files=FILES)
    fresh = says("pending", order_id=NEW, createTime="2026-06-30T00:00:00Z")
    unknown = plan(row, ca=fresh, live=raw(status=404))
    for result, words in ((unnamed, "does not name the order"), (unknown, "does not know the order")):
        assert (result["row"]["alarm"], result["row"]["error_code"]) == ("failure", "live_unrecorded")
        assert words in result["row"]["msg"]


def test_live_certificate_for_another_name_is_a_warning(plan: Plan) -> None:
    row = plan({**DEPLOYED, "live": {**DEPLOYED["live"], "subject": "CN=Other"}}, ca=says("issued"))["row"]
    assert (row["result"], row["alarm"], row["error_code"]) == ("unchanged", "warning", "other_name")
    assert "Other" in row["msg"]


def test_host_without_any_certificate_is_a_warning_if_the_run_may_not_order(plan: Plan) -> None:
    row = plan(actions=["renew", "resume"])["row"]
    assert (row["result"], row["alarm"], row["error_code"]) == ("not_selected", "warning", "nothing_live")


# ---- what a run may do


def test_action_that_is_not_selected_is_skipped(plan: Plan) -> None:
    result = plan(actions=["renew", "resume"])
    assert decided(result) == ("nothing", "not_selected", False)
    assert result["plan"]["idempotence_id"] is None
    assert result["row"]["result"] == "not_selected"
    assert "order" in result["row"]["next_step"]


def test_dead_order_is_a_failure_if_its_replacement_is_skipped(plan: Plan) -> None:
    for replaced in ([], [ID]):
        result = plan(DEPLOYED, ca=says("rejected"), actions=["renew", "reissue", "resume"], replace_orders=replaced)
        assert decided(result)[0::2] == ("blocked", False)
        assert result["row"]["result"] == "blocked"


@pytest.mark.parametrize(
    ("row", "ca", "options"),
    [
        (None, None, {"actions": ["reissue", "resume"]}),
        (DEPLOYED, "pendingRevoke", {}),
        (DEPLOYED, "issued", {"actions": ["renew", "resume"]}),
    ],
    ids=["no order", "revocation under review", "not allowed"],
)
def test_requested_reissue_that_is_impossible_is_a_failure(
    plan: Plan, row: t.Any, ca: str | None, options: dict[str, t.Any]
) -> None:
    result = plan(row, ca=says(ca) if ca else None, reissue=["contracts"], **options)
    assert decided(result) == ("blocked", "requested", False)
    assert result["plan"]["msg"].startswith("A reissue was requested, and cannot be done now.")
    assert result["plan"]["next_step"]


@pytest.mark.parametrize(("operation", "warned"), [("reissue", False), ("renew", True)])
def test_pending_order_that_is_not_the_requested_reissue_is_a_warning(
    plan: Plan, run_scripted: Runner, operation: str, *, warned: bool
) -> None:
    pending = {**PENDING, "operation": operation, "order_id": NEW, "superseded_order_id": ID}
    row = deployment(pending=pending, live=ORDERED, files=FILES)
    result = plan(row, ca=says("pending", order_id=NEW), live=says("issued"), reissue=["contracts"])
    assert decided(result)[0] == "resume"
    assert any("A reissue was requested" in warning for warning in run_scripted.warnings) is warned


def test_wotrus_keys_since_replaces_old_keys_and_skips_other_storages(plan: Plan, run_scripted: Runner) -> None:
    row = deployment(live={**ORDERED, "key_made_at": "2026-01-01T00:00:00Z"}, files=FILES)
    assert decided(plan(row, ca=says("issued"), keys_since="2026-06-01T00:00:00Z")) == ("reissue", "key_too_old", False)
    assert run_scripted.warnings == []
    undated = plan(DEPLOYED, ca=says("issued"), keys_since="2026-06-01T00:00:00Z")
    assert decided(undated)[0] == "nothing"
    assert any("when the key was made" in warning for warning in run_scripted.warnings)
    on_ukey = deployment(live={**ORDERED, "definition": {**DEFINITION, "key": {"storage": "ukey"}}}, files=FILES)
    result = plan(on_ukey, ca=says("issued"), keys_since="2026-06-01T00:00:00Z", entry=UKEY)
    assert decided(result)[0] == "nothing"
    assert any("wotrus_keys_since is skipped" in warning for warning in run_scripted.warnings)


# ---- entries that change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"key": {"type": "ECC", "curve": "P-384"}}, "key_changed"),
        ({"key": {"size": 4096}}, "key_changed"),
        ({"organization": {"name": "沃通", "country_code": "CN", "city": "北京市"}}, "definition_changed"),
    ],
)
def test_changed_entry_is_reissued_or_blocked_by_on_change(plan: Plan, change: dict[str, t.Any], reason: str) -> None:
    assert decided(plan(DEPLOYED, ca=says("issued"), entry=change)) == ("reissue", reason, False)
    blocked = plan(DEPLOYED, ca=says("issued"), entry={**change, "on_change": "fail"})
    assert decided(blocked) == ("blocked", reason, False)
    assert "on_change" in blocked["plan"]["next_step"]


@pytest.mark.parametrize(
    "change",
    [{"months": 24}, {"documents": []}, {"organization": {**ENTRY["organization"], "phone": "1", "email": "a@b"}}],
)
def test_change_that_no_certificate_shows_needs_no_reissue(plan: Plan, change: dict[str, t.Any]) -> None:
    assert decided(plan(DEPLOYED, ca=says("issued"), entry=change))[0] == "nothing"


# ---- hosts and APIs that fail


def test_order_that_the_ca_refuses_to_show_blocks_with_its_message(plan: Plan) -> None:
    result = plan(DEPLOYED, ca=refusal("系统维护"))
    assert decided(result)[0::2] == ("blocked", False)
    assert "系统维护" in result["plan"]["msg"]


def test_wrong_token_is_a_failure_and_no_plan(run_scripted: Runner, server: Script) -> None:
    server.will(raw("", status=401))
    failed = run_plan(run_scripted, DEPLOYED)
    assert (failed["failed"], failed["error_code"]) == (True, "unauthorized")


def test_many_certificates_are_planned_with_one_query_each(run_scripted: Runner, server: Script) -> None:
    server.will(raw('{"isSuccess": true, "data": {"status": "pending", "isPay": 1}}', date=None))
    entries = [{**ENTRY, "name": f"c{number}"} for number in range(4)]
    rows = [
        deployment(pending=PENDING),
        deployment(pending={**PENDING, "order_id": NEW}),
        {"path": "/ssl/c2"},
        deployment(pending={**PENDING, "order_id": f" {{{ID.lower()}}}"}),
    ]
    result = run_plan(run_scripted, *rows, entries=entries)
    assert [one["action"] for one in result["plans"]] == ["resume", "resume", "order", "resume"]
    assert [one["name"] for one in result["plans"]] == ["c0", "c1", "c2", "c3"]
    # Two of them name the same order.
    assert sorted(request.path.lower() for request in server.requests) == sorted(
        [f"/v1/order/{ID.lower()}", f"/v1/order/{NEW}"]
    )


def test_host_without_certificates_succeeds(run_scripted: Runner, server: Script) -> None:
    result = run_plan(run_scripted, entries=[])
    assert (result["plans"], result["results"], result["is_well"], result["has_work"]) == ([], [], True, False)
    assert server.requests == []


def test_pending_reload_is_a_change(plan: Plan) -> None:
    row = {**DEPLOYED, "record": {**DEPLOYED["record"], "reload_pending": True}}
    result = plan(row, ca=says("issued"))
    assert (result["has_work"], result["plan"]["would_change"]) == (True, True)


IMPORT = {"key": {"import_from": "/old.pem"}}


@pytest.mark.parametrize("action", ["order", "resume"])
def test_key_file_that_cannot_be_imported_fails_before_anything_is_sent(plan: Plan, action: str) -> None:
    fault = {"error_code": "invalid_key", "msg": "key.import_from: /old.pem does not exist on this host."}
    row, entry = deployment(first_key=fault), {**IMPORT, "order_id": ID if action == "resume" else None}
    result = plan(row, ca=says("pending") if action == "resume" else None, entry=entry)
    assert decided(result) == ("blocked", "invalid_key", False)
    assert (result["row"]["result"], result["row"]["error_code"]) == ("failed", "invalid_key")
    assert "/old.pem does not exist" in result["plan"]["msg"]


@pytest.mark.parametrize(
    ("named", "warns"),
    [({}, False), ({"size": 2048}, False), ({"size": 3072}, True), ({"type": "ECC"}, True), ({"type": "RSA"}, False)],
)
def test_key_file_of_another_kind_than_the_entry_names_is_a_warning(
    plan: Plan, run_scripted: Runner, named: dict[str, t.Any], *, warns: bool
) -> None:
    row = deployment(first_key={"public_key_sha256": "aa", "type": "RSA", "size": 2048})
    plan(row, entry={"key": {"import_from": "/old.pem", **named}})
    assert any("is RSA 2048, and the entry names" in warning for warning in run_scripted.warnings) is warns


def test_hostile_answer_about_a_key_file_is_unusable(plan: Plan) -> None:
    for answer in ("text", {"public_key_sha256": 1}, {"type": "RSA\x1b[31m"}, {"size": 10**5000}, {"curve": "P" * 30}):
        result = plan(deployment(first_key=answer), entry=IMPORT)
        assert decided(result) == ("blocked", "record_unreadable", False)


# ---- what makes no sense


BAD: dict[str, tuple[dict[str, t.Any], str]] = {
    "no organization": ({"organization": None}, "Certificate 'contracts': organization is missing"),
    "product": ({"product": "pdf"}, "Certificate 'contracts': product 'pdf'"),
    "months": ({"months": 11}, "months"),
    "name with a slash": ({"name": "a/b"}, "but must be a folder's name"),
    "name with dots": ({"name": ".."}, "but must be a folder's name"),
    "name with a line break": ({"name": "a\n"}, "but must be a folder's name"),
    "unknown key": ({"organisation": {}}, "organisation"),
    "negative days": ({"renew_before_days": -1}, "from 0 to 36500 days"),
    "key of the host's by mistake": ({"key": {"content": "a key"}}, "key.storage is not provided"),
    "provided without a key": ({"key": {"storage": "provided"}}, "so key.content is needed"),
    "import for a token": ({**UKEY, "key": {"storage": "ukey", "import_from": "/x"}}, "key.import_from"),
    "ukey without an address": ({"key": {"storage": "ukey"}}, "ukey.ship_address"),
    "ukey by mistake": ({"ukey": {"password": "x"}}, "key.storage is not ukey"),
    "blank common name": ({"common_name": " "}, "common_name is empty"),
    "null common name": ({"common_name": None}, "common_name"),
    "null product": ({"product": None}, "product"),
    "reload": ({"reload": {"command": "x", "handler": "y"}}, "given together"),
    "key size": ({"key": {"size": 1024}}, "size"),
    "order name": ({"order_name": "x" * 301}, "order_name has more than 300 characters"),
}


@pytest.mark.parametrize(("change", "words"), BAD.values(), ids=BAD)
def test_invalid_entry_is_refused_before_any_query(
    run_scripted: Runner, server: Script, change: dict[str, t.Any], words: str
) -> None:
    failed = run_plan(run_scripted, DEPLOYED, entries=[{**ENTRY, **change}])
    assert (failed["failed"], failed["error_code"]) == (True, "invalid_input")
    assert words in failed["msg"]
    assert server.requests == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"entries": [ENTRY, ENTRY]}, "the name 'contracts'"),
        ({"entries": [ENTRY, {**ENTRY, "name": "b", "order_name": "contracts@signer1"}]}, "the order_name"),
        ({"keys_since": "tomorrow"}, "keys_since is not an ISO 8601 time"),
        ({"actions": ["sleep"]}, "actions"),
    ],
)
def test_options_that_do_not_fit_together_are_refused(
    run_scripted: Runner, server: Script, options: dict[str, t.Any], words: str
) -> None:
    failed = run_plan(run_scripted, **options)
    assert (failed["failed"], failed["error_code"]) == (True, "invalid_input")
    assert words in failed["msg"]
    assert server.requests == []


def test_order_that_cannot_be_sent_is_blocked_before_a_key_is_made(plan: Plan) -> None:
    result = plan(entry={"documents": [{"type": "id_card", "path": "/nowhere/card.pdf"}]})
    assert decided(result)[0::2] == ("blocked", False)
    assert "/nowhere/card.pdf" in result["plan"]["msg"]
    assert result["row"]["result"] == "failed"


def test_approval_covers_a_documents_type() -> None:
    content = {"content": base64.b64encode(b"%PDF-1.7").decode(), "file_type": ".pdf"}
    decision = Decision(Action.ORDER, "not_ordered", "No order is recorded.", months=12)
    approved, later = (
        fingerprint(
            decision, {"documents": [{"type": kind, **content}]}, {}, value=ID, planned_at="then", token="token"
        )
        for kind in ("id_card", "business_license")
    )
    assert changed_names(approved or {}, later or {}) == ["documents"]


def test_no_hmac_is_a_number_in_yaml() -> None:
    decision = Decision(Action.RESUME, "issued", "It is issued.")
    found = fingerprint(decision, {"months": 12}, {}, value=None, planned_at="then", token="token") or {}
    assert all(re.fullmatch("h[0-9a-f]{16}", text) for text in found.values())


@pytest.mark.parametrize(
    ("action", "other", "value", "changed"),
    [
        (Action.ORDER, {"months": 24}, ID, ["request"]),
        (Action.RENEW, {"months": 24}, ID, ["request"]),
        (Action.RENEW, {}, NEW, ["request"]),
        (Action.RENEW, {"follows": NEW}, ID, ["request"]),
        (Action.REISSUE, {"order_id": NEW}, ID, ["request"]),
        (Action.REISSUE, {"order_id": None}, ID, ["request"]),
        # The same request: another spelling, or a fact that it does not send.
        (Action.REISSUE, {"order_id": ID}, ID, []),
        (Action.REISSUE, {"months": 24}, ID, []),
        (Action.ORDER, {"order_id": NEW}, ID, []),
        (Action.RENEW, {"order_id": NEW}, ID, []),
        # Nothing is sent.
        (Action.RESUME, {"order_id": NEW, "months": 24}, NEW, []),
    ],
)
def test_approval_covers_what_is_paid_for_and_which_order_is_reissued(
    action: Action, other: dict[str, t.Any], value: str, changed: list[str]
) -> None:
    decision = Decision(action, "requested", "It is due.", order_id=f"{{{ID.lower()}}}", months=12)
    approved = fingerprint(decision, {}, {}, value=ID, planned_at="then", token="token") or {}
    later = fingerprint(dataclasses.replace(decision, **other), {}, {}, value=value, planned_at="then", token="token")
    assert changed_names(approved, later or {}) == changed
