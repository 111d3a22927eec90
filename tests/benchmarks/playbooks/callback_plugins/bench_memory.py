# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes how large ``ansible-playbook`` itself was, and the largest process below it."""

from __future__ import annotations

import json
import os
import resource
from pathlib import Path

from ansible.executor.stats import AggregateStats
from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    """Looks once, at the end of the run."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "bench_memory"

    def v2_playbook_on_stats(self, stats: AggregateStats) -> None:
        """Write MiB of both to the file that the environment names."""
        sizes = {
            "parent": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "worker": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
            "hosts": len(stats.processed),
        }
        Path(os.environ["BENCH_MEMORY"]).write_text(json.dumps(sizes), encoding="utf-8")
