# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a virtual environment, and show the progress.

python3 make_venv.py FOLDER LIST

It only needs the standard library, and runs with the Python that the environment is for.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Iterator

_PAUSE = 3.0
_FOUND = re.compile(r"Collecting ([A-Za-z0-9._-]+)")
_KEPT_LINES = 15


def progress(lines: Iterator[str], *, name: str) -> str:
    """Show pip's progress every few seconds; return its last lines."""
    kept: list[str] = []
    found = 0
    shown_at = 0.0
    for line in lines:
        kept = [*kept, line][-_KEPT_LINES:]
        match = _FOUND.match(line)
        found += bool(match)
        if line.startswith("Installing collected packages"):
            print(f"{name}: installing {found} packages", flush=True)
        elif match and time.monotonic() - shown_at > _PAUSE:
            print(f"{name}: package {found}, {match[1]}", flush=True)
            shown_at = time.monotonic()
    return "".join(kept)


def main(folder: str, packages: str) -> int:
    """Make the environment; return the exit status."""
    shutil.rmtree(folder, ignore_errors=True)
    print(f"{folder}: making it from {sys.executable}", flush=True)
    venv.create(folder, with_pip=True, symlinks=True)
    install = [f"{folder}/bin/python", "-m", "pip", "install", "--progress-bar", "off"]
    command = [*install, "--require-hashes", "--requirement", packages]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        end = progress(iter(pip.stdout or ()), name=folder)
    if pip.returncode:
        print(
            f"{end}\n{folder}: pip could not install {packages}. It needs a package index: check the network, a proxy "
            "(HTTPS_PROXY) and pip's own settings (pip config list), then run make again.",
            file=sys.stderr,
        )
    return pip.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
