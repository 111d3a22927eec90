# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages for contributors name only layers, files and names that exist."""

from __future__ import annotations

import os
import re

from ansible_collections.wotrus.pki.plugins.module_utils._planning import questions
from ansible_collections.wotrus.pki.plugins.module_utils._planning.situation import FIELDS
from tests.helpers.guides import CONTRIBUTING, ROOT, contributing

from .test_layers import LAYERS

TEXT = contributing("code") + contributing("workflow") + contributing("decision")
PATH = re.compile(r"``((?:plugins|roles|extensions|tests|docs|meta|changelogs)/[\w./-]+)``")
NAME_OF_PATH = re.compile(r"``(\w+)`` of\s+``([\w./-]+)``|``(\w+)`` in\s+``([\w./-]+)``")


def test_the_guide_has_every_layer() -> None:
    named = {path.removeprefix("plugins/").removesuffix(".py") for path in PATH.findall(TEXT)}

    assert set(LAYERS) <= named
    picture = (CONTRIBUTING / "layers.svg").read_text(encoding="utf-8")
    drawn = {layer.rpartition("/")[2] for layer in LAYERS} - {"doc_fragments"}
    assert {layer for layer in drawn if not re.search(rf"\b{layer}\b", picture)} == set()


def test_every_named_file_exists() -> None:
    texts = TEXT + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").replace("`", "``")
    paths = set(PATH.findall(texts))

    assert len(paths) > 30
    assert {path for path in paths if not (ROOT / path).exists()} == set()


def test_every_name_exists_in_its_file() -> None:
    found = [(name or other, path or there) for name, path, other, there in NAME_OF_PATH.findall(TEXT)]
    named = [(name, path) for name, path in found if (ROOT / path).is_file()]

    assert {name for name, _path in named} >= {"ROWS", "STAGES", "explain", "PRODUCTS"}
    assert [
        (name, path) for name, path in named if not re.search(rf"\b{name}\b", (ROOT / path).read_text(encoding="utf-8"))
    ] == []


def test_the_page_of_the_decision_has_each_field() -> None:
    """``WOTRUS_WRITE_GUIDES=1 pytest tests/unit/house/test_contributing_guide.py`` writes the list."""
    assert questions.TABLES
    fields = ""
    for name, field in sorted(FIELDS.items()):
        values = "" if set(field.values) == {"yes", "no"} else f" ({', '.join(field.values)})"
        fields += f"* ``{name}``{values}: {' '.join((field.says or '').split())}\n"
    page = CONTRIBUTING / "decision.rst"
    before, begin, rest = page.read_text(encoding="utf-8").partition("..\n  The list of fields.\n\n")
    _list, end, after = rest.partition("\n..\n  The end of the list of fields.\n")
    wanted = f"{before}{begin}{fields}{end}{after}"
    if os.environ.get("WOTRUS_WRITE_GUIDES"):
        page.write_text(wanted, encoding="utf-8")

    assert page.read_text(encoding="utf-8") == wanted
