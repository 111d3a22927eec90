# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command that fixes a certificate's problem, to copy into a shell.

A host's text must not get into it: a command has only names of the inventory and ids of orders, each of a known form.
"""

from __future__ import annotations

import json
import re
import shlex
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import REJECTED
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action
from ansible_collections.wotrus.pki.plugins.module_utils._report.certificate_state import CertificateState

_NAME = re.compile(r"\w[\w.-]*")
_ORDER_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


def command_for(row: Json) -> str | None:
    """Return the command for a certificate; ``None`` if nothing is needed.

    There is none either for names that are not safe in a shell.
    """
    playbook, variables = _playbook(row)
    if playbook is None or not all(_is_safe(_NAME, word) for word in (row["host"], *variables.values())):
        return None
    extra = json.dumps({name: [value] for name, value in variables.items()})
    words = [f"wotrus.pki.{playbook}", "--limit", row["host"], *(["-e", extra] if variables else [])]
    return " ".join(["ansible-playbook", *map(shlex.quote, words)])


def host_command(host: str | None) -> str | None:
    """Return the command that reads a host again."""
    return f"ansible-playbook wotrus.pki.status --limit {shlex.quote(str(host))}" if _is_safe(_NAME, host) else None


def _playbook(row: Json) -> tuple[str | None, dict[str, str]]:
    """Return the playbook that fixes the problem, if one is needed, and its variables."""
    action = row["action"]
    if action == Action.BLOCKED.value:
        # Any other dead order may have a reissue, which costs nothing: a person has to look for it.
        is_rejected = row["status"] == REJECTED
        if row["reason"] == "order_dead" and is_rejected and _is_safe(_ORDER_ID, row["order_id"]):
            return "issue", {"wotrus_replace_orders": row["order_id"]}
        is_other_key = row["reason"] == "key_mismatch" and row["live_order_id"] == row["order_id"]
        return ("reissue", {"wotrus_reissue": row["name"]}) if is_other_key else ("status", {})
    if action == Action.REISSUE.value:
        return "reissue", {"wotrus_reissue": row["name"]}
    if action in (Action.ORDER.value, Action.RENEW.value):
        return ("issue" if action == Action.ORDER.value else "renew"), {}
    if action != Action.RESUME.value and row["reload_pending"] and row["handler"]:
        # No playbook of the collection has it.
        return None, {}
    if action == Action.RESUME.value or row["reload_pending"]:
        # For all certificates of the host, so it must place no order of another one.
        return "renew", {"wotrus_actions": Action.RESUME.value}
    is_well = row["state"] == CertificateState.VALID.value and not row["alarm"]
    return None if is_well else "status", {}


def _is_safe(form: t.Pattern[str], text: str | None) -> bool:
    """Return whether text is safe in a shell and host pattern."""
    return text is not None and form.fullmatch(text) is not None
