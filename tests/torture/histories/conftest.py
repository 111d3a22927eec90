# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random histories are of the long form."""

from __future__ import annotations

from tests.torture.form import by_form

collect_ignore = by_form(short=["test_random_histories.py"], long=[])
