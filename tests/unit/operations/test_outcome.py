# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is handed on and shown of a fleet, and how names are read."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._planning.names import names
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.outcome import outcome

LINK = "https://console.example.com/pay/1"


def plan(host: str, action: str, **changes: t.Any) -> dict[str, t.Any]:
    """Return a row of a plan, with a secret that must go nowhere."""
    row = {"host": host, "name": "contracts", "action": action, "reason": "not_ordered", "charged": action == "order"}
    own = {"order_name": f"contracts@{host}", "generation": 1, "order_id": None, "stage": None, "pending_link": None}
    return {**row, **own, "record": {"secret": "s3cret"}, **changes}


def test_plan_has_what_is_to_be_done_and_counts_each_order_once() -> None:
    shared = {"order_name": "shared"}
    rows = [plan("one", "order", **shared), plan("two", "order", **shared), plan("three", "nothing")]

    found = outcome(rows, hosts=["four"])

    assert set(found["plan"]) == {"one", "two"}
    assert found["plan"]["one"][0]["order_name"] == "shared"
    assert found["summary"] == {
        "hosts": 3,
        "certificates": 3,
        "actions": {"order": 2, "nothing": 1},
        "charged": 1,
        "live": 0,
        "waiting_on_you": 0,
        "blocked": 0,
        "left": 0,
        "not_reached": ["four"],
    }
    assert "s3cret" not in str(found)


def test_ending_counts_for_more_than_the_plan() -> None:
    ending = {"host": "one", "name": "contracts", "action": "order", "charged": False, "live": False, "order_id": "A"}

    found = outcome([plan("one", "order")], [{**ending, "stage": "waiting_on_you", "pending_link": LINK}])

    assert found["summary"]["charged"] == 0
    assert found["waiting"] == {"one": [{"name": "contracts", "order_id": "A", "pending_link": LINK}]}
    assert f"  one  contracts  {LINK}" in found["lines"]


def test_what_is_left_to_another_run_is_named() -> None:
    left = {"reason": "not_asked", "next_action": "Run it for order"}

    found = outcome([plan("one", "nothing", **left), plan("two", "nothing", reason="valid")])

    assert found["summary"]["left"] == 1
    assert "  one  contracts  Run it for order" in found["lines"]


def test_lines_stay_few_however_large_the_fleet() -> None:
    rows = [plan(f"host{number}", "resume", stage="waiting_on_you") for number in range(500)]

    lines = outcome(rows, hosts=[f"lost{number}" for number in range(30)])["lines"]

    assert "waits for you   500" in lines
    assert "  and 480 more" in lines
    assert "  and 10 more" in lines
    assert len(lines) < 50


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (["contracts", "invoices"], ["contracts", "invoices"]),
        ("contracts,invoices", ["contracts", "invoices"]),
        (" contracts ,\n invoices\n", ["contracts", "invoices"]),
        ("contracts，invoices、letters", ["contracts", "invoices", "letters"]),
        ("contracts contracts", ["contracts"]),
        ("", []),
        ([], []),
        (None, []),
    ],
)
def test_names_are_read_from_lists_and_from_the_text_of_surveys(given: t.Any, read: list[str]) -> None:
    assert names(given) == read
