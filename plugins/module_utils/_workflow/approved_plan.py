# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan that a person approved: read it, and compare it with the plan of now.

It may have been changed where it was stored. The HMACs of its rows show that.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import typing as t
from collections.abc import Mapping

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json, Rows
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import format_timestamp, parse_timestamp
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import DOING, Action
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decisions import day
from ansible_collections.wotrus.pki.plugins.module_utils._planning.fingerprint import REQUEST, SAME_KEY, changed_names
from ansible_collections.wotrus.pki.plugins.module_utils._planning.option_types import read_options
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, Text, joined
from ansible_collections.wotrus.pki.plugins.module_utils._texts.safe_text import safe_line
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.approval import charged_plans
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.summary import PLANNED

PLAN, INFO = "wotrus_plan", "wotrus_plan_summary"
"""What a file of a plan has."""

NOT_PLANNED = "wotrus_not_planned"
"""The artifact beside a plan with the hosts that it lacks."""

Plan = t.Mapping[str, Rows]
"""The rows of a plan by host."""

_REQUIRED = {"required": True}
_ROW: t.Mapping[str, Json] = {
    **{name: {} for name in PLANNED},
    "name": _REQUIRED,
    "action": {**_REQUIRED, "choices": [action.value for action in Action]},
    "reason": _REQUIRED,
    "may_be_charged": {**_REQUIRED, "type": "bool"},
    "months": {"type": "int"},
    "order_name": _REQUIRED,
    "planned_at": {**_REQUIRED, "type": "raw"},
    "fingerprint": {"type": "dict"},
}
_ROWS: Json = {**_REQUIRED, "type": "list", "elements": "dict", "options": _ROW}
_DOING = [action.value for action in DOING]
_LONGEST_REASON = 40
_SHOWN = ("action", "months", "idempotence_id", "may_be_charged")


def read_file(path: str) -> t.Any:
    """Return the plan of a file.

    Nothing else of the file is used, and nothing in it is a template.

    :raises InvalidInput: it cannot be read, is no JSON, or has more than a plan
    """
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
    except OSError as exc:
        raise InvalidInput("{path} cannot be read: {why}.", path=path, why=exc.strerror) from exc
    except (ValueError, RecursionError):
        raise InvalidInput("{path} has no plan, since it is no JSON.", path=path) from None
    further = [name for name in content if name not in (PLAN, INFO)] if isinstance(content, Mapping) else []
    if further:
        raise InvalidInput(
            "{path} has {names}, which no plan has. Nothing of it was used. Make a new plan.", path=path, names=further
        )
    return content.get(PLAN) if isinstance(content, Mapping) else content


def read_plan(plan: t.Any) -> Plan:
    """Return a plan, if each of its rows has what a plan writes.

    :raises InvalidInput: it has not; the message names the first mistake
    """
    hosts = dict.fromkeys(plan, _ROWS) if isinstance(plan, Mapping) else {}
    spec = {PLAN: {**_REQUIRED, "type": "dict", **({"options": hosts} if hosts else {})}}
    read, mistakes = read_options({PLAN: plan}, spec)
    for _option, msg in mistakes or _row_mistakes(read[PLAN]):
        raise InvalidInput("The plan is damaged: {msg} Nothing was sent. Make a new plan.", msg=msg)
    for row in (row for rows in read[PLAN].values() for row in rows):
        row["planned_at"] = _as_text(row["planned_at"])
    return t.cast("Plan", read[PLAN])


def _as_text(moment: t.Any) -> str:
    """Return a time as a plan has it.

    AWX writes texts with a tag, and ansible-core reads a text of a time as a time from 2.19 on.
    """
    if isinstance(moment, dt.datetime):
        return format_timestamp(moment if moment.tzinfo else moment.replace(tzinfo=dt.timezone.utc))
    return str(moment)


def _row_mistakes(plan: Plan) -> t.Iterator[tuple[str, Text]]:
    """Yield what is wrong with rows besides the types of their values."""
    for host, rows in plan.items():
        names = [row["name"] for row in rows]
        for number, row in enumerate(rows):
            where = f"{PLAN}.{host}[{number}]"
            if names.index(row["name"]) != number:
                yield where, Message("{option} has the name of another row.", option=where)
            try:
                parse_timestamp(_as_text(row["planned_at"]))
            except ValueError as exc:
                yield where, Message("{option}.planned_at is {problem}.", option=where, problem=exc)
            if row["action"] in _DOING and not (row["fingerprint"] or {}).get(SAME_KEY):
                yield where, Message("{option}.fingerprint is missing.", option=where)


def in_play(plan: Plan, hosts: t.Sequence[str], not_planned: t.Container[str] = ()) -> dict[str, t.Any]:
    """Return what a plan has for the hosts of a play.

    :param not_planned: the hosts for which it could not be made
    :returns: ``plan``; ``names``, those of the certificates by host, which are not blocked; ``charged_orders`` and
        ``reissues``, how many it has; ``absent``, its hosts that are not in the play; ``not_planned``, those in the
        play for which it could not be made
    """
    rows = {host: [row for row in plan[host] if row["action"] in _DOING] for host in hosts if host in plan}
    every = [row for of_host in rows.values() for row in of_host]
    return {
        "plan": plan,
        "names": {host: [row["name"] for row in of_host] for host, of_host in rows.items() if of_host},
        "charged_orders": len(charged_plans(every)),
        "reissues": len({id_key(row["order_id"]) for row in every if row["action"] == Action.REISSUE.value}),
        "absent": [host for host in plan if host not in hosts],
        "not_planned": [host for host in hosts if host in not_planned],
    }


def times(rows: Rows) -> dict[str, str]:
    """Return when the approved plans of a host were made, by the certificates' names."""
    return {row["name"]: row["planned_at"] for row in rows}


def stale_plans(plans: Rows, approved: Plan, *, max_age_days: float | None = None) -> list[Message]:
    """Return a line for each difference from an approved plan.

    What is done already does not count: a run may be repeated.

    :param plans: the plans of now, of the hosts in this run
    :param max_age_days: the age from which an approved plan is too old; ``None`` for none
    """
    before = {(host, row["name"]): row for host, rows in approved.items() for row in rows}
    compared = [row for row in plans if row.get("fingerprint")]
    lines = [_difference(before.get((row["host"], row["name"])), row, max_age_days) for row in compared]
    return list(dict.fromkeys(filter(None, lines)))


def _difference(former: Json | None, row: Json, max_age_days: float | None) -> Message | None:
    """Return the line about a plan that is not as it was approved; ``None`` if it is."""
    certificate = f"{row['host']}: {row['name']}"
    if former is None:
        return Message("{certificate}: it is not in the plan", certificate=certificate)
    names = changed_names(former["fingerprint"] or {}, row["fingerprint"])
    if not names and REQUEST in row["fingerprint"] and any(former[field] != row[field] for field in _SHOWN):
        names = [REQUEST]
    if names == [SAME_KEY]:
        return Message("It was made with another API token.")
    if names:
        request = Message("{former}, now {present}", former=_action(former), present=_action(row))
        options = joined(name for name in names if name != REQUEST)
        changes = [request, options] if REQUEST in names else [options]
        return Message("{certificate}: {changes}", certificate=certificate, changes=[*filter(None, changes)])
    made, now = (parse_timestamp(one["planned_at"]) for one in (former, row))
    if max_age_days is not None and (now - made).total_seconds() / 86400 > max_age_days:
        return Message(
            "{certificate}: it was made on {day}, and wotrus_max_plan_age_days is {days}",
            certificate=certificate,
            day=day(made),
            days=f"{max_age_days:g}",
        )
    return None


def plan_digest(approved: Plan | None) -> str | None:
    """Return the digest of an approved plan, by which the journal names it; ``None`` without a plan.

    ``jq -cjS .wotrus_plan plan.json | sha256sum`` shows the same.
    """
    if approved is None:
        return None
    plan = json.dumps(approved, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(plan.encode()).hexdigest()


def _action(row: Json) -> str:
    months = f" {row['months']}" if row.get("months") else ""
    return f"{row['action']}{months} ({safe_line(row['reason'], longest=_LONGEST_REASON)})"
