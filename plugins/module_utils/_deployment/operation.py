# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operation of ``wotrus_deployment``: one or several certificates on the target, one after the other."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.expected import require_expected
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.options import (
    DeploymentOptions,
    State,
    Storage,
    read_options,
)
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.target import (
    Deployment,
    DeploymentResult,
    Params,
    Target,
    inspect_directory,
    is_anything_here,
)
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    KeyMismatch,
    NothingToRollBack,
    RecordUnreadable,
    WotrusError,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import Record
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import (
    cleanup,
    explained,
    remove_directory,
    require_writable,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import Layout
from ansible_collections.wotrus.pki.plugins.module_utils._store.lock import locked
from ansible_collections.wotrus.pki.plugins.module_utils._store.ownership import require_own
from ansible_collections.wotrus.pki.plugins.module_utils._store.snapshot import LiveFacts, facts_of

Action = t.Callable[[Layout, DeploymentOptions, Target], DeploymentResult]

_ALL_OF_ONE = ("reloaded", "csr", "public_key_sha256", "ukey_password", "live", "previous", "record")

__all__ = ["deploy"]


def deploy(params: Params, target: Target) -> dict[str, t.Any]:
    """Bring every certificate of the options to its state. One that fails does not keep the others from theirs.

    :returns: the result as Ansible has it, with ``failed`` true where one of them failed
    :raises InvalidInput: an option is unusable; nothing was done
    """
    done: list[Deployment | _Failed] = []
    for options in read_options(params):
        try:
            done.append(_deploy_one(options, target))
        except WotrusError as exc:
            done.append(_Failed(options.path, exc))
    deployments = [one for one in done if isinstance(one, Deployment)]
    if any(one.needs_reload for one in deployments):
        from ansible_collections.wotrus.pki.plugins.module_utils._deployment.reload import reload_services

        reload_services(deployments, target)
    return _result(params, target, done)


@dataclasses.dataclass(frozen=True)
class _Failed:
    """A certificate that could not be brought to its state."""

    path: str
    error: WotrusError


def _result(params: Params, target: Target, done: t.Sequence[Deployment | _Failed]) -> dict[str, t.Any]:
    rows = [_failed_row(one) if isinstance(one, _Failed) else _row(one) for one in done]
    result: dict[str, t.Any] = {"changed": any(row["changed"] for row in rows), "deployments": rows}
    diffs = [diff for one in done if isinstance(one, Deployment) and (diff := _diff(one))]
    if target.diff and diffs:
        result["diff"] = diffs
    errors = [one.error for one in done if one.error]
    if errors:
        return {**result, "failed": True, "msg": _message(rows), "error_code": errors[0].error_code}
    if params["deployments"] is None:
        result.update({name: rows[0][name] for name in _ALL_OF_ONE})
    return result


def _action(state: State) -> Action:
    """Return what brings a certificate to a state. Only that is imported: compiling and ``cryptography`` take time."""
    if state is State.RECORDED:
        from ansible_collections.wotrus.pki.plugins.module_utils._deployment.recorded import update_record

        return update_record
    if state is State.PREPARED:
        from ansible_collections.wotrus.pki.plugins.module_utils._deployment.prepared import prepare

        return prepare
    if state is State.PRESENT:
        from ansible_collections.wotrus.pki.plugins.module_utils._deployment.present import install

        return install
    from ansible_collections.wotrus.pki.plugins.module_utils._deployment.removed import remove, roll_back

    return roll_back if state is State.ROLLED_BACK else remove


def _message(rows: t.Sequence[dict[str, t.Any]]) -> str:
    failed = [row for row in rows if "msg" in row]
    texts = [row["msg"] if row["path"] in row["msg"] else f"{row['path']}: {row['msg']}" for row in failed]
    return texts[0] if len(texts) == 1 else f"{len(texts)} of {len(rows)} certificates failed. " + " ".join(texts)


def _deploy_one(options: DeploymentOptions, target: Target) -> Deployment:
    with explained(pathlib.Path(options.path)):
        layout = Layout.at(options.path)
        if options.state is State.ABSENT and not is_anything_here(layout):
            return Deployment(options, before={}, result=DeploymentResult(changed=False))
        require_own(layout)
        if target.check_mode:
            _require_expected(layout, options)
            before = _shown_now(layout)
            done = _action(options.state)(layout, options, target)
            if done.changed:
                require_writable(layout.path)
            return Deployment(options, before=before, result=done)
        _refuse_pointless_directory(layout, options)
        is_new = not layout.path.exists()
        with locked(layout, timeout=options.lock_timeout):
            cleanup(layout)
            before = _shown_now(layout) if target.diff else {}
            try:
                _require_expected(layout, options)
                done = _action(options.state)(layout, options, target)
            except WotrusError:
                if is_new:
                    remove_directory(layout.path, names=(layout.lock.name,))
                raise
    return Deployment(options, before=before, result=done)


def _require_expected(layout: Layout, options: DeploymentOptions) -> None:
    # What is to be live may be so already, which only the certificate tells.
    if options.state is not State.PRESENT:
        require_expected(layout, options)


def _refuse_pointless_directory(layout: Layout, options: DeploymentOptions) -> None:
    """A certificate without a key, or a rollback to nowhere, must not leave an empty directory behind."""
    if layout.path.exists() or options.state in (State.PREPARED, State.RECORDED):
        return
    if options.state is State.PRESENT and options.key.get("storage") == Storage.UKEY.value:
        return
    if options.state is State.ROLLED_BACK:
        raise NothingToRollBack(f"{layout.path} does not exist, so there is no former release to go back to.")
    raise KeyMismatch(
        f"{layout.path} does not exist, so there is no key for the certificate: run the state prepared first, and order"
        " the certificate with the CSR that it returns."
    )


def _failed_row(one: _Failed) -> dict[str, t.Any]:
    failure = {"error_code": one.error.error_code, "msg": str(one.error)}
    return {"path": one.path, "changed": False, "reloaded": False, **failure}


def _row(one: Deployment) -> dict[str, t.Any]:
    path, done = one.options.path, one.result
    layout = Layout.at(path)
    row = {
        "path": path,
        "changed": done.changed,
        "reloaded": one.reloaded,
        "csr": done.csr,
        "public_key_sha256": done.public_key_sha256,
        "ukey_password": done.ukey_password,
        "live": done.facts.to_dict(layout) if done.facts else None,
        "previous": facts_of(done.previous) if done.previous else None,
        "record": done.record.to_dict() if done.record else None,
    }
    if one.error:
        row.update(error_code=one.error.error_code, msg=str(one.error), rolled_back=one.rolled_back)
    return row


def _shown_now(layout: Layout) -> dict[str, t.Any]:
    try:
        current = inspect_directory(layout)
    except RecordUnreadable:
        return {}
    return _shown(current.record, current.facts)


def _shown(record: Record | None, facts: LiveFacts | None) -> dict[str, t.Any]:
    """Return what ``--diff`` compares: the live certificate and the running request. There are no secrets in it."""
    live = facts.live if facts else None
    request = record.pending if record else None
    shown: dict[str, t.Any] = {"live": None, "pending": None, "reload_pending": bool(record and record.reload_pending)}
    if live:
        shown["live"] = {**facts_of(live), "files": {name: one["sha256"] for name, one in live.files.items()}}
    if request:
        names = ("operation", "order_id", "root_order_id", "follows", "public_key_sha256")
        shown["pending"] = {name: getattr(request, name) for name in names}
    return shown


def _diff(one: Deployment) -> dict[str, str] | None:
    if not one.result.changed:
        return None
    return {
        "before_header": one.options.path,
        "after_header": one.options.path,
        "before": _pretty(one.before),
        "after": _pretty(_shown(one.result.record, one.result.facts)),
    }


def _pretty(data: t.Mapping[str, t.Any]) -> str:
    return json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
