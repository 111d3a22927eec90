# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reduce the untrusted result of a host to known, safe fields."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.fields import one_line, printable

_INTERPRETER = "discovered_interpreter_python"
ACTIVE_FIELDS = ("add_host", "add_group", "ansible_stats")
"""Fields of any module's result that Ansible acts on: new hosts, and the artifacts of a job."""

_MOST_WARNINGS = 50
_MOST_DIFFS = 1000
_LONGEST_DIFF = 100_000


def known_fields(result: dict[str, t.Any], former: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return the interpreter, the warnings and the diffs of a host's result.

    ``former`` has earlier ones.
    """
    known: dict[str, t.Any] = {}
    facts = result.get("ansible_facts")
    interpreter = facts.get(_INTERPRETER) if isinstance(facts, dict) else None
    if isinstance(interpreter, str):
        known["ansible_facts"] = {_INTERPRETER: interpreter}
    warnings = result.get("warnings")
    if isinstance(warnings, list):
        texts = [*former.get("warnings", []), *(one_line(str(one)) for one in warnings if isinstance(one, str))]
        known["warnings"] = texts[:_MOST_WARNINGS]
    diffs = result.get("diff")
    if isinstance(diffs, list):
        shown = [
            {name: form(str(one[name])) for name, form in _DIFF.items() if name in one}
            for one in diffs
            if isinstance(one, dict)
        ]
        known["diff"] = [*former.get("diff", []), *shown][:_MOST_DIFFS]
    return known


def _block(text: str) -> str:
    """Return a host's text of several lines without control characters."""
    return "".join(f"{printable(line)}\n" for line in text[:_LONGEST_DIFF].splitlines())


_DIFF = {"before": _block, "after": _block, "before_header": one_line, "after_header": one_line}
