# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reduce the untrusted result of a host to known, safe fields."""

from __future__ import annotations

import contextlib
import json
import re
import typing as t
from collections.abc import Mapping

from ansible_collections.wotrus.pki.plugins.module_utils._errors import HostUnreadable
from ansible_collections.wotrus.pki.plugins.module_utils._texts.safe_text import limited_value, safe_block, safe_line

_INTERPRETER = "discovered_interpreter_python"
_INTERPRETER_PATH = re.compile(r"/[\w./+-]{1,255}")
"""The form of an interpreter that is accepted: Ansible puts it into command lines as it is."""

ACTIVE_FIELDS = ("add_host", "add_group", "ansible_stats")
"""Fields of any module's result that Ansible acts on: new hosts, and the artifacts of a job."""

_MOST_WARNINGS = 50
_MOST_DIFFS = 1000
LONGEST_OUTPUT = 10_000
"""Characters that are kept of an output that is no answer."""

LARGEST_ANSWER = 16 * 1024 * 1024
"""Bytes of a host's answer that are read. The answer about a certificate has about 5,000."""

_MOST_COMMAS = 500_000
"""Each separates two values, so they bound the memory of a decoded answer: about 120 MiB."""

# Each line is searched once.
_OBJECT = re.compile(r"^[^\S\n]*(?=\{)", re.MULTILINE)
_EXPANDED = re.compile(r"^~[^/]*|\$[^/]*")
"""Parts of a path that only the host can expand."""

_DROPPED = re.compile(r"_ansible_|deprecations\Z")
"""Fields that are dropped: Ansible acts on some, and hides a host's line if its deprecations have a wrong form."""

_KEPT_TMPDIR = "_ansible_suppress_tmpdir_delete"
"""By this, ``async`` keeps the folder of the module that still runs."""


def safe_answer(stdout: str) -> str:
    """Return a host's output as one line of safe JSON.

    Output without a JSON object is safe text.

    ansible-core itself shows parts of the output in warnings: lines after the object, and keys that it removes.
    """
    is_bounded = len(stdout) <= LARGEST_ANSWER and stdout.count(",") <= _MOST_COMMAS
    found = _OBJECT.search(stdout) if is_bounded else None
    if found:
        with contextlib.suppress(ValueError, RecursionError):
            answer, _end = json.JSONDecoder().raw_decode(stdout, found.end())
            own = {name: value for name, value in answer.items() if not _DROPPED.match(name)}
            if isinstance(answer.get(_KEPT_TMPDIR), bool):
                own[_KEPT_TMPDIR] = answer[_KEPT_TMPDIR]
            return json.dumps(limited_value(own))
    # No line of it begins an object any more.
    return _OBJECT.sub("> ", safe_block(stdout, longest=LONGEST_OUTPUT))


def require_rows_for(rows: t.Sequence[t.Any], paths: t.Sequence[str]) -> None:
    """Check that a host's rows are for these directories, in this order.

    Otherwise the host could choose another certificate of its own for a task.

    :raises HostUnreadable: they are not
    """
    if len(rows) != len(paths):
        raise HostUnreadable(
            "The host answered {rows} rows for {certificates} certificates.", rows=len(rows), certificates=len(paths)
        )
    for row, path in zip(rows, paths, strict=True):
        found = row.get("path") if isinstance(row, Mapping) else None
        *expanded, end = _EXPANDED.split(path)
        if not isinstance(found, str) or (not found.endswith(end) if expanded else found != path):
            raise HostUnreadable(
                "The host answered for {found}, not for {path}. Its answer is not used.",
                found=safe_line(str(found)),
                path=path,
            )


def known_fields(result: dict[str, t.Any], former: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return the interpreter, the warnings and the diffs of a host's result.

    ``former`` has earlier ones.
    """
    known: dict[str, t.Any] = {}
    facts = result.get("ansible_facts")
    interpreter = facts.get(_INTERPRETER) if isinstance(facts, dict) else None
    if isinstance(interpreter, str) and _INTERPRETER_PATH.fullmatch(interpreter):
        known["ansible_facts"] = {_INTERPRETER: interpreter}
    warnings = result.get("warnings")
    if isinstance(warnings, list):
        texts = [safe_line(text) for warning in warnings if (text := _warning_text(warning)) is not None]
        known["warnings"] = [*former.get("warnings", []), *texts][:_MOST_WARNINGS]
    diffs = result.get("diff")
    if isinstance(diffs, list):
        shown = [
            {name: form(str(diff[name])) for name, form in _DIFF.items() if name in diff}
            for diff in diffs
            if isinstance(diff, dict)
        ]
        known["diff"] = [*former.get("diff", []), *shown][:_MOST_DIFFS]
    return known


def _warning_text(warning: t.Any) -> str | None:
    """Return the text of a warning.

    ansible-core 2.19 has an object for it.
    """
    text = warning if isinstance(warning, str) else getattr(getattr(warning, "event", None), "msg", None)
    return str(text) if isinstance(text, str) else None


_DIFF = {"before": safe_block, "after": safe_block, "before_header": safe_line, "after_header": safe_line}
