# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Newer certificates and chains of an order, and a chain that ends before its certificate."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Order
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import differences
from ansible_collections.wotrus.pki.plugins.module_utils._planning.claims import Claim, live_claim
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Decision
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decisions import ASK_FOR_CHAIN, blocked, day, resume
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts
from ansible_collections.wotrus.pki.plugins.module_utils._planning.following import is_end_unmoved, reissue
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_checks import has_live_key
from ansible_collections.wotrus.pki.plugins.module_utils._planning.identity import queried_order
from ansible_collections.wotrus.pki.plugins.module_utils._planning.renewal import is_path_due
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message


def certificate_changed(facts: Facts, order: Order, claim: Claim) -> Decision | None:
    """Deploy a newer certificate of the order, if WoTrus has one.

    It was fetched because the live certificate or its chain seemed to be due.
    """
    used, newer = facts.host.live_certificate, facts.known_certificate(order.id)
    if used is None or newer is None or newer.usable.not_after <= used.usable.not_after:
        return None
    if newer.fingerprint_sha256 is None or used.fingerprint_sha256 in (None, newer.fingerprint_sha256):
        return None
    fits = has_live_key(facts, newer)
    msg = Message(
        "WoTrus has a newer certificate of order {order_id}, which expires on {day}. It is deployed."
        if fits
        else "WoTrus has a newer certificate of order {order_id}, which expires on {day}. It is for another key "
        "(SHA-256 {key}), and is not deployed.",
        order_id=order.id,
        day=day(newer.usable.not_after),
        key=newer.public_key_sha256,
    )
    if fits:
        return resume(order, claim, "certificate_changed", msg)
    return blocked("key_mismatch", msg, Message("Run wotrus.pki.reissue for it."), claim, is_failure=True)


def chain_changed(facts: Facts, order: Order, claim: Claim) -> Decision | None:
    """Deploy a newer chain of the live certificate, if WoTrus has one."""
    used, newer = facts.host.live_certificate, facts.known_certificate(order.id)
    if used is None or newer is None or used.fingerprint_sha256 != newer.fingerprint_sha256:
        return None
    if used.path_not_after is None or newer.path_not_after is None or newer.path_not_after <= used.path_not_after:
        return None
    msg = Message(
        "WoTrus has a newer chain for the certificate of order {order_id}, which expires on {day}. It is deployed.",
        order_id=order.id,
        day=day(newer.path_not_after),
    )
    return resume(order, claim, "chain_changed", msg)


def newer_chain_of_live(facts: Facts) -> Decision | None:
    """Deploy a newer chain of the live certificate while another order is pending."""
    live, used = facts.live, facts.host.live_certificate
    if live is None or live.order_id is None or used is None or used.usable == used:
        return None
    if not has_live_key(facts, used) or used.not_after <= facts.now:
        return None
    order, want = queried_order(facts, live.order_id), facts.wanted
    if order is None or not order.is_issued or not is_path_due(facts, used, order):
        return None
    if differences(order, product=want.product, common_name=want.common_name, organization=want.organization):
        return None
    # It is fetched for this.
    facts.certificate(order.id)
    return chain_changed(facts, order, live_claim(facts, live))


def chain_ends(facts: Facts, order: Order, claim: Claim) -> Decision | None:
    """The chain of the certificate is due, the certificate is not, and WoTrus has no newer chain.

    The order is reissued once, since that may come from another intermediate. No order is placed for it.
    """
    certificate = facts.known_certificate(order.id)
    if certificate is None or certificate.usable == certificate or not is_path_due(facts, certificate, order):
        return None
    usable = certificate.usable
    why = Message(
        "The certificate of order {order_id} expires on {day}, but its chain on {end}, and WoTrus has no newer chain.",
        order_id=order.id,
        day=day(certificate.not_after),
        end=day(usable.not_after),
    )
    if not (claim.is_reissue_tried or is_end_unmoved(facts, claim, usable.not_after)):
        return reissue(facts, claim, "chain_ends", why, ended=usable)
    return blocked("chain_ends", why, ASK_FOR_CHAIN, claim)
