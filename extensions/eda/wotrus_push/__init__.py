# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The code that the event filter and the event sources share.

ansible-rulebook runs a plugin by its path and does not know ``ansible_collections``. This package binds that name to
its own collection, so that the plugins can use the client, the model and the options.
"""

from __future__ import annotations

import sys
import types
from pathlib import Path

_NAME = "ansible_collections.wotrus.pki"


def _bind(name: str, root: Path) -> None:
    """Make ``name`` importable from ``root``, unless it is imported already."""
    parent, _dot, own = name.rpartition(".")
    if parent:
        _bind(parent, root.parent)
    if name not in sys.modules:
        module = types.ModuleType(name)
        module.__path__ = [str(root)]
        sys.modules[name] = module
        if parent:
            setattr(sys.modules[parent], own, module)


_bind(_NAME, Path(__file__).resolve().parents[3])
