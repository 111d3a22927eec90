# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rehearsal of a switch: what is tried on a host, and what came of it."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json, Rows
from ansible_collections.wotrus.pki.plugins.module_utils._planning.entry import reload_of
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import host_error
from ansible_collections.wotrus.pki.plugins.module_utils._planning.services import without_handler
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import shown
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.table import sentences, table
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.task import given

_COLUMNS = ("host", "name", "result", "msg")
_PASSED, _FAILED = "passed", "FAILED"


def rehearsal(
    certificates: Rows, *, base_dir: str, has_handler: t.Callable[[str], bool], **of_role: str | None
) -> dict[str, t.Any]:
    """Return what to try on a host: the result of the phase.

    :param certificates: the entries of the host
    :param has_handler: whether the play may have a handler
    :param of_role: options of ``wotrus_deployment`` that the role has, such as ``validate``
    """
    named = [str(reload_of(entry).get("handler") or "") for entry in certificates]
    known = {name for name in named if name and has_handler(name)}
    return {
        "certificates": [
            {"name": entry["name"], "missing_handler": None if name in known or not name else name}
            for entry, name in zip(certificates, named)
        ],
        "deployments": [_options(entry, base_dir=base_dir, of_role=of_role) for entry in certificates],
        "handlers": sorted(known),
    }


def rehearsal_rows(host: str, rehearsed: Json, tried: Json) -> list[dict[str, t.Any]]:
    """Return a row for each certificate of a host.

    :param rehearsed: the result of the phase
    :param tried: the result of ``wotrus_deployment``
    """
    found, certificates = tried.get("deployments"), rehearsed.get("certificates") or ()
    answers = found if isinstance(found, list) else [{"error_code": "host_unreadable", **tried}] * len(certificates)
    rows = []
    for certificate, answer in zip(certificates, answers):
        msg = host_error(answer).message if answer.get("error_code") else None
        if msg is None and certificate["missing_handler"]:
            msg = without_handler(certificate["missing_handler"])
        row = {"host": host, "name": certificate["name"], "result": _FAILED if msg else _PASSED}
        rows.append({**row, **(shown(msg=msg) if msg else {})})
    return rows


def rehearsal_lines(rows: Rows, language: str) -> list[str]:
    """Return the table of a rehearsal."""
    return table(rows, _COLUMNS, language) if rows else []


def rehearsal_failures(rows: Rows, language: str) -> list[str]:
    """Return a line for each certificate whose commands failed."""
    return [f"{row['name']}: {sentences(row, ('msg',), language)}" for row in rows if row["result"] == _FAILED]


def _options(entry: Json, *, base_dir: str, of_role: Json) -> dict[str, t.Any]:
    reload = reload_of(entry)
    options = {
        "path": f"{base_dir}/{entry['name']}",
        "state": "rehearsed",
        **of_role,
        "reload_command": reload.get("command"),
        "test_signature": reload.get("test_signature"),
    }
    return given(options)
