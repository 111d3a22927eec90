# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes text of the API, hosts and inventory harmless, and values plain."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.wotrus.pki.plugins.module_utils._texts.safe_text import safe_line

_LONGEST = 500


def clean(value: object) -> str | None:
    """Return a value as one safe line of text; ``None`` if empty."""
    return safe_line(str(value), longest=_LONGEST) or None if value is not None else None


def plain(value: t.Any) -> t.Any:
    """Return plain data instead of ansible-core's containers and texts with tags.

    Those template an item on access, and are slow to copy. Before ansible-core 2.19 a text that is encrypted with
    ansible-vault is no ``str``.
    """
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, str) or hasattr(value, "__ENCRYPTED__") else value
