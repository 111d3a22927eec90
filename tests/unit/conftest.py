# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unit tests run on a target's oldest Python too.

Tests of code that never runs on a target are left out.
"""

from __future__ import annotations

import sys

from hypothesis import HealthCheck, settings

collect_ignore = (
    [] if sys.version_info >= (3, 11) else ["action", "eda", "house", "planning", "report", "sandbox", "workflow"]
)

# A busy machine is no finding, and everybody is shown the same cases: tests/torture looks for new ones.
settings.register_profile("unit", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unit")
