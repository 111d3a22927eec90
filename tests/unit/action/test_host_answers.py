# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A managed host's answer can only report on that host."""

from __future__ import annotations

import json
import os
import time
import types
from typing import Any

import pytest
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase

from ansible_collections.wotrus.pki.plugins.action.wotrus_plan_info import ActionModule
from ansible_collections.wotrus.pki.plugins.module_utils._errors import HostUnreadable
from ansible_collections.wotrus.pki.plugins.plugin_utils._answer import (
    LARGEST_ANSWER,
    LONGEST_OUTPUT,
    known_fields,
    require_rows_for,
    safe_answer,
)
from ansible_collections.wotrus.pki.plugins.plugin_utils._connection import SecretSafeAction
from ansible_collections.wotrus.pki.plugins.plugin_utils._target import own_fields


def test_a_host_adds_no_hosts_and_sets_neither_facts_nor_artifacts() -> None:
    answer = {
        "changed": False,
        "deployments": [],
        "ansible_facts": {
            "discovered_interpreter_python": "/usr/bin/python3",
            "wotrus_max_charged_orders": 99,
            "ansible_become": True,
        },
        "ansible_stats": {"data": {"wotrus_max_charged_orders": 99}, "aggregate": False, "per_host": False},
        "add_host": {"host_name": "evil", "groups": ["wotrus"], "host_vars": {}},
        "add_group": "evil",
        "_ansible_parsed": True,
    }

    assert own_fields(answer) == {
        "changed": False,
        "deployments": [],
        "ansible_facts": {"discovered_interpreter_python": "/usr/bin/python3"},
    }


def test_warnings_and_diffs_of_a_host_are_few_and_harmless() -> None:
    answer = {
        "warnings": ["a\x1b[2J\nfatal: b\u202e", 7, *["more"] * 1000],
        "diff": [{"before": "a\n\x1b[2Jb\n", "after": "", "before_header": "one\ntwo", "prepared": "{{ x }}"}, "text"],
    }

    shown = own_fields(answer)

    assert shown["warnings"][0] == "a [2J fatal: b"
    assert len(shown["warnings"]) == 50
    assert shown["diff"] == [{"before": "a\n [2Jb\n", "after": "", "before_header": "one two"}]


@pytest.mark.parametrize(("msg", "shown"), [("a\x1b[2J\nb", ["a [2J b"]), (None, []), (["a"], [])])
def test_warning_is_an_object_in_some_versions_of_ansible_core(msg: object, shown: list[str]) -> None:
    warning = types.SimpleNamespace(event=types.SimpleNamespace(msg=msg))

    assert known_fields({"warnings": [warning, 7]}, {})["warnings"] == shown


def test_output_of_a_host_is_one_safe_object() -> None:
    answer = {"msg": "a\x1b[2J\u202e", "_ansible_verbose_always": True, "_ansible_suppress_tmpdir_delete": True}
    output = f"A banner {{of the host}}\n{json.dumps(answer)}\njunk\x1b[2J\n"

    assert json.loads(safe_answer(output)) == {"msg": "a [2J", "_ansible_suppress_tmpdir_delete": True}


def test_output_without_an_object_is_short_and_begins_none() -> None:
    for output in ("{" * 200_000, '{"a":' * 100_000, "Traceback\x1b[2J\n {oops}", "[]", ""):
        shown = safe_answer(output)
        assert len(shown) <= 10_002
        assert "\x1b" not in shown
        assert not [line for line in shown.splitlines() if line.strip().startswith("{")]


@pytest.mark.parametrize("blanks", ["\n", " ", "\r", "\n \t", "x\n"])
def test_object_after_many_lines_is_found_in_linear_time(blanks: str) -> None:
    # With quadratic time, this test would take hours.
    assert json.loads(safe_answer(blanks * 2_000_000 + 'x\n{"changed": false}')) == {"changed": False}


@pytest.mark.parametrize("answer", ["x" * LARGEST_ANSWER, ["x"] * 500_002, [{}] * 500_002])
def test_answer_that_is_too_large_is_not_decoded(answer: object, monkeypatch: pytest.MonkeyPatch) -> None:
    output = json.dumps({"msg": answer})
    monkeypatch.setattr(json, "JSONDecoder", None)

    assert len(safe_answer(output)) <= LONGEST_OUTPUT + 2


def test_output_is_cut_off_before_it_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    cut: list[int] = []

    def execute(action: ActionModule, *_arguments: Any) -> dict[str, Any]:
        code, *streams = action._connection.exec_command("run")
        cut[:] = map(len, streams)
        return {"rc": code}

    def run(_command: str) -> tuple[int, bytes, bytes]:
        return 0, b"\n" * (2 * LARGEST_ANSWER), b"\n" * (2 * LARGEST_ANSWER)

    monkeypatch.setattr(ActionBase, "_low_level_execute_command", execute)
    one = ActionModule.__new__(ActionModule)
    one._connection = types.SimpleNamespace(exec_command=run)

    assert one._low_level_execute_command("run") == {"rc": 0}
    assert cut == [LARGEST_ANSWER + 1] * 2
    assert one._connection.exec_command is run


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("/srv/wotrus/contracts", "/srv/wotrus/contracts"),
        ("~/wotrus/contracts", "/home/signer/wotrus/contracts"),
        ("~signer/wotrus/contracts", "/home/signer/wotrus/contracts"),
        ("$BASE/contracts", "/srv/wotrus/contracts"),
    ],
)
def test_row_is_for_the_directory_as_the_host_expands_it(asked: str, answered: str) -> None:
    require_rows_for([{"path": answered}], [asked])


@pytest.mark.parametrize(
    "rows",
    [
        [{"path": "/srv/wotrus/invoices"}],
        [{"path": "/srv/wotrus/contracts/"}],
        [{"path": ["/srv/wotrus/contracts"]}],
        [{}],
        [None],
        [],
        [{"path": "/srv/wotrus/contracts"}] * 2,
    ],
)
@pytest.mark.parametrize("asked", ["/srv/wotrus/contracts", "~/contracts", "/srv/$BASE/contracts"])
def test_row_for_another_directory_is_refused(rows: list[object], asked: str) -> None:
    with pytest.raises(HostUnreadable):
        require_rows_for(rows, [asked])


@pytest.fixture
def action(monkeypatch: pytest.MonkeyPatch) -> ActionModule:
    """An action of a play that has another ``PATH``."""
    one = ActionModule.__new__(ActionModule)
    one._process_environment, one._host_fields, one._task_vars = dict(os.environ), {}, {}
    one._task, one._started = types.SimpleNamespace(timeout=600), time.monotonic()
    answer: dict[str, Any] = {"deployments": []}
    monkeypatch.setattr(one, "_execute_module", lambda **_options: dict(answer))
    monkeypatch.setenv("PATH", "/of/the/play")
    return one


def test_folder_of_the_host_is_removed_in_the_environment_of_the_connection(
    monkeypatch: pytest.MonkeyPatch, action: ActionModule
) -> None:
    environments: list[dict[str, str]] = []
    monkeypatch.setattr(SecretSafeAction, "cleanup", lambda _self: environments.append(dict(os.environ)))

    action._on_host("wotrus_deployment")

    assert environments == [action._process_environment]
    assert os.environ["PATH"] == "/of/the/play"


@pytest.mark.parametrize("error", [AnsibleError, AnsibleConnectionFailure])
def test_answer_is_kept_if_the_folder_of_the_host_cannot_be_removed(
    monkeypatch: pytest.MonkeyPatch, action: ActionModule, error: type[AnsibleError]
) -> None:
    def cleanup(_self: object) -> None:
        raise error("Unable to execute ssh command line on a controller")

    monkeypatch.setattr(SecretSafeAction, "cleanup", cleanup)

    assert action._on_host("wotrus_deployment")["deployments"] == []


class TaskTimeout(BaseException):
    """What ansible-core raises in a task whose time is over."""


def test_host_that_hangs_is_not_asked_again(monkeypatch: pytest.MonkeyPatch, action: ActionModule) -> None:
    commands: list[str] = []

    def hang(**options: Any) -> None:
        commands.append(options["module_name"])
        action._started -= 600
        raise TaskTimeout

    monkeypatch.setattr(action, "_execute_module", hang)
    monkeypatch.setattr(ActionBase, "cleanup", lambda _self, _force: commands.append("cleanup"))

    for module in ("wotrus_deployment", "wotrus_deployment_info"):
        with pytest.raises(HostUnreadable, match=r"did not answer within 600 s.*\(wotrus_task_timeout\)"):
            action._on_host(module)
    action.cleanup()

    assert commands == ["wotrus.pki.wotrus_deployment"]


def test_task_that_is_interrupted_in_time_is_no_host_that_hangs(
    monkeypatch: pytest.MonkeyPatch, action: ActionModule
) -> None:
    def interrupt(**_options: Any) -> None:
        raise TaskTimeout

    monkeypatch.setattr(action, "_execute_module", interrupt)
    with pytest.raises(TaskTimeout):
        action._on_host("wotrus_deployment")
