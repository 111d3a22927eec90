# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTML as a tree: text stays text, since only the serialiser writes markup."""

from __future__ import annotations

import typing as t
import xml.etree.ElementTree as ET

from ansible_collections.wotrus.pki.plugins.module_utils._report.translations import word

Child = t.Union[ET.Element, str, None]
Node = ET.Element


def node(tag: str, *children: Child, **attributes: object) -> Node:
    """Return an element; an underscore in an attribute's name is a dash, and one at its end is left out.

    :param children: elements and text; nothing for None
    :param attributes: true is an attribute without a value; it is left out for None and false
    """
    element = ET.Element(tag)
    for name, value in attributes.items():
        if value is not None and value is not False:
            element.set(name.rstrip("_").replace("_", "-"), "" if value is True else str(value))
    add(element, *children)
    return element


def add(element: Node, *children: Child) -> None:
    """Add to an element."""
    for child in children:
        if isinstance(child, str):
            if len(element):
                element[-1].tail = (element[-1].tail or "") + child
            else:
                element.text = (element.text or "") + child
        elif child is not None:
            element.append(child)


class Translator:
    """Writes elements whose words the page can change to the other language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def text(self, key: str, tag: str = "span", *, class_: str | None = None, **numbers: object) -> Node:
        """Return an element with a word of the page; ``numbers`` are put in."""
        given = {f"data-{name}": value for name, value in numbers.items()}
        return node(tag, word(key, self.language, **numbers), class_=class_, data_t=key, **given)

    def label(self, key: str) -> dict[str, str]:
        """Return attributes that name an element for screen readers."""
        return {"aria_label": word(key, self.language), "data_t_label": key}


def write(element: Node) -> str:
    """Return the HTML of an element."""
    return ET.tostring(element, encoding="unicode", method="html")
