# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guides explain every word of results, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from ansible_collections.wotrus.pki.plugins.module_utils import _errors
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import text
from ansible_collections.wotrus.pki.plugins.module_utils._texts.words import VALUES
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.table import word
from tests.helpers.guides import ERROR_PAGES, GUIDES, ROOT, explained_codes, explained_plans, guide


def error_codes() -> list[str]:
    """Return the error codes of the collection's exceptions, sorted."""
    kinds = [kind for kind in vars(_errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    return sorted({kind.error_code for kind in kinds if "error_code" in vars(kind)} - {_errors.WotrusError.error_code})


@pytest.mark.parametrize("page", ERROR_PAGES)
def test_an_error_page_explains_every_error_code_and_no_other_from_a_to_z(page: str) -> None:
    assert explained_codes(page) == error_codes()


@pytest.mark.parametrize(
    ("page", "cause", "remedy"), [("guide_errors", "Cause", "Remedy"), ("guide_errors_zh", "原因", "处理")]
)
def test_each_error_code_has_its_meaning_cause_and_remedy(page: str, cause: str, remedy: str) -> None:
    explained = re.findall(
        rf"^([a-z0-9_]+)\n~+\n\n\S.*\n\n:{cause}: \S.*\n:{remedy}: \S.*\n", guide(page), re.MULTILINE
    )

    assert explained == explained_codes(page)


def test_both_languages_explain_the_same_plans_in_the_same_order() -> None:
    assert explained_plans("guide_errors") == explained_plans("guide_errors_zh")


def test_the_chinese_page_has_the_words_of_a_chinese_run_for_each_reason_and_result() -> None:
    rows = re.findall(r"^  (?:\* |  )- (``[a-z_]+``(?: （.+?）)?(?:、``.+)?)$", guide("guide_errors_zh"), re.MULTILINE)
    found = {pair for row in rows for pair in re.findall(r"``([a-z_]+)`` （(.+?)）", row)}

    assert {code for code, _words in found} >= {
        reason for _action, reason in explained_plans("guide_errors_zh") if reason in VALUES["reason"]
    }
    assert {
        (code, words)
        for code, words in found
        if words not in (text(VALUES["reason"].get(code, ""), "zh"), word("result", code, "zh"))
    } == set()


def test_both_languages_have_the_same_menu_of_all_guides() -> None:
    sections = yaml.safe_load((ROOT / "docs" / "docsite" / "extra-docs.yml").read_text(encoding="utf-8"))["sections"]
    menus = [
        re.findall(r"^  docsite/(\w+)$", (GUIDES.parent / name).read_text(encoding="utf-8"), re.MULTILINE)
        for name in ("index.rst", "index_zh.rst")
    ]

    listed = [name for section in sections for name in section["toctree"]]
    assert menus == [listed, [f"{name}_zh" for name in listed]]
    assert sorted(menus[0] + menus[1]) == sorted(path.stem for path in GUIDES.glob("*.rst"))


def test_the_front_pages_and_the_map_lead_to_the_same_pages_that_exist() -> None:
    fronts = [(GUIDES.parent / name).read_text(encoding="utf-8") for name in ("index.rst", "index_zh.rst")]
    english, chinese = (re.findall(r"docsite\.(\w+)>`", front) for front in fronts)
    readme = ROOT / "docs" / "README.md"
    on_github = re.findall(r"\]\(([^)]+)\)", readme.read_text(encoding="utf-8"))

    assert len(english) > 10
    assert [f"{name}_zh" for name in english] == chinese
    assert {name for name in english + chinese if f"docsite.{name}:" not in guide(name)} == set()
    assert [path for path in on_github if not (readme.parent / path).exists()] == []
    assert {Path(path).stem for path in on_github} >= {*english, *chinese}
    assert {path.stem for path in GUIDES.glob("runbook_*.rst")} <= {*english, *chinese}


def test_no_code_runs_into_full_width_brackets() -> None:
    # reStructuredText ends no code before an opening bracket, and begins none after a closing one.
    pages = [path.read_text(encoding="utf-8") for path in GUIDES.glob("*.rst")]
    assert re.findall(r".{0,20}(?:``[（「《]|[）」》]``).{0,20}", "".join(pages)) == []
