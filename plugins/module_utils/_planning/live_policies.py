# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The order of a certificate that is or was live; if it is as it should be, the first decision of a policy counts."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import CLOSED, Order, Stage
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import (
    EXTERNAL,
    HOST,
    PKCS11,
    UKEY,
    LiveCertificate,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import read_time
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import explain, with_hints
from ansible_collections.wotrus.pki.plugins.module_utils._planning.chains import (
    certificate_changed,
    chain_changed,
    chain_ends,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.claims import Claim, live_claim
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action, Decision
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decisions import blocked, day, resume
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts
from ansible_collections.wotrus.pki.plugins.module_utils._planning.following import (
    dead_order,
    due_renewal,
    goes_first,
    is_end_unmoved,
    reissue,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_checks import (
    dates_of,
    fits_key,
    has_key,
    is_changed,
    is_live_usable,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.identity import (
    checked_order,
    fetched_certificate,
    is_archived,
    queried_order,
    unreadable,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.renewal import (
    days_left,
    is_in_renewal_window,
    is_path_due,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import KEY_URI
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message


def dead_companion(facts: Facts, claim: Claim) -> Order | None:
    """Return the SM2 order beside another one, if it has ended alone, and was not only archived."""
    companion = queried_order(facts, claim.companion_order_id) if claim.companion_order_id else None
    if companion is None or not companion.is_dead:
        return None
    is_good = facts.live is not None and is_same_id(facts.live.order_id, claim.order_id) and is_live_usable(facts)
    if companion.status == CLOSED and (is_good or fetched_certificate(facts, companion.id, claim).certificate):
        return None
    return companion


def _companion_dead(facts: Facts, order: Order, claim: Claim) -> Decision | None:
    companion = dead_companion(facts, claim)
    return None if companion is None else dead_order(facts, order, claim, companion=companion)


def _revoking(_facts: Facts, order: Order, _claim: Claim) -> Decision | None:
    """Somebody requested the revocation, and people review it."""
    if order.stage is not Stage.REVOKING:
        return None
    step = Message("WoTrus decides on it. If none of you asked for the revocation, tell WoTrus at once.")
    return Decision(Action.NOTHING, "revoking", explain(order), order_id=order.id, next_step=step)


def _key_lost(facts: Facts, order: Order, claim: Claim) -> Decision | None:
    """The certificate or its key is gone from the host."""
    live, gone = facts.host.live, Message("The certificate's files are gone. They are deployed again.")
    files_lost = resume(order, claim, "files_lost", gone)
    if facts.wanted.storage == UKEY:
        return files_lost if live is None and order.is_issued else None
    if live is not None and live.key_matches is not False:
        return None
    if facts.wanted.storage in (PKCS11, EXTERNAL) and order.is_issued and has_key(facts):
        certificate = facts.certificate(order.id).certificate
        if certificate is not None and fits_key(facts, certificate):
            return files_lost
    return reissue(facts, claim, "key_lost", Message("The private key of the certificate is not on the host."))


def _reissue_requested(facts: Facts, _order: Order, claim: Claim) -> Decision | None:
    """A person wants a new key now."""
    if not facts.wanted.reissue_requested:
        return None
    return reissue(facts, claim, "requested", Message("A reissue was requested."))


def _key_too_old(facts: Facts, _order: Order, claim: Claim) -> Decision | None:
    """The key was made before wotrus_keys_since."""
    since, live = facts.wanted.keys_since, facts.live
    made = read_time(live.key_made_at) if live else None
    if since is None or made is None or made >= since or facts.wanted.storage not in (HOST, PKCS11):
        return None
    why = Message("The key was made on {day}, before wotrus_keys_since.", day=day(made))
    return reissue(facts, claim, "key_too_old", why)


def is_other_key_provided(facts: Facts) -> bool:
    provided, used = facts.wanted.public_key_sha256, facts.host.live_certificate
    return used is not None and None not in (provided, used.public_key_sha256) and provided != used.public_key_sha256


def _key_changed(facts: Facts, _order: Order, claim: Claim) -> Decision | None:
    """The entry wants another kind of key, or another key was provided."""
    if not (is_other_key_provided(facts) or is_changed(facts, "key")):
        return None
    why = Message("The entry asks for another key than the live certificate has.")
    return reissue_if_wanted(facts, claim, "key_changed", why)


def _definition_changed(facts: Facts, _order: Order, claim: Claim) -> Decision | None:
    """The entry wants another name in the certificate."""
    if not is_changed(facts, "subject"):
        return None
    why = Message("The entry asks for another subject than the live certificate has.")
    return reissue_if_wanted(facts, claim, "definition_changed", why)


def _files_damaged(facts: Facts, order: Order, claim: Claim) -> Decision | None:
    """Deploy the certificate again, if files beside the key are damaged.

    The key stays as it is.
    """
    live = facts.host.live
    damaged = (*(live.damaged if live else ()), *_missing_uri(facts))
    if live is None or not damaged or not order.is_issued:
        return None
    if is_archived(facts, order) and fetched_certificate(facts, order.id, claim).certificate is None:
        # It works without the URI of its key.
        return None
    msg = Message("Live files are missing or changed: {files}. They are deployed again.", files=[*damaged])
    return resume(order, claim, "files_damaged", msg)


def _missing_uri(facts: Facts) -> tuple[str, ...]:
    """Return the missing URI of a UKey that the entry names."""
    is_named = facts.wanted.storage == UKEY and facts.wanted.has_token
    return (KEY_URI,) if is_named and facts.live is not None and KEY_URI not in facts.live.files else ()


def reissue_if_wanted(facts: Facts, claim: Claim, reason: str, why: Message) -> Decision:
    """Ask for another certificate of the order, unless ``on_change`` of the entry is ``fail``."""
    if facts.wanted.may_reissue:
        return reissue(facts, claim, reason, why)
    why = Message("{why} Nothing is done, since on_change is fail.", why=why)
    return blocked(reason, why, Message("Set on_change to reissue, or change the entry back."), claim)


def _files_expired(facts: Facts, order: Order, claim: Claim) -> Decision | None:
    """The order is not due, so only what is live has ended."""
    used = facts.host.live_certificate
    if used is None or used.not_after > facts.now:
        return None
    why = Message("What is live has expired, and WoTrus has a valid certificate of its order. It is deployed.")
    return resume(order, claim, "files_damaged", why)


LIVE_POLICIES: tuple[t.Callable[[Facts, Order, Claim], Decision | None], ...] = (
    _companion_dead,
    _revoking,
    _key_lost,
    _reissue_requested,
    _key_too_old,
    _key_changed,
    _definition_changed,
    _files_damaged,
    certificate_changed,
    chain_changed,
    chain_ends,
)


def deployed_order(facts: Facts, newest: LiveCertificate, *, dropped: Order | None = None) -> Decision | None:
    """Decide on the order of the newest certificate of the host.

    :param dropped: a reissue of it that was refused or closed, or whose key is lost
    """
    order_id = str(newest.order_id)
    refused = dropped if dropped is not None and dropped.is_dead else None
    claim = dataclasses.replace(live_claim(facts, newest), is_reissue_tried=dropped is not None, refused=refused)
    if facts.answer(order_id).order is None:
        return unreadable(facts, claim)
    order = checked_order(facts, claim)
    dates = dates_of(facts, newest)
    may_be_due = dates is None or is_path_due(facts, dates, order) or is_end_unmoved(facts, claim, dates.not_after)
    due = due_renewal(facts, order, claim) if may_be_due else None
    if goes_first(due):
        return due
    if order.is_dead:
        is_due = dates is None or is_in_renewal_window(facts, dates, order)
        dead = dead_order(facts, order, claim, may_be_due=is_due)
        if dead is None or dead.reason != "order_dead" or not is_other_key_provided(facts):
            return dead
        # Another host that shares the key may have had it reissued for the new one: the same request finds that.
        return reissue(facts, claim, "key_changed", explain(order))
    if newest is facts.host.rolled_back:
        why = Message("The certificate of order {order_id} was rolled back. It is deployed again.", order_id=order.id)
        return resume(order, claim, "rolled_back", why)
    for policy in LIVE_POLICIES:
        decision = policy(facts, order, claim)
        if decision is not None:
            if decision.action is Action.REISSUE:
                refused_order_id = dropped.id if dropped is not None else None
                return dataclasses.replace(decision, months=newest.months, refused_order_id=refused_order_id)
            return decision
    ended = due or _files_expired(facts, order, claim)
    if ended is not None:
        return ended
    used = facts.host.live_certificate
    left = days_left(used.usable, facts.now) if used else 0
    return Decision(
        Action.NOTHING,
        "valid",
        with_hints(Message("The certificate is valid for {days:.0f} more days.", days=left), order),
        order_id=order.id,
        root_order_id=claim.root_order_id,
        companion_order_id=claim.companion_order_id,
    )
