# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault of every endpoint ends with a result or code.

It ends in bounded time, and nothing is done twice.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils import _errors
from tests.helpers.evidence import keep
from tests.torture.faults.catalogue import ENDPOINTS, FAULTS, OK, SHOWN_BY_QUERY, permanent_outcome
from tests.torture.faults.fault_runner import ALWAYS, ONCE, RETRIES, Observation
from tests.torture.faults.matrix import observe_matrix

_LONGEST_PAUSE = 120.0
_CODES = {
    kind.error_code for kind in vars(_errors).values() if isinstance(kind, type) and issubclass(kind, Exception)
} - {"error"}
# Nothing tells whether an e-mail was sent, so this one call is made once.
_UNREPEATED = ("notify",)

Matrix = list[Observation]
Law = Callable[[Observation], bool]


@pytest.fixture(scope="module")
def pauses() -> list[float]:
    """The pauses that the client asked for; nobody waits for them."""
    return []


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory, pauses: list[float]) -> Matrix:
    seen = observe_matrix(tmp_path_factory.mktemp("matrix"), pauses)
    words = {(one.cell.endpoint, one.cell.fault.label, one.cell.times): one.words for one in seen}
    for name, title, times in (
        ("faults_1", "One try meets the fault", ONCE),
        ("faults_2", "Every try meets the fault", ALWAYS),
    ):
        rows = [[fault.label, *(words[each, fault.label, times] for each in ENDPOINTS)] for fault in FAULTS]
        keep(name, title, ["Fault", *(each.name for each in ENDPOINTS)], rows)
    return seen


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
        if not one.cell.fault.passing and one.cell.endpoint.name not in SHOWN_BY_QUERY:
            return one.tries <= 2 if one.outcome == OK else one.tries == 1
        return one.tries <= 1 + RETRIES

    assert not offenders(matrix, law)


def test_fault_that_ends_after_one_try_is_no_failure(matrix: Matrix) -> None:
    def is_temporary(one: Observation) -> bool:
        refused = one.cell.fault.elsewhere is not None and one.cell.endpoint.name in SHOWN_BY_QUERY
        return one.cell.times == ONCE and one.cell.fault.passing and not refused

    assert not offenders(
        [one for one in matrix if is_temporary(one) and one.cell.endpoint.name not in _UNREPEATED],
        lambda one: one.outcome == OK,
    )


def test_permanent_fault_is_a_failure_unless_query_shows_the_effect(matrix: Matrix) -> None:
    def law(one: Observation) -> bool:
        seen = one.cell.fault.acts and one.cell.endpoint.name in SHOWN_BY_QUERY
        return one.outcome != OK or (seen and one.effects == 1)

    assert not offenders([one for one in matrix if one.cell.times == ALWAYS], law)


def test_each_fault_has_its_error_code(matrix: Matrix) -> None:
    def law(one: Observation) -> bool:
        code = permanent_outcome(one.cell.endpoint, one.cell.fault)
        return one.outcome == code if one.cell.times == ALWAYS else one.outcome in (OK, code)

    assert not offenders(matrix, law)


@pytest.mark.usefixtures("matrix")
def test_no_pause_is_longer_than_the_longest(pauses: list[float]) -> None:
    assert pauses
    assert max(pauses) <= _LONGEST_PAUSE
