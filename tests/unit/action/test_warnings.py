# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible shows warnings without a host, so the role's own name theirs."""

from __future__ import annotations

import dataclasses
import types
import typing as t

import pytest
from ansible.parsing.dataloader import DataLoader

from ansible_collections.wotrus.pki.plugins.action import wotrus_apply, wotrus_plan_info
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import OperationResult, Run
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.plugin_utils._action import ApiAction

OPTIONS = {
    "host": "signer2",
    "certificates": [],
    "base_dir": "/ssl",
    "api_token": "tk_test",
    "api_url": "https://127.0.0.1",
}
ANSWER = {"deployments": [{"path": "/ssl/contracts"}], "warnings": ["The token has other keys."]}


def deploy_and_warn(_api: t.Any, _params: t.Any, run: Run) -> OperationResult:
    """Warn, after a module on the host warned."""
    run.deploy([{"path": "/ssl/contracts"}])
    run.warn(Message("Run again."))
    return OperationResult({})


@pytest.mark.parametrize("action", [wotrus_plan_info.ActionModule, wotrus_apply.ActionModule])
def test_a_warning_has_the_name_of_its_host(action: type[ApiAction], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(action, "_execute_module", lambda *_arguments, **_options: ANSWER)
    monkeypatch.setattr(action, "cleanup", lambda *_arguments: None)
    task = types.SimpleNamespace(args=OPTIONS, check_mode=False, diff=False, timeout=0, _role=None, async_val=0)
    templar = types.SimpleNamespace(template=lambda value: value)
    own: t.Any = action(task, types.SimpleNamespace(), None, DataLoader(), templar, None)
    own._process_environment, own._host_fields, own._task_vars = {}, {}, {"inventory_hostname": "signer2"}

    result = own._execute(dataclasses.replace(own.OPERATION, run=deploy_and_warn))

    assert result["warnings"] == ["signer2: Run again.", "signer2: The host said: «The token has other keys»."]
