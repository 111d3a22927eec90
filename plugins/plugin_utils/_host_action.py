# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run modules of the collection on the task's host, within an operation in the controller's process."""

from __future__ import annotations

import contextlib
import os
import typing as t
from collections.abc import Mapping

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.utils.display import Display

from ansible_collections.wotrus.pki.plugins.module_utils._errors import HostUnreadable
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import HostAnswer
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import host_error
from ansible_collections.wotrus.pki.plugins.module_utils._texts.hosts import become_step, host_words
from ansible_collections.wotrus.pki.plugins.module_utils._texts.safe_text import safe_line, safe_text
from ansible_collections.wotrus.pki.plugins.plugin_utils._answer import known_fields, require_rows_for
from ansible_collections.wotrus.pki.plugins.plugin_utils._connection import SecretSafeAction, refuse_kept_files

_display = Display()

_LONGEST_TRACE = 10_000


class HostAction(SecretSafeAction):
    """Runs modules on the task's host, and reads their answers.

    :ivar _process_environment: the controller's own environment
    :ivar _host_fields: fields of the modules' results that the task's result has too
    """

    # A module answered on the task's host. An action plugin has one run.
    _has_answered = False
    _task_vars: dict[str, t.Any]
    _process_environment: dict[str, t.Any]
    _host_fields: dict[str, t.Any]

    def cleanup(self, *arguments: t.Any, **options: t.Any) -> None:
        """Remove temporary files from the host.

        The result must reach the play, even if the host has become unreachable, or runs no command any more.
        """
        try:
            super().cleanup(*arguments, **options)
        except AnsibleError:
            if not self._has_answered:
                raise

    def _inspect_host(self, paths: t.Sequence[str], first_keys: Mapping[str, str], **options: t.Any) -> HostAnswer:
        """Return the answer of ``wotrus_deployment_info`` for directories of the task's host.

        :param first_keys: the key files that would become first keys, by directory
        :param options: further options of the module
        :raises HostUnreadable: the module failed there or could not be started, or answered for other ones
        :raises AnsibleConnectionFailure: the host is unreachable
        """
        result = self._on_host("wotrus_deployment_info", paths=list(paths), first_keys=dict(first_keys), **options)
        return HostAnswer(self._rows(result, paths), result.get("base_dir"))

    def _deploy(self, deployments: t.Sequence[Mapping[str, t.Any]]) -> list[dict[str, t.Any]]:
        """Run ``wotrus_deployment`` on the task's host, and return its rows.

        :raises HostUnreadable: the module failed before its work or could not be started, or answered for other ones
        :raises AnsibleConnectionFailure: the host is unreachable
        """
        refuse_kept_files()
        result = self._on_host("wotrus_deployment", deployments=[dict(deployment) for deployment in deployments])
        return self._rows(result, [str(deployment["path"]) for deployment in deployments])

    def _rows(self, result: dict[str, t.Any], paths: t.Sequence[str]) -> list[dict[str, t.Any]]:
        rows = result.get("deployments")
        if not isinstance(rows, list):
            error = host_error(result)
            error.details = {name: result[name] for name in ("module_stdout", "module_stderr", "rc") if name in result}
            raise error
        require_rows_for(rows, paths)
        if result.get("exception"):
            _display.vvv(safe_text(str(result["exception"])[-_LONGEST_TRACE:], keep_lines=True))
        return rows

    def _on_host(self, module: str, **options: t.Any) -> dict[str, t.Any]:
        """Run a module of the collection on the task's host.

        Its warnings are kept.

        :raises HostUnreadable: it could not be started, or the host has become unreachable after an earlier module, or
            the task's time is over: the results so far must reach the play
        :raises AnsibleConnectionFailure: the host is unreachable
        """
        if self._is_late:
            raise _too_late(self._task.timeout)
        # The play's environment is for the host. The connection needs the controller's own.
        with replaced_environment(self._process_environment):
            try:
                result: dict[str, t.Any] = self._execute_module(
                    module_name=f"wotrus.pki.{module}", module_args=options, task_vars=self._task_vars
                )
            except AnsibleError as exc:
                if isinstance(exc, AnsibleConnectionFailure) and not self._has_answered:
                    raise
                # They have what programs of the host printed.
                words = safe_line(str(exc))
                raise HostUnreadable(host_words(words), next_step=become_step(words)) from exc
            except BaseException as exc:
                # The keyword timeout raises an exception whose class depends on the release of ansible-core.
                if not self._is_late or isinstance(exc, KeyboardInterrupt):
                    raise
                raise _too_late(self._task.timeout) from exc
            self._has_answered = True
            # Calls of the API may take long, and the run may be killed then.
            self.cleanup()
        self._host_fields = {**self._host_fields, **known_fields(result, self._host_fields)}
        return result


def _too_late(seconds: int) -> HostUnreadable:
    return HostUnreadable(
        "The host did not answer within {seconds} s, the time of the task (wotrus_task_timeout).", seconds=seconds
    )


@contextlib.contextmanager
def replaced_environment(values: dict[str, t.Any]) -> t.Iterator[None]:
    """Replace the process's environment for a block."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update({name: str(value) for name, value in values.items()})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
