# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters by which the role C(certificate) and the playbooks hand one task's results to the next."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._planning import names
from ansible_collections.wotrus.pki.plugins.module_utils._workflow import (
    concerned,
    ending,
    outcome,
    purse,
    retire,
    road,
    table,
)


class FilterModule:
    """The filters; the work is in module_utils."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {
            "road": road.road,
            "endings": road.endings,
            "purse": purse.purse,
            "plan_table": table.table,
            "retirable": retire.retirable,
            "cancellable": ending.cancellable,
            "revocable": ending.revocable,
            "concerned": concerned.concerned,
            "outcome": outcome.outcome,
            "names": names.names,
        }
