# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each message of the configuration has Chinese, and so has each name and description."""

from __future__ import annotations

import re
from typing import Any

from .jobs import AWX, AwxLoader, read

# Two English words and their blank are a sentence, and no name.
ENGLISH = re.compile(r"[a-z]{2,} [a-z]{2,}")


def words_of_tasks() -> list[str]:
    """Return the messages of the configuration, with a name in place of each expression."""
    found = []
    for file in sorted((AWX / "tasks").glob("*.yml")):
        for task in tasks_in(AwxLoader(file.read_text(encoding="utf-8")).get_single_data()):
            for name, value in task.get("vars", {}).items():
                if name.endswith("_words"):
                    found.append(re.sub(r"\{\{.*?\}\}", "NAME", value, flags=re.DOTALL))
                elif name.endswith("_problems"):
                    found += problems_in(value)
    return found


def tasks_in(tasks: Any) -> list[dict[str, Any]]:
    return [one for task in tasks for one in (task, *tasks_in(task.get("block", [])))]


def problems_in(expression: str) -> list[str]:
    """Return the texts of an expression that joins texts and values."""
    joined = re.sub(r"'\s*~\s*'", "", " ".join(expression.split()))
    joined = re.sub(r"'\s*~[^'\[\]]*(?:\[1:\] \| join\(', '\))?[^'\[\]]*~\s*'", "NAME", joined)
    return [one for one in re.findall(r"'((?:[^'\\\\]|\\\\.)*)'", joined) if ENGLISH.search(one)]


def test_each_message_has_chinese() -> None:
    pairs = read("texts_zh.yml")["wotrus_awx_messages_of_failures_zh"]
    messages = words_of_tasks()

    shown = []
    for message in messages:
        text = message
        for english, chinese in pairs:
            text = re.sub(english, chinese, text)
        shown.append(text)

    assert messages
    assert [text for text in shown if ENGLISH.search(text)] == []


def test_each_name_and_description_has_chinese() -> None:
    templates, objects, chinese = (read(f"{name}.yml") for name in ("templates", "objects", "texts_zh"))
    own = [*templates["wotrus_awx_job_templates"], *templates["wotrus_awx_workflows"]]
    approvals = [node["approval"] for one in own for node in one.get("nodes", []) if "approval" in node]

    assert chinese["wotrus_awx_texts_zh"].keys() == {*(one["name"] for one in own), *approvals}
    names = [one["name"] for one in chinese["wotrus_awx_texts_zh"].values()]
    assert len(set(names)) == len(names)
    assert chinese["wotrus_awx_descriptions_zh"].keys() == objects["wotrus_awx_descriptions"].keys()
