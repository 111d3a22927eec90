# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of the guide, as they are written."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from tests.helpers.examples import examples
from tests.helpers.guides import GUIDES

EXAMPLES = examples(GUIDES / "guide_awx.rst")


def create_project(folder: Path) -> list[str]:
    """Create the project, and return its playbooks."""
    (command,) = [one.text for one in EXAMPLES if one.language == "sh"]
    folder.mkdir()
    subprocess.run(["sh", "-ec", command], cwd=folder, check=True)
    return sorted(str(path.relative_to(folder)) for path in folder.glob("playbooks/*"))


def inventory() -> dict[str, Any]:
    """Return the group of the inventory."""
    (found,) = [one.data for one in EXAMPLES if one.caption == "inventory/hosts.yml"]
    return dict(found["wotrus"])


def settings() -> list[str]:
    """Return the parts of the file with the settings."""
    return [one.text for one in EXAMPLES if one.caption == "my-awx.yml"]


def command(part: str) -> str:
    """Return the first command with this part."""
    return next(line for one in EXAMPLES for line in one.commands if part in line)


def output(part: str) -> list[str]:
    """Return the lines of the first output with this part."""
    return next(one.text.splitlines() for one in EXAMPLES if one.language == "text" and part in one.text)
