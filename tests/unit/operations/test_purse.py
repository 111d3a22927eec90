# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the plans of a play cost, as its hosts registered them."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._workflow.purse import purse


def variables(
    *orders: str, storage: str = "host", placed: t.Sequence[tuple[int, bool]] = (), plan_id: str = "a", **more: t.Any
) -> dict[str, t.Any]:
    """Return what a host has: plans to order, and by their numbers what was placed and whether it was created."""
    plans = [
        {"order_name": name, "charged": True, "record": {"idempotence_id": name}, "key": {"storage": storage}}
        for name in orders
    ]
    results = [
        {
            "ansible_loop_var": "item",
            "item": {"number": number, "plan_id": plan_id},
            "idempotence_id": f"{orders[number]}",
            "created": created,
        }
        for number, created in placed
    ]
    return {"__wotrus_planned": {"plan_id": "a", "plans": plans}, "__wotrus_placed": {"results": results}, **more}


def charged(hosts: dict[str, dict[str, t.Any]], *batch: str) -> int:
    return int(purse(list(hosts), hosts, batch)["charged"])


def test_only_the_batch_is_about_to_order() -> None:
    assert charged({"one": variables("x", "y"), "two": variables("z")}, "one") == 2


def test_what_was_placed_before_counts_and_what_was_adopted_does_not() -> None:
    hosts = {"one": variables("x", "y", placed=[(0, True), (1, False)]), "two": variables("z")}

    assert charged(hosts, "two") == 2
    # A second round of the same batch orders nothing of this plan again.
    assert charged(hosts, "one", "two") == 2


def test_what_was_placed_by_another_plan_counts_besides() -> None:
    hosts = {"one": variables("x", placed=[(0, True)], plan_id="before", __wotrus_placed_orders=["x", "w"])}

    assert charged(hosts, "one") == 2


def test_hosts_that_share_a_key_share_the_order() -> None:
    hosts = {"one": variables("x", storage="provided"), "two": variables("x", storage="provided")}

    assert purse(list(hosts), hosts, list(hosts)) == {"charged": 1, "shared": []}


def test_hosts_that_share_an_order_without_its_key_are_told_of_whatever_their_batch() -> None:
    hosts: dict[str, dict[str, t.Any]] = {"one": variables("x", "y"), "two": variables("x"), "three": {}}

    assert purse(list(hosts), hosts, ["two"])["shared"] == ["x"]
