# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task's environment, files, Python, and delegation."""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.wotrus.pki.plugins.module_utils._module import argument_spec, execute
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Run
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_info import OPERATION as INFO
from ansible_collections.wotrus.pki.plugins.module_utils._x509 import sm2
from ansible_collections.wotrus.pki.plugins.plugin_utils import _action, _host_action
from tests.helpers.ansible_tasks import TaskResults, run_tasks
from tests.helpers.operations import csr
from tests.helpers.sandbox import Sandbox, start_sandbox

TOKEN = "tk_surroundings"
ORDER: dict[str, Any] = {
    "product": "pdf_signing",
    "common_name": "沃通电子认证",
    "months": 12,
    "organization": {"name": "沃通"},
}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with start_sandbox(tmp_path_factory.mktemp("surroundings"), "--token", TOKEN) as one:
        yield one


def settings(sandbox: Sandbox) -> dict[str, str]:
    """The environment of a controller with all settings of a task."""
    return {"WOTRUS_API_TOKEN": TOKEN, "WOTRUS_API_URL": sandbox.url, "WOTRUS_CA_PATH": sandbox.tls_ca}


@pytest.fixture(scope="module")
def played(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> TaskResults:
    """Results of all tasks in one run, since starting Ansible is slow."""
    folder = tmp_path_factory.mktemp("play")
    (folder / "files").mkdir()
    (folder / "files" / "request.csr").write_text(csr())
    (folder / "proof.pdf").write_bytes(b"%PDF-1.7 evidence")
    ask = {"wotrus.pki.wotrus_order_info": {"order_ids": ["not-an-order"]}}
    documents = [
        {"type": "id_card", "path": "proof.pdf"},
        {"type": "authorization", "content": base64.b64encode(b"%PDF-1.7").decode(), "file_type": ".pdf"},
    ]
    tasks: list[dict[str, Any]] = [
        {**ask, "register": "settings_here"},
        {**ask, "register": "settings_there", "delegate_to": "bastion"},
        {**ask, "register": "asked_for", "vars": {"wotrus_in_process": False}},
        {**ask, "register": "changed_here", "environment": {"WOTRUS_API_TOKEN": "tk_other", "WOTRUS_TEST": "left"}},
        {**ask, "register": "changed_there", "environment": {"WOTRUS_API_TOKEN": "tk_other"}, "delegate_to": "bastion"},
        {
            "ansible.builtin.debug": {"msg": "{{ lookup('env', 'WOTRUS_API_TOKEN') ~ lookup('env', 'WOTRUS_TEST') }}"},
            "register": "afterwards",
        },
        {
            "wotrus.pki.wotrus_order": {**ORDER, "name": "files", "csr_path": "request.csr", "documents": documents},
            "register": "files_beside_the_playbook",
        },
        {**ask, "register": "async_here", "async": 30, "poll": 1},
        {**ask, "register": "async_asked_for", "async": 30, "poll": 1, "vars": {"wotrus_in_process": False}},
        {**ask, "register": "become", "become": True, "become_user": "nobody"},
    ]
    for task in tasks:
        task.update(name=task["register"], ignore_errors=True)
    names = [task["register"] for task in tasks]
    return run_tasks(folder, tasks, names=names, verbosity=4, controller=settings(sandbox))


@pytest.fixture(scope="module")
def delegated_async(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> TaskResults:
    task = {
        "name": "Wait elsewhere",
        "wotrus.pki.wotrus_order_info": {"order_ids": ["not-an-order"]},
        "register": "there",
        "async": 30,
        "poll": 1,
        "delegate_to": "bastion",
    }
    return run_tasks(tmp_path_factory.mktemp("async"), [task], names=["there"], controller=settings(sandbox))


@pytest.mark.parametrize("name", ["settings_here", "settings_there", "asked_for"])
def test_settings_of_the_controller_are_used_in_both_places(played: TaskResults, name: str) -> None:
    # The server was reached, over TLS, with the token.
    assert played.results[name]["orders"][0]["error_code"] == "not_found", played.output


@pytest.mark.parametrize("name", ["changed_here", "changed_there"])
def test_the_environment_of_the_task_wins(played: TaskResults, name: str) -> None:
    assert played.results[name]["error_code"] == "unauthorized"


def test_token_is_on_no_command_line_and_in_no_file(played: TaskResults) -> None:
    assert "tk_other" not in played.output
    assert TOKEN not in played.output.replace(played.results["afterwards"]["msg"], "")
    # Nothing was written on the bastion: the options went over the pipe.
    assert played.written == []


def test_a_task_leaves_the_controllers_environment_as_it_was(played: TaskResults) -> None:
    assert played.results["afterwards"]["msg"] == TOKEN


def test_environment_of_a_play_sets_nothing_that_openssl_of_the_controller_reads() -> None:
    assert set(sm2._ENVIRONMENT) <= set(_action._PROGRAM_VARIABLES)


def test_environment_is_restored_after_a_failure() -> None:
    before = dict(os.environ)

    def work() -> None:
        with _host_action.replaced_environment({"WOTRUS_TEST": 1, "PATH": "/nowhere"}):
            assert (os.environ["WOTRUS_TEST"], os.environ["PATH"]) == ("1", "/nowhere")
            os.environ["WOTRUS_OTHER"] = "left"
            raise KeyError

    with pytest.raises(KeyError):
        work()
    assert dict(os.environ) == before


def test_relative_paths_are_found_as_ansible_finds_files(sandbox: Sandbox, played: TaskResults) -> None:
    result = played.results["files_beside_the_playbook"]
    assert result["changed"] is True, result
    placed = sandbox.admin("GET", f"/orders/{result['order_id']}")
    assert (placed["csr"], placed["documents"]) == (True, 2)


def test_async_in_the_controllers_process_is_a_clear_error(played: TaskResults) -> None:
    result = played.results["async_here"]
    assert (result["failed"], result["error_code"]) == (True, "invalid_input")
    assert "wotrus_in_process" in result["msg"]


def test_async_works_where_the_module_runs(played: TaskResults, delegated_async: TaskResults) -> None:
    assert delegated_async.returncode == 0, delegated_async.output
    for result in (played.results["async_asked_for"], delegated_async.results["there"]):
        assert result["orders"][0]["error_code"] == "not_found"
        assert result["finished"]


def test_become_does_not_reach_the_controllers_part(played: TaskResults) -> None:
    assert played.results["become"]["orders"][0]["error_code"] == "not_found"


def test_message_about_missing_requests_names_the_python(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "without" / "requests").mkdir(parents=True)
    (tmp_path / "without" / "requests" / "__init__.py").write_text("raise ImportError('requests')\n")
    task = {"wotrus.pki.wotrus_order_info": {"order_ids": ["a"]}, "register": "here", "ignore_errors": True}
    environment = {**settings(sandbox), "PYTHONPATH": str(tmp_path / "without")}
    result = run_tasks(tmp_path, [task], names=["here"], controller=environment).results["here"]
    assert (result["failed"], result["error_code"]) == (True, "missing_library")
    assert f"{sys.executable} lacks the library requests" in result["msg"]


def test_progress_goes_to_standard_error(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[str, bool]] = []
    monkeypatch.setattr(_action._display, "display", lambda line, *, stderr: shown.append((line, stderr)))
    monkeypatch.delenv("AWX_HOST", raising=False)
    _action._show_progress("wotrus: issued 1/2", news=True)
    _action._show_progress("wotrus: issued 1/2", news=False)
    assert shown == [("wotrus: issued 1/2", True)] * 2


def test_automation_controller_shows_only_changed_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[str, bool]] = []
    monkeypatch.setattr(_action._display, "display", lambda line, *, stderr: shown.append((line, stderr)))
    monkeypatch.setenv("AWX_HOST", "https://awx.example.com")
    _action._show_progress("wotrus: issued 1/2", news=True)
    _action._show_progress("wotrus: issued 1/2", news=False)
    assert shown == [("wotrus: issued 1/2", True)]


@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_variable_counts_as_missing(monkeypatch: pytest.MonkeyPatch, empty: str) -> None:
    for name in ("WOTRUS_API_TOKEN", "WOTRUS_API_URL", "WOTRUS_CA_PATH"):
        monkeypatch.setenv(name, empty)
    checked = ArgumentSpecValidator(argument_spec(INFO)).validate({"order_ids": []})
    result = execute(INFO, checked.validated_parameters, run=Run())
    assert (result["failed"], result["error_code"], result["request_ids"]) == (True, "invalid_input", [])
    assert result["msg"] == "No API token. Set WOTRUS_API_TOKEN or the variable wotrus_api_token."
    assert checked.validated_parameters["api_url"] == "https://restapi.wosign.com"
    assert checked.validated_parameters["ca_path"] is None
