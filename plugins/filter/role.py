# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private filters of the role.

Their names begin with an underscore. What is decided over hosts is in wotrus_batch.
"""

from __future__ import annotations

import typing as t
from collections.abc import Sequence

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput, JournalFailed
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_order_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._orders.journaled_orders import journaled_orders
from ansible_collections.wotrus.pki.plugins.module_utils._planning.split_names import split_names
from ansible_collections.wotrus.pki.plugins.module_utils._report import orders
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import LANGUAGES, rendered
from ansible_collections.wotrus.pki.plugins.module_utils._workflow import selection
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.summary import report_lines
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


def missing_orders(order_ids: Sequence[str], hostvars: Json, hosts: Hosts) -> dict[str, t.Any]:
    """Return the orders that no record of hosts names: the filter ``_missing_orders``.

    :returns: ``order_ids``, and whether any host was ``read``
    """
    found = {host: (hostvars[host].get("__wotrus_records") or {}).get("deployments") for host in hosts}
    read = [rows for rows in found.values() if rows is not None]
    complete = not any(found[host] is None and hostvars[host].get("wotrus_certificates") for host in hosts)
    return {"order_ids": selection.missing_orders(order_ids, read, complete=complete), "read": bool(read)}


def play_hosts(pattern: t.Any, groups: Json, tags: str = "") -> t.Any:
    """Return the hosts of a playbook: :func:`_play.play_hosts`, the filter ``_play_hosts``.

    :raises AnsibleFilterError: as there. Before ansible-core 2.19, any other exception is shown as a bug of Ansible.
    """
    try:
        return _play.play_hosts(pattern, groups, tags)
    except InvalidInput as exc:
        raise AnsibleFilterError(str(exc)) from None


def journal_orders(place: str | None, host: str, hosts: Hosts) -> list[str]:
    """Return the ids of the journal's orders that a host's task reads: the filter ``_journaled_orders``.

    :raises AnsibleFilterError: the journal cannot be read
    """
    try:
        return journaled_orders(place, host, hosts)
    except (InvalidInput, JournalFailed) as exc:
        raise AnsibleFilterError(str(exc)) from None


def report_text(report: Json, form: str, language: str) -> t.Any:
    """Return the text of a report's file.

    It must never be evaluated as a template, which ansible-core 2.18 would do.
    """
    return wrap_var(_report_file.report_text(report, form, language))


def message(english: str, language: str = "en", **values: object) -> str:
    """Return a text with its values, for a task: the filter ``_message``.

    :param language: ``wotrus_language``, which tasks before the role have not checked
    """
    return rendered(english, values, language if language in LANGUAGES else "en")


class FilterModule:
    """The filters; the work is in module_utils."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filters by name."""
        return {
            "_given": given,
            "_is_order_id": is_order_id,
            "_journaled_orders": journal_orders,
            "_matching_certificates": selection.matching_certificates,
            "_message": message,
            "_missing_orders": missing_orders,
            "_play_hosts": play_hosts,
            "_recorded_orders": orders.recorded_orders,
            "_report_differs": _report_file.report_differs,
            "_report_lines": report_lines,
            "_report_text": report_text,
            "_split_names": split_names,
        }
