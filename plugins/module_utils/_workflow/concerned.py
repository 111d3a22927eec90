# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which certificates of a host an order is about, by the records on the host."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import same_id
from ansible_collections.wotrus.pki.plugins.module_utils._planning.road_results import name_at

Json = t.Mapping[str, t.Any]

_IDS = ("order_id", "companion_order_id")


def concerned(deployments: t.Sequence[Json], order_id: str) -> list[dict[str, str]]:
    """Return the certificates that are of an order, or wait for it: the filter ``concerned``.

    An order whose certificate was superseded concerns nothing that is in use.

    :param deployments: ``deployments`` of ``wotrus_deployment_info``
    :param order_id: the order's id, in any spelling
    :returns: for each its ``name`` and its ``path``
    """
    rows: list[dict[str, str]] = []
    for item in deployments:
        record = item.get("record") or {}
        parts = [record.get("pending") or {}, record.get("live") or {}]
        if any(same_id(part.get(name), order_id) for part in parts for name in _IDS):
            rows.append({"name": name_at(item), "path": str(item["path"])})
    return rows
