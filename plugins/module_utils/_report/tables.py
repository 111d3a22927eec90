# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables of the page: all certificates, and those that are superseded and still valid."""

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
from ansible_collections.wotrus.pki.plugins.module_utils._report.certificate_state import urgency
from ansible_collections.wotrus.pki.plugins.module_utils._report.markup import Node, Translator, add, node
from ansible_collections.wotrus.pki.plugins.module_utils._report.report_data import Json
from ansible_collections.wotrus.pki.plugins.module_utils._report.timeline import Scale
from ansible_collections.wotrus.pki.plugins.module_utils._report.translations import WORDS

COLUMNS = ("name", "host", "state", "validity", "expires", "order")
_NEVER = 10**6


def certificates(report: Json, translator: Translator, scale: Scale) -> Node:
    """Return the table of all certificates, the most urgent first, as the report has them."""
    table = node("table", role="table", class_="fleet", data_sorted="2")
    add(table, translator.text("caption", "caption", class_="unseen"), head(translator, *COLUMNS, extra=scale.axis()))
    add(table, node("tbody", *(_row(one, translator, scale) for one in report["certificates"]), role="rowgroup"))
    return table


def _row(one: Json, translator: Translator, scale: Scale) -> Node:
    return node(
        "tr",
        cell(
            isolated(one["name"], "strong"),
            isolated(one["common_name"], "small"),
            kind="name",
            tag="th",
        ),
        cell(host_name(one["host"]), kind="host"),
        cell(pill(translator, one["state"]), *_notes(one, translator), kind="state", order=urgency(one)),
        _validity(one, translator, scale),
        _expires(one, translator),
        _order(one, translator),
        role="row",
        class_=one["state"],
        data_state=one["state"],
        data_stage=one["stage"] or "none",
        data_end=one["expires"],
        data_find=one["serial_number"],
    )


def _notes(one: Json, translator: Translator) -> list[Node | None]:
    """Return the reason for the state, and what else is wrong."""
    alarm = f"alarm.{one['alarm']}"
    notes = [translator.text(alarm, class_="wrong") if alarm in WORDS else None]
    notes += [reason(translator, one) if one["error_code"] or one["reason"] not in ("valid", None) else None]
    if one["key_matches"] is False:
        notes.append(translator.text("key_missing", class_="wrong"))
    if one["reload_pending"]:
        notes.append(translator.text("reload_pending", class_="wrong"))
    return [node("small", note) for note in notes if note is not None]


def _validity(one: Json, translator: Translator, scale: Scale) -> Node:
    if not (one["not_before"] and one["expires"]):
        return cell(translator.text("no_certificate", "small"), kind="validity", order=_NEVER)
    start, end = day(one["not_before"]), day(one["expires"])
    dates = node(
        "small",
        translator.text("from", class_="unseen"),
        " ",
        start,
        " → ",
        translator.text("to", class_="unseen"),
        end,
    )
    return cell(scale.bar_of(one), dates, kind="validity", order=one["not_before"])


def _expires(one: Json, translator: Translator) -> Node:
    days = one["days_left"]
    if days is None:
        return cell(node("span", "-", aria_hidden="true"), kind="expires", order=_NEVER)
    return cell(when(translator, days), kind="expires", order=days)


def _order(one: Json, translator: Translator) -> Node:
    if not one["order_id"]:
        return cell(translator.text("no_order", "small"), kind="order")
    stage = translator.text(f"stage.{one['stage']}") if f"stage.{one['stage']}" in WORDS else None
    return cell(stage, isolated(one["order_id"], "code"), kind="order")


def superseded(report: Json, translator: Translator) -> Node:
    """Return the table of former certificates that are still valid, those to be revoked first."""
    found = [(one, old) for one in report["certificates"] for old in one["superseded"]]
    found.sort(key=lambda pair: (not pair[1]["to_revoke"], pair[1]["expires"] or "", pair[0]["host"], pair[0]["name"]))
    if not found:
        return translator.text("superseded_none", "p", class_="empty")
    table = node("table", role="table", class_="former", data_sorted="5")
    add(table, translator.text("superseded_caption", "caption", class_="unseen"))
    add(table, head(translator, "name", "host", "order", "superseded_by", "until", "end"))
    add(table, node("tbody", *(_former(one, old, translator) for one, old in found), role="rowgroup"))
    return table


def _former(one: Json, old: Json, translator: Translator) -> Node:
    key = f"operation.{old['operation']}"
    to_revoke = old["to_revoke"]
    return node(
        "tr",
        cell(isolated(one["name"], "strong"), kind="name", tag="th"),
        cell(host_name(one["host"]), kind="host"),
        cell(_known(isolated(old["order_id"], "code"), translator), kind="order"),
        cell(translator.text(key) if key in WORDS else isolated(old["operation"]), kind="by"),
        cell(_known(day(old["expires"]), translator), kind="until", order=old["expires"] or ""),
        cell(
            translator.text("revoke", class_="pill blocked")
            if to_revoke
            else translator.text("ends", class_="pill valid"),
            kind="end",
            order=0 if to_revoke else 1,
        ),
        role="row",
    )


def _known(found: Node | None, translator: Translator) -> Node:
    return translator.text("unknown", "small") if found is None else found
