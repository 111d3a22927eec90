# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operation of ``wotrus_apply``: carry plans out for a host's certificates.

It is level-triggered: what it did is on the host and at the CA, so a second call goes on from there.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    Forbidden,
    HostUnreadable,
    InternalError,
    OrderLimit,
    ReissueLimit,
    TlsFailed,
    Unauthorized,
    WotrusError,
    boundary,
)
from ansible_collections.wotrus.pki.plugins.module_utils._internal_error import internal_error
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json, Params
from ansible_collections.wotrus.pki.plugins.module_utils._model.record_changes import with_request
from ansible_collections.wotrus.pki.plugins.module_utils._orders.certificate import read_anchors
from ansible_collections.wotrus.pki.plugins.module_utils._orders.documents import load_document
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import (
    Limits,
    Operation,
    OperationResult,
    Permission,
    Run,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning import plan
from ansible_collections.wotrus.pki.plugins.module_utils._planning.certificate_entry import (
    CertificateEntry,
    allowed_actions,
    read_entries,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import DOING, SENDING, Action, Decision
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_checks import is_recorded
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import host_digest
from ansible_collections.wotrus.pki.plugins.module_utils._planning.order_reader import OrderReader
from ansible_collections.wotrus.pki.plugins.module_utils._planning.results import most_charged
from ansible_collections.wotrus.pki.plugins.module_utils._role import role_arguments
from ansible_collections.wotrus.pki.plugins.module_utils._store.snapshot import state_digest
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import shown
from ansible_collections.wotrus.pki.plugins.module_utils._texts.received import message_in
from ansible_collections.wotrus.pki.plugins.module_utils._workflow import deploy, fetch, prepare, send
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.result import result_of
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.revocation_check import check_again
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.task import (
    CertificateTask,
    WorkflowContext,
)

_MOST_ROUNDS = 12
"""Longer than any chain of orders that a rebuilt host has to follow in one run."""

_MOST_CONFLICTS = 3
"""How often a host is read again that another run changes at the same time."""

ARGUMENTS: dict[str, t.Any] = {
    **plan.ARGUMENTS,
    "document": {"type": "path"},
    **role_arguments("root_ca_path", "keep", "prune_encryption_keys", "mode", "validate"),
}
_TARGET_OPTIONS = ("keep", "prune_encryption_keys", "owner", "group", "mode", "validate", "verification")


def apply(api: Api, params: Params, run: Run) -> OperationResult:
    """Carry out the plans for the certificates of a host.

    This is the operation of ``wotrus_apply``.
    """
    entries = read_entries(params)
    document = load_document({"path": params["document"]}, what="document") if params["document"] else None
    permission = run.permission or Permission(Limits(params["max_charged_orders"], params["max_reissues"]))
    groups = params["trusted_groups"]
    context = WorkflowContext(
        reader=OrderReader(api, anchors=read_anchors(params["root_ca_path"])),
        run=run,
        permission=permission,
        actions=allowed_actions(params),
        document=document,
        directory_options={"trusted_groups": groups} if groups else {},
        target_options={name: params[name] for name in _TARGET_OPTIONS if params[name] is not None},
    )
    earlier = {row.get("name"): row for row in run.earlier_results}
    rows = plan.read_rows(entries, run, known=_known_rows(entries, permission, run))
    facts = [_with_earlier(facts, earlier.get(facts.wanted.name, {})) for facts in plan.facts_of(entries, rows)]
    context.reader.read_first(facts)
    tasks = [_task(context, entry, certificate) for entry, certificate in zip(entries, facts)]
    for task in tasks:
        task.charged = most_charged(earlier.get(task.facts.wanted.name, {}).get("charged"))
    if not run.check_mode:
        _carry_out(tasks)
        for _conflict in range(_MOST_CONFLICTS):
            tasks = _repeat_conflicts(tasks)
        check_again(tasks, params["check_revocation"], params["revocation_networks"])
    return _result(tasks, run, earlier)


def _known_rows(entries: t.Sequence[CertificateEntry], permission: Permission, run: Run) -> dict[str, Json]:
    """Return the directories that are not read again, by path.

    The host confirms their state before it changes anything, and so before anything is sent. A row whose digest is
    another one lost a part of its text on the way, such as a secret.
    """
    if run.check_mode or run.earlier_results:
        return {}
    paths = [entry.path for entry in entries if entry.wanted.name not in permission.blocked]
    rows = {path: run.deployments[path] for path in paths if path in run.deployments}
    return {path: row for path, row in rows.items() if row["state_digest"] == state_digest(row)}


def _with_earlier(facts: Facts, row: Json) -> Facts:
    """Return facts with an order that an earlier task sent.

    :param row: its result
    """
    sent = [step for step in row.get("steps") or () if step in send.STEPS]
    if not sent or not row.get("order_id"):
        return facts
    own = frozenset({id_key(row["order_id"])})
    return dataclasses.replace(facts, placed=own, created=own if sent[-1] == send.ORDERED else frozenset())


def _task(context: WorkflowContext, entry: CertificateEntry, facts: Facts) -> CertificateTask:
    """Decide on a certificate."""
    approved = context.permission.approved.get(entry.wanted.name)
    sends = approved is None or Action(approved["action"]) in SENDING
    actions = context.actions if sends else (Action.RESUME,)
    known, decision = plan.decide_for(context.reader, facts, entry, actions, context.run)
    decision = _blocked_by_batch(decision, context.permission.blocked.get(entry.wanted.name))
    return CertificateTask(context, entry, known, decision, actions)


def _repeat_conflicts(tasks: t.Sequence[CertificateTask]) -> list[CertificateTask]:
    """Decide and act again, once, for certificates that another run changed meanwhile."""
    stopped = [task for task in tasks if task.has_conflict]
    if not stopped:
        return list(tasks)
    context = stopped[0].context
    context = dataclasses.replace(context, reader=OrderReader(context.reader.api, anchors=context.reader.anchors))
    repeated: dict[str, CertificateTask] = {}
    try:
        entries = [task.entry for task in stopped]
        for task, facts in zip(stopped, plan.facts_of(entries, plan.read_rows(entries, context.run))):
            unrecorded = {} if is_recorded(facts.host.record, task.unrecorded.get("order_id")) else task.unrecorded
            repeated[task.entry.path] = dataclasses.replace(
                _task(context, task.entry, _present_facts(task, facts, unrecorded)),
                unrecorded=unrecorded,
                steps=task.steps,
                charged=task.charged,
            )
    except WotrusError:
        # The host or the CA gives no answer now: the conflict stays the result.
        return list(tasks)
    _carry_out(list(repeated.values()))
    return [repeated.get(task.entry.path, task) for task in tasks]


def _present_facts(task: CertificateTask, facts: Facts, unrecorded: t.Mapping[str, t.Any]) -> Facts:
    """Return the current facts of a certificate, with this run's work.

    :param unrecorded: what the host could not record of an order that this run placed; it is not placed again
    """
    record = with_request(facts.host.record, unrecorded) if unrecorded else facts.host.record
    return dataclasses.replace(
        facts.with_host(record=record),
        wanted=task.facts.wanted,
        created=task.facts.created,
        placed=task.facts.placed,
    )


def _blocked_by_batch(decision: Decision, why: Json | None) -> Decision:
    """Block what the forecast over the batch found."""
    if not why or decision.action not in DOING:
        return decision
    is_allowed = {
        OrderLimit.error_code: not decision.may_be_charged,
        ReissueLimit.error_code: decision.action is not Action.REISSUE,
    }
    if is_allowed.get(str(why.get("limit"))):
        return decision
    msg, advice = message_in(why, "msg") or "", message_in(why, "next_step")
    return Decision(Action.BLOCKED, str(why["reason"]), msg, order_id=decision.order_id, next_step=advice)


def _carry_out(tasks: t.Sequence[CertificateTask]) -> None:
    """Prepare, send, fetch and deploy all certificates together, several times if needed.

    An adopted order may be followed by others. It ends when nothing more can be done now.
    """
    try:
        for _round in range(_MOST_ROUNDS):
            for task, row in _on_host([(task, prepare.options(task)) for task in tasks if prepare.is_needed(task)]):
                prepare.take_answer(task, row)
                task.restrict()
            sending = [task for task in tasks if send.is_needed(task)]
            for task in sending:
                _try(task, send.send)
            for task in tasks:
                if fetch.is_needed(task):
                    _try(task, fetch.fetch)
            _deploy(tasks, deploy.options)
            _deploy(tasks, deploy.order_options)
            if not sending and not any(prepare.is_needed(task) or send.is_needed(task) for task in tasks):
                return
    except BaseException:
        # An order that was paid for is recorded, whatever happened here.
        _deploy(tasks, deploy.order_options)
        raise


def _deploy(
    tasks: t.Sequence[CertificateTask], options_of: t.Callable[[CertificateTask], dict[str, t.Any] | None]
) -> None:
    for task, row in _on_host([(task, options) for task in tasks if (options := options_of(task))]):
        deploy.take_answer(task, row)


def _try(task: CertificateTask, step: t.Callable[[CertificateTask], None]) -> None:
    """Run a step of one certificate: its failure stops no other, not even an error of the collection."""
    try:
        with boundary(internal_error):
            step(task)
    except WotrusError as exc:
        task.error = exc
        if isinstance(exc, InternalError):
            task.context.run.trace(exc)
        if isinstance(exc, (Unauthorized, Forbidden, TlsFailed)):
            task.warn(exc.message)
    task.restrict()


def _on_host(work: t.Sequence[tuple[CertificateTask, Json]]) -> t.Iterator[tuple[CertificateTask, Json]]:
    """Run ``wotrus_deployment`` for certificates, and yield each with its row."""
    if not work:
        return
    try:
        rows = work[0][0].context.run.deploy([options for _task, options in work])
    except HostUnreadable as exc:
        rows = [{"error_code": exc.error_code, **shown(msg=exc.message)} for _task in work]
    for (task, _options), row in zip(work, rows):
        digest = host_digest(row)
        if digest is not None:
            task.facts = task.facts.with_host(state_digest=digest)
        yield task, row


def _result(tasks: t.Sequence[CertificateTask], run: Run, earlier: t.Mapping[t.Any, Json]) -> OperationResult:
    notify = [task for task in tasks if deploy.needs_notification(task) and not deploy.undelivered(task)]
    for task in tasks:
        deploy.note_notification(task)
    results = [result_of(task) for task in tasks]
    changed = not run.check_mode and any(row["steps"] for row in results)
    for row in results:
        former = earlier.get(row["name"], {})
        row["steps"] = [*(former.get("steps") or ()), *row["steps"]]
        row["charged"] = most_charged(row["charged"], former.get("charged"))
    result = {
        "results": results,
        "waiting": [
            task.awaited_companion_id or task.decision.order_id
            for task in tasks
            if task.is_waiting and not task.decision.opens
        ],
        "to_notify": [
            {
                "path": task.entry.path,
                **task.context.directory_options,
                "state": "recorded",
                "record": dict(deploy.NOTIFIED),
            }
            for task in notify
        ],
        "handlers": sorted({task.handler for task in notify if task.handler}),
    }
    return OperationResult(result, changed=changed)


OPERATION = Operation("wotrus_apply", ARGUMENTS, apply, has_notices=True)
