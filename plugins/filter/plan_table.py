# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ``plan_table``: plans or results as a table."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._workflow import table


class FilterModule:
    """The filter; the work is in module_utils."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"plan_table": table.table}
