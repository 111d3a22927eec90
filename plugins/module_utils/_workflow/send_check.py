# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check an order or a reissue before it is sent: its CSR, its approval, and which order it is for."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._errors import OrderLimit, OrderMismatch
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key, is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._orders.inputs import csr_key
from ansible_collections.wotrus.pki.plugins.module_utils._orders.journaled_orders import (
    journaled_former,
    journaled_root,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.certificate_entry import order_value
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action
from ansible_collections.wotrus.pki.plugins.module_utils._planning.key_home import require_home
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.task import CertificateTask
from ansible_collections.wotrus.pki.plugins.module_utils._x509.csr import check_csr


def check_what_is_sent(task: CertificateTask) -> None:
    """What is sent is what the inventory says; what was approved is what is done.

    A CSR comes from a host, and a host is not trusted. It is compared with the entry, and its text is made anew. An
    order that follows another one of the same run has a value of its own, which nobody approved.

    :raises InvalidCsr: it asks for something else
    :raises KeyHome: the key is not where the entry wants it
    :raises OrderLimit: the approved plan does not have it
    :raises OrderMismatch: another host claims the order to reissue
    """
    require_home(task.facts.wanted, task.key_evidence)
    permission, decision, wanted = task.context.permission, task.decision, task.facts.wanted
    approved, value = permission.approved.get(wanted.name), order_value(task.facts, decision)
    is_other = value not in (None, approved["idempotence_id"]) if approved else False
    if approved and decision.action is Action.REISSUE and approved["action"] == Action.REISSUE.value:
        is_other = not is_same_id(decision.order_id, approved["order_id"])
    if is_other:
        raise OrderLimit(
            Message("The approved plan does not have this: {msg} It was not sent.", msg=decision.msg),
            next_step=Message("Make a new plan, and have it approved."),
        )
    is_named = any(is_same_id(named_id, decision.order_id) for named_id in (wanted.order_id, wanted.root_order_id))
    if decision.action is Action.REISSUE and id_key(decision.order_id or "") in permission.foreign and not is_named:
        raise OrderMismatch(
            Message("Another host claims order {order_id}. Its reissue was not requested.", order_id=decision.order_id),
            order_id=decision.order_id,
            next_step=Message(
                "If the order is for this host, set order_id in its entry to {order_id}. Otherwise move the record of "
                "this host away. "
                "The order of its name may be charged, unless it exists already.",
                order_id=decision.order_id,
            ),
        )
    if task.csr is not None:
        task.csr = check_csr(
            task.csr,
            subject=wanted.definition["subject"],
            kind={} if _keeps_kind(task) else wanted.definition["key"],
            public_key_sha256=wanted.public_key_sha256,
        )


def check_root(task: CertificateTask) -> None:
    """Check that the controller's own journal knows no other root of the order that is followed.

    A host's record may call a reissue a purchase, and so may a person: each would place an order of its own.

    :raises OrderMismatch: it does
    """
    follows, order_id = task.decision.follows, task.decision.superseded_order_id
    if not follows:
        return
    place = task.context.reader.api.journal.place
    # What is followed may have lines where the order in use has none.
    known = ((known_id, journaled_root(place, known_id)) for known_id in (order_id or follows, follows))
    shown_id, root_id = next(((shown, root) for shown, root in known if root is not None), (order_id or follows, None))
    if is_same_id(root_id, follows):
        return
    former_id = journaled_former(place, follows)
    if root_id is None and former_id is None:
        return
    values = {"order_id": shown_id, "root_order_id": root_id, "follows": follows, "former_id": former_id}
    raise OrderMismatch(
        Message(
            "The journal of this controller knows {root_order_id} as the root of order {order_id}, and not {follows}. "
            "Nothing was ordered."
            if root_id is not None
            else "The journal of this controller knows order {follows} as a reissue of order {former_id}. Nothing was "
            "ordered.",
            **values,
        ),
        order_id=order_id,
        next_step=Message(
            "Write these lines into the entry: order_id: {order_id}, root_order_id: {root_order_id}. If replace_orders "
            "names a reissue, name {root_order_id} there instead."
            if root_id is not None
            else "Look for the order of the purchase in WoTrus's console. Set order_id in the entry to {order_id}, and "
            "root_order_id to that order. If replace_orders names a reissue, name that order there instead. "
            "If the console shows only numbers, ask WoTrus for the id, with the letter of wotrus.pki.probe.",
            **values,
        ),
    )


def _keeps_kind(task: CertificateTask) -> bool:
    """Return whether the key may be of another kind than the entry's.

    That is one that was there before, imported or of a request that may have been sent, unless WoTrus refused it and
    another one is in its place.
    """
    pending, key = task.facts.pending, task.entry.options.get("key") or {}
    refused = pending.refused_key_sha256 if pending else None
    return (bool(key.get("import_from")) or pending is not None) and refused in (None, csr_key(task.csr))
