# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guide explains every word that a user meets in a result."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.wotrus.pki.plugins.module_utils import _errors

ROOT = Path(__file__).resolve().parents[3]
GUIDE = (ROOT / "docs" / "docsite" / "rst" / "guide_certificate.rst").read_text(encoding="utf-8")
PLAN = (ROOT / "plugins" / "modules" / "wotrus_plan.py").read_text(encoding="utf-8")


def section(title: str) -> str:
    """Return the text of a section of the guide."""
    return re.split(
        r"^[^\n]+\n-{5,}$", GUIDE.split(f"\n{title}\n", 1)[1].split("\n", 1)[1], maxsplit=1, flags=re.MULTILINE
    )[0]


def error_codes() -> set[str]:
    """Return the codes of every exception of the collection."""
    kinds = [kind for kind in vars(_errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    return {kind.error_code for kind in kinds if "error_code" in vars(kind)} - {_errors.WotrusError.error_code}


def test_the_guide_explains_every_error_code_and_no_other() -> None:
    explained = set(
        re.findall(
            r"``([a-z0-9_]+)``", "".join(re.findall(r"^  \* - (``.*)$", section("When something fails"), re.MULTILINE))
        )
    )

    assert explained == error_codes()


def test_the_guide_explains_every_reason_that_a_plan_documents() -> None:
    text = PLAN.split("    reason:\n", 1)[1].split("      type: str\n", 1)[0]
    documented = set(re.findall(r"V\(([a-z_]+)\)", text))
    assert "not_ordered" in documented

    assert documented <= set(re.findall(r"``([a-z_]+)``", section("What a plan can say")))
