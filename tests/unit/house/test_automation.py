# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""make, nox and the workflows run the same commands.

They do so on every supported ansible-core.
"""

from __future__ import annotations

import ast
import re
import tomllib
from typing import Any

import yaml

from tests.helpers.guides import ROOT


def text(name: str) -> str:
    """Return the text of a file."""
    return (ROOT / name).read_text(encoding="utf-8")


def workflow() -> dict[str, Any]:
    """Return the jobs of the workflow."""
    jobs: dict[str, Any] = yaml.safe_load(text(".github/workflows/nox.yml"))["jobs"]
    return jobs


def noxfile_sessions() -> set[str]:
    """Return the sessions that noxfile.py has of its own."""
    functions = [node for node in ast.parse(text("noxfile.py")).body if isinstance(node, ast.FunctionDef)]
    return {one.name for one in functions if one.decorator_list}


def test_every_supported_core_is_tested_everywhere() -> None:
    cores = re.findall(r"^cores := (.*)$", text("Makefile"), re.MULTILINE)[0].split()
    (named,) = re.findall(r"^CORES = (\(.*\))$", text("noxfile.py"), re.MULTILINE)

    assert ast.literal_eval(named) == tuple(cores)
    assert workflow()["core"]["strategy"]["matrix"]["core"] == cores
    assert {path.stem for path in (ROOT / "tests" / "requirements").glob("core-*.txt")} == {
        f"core-{core}" for core in cores
    }
    assert yaml.safe_load(text("meta/runtime.yml"))["requires_ansible"] == f">={cores[0]}.0"


def test_the_workflow_runs_every_session() -> None:
    jobs = workflow()
    brought = {name.replace("_", "-") for name in tomllib.loads(text("antsibull-nox.toml"))["sessions"]}

    assert set(jobs["checks"]["strategy"]["matrix"]["session"]) == brought
    ran = set(re.findall(r"nox -e \"?(\w+)[(\n]", text(".github/workflows/nox.yml")))
    ran |= set(jobs["core"]["strategy"]["matrix"]["session"])
    assert ran == noxfile_sessions()
    assert set(jobs["all"]["needs"]) == set(jobs) - {"all"}


def test_the_sessions_run_all_that_make_test_runs() -> None:
    tested = set(re.findall(r"^stages := (.*)$", text("Makefile"), re.MULTILINE)[0].split())
    (further,) = re.findall(r"^FURTHER = (\(.*\))$", text("noxfile.py"), re.MULTILINE)
    tested -= {"integration", "lint", "sanity", "unit", "unit-oldest"}

    # What make test leaves out.
    assert set(ast.literal_eval(further)) == tested | {"awx-older"}
    assert workflow()["further"]["strategy"]["matrix"]["target"] == list(ast.literal_eval(further))


def test_a_session_calls_targets_that_make_has() -> None:
    targets = set(re.findall(r"^([a-z0-9.%-]+):", text("Makefile"), re.MULTILINE))
    calls = re.findall(r"make\(session, (.*)\)", text("noxfile.py"))
    named = {re.sub(r"\{core\}", "%", name) for call in calls for name in re.findall(r'f?"([^"=]+)"', call)}

    assert named == {"unit", "unit-oldest", "integration-%", "sanity-%"}
    assert named <= targets


def test_every_tool_of_the_commit_hooks_is_one_that_make_installs() -> None:
    hooks = yaml.safe_load(text(".pre-commit-config.yaml"))["repos"][0]["hooks"]
    tools = {hook["entry"].split()[0].removeprefix(".build/venv/bin/") for hook in hooks} - {"python"}
    pinned = set(re.findall(r"^([a-z0-9-]+)==", text("tests/requirements/test.txt"), re.MULTILINE))

    assert tools == {"reuse", "ruff", "yamllint"}
    assert tools <= pinned
