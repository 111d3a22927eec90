# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters by which the role C(certificate) hands one task's results to the next."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._operations import road


class FilterModule:
    """The filters; the work is in module_utils."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {
            "to_prepare": road.to_prepare,
            "requests": road.requests,
            "order_ids": road.order_ids,
            "to_record": road.to_record,
            "to_present": road.to_present,
            "foreign": road.foreign,
            "plan_table": road.table,
        }
