# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every statement of WoTrus's manual has a test or an explanation."""

from __future__ import annotations

import re

from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Order
from tests.helpers.guides import contributing
from tests.tools import manual_map


def test_every_statement_of_the_manual_has_a_test_or_an_explanation() -> None:
    assert manual_map.faults(manual_map.load(), manual_map.claims()) == []


def test_each_section_of_the_manual_has_its_statements() -> None:
    heads = {statement.section.split(".")[0]: statement.id.split(".")[0] for statement in manual_map.load().values()}

    assert list(heads) == ["Revision record", *"123456789"]
    assert all(number[0] == section for section, number in heads.items() if section.isdigit())
    assert heads["Revision record"] == "V1"


def test_the_guide_has_the_stage_of_every_status() -> None:
    for status in re.findall(r"3\.status-([a-z-]+)", "\n".join(manual_map.load())):
        word = re.sub(r"-(ca|dcv)\b", lambda found: found[1].upper(), status)
        word = re.sub(r"-([a-z])", lambda found: found[1].upper(), word)
        stages = re.findall(rf"^  \* - .*``{word}``.*\n    - ``(\w+)``$", contributing("manual"), re.MULTILINE)

        assert status == "others" or stages == [Order(id="A", status=word).stage.value]
