# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The exit code for changes is that of no failed run."""

from __future__ import annotations

import types
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.callback.exit_code import CallbackModule

CHANGES, ERROR = {"__wotrus_exit_code": 3}, dict[str, int]()
Failure = tuple[str, dict[str, int]]


def exit_code(failures: t.Sequence[Failure], *, failed: dict[str, int], dark: dict[str, int] | None = None) -> int:
    """Return the exit code of a failed run.

    It is 2, unless the callback ends the run.
    """
    callback = CallbackModule()
    for host, variables in failures:
        task = types.SimpleNamespace(vars=variables)
        callback.v2_runner_on_failed(
            types.SimpleNamespace(task=task, host=types.SimpleNamespace(get_name=lambda host=host: host))
        )
    try:
        callback.v2_playbook_on_stats(types.SimpleNamespace(failures=failed, dark=dark or {}))
    except SystemExit as end:
        return int(str(end.code))
    return 2


@pytest.mark.parametrize(
    "failures",
    [
        [("one", ERROR), ("one", CHANGES)],
        [("one", CHANGES), ("one", ERROR)],
        [("one", CHANGES), ("two", ERROR)],
    ],
    ids=["before", "after", "on another host"],
)
def test_failure_of_a_host_wins_over_its_changes(failures: list[Failure]) -> None:
    failed = {host: sum(one == host for one, _variables in failures) for host, _variables in failures}

    assert exit_code(failures, failed=failed) == 2


def test_failure_after_rescued_changes_is_a_failure() -> None:
    assert exit_code([("one", CHANGES), ("one", ERROR)], failed={"one": 1}) == 2


def test_unreachable_host_wins_over_changes() -> None:
    assert exit_code([("one", CHANGES)], failed={"one": 1}, dark={"two": 1}) == 2


def test_changes_alone_have_their_own_code() -> None:
    assert exit_code([("one", CHANGES), ("two", CHANGES)], failed={"one": 1, "two": 1, "three": 0}) == 3
    # The failure of another host was rescued.
    assert exit_code([("one", CHANGES), ("two", ERROR)], failed={"one": 1}) == 3
