# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The id of a placed order is kept after any failure."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Order
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Limits, Permission
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.apply import OPERATION as APPLY
from tests.unit.workflow.hostile import ENTRY, Ca, Host, carry_out, csr, prepared, row_of

ENTRIES = [{**ENTRY, "name": name} for name in ("contracts", "seals")]


@dataclasses.dataclass
class Interrupted(Ca):
    """A CA during whose answer to a Query somebody interrupts the run.

    :ivar after: how many orders are queried before
    """

    after: int = 0

    def query(self, order_id: str, **options: t.Any) -> Order:
        """Answer an order, or be interrupted."""
        if self.after == 0:
            raise KeyboardInterrupt
        self.after -= 1
        return super().query(order_id, **options)


@pytest.mark.parametrize("after", [0, 1])
def test_interrupted_run_shows_and_records_the_orders_that_were_placed(after: int) -> None:
    ca, host = Interrupted(after=after), Host([{}, {}], deploys=prepared)

    with pytest.raises(KeyboardInterrupt):
        carry_out(APPLY, ca, host, certificates=ENTRIES, max_charged_orders=2)

    placed = list(ca.orders)
    assert len(placed) == 1 + after
    assert [line.rpartition(" ")[2] for line in host.shown] == placed
    recorded = [one["record"] for one in host.options if one["state"] == "recorded"]
    assert [one["order_id"] for one in recorded] == placed


@pytest.mark.parametrize(
    ("step", "outcome"),
    [("ordered", ("waiting", None)), ("adopted", ("waiting", None)), ("prepared", ("blocked", "order_unknown"))],
)
def test_order_of_an_earlier_task_waits_until_wotrus_shows_it(step: str, outcome: tuple[str, str | None]) -> None:
    row = row_of({"pending": {"operation": "order", "order_id": "order-1"}}, pending={"csr": csr(), "has_key": True})
    host = Host([row], deploys=prepared)
    earlier = [{"name": "contracts", "steps": [step], "order_id": "order-1"}]

    (found,) = carry_out(APPLY, Ca(), host, run=host.run(permission=Permission(Limits()), earlier_results=earlier))[
        "results"
    ]

    assert (found["result"], found["error_code"]) == outcome
