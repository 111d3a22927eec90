# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ids, which come in either case and with blanks."""

from __future__ import annotations

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import clean_id, id_key, is_order_id, is_same_id

GUID = "89CB4BF6-3E53-4B49-9AB9-92D578144260"


@pytest.mark.manual("5.id-form")
@pytest.mark.parametrize(
    "spelling", [GUID, GUID.lower(), f"{GUID} ", f"\t{GUID.lower()}\n", f"{{{GUID}}}", f" {{ {GUID.lower()} }}"]
)
def test_two_spellings_are_one_id(spelling: str) -> None:
    assert is_same_id(GUID, spelling)
    assert id_key(GUID) == id_key(spelling)


def test_id_keeps_its_spelling_without_blanks() -> None:
    assert clean_id(f" {GUID} ") == GUID
    # The manual has an example of 37 characters.
    assert clean_id(GUID + "7") == GUID + "7"


@pytest.mark.parametrize("nothing", [None, "", "  ", "\n", "{}", " { } "])
def test_a_blank_id_is_none(nothing: str | None) -> None:
    assert clean_id(nothing) is None
    assert not is_same_id(nothing, nothing)
    assert not is_same_id(GUID, nothing)


def test_different_ids_differ() -> None:
    assert not is_same_id(GUID, GUID[:-1] + "1")


@pytest.mark.parametrize("text", [GUID, f" {{{GUID.lower()}}} ", GUID + "7", "A-1", "a_b.c", "a" * 100])
def test_an_order_id_has_letters_digits_and_few_signs(text: str) -> None:
    assert is_order_id(text)


@pytest.mark.parametrize(
    "text", ["", "{}", "../Cancel", "{{ 7 * 7 }}", "a b", "-a", "a..b", "\u0660", "a\nb", "a" * 101]
)
def test_other_characters_are_no_order_id(text: str) -> None:
    assert not is_order_id(text)
