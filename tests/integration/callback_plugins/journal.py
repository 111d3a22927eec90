# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the events of a run as lines of JSON.

The file is that of WOTRUS_TEST_JOURNAL. Before the task that WOTRUS_TEST_HOLD names after a port and a colon, the run
connects to that port of this machine. Then it waits until the connection is closed. In place of a task it may name an
event on a target.

A task may run several modules on its target, or none, so these are counted where Ansible runs them.

ansible-core has no callback of its own that prints JSON. With this one, the default output can be checked too.
"""

from __future__ import annotations

import functools
import json
import os
import socket
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: journal
type: notification
short_description: Write what a run does as lines of JSON
description: Made for the tests of this collection.
"""


_TARGET_MODULES = ("wotrus_deployment", "wotrus_deployment_info")
_ON_TARGET = "on target: "


def write(line: dict[str, Any]) -> None:
    """Append a line to the journal."""
    with open(os.environ["WOTRUS_TEST_JOURNAL"], "a", encoding="utf-8") as file:
        file.write(json.dumps(line, default=str) + "\n")


def hold(place: str, *, exact: bool) -> None:
    """Stand still where the test wants it."""
    port, _colon, name = os.environ.get("WOTRUS_TEST_HOLD", "").partition(":")
    if port and (name == place if exact else name in place):
        with socket.create_connection(("127.0.0.1", int(port))) as held:
            held.recv(1)


def watch_executions() -> None:
    """Write a line for each module that runs on a target.

    It works in all processes that are forked later.
    """
    execute = ActionBase._execute_module

    @functools.wraps(execute)
    def watched(self: Any, *args: Any, **options: Any) -> Any:
        module = str(options.get("module_name") or self._task.action).rpartition(".")[2]
        if module in _TARGET_MODULES:
            given = options.get("module_args") or self._task.args
            rows = given.get("deployments") or [given]
            looks = module == "wotrus_deployment_info"
            states = ["look"] * len(given["paths"]) if looks else [row.get("state", "present") for row in rows]
            for state in sorted(set(states)):
                hold(_ON_TARGET + state, exact=True)
            write(
                {
                    "event": "execution",
                    "task": self._task.get_name(),
                    "action": self._task.action,
                    "host": options["task_vars"]["inventory_hostname"],
                    "module": module,
                    "states": states,
                }
            )
        return execute(self, *args, **options)

    ActionBase._execute_module = watched


class CallbackModule(CallbackBase):
    """Writes a line for each task, each executed module, and the recap."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "journal"
    CALLBACK_NEEDS_ENABLED = True

    def v2_playbook_on_task_start(self, task: Any, **_options: object) -> None:
        hold(task.get_name(), exact=False)

    def v2_playbook_on_start(self, *_playbook: object) -> None:
        watch_executions()

    def v2_runner_on_ok(self, result: Any) -> None:
        self._task(result, "ok")

    def v2_runner_on_failed(self, result: Any, *, ignore_errors: bool = False) -> None:
        self._task(result, "ignored" if ignore_errors else "failed")

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._task(result, "skipped")

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._task(result, "unreachable")

    def v2_playbook_on_stats(self, stats: Any) -> None:
        write({"event": "recap", "hosts": {host: stats.summarize(host) for host in stats.processed}})

    def _task(self, result: Any, status: str) -> None:
        task = result.task if hasattr(result, "task") else result._task
        host = result.host if hasattr(result, "host") else result._host
        answer = result.result if hasattr(result, "result") else result._result
        write(
            {
                "event": "task",
                "name": task.get_name(),
                "action": task.action,
                "host": host.get_name(),
                "status": status,
                "result": dict(answer),
            }
        )
