# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs M(wotrus.pki.wotrus_plan) inside the controller's process."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._planning.plan import OPERATION
from ansible_collections.wotrus.pki.plugins.plugin_utils._action import ApiAction
from ansible_collections.wotrus.pki.plugins.plugin_utils._variables import role_values


class ActionModule(ApiAction):
    """The action plugin of wotrus_plan."""

    OPERATION = OPERATION
    NEEDS_HOST = True
    WARNS_OF_HOST = True

    def _run_in_process(self) -> dict[str, t.Any]:
        # Only a plan that a person approves needs them, or one that is compared with it. A tag shows a plan too.
        is_shown = self._task.check_mode or self._templar.template(self._task_vars.get("__wotrus_shows_plan", False))
        is_compared = bool(is_shown or self._task_vars.get("__wotrus_approved_plan"))
        variables = role_values(self._task_vars, self._templar.template) if is_compared else None
        return self._execute(self.OPERATION, variables=variables)
