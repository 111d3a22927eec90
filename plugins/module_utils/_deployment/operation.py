# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operation of ``wotrus_deployment``: one or several certificates on the target, one after the other."""

from __future__ import annotations

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
    Done,
    Params,
    Target,
    is_anything_here,
    look,
)
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    KeyMismatch,
    NothingToRollBack,
    RecordUnreadable,
    WotrusError,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import Record
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import (
    explained,
    remove_directory,
    require_writable,
    sweep,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import Layout
from ansible_collections.wotrus.pki.plugins.module_utils._store.lock import locked
from ansible_collections.wotrus.pki.plugins.module_utils._store.ownership import require_own
from ansible_collections.wotrus.pki.plugins.module_utils._store.snapshot import LiveFacts, facts_of

Action = t.Callable[[Layout, DeploymentOptions, Target], Done]

_ALL_OF_ONE = ("csr", "public_key_sha256", "ukey_password", "live", "previous", "record")

__all__ = ["deploy"]


def deploy(params: Params, target: Target) -> dict[str, t.Any]:
    """Bring every certificate of the options to its state. One that fails does not keep the others from theirs.

    :returns: the result as Ansible has it, with ``failed`` true where one of them failed
    :raises InvalidInput: an option is unusable; nothing was done
    """
    rows: list[dict[str, t.Any]] = []
    diffs: list[dict[str, str]] = []
    failures: list[WotrusError] = []
    for options in read_options(params):
        before, is_done = _found(options)
        if is_done:
            rows.append({**_row(options.path, Done(changed=False)), **before})
            continue
        try:
            done, diff = _deploy_one(options, target)
        except WotrusError as exc:
            failures.append(exc)
            failed = {"path": options.path, "changed": False, "error_code": exc.error_code, "msg": str(exc)}
            rows.append({**failed, **before})
            continue
        rows.append({**_row(options.path, done), **before})
        if diff:
            diffs.append(diff)
    result: dict[str, t.Any] = {"changed": any(row["changed"] for row in rows), "deployments": rows}
    if target.diff and diffs:
        result["diff"] = diffs
    if failures:
        return {**result, "failed": True, "msg": _message(rows), "error_code": failures[0].error_code}
    if params["deployments"] is None:
        result.update({name: rows[0][name] for name in _ALL_OF_ONE})
    return result


def _found(options: DeploymentOptions) -> tuple[dict[str, t.Any], bool]:
    """Return what is there before, where that decides, and whether it is all that is wanted."""
    if not options.only_new:
        return {}, False
    from ansible_collections.wotrus.pki.plugins.module_utils._deployment.info import is_new, row_of

    row = row_of(options.path)
    return {"found": row}, not is_new(row)


def _action(state: State) -> Action:
    """Return what brings a certificate to a state. Only that is imported: compiling and ``cryptography`` take time."""
    if state is State.RECORDED:
        from ansible_collections.wotrus.pki.plugins.module_utils._deployment.recorded import write_down

        return write_down
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


def _deploy_one(options: DeploymentOptions, target: Target) -> tuple[Done, dict[str, str] | None]:
    with explained(pathlib.Path(options.path)):
        layout = Layout.at(options.path)
        if options.state is State.ABSENT and not is_anything_here(layout):
            return Done(changed=False), None
        require_own(layout)
        if target.check_mode:
            _require_expected(layout, options)
            before = _shown_now(layout)
            done = _action(options.state)(layout, options, target)
            if done.changed:
                require_writable(layout.path)
            return done, _diff(options, before, done)
        _refuse_pointless_directory(layout, options)
        is_new = not layout.path.exists()
        with locked(layout, timeout=options.lock_timeout):
            sweep(layout)
            before = _shown_now(layout) if target.diff else {}
            try:
                _require_expected(layout, options)
                done = _action(options.state)(layout, options, target)
            except WotrusError:
                if is_new:
                    remove_directory(layout.path, names=(layout.lock.name,))
                raise
    return done, _diff(options, before, done)


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


def _row(path: str, done: Done) -> dict[str, t.Any]:
    layout = Layout.at(path)
    return {
        "path": path,
        "changed": done.changed,
        "csr": done.csr,
        "public_key_sha256": done.public_key_sha256,
        "ukey_password": done.ukey_password,
        "live": done.facts.to_dict(layout) if done.facts else None,
        "previous": facts_of(done.previous) if done.previous else None,
        "record": done.record.to_dict() if done.record else None,
    }


def _shown_now(layout: Layout) -> dict[str, t.Any]:
    try:
        found = look(layout)
    except RecordUnreadable:
        return {}
    return _shown(found.record, found.facts)


def _shown(record: Record | None, facts: LiveFacts | None) -> dict[str, t.Any]:
    """Return what ``--diff`` compares: what is live and what is asked for. There are no secrets in it."""
    live = facts.live if facts else None
    request = record.pending if record else None
    shown: dict[str, t.Any] = {"live": None, "pending": None, "reload_owed": bool(record and record.reload_owed)}
    if live:
        shown["live"] = {**facts_of(live), "files": {name: one["sha256"] for name, one in live.files.items()}}
    if request:
        names = ("operation", "generation", "order_id", "public_key_sha256")
        shown["pending"] = {name: getattr(request, name) for name in names}
    return shown


def _diff(options: DeploymentOptions, before: dict[str, t.Any], done: Done) -> dict[str, str] | None:
    if not done.changed:
        return None
    after = _shown(done.record, done.facts)
    return {
        "before_header": options.path,
        "after_header": options.path,
        "before": _pretty(before),
        "after": _pretty(after),
    }


def _pretty(data: dict[str, t.Any]) -> str:
    return json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
