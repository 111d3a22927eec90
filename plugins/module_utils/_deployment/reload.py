# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reload services after a deployment, and roll back if that fails.

Until a command has succeeded, the record has ``reload_pending``. So the next run completes the reload of a killed run.
If the caller sets ``reload_pending`` itself, it also notifies handlers, and records their end itself. A rehearsal runs
the same commands, and records and restores nothing.
"""

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._commands import (
    CommandResult,
    command_text,
    with_output,
)
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.directory_state import state_now
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.options import REHEARSED
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.target import (
    Deployment,
    inspect_directory,
)
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    ReloadFailed,
    StoreFailed,
    WotrusError,
    boundary,
)
from ansible_collections.wotrus.pki.plugins.module_utils._internal_error import internal_error
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import Record
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import explain_os_errors
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import Layout
from ansible_collections.wotrus.pki.plugins.module_utils._store.record_file import read_record, write_record
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message


def reload_services(deployments: t.Iterable[Deployment]) -> None:
    """Run each reload command once, and set the deployments' results."""
    groups: dict[tuple[str, ...], list[Deployment]] = {}
    for deployment in deployments:
        if deployment.needs_reload and deployment.target.check_mode:
            _note_success(deployment)
        elif deployment.needs_reload:
            groups.setdefault(deployment.options.reload_command, []).append(deployment)
    for command, group in groups.items():
        failed = _run_and_test(command, group)
        if group[0].options.state == REHEARSED:
            for deployment, error, output in failed:
                deployment.error = type(error)(with_output(error.message, output))
        else:
            _finish(command, group, failed)


_Failed = list[tuple[Deployment, WotrusError, str]]


def _run_and_test(command: tuple[str, ...], group: list[Deployment]) -> _Failed:
    """Run a command, then the signature tests; return the deployments that failed, each with the command's words."""
    done = _run(command, group)
    failed: _Failed = []
    for deployment in group:
        found = _reload_error(deployment, command, done) if done.problem else _signature_error(deployment)
        deployment.reloaded = found is None
        if found:
            failed.append((deployment, *found))
    return failed


def _finish(command: tuple[str, ...], group: list[Deployment], failed: _Failed) -> None:
    """Record what succeeded, and restore the former releases of the others."""
    for deployment in group:
        if deployment.reloaded:
            _note_reload(deployment)
    notes = [_roll_back(deployment) for deployment, _error, _output in failed]
    restored = [deployment for deployment, _error, _output in failed if deployment.rolled_back]
    again = _run(command, restored).problem if restored else None
    for (deployment, error, output), note in zip(failed, notes):
        message = Message("{why} {msg}", why=error, msg=note)
        if deployment.rolled_back:
            message = Message(
                "{why} Then the reload command {problem}.", why=message, problem=again or Message("succeeded")
            )
            if not again:
                _note_reload(deployment)
                deployment.reloaded = False
        deployment.error = type(error)(with_output(message, output))


def _run(command: tuple[str, ...], group: list[Deployment]) -> CommandResult:
    return group[0].target.run_bounded(command, seconds=max(deployment.options.reload_timeout for deployment in group))


def _reload_error(deployment: Deployment, command: tuple[str, ...], done: CommandResult) -> tuple[WotrusError, str]:
    error = ReloadFailed(
        "{path}: the reload command '{command}' {problem}.",
        path=deployment.options.path,
        command=command_text(command),
        problem=done.problem,
    )
    return error, done.output


def _signature_error(deployment: Deployment) -> tuple[WotrusError, str] | None:
    """Return why a service that was reloaded does not sign with the live certificate, and the words of its command."""
    test = deployment.options.signature_test
    if test is None or deployment.release is None:
        return None
    # Few executions need this import.
    from ansible_collections.wotrus.pki.plugins.module_utils._deployment.signature_check import signing_error

    return signing_error(deployment, test, deployment.release)


@contextlib.contextmanager
def _locked_again(deployment: Deployment) -> t.Iterator[Layout]:
    """Hold the lock again: commands may take long, and run without it."""
    layout = deployment.layout
    with boundary(internal_error), explain_os_errors(layout.path):
        if not layout.path.exists():
            raise StoreFailed("{path} was removed by another run. Run again.", path=layout.path)
        with deployment.locked():
            is_unchanged = state_now(layout) == deployment.state_digest
            yield layout
            deployment.state_digest = state_now(layout) if is_unchanged else None


def _note_reload(deployment: Deployment) -> None:
    """Record a successful reload, unless another run deployed another release meanwhile."""
    try:
        with _locked_again(deployment) as layout:
            record = read_record(layout)
            if record is not None and layout.live_release() == deployment.release:
                write_record(layout, _reloaded(deployment, record))
    except WotrusError as exc:
        deployment.error = exc
        deployment.reloaded = True
        return
    _note_success(deployment)


def _note_success(deployment: Deployment) -> None:
    deployment.reloaded = True
    if deployment.result.record is not None:
        record = _reloaded(deployment, deployment.result.record)
        deployment.result = dataclasses.replace(deployment.result, changed=True, record=record)


def _reloaded(deployment: Deployment, record: Record) -> Record:
    """Return the record after the command: handlers may still have to be notified."""
    is_pending = deployment.options.record.get("reload_pending") is True
    return dataclasses.replace(record, reload_pending=is_pending, unnotified=False)


def _roll_back(deployment: Deployment) -> Message:
    """Restore the former release if possible, and return a sentence about it."""
    former = deployment.result.former
    if former is None:
        return Message(
            "The live certificate stays deployed, because this run replaced no former release. The reload is still "
            "pending: run again."
        )
    from ansible_collections.wotrus.pki.plugins.module_utils._deployment.rollback import restore_release

    try:
        with _locked_again(deployment) as layout:
            current = inspect_directory(layout)
            if current.live != deployment.release:
                return Message("Another run deployed another certificate meanwhile, so nothing was rolled back.")
            deployment.result = restore_release(deployment, current, former, reload_pending=True, validates=False)
    except WotrusError as exc:
        return Message(
            "The former release {release} could not be deployed again, and the reload is still pending: {error}.",
            release=former,
            error=exc,
        )
    deployment.rolled_back = True
    return Message("The former release {release} is deployed again.", release=former)
