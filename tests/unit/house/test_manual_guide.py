# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The manual's map has each field that is sent or read.

It has no other fields.
"""

from __future__ import annotations

import re

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._client.bodies import ORGANIZATION_FIELDS
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import stage_of
from tests.helpers.guides import ROOT, guide
from tests.tools import manual_map

CLIENT = ROOT / "plugins" / "module_utils" / "_client"
SENT = re.compile(r'"([A-Za-z]+(?:_[A-Za-z]+)?)"(?:: |, _cleaned\(order_id\))')
READ = re.compile(r'\.(?:text|block|id|texts|words|flag|number|object)\("(\w+)"\)')
KINDS = ("RSA", "Sign", "Encrypt")
# What holds others, and no field itself.
OBJECTS = {"orderinfoPost", "organizationPost", "documentsPost"}


def source(*names: str) -> str:
    """Return the code of files of the client."""
    return "".join((CLIENT / name).read_text(encoding="utf-8") for name in names)


def used() -> set[str]:
    """Return the names of the API that the client sends or reads."""
    calls = source("api.py", "bodies.py")
    organization = re.search(r"ORGANIZATION_FIELDS = \{.*?\}", calls, re.DOTALL)
    assert organization
    sent = {*SENT.findall(calls.replace(organization[0], "")), *ORGANIZATION_FIELDS.values()}
    read = {*READ.findall(source("api.py", "answers.py", "envelope.py"))}
    return (sent | read | {f"{part}_{kind}" for part in ("pem", "chains") for kind in KINDS}) - OBJECTS


def sections() -> dict[str, str]:
    """Return the text of each section of the map by its number."""
    parts = re.split(r"^(\d)\. .*\n-+\n", guide("guide_manual"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def rows(text: str) -> list[tuple[set[str], str]]:
    """Return the fields and text of each row of the map.

    The table of the statuses has no fields.
    """
    found = re.findall(r"^  \* - (``.*)\n    - (.*)$", text, re.MULTILINE)
    return [
        (set(re.findall(r"``(\w+)``", names)), words) for names, words in found if not re.fullmatch(r"``\w+``", words)
    ]


def test_the_map_has_each_section_of_the_manual() -> None:
    assert list(sections()) == list("123456789")


def test_the_map_has_every_field_that_is_sent_or_read() -> None:
    known = used()
    assert {"productID", "csR_RSA", "OrgName", "orderId_RSA", "pem_Sign", "cancelFailedReason", "newOrderID"} <= known

    mapped = {name.casefold() for names, _words in rows(guide("guide_manual")) for name in names}
    assert {name.casefold() for name in known} - mapped == set()


def test_the_map_says_so_where_a_field_is_not_used() -> None:
    known = {name.casefold() for name in used()}
    calls = "".join(text for number, text in sections().items() if number != "1")
    unused = [(names, words) for names, words in rows(calls) if not {name.casefold() for name in names} & known]

    assert any("sn" in names for names, _words in unused)
    assert [names for names, words in unused if "ot read" not in words] == []


@pytest.mark.parametrize("status", re.findall(r"3\.status-([a-z-]+)", "\n".join(manual_map.load())))
def test_the_map_has_the_stage_of_every_status(status: str) -> None:
    if status == "others":
        return
    word = re.sub(r"-(ca|dcv)\b", lambda found: found[1].upper(), status)
    word = re.sub(r"-([a-z])", lambda found: found[1].upper(), word)
    (stage,) = re.findall(rf"^  \* - .*``{word}``.*\n    - ``(\w+)``$", guide("guide_manual"), re.MULTILINE)

    assert stage == stage_of(word, None).value
