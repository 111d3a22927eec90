# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The callback ``exit_code``, an exit code for runs with changes."""

from __future__ import annotations

DOCUMENTATION = r"""
name: exit_code
type: aggregate
short_description: End a run in which something is to do with exit code 3
version_added: 1.0.0
author:
  - wotrus.pki contributors (@wotrus-pki)
description:
  - C(ansible-playbook) ends with exit code 2 if any task fails. With this callback it ends with exit code 3 if the run
    only failed because O(wotrus.pki.certificate#role:main:wotrus_fail_on_changes) is set and something is to do. So a
    pipeline can distinguish changes from errors.
  - Other failures and unreachable hosts keep the exit code of C(ansible-playbook), even if the same host has
    changes too.
requirements:
  - Enable it as the last of C(callbacks_enabled) in C(ansible.cfg). Callbacks after it do not see the end of the run.
"""

EXAMPLES = r"""
ansible_cfg: |
  # ansible.cfg
  [defaults]
  callbacks_enabled = wotrus.pki.exit_code
"""

import typing as t

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    """Remembers the hosts that failed since something is to do."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "wotrus.pki.exit_code"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        """Begin without any host."""
        super().__init__()
        self._codes: dict[str, int] = {}
        self._failed: set[str] = set()

    def v2_runner_on_failed(self, result: t.Any, ignore_errors: t.Any = None) -> None:
        """Record a host that failed, and its code."""
        if ignore_errors:
            return
        host, code = _part(result, "host").get_name(), _part(result, "task").vars.get("__wotrus_exit_code")
        if code is None:
            self._failed.add(host)
        else:
            self._codes[host] = int(code)

    def v2_playbook_on_stats(self, stats: t.Any) -> None:
        """End the run with the code, if nothing else failed."""
        failed = {host: count for host, count in stats.failures.items() if count}
        # A host may fail several times: in a block and its "always", or after a rescue.
        if failed.keys() & self._failed or any(stats.dark.values()):
            return
        if self._codes and failed.keys() == self._codes.keys():
            raise SystemExit(max(self._codes.values()))


def _part(result: t.Any, name: str) -> t.Any:
    """Return the task or host of a result.

    Before ansible-core 2.19 the name begins with an underscore.
    """
    return getattr(result, name, None) or getattr(result, f"_{name}")
