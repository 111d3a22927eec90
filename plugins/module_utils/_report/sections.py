# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sections of the page, from its head to its foot."""

from __future__ import annotations

import collections

from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Stage
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import parse_timestamp
from ansible_collections.wotrus.pki.plugins.module_utils._report import tables
from ansible_collections.wotrus.pki.plugins.module_utils._report.action_items import action_items
from ansible_collections.wotrus.pki.plugins.module_utils._report.certificate_state import State
from ansible_collections.wotrus.pki.plugins.module_utils._report.markup import Node, Translator, node
from ansible_collections.wotrus.pki.plugins.module_utils._report.report_data import Json
from ansible_collections.wotrus.pki.plugins.module_utils._report.timeline import Scale, column, share
from ansible_collections.wotrus.pki.plugins.module_utils._report.translations import LANGUAGES, WORDS

_MONTHS = 12
_LINKS = ("months", "stages", "action_items", "certificates", "superseded")
_SWITCH = {"en": "English", "zh": "中文"}
_STAGES = (*(stage.value for stage in Stage), "none")


def body(report: Json, translator: Translator, scale: Scale, *, title: str | None) -> list[Node]:
    """Return what the page shows."""
    return [
        node("a", translator.text("skip"), href="#certificates", class_="skip"),
        _header(report, translator, title=title),
        node(
            "main",
            _summary(report, translator),
            node("div", _months(report, translator), _stages(report, translator), class_="pair"),
            action_items(report, translator),
            _certificates(report, translator, scale),
            _section("superseded", translator, _wide(tables.superseded(report, translator))),
        ),
        node("footer", translator.text("footer", "p")),
    ]


def _header(report: Json, translator: Translator, *, title: str | None) -> Node:
    heading = node("h1", title, dir="auto") if title else translator.text("title", "h1")
    moment = report["as_of"]
    shown = f"{moment[:10]} {moment[11:16]}"
    as_of = node("time", shown, datetime=moment, data_time=True)
    zone = node("span", translator.text("zone"), " ", node("span", "UTC", id="zone"), class_="zone")
    words = node("p", translator.text("as_of"), " ", as_of, " · ", zone, class_="asof")
    stale = node("p", id="stale", role="status", hidden=True)
    links = [node("li", translator.text(key, "a")) for key in _LINKS]
    for key, item in zip(_LINKS, links):
        item[0].set("href", f"#{key}")
    nav = node("nav", node("ul", *links), **translator.label("contents"))
    switches = [
        node("button", name, type="button", lang=LANGUAGES[code], data_say=code, aria_pressed="false")
        for code, name in _SWITCH.items()
    ]
    languages = node("div", *switches, class_="languages", role="group", aria_label="Language / 语言")
    return node("header", node("div", heading, words, stale, nav), languages)


def _section(key: str, translator: Translator, *children: Node | None) -> Node:
    return node("section", translator.text(key, "h2"), *children, id=key, **translator.label(key))


def _summary(report: Json, translator: Translator) -> Node:
    counts = report["summary"]["states"]
    tiles = [_filter("state", "", translator.text("all"), count=report["summary"]["certificates"], class_="tile all")]
    for state in State:
        if counts.get(state.value):
            name = translator.text(f"state.{state.value}")
            tiles.append(_filter("state", state.value, name, count=counts[state.value], class_=f"tile {state.value}"))
    return node("section", *tiles, class_="tiles", id="summary", **translator.label("summary"))


def _filter(kind: str, value: str, *children: Node, count: int, class_: str) -> Node:
    """Return a button that filters the table by a value."""
    number = node("span", str(count), class_="n")
    return node(
        "button",
        number,
        *children,
        type="button",
        class_=class_,
        data_filter=kind,
        data_value=value,
        aria_pressed="false",
    )


def _months(report: Json, translator: Translator) -> Node:
    """Return how many certificates expire in each of the next months."""
    now = parse_timestamp(report["as_of"])
    months = [f"{now.year + (now.month - 1 + n) // 12}-{(now.month - 1 + n) % 12 + 1:02}" for n in range(_MONTHS)]
    ends = [one["expires"][:7] for one in report["certificates"] if one["expires"]]
    counts = collections.Counter("later" if end > months[-1] else end for end in ends)
    columns = [*months, "later"]
    most = max((counts[name] for name in columns), default=0)
    items: list[Node] = []
    for name in columns:
        later = name == "later"
        label = translator.text("later", class_="m") if later else node("span", name[5:].lstrip("0"), class_="m")
        year = (
            node("span", name[:4] if name[5:] == "01" or name == months[0] else "", class_="y") if not later else None
        )
        words = translator.text("month", class_="unseen", n=counts[name])
        full = node("span", "" if later else name, class_="unseen")
        button = _filter(
            "month", name, column(counts[name], most), full, words, label, count=counts[name], class_="month"
        )
        items.append(node("li", button, year))
    return _section("months", translator, node("ol", *items, class_="months"))


def _stages(report: Json, translator: Translator) -> Node:
    """Return how many orders are in each stage."""
    counts = collections.Counter(one["stage"] or "none" for one in report["certificates"])
    whole = sum(counts.values())
    known = [stage for stage in _STAGES if counts[stage] and f"stage.{stage}" in WORDS]
    rows = [
        node(
            "li",
            _filter(
                "stage",
                stage,
                translator.text(f"stage.{stage}"),
                share(counts[stage], whole),
                count=counts[stage],
                class_=stage,
            ),
        )
        for stage in known
    ]
    return _section("stages", translator, node("ul", *rows, class_="stages") if rows else translator.text("none", "p"))


def _certificates(report: Json, translator: Translator, scale: Scale) -> Node:
    whole = len(report["certificates"])
    search = node("label", translator.text("search"), _input(translator), class_="search")
    options = [translator.text(f"column.{name}", "option") for name in tables.COLUMNS]
    for number, option in enumerate(options):
        option.set("value", str(number))
    options[2].set("selected", "")
    sort = node("label", translator.text("sort"), node("select", *options, id="sort"), class_="sort")
    clear = node("button", translator.text("clear"), type="button", id="clear", hidden=True)
    shown = node("output", translator.text("shown", n=whole, m=whole), id="shown", role="status")
    tools = node("div", search, sort, clear, shown, class_="tools")
    nothing = translator.text("none_shown" if whole else "none", "p", class_="empty")
    nothing.set("id", "nothing")
    if whole:
        nothing.set("hidden", "")
    return _section("certificates", translator, tools, _wide(tables.certificates(report, translator, scale)), nothing)


def _input(translator: Translator) -> Node:
    hint = translator.text("search_hint").text
    return node("input", type="search", id="search", placeholder=hint, data_t_hint="search_hint", autocomplete="off")


def _wide(table: Node) -> Node:
    return node("div", table, class_="wide") if table.tag == "table" else table
