# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault of every endpoint, once and always."""

from __future__ import annotations

import contextlib
import socket
import time
import types
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._client import http
from tests.helpers.sandbox import start_sandbox
from tests.torture.faults.catalogue import ENDPOINTS, Where
from tests.torture.faults.fault_runner import FaultRunner, Observation
from tests.torture.faults.redirection import Redirector

# Cells at one sandbox come one after the other, since a fault is for an endpoint and not for a client.
_SHARES = (("create", "notify"), ("query",), ("retrieve", "cancel"), ("revoke", "reissue"))
_HANG = 600.0


def observe_matrix(folder: Path, pauses: list[float]) -> list[Observation]:
    """Run every cell.

    :param folder: an empty one
    :param pauses: gets the seconds of each pause that the client asked for; nobody waits for them
    """
    with contextlib.ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.setattr(http, "time", types.SimpleNamespace(sleep=pauses.append, monotonic=time.monotonic))
        redirector = Redirector(patch, elsewhere=_elsewhere(folder, stack))
        pool = stack.enter_context(ThreadPoolExecutor(len(_SHARES)))

        def run(share: tuple[str, ...]) -> list[Observation]:
            (folder / share[0]).mkdir()
            with start_sandbox(folder / share[0]) as sandbox, ThreadPoolExecutor(1) as client:
                runner = FaultRunner(sandbox, redirector, client)
                return runner.run_all([endpoint for endpoint in ENDPOINTS if endpoint.name in share])

        futures = [pool.submit(run, share) for share in _SHARES]
        return [one for future in futures for one in future.result(timeout=_HANG)]


def _elsewhere(folder: Path, stack: contextlib.ExitStack) -> dict[Where, dict[str, str]]:
    closed = stack.enter_context(socket.socket())
    # Bound and not listening: nobody else gets the port, and a connection is refused.
    closed.bind(("127.0.0.1", 0))
    places = {Where.CLOSED_PORT: {"url": f"https://127.0.0.1:{closed.getsockname()[1]}"}}
    for where in (Where.EXPIRED, Where.WRONG_NAME):
        (folder / where.value).mkdir()
        sandbox = stack.enter_context(start_bad_tls(folder / where.value, where.value))
        places[where] = sandbox
    return places


@contextlib.contextmanager
def start_bad_tls(folder: Path, fault: str) -> Iterator[dict[str, str]]:
    """Run a sandbox with a bad server certificate from a trusted CA."""
    with start_sandbox(folder, "--tls-fault", fault) as sandbox:
        yield {"url": sandbox.url, "ca_path": sandbox.tls_ca}
