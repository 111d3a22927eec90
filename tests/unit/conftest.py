# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The profile of hypothesis, and an environment without proxies."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# A busy machine is no finding, and everybody is shown the same cases: tests/torture looks for new ones.
settings.register_profile("unit", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unit")

# A proxy of the machine's must not come between a test and its server.
for name in [one for one in os.environ if one.lower().endswith("_proxy")]:
    del os.environ[name]
