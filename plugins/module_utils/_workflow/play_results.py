# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The results of a play, for people and for the next job."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Rows
from ansible_collections.wotrus.pki.plugins.module_utils._model.prices import Prices
from ansible_collections.wotrus.pki.plugins.module_utils._planning.results import FAILED, is_failing
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.approval import approval_lines
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.batch_check import check_batch
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.host_tasks import Hosts, host_row, plans_of
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.notification import noteworthy, notification
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.summary import Summary, revocation_lines, summary

UNREACHABLE = "unreachable"
"""Why a plan has nothing for a host, where no task failed."""

# For the notifications of AWX, which add a title and the link of the job: WeCom takes 4,096 bytes.
_LARGEST_NOTIFICATION = 2_500


def play_results(
    hosts: Hosts,
    expected: Hosts | None = None,
    *,
    prices: Prices | None = None,
    language: str = "en",
    check_mode: bool = False,
    revocations: t.Mapping[str, Rows] | None = None,
    revocation_results: Rows = (),
    notices: Rows = (),
    later: t.Collection[str] = (),
) -> Summary:
    """Return the results of hosts, for people and for the next job.

    :param expected: the hosts that the run was for, if these are others
    :param prices: for the lines about a plan that needs an approval
    :param check_mode: the plan and its approval are wanted too
    :param revocations: what ``wotrus_revoke`` returned for superseded certificates, by host
    :param revocation_results: the results of these; those that failed are failing
    :param notices: warnings about no host
    :param later: the hosts of later batches
    """
    rows = [row for tasks in hosts for row in tasks.results]
    every = hosts if expected is None else expected
    failed = [row for row in revocation_results if is_failing(row)]
    lost = _lost_hosts(every, rows)
    errors = [{**host_row(tasks), "name": None} for tasks in lost if tasks.error is not None]
    unseen = [tasks for tasks in lost if tasks.error is None]
    unreachable = [tasks.host for tasks in unseen if tasks.is_unreachable]
    found = summary(
        plans_of(hosts),
        rows,
        without_result=[tasks.host for tasks in unseen],
        later=later,
        errors=[*errors, *failed],
        notices=[*(notice for tasks in every for notice in tasks.notices), *notices],
        check_mode=check_mode,
        language=language,
    )
    approval = approval_lines(plans_of(hosts), prices, language, unreachable=unreachable) if check_mode else []
    notified = noteworthy([*rows, *failed, *map(host_row, lost)])
    artifacts = {
        **found.artifacts,
        "wotrus_notification": notification(notified, language).within(_LARGEST_NOTIFICATION) if notified else "",
    }
    if check_mode:
        artifacts["wotrus_approval"] = _approval(hosts, prices, language, unreachable)
        artifacts["wotrus_not_planned"] = {
            tasks.host: UNREACHABLE if tasks.host in unreachable else FAILED for tasks in lost
        }
    return Summary(artifacts, [*found.lines, *revocation_lines(revocations or {}, language), *approval])


def _lost_hosts(hosts: Hosts, rows: Rows) -> Hosts:
    """Return the hosts for which a task failed, or that have certificates and no result."""
    seen = {row["host"] for row in rows}
    return [tasks for tasks in hosts if tasks.error is not None or (tasks.host not in seen and tasks.plans != [])]


def _approval(hosts: Hosts, prices: Prices | None, language: str, unreachable: t.Sequence[str]) -> str:
    """Return what a person approves in AWX, in one line."""
    lines = approval_lines(plans_of(hosts), prices, language, found=check_batch(hosts), unreachable=unreachable)
    # For a notification, AWX's JSON is cut at the next quotation mark (extensions/awx/vars/messages.yml).
    return "; ".join(line.rstrip(".。") for line in lines).replace('"', "'")
