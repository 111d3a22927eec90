# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of the tests write below a home of their own."""

from __future__ import annotations

from typing import Any

from .harness import Site

# The process above the shell is the module, whose file is in Ansible's folder on the host.
SHOW_MODULE: dict[str, Any] = {"ansible.builtin.shell": "tr '\\0' '\\n' </proc/$PPID/cmdline"}


def test_modules_and_jobs_of_local_hosts_are_below_the_home_of_the_test(site: Site) -> None:
    site.host()
    tasks = [{"name": "Run", **SHOW_MODULE}, {"name": "Wait", **SHOW_MODULE, "async": 300, "poll": 1}]

    run = site.issue(tasks=tasks)

    home = site.folder / "home" / ".ansible"
    for name in ("Run", "Wait"):
        (task,) = run.named(name)
        assert f"{home}/remote/ansible-tmp-" in task.result["stdout"]
    assert task.result["results_file"].startswith(f"{home}/async/")
