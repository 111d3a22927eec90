# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the event filter and the event sources of the collection share.

ansible-rulebook runs a plugin by its path and knows no ``ansible_collections``, so this binds that name to the
collection that these files belong to, wherever it lies: its client, its model and its options are used here as well.
"""

from __future__ import annotations

import sys
import types
from pathlib import Path

_NAME = "ansible_collections.wotrus.pki"


def _bind(name: str, root: Path) -> None:
    """Make ``name`` importable from ``root``, unless somebody imported it already."""
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
