# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All code of the guides is executed, or has a reason.

A Chinese page has the code of its English one (test_translations.py), so the test of the English page is for both.
"""

from __future__ import annotations

import fnmatch

from tests.helpers.examples import ROOT, Example, Kind, examples
from tests.helpers.guides import CONTRIBUTING, GUIDES, PARSED

RUN_BY = {
    "guide_awx": "tests/awx/guide.py",
    "code": "tests/unit/house/test_contributing_guide.py",
    "sandbox": "tests/integration/test_guides.py",
    "guide_containers": "tests/integration/test_containers.py",
    "guide_pushes": "tests/eda/test_guide.py",
    "guide_secrets": "tests/awx/test_secrets_guide.py",
    "guide_signing": "tests/integration/test_signing_guide.py",
    "guide_start": "tests/integration/test_readme.py",
    "guide_validation": "tests/integration/test_validation_guide.py",
    "runbook_*": "tests/integration/test_runbooks.py",
    "guide_*": "tests/integration/test_guides.py",
}
PAGES = [*sorted(GUIDES.glob("*.rst")), *GUIDES.parent.glob("*.rst"), *sorted(CONTRIBUTING.glob("*.rst"))]


def code(example: Example) -> list[str]:
    """Return commands one by one, a play or program as a whole."""
    if example.language == "yaml":
        return [example.text] if example.kind in (Kind.PLAYBOOK, Kind.TASKS) else []
    return example.commands or [f"{example.caption}\n{example.text}"] * (example.language in ("python", "java", "ini"))


def all_code() -> dict[str, list[str]]:
    """Return the code of each English page."""
    return {
        file.stem: [one for example in examples(file) for one in code(example)]
        for file in PAGES
        if not file.stem.endswith("_zh")
    }


def test_all_code_is_executed_or_has_a_reason() -> None:
    executed: dict[str, set[str]] = {}
    for page, parts in all_code().items():
        file = next((file for pattern, file in RUN_BY.items() if fnmatch.fnmatch(page, pattern)), None)
        text = (ROOT / file).read_text(encoding="utf-8") if file else ""
        if page in text:
            executed[page] = set(parts)
    everywhere = set().union(*executed.values())

    assert [
        (page, part)
        for page, parts in all_code().items()
        for part in parts
        if part not in everywhere and not any(reason in part for reason in PARSED)
    ] == []


def test_each_reason_is_for_code_that_exists() -> None:
    parts = [part for parts in all_code().values() for part in parts]
    parts += [one.text for file in PAGES for one in examples(file) if one.language == "yaml"]

    assert [one for one in PARSED if not any(one in part for part in parts)] == []
