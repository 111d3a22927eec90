# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role's road where tasks of another round, or of the role for other certificates, registered results before."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._operations.road import road

_REISSUED = {
    "results": [
        {"ansible_loop_var": "__wotrus_number", "__wotrus_number": 0, "new_order_id": "B", "idempotence_id": "b"}
    ]
}


def walk(action: str, *, reload: t.Any = None, **results: t.Any) -> dict[str, t.Any]:
    plan = {
        "name": "contracts",
        "path": "/etc/ssl/wotrus/contracts",
        "action": action,
        "reason": "pending_review",
        "order_id": "A",
        "operation": None,
        "pending_link": None,
        "next_action": None,
        "stage": None,
        "reload_owed": False,
        "record": None,
        "subject": {},
        "key": {"storage": "host"},
    }
    entry = {"name": "contracts", "reload": reload}
    return road([plan], [entry], [{"path": plan["path"]}], reissued=_REISSUED, **results)


@pytest.mark.parametrize(("action", "order_id"), [("nothing", None), ("resume", "A"), ("reissue", "B")])
def test_a_reissue_counts_only_for_the_plan_that_asked_for_it(action: str, order_id: str | None) -> None:
    assert walk(action)["order_ids"] == [order_id]


@pytest.mark.parametrize(
    ("heard", "reload", "owed"),
    [(True, None, True), (False, None, False), (False, {"command": "systemctl reload signer"}, True)],
)
def test_a_reload_is_owed_where_somebody_takes_it(*, heard: bool, reload: t.Any, owed: bool) -> None:
    certificate = {"issued": True, "order_id": "A", "certificate": "c", "chain": "i", "root": "r"}
    fetched = {"results": [{"ansible_loop_var": "asked", "asked": {"number": 0}, **certificate}]}

    (one,) = walk("resume", reload=reload, heard=heard, fetched=fetched)["to_present"]

    assert one["record"]["reload_owed"] is owed
