# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of an inventory and of a target that nobody would write: refused with words, before anything is sent."""

from __future__ import annotations

import copy
import json
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._errors import RecordUnreadable
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import Record
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order import OPERATION as ORDER
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_info import OPERATION as INFO
from ansible_collections.wotrus.pki.plugins.module_utils._planning.plan import OPERATION as PLAN
from tests.helpers.running import Result, Runner
from tests.helpers.scripted import Script
from tests.unit.operations.test_plan import ENTRY, FIRST, LIVE, deployment

HALF = "\ud800"


def refused(result: Result, server: Script) -> str:
    """Return the words of a failure before which nothing was sent."""
    assert (result.get("failed"), result["error_code"]) == (True, "invalid_input"), result
    assert server.requests == []
    return str(result["msg"])


def planned(run: Runner, *, entry: dict[str, t.Any] | None = None, **options: t.Any) -> Result:
    given = {"certificate": {**ENTRY, **(entry or {})}, "host": "signer1", **options}
    return run(PLAN, **copy.deepcopy(given))


@pytest.mark.parametrize("option", ["renew_before_days", "renew_spread_days"])
@pytest.mark.parametrize("value", ["nan", "inf", "-inf", -1, 10**6 + 1])
def test_days_are_a_number_of_days(run_scripted: Runner, server: Script, option: str, value: t.Any) -> None:
    failed = planned(run_scripted, entry={option: value}, deployment=deployment(bought=FIRST, live=LIVE))

    assert "nor more than" in refused(failed, server)


def test_an_entry_that_is_null_is_no_entry(run_scripted: Runner, server: Script) -> None:
    failed = run_scripted(PLAN, certificate=None, host="signer1")

    assert "nothing to plan for" in refused(failed, server)


def test_half_a_surrogate_pair_is_refused(run_scripted: Runner, server: Script, order: dict[str, t.Any]) -> None:
    for failed in (
        planned(run_scripted, entry={"order_name": f"a{HALF}"}),
        run_scripted(PLAN, certificate=ENTRY, host=f"a{HALF}"),
        run_scripted(ORDER, **{**order, "name": f"a{HALF}"}),
        run_scripted(ORDER, order_id=f"a{HALF}"),
        run_scripted(INFO, order_ids=["A", f"a{HALF}"]),
    ):
        assert "cannot be written" in refused(failed, server)


def test_a_provided_key_that_is_no_text_is_no_key(run_scripted: Runner, server: Script) -> None:
    failed = planned(run_scripted, entry={"key": {"storage": "provided", "content": f"-----BEGIN {HALF}"}})

    assert "private key" in refused(failed, server)


@pytest.mark.parametrize(
    "secret",
    [
        {"pkcs12": {"password": "pdf@sign"}},
        {"organization": {**ENTRY["organization"], "id_card_number": "pdf"}},
        {"key": {"storage": "ukey"}, "ukey": {"password": "contracts", "ship_address": "深圳"}},
    ],
    ids=lambda secret: next(iter(secret)),
)
def test_a_secret_that_is_part_of_an_order_is_refused_since_ansible_would_mask_the_order(
    run_scripted: Runner, server: Script, secret: dict[str, t.Any]
) -> None:
    words = refused(planned(run_scripted, entry={"name": "contracts-of-pdf", **secret}), server)

    assert "choose one that is not" in words


@pytest.mark.parametrize(
    "wrong",
    [
        {"operation": "buy"},
        {"operation": [False]},
        {"order_id": 17},
        {"order_id": HALF},
        {"generation": "2"},
        {"generation": -1},
        {"generation": 10**30},
        {"months": True},
        {"definition": ["RSA"]},
    ],
    ids=str,
)
def test_a_request_that_no_record_has_is_refused(run_scripted: Runner, server: Script, wrong: dict[str, t.Any]) -> None:
    state = deployment(pending={**FIRST, "order_id": None, **wrong})

    assert "not what wotrus_deployment_info returns" in refused(planned(run_scripted, deployment=state), server)


@pytest.mark.parametrize("damaged", ["chain.pem", [17], [HALF], {"chain.pem": "gone"}], ids=str)
def test_damaged_files_that_are_no_names_are_refused(run_scripted: Runner, server: Script, damaged: t.Any) -> None:
    failed = planned(run_scripted, deployment=deployment(bought=FIRST, live={**LIVE, "damaged": damaged}))

    assert "not what wotrus_deployment_info returns" in refused(failed, server)


def test_a_certificate_that_ends_before_it_begins_is_refused(run_scripted: Runner, server: Script) -> None:
    turned = {**LIVE, "not_before": LIVE["not_after"], "not_after": LIVE["not_before"]}
    failed = planned(run_scripted, deployment=deployment(bought=FIRST, live=turned))

    assert "not what wotrus_deployment_info returns" in refused(failed, server)


@pytest.mark.parametrize(
    "wrong", [{"pending": {"operation": "buy"}}, {"name": HALF}, {"pending": {"definition": {"a": HALF}}}]
)
def test_a_record_with_what_nobody_wrote_is_unreadable(wrong: dict[str, t.Any]) -> None:
    with pytest.raises(RecordUnreadable):
        Record.from_text(json.dumps({"version": 1, **wrong}))
