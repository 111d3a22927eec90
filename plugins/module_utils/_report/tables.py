# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables of the page: all certificates, and those that are superseded and still good."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._report.cells import (
    cell,
    day,
    head,
    host_name,
    isolated,
    pill,
    reason,
    when,
)
from ansible_collections.wotrus.pki.plugins.module_utils._report.fleet import Json
from ansible_collections.wotrus.pki.plugins.module_utils._report.life import Scale
from ansible_collections.wotrus.pki.plugins.module_utils._report.markup import Node, Speaker, add, node
from ansible_collections.wotrus.pki.plugins.module_utils._report.standing import State
from ansible_collections.wotrus.pki.plugins.module_utils._report.words import WORDS

COLUMNS = ("name", "host", "state", "validity", "expires", "order")
_URGENCY = {state.value: number for number, state in enumerate(State)}
_NEVER = 10**6


def certificates(report: Json, speaker: Speaker, scale: Scale) -> Node:
    """Return the table of all certificates, the next to expire first."""
    rows = sorted(report["certificates"], key=_next_first)
    table = node("table", role="table", class_="fleet", data_sorted="4")
    add(table, speaker.say("caption", "caption", class_="unseen"), head(speaker, *COLUMNS, extra=scale.axis()))
    add(table, node("tbody", *(_row(one, speaker, scale) for one in rows), role="rowgroup"))
    return table


def _next_first(one: Json) -> tuple[bool, float, int, str, str]:
    days = one["days_left"]
    return days is None, days or 0.0, _URGENCY[one["state"]], one["host"] or "", one["name"] or ""


def _row(one: Json, speaker: Speaker, scale: Scale) -> Node:
    return node(
        "tr",
        cell(
            isolated(one["name"], "strong"),
            isolated(one["common_name"], "small"),
            kind="name",
            tag="th",
        ),
        cell(host_name(one["host"]), kind="host"),
        cell(pill(speaker, one["state"]), *_notes(one, speaker), kind="state", order=_URGENCY[one["state"]]),
        _validity(one, speaker, scale),
        _expires(one, speaker),
        _order(one, speaker),
        role="row",
        class_=one["state"],
        data_state=one["state"],
        data_stage=one["stage"] or "none",
        data_end=one["not_after"],
        data_find=one["serial_number"],
    )


def _notes(one: Json, speaker: Speaker) -> list[Node | None]:
    """Return why it stands so, and what else is wrong."""
    notes = [reason(speaker, one) if one["reason"] not in ("valid", None) else None]
    if one["key_matches"] is False:
        notes.append(speaker.say("key_missing", class_="wrong"))
    if one["reload_owed"]:
        notes.append(speaker.say("reload_owed", class_="wrong"))
    return [node("small", note) for note in notes if note is not None]


def _validity(one: Json, speaker: Speaker, scale: Scale) -> Node:
    if not (one["not_before"] and one["not_after"]):
        return cell(speaker.say("no_certificate", "small"), kind="validity", order=_NEVER)
    start, end = day(one["not_before"]), day(one["not_after"])
    dates = node(
        "small", speaker.say("from", class_="unseen"), " ", start, " → ", speaker.say("to", class_="unseen"), end
    )
    return cell(scale.bar_of(one), dates, kind="validity", order=one["not_before"])


def _expires(one: Json, speaker: Speaker) -> Node:
    days = one["days_left"]
    if days is None:
        return cell(node("span", "-", aria_hidden="true"), kind="expires", order=_NEVER)
    return cell(when(speaker, days), kind="expires", order=days)


def _order(one: Json, speaker: Speaker) -> Node:
    if not one["order_id"]:
        return cell(speaker.say("no_order", "small"), kind="order")
    stage = speaker.say(f"stage.{one['stage']}") if f"stage.{one['stage']}" in WORDS else None
    return cell(stage, isolated(one["order_id"], "code"), kind="order")


def superseded(report: Json, speaker: Speaker) -> Node:
    """Return the table of former certificates that are still good, those to be revoked first."""
    found = [(one, old) for one in report["certificates"] for old in one["superseded"]]
    found.sort(
        key=lambda pair: (not pair[1]["to_retire"], pair[1]["not_after"] or "", pair[0]["host"], pair[0]["name"])
    )
    if not found:
        return speaker.say("superseded_none", "p", class_="empty")
    table = node("table", role="table", class_="former", data_sorted="5")
    add(table, speaker.say("superseded_caption", "caption", class_="unseen"))
    add(table, head(speaker, "name", "host", "order", "superseded_by", "until", "end"))
    add(table, node("tbody", *(_former(one, old, speaker) for one, old in found), role="rowgroup"))
    return table


def _former(one: Json, old: Json, speaker: Speaker) -> Node:
    key = f"operation.{old['operation']}"
    retire = old["to_retire"]
    return node(
        "tr",
        cell(isolated(one["name"], "strong"), kind="name", tag="th"),
        cell(host_name(one["host"]), kind="host"),
        cell(_known(isolated(old["order_id"], "code"), speaker), kind="order"),
        cell(speaker.say(key) if key in WORDS else isolated(old["operation"]), kind="by"),
        cell(_known(day(old["not_after"]), speaker), kind="until", order=old["not_after"] or ""),
        cell(
            speaker.say("retire", class_="pill blocked") if retire else speaker.say("ends", class_="pill valid"),
            kind="end",
            order=0 if retire else 1,
        ),
        role="row",
    )


def _known(found: Node | None, speaker: Speaker) -> Node:
    return speaker.say("unknown", "small") if found is None else found
