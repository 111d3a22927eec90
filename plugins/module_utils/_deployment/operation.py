# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operation of ``wotrus_deployment``: one or several certificates, one after the other."""

from __future__ import annotations

import contextlib
import json
import pathlib
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.directory_state import (
    failure,
    require_state,
    state_now,
)
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.options import (
    ABSENT,
    PREPARED,
    PRESENT,
    RECORDED,
    REHEARSED,
    ROLLED_BACK,
    read_options,
)
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.recorded import update_record
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.target import (
    Deployment,
    DeploymentResult,
    Target,
    is_ours_or_empty,
)
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    InternalError,
    StateConflict,
    WotrusError,
    boundary,
)
from ansible_collections.wotrus.pki.plugins.module_utils._internal_error import internal_error, trace_of
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Params
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import Record
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import (
    explain_os_errors,
    remove_directory,
    require_writable,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import Layout
from ansible_collections.wotrus.pki.plugins.module_utils._store.record_file import read_record
from ansible_collections.wotrus.pki.plugins.module_utils._store.snapshot import certificate_facts
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, text

TOP_LEVEL_FIELDS = ("reloaded", "csr", "public_key_sha256", "ukey_password", "live", "previous", "record")


def deploy(params: Params, target: Target) -> dict[str, t.Any]:
    """Bring each certificate to its state.

    A failure of one does not stop the others.

    :returns: Ansible's result, with ``failed`` true if one certificate failed
    :raises InvalidInput: an option is invalid; nothing was done
    """
    done = [Deployment(options, target) for options in read_options(params)]
    for deployment in done:
        try:
            with boundary(internal_error), explain_os_errors(pathlib.Path(deployment.options.path)):
                _deploy(deployment)
        except WotrusError as exc:
            deployment.error = exc
    if any(deployment.needs_reload for deployment in done):
        from ansible_collections.wotrus.pki.plugins.module_utils._deployment.reload import reload_services

        reload_services(done)
    return _result(params, done, diff=target.diff)


def _result(params: Params, done: t.Sequence[Deployment], *, diff: bool) -> dict[str, t.Any]:
    rows = [_row(deployment) for deployment in done]
    result: dict[str, t.Any] = {"changed": any(row["changed"] for row in rows), "deployments": rows}
    diffs = [_diff(deployment) for deployment in done if deployment.result.changed]
    if diff and diffs:
        result["diff"] = diffs
    errors = [deployment.error for deployment in done if deployment.error]
    traces = [trace_of(error) for error in errors if isinstance(error, InternalError)]
    if traces:
        result["exception"] = "\n".join(traces)
    if errors:
        return {**result, "failed": True, "msg": _message(rows), "error_code": errors[0].error_code}
    if params["deployments"] is None:
        result.update({name: rows[0][name] for name in TOP_LEVEL_FIELDS})
    return result


def _handler_of(state: str) -> t.Callable[[Deployment], DeploymentResult]:
    """Return the function for a state.

    Only what it needs is imported: imports take time on a target, and writing the record needs no library.
    """
    if state == RECORDED:
        return update_record
    if state == PREPARED:
        from ansible_collections.wotrus.pki.plugins.module_utils._deployment.prepared import prepare

        return prepare
    if state == PRESENT:
        from ansible_collections.wotrus.pki.plugins.module_utils._deployment.present import install

        return install
    from ansible_collections.wotrus.pki.plugins.module_utils._deployment.rehearsed import rehearse
    from ansible_collections.wotrus.pki.plugins.module_utils._deployment.rollback import remove, roll_back

    return {ROLLED_BACK: roll_back, ABSENT: remove, REHEARSED: rehearse}[state]


def _message(rows: t.Sequence[dict[str, t.Any]]) -> str:
    failed = [row for row in rows if "msg" in row]
    texts = [row["msg"] if row["path"] in row["msg"] else f"{row['path']}: {row['msg']}" for row in failed]
    if len(texts) == 1:
        return str(texts[0])
    numbers = {"failed": len(texts), "number": len(rows)}
    return text(Message("{failed} of {number} certificates failed. {msg}", **numbers, msg=" ".join(texts)))


def _deploy(deployment: Deployment) -> None:
    # A rehearsal writes nothing, and so needs no lock.
    layout, is_check = deployment.layout, deployment.target.check_mode or deployment.options.state == REHEARSED
    if deployment.options.state == ABSENT and not is_ours_or_empty(layout):
        return
    deployment.require_safe_owners()
    is_new = not layout.path.exists()
    with contextlib.nullcontext() if is_check else deployment.locked():
        try:
            deployment.before = _record_now(layout)
            require_state(layout, deployment.options.expected_state)
            deployment.result = _handler_of(deployment.options.state)(deployment)
        except Exception as exc:
            if not is_check:
                _note_failure(deployment, exc, is_new=is_new)
            raise
        if not is_check:
            deployment.state_digest = state_now(layout)
        elif deployment.result.changed:
            require_writable(layout.path)


def _note_failure(deployment: Deployment, exc: Exception, *, is_new: bool) -> None:
    """Note what a failed operation left, unless it is another run's, and remove the directory if it is empty."""
    layout = deployment.layout
    if not isinstance(exc, StateConflict):
        deployment.result = DeploymentResult(changed=False, record=_record_now(layout))
        deployment.state_digest = state_now(layout)
    if is_new and [path.name for path in layout.path.iterdir()] == [layout.lock.name]:
        remove_directory(layout.path, names=(layout.lock.name,))


def _row(deployment: Deployment) -> dict[str, t.Any]:
    done = deployment.result
    row = {
        "path": deployment.options.path,
        "reloaded": deployment.reloaded,
        "state_digest": deployment.state_digest,
        **{name: getattr(done, name) for name in ("changed", "csr", "public_key_sha256", "ukey_password")},
        "live": done.facts.to_dict(deployment.layout) if done.facts else None,
        "previous": certificate_facts(done.previous) if done.previous else None,
        "record": done.record.to_dict() if done.record else None,
    }
    if deployment.error:
        row.update(failure(deployment.error), rolled_back=deployment.rolled_back)
    return row


def _record_now(layout: Layout) -> Record | None:
    with contextlib.suppress(WotrusError, OSError):
        return read_record(layout)
    return None


def _diff(deployment: Deployment) -> dict[str, str]:
    return {
        "before_header": deployment.options.path,
        "after_header": deployment.options.path,
        "before": _pretty(deployment.before),
        "after": _pretty(deployment.result.record),
    }


def _pretty(record: Record | None) -> str:
    """Return the values that ``--diff`` compares."""
    data = (record or Record()).to_dict()
    shown = {name: data[name] for name in ("live", "pending", "reload_pending")}
    return json.dumps(shown, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
