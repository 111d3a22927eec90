# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private filters of the role, over the results of all hosts.

Their names begin with an underscore.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence

from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_order_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._planning.split_names import split_names
from ansible_collections.wotrus.pki.plugins.module_utils._report import orders
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import LANGUAGES, Message, text
from ansible_collections.wotrus.pki.plugins.module_utils._workflow import (
    host_results,
    limit,
    preflight,
    selection,
    summary,
)
from ansible_collections.wotrus.pki.plugins.plugin_utils import _play, _report_file
from ansible_collections.wotrus.pki.plugins.plugin_utils._variables import given

# Ansible finds it for each of the filters below.
DOCUMENTATION = r"""
name: _role
author:
  - wotrus.pki contributors (@wotrus-pki)
short_description: For the tasks of the role only
description:
  - The tasks of the role P(wotrus.pki.certificate#role) and the playbooks of this collection use this filter. It is not
    for other playbooks, and may change in any release.
options:
  _input:
    description: Depends on the task that uses the filter.
    type: raw
    required: true
"""

RETURN = r"""
_value:
  description: Depends on the task that uses the filter.
  type: raw
"""

Hosts = Sequence[str]

_UNSEEN: Json = {"error_code": "not_looked_at"}


def check_plans(
    batch: Hosts, hostvars: Json, everywhere: Hosts = (), reissue: Sequence[str] | str = ()
) -> dict[str, t.Any]:
    """Return a batch's forecast of charged orders, and unknown names.

    The variables of each host are read once, since that costs more than what is done with them.

    :param everywhere: all hosts of the play: what earlier batches were charged for counts
    :param reissue: ``wotrus_reissue``
    :returns: what :func:`limit.order_limit` returns, and ``unknown`` and ``known`` of :func:`unknown_certificates`
    """
    read = {host: hostvars[host] for host in dict.fromkeys([*batch, *everywhere])}
    limits = [found for host in batch if (found := host_results.limit_of(read[host])) is not None]
    forecast = limit.order_limit(
        {host: host_results.plans_of(read[host]) for host in batch},
        limits,
        placed=host_results.charged_values([host for host in everywhere if host not in batch], read),
    )
    return {**forecast, **unknown_certificates(reissue, read)}


def superseded_orders(deployments: Sequence[Json], hostvars: Json, host: str, inventory: Hosts) -> list[t.Any]:
    """Return a host's superseded orders that may be revoked.

    The list is empty unless the orders of every host with certificates are known.
    """
    looks = [hostvars[one].get("__wotrus_current_state") or {} for one in inventory if one in hostvars]
    return selection.superseded_orders(
        deployments,
        hostvars[host].get("wotrus_certificates") or (),
        [row for look in looks for row in look.get("deployments") or ()],
        order_names={row["name"]: row["order_name"] for row in host_results.plans_of(hostvars[host])},
        complete=not unseen_hosts(hostvars, inventory),
    )


def unseen_hosts(hostvars: Json, inventory: Hosts) -> list[str]:
    """Return the hosts with certificates whose orders this run does not know.

    A host of the run whose certificates are in variables of the play counts: which others have them is not known then.
    """
    return [one for one in inventory if one in hostvars and _is_unseen(hostvars[one])]


def _is_unseen(variables: Json) -> bool:
    if not variables.get("wotrus_certificates"):
        return bool(host_results.plans_of(variables))
    return any(
        map(selection.is_unreadable, (variables.get("__wotrus_current_state") or {}).get("deployments", [_UNSEEN]))
    )


def missing_orders(order_ids: Sequence[str], hostvars: Json, hosts: Hosts) -> dict[str, t.Any]:
    """Return the orders that no record of hosts names: the filter ``_missing_orders``.

    :returns: ``order_ids``, and whether any host was ``read``
    """
    found = {host: (hostvars[host].get("__wotrus_records") or {}).get("deployments") for host in hosts}
    read = [rows for rows in found.values() if rows is not None]
    complete = not any(found[host] is None and hostvars[host].get("wotrus_certificates") for host in hosts)
    return {"order_ids": selection.missing_orders(order_ids, read, complete=complete), "read": bool(read)}


def report_text(report: Json, form: str, **options: t.Any) -> t.Any:
    """Return the text of a report's file.

    It must never be evaluated as a template, which ansible-core 2.18 would do.
    """
    return wrap_var(_report_file.report_text(report, form, **options))


def plan_file(hosts: Hosts, hostvars: Json, form: str, **options: t.Any) -> t.Any:
    """Return the plans of a play as a file.

    It has text of hosts, so ansible-core 2.18 must never evaluate it as a template.
    """
    return wrap_var(host_results.plan_file(hosts, hostvars, form, **options))


def unknown_certificates(given: Sequence[str] | str, hosts: Json) -> dict[str, list[str]]:
    """Return the given names that no host has.

    While the certificates of a host are not known, every name may be one of them, so none is ``unknown``.
    A host of a later batch has no plan yet. Its certificates are known if the inventory has them.

    :param given: names of certificates, as :func:`split_names` takes them; a host's ``wotrus_reissue`` adds its own
    :param hosts: the variables of all hosts of the play
    :returns: ``unknown`` in the order of ``given``; ``known``, all names of the hosts, if there is an unknown one
    """
    rows = [*map(_certificates_of, hosts.values())]
    known = {row["name"] for found in rows for row in found or ()}
    names = [*split_names(given)]
    for variables in hosts.values():
        names += split_names(variables.get("wotrus_reissue") or [])
    unknown = [] if None in rows else [name for name in dict.fromkeys(names) if name not in known]
    return {"unknown": unknown, "known": sorted(known) if unknown else []}


def _certificates_of(variables: Json) -> Sequence[Json] | None:
    """Return rows with the names of a host's certificates.

    ``None`` if the names are not known.
    """
    plan = variables.get("__wotrus_host_plan")
    certificates = variables.get("wotrus_certificates") if plan is None else plan.get("plans")
    # A host with mistakes in its variables has failed already.
    if not isinstance(certificates, Sequence) or isinstance(certificates, str):
        return None
    has_names = all(isinstance(one, Mapping) and isinstance(one.get("name"), str) for one in certificates)
    return certificates if has_names else None


def host_failures(host: str, hostvars: Json, language: str = "en") -> list[str]:
    """Return why a host fails: the filter ``_host_failures``.

    A run that began in the middle of the role has no plan, and must not be green.
    """
    if hostvars[host].get("__wotrus_host_plan") is None:
        return [text(Message("result.no_plan"), language)]
    return summary.failures(host_results.results([host], hostvars), language=language)


def preflight_lines(hosts: Hosts, hostvars: Json, language: str = "en") -> list[str]:
    """Return the table of the checks: the filter ``_preflight_lines``."""
    return preflight.preflight_lines(_preflight_results(hosts, hostvars), language)


def preflight_failures(host: str, hosts: Hosts, hostvars: Json, language: str = "en") -> list[str]:
    """Return the messages of a host's checks that failed: the filter ``_preflight_failures``.

    :param hosts: all hosts that were checked, since two of them may have one order name
    """
    return preflight.preflight_failures(host, _preflight_results(hosts, hostvars), language)


def _preflight_results(hosts: Hosts, hostvars: Json) -> dict[str, Json]:
    return {host: hostvars[host].get("__wotrus_preflight") or {} for host in hosts}


def message(text_id: str, language: str = "en", **values: object) -> str:
    """Return a text of the catalogue, for a task: the filter ``_message``.

    :param language: ``wotrus_language``, which tasks before the role have not checked
    """
    return text(Message(text_id, **values), language if language in LANGUAGES else "en")


class FilterModule:
    """The filters; the work is in module_utils."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {
            "_changes": summary.changes,
            "_check_plans": check_plans,
            "_failures": summary.failures,
            "_given": given,
            "_has_finished_orders": host_results.has_finished_orders,
            "_host_failures": host_failures,
            "_is_order_id": is_order_id,
            "_matching_certificates": selection.matching_certificates,
            "_message": message,
            "_missing_orders": missing_orders,
            "_order_results": host_results.order_results,
            "_orders_to_cancel": selection.orders_to_cancel,
            "_orders_to_revoke": selection.orders_to_revoke,
            "_pending_orders": host_results.pending_orders,
            "_plan_file": plan_file,
            "_plan_lines": host_results.plan_lines,
            "_play_hosts": _play.play_hosts,
            "_preflight_failures": preflight_failures,
            "_preflight_lines": preflight_lines,
            "_recorded_orders": orders.recorded_orders,
            "_report_differs": _report_file.report_differs,
            "_report_text": report_text,
            "_results": host_results.results,
            "_results_to_show": host_results.results_to_show,
            "_split_names": split_names,
            "_stale_plans": host_results.stale_lines,
            "_summary": host_results.summary_of,
            "_superseded_orders": superseded_orders,
            "_unseen_hosts": unseen_hosts,
        }
