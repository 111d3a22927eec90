# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server by script, and plans for the certificates of one host."""

from __future__ import annotations

from tests.unit.orders.conftest import authority, pauses, run_scripted, server

__all__ = ["authority", "pauses", "run_scripted", "server"]
