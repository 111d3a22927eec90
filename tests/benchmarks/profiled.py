# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run ``ansible-playbook`` and write where its CPU went: ``profiled.py FILE ARGUMENTS…``.

Named parts of Ansible, of ``urllib3`` and of the collection are wrapped; a part's time is its own, without that of the
parts that it calls. It is CPU time and not the clock's. Each worker, and the parent at the end, adds a line of JSON to
the file.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_UTILS = "ansible_collections.wotrus.pki.plugins.module_utils"
_TASK = "ansible.executor.task_executor"

# Before Ansible runs: module, class (or none), function, the part it counts for.
_ANSIBLE = (
    ("ansible.executor.process.worker", "WorkerProcess", "_run", "worker: the rest of the executor"),
    ("ansible.executor.process.worker", "WorkerProcess", "_detach", "worker: detach"),
    ("ansible.playbook.task", "Task", "post_validate", "worker: templating of the task's options"),
    ("ansible.playbook.play_context", "PlayContext", "post_validate", "worker: play context"),
    ("ansible.playbook.play_context", "PlayContext", "set_task_and_variable_override", "worker: play context"),
    ("ansible.playbook.task", "Task", "_resolve_conditional_with_item", "worker: conditions"),
    (_TASK, "TaskExecutor", "_get_loop_items", "worker: loop items"),
    (_TASK, "TaskExecutor", "_get_connection", "worker: connection"),
    (_TASK, "TaskExecutor", "_set_connection_options", "worker: connection"),
    (_TASK, "TaskExecutor", "_get_action_handler_with_module_context", "worker: action plugin"),
    ("ansible.executor.task_queue_manager", "FinalQueue", "send_task_result", "worker: sending the result"),
    ("ansible.plugins.action", "ActionBase", "_configure_module", "worker: building the module's payload"),
    ("ansible.plugins.action", "ActionBase", "_low_level_execute_command", "worker: running the module"),
    ("ansible.plugins.action", "ActionBase", "_execute_module", "worker: around the module"),
    ("ansible.module_utils.common.arg_spec", "ArgumentSpecValidator", "validate", "operation: checking the options"),
    ("requests.adapters", "HTTPAdapter", "__init__", "operation: the pool of connections"),
    ("urllib3.connectionpool", "HTTPConnectionPool", "urlopen", "operation: urllib3, sending"),
    ("urllib3.connection", "HTTPSConnection", "connect", "operation: urllib3, connecting"),
    ("ssl", "SSLSocket", "do_handshake", "operation: TLS handshake"),
    ("ssl", "SSLContext", "load_verify_locations", "operation: reading a CA bundle"),
    ("ssl", "SSLSocket", "read", "operation: socket"),
    ("ssl", "SSLSocket", "sendall", "operation: socket"),
    ("socket", "", "create_connection", "operation: socket"),
    ("socket", "", "getaddrinfo", "operation: name look-up"),
    ("ansible.executor.process.worker", "WorkerProcess", "start", "parent: fork"),
    ("ansible.vars.manager", "VariableManager", "get_vars", "parent: variables"),
    ("ansible.plugins.strategy", "StrategyBase", "_process_pending_results", "parent: results"),
    ("ansible.plugins.strategy", "StrategyBase", "_wait_on_pending_results", "parent: waiting"),
    ("ansible.plugins.strategy", "StrategyBase", "_queue_task", "parent: queueing"),
    ("ansible.plugins.strategy.linear", "StrategyModule", "run", "parent: strategy"),
    ("ansible.plugins.strategy.linear", "StrategyModule", "_get_next_task_lockstep", "parent: next task"),
    ("ansible.executor.task_queue_manager", "TaskQueueManager", "send_callback", "parent: callbacks"),
    ("ansible.playbook", "Playbook", "load", "parent: reading the playbook"),
    ("ansible.plugins.loader", "PluginLoader", "_load_module_source", "plugins: loading their files"),
)
# The collection's own, which Ansible's loader must find first.
_OURS = (
    (f"{_UTILS}._module", "", "execute", "operation: its own code"),
    (f"{_UTILS}._orders.inputs", "", "read_csr", "operation: reading the request"),
    (f"{_UTILS}._orders.order", "", "read_csr", "operation: reading the request"),
    (f"{_UTILS}._client.http", "Http", "_attempt", "operation: the client's own code"),
    (f"{_UTILS}._client.envelope", "", "parse", "operation: JSON"),
)
_spent: dict[str, float] = {}
_stack: list[list[float]] = []


def main() -> None:
    """Wrap, run, and write what the parent took."""
    file = Path(sys.argv[1]).resolve()
    sys.argv = ["ansible-playbook", *sys.argv[2:]]
    started = time.process_time()
    import ansible.cli.playbook
    import ansible.executor.process.worker as workers

    _spent["parent: importing Ansible"] = time.process_time() - started
    for entry in _ANSIBLE:
        _wrap(*entry)
    _report_workers(workers.WorkerProcess, file)
    try:
        ansible.cli.playbook.main()
    finally:
        _write(file, who="parent", task="", host="")


def _report_workers(kind: Any, file: Path) -> None:
    run = kind.run

    def reported(self: Any) -> None:
        _spent.clear()
        _stack.clear()
        for entry in _OURS:
            _wrap(*entry)
        try:
            run(self)
        finally:
            _write(file, who="worker", task=str(self._task.get_name()), host=str(self._host))

    kind.run = reported


def _wrap(module: str, kind: str, name: str, part: str) -> None:
    if module.startswith("ansible_collections.") and module not in sys.modules:
        return
    owner = importlib.import_module(module)
    if kind:
        owner = getattr(owner, kind)
    found = inspect.getattr_static(owner, name)
    if isinstance(found, staticmethod | classmethod):
        setattr(owner, name, type(found)(_timed(found.__func__, part)))
    else:
        setattr(owner, name, _timed(found, part))


def _timed(function: Callable[..., Any], part: str) -> Callable[..., Any]:
    @functools.wraps(function)
    def timed(*arguments: Any, **named: Any) -> Any:
        inner = [0.0]
        _stack.append(inner)
        started = time.process_time()
        try:
            return function(*arguments, **named)
        finally:
            took = time.process_time() - started
            if _stack and _stack[-1] is inner:
                _stack.pop()
                if _stack:
                    _stack[-1][0] += took
            _spent[part] = _spent.get(part, 0.0) + took - inner[0]

    return timed


def _write(file: Path, *, who: str, task: str, host: str) -> None:
    mine, below = (resource.getrusage(one) for one in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    line = {
        "who": who,
        "task": task,
        "host": host,
        "cpu": mine.ru_utime + mine.ru_stime,
        "children": below.ru_utime + below.ru_stime,
        "private": _private(),
        "parts": _spent,
    }
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, json.dumps(line).encode() + b"\n")
    finally:
        os.close(descriptor)


def _private() -> float:
    """Return the MiB that this process shares with no other."""
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024


if __name__ == "__main__":
    main()
