# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The results of many hosts, in short.

A workflow's next job needs a few values, and people read a few lines.
"""

from __future__ import annotations

import collections
import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json, Rows, grouped
from ansible_collections.wotrus.pki.plugins.module_utils._planning.results import (
    DEPLOYED,
    MAYBE_CHARGED,
    NOT_CHARGED,
    NOT_SELECTED,
    WAITING,
    is_failing,
)
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, text
from ansible_collections.wotrus.pki.plugins.module_utils._texts.words import VALUES
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.table import (
    MOST_LINES,
    first_lines,
    first_names,
    sentences,
    word,
)

PLANNED = (
    "name",
    "action",
    "reason",
    "may_be_charged",
    "months",
    "order_name",
    "idempotence_id",
    "order_id",
    "planned_at",
    "fingerprint",
)
"""What a plan has of each certificate, for a person and for the run that applies it."""

_WAITING = ("name", "order_id", "pending_link", "waiting_since")
_FAILING = ("name", "result", "msg", "next_step")
_ABOUT_ORDERS = set(VALUES["reason"]) - {
    *("order_limit", "reissue_limit", "orders_stopped", "ca_time_unknown"),
    *("key_home", "signatures_superseded", "signatures_foreign", "signatures_missing"),
}
_RUNBOOK = Message("  If a next step does not help, see the runbook: A certificate stays red")


@dataclasses.dataclass(frozen=True)
class Summary:
    """The results of hosts.

    :ivar artifacts: the values for the next job of a workflow
    :ivar lines: the same for people
    """

    artifacts: Json
    lines: t.Sequence[str]


def failures(
    rows: Rows,
    plans: Rows = (),
    language: str = "en",
    *,
    waiting: bool = False,
    shown: t.Callable[[], t.Collection[str]] = tuple,
) -> list[str]:
    """Return a line for each reason for which results fail the run, with their names.

    :param plans: plans that are not carried out yet; an alarm that they would end does not count
    :param shown: returns the words that the table of the results has for several hosts; they are not repeated for each
    :param waiting: a result that waits for a person fails too
    """
    todo = {plan["name"] for plan in plans if plan["would_change"]}
    lines, alike = [], collections.defaultdict(list)
    for row in rows:
        name, link = row["name"], row.get("pending_link") or "-"
        if waiting and row["waiting_for"] == "you":
            lines.append(text(Message("{name} waits for you: {link}", name=name, link=link), language))
        elif is_failing({**row, "alarm": None} if name in todo else row):
            alike[_failure(row, shown, language)].append(name)
    return [*lines, *(f"{first_names(names, language)}: {words}" for words, names in alike.items())]


def _failure(row: Json, shown: t.Callable[[], t.Collection[str]], language: str) -> str:
    """Return why a certificate fails; its reason alone if a table has the words of several hosts."""
    words, reason = sentences(row, ("msg", "next_step"), language), VALUES["reason"].get(str(row.get("error_code")))
    if reason is None or words not in shown():
        return words
    return text(Message("{reason}. The table of the results says what to do.", reason=reason), language)


def changes(plans: Rows, language: str = "en") -> list[str]:
    """Return a line for each plan that changes something."""
    return [f"{row['name']}: {sentences(row, ('msg',), language)}" for row in plans if row["would_change"]]


def summary(
    plans: Rows,
    results: Rows,
    *,
    without_result: t.Sequence[str] = (),
    later: t.Collection[str] = (),
    errors: Rows = (),
    notices: Rows = (),
    check_mode: bool = False,
    language: str = "en",
) -> Summary:
    """Return the summary of a fleet.

    :param plans: the plans of all hosts, each with its ``host``
    :param results: the results of all certificates
    :param without_result: the hosts that have neither
    :param later: the hosts of later batches, of which the lines say no more than their number
    :param errors: results that no table has: why tasks failed for whole hosts, whose ``name`` is ``None``, and
        revocations of superseded orders that failed
    :param notices: warnings, each with the ``name`` of its certificate and its ``host``, or ``None``
    :param check_mode: the work of the plans counts, and not that nothing is done yet
    """
    work = [row for row in plans if check_mode and row["would_change"]]
    predicted = {(row["host"], row["name"]) for row in work}
    others = [row for row in results if (row["host"], row["name"]) not in predicted]
    groups = {
        **_waiting(results),
        "failing": [*_failing(results, predicted), *errors],
        "not_selected": [row for row in results if row["result"] == NOT_SELECTED],
        "warnings": warnings(results, notices),
    }
    counts = {
        "hosts": len({row["host"] for row in results}),
        "certificates": len(results),
        **({"planned": dict(collections.Counter(row["action"] for row in work))} if check_mode else {}),
        "results": dict(collections.Counter(row["result"] for row in others)),
        "charged": sum(row["charged"] != NOT_CHARGED for row in results),
        "maybe_charged": sum(row["charged"] == MAYBE_CHARGED for row in results),
        "deployed": sum(row["result"] == DEPLOYED for row in results),
        **{name: len(rows) for name, rows in groups.items()},
        "without_result": sorted(without_result),
    }
    failing = [row for row in groups["failing"] if row not in groups["waiting_for_you"]]
    artifacts = {
        "wotrus_summary": counts,
        "wotrus_waiting": _by_host(groups["waiting_for_you"], _WAITING),
        "wotrus_failing": _by_host(failing, _FAILING),
        **({"wotrus_plan": plan_by_host(plans)} if check_mode else {}),
    }
    return Summary(artifacts, _lines(counts, groups, later, language))


def _waiting(results: Rows) -> dict[str, Rows]:
    """Return the results whose order is pending, by who has to act."""
    waiting = [row for row in results if row["result"] == WAITING]
    return {f"waiting_for_{who}": [row for row in waiting if row["waiting_for"] == who] for who in ("you", "ca")}


def _failing(results: Rows, predicted: t.Container[tuple[str, str]]) -> list[Json]:
    """Return the results that fail the run.

    :param predicted: host and name of each certificate with a plan that would end its alarm, which does not count
    """
    rows = [{**row, "alarm": None} if (row["host"], row["name"]) in predicted else row for row in results]
    return [row for row in rows if is_failing(row)]


def warnings(results: Rows, notices: Rows) -> list[Json]:
    """Return the results with a warning, and the other warnings, each once.

    :param notices: as for :func:`summary`; a plan and its run may give the same ones
    """
    rows = [row for row in results if row.get("alarm") == "warning" and not is_failing(row)]
    once = {(notice["host"], notice["name"], notice["msg"]): notice for notice in notices}
    return [*rows, *once.values()]


def plan_by_host(plans: Rows) -> dict[str, list[dict[str, t.Any]]]:
    """Return the plans that have an action by host.

    The playbook ``wotrus.pki.issue_planned`` takes them.
    """
    return _by_host([row for row in plans if row["action"] != "nothing"], PLANNED)


def _by_host(rows: Rows, fields: t.Sequence[str]) -> dict[str, list[dict[str, t.Any]]]:
    return grouped((row["host"], {field: row.get(field) for field in fields}) for row in rows)


def _lines(counts: Json, groups: t.Mapping[str, Rows], later: t.Collection[str], language: str) -> list[str]:
    results, planned = (
        [f"{word(column, value, language)} {number}" for value, number in counts.get(name, {}).items()]
        for column, name in (("result", "results"), ("action", "planned"))
    )
    parts = [
        (Message("waiting for you      {waiting_for_you}", **counts), "waiting_for_you", ("pending_link",)),
        (Message("waiting for the CA   {waiting_for_ca}", **counts), "waiting_for_ca", ("waiting_since",)),
        (Message("failing              {failing}", **counts), "failing", ("next_step",)),
        (Message("not selected         {not_selected}", **counts), "not_selected", ("next_step",)),
        (_warnings_head(counts["warnings"]), "warnings", ("msg", "next_step")),
    ]
    lost = [host for host in counts["without_result"] if host not in later]
    next_batches = len(counts["without_result"]) - len(lost)
    last = [
        *([Message("in later batches     {number}", number=next_batches)] if next_batches else []),
        *([Message("without a result     {number}", number=len(lost))] if lost else []),
    ]
    charged = counts["charged"] - counts["maybe_charged"]
    first = [
        Message("certificates         {certificates}, hosts: {hosts}", **counts),
        *([Message("planned              {planned}", planned=planned)] if planned else []),
        *([Message("results              {results}", results=results or "-")] if results or not planned else []),
        *([Message("charged orders       {charged}", charged=charged)] if charged else []),
        *([Message("may be charged       {maybe_charged}", **counts)] if counts["maybe_charged"] else []),
    ]
    lines = [text(name, language) for name in first]
    for head, group, fields in parts:
        if counts[group]:
            lines += [text(head, language), *first_lines(_members(groups.get(group, ()), fields, language), language)]
            stays = group == "failing" and any(map(_may_stay_red, groups["failing"]))
            lines += [text(_RUNBOOK, language)] if stays else []
    return [*lines, *(text(said, language) for said in last), *[f"  {host}" for host in lost[:MOST_LINES]]]


def _may_stay_red(row: Json) -> bool:
    """Return whether a certificate fails by its order, its record or its key, which the runbook is about."""
    return row["name"] is not None and str(row.get("error_code")) in _ABOUT_ORDERS


def report_lines(counts: Json, language: str = "en") -> list[str]:
    """Return the counts of a report, its ``summary``: the filter ``_report_lines``."""
    states = [f"{text(VALUES['state'][state], language)} {number}" for state, number in counts["states"].items()]
    parts = {
        "hosts_not_read": Message("hosts not read       {hosts_not_read}", **counts),
        "states": Message("states               {states}", states=states),
        "waiting_for_you": Message("waiting for you      {waiting_for_you}", **counts),
        "waiting_for_ca": Message("waiting for the CA   {waiting_for_ca}", **counts),
        "failing": Message("failing              {failing}", **counts),
        "warnings": _warnings_head(counts["warnings"]),
        "unlisted": Message("unlisted             {unlisted}", **counts),
        "to_revoke": Message("to be revoked        {to_revoke}", **counts),
    }
    first = Message("certificates         {certificates}, hosts: {hosts}", **counts)
    return [text(said, language) for said in (first, *(part for name, part in parts.items() if counts[name]))]


def revocation_lines(revocations: t.Mapping[str, Rows], language: str = "en") -> list[str]:
    """Return the lines about superseded certificates whose revocation was requested; none without one.

    :param revocations: results of ``wotrus_revoke`` by host
    """
    shown = [
        f"  {host}  {row['order_id']}  {word('status', row['status'], language)}"
        for host, rows in revocations.items()
        for row in rows
        if "status" in row
    ]
    head = text(Message("revocations          {number}", number=len(shown)), language)
    return [head, *first_lines(shown, language)] if shown else []


def _warnings_head(number: int) -> Message:
    return Message("warnings             {warnings}", warnings=number)


def notice_lines(notices: Rows, language: str = "en") -> list[str]:
    """Return warnings as the summary has them."""
    found = warnings((), notices)
    head = text(_warnings_head(len(found)), language)
    return [head, *first_lines(_members(found, ("msg",), language), language)] if found else []


def _members(rows: Rows, fields: t.Sequence[str], language: str) -> list[str]:
    """Return a line for each value of fields, with the certificates that have it.

    What is wrong with a whole host, or with a revocation, is said too, since no table of certificates has it.
    """
    alike: dict[str, list[str]] = {}
    for row in rows:
        shown = list(dict.fromkeys(["msg", *fields])) if "path" not in row else fields
        words = sentences(row, shown, language) or "-"
        alike.setdefault(words, []).append("  ".join(filter(None, (row["host"], row["name"]))))
    return [f"  {first_names(names, language)}  {words}" for words, names in alike.items()]
