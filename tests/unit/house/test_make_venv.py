# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The progress of a new environment, from the lines of pip."""

from __future__ import annotations

import itertools
import types
from pathlib import Path

import pytest

from tests.tools import make_venv

PIP = """\
Collecting ansible-core==2.21.2 (from -r tests/requirements/quickstart.txt (line 1))
  Downloading ansible_core-2.21.2-py3-none-any.whl (2.3 MB)
Collecting cffi==2.0.0 (from -r tests/requirements/quickstart.txt (line 9))
Requirement already satisfied: pip in .venv/lib/python3.13/site-packages
Collecting jinja2==3.1.6 (from -r tests/requirements/quickstart.txt (line 20))
Installing collected packages: cffi, jinja2, ansible-core
Successfully installed ansible-core-2.21.2 cffi-2.0.0 jinja2-3.1.6
""".splitlines(keepends=True)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (60, [".venv: 1 packages so far, now ansible-core", ".venv: 2 packages so far, now cffi"]),
        (0, [".venv: 1 packages so far, now ansible-core"]),
    ],
    ids=["slow", "fast"],
)
def test_progress_is_shown_every_few_seconds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], seconds: int, shown: list[str]
) -> None:
    clock = itertools.count(1000, seconds)
    monkeypatch.setattr(make_venv, "time", types.SimpleNamespace(monotonic=lambda: next(clock)))

    make_venv.progress(iter(PIP[:4]), name=".venv")

    assert capsys.readouterr().out.splitlines() == shown


def test_the_end_says_how_many_packages_are_installed(capsys: pytest.CaptureFixture[str]) -> None:
    make_venv.progress(iter(PIP), name=".venv")

    assert capsys.readouterr().out.splitlines()[-1] == ".venv: installing 3 packages"


def test_a_failure_of_pip_is_shown_with_its_last_lines_and_a_cure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def create(folder: str, **_options: object) -> None:
        python = Path(folder, "bin", "python")
        python.parent.mkdir(parents=True)
        python.write_text("#!/bin/sh\nfor number in $(seq 20); do echo line $number; done\nexit 3\n")
        python.chmod(0o755)

    monkeypatch.setattr(make_venv, "venv", types.SimpleNamespace(create=create))

    assert make_venv.main(str(tmp_path / ".venv"), "quickstart.txt") == 3

    lines = capsys.readouterr().err.splitlines()
    assert lines[:15] == [f"line {number}" for number in range(6, 21)]
    assert "pip could not install quickstart.txt" in lines[-1]
    assert "HTTPS_PROXY" in lines[-1]
