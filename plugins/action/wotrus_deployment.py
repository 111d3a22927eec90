# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs M(wotrus.pki.wotrus_deployment) on the target without secrets in temporary files."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.options import argument_spec
from ansible_collections.wotrus.pki.plugins.plugin_utils._target import TargetAction


class ActionModule(TargetAction):
    """The action plugin of wotrus_deployment."""

    MODULE = "wotrus.pki.wotrus_deployment"
    SPEC = argument_spec()
