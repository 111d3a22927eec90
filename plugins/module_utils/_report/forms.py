# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The forms that a report takes, and whether two texts of one form say the same."""

from __future__ import annotations

import json
import re
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._report.page import page
from ansible_collections.wotrus.pki.plugins.module_utils._report.prometheus import prometheus
from ansible_collections.wotrus.pki.plugins.module_utils._report.report_data import Json

_FORMS = ("html", "json", "prometheus")
_DIGEST = re.compile(r'(?:"digest": "|wotrus\.pki digest |name="wotrus-digest" content=")([0-9a-f]{64})')


def text(report: Json, form: str, *, title: str | None = None, language: str = "auto", css: str = "") -> str:
    """Return the text of a report's file: the filter ``report_text``.

    :param form: ``html``, ``json`` or ``prometheus``
    :param title: the heading of the page
    :param language: of the page, ``en``, ``zh``, or ``auto`` for the reader's language
    :param css: further style for the page
    :raises InvalidInput: there is no such form or language
    """
    report = plain(report)
    if form == "html":
        return page(report, title=title, language=language, css=css)
    if form == "json":
        return json.dumps(report, indent=2, ensure_ascii=False) + "\n"
    if form == "prometheus":
        return prometheus(report)
    raise InvalidInput(f"a report is one of {', '.join(_FORMS)}, not {form!r}")


def plain(value: t.Any) -> t.Any:
    """Return plain data for the containers of ansible-core, which template an item on access."""
    if isinstance(value, t.Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, str) else value


def differs(new: str, former: str) -> bool:
    """Tell whether two texts of a report differ in more than the time: the filter ``report_differs``."""
    return _digest(new) != _digest(former)


def _digest(report_text: str) -> str | None:
    found = _DIGEST.search(report_text)
    return found.group(1) if found else None
