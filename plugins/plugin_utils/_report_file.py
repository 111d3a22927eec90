# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a report: page, JSON and metrics.

Ansible's own templating does not escape HTML, so the page has an environment of its own that does. Text of hosts and of
the API is a value in it, and is never read as a template.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import pathlib
import re
import typing as t
import urllib.parse

import jinja2

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._report import charts
from ansible_collections.wotrus.pki.plugins.module_utils._report.certificate_state import CertificateState, Urgency
from ansible_collections.wotrus.pki.plugins.module_utils._report.orders import orders_csv
from ansible_collections.wotrus.pki.plugins.module_utils._report.prometheus import prometheus
from ansible_collections.wotrus.pki.plugins.module_utils._report.text import clean, plain
from ansible_collections.wotrus.pki.plugins.module_utils._report.words import LANGUAGES, dictionary, word
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

AUTO = "auto"
TEMPLATES = pathlib.Path(__file__).parents[2] / "roles" / "certificate" / "templates"
_FORMS = ("html", "json", "prometheus", "orders")
_DIGEST = re.compile(r'(?:"digest": "|wotrus\.pki digest |name="wotrus-digest" content=")([0-9a-f]{64})')


def report_text(report: Json, form: str, **options: t.Any) -> str:
    """Return the text of a report's file: the filter ``_report_text``.

    :param form: ``html``, ``json``, ``prometheus`` or ``orders``
    :param options: of :func:`page`
    :raises InvalidInput: there is no such form or language, or the template cannot be used
    """
    report = plain(report)
    if form == "html":
        return page(report, **options)
    if form == "json":
        return json.dumps(report, indent=2, ensure_ascii=False) + "\n"
    if form == "prometheus":
        return prometheus(report)
    if form == "orders":
        return orders_csv(report)
    raise InvalidInput(Message("mistake.report_form", forms=", ".join(_FORMS), form=form))


def report_differs(new: str, former: str) -> bool:
    """Return whether two texts of a report differ, without regard to time.

    This is the filter ``_report_differs``. A page of a user's template without a digest is compared as it is.
    """
    found = [_DIGEST.search(one) for one in (new, former)]
    return found[0].group(1) != found[1].group(1) if found[0] and found[1] else new != former


def user_file(name: str | None, *, folder: str) -> pathlib.Path | None:
    """Return a user's file, searched in a folder and the current one.

    An absolute path is not searched.

    :param name: its path; ``None`` or empty for no file
    :param folder: that of the playbook
    """
    if not name:
        return None
    path = pathlib.Path(name).expanduser()
    beside = pathlib.Path(folder) / path
    return beside if beside.is_file() else path


def read_style(path: pathlib.Path | None) -> str:
    """Return a user's style sheet; empty for none.

    :raises InvalidInput: it cannot be read
    """
    try:
        return path.read_text(encoding="utf-8") if path else ""
    except (OSError, UnicodeError) as exc:
        raise InvalidInput(Message("mistake.unreadable", option="wotrus_report_css", path=str(path), why=exc)) from exc


def page(
    report: Json, *, template: pathlib.Path | None = None, title: str | None = None, language: str = AUTO, css: str = ""
) -> str:
    """Return the page.

    :param template: the path of its template; the default is the role's
    :param title: its heading; the default is in the page's language
    :param language: in which it opens, ``en``, ``zh``, or ``auto`` for the reader's language
    :param css: further style
    :raises InvalidInput: there is no such language, or the template cannot be used
    """
    if language not in (AUTO, *LANGUAGES):
        raise InvalidInput(
            Message("mistake.report_language", languages=", ".join((AUTO, *LANGUAGES)), language=language)
        )
    path = template or TEMPLATES / "report.html.j2"
    environment = _environment([path.parent, TEMPLATES])
    shown_in = "en" if language == AUTO else language
    try:
        sources = [one.read_text(encoding="utf-8") for one in (path, *sorted(TEMPLATES.iterdir()))]
        look = [*sources, clean(title), language, css, dictionary()]
        return environment.get_template(path.name).render(
            report=report,
            title=clean(title),
            language=language,
            shown_in=shown_in,
            # A style of the user's cannot end its element.
            further_style=css.replace("</", "<\\/"),
            digest=hashlib.sha256((report["digest"] + json.dumps(look)).encode("utf-8")).hexdigest(),
            word=functools.partial(word, language=shown_in),
            timeline=charts.Timeline.of(report),
            months=charts.months(report),
            stages=charts.stages(report),
        )
    except (OSError, UnicodeError, jinja2.TemplateError) as exc:
        raise InvalidInput(Message("mistake.report_template", path=str(path), error=exc)) from exc


def _environment(folders: t.Sequence[pathlib.Path]) -> jinja2.Environment:
    """Return the Jinja2 environment of a template and its folders."""
    loader = jinja2.FileSystemLoader([str(folder) for folder in folders])
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, loader=loader, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(csp_hash=_csp_hash, hostname=lambda address: urllib.parse.urlsplit(address).hostname)
    environment.globals.update(
        # Style and script are text, and no templates.
        file=lambda name: environment.filters["safe"](loader.get_source(environment, name)[0]),
        languages=LANGUAGES,
        words=dictionary(),
        states=[state.value for state in CertificateState],
        urgencies=[urgency.value for urgency in Urgency if urgency is not Urgency.NONE],
    )
    return environment


def _csp_hash(text: str) -> str:
    """Return the hash of a script or style for a CSP."""
    return "sha256-" + base64.b64encode(hashlib.sha256(str(text).encode("utf-8")).digest()).decode("ascii")
