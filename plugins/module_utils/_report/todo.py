# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What waits for whom: the people who read the page, WoTrus, and the next run."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._report.cells import (
    host_name,
    isolated,
    link,
    pill,
    reason,
)
from ansible_collections.wotrus.pki.plugins.module_utils._report.fleet import Json, Rows
from ansible_collections.wotrus.pki.plugins.module_utils._report.markup import Node, Speaker, node
from ansible_collections.wotrus.pki.plugins.module_utils._report.standing import State

_GROUPS = ("you", "ca", "run")
_URGENCY = {state.value: number for number, state in enumerate(State)}


def todo(report: Json, speaker: Speaker) -> Node:
    """Return the section. What waits for people is open, the rest is folded."""
    groups = []
    for who in _GROUPS:
        waiting = [one for one in report["certificates"] if one["waits_for"] == who]
        items = _hosts(report["hosts"], speaker) if who == "you" else []
        # A certificate that could not be looked at is a matter of its host.
        waiting = [one for one in waiting if one["state"] != State.NOT_READ.value]
        items += [_item(one, speaker) for one in sorted(waiting, key=_most_urgent)]
        if items:
            groups.append(_group(who, items, speaker))
    empty = speaker.say("todo_none", "p", class_="empty") if not groups else None
    return node("section", speaker.say("todo", "h2"), *groups, empty, id="todo", **speaker.label("todo"))


def _most_urgent(one: Json) -> tuple[int, float, str, str]:
    left = one["days_left"]
    return _URGENCY[one["state"]], left if left is not None else 0.0, one["host"] or "", one["name"] or ""


def _group(who: str, items: list[Node], speaker: Speaker) -> Node:
    count = node("span", str(len(items)), class_="n")
    head = node("summary", speaker.say(f"waits.{who}", "h3"), " ", count)
    return node("details", head, node("ul", *items), class_=f"group {who}", open=who == "you")


def _hosts(hosts: Rows, speaker: Speaker) -> list[Node]:
    return [
        node(
            "li",
            node("p", host_name(one["host"], "strong"), pill(speaker, State.NOT_READ.value), class_="what"),
            node("p", speaker.say("host_not_read"), ": ", node("code", one["error_code"] or ""), class_="why"),
            node("p", one["msg"], class_="msg", lang="en", dir="auto") if one["msg"] else None,
            class_=State.NOT_READ.value,
        )
        for one in hosts
        if not one["read"]
    ]


def _item(one: Json, speaker: Speaker) -> Node:
    what = node(
        "p",
        isolated(one["name"], "strong"),
        pill(speaker, one["state"]),
        host_name(one["host"]),
        class_="what",
    )
    money = speaker.say("charged", class_="money") if one["charged"] else None
    next_action = node("p", one["next_action"], class_="next", lang="en", dir="auto") if one["next_action"] else None
    return node(
        "li",
        what,
        node("p", reason(speaker, one), " " if money is not None else None, money, class_="why"),
        _message(one),
        next_action,
        link(speaker, one["pending_link"]),
        class_=one["state"],
    )


def _message(one: Json) -> Node | None:
    """Return the plan's sentence, without the link that stands below it."""
    words = (one["msg"] or "").replace(f": {one['pending_link']}", "")
    return node("p", words, class_="msg", lang="en", dir="auto") if words else None
