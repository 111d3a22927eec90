# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The execution environment in which AWX reads the inventory file before each job."""

from __future__ import annotations

from .fake_awx import DEFAULT_IMAGE, FakeAwx


def launch(server: FakeAwx) -> str:
    """Launch a job, and return its status and why it did not run."""
    template = server.named("job_templates", "WoTrus | status")
    _status, answer = server.ask("POST", f"job_templates/{template['id']}/launch/")
    job = server.find("jobs", answer["job"])
    return f"{job['status']} {job.get('job_explanation', '')}"


def test_inventory_is_read_in_the_execution_environment_of_the_jobs(copied: FakeAwx) -> None:
    copied.missing_images = {DEFAULT_IMAGE}

    assert launch(copied) == "successful "

    # A source without one uses AWX's own, which this AWX cannot read.
    copied.named("inventory_sources", "wotrus.pki")["execution_environment"] = None
    assert launch(copied).startswith('failed Previous Task Failed: {"job_type": "inventory_update"')
