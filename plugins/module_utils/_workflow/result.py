# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The result of one certificate."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    KeyHome,
    KeyMismatch,
    OrderLimit,
    RejectedByApi,
    WotrusError,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import DOING, SENDING, Action, Handling
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decisions import DISTRUST
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_checks import is_live_unrecorded, is_live_usable
from ansible_collections.wotrus.pki.plugins.module_utils._planning.results import (
    BLOCKED,
    DEPLOYED,
    FAILED,
    UNCHANGED,
    WAITING,
    preview,
    result_row,
)
from ansible_collections.wotrus.pki.plugins.module_utils._texts.by_code import next_step
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, Text
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.deploy import undelivered
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.task import CertificateTask


def result_of(task: CertificateTask) -> dict[str, t.Any]:
    """Return the result of a certificate.

    A notification that this play cannot deliver is the result of a certificate that needs nothing else.
    """
    row, why = _result(task), undelivered(task)
    if why is not None and row["result"] in (UNCHANGED, DEPLOYED):
        return _failure(task, "handler_not_found", why)
    return row


def _result(task: CertificateTask) -> dict[str, t.Any]:
    decision = task.decision
    if task.error is not None:
        return _failed(task, task.error)
    if not task.steps and not task.is_finished:
        return preview(task.facts, decision)
    if task.is_deployed:
        deployed = Message("The certificate of order {order_id} is deployed.", order_id=decision.order_id)
        return _row(task, DEPLOYED, msg=deployed)
    if task.is_waiting and task.bundle is None:
        return _row(task, WAITING, msg=task.waiting_msg)
    if decision.action is Action.BLOCKED:
        return _row(task, FAILED if decision.is_failure else BLOCKED)
    if not task.is_finished and decision.action in DOING:
        return _failure(task, "unfinished", Message("{msg} This run did not get that far.", msg=decision.msg))
    return _row(task, UNCHANGED)


def _failed(task: CertificateTask, error: WotrusError) -> dict[str, t.Any]:
    return _row(
        task,
        BLOCKED if isinstance(error, (OrderLimit, KeyHome)) else FAILED,
        error_code=error.error_code,
        msg=error.message,
        next_step=_advice(error, task),
        order_id=task.decision.order_id or error.order_id,
    )


def _failure(task: CertificateTask, error_code: str, msg: Message) -> dict[str, t.Any]:
    return _row(task, FAILED, error_code=error_code, msg=msg, next_step=next_step(error_code))


def _row(task: CertificateTask, result: str, **given: t.Any) -> dict[str, t.Any]:
    """Return the row of a result.

    :param given: the further arguments of :func:`result_row`
    """
    if task.certificate_changes is not None:
        given["certificate_changes"] = task.certificate_changes
    return result_row(task.facts, task.decision, result, steps=list(task.steps), charged=task.charged, **given)


def _advice(error: WotrusError, task: CertificateTask) -> Text:
    """Return what a person can do about an error.

    If WoTrus refused to repeat a request, the advice names the existing order, if it is known.
    """
    decision = task.decision
    if error.error_code == KeyMismatch.error_code and decision.handling is Handling.REPAIR:
        # The order is another one of the same names, or the SM2 order of the pair.
        return DISTRUST
    if not isinstance(error, RejectedByApi) or decision.action not in SENDING:
        return error.next_step or next_step(error.error_code)
    if decision.action is Action.REISSUE:
        # A change cannot be undone where another certificate's files are live.
        is_own = task.facts.live is not None or is_live_unrecorded(task.facts)
        return Message(
            "If the message or WoTrus's console shows a reissue of yours, set order_id in the entry to its id, and "
            "root_order_id to {root_order_id}. Otherwise fix what the message names, or use another key. Then run "
            "again. If WoTrus reissues it no more, undo the change in the inventory. "
            "If the console shows only numbers, ask WoTrus for the id, with the letter of wotrus.pki.probe."
            if is_live_usable(task.facts) and is_own
            else "If the message or WoTrus's console shows a reissue of yours, set order_id in the entry to its id, "
            "and root_order_id to {root_order_id}. Otherwise fix what the message names, or use another key. Then run "
            "again. If WoTrus reissues it no more, restore the former key from a backup. Without one, add "
            "{root_order_id} to replace_orders of the entry. The order that follows it may be charged, unless it "
            "exists already. "
            "If the console shows only numbers, ask WoTrus for the id, with the letter of wotrus.pki.probe.",
            root_order_id=decision.root_order_id or decision.order_id,
        )
    is_known = error.order_id and not is_same_id(error.order_id, decision.order_id)
    return Message(
        "Set order_id and root_order_id in the entry to {order_id}, if that is yours. Otherwise fix what the message "
        "names, then run again."
        if is_known
        else "If the message or WoTrus's console shows an order of yours, set order_id and root_order_id in the entry "
        "to its id. Otherwise fix what the message names, then run again. "
        "If the console shows only numbers, ask WoTrus for the id, with the letter of wotrus.pki.probe.",
        order_id=error.order_id,
    )
