# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a command, and write its costs to standard error.

The command line is ``watched.py COMMAND…``. It is a program of its own, since Linux counts the memory of the process
that starts a program as the program's own. Here that is a small Python, and not pytest.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time


def main() -> int:
    """Return the command's exit code."""
    started = time.monotonic()
    pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, 1, 2)])
    _pid, status = os.waitpid(pid, 0)
    wall = time.monotonic() - started
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    sys.stderr.write(json.dumps({"cpu": used.ru_utime + used.ru_stime, "wall": wall}))
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
