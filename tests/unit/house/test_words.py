# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words, and tasks' names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from .test_files import read, tracked

LIST = "tests/unit/house/words.yml"
WORDS = yaml.safe_load(read(LIST))
SHIPPED = ("plugins/", "roles/", "playbooks/", "extensions/", "docs/", "meta/", "changelogs/")
GUIDES = ("README.md", "README.zh-CN.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "galaxy.yml")
TEXTS = (".py", ".yml", ".yaml", ".md", ".rst", ".j2", ".json", ".txt", ".sh", ".svg", ".css", ".js", ".html", ".toml")
_LISTS = ("tasks", "pre_tasks", "post_tasks", "handlers", "block", "rescue", "always", "rules")


class Loader(yaml.SafeLoader):
    """Reads playbooks, whose texts may have the tag ``!unsafe``."""


Loader.add_constructor("!unsafe", yaml.SafeLoader.construct_yaml_str)


def texts() -> list[str]:
    """Return the text files that users get, and those of the tests."""
    found = (name for name in tracked(*TEXTS) if name != LIST)
    return [name for name in found if name.startswith((*SHIPPED, "tests/")) or name in GUIDES]


def old_words() -> Iterator[str]:
    """Yield each place with an old word, and what to write there."""
    patterns = [(re.compile(entry["pattern"], re.MULTILINE), entry["write"]) for entry in WORDS["old_words"]]
    for name in texts():
        text = read(name)
        for pattern, write in patterns:
            # Nearly no file has one, so lines are looked at only then.
            for number, line in enumerate(text.splitlines() if pattern.search(text) else (), 1):
                if found := pattern.search(line):
                    yield f"{name}:{number}: {found[0]!r}: write {write}"


def test_files_have_no_old_words() -> None:
    found = list(old_words())

    assert not found, "\n".join([f"see {LIST}", *found])


def named(items: Any) -> Iterator[dict[str, Any]]:
    """Yield the plays, tasks and rules of a file, nested ones too."""
    for item in items:
        if "sources" not in item:
            yield item
        for keyword in _LISTS:
            yield from named(item.get(keyword) or ())


def files_with_tasks() -> list[str]:
    """Return the files with plays, tasks, handlers or rules."""
    extensions = r"extensions/(awx/(configure|tasks/.*)|eda/rulebooks/.*)"
    folders = rf"(roles/\w+/(tasks|handlers)/.*|playbooks/.*|rulebooks/.*|{extensions})\.yml"
    return [name for name in tracked(".yml") if re.fullmatch(folders, name)]


def test_names_of_plays_tasks_and_rules_begin_with_a_verb() -> None:
    loaded = {file: Loader(read(file)).get_single_data() for file in files_with_tasks()}
    names = [(file, str(one.get("name"))) for file, items in loaded.items() for one in named(items)]

    assert len(names) > 100
    assert [f"{file}: {name}" for file, name in names if name.split()[0].strip(",") not in WORDS["verbs"]] == [], (
        "no verb"
    )
