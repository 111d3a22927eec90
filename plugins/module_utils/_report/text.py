# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes text of the API, the hosts and the inventory harmless for a report."""

from __future__ import annotations

import urllib.parse

from ansible_collections.wotrus.pki.plugins.module_utils._client.fields import printable

_LONGEST = 500
# They could show a name as another one; some names need other format characters.
_TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def clean(value: object, *, longest: int = _LONGEST) -> str | None:
    """Return a value as one line of text that can be shown and written; None for nothing.

    :param longest: characters that are kept
    """
    if value is None:
        return None
    text = " ".join(printable(str(value)).translate(_TURNS).split())
    return (text if len(text) <= longest else text[: longest - 1] + "…") or None


def safe_link(value: object) -> str | None:
    """Return a web page's address; None for anything else, such as a script."""
    text = clean(value, longest=2000)
    if text is None or " " in text or text.endswith("…"):
        return None
    try:
        parts = urllib.parse.urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname
    except ValueError:
        return None
    return text if usable else None
