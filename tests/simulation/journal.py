# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal of the controller: what stands in it, and a disk that fails."""

from __future__ import annotations

import json
import os
import types
from pathlib import Path
from typing import Any

from . import process

CALLS = ("create", "reissue", "revoke", "cancel")
"""The calls that have lines."""

PARTS = {"nothing": 0.0, "half": 0.5, "all": 1.0}


def lines_of(path: Path) -> tuple[list[dict[str, Any]], int]:
    """Return the lines of a journal, and how many are torn."""
    whole, torn = [], 0
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        try:
            whole.append(json.loads(line))
        except ValueError:
            torn += 1
    return whole, torn


def has_line(path: Path, request_id: str) -> bool:
    """Return whether a request has its line, as it is sent."""
    return any(line["event"] == "send" and line["request_id"] == request_id for line in lines_of(path)[0])


def cut(path: Path, number: int, *, keeps_half: bool) -> int:
    """Cut off the last lines of a journal, and return how many are torn by that.

    :param keeps_half: keep half of the first line that is cut off
    """
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
    kept, gone = lines[:-number], lines[-number:]
    half = gone[0][: len(gone[0]) // 2] if gone and keeps_half else ""
    if lines:
        path.write_text("".join([*kept, half]), encoding="utf-8")
    return bool(half)


def _write(file: int, line: bytes) -> int:
    """Write a line, unless the process is killed in it, or the disk is full after a part of it."""
    own = process.current()
    own.lines += 1
    if own.lines == own.kill_at_line:
        os.write(file, line[: int(len(line) * PARTS[own.killed_after])])
        own.is_dead = True
        own.met.append(f"killed after {own.killed_after} of line {own.lines} of the journal")
        raise process.Killed
    if own.full_from_line and own.lines >= own.full_from_line:
        own.met.append(f"the disk of the journal was full at line {own.lines}")
        os.write(file, line[: len(line) // 2])
        raise OSError(28, "No space left on device")
    return os.write(file, line)


DISK = types.SimpleNamespace(**{**vars(os), "write": _write})
"""``os``, as the journal sees it."""
