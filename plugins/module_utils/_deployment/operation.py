# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operation of ``wotrus_deployment``: one or several certificates, one after the other."""

from __future__ import annotations

import contextlib
import functools
import json
import pathlib
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.directory_state import (
    failure,
    require_state,
    state_now,
)
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.options import (
    DeploymentOptions,
    DeploymentState,
    read_options,
)
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.recorded import update_record
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.target import (
    Deployment,
    DeploymentResult,
    Target,
    is_ours_or_empty,
)
from ansible_collections.wotrus.pki.plugins.module_utils._errors import StateConflict, WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Params
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import Record
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import (
    cleanup,
    explain_os_errors,
    remove_directory,
    require_writable,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import Layout
from ansible_collections.wotrus.pki.plugins.module_utils._store.lock import locked
from ansible_collections.wotrus.pki.plugins.module_utils._store.ownership import require_safe_owners
from ansible_collections.wotrus.pki.plugins.module_utils._store.record_file import read_record
from ansible_collections.wotrus.pki.plugins.module_utils._store.snapshot import certificate_facts
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, text

StateHandler = t.Callable[[Layout, DeploymentOptions, Target], DeploymentResult]

TOP_LEVEL_FIELDS = ("reloaded", "csr", "public_key_sha256", "ukey_password", "live", "previous", "record")


def deploy(params: Params, target: Target) -> dict[str, t.Any]:
    """Bring each certificate to its state.

    A failure of one does not stop the others.

    :returns: Ansible's result, with ``failed`` true if one certificate failed
    :raises InvalidInput: an option is invalid; nothing was done
    """
    done: list[Deployment] = []
    for options in read_options(params):
        try:
            done.append(_deploy_one(options, target))
        except WotrusError as exc:
            done.append(Deployment(options, before=None, result=DeploymentResult(changed=False), error=exc))
    if any(one.needs_reload for one in done):
        from ansible_collections.wotrus.pki.plugins.module_utils._deployment.reload import reload_services

        reload_services(done, target)
    return _result(params, target, done)


def _result(params: Params, target: Target, done: t.Sequence[Deployment]) -> dict[str, t.Any]:
    rows = [_row(one) for one in done]
    result: dict[str, t.Any] = {"changed": any(row["changed"] for row in rows), "deployments": rows}
    diffs = [diff for one in done if (diff := _diff(one))]
    if target.diff and diffs:
        result["diff"] = diffs
    errors = [one.error for one in done if one.error]
    if errors:
        return {**result, "failed": True, "msg": _message(rows), "error_code": errors[0].error_code}
    if params["deployments"] is None:
        result.update({name: rows[0][name] for name in TOP_LEVEL_FIELDS})
    return result


def _handler_of(state: DeploymentState) -> StateHandler:
    """Return the function for a state.

    Writing the record needs no library, so those of keys are imported only for the others: imports take time on a
    target.
    """
    if state is DeploymentState.RECORDED:
        return update_record
    from ansible_collections.wotrus.pki.plugins.module_utils._deployment.prepared import prepare
    from ansible_collections.wotrus.pki.plugins.module_utils._deployment.present import install
    from ansible_collections.wotrus.pki.plugins.module_utils._deployment.rollback import remove, roll_back

    handlers = {DeploymentState.PREPARED: prepare, DeploymentState.PRESENT: install, DeploymentState.ABSENT: remove}
    return handlers.get(state, roll_back)


def _message(rows: t.Sequence[dict[str, t.Any]]) -> str:
    failed = [row for row in rows if "msg" in row]
    texts = [row["msg"] if row["path"] in row["msg"] else f"{row['path']}: {row['msg']}" for row in failed]
    if len(texts) == 1:
        return str(texts[0])
    return text(
        Message(
            "{failed} of {number} certificates failed. {msg}", failed=len(texts), number=len(rows), msg=" ".join(texts)
        )
    )


def _deploy_one(options: DeploymentOptions, target: Target) -> Deployment:
    with explain_os_errors(pathlib.Path(options.path)):
        layout = Layout.at(options.path)
        if options.state is DeploymentState.ABSENT and not is_ours_or_empty(layout):
            return Deployment(options, before=None, result=DeploymentResult(changed=False))
        check = functools.partial(require_safe_owners, layout, trusted_groups=options.trusted_groups)
        check()
        if target.check_mode:
            require_state(layout, options.expected_state)
            before = _record_now(layout)
            done = _handler_of(options.state)(layout, options, target)
            if done.changed:
                require_writable(layout.path)
            return Deployment(options, before=before, result=done)
        is_new = not layout.path.exists()
        with locked(layout, timeout=options.lock_timeout, check=check):
            cleanup(layout)
            before = _record_now(layout)
            try:
                with explain_os_errors(layout.path):
                    require_state(layout, options.expected_state)
                    done = _handler_of(options.state)(layout, options, target)
            except WotrusError as exc:
                left, digest = (
                    (None, None) if isinstance(exc, StateConflict) else (_record_now(layout), state_now(layout))
                )
                failed = Deployment(options, before, DeploymentResult(changed=False, record=left), digest, error=exc)
                if is_new and [path.name for path in layout.path.iterdir()] == [layout.lock.name]:
                    remove_directory(layout.path, names=(layout.lock.name,))
                return failed
            return Deployment(options, before=before, result=done, state_digest=state_now(layout))


def _row(one: Deployment) -> dict[str, t.Any]:
    path, done = one.options.path, one.result
    row = {
        "path": path,
        "changed": done.changed,
        "reloaded": one.reloaded,
        "state_digest": one.state_digest,
        "csr": done.csr,
        "public_key_sha256": done.public_key_sha256,
        "ukey_password": done.ukey_password,
        "live": done.facts.to_dict(Layout.at(path)) if done.facts else None,
        "previous": certificate_facts(done.previous) if done.previous else None,
        "record": done.record.to_dict() if done.record else None,
    }
    if one.error:
        row.update(failure(one.error), rolled_back=one.rolled_back)
    return row


def _record_now(layout: Layout) -> Record | None:
    with contextlib.suppress(WotrusError, OSError):
        return read_record(layout)
    return None


def _diff(one: Deployment) -> dict[str, str] | None:
    if not one.result.changed:
        return None
    return {
        "before_header": one.options.path,
        "after_header": one.options.path,
        "before": _pretty(one.before),
        "after": _pretty(one.result.record),
    }


def _pretty(record: Record | None) -> str:
    """Return the values that ``--diff`` compares."""
    data = (record or Record()).to_dict()
    shown = {name: data[name] for name in ("live", "pending", "reload_pending")}
    return json.dumps(shown, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
