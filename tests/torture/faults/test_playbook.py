# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same faults in a playbook: the same codes, and no traceback."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.ansible_tasks import run_tasks
from tests.helpers.sandbox import start_sandbox
from tests.torture.faults.catalogue import ENDPOINTS, FAULTS, OK, permanent_outcome
from tests.torture.faults.fault_runner import ALWAYS, Cell, FaultRunner
from tests.torture.faults.redirection import Redirector
from tests.torture.form import by_form

_FAULTS = [fault for fault in FAULTS if fault.sandbox]
# The short form takes one fault for each endpoint, the long one all of them.
_SAMPLE = [[Cell(endpoint, _FAULTS[5 + 2 * number], ALWAYS) for number, endpoint in enumerate(ENDPOINTS)]]
_ALL = [[Cell(endpoint, fault, ALWAYS) for fault in _FAULTS] for endpoint in ENDPOINTS]


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[FaultRunner]:
    patch = pytest.MonkeyPatch()
    with patch.context() as own, start_sandbox(tmp_path) as sandbox, ThreadPoolExecutor(1) as client:
        yield FaultRunner(sandbox, Redirector(own, elsewhere={}), client)


def written(runner: FaultRunner, cell: Cell, name: str) -> list[dict[str, Any]]:
    """Return the tasks of a cell: set fault, module, clear fault."""
    task = runner.task(cell.endpoint)
    faults = {"url": f"{runner.sandbox.admin_url}/faults", "ca_path": runner.sandbox.tls_ca, "use_proxy": False}
    fault = {"endpoint": cell.endpoint.name, "times": ALWAYS, **cell.fault.sandbox}
    patience = {"timeout": 1.0} if cell.fault.impatient else {}
    return [
        {"ansible.builtin.uri": {**faults, "method": "POST", "body": fault, "body_format": "json", "status_code": 201}},
        {
            "name": str(cell),
            f"wotrus.pki.{task.operation.name}": {**task.options, **patience},
            "register": name,
            "ignore_errors": True,
        },
        {"ansible.builtin.uri": {**faults, "method": "DELETE"}},
    ]


@pytest.mark.parametrize("cells", by_form(short=_SAMPLE, long=_ALL), ids=lambda cells: cells[0].endpoint.name)
def test_a_playbook_fails_with_the_code_of_the_fault(runner: FaultRunner, tmp_path: Path, cells: list[Cell]) -> None:
    names = {f"cell{number}": cell for number, cell in enumerate(cells)}
    tasks = [task for name, cell in names.items() for task in written(runner, cell, name)]
    connection = {"api_url": runner.sandbox.url, "api_token": runner.sandbox.token, "ca_path": runner.sandbox.tls_ca}
    runner.sandbox.clear_calls()

    played = run_tasks(
        tmp_path,
        tasks,
        names=list(names),
        verbosity=2,
        module_defaults={"group/wotrus.pki.wotrus": {**connection, "retries": 1}},
    )

    assert played.returncode == 0, played.output
    assert "Traceback" not in played.output
    assert "MODULE FAILURE" not in played.output
    for name, cell in names.items():
        result = played.results[name]
        row = result.get("orders", [result])[0]
        assert (row.get("error_code") or OK) == permanent_outcome(cell.endpoint, cell.fault), (str(cell), row)
        assert row["msg"] if row.get("error_code") else not result.get("failed")
