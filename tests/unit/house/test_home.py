# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests leave nothing in the user's home: ``tests/conftest.py`` checks it with this."""

from __future__ import annotations

from pathlib import Path

from tests.helpers.ansible_tasks import files_of_runs, names_folder


def test_files_of_a_killed_run_are_found_by_the_folder_of_their_session(tmp_path: Path) -> None:
    home, session = tmp_path / "home", tmp_path / "session"
    own, other, job = (
        home / name
        for name in (
            ".ansible/tmp/ansible-tmp-1.5-7-9/AnsiballZ_copy.py",
            ".ansible/tmp/ansible-tmp-1.5-8-9/AnsiballZ_copy.py",
            ".ansible_async/j7.8",
        )
    )
    for file, text in ((own, f'"dest": "{session}/x"'), (other, '"dest": "/x"'), (job, f'"path": "{session}/y"')):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    found = files_of_runs(home)

    assert found == {own, other, job}
    assert {file for file in found if names_folder(file, session)} == {own, job}
    assert not names_folder(home / "gone", session)
