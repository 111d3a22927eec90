# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option ``verification``: whether a chain of certificates may break a rule."""

from __future__ import annotations

import typing as t

STRICT = "strict"
COMPATIBLE = "compatible"

VERIFICATION: dict[str, t.Any] = {"type": "str", "choices": [STRICT, COMPATIBLE]}
"""Its argument spec, without the default, which is ``strict``."""
