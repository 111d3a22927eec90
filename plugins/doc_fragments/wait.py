# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of modules that can wait."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of waiting."""

    DOCUMENTATION = r"""
options:
  wait:
    description:
      - Whether to wait for the order. If it is still pending at the end of the wait, that is a result, not a failure.
    type: bool
    default: false
  wait_timeout:
    description:
      - The longest time to wait, in seconds.
    type: int
    default: 300
"""
