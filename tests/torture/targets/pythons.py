# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts' Pythons: an environment for each version.

It has the libraries that a target needs.
"""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path

from tests.integration.harness import BIN, ROOT
from tests.torture.form import LONG

# The oldest one gets the oldest library that is supported, the others the newest.
_LIBRARIES = {"3.9": "oldest.txt", "3.11": "test.txt", "3.13": "test.txt"}
_OLDEST = ROOT / ".build" / "venv-oldest" / "bin" / "python"
READY = "ready"
"""Stands for a Python whose environment another part of the tests has made."""


@functools.cache
def _found() -> dict[str, str]:
    """Return the Pythons of this machine, by version."""
    script = str(ROOT / "tests" / "tools" / "find_python.sh")
    found = {
        version: subprocess.run(
            ["sh", script, version.removeprefix("3.")], check=True, capture_output=True, text=True
        ).stdout.strip()
        for version in _LIBRARIES
    }
    return {version: python for version, python in found.items() if python}


def versions() -> list[str]:
    """Return the versions that this form of the run tests."""
    return list(_found()) if LONG else [READY]


def make(version: str, folder: Path) -> Path:
    """Return a version's Python, in a new environment in a folder."""
    if version == READY:
        return _OLDEST if _OLDEST.exists() else BIN / "python"
    made = folder / version
    subprocess.run([_found()[version], "-m", "venv", made], check=True)
    pins = ROOT / "tests" / "requirements" / _LIBRARIES[version]
    subprocess.run(
        [made / "bin" / "python", "-m", "pip", "install", "--quiet", "--constraint", pins, "cryptography"], check=True
    )
    return made / "bin" / "python"
