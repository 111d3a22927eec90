# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The orders that records of hosts or the journal name, and their costs.

A record and the journal name the order alone. Everything else about it is WoTrus's answer.
"""

from __future__ import annotations

import csv
import decimal
import io
import re
import typing as t
import unicodedata

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import clean_id, id_key
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json, Rows
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Payment
from ansible_collections.wotrus.pki.plugins.module_utils._model.prices import CURRENCY, Prices
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import Record
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import chinese_month, read_time
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import HostState
from ansible_collections.wotrus.pki.plugins.module_utils._report.text import clean
from ansible_collections.wotrus.pki.plugins.module_utils._texts.safe_text import INVISIBLE

_KEY = ("month", "organization", "product")
_REST = ("months", "order_number", "order_id", "ordered_at", "status", "payment", "price", "currency", "certificates")
_OF_JOURNAL = ("user", "job", "approver")
COLUMNS = (*_KEY, *_REST, *_OF_JOURNAL)


def recorded_orders(deployments: Rows) -> list[str]:
    """Return the ids of all orders that a host's records name.

    This is the filter ``_recorded_orders``. A reissue has no charge of its own, so it is named by its root.

    :param deployments: ``deployments`` of ``wotrus_deployment_info``
    """
    return [root for row in deployments for root in _roots(HostState.read(row, path="").record)]


def order_rows(
    hosts: Rows,
    states: t.Iterable[tuple[Json, HostState]],
    prices: Prices | None,
    journal: t.Mapping[str, Json] | None = None,
) -> list[dict[str, t.Any]]:
    """Return a row for each order, the oldest first.

    An order that could not be read has its id and its certificates alone.

    :param hosts: each with its ``orders``, as ``wotrus_order_info`` returns them
    :param states: each certificate with its host
    :param journal: what :func:`read_journal` returns
    """
    answers = {id_key(str(order.get("id"))): order for host in hosts for order in host.get("orders") or ()}
    journal = journal or {}
    named = [
        (root, f"{state.path.rstrip('/').rpartition('/')[2]}@{host['host']}")
        for host, state in states
        for root in _roots(state.record)
    ]
    # One that a record names has the certificates that use it now.
    recorded = {id_key(root) for root, _certificate in named}
    named += [
        (line["new_order_id"], f"{line['certificate'] or ''}@{line['host'] or ''}")
        for key, line in journal.items()
        if key not in recorded
    ]
    found: dict[str, dict[str, t.Any]] = {}
    for order_id, certificate in named:
        key = id_key(order_id)
        sender = {name: clean((journal.get(key) or {}).get(name)) for name in _OF_JOURNAL}
        new = {**_order(answers.get(key) or {}, prices), "order_id": clean(order_id), "certificates": [], **sender}
        found.setdefault(key, new)["certificates"].append(clean(certificate))
    return sorted(found.values(), key=lambda row: (row["ordered_at"] or "", row["order_id"]))


def costs_by_month(orders: Rows) -> list[dict[str, t.Any]]:
    """Return orders and costs by month, organization and product.

    An unpaid order is not counted, nor one that could not be read. An order without a price is in no amount.
    """
    groups: dict[tuple[str, ...], list[Json]] = {}
    for order in orders:
        if order["month"] and order["payment"] != Payment.UNPAID.value:
            groups.setdefault(tuple(order[name] or "" for name in _KEY), []).append(order)
    return [
        {
            **dict(zip(_KEY, key)),
            "orders": len(group),
            "unpriced": sum(1 for order in group if order["price"] is None),
            "amount": _sum([order["price"] for order in group if order["price"] is not None]),
            "currency": group[0]["currency"],
        }
        for key, group in sorted(groups.items())
    ]


def orders_csv(report: Json) -> str:
    """Return the orders of a report as CSV.

    It begins with a byte order mark, without which Excel shows no Chinese.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in report.get("orders") or ():
        writer.writerow([_cell(row[name]) for name in COLUMNS])
    return "\ufeff" + text.getvalue()


def _sum(prices: t.Sequence[str]) -> str | None:
    return f"{sum(map(decimal.Decimal, prices)):.2f}" if prices else None


def _roots(record: Record) -> list[str]:
    parts = [record.live, record.pending, *record.superseded]
    ids = [clean_id(part.root_order_id or part.order_id) for part in parts if part is not None]
    return list({id_key(order_id): order_id for order_id in ids if order_id}.values())


def _order(answer: Json, prices: Prices | None) -> dict[str, t.Any]:
    """Return what WoTrus answers about an order, and its price."""
    created = read_time(answer.get("created_at"))
    # WoTrus spells ids in several ways, and the price list has one.
    product, months = (clean_id(answer.get("product_id")) or "").upper(), answer.get("months")
    price = prices.price_of(product, months) if prices and product else None
    return {
        # The month of an invoice is that of WoTrus's own time.
        "month": chinese_month(created) if created else None,
        "organization": clean((answer.get("organization") or {}).get("name") or answer.get("common_name")),
        "product": clean(answer.get("product_name") or product),
        "months": months,
        "ordered_at": clean(answer.get("created_at")),
        **{name: clean(answer.get(name)) for name in ("order_number", "status", "payment")},
        "price": f"{price:.2f}" if price is not None else None,
        "currency": CURRENCY if prices else None,
    }


def _cell(value: t.Any) -> str:
    """Return a value for a spreadsheet, which must not be a formula.

    A spreadsheet may take full-width characters for the usual ones, and leave out those without a shape.
    """
    shown = " ".join(value) if isinstance(value, list) else "" if value is None else str(value)
    first = re.sub(f"^[{INVISIBLE}]+", "", shown)[:1]
    return f"'{shown}" if unicodedata.normalize("NFKC", first).startswith(("=", "+", "-", "@")) else shown
