# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Examples use only options, playbooks, targets and variables that exist.

The examples are those of guides and READMEs.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from tests.helpers import documentation
from tests.helpers.documentation import Options, suboptions
from tests.helpers.examples import ROOT, Example, Kind, examples, of_kind, words

COLLECTION = "wotrus.pki."
FOREIGN = re.compile(r"(?!ansible\.builtin\.|wotrus\.pki\.)[a-z0-9_]+\.[a-z0-9_]+\.[a-z0-9_]+")
MODULES = {f"{COLLECTION}{name}": documentation.module_options(name) for name in documentation.module_names()}
ENTRY_POINTS = [options for role in documentation.ROLES for options in documentation.role_options(role).values()]
VARIABLES: Options = {
    # What configures AWX.
    **{name: {} for name in yaml.safe_load((ROOT / "extensions" / "awx" / "vars" / "defaults.yml").read_text("utf-8"))},
    **{name: option for options in ENTRY_POINTS for name, option in options.items()},
}
YAML = [one for one in examples() if one.language.startswith("yaml")]
COMMANDS = [(one, command) for one in examples() for command in one.commands]


def items(play: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the tasks of a play, those of blocks too."""
    parts = ("tasks", "pre_tasks", "post_tasks", "handlers", "block", "rescue", "always")
    found = [task for part in parts for task in play.get(part, [])]
    return [one for task in found for one in (items(task) if "block" in task else [task])]


def faults(values: Any, options: Options, where: str = "") -> list[str]:
    """Return errors of values by their documentation.

    A template can have any value.
    """
    if not isinstance(values, dict):
        return [] if isinstance(values, str) and "{{" in values else [f"{where or 'the options'}: not a dictionary"]
    names = {name: name for name in options} | {
        alias: name for name, option in options.items() for alias in option.get("aliases", [])
    }
    found = [f"{where}{name} is no option" for name in values if name not in names]
    given = {names[name]: value for name, value in values.items() if name in names}
    found += [
        f"{where}{name} is missing" for name, option in options.items() if option.get("required") and name not in given
    ]
    for name, value in given.items():
        option, inside = options[name], suboptions(options[name])
        choices = option.get("choices")
        each = value if option.get("type") == "list" and isinstance(value, list) else [value]
        if choices and any("{{" not in str(one) and one not in choices for one in each):
            found.append(f"{where}{name} is none of {choices}")
        if inside:
            found += [fault for one in each for fault in faults(one, inside, f"{where}{name}.")]
    return found


def called(task: dict[str, Any]) -> list[str]:
    """Return errors in the options of a task's module of ours."""
    return [fault for module, options in MODULES.items() if module in task for fault in faults(task[module], options)]


def given(variables: dict[str, Any]) -> list[str]:
    """Return errors in variables of the role.

    Other variables are the user's own.
    """
    ours = {name: value for name, value in variables.items() if name.startswith("wotrus_")}
    return faults(ours, {name: {**VARIABLES[name], "required": False} for name in VARIABLES})


def faults_of(example: Example) -> list[str]:
    """Return the options and variables of an example that do not exist."""
    wrong: list[str] = []
    if example.kind is Kind.PLAYBOOK:
        wrong = [fault for play in example.data for task in items(play) for fault in called(task)]
        holders = [*example.data, *(task for play in example.data for task in [*items(play), *roles(play)])]
        wrong += [fault for holder in holders for fault in given(holder.get("vars", {}))]
    elif example.kind is Kind.TASKS:
        wrong = [
            fault for task in items({"tasks": example.data}) for fault in [*called(task), *given(task.get("vars", {}))]
        ]
    elif example.kind is Kind.VARIABLES:
        wrong = given(example.data)
    elif example.kind is Kind.INVENTORY:
        wrong = [fault for group in example.data.values() for fault in given(group.get("vars", {}))]
    return wrong


def test_examples_have_only_existing_options() -> None:
    assert [(str(one), wrong) for one in YAML if (wrong := faults_of(one))] == []


def roles(play: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the roles of a play that are written with variables."""
    return [role for role in play.get("roles", []) if isinstance(role, dict)]


def without_foreign_modules(value: Any) -> Any:
    """Return tasks in which modules that are not installed are replaced.

    They belong to other collections.
    """
    if isinstance(value, list):
        return [without_foreign_modules(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {name: without_foreign_modules(item) for name, item in value.items() if not FOREIGN.fullmatch(name)}
    return kept if len(kept) == len(value) else {**kept, "ansible.builtin.meta": "noop"}


def test_every_playbook_and_task_passes_ansibles_syntax_check(tmp_path: Path) -> None:
    names = []
    for number, example in enumerate(of_kind(Kind.PLAYBOOK, Kind.TASKS)):
        plays = example.data if example.kind is Kind.PLAYBOOK else [{"hosts": "localhost", "tasks": example.data}]
        names.append(f"{number}.yml")
        (tmp_path / names[-1]).write_text(yaml.safe_dump(without_foreign_modules(plays), allow_unicode=True))
    command = [Path(sys.executable).parent / "ansible-playbook", "-i", "localhost,", "--syntax-check", *names]
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build" / "collections"),
        "HOME": str(tmp_path),
    }

    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120
    )

    assert len(names) > 10
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("playbook: ") == len(names)


def test_commands_name_only_existing_things() -> None:
    playbooks = {path.stem for path in (ROOT / "playbooks").glob("*.yml")}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z0-9.%-]*):", makefile, re.MULTILINE))
    cores = re.findall(r"^cores := (.*)$", makefile, re.MULTILINE)[0].split()
    known = {
        *VARIABLES,
        *re.findall(
            r"\bwotrus_[a-z0-9_]+", "".join(path.read_text("utf-8") for path in (ROOT / "playbooks").glob("*.yml"))
        ),
    }

    for example, command in COMMANDS:
        parts = words(command)

        assert {
            word.removeprefix(COLLECTION) for word in parts if word.startswith(COLLECTION) and "playbook" in parts[0]
        } <= playbooks, example
        if parts and parts[0] == "make":
            named = {word for word in parts[1:] if "=" not in word}
            assert {
                re.sub("|".join(map(re.escape, cores)), "2.%", name) if name not in targets else name for name in named
            } <= targets, example
        if "ansible-playbook" in parts or "ansible" in parts:
            assert set(re.findall(r"\bwotrus_(?!order_info|deployment|plan\b)[a-z0-9_]+", command)) <= known, example
