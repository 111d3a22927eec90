# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs as AWX runs them: in slices, in workflows, and cancelled.

Each begins on an empty controller.
"""

from __future__ import annotations

from tests.helpers.sandbox import Sandbox
from tests.integration.checks import assert_deployed
from tests.integration.conftest import Charged

from .jobs import Awx


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
