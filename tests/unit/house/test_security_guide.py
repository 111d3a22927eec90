# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests check the threat model."""

from __future__ import annotations

import re

from tests.helpers.guides import ROOT, contributing

NAMED = re.findall(r"``(tests/[\w/]+\.py)::(\w+)``", contributing("threats"))


def test_named_tests_exist() -> None:
    assert NAMED
    for file, name in NAMED:
        assert re.search(rf"^def {name}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE), name
