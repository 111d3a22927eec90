# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Unusual values of inventory and target are refused before a call."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._errors import RecordUnreadable
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import Record
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order import OPERATION as ORDER
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_info import OPERATION as INFO
from tests.helpers.operations import Result, Runner
from tests.helpers.scripted_server import Script
from tests.unit.planning.entries import ENTRY, FILES, ORDERED, PENDING, deployment, run_plan

HALF = "\ud800"
ORDER_OPTIONS = {**{name: ENTRY[name] for name in ("product", "common_name", "organization")}, "months": 12}


def refused(result: Result, server: Script) -> str:
    """Return the words of a failure before which nothing was sent."""
    assert (result.get("failed"), result["error_code"]) == (True, "invalid_input"), result
    assert server.requests == []
    return str(result["msg"])


def planned(run: Runner, *rows: t.Any, entry: dict[str, t.Any] | None = None, **options: t.Any) -> Result:
    return run_plan(run, *rows, entries=[{**ENTRY, **(entry or {})}], **options)


def unreadable(result: Result, server: Script) -> None:
    """Check that a host's row fails that host, without a query."""
    (plan,), (row,) = result["plans"], result["results"]
    assert (plan["action"], plan["may_be_charged"]) == ("blocked", False)
    assert plan["reason"] in ("record_unreadable", "host_unreadable")
    assert row["result"] == "failed"
    assert server.requests == []


@pytest.mark.parametrize("option", ["renew_before_days", "renew_spread_days"])
@pytest.mark.parametrize("value", ["nan", "inf", "-inf", -1, 10**6 + 1])
def test_days_are_a_number_of_days(run_scripted: Runner, server: Script, option: str, value: t.Any) -> None:
    failed = planned(run_scripted, entry={option: value}, actions=["order"])

    assert "from 0 to 36500 days" in refused(failed, server)


def test_an_entry_that_is_null_is_no_entry(run_scripted: Runner, server: Script) -> None:
    failed = run_plan(run_scripted, entries=[None])

    assert "certificates" in refused(failed, server)


def test_half_of_a_surrogate_pair_is_refused(run_scripted: Runner, server: Script) -> None:
    for failed in (
        planned(run_scripted, entry={"order_name": f"a{HALF}"}),
        planned(run_scripted, entry={"common_name": f"a{HALF}"}),
        planned(run_scripted, host=f"a{HALF}"),
        run_scripted(ORDER, **{**ORDER_OPTIONS, "name": f"a{HALF}"}),
        run_scripted(ORDER, **{**ORDER_OPTIONS, "name": "a", "follows": f"a{HALF}"}),
        run_scripted(ORDER, order_id=f"a{HALF}"),
        run_scripted(INFO, order_ids=["A", f"a{HALF}"]),
    ):
        assert "cannot be written" in refused(failed, server)


def test_control_characters_in_names_are_refused(run_scripted: Runner, server: Script) -> None:
    for changes in ({"entry": {"order_name": "a\x1b[2J"}}, {"entry": {"common_name": "a\x1bb"}}, {"host": "a\x1fb"}):
        assert "control characters" in refused(planned(run_scripted, **changes), server)


def test_provided_key_that_is_no_text_is_refused(run_scripted: Runner, server: Script) -> None:
    failed = planned(run_scripted, entry={"key": {"storage": "provided", "content": f"-----BEGIN {HALF}"}})

    assert "private key" in refused(failed, server)


@pytest.mark.parametrize(
    "secret",
    [
        {"pkcs12": {"password": "pdf@sign"}},
        {"organization": {**ENTRY["organization"], "id_card_number": "pdf@"}},
        {"key": {"storage": "ukey"}, "ukey": {"password": "contracts", "ship_address": "深圳"}},
    ],
    ids=lambda secret: next(iter(secret)),
)
def test_a_secret_that_is_part_of_an_order_is_refused_since_ansible_would_mask_the_order(
    run_scripted: Runner, server: Script, secret: dict[str, t.Any]
) -> None:
    words = refused(planned(run_scripted, entry={"name": "contracts-of-pdf", **secret}), server)

    assert "Choose another one" in words


WRONG: list[dict[str, t.Any]] = [
    {"operation": "buy"},
    {"operation": [False]},
    {"order_id": 17},
    {"order_id": "x" * 301},
    {"order_id": HALF},
    {"definition": {"key": {"storage": HALF}}},
    {"root_order_id": ["a"]},
    {"superseded_order_id": {}},
    {"follows": 1.5},
    {"months": True},
    {"months": "12"},
    {"months": 10**30},
    {"months": -1},
    {"definition": ["RSA"]},
    {"definition": {"a": "x" * 70_000}},
    {"requested_at": 5},
]


@pytest.mark.parametrize("wrong", WRONG, ids=ascii)
def test_invalid_request_of_a_record_is_a_failure_of_its_host(
    run_scripted: Runner, server: Script, wrong: dict[str, t.Any]
) -> None:
    row = deployment(pending={**PENDING, "order_id": None, **wrong})

    unreadable(planned(run_scripted, row), server)


@pytest.mark.parametrize(
    "wrong",
    [
        "text",
        17,
        None,
        [],
        {"record": "text"},
        {"record": []},
        {"record": {"version": 0}},
        {"record": {"version": 2}},
        {"record": {"version": 1, "order_name": 7}},
        {"record": {"version": 1, "order_name": HALF}},
        {"record": {"version": 1, "superseded": "all"}},
        {"record": {"version": 1, "superseded": [{}] * 1001}},
        {"record": {"version": 1, "live": {"order_id": "A"}}},
        {"live": "text"},
        {"live": {**FILES, "not_after": "soon"}},
        {"live": {**FILES, "not_after": 2027}},
        {"live": {**FILES, "not_before": FILES["not_after"], "not_after": FILES["not_before"]}},
        {"live": {**FILES, "key_matches": "yes"}},
        {"live": {**FILES, "public_key_sha256": "x" * 9000}},
        {"live": {**FILES, "damaged": "chain.pem"}},
        {"revocation": "good"},
        {"revocation": ["good"]},
        {"revocation": [{"state": "fine"}]},
        {"revocation": [{"state": "good", "age": -1}]},
        {"revocation": [{"state": "good", "size": 10**400}]},
        {"revocation": [{"state": "good", "size": "500"}]},
        {"revocation": [{"state": "good", "address": "x" * 9000}]},
        {"live": {**FILES, "damaged": [17]}},
        {"live": {**FILES, "damaged": ["a\u202eb"]}},
        {"live": {**FILES, "damaged": {"chain.pem": "gone"}}},
        {"pending": {"csr": 5}},
        {"pending": {"public_key_sha256": ["aa"]}},
        {"error_code": 5},
        {"error_code": "x", "msg": ["y"]},
    ],
    ids=ascii,
)
def test_invalid_row_is_a_failure_of_its_host(run_scripted: Runner, server: Script, wrong: t.Any) -> None:
    row = {**deployment(live=ORDERED, files=FILES), **wrong} if isinstance(wrong, dict) else wrong

    unreadable(planned(run_scripted, row), server)


def test_unknown_fields_are_dropped(run_scripted: Runner) -> None:
    extra = {"action": "order", "may_be_charged": True, "wotrus_max_charged_orders": 99, "record_says": "{{ 1 + 1 }}"}
    row = {**deployment(), **extra, "path": "/etc/passwd"}

    result = planned(run_scripted, row, actions=["renew"])

    (plan,) = result["plans"]
    assert (plan["path"], plan["action"]) == ("/ssl/contracts", "nothing")
    assert not any(name in str(result) for name in ("wotrus_max_charged_orders", "record_says", "/etc/passwd"))


@pytest.mark.parametrize(
    "wrong", [{"pending": {"operation": "buy"}}, {"name": HALF}, {"pending": {"definition": {"a": HALF}}}]
)
def test_record_with_invalid_fields_is_unreadable(wrong: dict[str, t.Any]) -> None:
    with pytest.raises(RecordUnreadable):
        Record.from_text(json.dumps({"version": 1, **wrong}))
