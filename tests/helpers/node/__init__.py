# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages of Node.js with which services sign: those of ``package-lock.json``, by their digests."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

_HERE = Path(__file__).parent
_BUILD = _HERE.parents[2] / ".build"

needed = pytest.mark.skipif(
    not shutil.which("node") or not shutil.which("npm"), reason="Node.js or npm is not installed"
)


def packages() -> Path:
    """Return the ``node_modules`` of the lock file, which npm fetches once."""
    lock = (_HERE / "package-lock.json").read_bytes()
    folder = _BUILD / f"node-{hashlib.sha256(lock).hexdigest()[:12]}"
    _BUILD.mkdir(exist_ok=True)
    # Workers of pytest may need it at the same time.
    with (_BUILD / "node.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            for name in ("package.json", "package-lock.json"):
                shutil.copy(_HERE / name, folder)
            subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True)
            (folder / "done").touch()
    return folder / "node_modules"


def run(program: Path, *words: str) -> bytes:
    """Run a program that uses the packages, and return what it prints."""
    modules = program.with_name("node_modules")
    if not modules.exists():
        modules.symlink_to(packages())
    done = subprocess.run(["node", program, *words], stdout=subprocess.PIPE, check=True)
    return done.stdout
