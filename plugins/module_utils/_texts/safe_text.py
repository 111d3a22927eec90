# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make text from elsewhere safe to show.

The API, hosts and certificates have such text. It all passes ``safe_text`` before it is in a message, a result, a
report or a log. Its characters act on no terminal, and none changes its order (Unicode Technical Report 36).
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping

LONGEST_LINE = 2000
"""Characters of a line that are kept."""

_LONGEST_BLOCK = 100_000
_DEEPEST = 20
_MOST_ITEMS = 10_000

# These are compiled when they are first needed: on a target, rarely. That takes 1.6 ms.
# Control characters, line and paragraph separators, and halves of surrogate pairs, which cannot be written as UTF-8.
_CONTROL = "[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]"
_CONTROL_IN_LINES = "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]"
# Marks, embeddings, overrides and isolates change the direction of text. Annotations and tags are not shown at all.
# Other format characters, such as joiners, occur in names.
_HIDDEN = "[\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"

INVISIBLE = (
    r"\s\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""The characters without a shape, for a class of a pattern: blanks, control characters, and what a display ignores.

The last are Unicode's ``Default_Ignorable_Code_Point``, such as joiners and soft hyphens.
"""

_HOST = r"([0-9A-Za-z.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?"


def safe_text(text: str, *, keep_lines: bool = False) -> str:
    """Return a text with blanks for control characters, and without hidden ones.

    :param keep_lines: keep line feeds
    """
    if text.isprintable() or (keep_lines and all(map(str.isprintable, text.split("\n")))):
        return text
    return re.sub(_HIDDEN, "", re.sub(_CONTROL_IN_LINES if keep_lines else _CONTROL, " ", text))


def safe_line(text: str, *, longest: int = LONGEST_LINE) -> str:
    """Return a text as one safe line for messages.

    :param longest: characters that are kept
    """
    shown = " ".join(safe_text(text[: 4 * longest]).split())
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def safe_block(text: str, *, longest: int | None = None) -> str:
    """Return a text of several lines, such as a diff.

    :param longest: characters that are kept; ``None`` for all
    """
    return safe_text(text[:longest], keep_lines=True)


def limited_value(value: t.Any, *, _depth: int = 0) -> t.Any:
    """Return plain data within limits, with safe texts.

    Longer texts, lists and objects are cut off. Data that is nested too deep is left out.
    """
    if isinstance(value, str):
        return safe_block(value, longest=_LONGEST_BLOCK)
    most = _MOST_ITEMS if _depth < _DEEPEST else 0
    if isinstance(value, Mapping):
        pairs = list(value.items())[:most]
        return {safe_line(str(name)): limited_value(item, _depth=_depth + 1) for name, item in pairs}
    if isinstance(value, (list, tuple)):
        return [limited_value(item, _depth=_depth + 1) for item in value[:most]]
    return value


def safe_link(text: object) -> str | None:
    """Return a link if it is safe to open; else ``None``.

    It is ``https``, and its host is not disguised: by credentials before it, a backslash, blanks, or characters that a
    browser maps to others.
    """
    # A target shows no link, and the import takes 4 ms.
    import urllib.parse

    if not isinstance(text, str):
        return None
    shown = safe_line(text)
    if shown != text.strip() or not shown.isprintable() or " " in shown or "\\" in shown:
        return None
    try:
        parts = urllib.parse.urlsplit(shown)
    except ValueError:
        return None
    return shown if parts.scheme == "https" and re.fullmatch(_HOST, parts.netloc) else None
