# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No task can wait for a host without a limit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.helpers.guides import ROOT

ROLES = [ROOT / "roles" / role / folder for role in ("certificate", "preflight") for folder in ("tasks", "handlers")]
# These plays are for this machine alone.
LOCAL = ("quickstart.yml", "sandbox.yml")
FILES = [
    *(file for folder in ROLES for file in folder.glob("*.yml")),
    *(file for file in (ROOT / "playbooks").rglob("*.yml") if file.name not in LOCAL),
]
ON_HOSTS = {
    *("ansible.builtin.command", "ansible.builtin.copy", "ansible.builtin.slurp", "ansible.builtin.stat"),
    *("wotrus.pki.wotrus_apply", "wotrus.pki.wotrus_deployment", "wotrus.pki.wotrus_deployment_info"),
    "wotrus.pki.wotrus_plan_info",
}
# These actions run in the controller's process. Calls of the API have limits of their own.
ON_CONTROLLER = {
    *("assert", "debug", "fail", "group_by", "import_playbook", "import_role", "import_tasks", "include_role"),
    *("include_tasks", "meta", "set_fact"),
    *("wotrus_batch", "wotrus_order", "wotrus_order_info", "wotrus_probe_info", "wotrus_revoke"),
}


def tasks(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the tasks of a file, also those in blocks and plays."""
    for one in value if isinstance(value, list) else []:
        inner = [name for name in ("block", "rescue", "always", "pre_tasks", "tasks", "post_tasks") if name in one]
        for name in inner:
            yield from tasks(one[name])
        if not inner and "hosts" not in one:
            yield one


def action_of(task: dict[str, Any]) -> str:
    """Return the name of a task's module."""
    return next(name for name in task if "." in name)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_each_task_on_a_host_has_a_time_limit(file: Any) -> None:
    for task in tasks(yaml.safe_load(file.read_text(encoding="utf-8"))):
        action = action_of(task)
        checks_host = action == "wotrus.pki.wotrus_preflight" and "host" in task[action]["parts"]
        known = ON_HOSTS | {"wotrus.pki.wotrus_preflight"}
        assert action in known or action.rpartition(".")[2] in ON_CONTROLLER, action
        assert ("wotrus_task_timeout" in task.get("timeout", "")) is (action in ON_HOSTS or checks_host), task["name"]
