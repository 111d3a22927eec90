# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules about which order follows which, one function each.

Two more are the limits (``_workflow/limit.py``), and what is sent (``_workflow/send.py``).
"""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key, is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Order
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import differences
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import Certificate
from ansible_collections.wotrus.pki.plugins.module_utils._planning.renewal import (
    ONE_END,
    is_in_renewal_window,
    paid_term,
    term,
    window,
)


def is_purchase(facts: Facts, order: Order, certificate: Certificate | None) -> bool:
    """Return whether an order that a host calls its own root may be followed as one.

    A name begins a chain of orders; each order is followed by one order at most. A host may pass a reissue off as a
    root, and a repeated Create may answer one. Its certificate ends earlier than the term of a purchase of its age, and
    has no whole term.

    :param certificate: that RetrievePem gives for the order
    """
    dates = paid_term(facts, order)
    if certificate is None or dates is None or is_same_id(facts.wanted.root_order_id, order.id):
        return True
    is_whole = certificate.not_after - certificate.not_before >= dates.not_after - dates.not_before - ONE_END
    return is_whole or reaches_end(certificate, dates)


def reaches_end(certificate: Certificate, dates: Certificate) -> bool:
    """Return whether a certificate ends with a paid term, or later."""
    return certificate.not_after >= dates.not_after - ONE_END


def is_due(facts: Facts, root: Order, order: Order, certificate: Certificate | None) -> bool:
    """Return whether the certificate of the order in use is due, and the paid term of its known root is.

    Only two things are followed without a person: nothing (a name's first order), and a known root that is due. Due
    means both: the certificate of the order in use is in its renewal window, and the root's paid term is. A certificate
    may be shorter than the term that was paid: then it is reissued.

    :param certificate: that RetrievePem gives for the order in use; ``None`` if it has ended without one
    """
    dates = paid_term(facts, root)
    if dates is None or (certificate is not None and not is_in_renewal_window(facts, certificate, order)):
        return False
    is_one_end = certificate is not None and reaches_end(certificate, dates)
    return is_one_end or facts.now >= window(dates, facts.wanted, term(facts, root)).opens


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
