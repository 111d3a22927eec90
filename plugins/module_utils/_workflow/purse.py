# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the plans of a play cost, over all of its hosts: what the purchase guard looks at."""

from __future__ import annotations

import collections
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._planning.entry import PROVIDED
from ansible_collections.wotrus.pki.plugins.module_utils._planning.road_results import (
    PLACED,
    PLANNED,
    Json,
    by_number,
    registered,
)

_COUNTED = "__wotrus_placed_orders"


def purse(hosts: t.Sequence[str], hostvars: t.Mapping[str, Json], batch: t.Sequence[str]) -> dict[str, t.Any]:
    """Return what the plans of a play would cost: the filter ``purse``.

    A host without a record counts, since nobody can look an order up without asking for it.

    :param hosts: every host of the play
    :param batch: those that the role runs for now
    :returns: ``charged``, the number of charged orders that the batch would place, with those that the play has placed;
        ``shared``, the names of orders that several hosts would share without sharing the key
    """
    members = set(batch)
    orders: set[str] = set()
    names: collections.Counter[str] = collections.Counter()
    for host in hosts:
        variables = hostvars[host]
        plans = registered(variables, PLANNED).get("plans") or ()
        names.update(plan["order_name"] for plan in plans if plan["key"]["storage"] != PROVIDED)
        orders.update(_placed(variables))
        if host in members:
            orders.update(_to_place(variables))
    return {"charged": len(orders), "shared": sorted(name for name, count in names.items() if count > 1)}


def _placed(variables: Json) -> set[str]:
    """Return the idempotence values of the orders that were placed and charged, in this run of the role or before."""
    results = registered(variables, PLACED).get("results") or ()
    return {
        *(variables.get(_COUNTED) or ()),
        *(result["idempotence_id"] for result in results if result.get("created")),
    }


def _to_place(variables: Json) -> set[str]:
    """Return those of the orders that may be charged, and have not been asked for by this plan."""
    planned = registered(variables, PLANNED)
    asked = by_number(registered(variables, PLACED), planned.get("plan_id"))
    plans = enumerate(planned.get("plans") or ())
    return {plan["record"]["idempotence_id"] for number, plan in plans if plan["charged"] and number not in asked}
