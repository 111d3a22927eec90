# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which orders a person means who names certificates to cancel or to revoke, by the records on the host.

A name that fits nothing, or a record that cannot tell, must not look like an order that was ended.
"""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import REISSUE
from ansible_collections.wotrus.pki.plugins.module_utils._planning.road_results import name_at

Json = t.Mapping[str, t.Any]
Rows = t.Sequence[Json]


def cancellable(deployments: Rows) -> dict[str, list[str]]:
    """Return the orders under way of the certificates that were named: the filter ``cancellable``.

    :param deployments: ``deployments`` of ``wotrus_deployment_info``, a row for each name
    :returns: ``orders``, their ids; ``companions``, those of the SM2 pairs beside them, of products that have one;
        ``idle``, the names of certificates that have nothing under way; ``faults``, a sentence without its stop for
        each other one
    """
    found: dict[str, list[str]] = {"orders": [], "companions": [], "idle": [], "faults": []}
    for item in deployments:
        record = item.get("record") or {}
        pending = record.get("pending") or {}
        fault = _kept(item)
        if fault:
            found["faults"].append(f"{name_at(item)}: {fault}")
        elif not pending:
            found["idle"].append(name_at(item))
        else:
            found["orders"].append(pending["order_id"])
            found["companions"] += _companion(pending)
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
            found["faults"].append(f"{name_at(item)}: {_without_record(item)}")
        elif not live:
            found["faults"].append(f"{name_at(item)}: no certificate is live")
        elif not live.get("order_id"):
            found["faults"].append(f"{name_at(item)}: the record does not tell the order of what is live")
        else:
            found["orders"].append(live["order_id"])
            found["companions"] += filter(None, [live.get("companion_order_id")])
    return found


def _without_record(item: Json) -> str:
    return str(item.get("msg") or f"there is no record in {item['path']}").rstrip(".")


def _kept(item: Json) -> str | None:
    """Tell why nothing may be cancelled for a certificate; ``None`` where something may, or nothing is under way."""
    record = item.get("record")
    if not record:
        return _without_record(item)
    pending = record.get("pending")
    if not pending:
        return None
    if not pending.get("order_id"):
        return _without_order(pending)
    reissued = (pending.get("superseded_order_id"), (record.get("live") or {}).get("order_id"))
    if any(same_id(pending["order_id"], order_id) for order_id in reissued):
        # The manual's example of a reissue has the same id for both orders (manual, section 7).
        return "its reissue is under the id of the order that it is a reissue of, and that would be cancelled too"
    return None


def _companion(pending: Json) -> list[str]:
    """Return the companion of a request; a reissue has none of its own, and keeps the pair that was issued before."""
    companion = pending.get("companion_order_id")
    return [companion] if companion and pending.get("operation") != REISSUE else []


def _without_order(pending: Json) -> str:
    if pending.get("operation") == REISSUE:
        return (
            f"a reissue of order {pending.get('superseded_order_id')} is prepared, and whether WoTrus has it was not "
            "noted. Run the role again, which asks for the same reissue"
        )
    return (
        "whether WoTrus has an order for the request that is prepared was not noted. Look there for the idempotence "
        f"value {pending.get('idempotence_id')} and cancel that order by its id, or run the role again, which asks for "
        "the same order"
    )
