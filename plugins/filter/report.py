# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ``report``: the data of a report on many hosts."""

from __future__ import annotations

import datetime as dt
import typing as t

from ansible.errors import AnsibleError
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput, JournalFailed
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._model.prices import read_prices
from ansible_collections.wotrus.pki.plugins.module_utils._orders.journaled_orders import read_journal
from ansible_collections.wotrus.pki.plugins.module_utils._planning.variables import certificates_of
from ansible_collections.wotrus.pki.plugins.module_utils._report import report_data
from ansible_collections.wotrus.pki.plugins.module_utils._report.text import plain
from ansible_collections.wotrus.pki.plugins.plugin_utils._play import hostile_facts


def report(
    hosts: t.Sequence[str],
    hostvars: Json,
    *,
    prices: Json | None = None,
    journal: str = "",
) -> t.Any:
    """Return the report on hosts, from results of entry point ``read``.

    It has text of the API and of hosts, so ansible-core 2.18 must never evaluate it as a template.

    :param prices: ``wotrus_prices``, for the costs of orders
    :param journal: ``wotrus_journal`` of the controller, for who sent the orders; that of a host counts too
    """
    rows = [_row(host, hostvars[host]) for host in hosts]
    now, priced = dt.datetime.now(dt.timezone.utc), read_prices(prices)
    places = dict.fromkeys([journal, *(_journal(hostvars[host]) for host in hosts)])
    try:
        journaled = {key: line for place in places for key, line in read_journal(place).items()}
    except (InvalidInput, JournalFailed) as exc:
        raise AnsibleError(str(exc)) from None
    return wrap_var(report_data.report_data(rows, now=now, prices=priced, journal=journaled))


def _row(host: str, variables: Json) -> dict[str, t.Any]:
    found, planned = variables.get("__wotrus_host_state") or {}, variables.get("__wotrus_host_plan") or {}
    row = {
        "host": host,
        "deployments": plain(found.get("deployments") or ()),
        "plans": planned.get("plans") or (),
        "results": planned.get("results") or (),
        "notices": planned.get("notices") or (),
        "unlisted": planned.get("unlisted") or (),
        "request_ids": planned.get("request_ids") or (),
    }
    if "orders" in (variables.get("__wotrus_orders") or {}):
        row["orders"] = plain(variables["__wotrus_orders"]["orders"])
    error = report_data.error_of(found, planned)
    return {**row, "error": error, "names": _names(variables)} if error else row


def _names(variables: Json) -> list[str]:
    """Return the names of a host's certificates; empty if unreadable."""
    try:
        return [str(entry["name"]) for entry in certificates_of(variables) or ()]
    except (AnsibleError, KeyError, TypeError):
        return []


def _journal(variables: Json) -> str:
    """Return the journal of a host; a fact of the host is none."""
    return "" if hostile_facts(variables) else str(variables.get("wotrus_journal") or "")


class FilterModule:
    """The filter; the work is in module_utils."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"report": report}
