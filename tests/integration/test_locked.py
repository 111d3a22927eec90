# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate's directory that another run has locked for too long."""

from __future__ import annotations

import fcntl
import shlex
from pathlib import Path

import pytest

from tests.helpers.sandbox import Sandbox

from . import tables
from .checks import assert_blocked, posts
from .harness import BIN, Site, entry

_CLOCK = """
import time

_slept = [0.0]
_monotonic = time.monotonic
time.monotonic = lambda: _monotonic() + _slept[0]
time.sleep = lambda seconds: _slept.__setitem__(0, _slept[0] + seconds)
"""


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """A host's Python whose waits are over at once."""
    folder = tmp_path / "clock"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(_CLOCK)
    interpreter = tmp_path / "python"
    interpreter.write_text(
        f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(folder))} exec {shlex.quote(str(BIN / "python"))} "$@"\n'
    )
    interpreter.chmod(0o755)
    return interpreter


@pytest.mark.parametrize("playbook", [None, "wotrus.pki.status"])
def test_reading_a_locked_directory_is_an_error_that_stops_no_other_certificate(
    site: Site, sandbox: Sandbox, python: Path, playbook: str | None
) -> None:
    host = site.host(ansible_python_interpreter=str(python))
    site.variables.update(
        wotrus_certificates=[entry("contracts"), entry("invoices")],
        wotrus_max_charged_orders=2,
        wotrus_fail_when_waiting=True,
    )
    site.issue()
    sandbox.clear_calls()

    with (host.folder().path / ".lock").open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        run = site.run(playbook=playbook)

    assert_blocked(run, "store_locked")
    assert f"{host.folder().path} is locked by another run" in run.output
    rows = [row for task in run.tasks for row in task.result.get("results", ())]
    assert {row["name"] for row in rows if row.get("error_code")} == {"contracts"}
    assert posts(sandbox) == []
    if playbook is None:
        assert tables.result(run, host)["result"] == "failed"
        assert tables.result(run, host)["next step"] == (
            f"{host.folder().path} is locked by another run, and the time to wait for it is over. Wait until the other"
            " run has ended, then run again."
        )
    site.issue(playbook=playbook)
