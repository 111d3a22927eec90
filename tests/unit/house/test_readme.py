# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README meets Galaxy's certification; the Chinese one matches it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.helpers.examples import ROOT, examples, words
from tests.helpers.guides import GUIDES

ENGLISH, CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"
REPOSITORY = "https://github.com/wotrus-pki/wotrus.pki/"
WEBSITE: str = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["documentation"]
PICTURES = "https://raw.githubusercontent.com/wotrus-pki/wotrus.pki/main/"
MOST_BYTES = 9000
IN_CHINESE = {"README.zh-CN.md": "README.md"} | {
    f"{page.stem.removesuffix('_zh')}.html": f"{page.stem}.html" for page in GUIDES.glob("*_zh.rst")
}
IN_CHINESE["index.html"] = "index_zh.html"


def without_code(file: Path) -> str:
    """Return the text of a README without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def headings(file: Path) -> list[tuple[int, str]]:
    """Return the level and the words of each heading."""
    return [(len(marks), title) for marks, title in re.findall(r"^(#+) (.+)$", without_code(file), re.MULTILINE)]


def links(file: Path) -> list[str]:
    """Return what the links lead to."""
    return [first or second for first, second in re.findall(r"\]\(([^)]+)\)|<(https?://[^>]+)>", without_code(file))]


def test_both_languages_have_the_same_outline() -> None:
    assert [level for level, _title in headings(CHINESE)] == [level for level, _title in headings(ENGLISH)]
    # A heading that nobody translated would be the same.
    assert not {title for level, title in headings(CHINESE) if level > 1} & {
        title for _level, title in headings(ENGLISH)
    }


def test_both_languages_have_the_same_code() -> None:
    english, chinese = examples(ENGLISH), examples(CHINESE)

    assert [one.language for one in chinese] == [one.language for one in english]
    for ours, theirs in zip(english, chinese, strict=True):
        assert [words(command) for command in theirs.commands] == [words(command) for command in ours.commands]
        if ours.language == "yaml":
            assert (theirs.data, theirs.caption) == (ours.data, ours.caption)


def test_both_languages_name_the_same_things_and_lead_to_the_same_pages() -> None:
    def code(file: Path) -> list[str]:
        return sorted(re.findall(r"`([^`\n]+)`", without_code(file)))

    assert code(CHINESE) == code(ENGLISH)
    translated = [
        re.sub("|".join(IN_CHINESE), lambda found: IN_CHINESE[found[0]], re.sub(r"\.(svg|png)$", r"_zh.\1", link))
        for link in links(ENGLISH)
    ]
    assert sorted(links(CHINESE)) == sorted(translated)


@pytest.mark.parametrize(
    "file", [ENGLISH, CHINESE, ROOT / "roles" / "certificate" / "README.md"], ids=lambda file: file.name
)
def test_links_are_absolute_since_galaxy_has_no_relative_ones(file: Path) -> None:
    found = links(file)

    assert found
    assert [link for link in found if not link.startswith("https://")] == []
    pages = [
        link.removeprefix(REPOSITORY).split("/", 2)
        for link in found
        if link.startswith((f"{REPOSITORY}blob/", f"{REPOSITORY}tree/"))
    ]
    paths = [path for _kind, _branch, path in pages]
    paths += [link.removeprefix(PICTURES) for link in found if link.startswith(PICTURES)]
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_guides_are_linked_on_the_website_whose_address_galaxy_yml_has() -> None:
    listed = ["git", "ls-files", "-z", "*.md", "*.rst", "*.yml"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in names if name and (ROOT / name).exists()}
    found = [page for text in texts.values() for page in re.findall(rf"{re.escape(WEBSITE)}([\w./]+)", text)]

    # GitHub shows the sources of a guide without its cross-references.
    assert [name for name, text in texts.items() if re.search(r"blob/main/docs/docsite/rst/\w+\.rst", text)] == []
    assert len(found) > 20
    sources = [GUIDES / Path(page).name if page.startswith("docsite/") else GUIDES.parent / page for page in found]
    assert [path for path in sources if not (path.parent / f"{path.stem}.rst").exists()] == []
    assert {text.count(".github.io") - text.count(WEBSITE) for text in texts.values()} == {0}


def test_commands_of_the_readme_are_those_of_the_guide_to_start_with() -> None:
    start = examples(GUIDES / "guide_start.rst")

    ours = {" ".join(words(command)) for one in examples(ENGLISH) for command in one.commands}
    theirs = {" ".join(words(command)) for one in start for command in one.commands}
    assert {one for one in ours - theirs if not one.startswith("ansible-galaxy")} == set()


@pytest.mark.parametrize("file", [ENGLISH, CHINESE], ids=lambda file: file.name)
def test_the_readme_is_read_in_a_few_minutes(file: Path) -> None:
    assert file.stat().st_size <= MOST_BYTES
