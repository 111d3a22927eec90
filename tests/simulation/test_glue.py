# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks of the role have each option of their module, and apply what was planned."""

from __future__ import annotations

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Operation

from . import glue


@pytest.mark.parametrize(("task", "operation"), glue.TASKS.items(), ids=[name for _file, name in glue.TASKS])
def test_a_task_leaves_no_option_out(task: tuple[str, str], operation: Operation) -> None:
    assert {*glue.written(*task), *glue.from_variables(task)} == set(operation.arguments)


def test_what_is_applied_is_what_was_planned() -> None:
    planned, applied = glue.written(*glue.PLAN), glue.written(*glue.APPLY)

    shared = planned.keys() & applied.keys()
    assert shared >= {"certificates", "base_dir", "actions", "reissue"}
    assert {name: planned[name] for name in shared} == {name: applied[name] for name in shared}
