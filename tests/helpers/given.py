# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets the scene of a test: hosts as a run of the role leaves them, without the time of a playbook.

The steps are those of the role, in this process: ``wotrus_apply`` against the sandbox, and the modules of a target on
the host's folder. What a test shows is a run of Ansible.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.wotrus.pki.plugins.module_utils._deployment import info, operation
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.options import argument_spec, constraints
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import HostAnswer, Run
from ansible_collections.wotrus.pki.plugins.module_utils._workflow import apply
from ansible_collections.wotrus.pki.plugins.plugin_utils._answer import safe_answer
from tests.helpers.operations import Runner
from tests.helpers.sandbox import Sandbox
from tests.simulation.hosts import Target

_DEPLOY = ArgumentSpecValidator(argument_spec(), **constraints())
_INFO = ArgumentSpecValidator(info.ARGUMENTS)
_PREFIX = "wotrus_"
_OWN = ("certificates", "max_charged_orders")
_NO_LIMIT = 1000
Row = dict[str, Any]


def issue(sandbox: Sandbox, hosts: Mapping[str, Mapping[str, Any]]) -> None:
    """Issue the certificates of hosts, as far as the sandbox goes at once.

    :param hosts: the variables of each host
    """
    for host, variables in hosts.items():
        options = {name.removeprefix(_PREFIX): one for name, one in variables.items() if name.startswith(_PREFIX)}
        result = runner(sandbox, host)(
            apply.OPERATION,
            host=host,
            certificates=[*options["certificates"], *options.get("extra_certificates", ())],
            **{name: one for name, one in options.items() if name in apply.ARGUMENTS and name not in _OWN},
            max_charged_orders=_NO_LIMIT,
        )
        assert not [row for row in result.get("results", [result]) if _is_wrong(row)]


def runner(sandbox: Sandbox, host: str) -> Runner:
    """Return what runs the steps of the role for a host, which is this machine."""
    run = Run(inspect_host=_inspect, deploy=_deploy, has_listener=lambda: False, sender={"host": host})
    return Runner(sandbox.url, sandbox.token, sandbox.tls_ca, surroundings=run)


def _inspect(paths: Sequence[str], first_keys: Mapping[str, str], **further: Any) -> HostAnswer:
    checked = _INFO.validate({"paths": list(paths), "first_keys": dict(first_keys), **further})
    return HostAnswer(_rows(info.deployments_info(checked.validated_parameters)))


def _deploy(deployments: Sequence[Mapping[str, Any]]) -> list[Row]:
    checked = _DEPLOY.validate({"deployments": json.loads(json.dumps(deployments))})
    params = checked.validated_parameters
    return _rows(operation.deploy(params, Target(params, _refuse)))


def _refuse(command: Sequence[str]) -> bool:
    raise AssertionError(f"this scene needs a run of the role: {command}")


def _rows(result: Row) -> list[Row]:
    rows: list[Row] = json.loads(safe_answer(json.dumps(result)))["deployments"]
    return rows


def _is_wrong(row: Mapping[str, Any]) -> bool:
    """Return whether a certificate is not in order; a warning may be of its entry."""
    return bool(row.get("error_code")) and row.get("alarm") != "warning"
