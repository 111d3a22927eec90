# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report as one page that loads nothing from elsewhere."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import pathlib

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import parse_timestamp
from ansible_collections.wotrus.pki.plugins.module_utils._report import sections
from ansible_collections.wotrus.pki.plugins.module_utils._report.markup import Node, Translator, node, write
from ansible_collections.wotrus.pki.plugins.module_utils._report.report_data import Json
from ansible_collections.wotrus.pki.plugins.module_utils._report.text import clean
from ansible_collections.wotrus.pki.plugins.module_utils._report.timeline import Scale
from ansible_collections.wotrus.pki.plugins.module_utils._report.translations import (
    LANGUAGES,
    WORDS,
    dictionary,
    word,
)

AUTO = "auto"
_HERE = pathlib.Path(__file__).parent
_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Crect width='16' height='16' rx='4' fill='%231f6f54'/%3E"
    "%3Cpath d='M4 8.4l2.7 2.7L12 5.4' fill='none' stroke='%23fff' stroke-width='2'/%3E%3C/svg%3E"
)


def page(report: Json, *, title: str | None = None, language: str = AUTO, css: str = "") -> str:
    """Return the page.

    :param title: its heading; the default is in the page's language
    :param language: in which it opens, ``auto`` for the reader's language
    :param css: further style
    :raises InvalidInput: there is no such language
    """
    if language not in (AUTO, *LANGUAGES):
        raise InvalidInput(f"the page's language is one of {', '.join((AUTO, *LANGUAGES))}, not {language!r}")
    translator = Translator("en" if language == AUTO else language)
    scale = Scale.of(report["certificates"], parse_timestamp(report["as_of"]))
    style, script = _own("page.css") + _further(css), _own("page.js")
    own_title = clean(title)
    root = node(
        "html",
        _head(
            own_title or word("title", translator.language),
            style=style,
            script=script,
            digest=_digest(report, own_title, language, css),
        ),
        node(
            "body",
            *sections.body(report, translator, scale, title=own_title),
            node("script", _data(dictionary()), type="application/json", id="words"),
            node("script", script),
        ),
        lang=LANGUAGES[translator.language],
        data_language=language,
        data_made=report["generated_at"],
    )
    return "<!DOCTYPE html>\n" + write(root) + "\n"


def _head(title: str, *, style: str, script: str, digest: str) -> Node:
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return node(
        "head",
        node("meta", charset="utf-8"),
        node("meta", http_equiv="Content-Security-Policy", content=policy),
        node("meta", name="viewport", content="width=device-width, initial-scale=1"),
        node("meta", name="referrer", content="no-referrer"),
        node("meta", name="robots", content="noindex"),
        node("meta", name="color-scheme", content="light dark"),
        node("meta", name="wotrus-digest", content=digest),
        node("title", title),
        node("link", rel="icon", href=_ICON),
        node("style", style),
    )


@functools.cache
def _own(name: str) -> str:
    """Return a file of the page, without its first comment."""
    return (_HERE / name).read_text(encoding="utf-8").partition("*/\n")[2]


def _further(css: str) -> str:
    """Return style that a user adds; it cannot end its element."""
    return "\n" + css.replace("</", "<\\/") if css else ""


def _hash(text: str) -> str:
    """Return the hash by which a Content Security Policy allows a script or style."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _data(value: object) -> str:
    """Return data as JSON that cannot end the element that it stands in."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _digest(report: Json, *parts: str | None) -> str:
    """Return a digest of the page's content and looks, without the passing of time."""
    look = (*parts, _own("page.css"), _own("page.js"), WORDS)
    return hashlib.sha256((report["digest"] + _data(look)).encode("utf-8")).hexdigest()
