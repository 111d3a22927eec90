# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An answer that is null, empty or blank is not given."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import text
from ansible_collections.wotrus.pki.plugins.plugin_utils._play import play_hosts
from ansible_collections.wotrus.pki.plugins.plugin_utils._variables import ANSWERS, SPECS, given, read_variables
from tests.unit.planning.entries import ENTRY

EMPTY = [None, "", " \n"]


def read(entry_point: str, **variables: t.Any) -> tuple[dict[str, t.Any], list[str]]:
    """Return the values of the role's variables, and their mistakes."""
    whole = {"wotrus_certificates": [ENTRY], **variables}
    values, mistakes, _warnings = read_variables(whole, lambda value: value, host="signer1", entry_point=entry_point)
    return values, [text(one) for one in mistakes]


@pytest.mark.parametrize("empty", EMPTY)
def test_empty_answer_has_the_default(empty: str | None) -> None:
    assert {name: given(empty, name) for name in ANSWERS} == ANSWERS
    assert (given(0, "wotrus_wait_timeout"), given([], "wotrus_reissue")) == (0, [])
    assert given(empty, "wotrus_actions") == empty


@pytest.mark.parametrize("empty", EMPTY)
@pytest.mark.parametrize("entry_point", ["main", "report"])
def test_empty_optional_answers_are_no_mistake(entry_point: str, empty: str | None) -> None:
    options = SPECS[entry_point]["options"]

    values, mistakes = read(entry_point, **dict.fromkeys(set(ANSWERS) & set(options), empty))

    assert mistakes == []
    assert {name: values[name] for name in options} == {
        name: [ENTRY] if name == "wotrus_certificates" else option.get("default") for name, option in options.items()
    }


@pytest.mark.parametrize("empty", EMPTY)
@pytest.mark.parametrize("entry_point", ["revoke", "cancel"])
def test_empty_required_answer_is_missing(entry_point: str, empty: str | None) -> None:
    required = [name for name, one in SPECS[entry_point]["options"].items() if one.get("required") and name in ANSWERS]

    _values, mistakes = read(entry_point, **dict.fromkeys(required, empty))

    assert len(required) > 1
    assert [one for name in required for one in mistakes if one.startswith(f"{name} ")] == mistakes


def test_empty_variable_of_the_inventory_is_a_mistake() -> None:
    _values, mistakes = read("main", wotrus_base_dir="", wotrus_keep="")

    assert [one.split()[0] for one in mistakes] == ["wotrus_keep", "wotrus_base_dir"]


@pytest.mark.parametrize("empty", EMPTY)
def test_empty_pattern_is_the_group_wotrus(empty: str | None) -> None:
    assert play_hosts(empty, {"all": ["sign-1"], "wotrus": ["sign-1"]}) == "wotrus"
