# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs as AWX runs them: in slices, in workflows, and cancelled.

Each begins on an empty controller.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.sandbox import Sandbox
from tests.integration.checks import assert_deployed
from tests.integration.conftest import Charged

from .jobs import Awx, read

# The options of sudo, then the command.
SUDO = """\
#!/bin/sh
while [ "${1#-}" != "$1" ]; do [ "$1" != -u ] || shift; shift; done
exec "$@"
"""


def test_two_slices_at_once_order_each_certificate_once(awx: Awx, sandbox: Sandbox, charged: Charged) -> None:
    hosts = awx.add_hosts(3)
    answers = {"wotrus_max_charged_orders": 2}

    jobs = [awx.start("playbooks/issue.yml", answers, job_slice=(number, 2)) for number in (1, 2)]
    done = [job.finish() for job in jobs]

    assert [job.code for job in done] == [0, 0], [job.stdout for job in done]
    assert [job.artifacts["wotrus_summary"]["charged"] for job in done] == [2, 1]
    assert charged() == 3
    for host in hosts:
        assert_deployed(host.folder(), sandbox)


def test_job_that_is_cancelled_in_the_middle_leaves_no_files_and_the_next_completes(
    awx: Awx, sandbox: Sandbox, charged: Charged
) -> None:
    (host,) = awx.add_hosts(1)
    sandbox.fault("create", "hold")
    job = awx.start("playbooks/issue.yml")
    assert sandbox.wait_for_hold() == 1

    job.cancel()
    cancelled = job.finish()

    assert cancelled.status == "canceled"
    assert awx.left_on_controller() == []
    assert awx.left_on_hosts() == []
    sandbox.release()

    after = awx.run("playbooks/issue.yml")

    assert after.code == 0, after.stdout
    assert charged() == 1
    assert_deployed(host.folder(), sandbox)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder in which every user may write. Those of pytest are its user's."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


def test_report_with_its_default_answers_is_written_by_a_login_that_is_not_root(
    awx: Awx, open_folder: Path, tmp_path: Path
) -> None:
    (host,) = awx.add_hosts(1)
    folder, sudo = tmp_path / "www", tmp_path / "sudo"
    folder.mkdir()
    sudo.write_text(SUDO)
    sudo.chmod(0o755)
    awx.own[host.name] = {
        "ansible_connection": "login",
        "ansible_become_exe": str(sudo),
        "ansible_python_interpreter": sys.executable,
        "ansible_remote_tmp": str(open_folder),
    }
    become = read("templates.yml")["wotrus_awx_questions"]["report_become"]
    answers = {become["variable"]: become["default"], "wotrus_report_host": host.name, "wotrus_report_dir": str(folder)}

    job = awx.run("playbooks/report.yml", answers, become=True)

    assert job.code == 0, job.stdout
    assert "could not be read" not in job.stdout
    assert len(list(folder.iterdir())) == 3
