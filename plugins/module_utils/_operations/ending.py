# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which orders a person means who names certificates to cancel or to revoke, by the records on the host.

A name that fits nothing, or a record that cannot tell, must not look like an order that was ended.
"""

from __future__ import annotations

import typing as t

Json = t.Mapping[str, t.Any]
Rows = t.Sequence[Json]


def cancellable(deployments: Rows) -> dict[str, list[str]]:
    """Return the orders under way of the certificates that were named: the filter ``cancellable``.

    :param deployments: ``deployments`` of ``wotrus_deployment_info``, a row for each name
    :returns: ``orders``, their ids; ``faults``, a sentence without its stop for each certificate that is not known, or
        has a request of which the record cannot tell the order. A certificate with nothing under way is in neither
    """
    found: dict[str, list[str]] = {"orders": [], "faults": []}
    for item in deployments:
        pending = (item.get("record") or {}).get("pending")
        if not item.get("record"):
            found["faults"].append(f"{_name(item)}: {_without_record(item)}")
        elif pending and pending.get("order_id"):
            found["orders"].append(pending["order_id"])
        elif pending:
            found["faults"].append(f"{_name(item)}: {_without_order(pending)}")
    return found


def revocable(deployments: Rows) -> dict[str, list[str]]:
    """Return the orders whose certificates are live, of those that were named: the filter ``revocable``.

    :param deployments: ``deployments`` of ``wotrus_deployment_info``, a row for each name
    :returns: ``orders``, their ids; ``companions``, those of the SM2 pairs beside them, of products that have one;
        ``faults``, a sentence without its stop for each certificate of which no order is known
    """
    found: dict[str, list[str]] = {"orders": [], "companions": [], "faults": []}
    for item in deployments:
        live = (item.get("record") or {}).get("live")
        if not item.get("record"):
            found["faults"].append(f"{_name(item)}: {_without_record(item)}")
        elif not live:
            found["faults"].append(f"{_name(item)}: no certificate is live")
        elif not live.get("order_id"):
            found["faults"].append(f"{_name(item)}: the record does not tell the order of what is live")
        else:
            found["orders"].append(live["order_id"])
            found["companions"] += filter(None, [live.get("companion_order_id")])
    return found


def _name(item: Json) -> str:
    return str(item["path"]).rstrip("/").rpartition("/")[2]


def _without_record(item: Json) -> str:
    return str(item.get("msg") or f"there is no record in {item['path']}").rstrip(".")


def _without_order(pending: Json) -> str:
    return (
        "whether WoTrus has an order for the request that is prepared was not noted. Look there for the idempotence "
        f"value {pending.get('idempotence_id')} and cancel that order by its id, or run the role again, which asks for "
        "the same order"
    )
