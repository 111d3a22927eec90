# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random histories, in which every promise holds."""

from __future__ import annotations

from .machine import SimulatedRole

TestRandomHistories = SimulatedRole.TestCase
