# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many histories are played."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

_HISTORIES = int(os.environ.get("WOTRUS_SIMULATION_HISTORIES", "100"))

settings.register_profile(
    "simulation",
    deadline=None,
    max_examples=_HISTORIES,
    stateful_step_count=25,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
settings.load_profile("simulation")
