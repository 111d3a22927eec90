# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fetch a certificate and verify it."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.answers import RetrievedPems
from ansible_collections.wotrus.pki.plugins.module_utils._errors import OrderMismatch, RejectedByApi
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key, is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import ISSUED, is_same_name
from ansible_collections.wotrus.pki.plugins.module_utils._orders.certificate import verify_certificate
from ansible_collections.wotrus.pki.plugins.module_utils._planning.certificate_changes import (
    change_words,
    changes_of,
    planned_changes,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action, Handling
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decisions import until_paid, wall_time
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import OrderAnswer
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_checks import other_names, unknown_names
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import Certificate
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.prepare import is_needed as is_preparation_needed
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.task import CertificateTask


def is_needed(task: CertificateTask) -> bool:
    """Return whether a certificate may be available."""
    is_ready = task.decision.action is Action.RESUME and task.decision.is_ready
    return task.is_open and is_ready and task.bundle is None and not is_preparation_needed(task)


def fetch(task: CertificateTask) -> None:
    """Fetch and verify the certificate, or find out why not.

    It may be pending, or be for another key, or wait for its window. The task's decision has the result.

    :raises WotrusError: it cannot be used
    """
    order_id, reader = str(task.decision.order_id), task.context.reader
    planned = planned_changes(task.facts, task.decision)
    pems = _pems_of(task, order_id)
    if pems is None:
        task.wait()
        return
    companion_id = task.decision.companion_order_id
    companion_pems = _companion_pems(task, companion_id) if companion_id else None
    if task.is_finished:
        return
    found = None
    if not task.facts.is_created(order_id):
        # An adopted order may be due, or its certificate for a lost key.
        answer = reader.certificate(order_id)
        if answer.error is not None:
            raise answer.error
        found = answer.certificate
        task.facts = task.facts.with_order(order_id, reader.order(order_id)).with_certificate(order_id, answer)
        task.decide()
        if not is_needed(task) or not is_same_id(task.decision.order_id, order_id):
            return
    order, name = reader.order(order_id).order, task.facts.wanted.common_name
    if order is not None and order.common_name and not (found and is_same_name(found.common_name or "", name)):
        name = order.common_name
    bundle = verify_certificate(
        {**(companion_pems or {}), **pems},
        order_id=order_id,
        key=_expected_key(task, found),
        common_name=name,
        anchors=reader.anchors,
        now=task.facts.now,
        verification=task.context.target_options["verification"],
        warn=task.warn,
    )
    wrong = other_names(task.facts.wanted, bundle["info"])
    if len(wrong) > 1 and not is_same_id(task.facts.wanted.root_order_id, task.decision.root_order_id):
        raise OrderMismatch(
            "The certificate of order {order_id} is for somebody else: {differences}. It is not deployed.",
            order_id=order_id,
            differences=wrong,
            next_step=Message(
                "If the certificate is yours, set order_id in the entry to {order_id}, and root_order_id to the order "
                "of its purchase. Otherwise ask WoTrus about the order.",
                order_id=order_id,
            ),
        )
    unknown = unknown_names(task.facts.wanted, bundle["info"]["alternative_names"])
    if unknown:
        task.warn(
            Message(
                "The certificate of order {order_id} names {names}, and the entry does not.",
                order_id=order_id,
                names=unknown,
            )
        )
    _compare(task, bundle, planned)
    if not task.decision.opens:
        task.bundle = bundle
    else:
        verified = Message(
            "The certificate of order {order_id} is verified, and is waiting for the window until {opens}.",
            order_id=order_id,
            opens=wall_time(task.decision.opens),
        )
        task.wait(verified)


def _compare(task: CertificateTask, bundle: Json, planned: t.Sequence[Json]) -> None:
    """Note what a verified certificate changes, and warn of what readers may depend on.

    :param planned: the changes of which the plan has warned
    """
    certificate = Certificate.read(bundle["info"])
    task.certificate_changes = changes_of(task.facts, certificate) if certificate is not None else []
    words = change_words(task.certificate_changes)
    if words is not None and task.certificate_changes != planned:
        task.warn(words)


def _pems_of(task: CertificateTask, order_id: str) -> RetrievedPems | None:
    """Return an order's certificates; ``None`` if it has none yet, or none until it is paid.

    :raises RejectedByApi: it is issued, and paid as far as is known
    """
    reader = task.context.reader
    order = reader.order(order_id).order
    try:
        pems = reader.pems(order_id)
    except RejectedByApi:
        if order is not None and order.is_issued:
            if not order.is_unpaid:
                raise
            task.decision = until_paid(task.decision, order)
        return None
    if order is not None and not order.is_issued:
        # RetrievePem moves an order on (manual, revision V1.03), which may end the order of what is live.
        reader.add(order_id, OrderAnswer(order=dataclasses.replace(order, status=ISSUED)))
        live_order_id = task.facts.live.order_id if task.facts.live else None
        if live_order_id is not None and not is_same_id(live_order_id, order_id):
            reader.forget(live_order_id)
            known = {key: order for key, order in task.facts.orders.items() if key != id_key(live_order_id)}
            task.facts = dataclasses.replace(task.facts, orders=known)
    return pems


def _companion_pems(task: CertificateTask, order_id: str) -> RetrievedPems | None:
    """Return the certificates of the companion order; ``None`` if the task waits for it."""
    reader, wanted = task.context.reader, task.facts.wanted.common_name
    order = reader.order(order_id).order
    pems = _pems_of(task, order_id)
    if pems is None:
        task.wait(Message("The companion order {order_id} has no certificate yet.", order_id=order_id))
        task.awaited_companion_id = order_id
        later = Message("Run again later, for the certificate of the companion order {order_id}.", order_id=order_id)
        task.decision = dataclasses.replace(task.decision, next_step=later)
        return None
    # A host's record may name any order as the companion of its own.
    found = order.common_name if order else None
    if found is None:
        certificate = reader.certificate(order_id).certificate
        found = certificate.common_name if certificate else None
    is_named = is_same_id(task.facts.wanted.root_order_id, task.decision.root_order_id)
    if not is_named and (found is None or not is_same_name(found, wanted)):
        raise OrderMismatch(
            "The companion order {order_id} is for {found!r}, not {wanted!r}. It is not deployed.",
            order_id=order_id,
            found=found,
            wanted=wanted,
            next_step=Message(
                "If WoTrus corrected the name, set order_id in the entry to {order_id}, and root_order_id to the order "
                "of its purchase. Otherwise do not trust the record on this host.",
                order_id=task.decision.order_id,
            ),
        )
    return pems


def _expected_key(task: CertificateTask, certificate: Certificate | None) -> str | None:
    """Return the key that the certificate must have.

    That is the pending key, or the live key of a repaired release. It may be a former one, unless files beside the live
    key are repaired.
    """
    if task.is_on_ukey:
        return None
    host, used = task.facts.host, task.facts.host.live_certificate
    is_repair = used is not None and task.decision.handling is Handling.REPAIR
    keys = [
        host.pending.public_key_sha256 if host.pending and host.pending.has_key else None,
        used.public_key_sha256 if used else None,
        *(former.public_key_sha256 for former in host.record.superseded if not is_repair),
    ]
    found = certificate.public_key_sha256 if certificate else None
    known = [key for key in keys if key is not None]
    return known[0] if known and found not in known else found
