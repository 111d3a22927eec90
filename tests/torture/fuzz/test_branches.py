# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parsers of answers, with cases that atheris finds by branches."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.torture.figures import BY_BRANCHES, COUNTS, ROOT
from tests.torture.fuzz.cases import ATHERIS, BRANCHES

_COVERED = re.compile(r"^#\d+\s+(INITED|DONE)\s+cov: (\d+)", re.MULTILINE)


@pytest.mark.parametrize("target", BRANCHES)
def test_parser_raises_nothing_but_failures_of_its_own(tmp_path: Path, target: str) -> None:
    runs = BRANCHES[target]
    (tmp_path / "corpus").mkdir()

    done = subprocess.run(
        [ATHERIS, "-m", "tests.torture.fuzz.branches", target, tmp_path / "corpus", f"-runs={runs}"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / ".build" / "collections"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        check=False,
    )

    said = done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")
    assert done.returncode == 0, said[-10_000:]
    covered = dict(_COVERED.findall(said))
    # It went where the texts that it began with did not lead.
    assert int(covered["DONE"]) > int(covered["INITED"])
    COUNTS[f"fuzz: {target}{BY_BRANCHES}"] += runs
