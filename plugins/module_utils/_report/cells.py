# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small parts of the page that several of its sections show."""

from __future__ import annotations

import math
import urllib.parse

from ansible_collections.wotrus.pki.plugins.module_utils._report.markup import (
    Child,
    Node,
    Translator,
    add,
    node,
)
from ansible_collections.wotrus.pki.plugins.module_utils._report.report_data import Json
from ansible_collections.wotrus.pki.plugins.module_utils._report.translations import WORDS


def pill(translator: Translator, state: str) -> Node:
    """Return a state as a coloured word."""
    return translator.text(f"state.{state}", class_=f"pill {state}")


def day(text: str | None) -> Node | None:
    """Return the day of a time; the page's script shows it in the reader's own zone."""
    return node("time", text[:10], datetime=text) if text else None


def reason(translator: Translator, one: Json) -> Node | None:
    """Return the reason for a state in words; an unknown code stays as it is."""
    code = one["error_code"] or one["reason"]
    if not code:
        return None
    key = f"reason.{code}"
    return translator.text(key) if key in WORDS else node("code", code)


def isolated(text: str | None, tag: str = "bdi", *, class_: str | None = None) -> Node | None:
    """Return text from elsewhere, isolated from the writing direction of its neighbours."""
    return node(tag, text, dir="auto", class_=class_) if text else None


def host_name(text: str | None, tag: str = "bdi") -> Node:
    """Return a host's name, which may be broken after its dots."""
    element = node(tag, dir="auto")
    for part in (text or "").split("."):
        if element.text:
            add(element, ".", node("wbr"))
        add(element, part)
    return element


def when(translator: Translator, days_left: float) -> Node:
    """Return the time that is left until a certificate expires."""
    if days_left < 0:
        return translator.text("days_ago", n=max(1, math.floor(-days_left)), class_="when")
    whole = math.floor(days_left)
    return translator.text("in_days", n=whole, class_="when") if whole else translator.text("today", class_="when")


def link(translator: Translator, address: str | None) -> Node | None:
    """Return a link to the page on which a person acts, with the name of its server."""
    if not address:
        return None
    server = node("span", urllib.parse.urlsplit(address).hostname or "", class_="server")
    words = translator.text("open")
    return node("a", words, " ", server, href=address, class_="go", rel="noopener noreferrer", target="_blank")


def cell(*children: Child, kind: str, order: object = None, tag: str = "td") -> Node:
    """Return a cell of a table.

    :param order: the value to sort by, if it is not the text
    """
    role = "rowheader" if tag == "th" else "cell"
    scope = "row" if tag == "th" else None
    return node(tag, *children, class_=kind, role=role, scope=scope, data_v=order)


def head(translator: Translator, *names: str, extra: Node | None = None) -> Node:
    """Return the head of a sortable table; ``extra`` is put into the column of the validity."""
    cells = []
    for number, name in enumerate(names):
        button = node("button", translator.text(f"column.{name}"), type="button", data_sort=number)
        own = extra if name == "validity" else None
        cells.append(node("th", button, own, scope="col", role="columnheader", class_=name))
    return node("thead", node("tr", *cells, role="row"), role="rowgroup")
