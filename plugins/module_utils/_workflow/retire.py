# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which superseded orders may be revoked: only those whose successor is proven wherever it is used.

WoTrus revokes nothing by itself for PDF products after a reissue, so the old certificate stays good until somebody has
it revoked (manual, section 7).
"""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import REISSUE
from ansible_collections.wotrus.pki.plugins.module_utils._planning.entry import PROVIDED

Json = t.Mapping[str, t.Any]
Rows = t.Sequence[Json]


def retirable(deployments: Rows, everywhere: Rows, *, complete: bool) -> list[dict[str, t.Any]]:
    """Return the superseded orders of a host that may be revoked now: the filter ``retirable``.

    :param deployments: ``deployments`` of ``wotrus_deployment_info`` of the host, as it is now
    :param everywhere: the same of every host of the play that has come this far
    :param complete: every host of the play has; until then a certificate that hosts share stays
    :returns: for each its ``order_id``, and the ``path`` of the record that lists it
    """
    in_use = [record for item in everywhere if (record := item.get("record")) and record.get("live")]
    live = {id_key(record["live"]["order_id"]) for record in in_use if record["live"].get("order_id")}
    ready: list[dict[str, t.Any]] = []
    for item in deployments:
        record = item.get("record") or {}
        if not (record.get("live") and (item.get("live") or {}).get("key_matches")):
            continue
        if _is_shared(record) and not (complete and _all_run_the_same(record, in_use)):
            continue
        ready += [
            {"path": item["path"], "order_id": order_id}
            for order_id in _superseded(record)
            if id_key(order_id) not in live
        ]
    return ready


def _superseded(record: Json) -> list[str]:
    """Return the orders that a reissue superseded; those that a renewal did come to their end by themselves."""
    orders = [one["order_id"] for one in record.get("superseded") or () if one.get("operation") == REISSUE]
    return list(dict.fromkeys(order_id for order_id in orders if order_id))


def _is_shared(record: Json) -> bool:
    key = (record["live"].get("definition") or {}).get("key") or {}
    return key.get("storage") == PROVIDED


def _all_run_the_same(record: Json, in_use: Rows) -> bool:
    sharing = [other for other in in_use if other.get("order_name") == record.get("order_name")]
    fingerprints = {other["live"].get("fingerprint_sha256") for other in sharing}
    return len(fingerprints) == 1
