# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unusual values, and checks that hold for all results."""

from __future__ import annotations

import copy
import json
import unicodedata
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

# Surrogates, controls, right-to-left marks and blanks are as likely as letters.
WORDS = st.text(st.characters(codec=None), max_size=12) | st.text(
    "Az09-\ud800\udfff\x00\x1b\r\n\t\u202e\u2066\u200f\u00a0 /.%?#", max_size=12
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | WORDS
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3))
NAMES = st.sampled_from(
    ["..", ".", "../x", "a/../../x", "/etc/passwd", "a/b", "x\n", "\u202egpj.exe", "con tracts", "", "-rf", "a" * 300]
)


def encoded(value: Any) -> bytes:
    """Return a value as JSON, with lone surrogates as escapes."""
    return json.dumps(value).encode()


def assert_can_be_shown(value: Any) -> None:
    """Check that a result can be written and controls no terminal."""
    if isinstance(value, str):
        assert value.encode("utf-8").decode() == value
        assert not [char for char in value if unicodedata.category(char) == "Cc"], value
    elif isinstance(value, dict):
        for item in value.values():
            assert_can_be_shown(item)


@st.composite
def changed(draw: st.DrawFn, whole: Any, *, values: st.SearchStrategy[Any] = JSON) -> Any:
    """Return a copy of plain data with some parts changed or missing."""
    if draw(st.integers(0, 7)) == 0:
        return draw(values)
    if isinstance(whole, dict):
        kept = {name: item for name, item in whole.items() if draw(st.integers(0, 9))}
        return {name: draw(changed(item, values=values)) for name, item in kept.items()}
    if isinstance(whole, list):
        return [draw(changed(item, values=values)) for item in whole]
    return whole


@st.composite
def slightly_changed(draw: st.DrawFn, whole: Any, *, values: st.SearchStrategy[Any] = JSON) -> Any:
    """Return a copy of plain data with up to two parts changed.

    A part may also be missing.
    """
    whole = copy.deepcopy(whole)
    for _change in range(draw(st.integers(0, 2))):
        places = list(_places(whole))
        if not places:
            break
        holder, name = places[draw(st.integers(0, len(places) - 1))]
        if draw(st.booleans()):
            holder[name] = draw(values)
        else:
            del holder[name]
    return whole


def _places(whole: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each part of plain data, as its container and name."""
    inner = (
        list(whole.items()) if isinstance(whole, dict) else list(enumerate(whole)) if isinstance(whole, list) else []
    )
    for name, item in inner:
        yield whole, name
        yield from _places(item)
