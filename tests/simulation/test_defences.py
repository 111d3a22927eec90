# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each defence is what stops its attack: without it, a history breaks the promise.

All these histories hold with the defences: ``test_examples.py``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._client import journal
from ansible_collections.wotrus.pki.plugins.module_utils._planning import (
    alarms,
    due,
    named,
    questions,
    results,
    shown,
    stages,
)
from ansible_collections.wotrus.pki.plugins.module_utils._workflow import approved_plan, fetch, limit, send, send_check
from ansible_collections.wotrus.pki.plugins.module_utils._x509 import csr

from .history import play
from .promises import Broken

HISTORIES = Path(__file__).parent / "histories"

# What is trusted or allowed without it: one function in place of another.
Off = tuple[object, str, Callable[..., Any]]


def everything(*_of: object, **_what: object) -> bool:
    """Allow everything."""
    return True


def nothing(*_of: object, **_what: object) -> tuple[()]:
    """Find nothing."""
    return ()


ROOT: tuple[Off, ...] = ((due, "is_purchase", everything), (send, "check_root", nothing))
DUE: tuple[Off, ...] = ((due, "is_due", everything),)
NAMED: tuple[Off, ...] = ((named, "is_named", everything), (stages, "is_named", everything))
FORECAST: Off = (limit, "_that_wait", nothing)
LIMIT: tuple[Off, ...] = (FORECAST, (limit.RequestCount, "_slots", nothing))
CSR: tuple[Off, ...] = ((send_check, "check_csr", lambda text, **_wanted: text),)
ATTRIBUTES: tuple[Off, ...] = ((csr, "other_requests", nothing),)
FOREIGN: tuple[Off, ...] = ((alarms, "unknown_names", nothing), (fetch, "unknown_names", nothing))
APPROVED: tuple[Off, ...] = ((approved_plan, "changed_names", nothing),)
FOLLOWER: tuple[Off, ...] = ((send, "check_what_is_sent", nothing),)
NAMES: tuple[Off, ...] = ((shown, "order_differences", nothing),)
JOURNAL: tuple[Off, ...] = ((journal, "_append", nothing),)
ALARM: tuple[Off, ...] = ((results, "alarm_of", nothing),)
CHARGE: tuple[Off, ...] = ((send, "is_open", lambda error: error.answer_lost),)
WINDOW: tuple[Off, ...] = ((questions, "hold_until_window", lambda _facts, decision: decision),)


@pytest.mark.parametrize(
    ("off", "history", "promise"),
    [
        pytest.param(ROOT, "repeat_answers_the_newest_reissue", "an_order_is_followed_once", id="root"),
        pytest.param(DUE, "due_before_its_term", "paid_orders_are_due_or_named", id="due"),
        pytest.param(NAMED, "claims_of_a_siblings_orders", "paid_orders_are_due_or_named", id="named"),
        pytest.param(LIMIT, "more_orders_than_the_limit", "a_run_pays_within_its_limit", id="limit"),
        pytest.param(CHARGE, "order_that_is_stored_though_busy", "charges_are_reported", id="charge"),
        pytest.param(CSR, "csr_of_another_organization", "requests_are_what_the_inventory_says", id="csr"),
        pytest.param(
            ATTRIBUTES, "csr_with_microsofts_attribute", "requests_are_what_the_inventory_says", id="attributes"
        ),
        pytest.param(FOREIGN, "certificate_with_a_foreign_name", "foreign_names_are_shown", id="foreign"),
        pytest.param(APPROVED, "approved_plan_of_other_details", "an_approved_plan_is_what_is_done", id="approved"),
        pytest.param(
            FOLLOWER, "approved_plan_and_an_order_that_follows", "an_approved_plan_is_what_is_done", id="follower"
        ),
        pytest.param(NAMES, "root_of_another_order_in_an_entry", "requests_are_what_the_inventory_says", id="names"),
        pytest.param(JOURNAL, "more_orders_than_the_limit", "no_request_without_a_line", id="journal"),
        pytest.param(ALARM, "revoked_intermediate_that_ends_early", "green_means_all_is_well", id="alarm"),
        pytest.param(WINDOW, "key_of_an_issued_reissue_lost", "a_good_certificate_stays_until_its_window", id="window"),
    ],
)
def test_without_the_defence_the_attack_succeeds(off: tuple[Off, ...], history: str, promise: str) -> None:
    text = (HISTORIES / f"{history}.txt").read_text(encoding="utf-8")
    with contextlib.ExitStack() as defences:
        for place, name, instead in off:
            defences.enter_context(mock.patch.object(place, name, instead))
        with pytest.raises(Broken) as broken:
            play(text)

    assert broken.value.promise == promise
