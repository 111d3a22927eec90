# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names from lists and texts of people."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._planning.split_names import split_names


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (["contracts", "invoices"], ["contracts", "invoices"]),
        ("contracts,invoices", ["contracts", "invoices"]),
        (" contracts ,\n invoices\n", ["contracts", "invoices"]),
        ("contracts，invoices、letters", ["contracts", "invoices", "letters"]),
        ("contracts contracts", ["contracts"]),
        (2026, ["2026"]),
        ("", []),
        ([], []),
        (None, []),
    ],
)
def test_names_are_read_from_lists_and_from_the_text_of_surveys(given: t.Any, read: list[str]) -> None:
    assert split_names(given) == read
