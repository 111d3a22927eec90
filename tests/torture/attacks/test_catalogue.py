# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of attacks, and the tests that make them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.torture.page import ATTACKS

from . import catalogue

TESTS = {
    catalogue.HOST: "test_host.py",
    catalogue.API: "test_api.py",
    catalogue.USER: "test_user.py",
    catalogue.PUSHER: "test_pusher.py",
    catalogue.NETWORK: "test_network.py",
}


@pytest.mark.parametrize("name", catalogue.ATTACKS)
def test_attack_is_in_the_tests_of_its_party(name: str) -> None:
    source = (Path(__file__).parent / TESTS[catalogue.ATTACKS[name].party]).read_text(encoding="utf-8")

    assert f'"{name}"' in source or f'"{name.removeprefix("swap for ")}"' in source


def test_page_has_what_the_last_long_run_counted() -> None:
    rows = ATTACKS.read().split("\n   * - ")[2:]
    cells = [row.split("\n     - ") for row in rows]

    written = {row[0]: 0 if row[-1] == catalogue.NOT_RUN else int(row[-1].replace(",", "")) for row in cells[:-1]}
    assert set(written) == set(catalogue.ATTACKS)
    assert ATTACKS.read() == catalogue.table(written)
