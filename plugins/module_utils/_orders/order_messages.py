# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages and words about an order's progress (manual, section 3)."""

from __future__ import annotations

import datetime as dt
import functools
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    BadCertificate,
    OrderDead,
    OrderMismatch,
    OrderNotIssued,
    RejectedByApi,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import (
    APPLICANT_MISSING,
    CLOSED,
    CSR_MISSING,
    ISSUED_UNPAID,
    ORGANIZATION_PENDING,
    PAPERS_MISSING,
    READY_AT_CA,
    REJECTED,
    REVOKED,
    Order,
    Payment,
    Stage,
    is_same_name,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.products import product_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import read_time
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, Text
from ansible_collections.wotrus.pki.plugins.module_utils._x509.describe import describe
from ansible_collections.wotrus.pki.plugins.module_utils._x509.pem import load_certificates

_ENDED = {CLOSED: Message("closed"), REJECTED: Message("rejected"), REVOKED: Message("revoked")}


def reason_of(order: Order) -> str:
    """Return the stable word for the state of an order."""
    if order.stage is Stage.DEAD:
        return order.status
    if order.stage is Stage.WAITING_ON_YOU:
        return "pending_payment" if order.payment is Payment.UNPAID else "pending_validation"
    if order.stage is Stage.WAITING_ON_CA:
        return "pending_ca" if order.status == READY_AT_CA else "pending_review"
    return {Stage.ISSUED: "issued", Stage.REVOKING: "revoking"}.get(order.stage, "unknown_status")


def status_words(status: str) -> Text:
    """Return the status of an order, for a sentence.

    For an order that has ended, it is a word of ours.
    """
    return _ENDED.get(status, status)


_MISSING = {
    PAPERS_MISSING: Message("documents of the order"),
    CSR_MISSING: Message("its CSR"),
    APPLICANT_MISSING: Message("data of the applicant"),
    ORGANIZATION_PENDING: Message("documents of the organization"),
}


def explain(order: Order) -> Message:
    """Return the sentences about an order's state, who must act, and what a person can do."""
    return with_hints(_state(order), order)


def explain_unpaid(order: Order) -> Message:
    """Return the sentence about an issued order whose certificate WoTrus gives once it is paid."""
    return Message(
        "Order {order_id} is issued and not paid, and WoTrus gives no certificate until it is.", order_id=order.id
    )


def with_hints(state: Message, order: Order) -> Message:
    """Return sentences about an order with what WoTrus shows as missing."""
    if ISSUED_UNPAID in order.hints:
        return Message("{state} WoTrus shows that it was issued before the payment, and is not paid.", state=state)
    missing = [_MISSING[hint] for hint in order.hints]
    if not missing:
        return state
    return Message("{state} WoTrus shows that this is missing: {missing}.", state=state, missing=missing)


def _state(order: Order) -> Message:
    values = {"order_id": order.id, "status": status_words(order.status), "link": link_of(order)}
    if order.is_dead:
        return Message("Order {order_id} is {status}.", **values)
    return {
        "pending_payment": Message("Order {order_id} waits for your payment{link}.", **values),
        "pending_validation": Message("Order {order_id} waits for your validation (pendingDCV){link}.", **values),
        "pending_review": Message("Order {order_id} is under review at WoTrus ({status}).", **values),
        "pending_ca": Message("Order {order_id} waits for the CA to issue the certificate.", **values),
        "issued": Message("Order {order_id} is issued.", **values),
        "revoking": Message("Order {order_id} is issued, and its revocation is under review.", **values),
        "unknown_status": Message(
            "Order {order_id} has the status {status!r}, which the manual does not explain.", **values
        ),
    }[reason_of(order)]


def link_of(order: Order) -> Text:
    """Return the page where a person has to act, for a sentence."""
    if order.unsafe_link:
        return Message(" (WoTrus sent no safe https link, but the text {text!r})", text=order.unsafe_link)
    return Message(" ({url})", url=order.pending_link) if order.pending_link else ""


def differences(
    order: Order, *, product: str | None, common_name: str | None, organization: str | None = None
) -> list[Message]:
    """Return the differences between an order and the wanted values.

    Missing values are not compared.

    :param product: a product's name or GUID
    """
    pairs = (
        ("product", order.product_id, product and product_id(product), is_same_id),
        ("common_name", order.common_name, common_name and common_name.strip(), is_same_name),
        ("organization", order.organization.name, organization, is_same_name),
    )
    return [
        Message("{option} is {found!r}, not {wanted!r}", option=option, found=found, wanted=wanted)
        for option, found, wanted, is_same in pairs
        if found and wanted and not is_same(found, wanted)
    ]


UNSAID = Message("WoTrus says neither in Query nor by a certificate whom it is for")
"""Why nothing is done with an order of which a name is not known."""


def differences_with_certificate(
    order: Order,
    certified: t.Callable[[str], str | None],
    *,
    product: str | None = None,
    common_name: str | None = None,
    organization: str | None = None,
) -> list[Message]:
    """Return the differences of an order, by its certificate's subject where Query does not have the names.

    :param certified: returns a name of the subject: ``common_name`` or ``organization``
    """
    wrong = differences(order, product=product, common_name=common_name, organization=organization)
    is_unnamed = not order.common_name or bool(product and not order.product_id)
    wanted = {
        "common_name": is_unnamed and common_name,
        "organization": not order.organization.name and organization,
    }
    for what, value in wanted.items() if not wrong else ():
        if value and not is_same_name(found := certified(what) or "", value):
            other = Message("its certificate is for {found!r}, not {wanted!r}", found=found, wanted=value.strip())
            wrong.append(other if found else UNSAID)
    return wrong


def require_issued(order: Order, why: Message) -> None:
    """Check that an order is issued.

    :param why: the sentence about what needs that
    :raises OrderDead: it is closed, rejected or revoked
    :raises OrderNotIssued: it has no certificate yet, or its revocation is under review
    """
    if order.stage is not Stage.ISSUED:
        kind = OrderDead if order.is_dead else OrderNotIssued
        raise kind(Message("{order} {why}", order=explain(order), why=why), order_id=order.id)


def require_same(
    api: Api, order: Order, *, product: str | None, common_name: str | None, organization: str | None = None
) -> None:
    """Check that an order is for the given product, name and organization.

    The certificate's subject counts if Query does not have them.

    :raises OrderMismatch: it is for another one, or whom it is for is not known
    """
    wanted = {"product": product, "common_name": common_name, "organization": organization}
    certified = functools.partial(_certified, api, order)
    wrong = differences(order, **wanted) if order.is_dead else differences_with_certificate(order, certified, **wanted)
    if wrong:
        raise OrderMismatch(
            "Order {order_id} is not the one that is meant: {differences}.", differences=wrong, order_id=order.id
        )


def require_fingerprint(api: Api, order: Order, fingerprint_sha256: str | None) -> None:
    """Check that an order's certificate is the one that is meant.

    :param fingerprint_sha256: of the certificate, in hexadecimal; ``None`` checks nothing
    :raises OrderMismatch: the order has another certificate, or none
    """
    if fingerprint_sha256 is not None and _certified(api, order, "fingerprint_sha256") != fingerprint_sha256.lower():
        raise OrderMismatch("Order {order_id} does not have the certificate that is meant.", order_id=order.id)


def is_expired(api: Api, order: Order) -> bool:
    """Return whether an order's certificate has ended, by WoTrus's clock if it sends its time."""
    end = read_time(_certified(api, order, "not_after"))
    return end is not None and end <= (api.http.server_time or dt.datetime.now(dt.timezone.utc))


def _certified(api: Api, order: Order, fact: str) -> str | None:
    """Return a fact of an order's certificate, if it has one.

    :raises WotrusError: RetrievePem failed, which says nothing about the order
    """
    try:
        bundle = next(iter(api.retrieve(order.id).values()))
        value = describe(load_certificates(bundle.certificate)[0])[fact]
    except (RejectedByApi, BadCertificate) as exc:
        if exc.is_temporary:
            raise
        return None
    return str(value) if value else None
