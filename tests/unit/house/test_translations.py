# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Chinese guide has the structure and code of its original."""

from __future__ import annotations

import functools
import re
import string
from collections.abc import Iterator
from typing import Any

from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import translations
from ansible_collections.wotrus.pki.plugins.module_utils._texts.words import VALUES
from tests.helpers.examples import Example, examples, words
from tests.helpers.guides import GUIDES, guide

CHINESE = sorted(path.stem for path in GUIDES.glob("*_zh.rst"))
# Underlines of headings, directives, and the marks of lists and of the cells of tables.
_STRUCTURE = re.compile(r"^(?:([=~^-])\1+$| *(?:(\.\. [a-z-]+::)|(\* -|[*-]|#\.|\d+\.) ))", re.MULTILINE)
_LABEL = re.compile(r"<ansible_collections\.wotrus\.pki\.docsite\.([a-z0-9_.]+)>`")
_CODE = re.compile(r"``(.+?)``")
_NAME = re.compile(r"\w+(?:[./@]\w+)+|\w+_\w+", re.ASCII)
_CHINESE = re.compile("[\u4e00-\u9fff]")
# What tests write, in each language.
_TABLE = re.compile(r"^\.\. begin (\w+)$.*?^\.\. end \1$", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^( *)\.\. code-block::.*\n(?:\1 +.*\n|\n)*", re.MULTILINE)
# What is English in a Chinese text: comments, code, links to English pages, and names in quotation marks.
_ENGLISH = re.compile(r"^\.\.\n(?:  .*\n)+|``.+?``|:ref:`.+?`|「.+?」", re.MULTILINE)
_SENTENCE = re.compile(r"(?:[A-Za-z][A-Za-z'-]*[,;:]? +){3}[A-Za-z]+")

Parts = tuple[tuple[str, str | None], ...]


def structure(page: str) -> list[tuple[str, list[str]]]:
    """Return headings, directives, list items and cells, with their code."""
    text = _TABLE.sub("", guide(page))
    marks = list(_STRUCTURE.finditer(text))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    return [
        (mark[1] or mark[0].strip(), sorted(set(_CODE.findall(text, mark.end(), end))))
        for mark, end in zip(marks, ends, strict=True)
    ]


def names(text: str) -> list[str]:
    """Return the variables, files and addresses that a text has.

    Without the reasons of a plan, which a Chinese run shows in Chinese.
    """
    return sorted(name for name in _NAME.findall(text) if name not in VALUES["reason"])


def same(english: Any, chinese: Any) -> bool:
    """Return whether values are equal, apart from translated texts."""
    if isinstance(english, dict) and isinstance(chinese, dict):
        # A Chinese reader sees Chinese output.
        english, chinese = (
            {name: value for name, value in one.items() if name != "wotrus_language"} for one in (english, chinese)
        )
        return list(english) == list(chinese) and same(list(english.values()), list(chinese.values()))
    if isinstance(english, list) and isinstance(chinese, list):
        return len(english) == len(chinese) and all(map(same, english, chinese))
    if isinstance(english, str) and isinstance(chinese, str) and _CHINESE.search(chinese):
        return names(english) == names(chinese)
    return bool(english == chinese)


def content(example: Example) -> list[Any]:
    """Return the parts of a block of code that a translation keeps."""
    kept = [example.data] if example.language.startswith("yaml") else [names(example.text), example.text.count("\n")]
    return [example.language, example.caption, *kept, [words(command) for command in example.commands]]


def test_both_languages_have_the_same_headings_lists_tables_and_names() -> None:
    for page in CHINESE:
        assert structure(page) == structure(page.removesuffix("_zh"))


def test_both_languages_have_the_same_code() -> None:
    for page in CHINESE:
        english, chinese = (examples(GUIDES / f"{name}.rst") for name in (page.removesuffix("_zh"), page))

        assert len(chinese) == len(english)
        assert [
            (ours.where, theirs.where)
            for ours, theirs in zip(english, chinese, strict=True)
            if not same(content(ours), content(theirs))
        ] == []


def test_both_languages_lead_to_the_same_pages() -> None:
    for page in CHINESE:
        original = page.removesuffix("_zh")
        english, chinese = (_LABEL.findall(guide(name)) for name in (original, page))

        # Each page leads to the other one.
        assert sorted(one.replace("_zh", "") for one in chinese) == sorted(one.replace("_zh", "") for one in english)
        # The others are Chinese where there are such. A label may be of a part of a page.
        assert [one for one in chinese if f"{one.split('.')[0]}_zh" in CHINESE] == [original]


def test_a_chinese_guide_has_no_english_sentence() -> None:
    # The glossary has the English terms too.
    for page in CHINESE:
        if page == "guide_glossary_zh":
            continue
        assert _SENTENCE.findall(_ENGLISH.sub("", _BLOCK.sub("", guide(page)))) == []


@functools.cache
def parts(text: str) -> Parts:
    """Return the literals of a text, each with the name in braces that follows it."""
    return tuple((literal, name) for literal, name, _form, _kind in string.Formatter().parse(text))


def values(template: Parts, line: str) -> Iterator[dict[str, str]]:
    """Yield the values with which a text is a line."""
    if not template:
        if not line:
            yield {}
        return
    (literal, name), *rest = template
    if not line.startswith(literal):
        return
    line = line[len(literal) :]
    if name is None:
        if not line:
            yield {}
        return
    following = rest[0][0] if rest else ""
    for end in range(1, len(line) + 1):
        if line.startswith(following, end) and (rest or end == len(line)):
            yield from ({name: line[:end], **others} for others in values(tuple(rest), line[end:]))


@functools.cache
def shown(english: str) -> list[tuple[Parts, dict[str, str]]]:
    """Return the Chinese of a line of ours, each with the values of the line.

    Texts of a few letters would be every line.
    """
    return [
        (parts(chinese), found)
        for text, chinese in translations("zh").items()
        if sum(map(str.isalpha, "".join(literal for literal, _name in parts(text)))) > 11
        for found in values(parts(text), english)
    ]


def is_shown(english: str, chinese: str) -> bool:
    """Return whether a Chinese run shows one line where another run shows the other."""
    return any(
        all(
            ours[name] in (value, value.replace("、", ", ")) or is_shown(ours[name], value)
            for name, value in theirs.items()
        )
        for template, ours in shown(english)
        for theirs in values(template, chinese)
    )


def test_a_chinese_guide_has_the_output_of_a_chinese_run() -> None:
    pairs = [
        (chinese.where, ours, theirs)
        for page in CHINESE
        for english, chinese in zip(
            *(examples(GUIDES / f"{name}.rst") for name in (page.removesuffix("_zh"), page)), strict=True
        )
        if english.language in ("text", "console")
        for lines in zip(english.text.splitlines(), chinese.text.splitlines(), strict=True)
        for ours, theirs in zip(*(re.split(" {2,}", line.strip()) for line in lines), strict=False)
    ]

    assert len([ours for _where, ours, _theirs in pairs if shown(ours)]) > 20
    assert [pair for pair in pairs if shown(pair[1]) and not is_shown(*pair[1:])] == []
