# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs M(wotrus.pki.wotrus_batch) inside the controller's process."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.plugin_utils._batch import BatchAction


class ActionModule(BatchAction):
    """The action plugin of wotrus_batch."""
