# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cancellations and revocations have result rows with the usual words."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._workflow import summary
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.order_results import order_result

ORDER = {"name": "contracts", "order_id": "A1"}


def row(item: dict[str, Any], order: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the one row of a host with one order."""
    return order_result({**item, "__wotrus_order": order or ORDER}, host="web1")


@pytest.mark.parametrize(
    ("item", "result", "waiting_for"),
    [
        ({"order": {"status": "closed"}, "changed": True}, "cancelled", None),
        ({"order": {"status": "closed"}, "changed": False}, "cancelled", None),
        ({"order": {"status": "unpaid"}, "changed": True, "msg": "Would ask WoTrus to cancel."}, "cancelled", None),
        ({"order": {"status": "revoked"}, "changed": False}, "unchanged", None),
        ({"order": {"status": "pendingRevoke"}, "revoked": False, "changed": True}, "revoking", "ca"),
        ({"order": {"status": "revoked"}, "revoked": True, "changed": False}, "revoked", None),
    ],
)
def test_order_that_was_answered(item: dict[str, Any], result: str, waiting_for: str | None) -> None:
    found = row(item)

    assert (found["result"], found["waiting_for"], found["charged"]) == (result, waiting_for, "no")
    assert (found["host"], found["name"], found["order_id"]) == ("web1", "contracts", "A1")
    assert summary.failures([found]) == []


def test_failed_order_has_the_message_of_the_server() -> None:
    found = row({"error_code": "cancel_refused", "msg": "WoTrus: 证书已签发", "failed": False})

    assert (found["result"], found["error_code"]) == ("failed", "cancel_refused")
    (line,) = summary.failures([found])
    assert line.startswith("contracts: WoTrus: 证书已签发")
