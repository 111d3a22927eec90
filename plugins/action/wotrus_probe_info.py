# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs M(wotrus.pki.wotrus_probe_info) inside the controller's process."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._orders.probe_info import OPERATION
from ansible_collections.wotrus.pki.plugins.plugin_utils._action import ApiAction


class ActionModule(ApiAction):
    """The action plugin of wotrus_probe_info."""

    OPERATION = OPERATION
