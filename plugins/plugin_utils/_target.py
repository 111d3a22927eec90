# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a module without secrets in the target's temporary files."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.operation import TOP_LEVEL_FIELDS
from ansible_collections.wotrus.pki.plugins.module_utils._errors import HostUnreadable
from ansible_collections.wotrus.pki.plugins.module_utils._module import failure
from ansible_collections.wotrus.pki.plugins.module_utils._private_options import map_options
from ansible_collections.wotrus.pki.plugins.module_utils._texts.safe_text import limited_value
from ansible_collections.wotrus.pki.plugins.plugin_utils._answer import known_fields, require_rows_for
from ansible_collections.wotrus.pki.plugins.plugin_utils._connection import SecretSafeAction, refuse_kept_files

_OF_MODULE = ("changed", "failed", "msg", "error_code", "deployments", "invocation")
_OF_CRASH = ("exception", "rc", "module_stdout", "module_stderr")
_OF_ASYNC = ("started", "finished", "ansible_job_id", "results_file")
_OWN_FIELDS = frozenset((*TOP_LEVEL_FIELDS, *_OF_MODULE, *_OF_CRASH, *_OF_ASYNC))


class TargetAction(SecretSafeAction):
    """Runs the module of the same name."""

    MODULE: t.ClassVar[str]
    SPEC: t.ClassVar[Mapping[str, t.Any]]
    _supports_check_mode = True
    _supports_diff = True
    _supports_async = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Run the module."""
        super().run(tmp, task_vars)
        arguments = dict(self._task.args)

        def refuse_secret(_path: str, value: t.Any, option: Mapping[str, t.Any] | None) -> None:
            if value and option and option.get("no_log"):
                refuse_kept_files()

        map_options(arguments, self.SPEC, refuse_secret)
        result: dict[str, t.Any] = self._execute_module(
            module_name=self.MODULE,
            module_args=arguments,
            task_vars=task_vars,
            wrap_async=bool(self._task.async_val),
        )
        rows = result.get("deployments")
        if isinstance(rows, list):
            try:
                require_rows_for(rows, _paths(arguments))
            except HostUnreadable as exc:
                return {**failure(exc), **known_fields(result, {})}
        return own_fields(result)


def own_fields(result: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return the known fields of a host's result.

    Ansible acts on other fields: they may add hosts or set facts. They may also set the artifacts of an AWX job, which
    are extra variables of the next job.
    """
    known = {name: value for name, value in result.items() if name in _OWN_FIELDS}
    return {**limited_value(known), **known_fields(result, {})}


def _paths(arguments: Mapping[str, t.Any]) -> list[str]:
    """Return the directories of a task's options."""
    paths = arguments.get("paths")
    if paths is not None:
        return paths.split(",") if isinstance(paths, str) else [str(path) for path in paths]
    deployments = arguments.get("deployments")
    rows = deployments if deployments and isinstance(deployments, (list, tuple)) else [arguments]
    return [str(row.get("path")) if isinstance(row, Mapping) else "" for row in rows]
