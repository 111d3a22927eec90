# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tasks show are messages, in the reader's language."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterator

import jinja2
import jinja2.nodes
import pytest

from ansible_collections.wotrus.pki.plugins.filter.role import message
from tests.tools import translations
from tests.unit.house.test_files import read
from tests.unit.house.test_words import Loader, files_with_tasks, named

OWN_WORDS = ("playbooks/quickstart.yml", "playbooks/tasks/check_ansible.yml", "roles/sandbox/tasks/main.yml")
"""One must work without the filter. The others are for a rehearsal, which is English."""


def strings(value: t.Any) -> Iterator[str]:
    """Yield the strings in plain data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from strings(one)


def parsed(text: str) -> jinja2.nodes.Template:
    """Return the syntax of a template."""
    return jinja2.Environment(autoescape=True).parse(text)


def files_of_tasks() -> dict[str, t.Any]:
    """Return the plays and tasks of roles and playbooks, by file."""
    found = [name for name in files_with_tasks() if name.startswith(("roles/", "playbooks/"))]
    return {name: Loader(read(name)).get_single_data() for name in found}


def words_of_tasks() -> Iterator[str]:
    """Yield words that tasks show and that are no message."""
    fields = [(module, field) for module in ("assert", "debug", "fail") for field in ("msg", "fail_msg", "success_msg")]
    ours = {use.english for use in translations.uses()}
    for name, items in files_of_tasks().items():
        for task in named(items) if name not in OWN_WORDS else ():
            for one in strings([(task.get(f"ansible.builtin.{module}") or {}).get(field) for module, field in fields]):
                free = [node.data for node in parsed(one).find_all(jinja2.nodes.TemplateData)]
                words = [str(node.value) for node in parsed(one).find_all(jinja2.nodes.Const) if node.value not in ours]
                free += [word for word in words if " " in word]
                yield from (f"{name}: {part}" for part in free if re.search("[A-Za-z]", part))


def test_tasks_show_messages() -> None:
    assert [*words_of_tasks()] == []


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "These hosts of the plan are not in this run: signer1."),
        ("zh", "计划中的以下主机不在本次运行中：signer1。"),
        ("no language", "These hosts of the plan are not in this run: signer1."),
    ],
)
def test_a_task_shows_its_message_in_the_language(language: str, words: str) -> None:
    assert message("These hosts of the plan are not in this run: {hosts}.", language, hosts="signer1") == words
