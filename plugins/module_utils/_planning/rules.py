# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules about which order follows which, one function each.

Two more are the limits (``_workflow/limit.py``), and what is sent (``_workflow/send.py``).
"""

from __future__ import annotations

import datetime as dt

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key, is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Order
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import differences
from ansible_collections.wotrus.pki.plugins.module_utils._planning.claims import Claim
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import Certificate
from ansible_collections.wotrus.pki.plugins.module_utils._planning.renewal import (
    is_old_enough,
    length_of,
    paid_months,
    term,
    term_dates,
    window,
)

_CALENDAR = dt.timedelta(days=3)
"""How much longer a term in months may be than its certificate's days, in a leap year as well."""


def root_of(facts: Facts, claim: Claim, order: Order) -> str | None:
    """Return the id from which the order that follows gets its value: the id that Create answered.

    A name begins a chain of orders; each order is followed by one order at most. A host may pass a reissue off as a
    root, and a repeated Create may answer one: its certificate ends earlier than that of a purchase of its age, and has
    no whole term.

    :returns: ``None`` if the root is not known
    """
    is_own = is_same_id(claim.root_order_id, order.id)
    return claim.root_order_id if not is_own or is_purchase(facts, order, facts.known_certificate(order.id)) else None


def is_purchase(facts: Facts, order: Order, certificate: Certificate | None) -> bool:
    """Return whether an order may be a root: its certificate has a whole term, or the entry names it, or none is known.

    :param certificate: that RetrievePem gives for the order
    """
    if certificate is None or order.created_at is None or is_same_id(facts.wanted.root_order_id, order.id):
        return True
    length = length_of(paid_months(term(order, facts.wanted))) - _CALENDAR
    is_whole = certificate.not_after - certificate.not_before >= length
    return is_whole or certificate.not_after >= order.created_at + length


def is_due(facts: Facts, root: Order, certificate: Certificate | None) -> bool:
    """Return whether a known root is followed without a person.

    Only two things are followed without a person: nothing (a name's first order), and a known root that is due. Due
    means both: the certificate of the order in use is in its renewal window, and the root's own term is.

    :param certificate: that RetrievePem gives for the order in use; ``None`` if it has ended without one
    """
    months = term(root, facts.wanted)
    dates = term_dates(facts, root) or certificate
    if dates is None or not is_old_enough(facts, dates, months):
        return False
    if certificate is not None and facts.now < window(certificate, facts.wanted, months).opens:
        return False
    return facts.now >= window(dates, facts.wanted, months).opens - _CALENDAR


def is_named(facts: Facts, order: Order | None, order_id: str) -> bool:
    """Return whether a person permits the order that follows this one.

    A person who names an order permits the follower of that order, and nothing else. An order that is named for a whole
    run must be for the entry; its value is derived from its own id.

    :param order: Query's answer; ``None`` if it does not answer
    """
    if id_key(order_id) in facts.wanted.replace_orders:
        return True
    if id_key(order_id) not in facts.wanted.replace_orders_of_run or order is None:
        return False
    wanted = facts.wanted
    said = order.product_id and order.common_name and order.organization.name
    return bool(said) and not differences(
        order, product=wanted.product, common_name=wanted.common_name, organization=wanted.organization
    )
