# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a report: page, JSON and metrics.

Ansible's own templating does not escape HTML, so the page has an environment of its own that does. Text of hosts and of
the API is a value in it, and is never read as a template.
"""

from __future__ import annotations

import base64
import hashlib
import json
import pathlib
import re
import typing as t
import urllib.parse

import jinja2

from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._report.certificate_state import CertificateState, Urgency
from ansible_collections.wotrus.pki.plugins.module_utils._report.orders import orders_csv
from ansible_collections.wotrus.pki.plugins.module_utils._report.prometheus import prometheus
from ansible_collections.wotrus.pki.plugins.module_utils._report.text import plain
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import translations
from ansible_collections.wotrus.pki.plugins.module_utils._texts.words import LANGUAGES, VALUES, dictionary, word

TEMPLATES = pathlib.Path(__file__).parents[2] / "roles" / "certificate" / "templates"
_DIGEST = re.compile(r'(?:"digest": "|wotrus\.pki digest |name="wotrus-digest" content=")([0-9a-f]{64})')


def report_text(report: Json, form: str, language: str = "en") -> str:
    """Return the text of a report's file: the filter ``_report_text``.

    :param form: ``html``, ``json``, ``prometheus`` or ``orders``
    :param language: of the page without JavaScript, ``en`` or ``zh``; with it, the page opens in the reader's language
    """
    report = plain(report)
    return _page(report, language) if form == "html" else _OTHERS[form](report)


def report_differs(new: str, former: str) -> bool:
    """Return whether two texts of a report differ, without regard to time.

    This is the filter ``_report_differs``. A text without a digest is compared as it is.
    """
    found = [_DIGEST.search(page) for page in (new, former)]
    return found[0].group(1) != found[1].group(1) if found[0] and found[1] else new != former


def _page(report: Json, language: str) -> str:
    sources = {file.name: file.read_text(encoding="utf-8") for file in sorted(TEMPLATES.iterdir())}
    used: set[str] = set()

    def used_word(english: str, **numbers: object) -> str:
        used.add(english)
        return word(english, language, **numbers)

    look = [sources, language, *map(translations, LANGUAGES)]
    template = _environment(sources).get_template("report.html.j2")
    return template.render(
        report=report,
        language=language,
        style=sources["report.css"],
        script=sources["report.js"],
        digest=hashlib.sha256((report["digest"] + json.dumps(look)).encode("utf-8")).hexdigest(),
        word=used_word,
        words=lambda: dictionary(used),
    )


def _environment(sources: t.Mapping[str, str]) -> jinja2.Environment:
    """Return the Jinja2 environment of the page."""
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        loader=jinja2.DictLoader(sources),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(csp_hash=_csp_hash, hostname=lambda address: urllib.parse.urlsplit(address).hostname)
    environment.globals.update(
        languages=LANGUAGES,
        values={field: {value: word.english for value, word in words.items()} for field, words in VALUES.items()},
        states=[state.value for state in CertificateState],
        urgencies=[urgency.value for urgency in Urgency if urgency is not Urgency.NONE],
    )
    return environment


def _csp_hash(text: str) -> str:
    """Return the hash of a script or style for a CSP."""
    return "sha256-" + base64.b64encode(hashlib.sha256(str(text).encode("utf-8")).digest()).decode("ascii")


def _json(report: Json) -> str:
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


_OTHERS = {"json": _json, "prometheus": prometheus, "orders": orders_csv}
