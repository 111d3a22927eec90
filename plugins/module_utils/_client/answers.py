# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The API's answers as typed objects."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import html
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.envelope import NoData, UnreadableData
from ansible_collections.wotrus.pki.plugins.module_utils._client.fields import Fields
from ansible_collections.wotrus.pki.plugins.module_utils._errors import BadAnswer, OtherOrder, WotrusError, boundary
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import clean_id, is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import (
    APPLICANT_MISSING,
    CSR_MISSING,
    ORGANIZATION_PENDING,
    PAPERS_MISSING,
    PAYMENTS,
    Order,
    Organization,
    known_status,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.products import MONTHS
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import plausible_time, read_time
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._texts.safe_text import safe_line, safe_link, safe_text

# Flags of an order that are false while something is missing (manual, section 3).
_FLAGS = {PAPERS_MISSING: "isUploadedPic", CSR_MISSING: "isCSRSubmitted", APPLICANT_MISSING: "isCustomerInfoFilled"}


@dataclasses.dataclass(frozen=True)
class PemBundle:
    """A certificate and its chain as text, in the answer's order."""

    certificate: str
    chain: tuple[str, ...] = ()


RetrievedPems = dict[str, PemBundle]
"""RetrievePem's answer by kind: an RSA or ECC certificate as ``rsa``, an SM2 pair as ``sign`` and ``encrypt``."""


@dataclasses.dataclass(frozen=True)
class Placed:
    """The answer of Create or ReissueRequest, and what Query says of the order.

    :ivar order_id: the order of the CSR; if a reissue has no new id, the order's own id
    :ivar companion_order_id: the SM2 order beside it, for a product that has one
    :ivar began: a time of the server's clock before the first try; ``None`` if unknown
    :ivar order: none if Query did not know it yet, or failed; ``error`` says why
    """

    order_id: str
    companion_order_id: str | None
    began: dt.datetime | None
    order: Order | None = None
    error: WotrusError | None = None

    @property
    def created(self) -> bool | None:
        """Whether this call placed the order; ``None`` if unknown.

        An order is new if it was created after the first try was sent, by the server's own clock.
        """
        created_at = self.order.created_at if self.order else None
        return None if self.began is None or created_at is None else created_at >= self.began


@contextlib.contextmanager
def _reading() -> t.Iterator[None]:
    """Replace each error about a part that is needed.

    :raises UnreadableData: in its place
    """
    try:
        with boundary(lambda error: BadAnswer("The answer cannot be read: {error}.", error=error)):
            yield
    except NoData:
        raise
    except BadAnswer as exc:
        place = str(exc.message.arguments.get("field", "data"))
        raise UnreadableData(exc.message, field=place.replace("envelope.", "", 1)) from exc


@_reading()
def read_order_ids(data: Fields) -> tuple[str, str | None]:
    """Return the id of the order and of its companion.

    ``orderId_RSA`` is the order of the CSR, and ``orderId`` is its SM2 companion. Either may be null; if
    ``orderId_RSA`` is, ``orderId`` is the order of the CSR (manual, section 2).
    """
    plain, rsa = data.id("orderId"), data.id("orderId_RSA")
    order_id = rsa or plain
    if order_id is None:
        raise NoData(Message("The answer has isSuccess true, but no order id."))
    return order_id, (plain if rsa and not is_same_id(plain, rsa) else None)


@_reading()
def read_order(data: Fields, *, asked: str, now: dt.datetime | None = None) -> Order:
    """Return the order of an answer of Query.

    :param asked: the requested id
    :param now: the server's time, against which ``createTime`` is no default and not to come; ``None`` if unknown
    """
    order_id = data.id("id")
    if order_id is not None and not is_same_id(order_id, asked):
        raise OtherOrder("The answer is for order {found}, not for {order_id}.", found=order_id, order_id=asked)
    org, link = _readable(data.object, "org") or Fields({}, "org"), _readable(data.block, "pendingLink")
    uploaded, created_at = _readable(org.flag, "isUpload"), read_time(_readable(data.text, "createTime"))
    flags = {**{hint: _readable(data.flag, flag) for hint, flag in _FLAGS.items()}, ORGANIZATION_PENDING: uploaded}
    return Order(
        id=clean_id(asked) or "",
        status=known_status(data.text("status") or "unknown"),
        product_id=data.id("productID"),
        product_name=_readable(data.text, "productName"),
        common_name=_name(data, "cn"),
        months=_months(data),
        created_at=plausible_time(created_at, now=now),
        order_number=_readable(data.text, "orderNumber"),
        organization=Organization(
            id=_readable(org.id, "id"),
            name=_name(org, "orgName"),
            status=_readable(org.text, "status"),
            documents_uploaded=uploaded,
        ),
        missing=tuple(hint for hint, flag in flags.items() if flag is False),
        payment=PAYMENTS.get(_readable(data.number, "isPay")),
        pending_link=safe_link(link),
        # As a safe text, it would be another link.
        unsafe_link=safe_line(link) if link and not safe_link(link) else None,
    )


def _name(data: Fields, field: str) -> str | None:
    """Return a name, which may be written for HTML."""
    name = data.text(field)
    return safe_text(html.unescape(name)).strip() or None if name else None


def _readable(read: t.Callable[[str], t.Any], name: str) -> t.Any:
    """Return a field without which an order can be decided on; ``None`` if it cannot be read."""
    try:
        return read(name)
    except BadAnswer:
        return None


@_reading()
def read_pems(data: Fields) -> RetrievedPems:
    """Return the certificates of an answer of RetrievePem, as text."""
    texts = {kind: data.block(f"pem_{kind}") for kind in ("RSA", "Sign", "Encrypt")}
    return {kind.lower(): PemBundle(pem, data.texts(f"chains_{kind}")) for kind, pem in texts.items() if pem}


@_reading()
def read_reissue_id(data: Fields) -> str | None:
    """Return the id of a reissue; ``None`` if it has none."""
    return data.id("newOrderID")


def _months(data: Fields) -> int | None:
    """Return the term in months; ``None`` if its unit is not known.

    ``durationType`` 0 is months (manual, section 3). A number of months that is not sold may be of another unit.
    """
    duration, unit = _readable(data.number, "duration"), _readable(data.text, "durationType")
    return duration if duration in MONTHS and unit in (None, "0") else None
