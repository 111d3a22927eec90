# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs M(wotrus.pki.wotrus_apply) inside the controller's process."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._workflow.apply import OPERATION
from ansible_collections.wotrus.pki.plugins.plugin_utils._action import ApiAction
from ansible_collections.wotrus.pki.plugins.plugin_utils._registered import earlier_tasks


class ActionModule(ApiAction):
    """The action plugin of wotrus_apply."""

    OPERATION = OPERATION
    NEEDS_HOST = True

    def _run_in_process(self) -> dict[str, t.Any]:
        return self._execute(OPERATION, **earlier_tasks(self._task, self._task_vars, self._templar.template))
