# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keep secrets from hosts, and make their answers safe."""

from __future__ import annotations

import contextlib
import gc
import time
import typing as t

from ansible import constants as C
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import filter_loader

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._module import ENVIRONMENT
from ansible_collections.wotrus.pki.plugins.module_utils._texts.safe_text import safe_block
from ansible_collections.wotrus.pki.plugins.plugin_utils._answer import LARGEST_ANSWER, LONGEST_OUTPUT, safe_answer

# Ansible imports this in the process that forks another for each task of each host. It loads all its filters for the
# first of them: here once, not in each fork. A run with nothing to do on 20 hosts takes 7 % less CPU time (median of 7
# pairs).
filter_loader.get("default")
# Those of the role too: a task that only has a condition with one takes 12 ms, and 27 if each fork loads them.
with contextlib.suppress(KeyError):  # an import outside of Ansible, which has loaded no collection
    filter_loader.get("wotrus.pki._given")
# The garbage collector of a forked process then leaves alone what the parent has loaded. Otherwise it writes to that
# memory, which is copied. One order on each of 40 hosts takes 10 % less CPU time (median of 3 pairs).
gc.freeze()


class SecretSafeAction(ActionBase):
    """Runs a module on a host without the controller's settings.

    Whatever the host answers is limited, and safe to show.
    """

    _started = 0.0

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Note when the task began."""
        self._started = time.monotonic()
        return super().run(tmp, task_vars)

    @property
    def _is_late(self) -> bool:
        """Whether the time of the keyword ``timeout`` is over, up to a second.

        Ansible interrupts a task once. Nothing would end a second wait for the same host.
        """
        limit: int = self._task.timeout or 0
        return limit > 0 and time.monotonic() - self._started > limit - 1

    def cleanup(self, *arguments: t.Any, **options: t.Any) -> None:
        """Remove temporary files from the host, unless it hangs."""
        if not self._is_late:
            ActionBase.cleanup(self, *arguments, **options)

    def _execute_module(self, *arguments: t.Any, **options: t.Any) -> dict[str, t.Any]:
        """Run a module on the host with pipelining.

        Without it, Ansible writes the module with its options to a file on the host, by four more commands.
        """
        if self._connection.has_pipelining:
            with contextlib.suppress(KeyError):
                self._connection.set_option("pipelining", True)
        return super()._execute_module(*arguments, **options)

    def _low_level_execute_command(self, *arguments: t.Any, **options: t.Any) -> t.Any:
        """Run a command on the host, and cut off its output before Ansible copies and splits it."""
        connection: t.Any = self._connection
        run = connection.exec_command

        def run_bounded(*given: t.Any, **more: t.Any) -> tuple[t.Any, ...]:
            code, *streams = run(*given, **more)
            return code, *(stream[: LARGEST_ANSWER + 1] if isinstance(stream, bytes) else stream for stream in streams)

        connection.exec_command = run_bounded
        try:
            return super()._low_level_execute_command(*arguments, **options)
        finally:
            connection.exec_command = run

    def _compute_environment_string(self, raw_environment_out: dict[str, t.Any] | None = None) -> str:
        """Remove the controller's settings from the host's command line.

        All users of the host can read a command line.
        """
        found: dict[str, t.Any] = {}
        super()._compute_environment_string(found)
        if raw_environment_out is not None:
            raw_environment_out.update(found)
        shown = {name: value for name, value in found.items() if name not in ENVIRONMENT.values()}
        return str(self._connection._shell.env_prefix(**shown))

    def _parse_returned_data(self, res: t.Any, *arguments: t.Any, **options: t.Any) -> t.Any:
        """Parse a host's answer, parts of which ansible-core shows at once."""
        safe: t.Any = {
            **res,
            "stdout": safe_answer(str(res.get("stdout") or "")),
            "stderr": safe_block(str(res.get("stderr") or ""), longest=LONGEST_OUTPUT),
        }
        return super()._parse_returned_data(safe, *arguments, **options)


def refuse_kept_files() -> None:
    """Send no secrets to a host where Ansible would keep them.

    :raises AnsibleActionFail: ANSIBLE_KEEP_REMOTE_FILES turns pipelining off, and keeps the file with the options
    """
    if C.config.get_config_value("DEFAULT_KEEP_REMOTE_FILES"):
        raise AnsibleActionFail(
            "ANSIBLE_KEEP_REMOTE_FILES would leave this task's secrets in a file on the host. Run without it.",
            result={"error_code": InvalidInput.error_code},
        )
