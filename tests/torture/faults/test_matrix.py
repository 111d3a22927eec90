# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault of every endpoint ends with a result or code.

It ends in bounded time, and nothing is done twice.
"""

from __future__ import annotations

import contextlib
import socket
import time
import types
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils import _errors
from ansible_collections.wotrus.pki.plugins.module_utils._client import http
from tests.helpers.sandbox import start_sandbox
from tests.torture.faults import table
from tests.torture.faults.catalogue import ENDPOINTS, FAULTS, Where
from tests.torture.faults.fault_runner import ALWAYS, OK, ONCE, RETRIES, FaultRunner, Observation
from tests.torture.faults.redirection import Redirector
from tests.torture.form import LONG

# Cells at one sandbox come one after the other, since a fault is for an endpoint and not for a client.
_SHARES = (("create", "notify"), ("query",), ("retrieve", "cancel"), ("revoke", "reissue"))
_HANG = 600.0
_LONGEST_PAUSE = 120.0
_CODES = {
    kind.error_code for kind in vars(_errors).values() if isinstance(kind, type) and issubclass(kind, Exception)
} - {"error"}
# Nothing tells whether an e-mail was sent, so this one call is made once.
_UNREPEATED = ("notify",)
# These have no idempotence value; Query tells whether they took.
_ASKED_FIRST = ("cancel", "revoke")

Matrix = list[Observation]
Law = Callable[[Observation], bool]


@pytest.fixture(scope="module")
def pauses() -> list[float]:
    """The pauses that the client asked for; nobody waits for them."""
    return []


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory, pauses: list[float]) -> Iterator[Matrix]:
    """Run every cell."""
    folder = tmp_path_factory.mktemp("matrix")
    with contextlib.ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.setattr(http, "time", types.SimpleNamespace(sleep=pauses.append, monotonic=time.monotonic))
        redirector = Redirector(patch, elsewhere=_elsewhere(folder, stack))
        pool = stack.enter_context(ThreadPoolExecutor(len(_SHARES)))

        def run(share: tuple[str, ...]) -> Matrix:
            (folder / share[0]).mkdir()
            with start_sandbox(folder / share[0]) as sandbox, ThreadPoolExecutor(1) as client:
                runner = FaultRunner(sandbox, redirector, client)
                return runner.run_all([endpoint for endpoint in ENDPOINTS if endpoint.name in share])

        futures = [pool.submit(run, share) for share in _SHARES]
        cells = [one for future in futures for one in future.result(timeout=_HANG)]
        yield cells


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


def offenders(matrix: Matrix, law: Law) -> list[str]:
    """Return the cells that break a law, as readable lines."""
    return [f"{one.cell}: {one.words} ({one.message}); then {one.after}" for one in matrix if not law(one)]


def test_no_cell_is_missing(matrix: Matrix) -> None:
    assert len({str(one.cell) for one in matrix}) == 2 * len(FAULTS) * len(ENDPOINTS) == len(matrix)


def test_every_cell_ends_with_a_result_or_an_error_code(matrix: Matrix) -> None:
    assert not offenders(matrix, lambda one: one.outcome == OK or one.outcome in _CODES)


def test_every_failure_has_a_message_without_the_token(matrix: Matrix) -> None:
    def law(one: Observation) -> bool:
        return one.message.isprintable() and "tk_sandbox" not in one.message and len(one.message) < 1000

    assert not offenders(matrix, lambda one: one.outcome == OK or (bool(one.message) and law(one)))


def test_nothing_is_done_twice(matrix: Matrix) -> None:
    assert not offenders(matrix, lambda one: one.effects <= 1)


def test_the_next_run_completes_and_nothing_is_done_twice_then(matrix: Matrix) -> None:
    def law(one: Observation) -> bool:
        if one.cell.endpoint.name in _UNREPEATED:
            # Who runs it again asks for another e-mail.
            return one.after == OK and one.effects_after == one.effects + 1
        return one.after == OK and one.effects_after == (1 if one.cell.endpoint.counted else 0)

    assert not offenders(matrix, law)


def test_tries_are_limited_and_made_only_if_they_can_help(matrix: Matrix) -> None:
    def law(one: Observation) -> bool:
        if one.cell.endpoint.name in _UNREPEATED:
            return one.tries == 1
        if not one.cell.fault.passing and one.cell.endpoint.name not in _ASKED_FIRST:
            return one.tries <= 2 if one.outcome == OK else one.tries == 1
        return one.tries <= 1 + RETRIES

    assert not offenders(matrix, law)


def test_fault_that_ends_after_one_try_is_no_failure(matrix: Matrix) -> None:
    def is_temporary(one: Observation) -> bool:
        refused = one.cell.fault.elsewhere is not None and one.cell.endpoint.name in _ASKED_FIRST
        return one.cell.times == ONCE and one.cell.fault.passing and not refused

    assert not offenders(
        [one for one in matrix if is_temporary(one) and one.cell.endpoint.name not in _UNREPEATED],
        lambda one: one.outcome == OK,
    )


def test_permanent_fault_is_a_failure_unless_query_shows_the_effect(matrix: Matrix) -> None:
    def law(one: Observation) -> bool:
        seen = one.cell.fault.acts and one.cell.endpoint.name in _ASKED_FIRST
        return one.outcome != OK or (seen and one.effects == 1)

    assert not offenders([one for one in matrix if one.cell.times == ALWAYS], law)


@pytest.mark.usefixtures("matrix")
def test_no_pause_is_longer_than_the_longest(pauses: list[float]) -> None:
    assert pauses
    assert max(pauses) <= _LONGEST_PAUSE


def test_guide_has_the_observed_table(matrix: Matrix) -> None:
    if LONG:
        table.write(matrix)
    assert table.written() == table.render(matrix)
