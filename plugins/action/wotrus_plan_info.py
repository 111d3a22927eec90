# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs M(wotrus.pki.wotrus_plan_info) inside the controller's process."""

from __future__ import annotations

import hashlib
import os
import pathlib
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._planning.plan import OPERATION
from ansible_collections.wotrus.pki.plugins.plugin_utils._action import ApiAction
from ansible_collections.wotrus.pki.plugins.plugin_utils._registered import Play, approved_times
from ansible_collections.wotrus.pki.plugins.plugin_utils._variables import role_values

# What a person approves of these is their content too.
_FILES = ("wotrus_ca_path", "wotrus_revocation_document", "wotrus_root_ca_path")


class ActionModule(ApiAction):
    """The action plugin of wotrus_plan_info."""

    OPERATION = OPERATION
    NEEDS_HOST = True

    def _run_in_process(self) -> dict[str, t.Any]:
        # Only a plan that a person approves needs them, or one that is compared with it. A tag shows a plan too.
        is_shown = self._task.check_mode or self._templar.template(self._task_vars.get("__wotrus_shows_plan", False))
        is_compared = bool(is_shown or self._task_vars.get("__wotrus_approved_plan"))
        variables = role_values(self._task_vars, self._templar.template) if is_compared else None
        if variables is not None:
            variables.update({name: self._with_digest(variables[name]) for name in _FILES if variables.get(name)})
        listed = Play(self._task, self._task_vars, self._templar.template).listed()
        approved_at = approved_times(self._task_vars)
        return self._execute(self.OPERATION, variables=variables, approved_at=approved_at, listed=listed)

    def _with_digest(self, path: str) -> tuple[str, str | None]:
        """Return the path of a file on the controller, and the digest of its content."""
        try:
            return path, hashlib.sha256(pathlib.Path(self._local(os.path.expanduser(path))).read_bytes()).hexdigest()
        except OSError:
            return path, None
