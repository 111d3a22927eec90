# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples in the guides and the READMEs, by kind."""

from __future__ import annotations

import dataclasses
import enum
import re
import shlex
import shutil
import textwrap
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
_SHELLS = ("console", "bash", "sh")
_RST = re.compile(
    r"^(?P<indent> *)\.\. code-block:: (?P<language>\S+)\n(?: +:caption: (?P<caption>.+)\n)?\n"
    r"(?P<text>(?:(?P=indent) +.*\n|\n)+)",
    re.MULTILINE,
)
_MARKDOWN = re.compile(r"^(?P<indent> *)```(?P<language>\S+)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
_CAPTION = re.compile(r"\A# (\S+\.\S+)\n")

with_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
"""For tests of examples that call the sandbox."""


class Kind(enum.Enum):
    """The kind of a YAML example."""

    PLAYBOOK = "playbook"
    TASKS = "tasks"
    VARIABLES = "variables"
    INVENTORY = "inventory"
    OTHER = "other"


@dataclasses.dataclass(frozen=True)
class Example:
    """A block of code. ``caption``: its file's name."""

    where: str
    language: str
    text: str
    caption: str | None = None

    def __str__(self) -> str:
        return self.where

    @cached_property
    def data(self) -> Any:
        """The content of a YAML example."""
        return yaml.safe_load(self.text)

    @property
    def kind(self) -> Kind:
        """The kind of a YAML example; ``OTHER`` has its own test."""
        data = self.data
        if isinstance(data, list) and all(isinstance(item, dict) for item in data):
            if all("sources" in item or "rules" in item for item in data):
                return Kind.OTHER
            plays = [
                item for item in data if {"hosts", "import_playbook", "ansible.builtin.import_playbook"} & set(item)
            ]
            if plays:
                return Kind.PLAYBOOK
            return Kind.TASKS if all("name" in item or any("." in key for key in item) for item in data) else Kind.OTHER
        if isinstance(data, dict) and any(name.startswith("wotrus_") for name in data):
            return Kind.VARIABLES
        if isinstance(data, dict) and all(isinstance(group, dict) and "hosts" in group for group in data.values()):
            return Kind.INVENTORY
        return Kind.OTHER

    @property
    def commands(self) -> list[str]:
        """The commands of a shell example.

        They follow a prompt. Without any prompt, all lines are commands.
        """
        if self.language not in _SHELLS:
            return []
        lines = re.sub(r"\\\n *", "", self.text).splitlines()
        prompted = [line[2:] for line in lines if line.startswith("$ ")]
        return prompted or [line for line in lines if line.strip() and not line.startswith("#")]


def words(command: str) -> list[str]:
    """Return the words of a command, without a comment at its end."""
    return shlex.split(command, comments=True)


def sources() -> list[Path]:
    """Return the files that have examples for users."""
    return sorted(
        [
            *ROOT.glob("docs/docsite/**/*.rst"),
            *ROOT.glob("docs/contributing/*.rst"),
            *ROOT.glob("docs/*.md"),
            *ROOT.glob("*.md"),
            *ROOT.glob("extensions/**/*.md"),
            *ROOT.glob("roles/*/README.md"),
        ]
    )


def examples(*files: Path) -> list[Example]:
    """Return the examples of the files, or of all."""
    return [example for file in files or sources() for example in _examples(file)]


def of_kind(*kinds: Kind) -> list[Example]:
    """Return the YAML examples of some kinds."""
    return [one for one in examples() if one.language.startswith("yaml") and one.kind in kinds]


def _examples(file: Path) -> Iterator[Example]:
    text = file.read_text(encoding="utf-8")
    for match in (_RST if file.suffix == ".rst" else _MARKDOWN).finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        body = textwrap.dedent(match["text"]).strip("\n") + "\n"
        named = match.groupdict().get("caption") or (found[1] if (found := _CAPTION.match(body)) else None)
        yield Example(f"{file.relative_to(ROOT)}:{line}", match["language"].casefold(), body, named)
