# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rehearsal of a switch: what is tried on a host, and what came of it."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json, Rows
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import host_error
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, shown
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.table import sentences, table
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.task import given

_COLUMNS = ("host", "name", "result", "msg")
_PASSED, _FAILED = "passed", "FAILED"


def deployments(certificates: Rows, *, base_dir: str, validate: str | None) -> list[dict[str, t.Any]]:
    """Return the options of ``wotrus_deployment`` that try the commands of each entry."""
    return [
        given(
            {
                "path": f"{base_dir}/{entry['name']}",
                "state": "rehearsed",
                "validate": validate,
                "reload_command": _reload(entry).get("command"),
                "test_signature": _reload(entry).get("test_signature"),
            }
        )
        for entry in certificates
    ]


def handlers(certificates: Rows) -> list[str]:
    """Return the handlers that entries name."""
    return sorted({str(_reload(entry)["handler"]) for entry in certificates if _reload(entry).get("handler")})


def rehearsal_rows(host: str, certificates: Rows, tried: Json, missing: t.Collection[str]) -> list[dict[str, t.Any]]:
    """Return a row for each certificate of a host.

    :param tried: the result of ``wotrus_deployment``
    :param missing: handlers that the play does not have
    """
    found = tried.get("deployments")
    answers = found if isinstance(found, list) else [{"error_code": "host_unreadable", **tried}] * len(certificates)
    rows = []
    for entry, answer in zip(certificates, answers):
        msg = host_error(answer).message if answer.get("error_code") else None
        if msg is None and _reload(entry).get("handler") in missing:
            msg = Message(
                "reload.handler {handler!r} is no handler of this play, so the service was not notified.",
                handler=_reload(entry)["handler"],
            )
        row = {"host": host, "name": entry["name"], "result": _FAILED if msg else _PASSED}
        rows.append({**row, **(shown(msg=msg) if msg else {})})
    return rows


def rehearsal_lines(rows: Rows, language: str) -> list[str]:
    """Return the table of a rehearsal."""
    return table(rows, _COLUMNS, language) if rows else []


def rehearsal_failures(rows: Rows, language: str) -> list[str]:
    """Return a line for each certificate whose commands failed."""
    return [f"{row['name']}: {sentences(row, ('msg',), language)}" for row in rows if row["result"] == _FAILED]


def _reload(entry: Json) -> Json:
    return entry.get("reload") or {}
