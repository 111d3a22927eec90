# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters that make the report of a fleet."""

from __future__ import annotations

import datetime as dt
import typing as t

from ansible.errors import AnsibleError
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.wotrus.pki.plugins.module_utils._report import forms, report_data

Json = t.Mapping[str, t.Any]


def report(hosts: t.Sequence[str], hostvars: Json) -> t.Any:
    """Return the data of a report on hosts, from what the role's entry point ``read`` registered for them.

    It has text of the API and of hosts, so ansible-core 2.18 must never take it for a template.
    """
    rows = [_row(host, hostvars[host]) for host in hosts]
    return wrap_var(report_data.report_data(rows, now=dt.datetime.now(dt.timezone.utc)))


def _row(host: str, variables: Json) -> dict[str, t.Any]:
    found, planned = variables.get("__wotrus_host_state") or {}, variables.get("__wotrus_host_plan") or {}
    row = {
        "host": host,
        "deployments": forms.plain(found.get("deployments") or ()),
        "plans": planned.get("plans") or (),
        "results": planned.get("results") or (),
    }
    error = report_data.error_of(found, planned)
    return {**row, "error": error, "names": _names(variables)} if error else row


def _names(variables: Json) -> list[str]:
    """Return the names of a host's certificates; none if its variables cannot be read."""
    try:
        entries = variables.get("wotrus_certificates") or ()
        return [str(entry["name"]) for entry in entries]
    except (AnsibleError, KeyError, TypeError):
        return []


class FilterModule:
    """The filters; the work is in module_utils."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {"report": report, "report_text": forms.text, "report_differs": forms.differs}
