# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The list of what is to be done: alarms first, then by who has to act."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._report.cells import (
    day,
    host_name,
    isolated,
    link,
    pill,
    reason,
)
from ansible_collections.wotrus.pki.plugins.module_utils._report.certificate_state import Group, State, group_of
from ansible_collections.wotrus.pki.plugins.module_utils._report.markup import Node, Translator, node
from ansible_collections.wotrus.pki.plugins.module_utils._report.report_data import Json, Rows

_OPEN = (Group.ALARM, Group.YOU)


def action_items(report: Json, translator: Translator) -> Node:
    """Return the section. The groups in which people have to act are open, the others are closed."""
    # A certificate that could not be read is shown by its host.
    rows = [one for one in report["certificates"] if one["state"] != State.NOT_READ.value]
    groups = []
    for group in Group:
        items = _hosts(report["hosts"], translator) if group is Group.YOU else []
        items += [_item(one, translator) for one in rows if group_of(one) is group]
        if items:
            groups.append(_group(group, items, translator))
    empty = translator.text("action_items_none", "p", class_="empty") if not groups else None
    title = translator.text("action_items", "h2")
    return node("section", title, *groups, empty, id="action_items", **translator.label("action_items"))


def _group(group: Group, items: list[Node], translator: Translator) -> Node:
    count = node("span", str(len(items)), class_="n")
    head = node("summary", translator.text(f"group.{group.value}", "h3"), " ", count)
    return node("details", head, node("ul", *items), class_=f"group {group.value}", open=group in _OPEN)


def _hosts(hosts: Rows, translator: Translator) -> list[Node]:
    return [
        node(
            "li",
            node("p", host_name(one["host"], "strong"), pill(translator, State.NOT_READ.value), class_="what"),
            node("p", translator.text("host_not_read"), ": ", node("code", one["error_code"] or ""), class_="why"),
            node("p", one["msg"], class_="msg", lang="en", dir="auto") if one["msg"] else None,
            class_=State.NOT_READ.value,
        )
        for one in hosts
        if not one["read"]
    ]


def _item(one: Json, translator: Translator) -> Node:
    what = node(
        "p",
        isolated(one["name"], "strong"),
        pill(translator, one["state"]),
        host_name(one["host"]),
        class_="what",
    )
    money = translator.text("may_be_charged", class_="money") if one["may_be_charged"] else None
    next_step = node("p", one["next_step"], class_="next", lang="en", dir="auto") if one["next_step"] else None
    since = day(one["waiting_since"])
    waiting = node("p", translator.text("waiting_since"), " ", since, class_="why") if since is not None else None
    return node(
        "li",
        what,
        node("p", reason(translator, one), " " if money is not None else None, money, class_="why"),
        _message(one),
        next_step,
        waiting,
        link(translator, one["pending_link"]),
        class_=one["state"],
    )


def _message(one: Json) -> Node | None:
    """Return the message, without the link that is shown below it."""
    words = (one["msg"] or "").replace(f": {one['pending_link']}", "")
    return node("p", words, class_="msg", lang="en", dir="auto") if words else None
