# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks of a host before the first order, by what it answers."""

from __future__ import annotations

import datetime as dt
import typing as t
from collections.abc import Mapping

from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json, Rows, filled
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import read_time
from ansible_collections.wotrus.pki.plugins.module_utils._planning.entry import COMMANDS, option_of
from ansible_collections.wotrus.pki.plugins.module_utils._texts.hosts import host_message
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._texts.safe_text import safe_line
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.preflight import (
    REVOCATION,
    CheckResult,
    check_clock,
    failed,
    passed,
)

MOST_ROWS = 200
"""The rows that are read of a host's answer."""

_CURES = {
    "python": Message("Install Python 3.9 or newer on the host, or set ansible_python_interpreter."),
    "cryptography": Message("Install the package python3-cryptography on the host, or set ansible_python_interpreter."),
    "user": Message("Run with --become, or set wotrus_base_dir to a directory of that user."),
    "path": Message("Fix the owner or the permissions of the path that is named."),
    "space": Message("Free some space on the host, or set wotrus_base_dir to another file system."),
    "accounts": Message("Create it on the host, or correct wotrus_owner, wotrus_group or wotrus_trusted_groups."),
    "commands": Message("Install the program on the host, or correct the command."),
    "key_files": Message("Correct key.import_from, or run with --become."),
    "tokens": Message("Correct key.pkcs11, insert the token, or install the library that the message names."),
}
"""What to do if a check of ``wotrus_host_info`` failed."""

PING = Message("Run ansible -m ping for the host, with the same become, and fix what it shows.")
"""What to do about a host that does not answer as a module does."""


def host_options(values: Json, entries: Rows) -> dict[str, t.Any]:
    """Return the options of ``wotrus_host_info`` for a host's variables."""

    def given(*paths: str) -> list[str]:
        return sorted({str(value) for entry in entries for path in paths if (value := option_of(entry, path))})

    commands = given(*COMMANDS)
    validate = values.get("wotrus_validate")
    tokens = [token for entry in entries if (token := option_of(entry, "key.pkcs11"))]
    options = {
        "base_dir": values.get("wotrus_base_dir"),
        "names": [str(entry["name"]) for entry in entries],
        "owner": values.get("wotrus_owner"),
        "group": values.get("wotrus_group"),
        "file_owners": given("pkcs12.owner"),
        "file_groups": given("pkcs12.group"),
        "trusted_groups": values.get("wotrus_trusted_groups"),
        "commands": sorted({*commands, str(validate)}) if validate else commands,
        "first_keys": {
            str(entry["name"]): str(file) for entry in entries if (file := option_of(entry, "key.import_from"))
        },
        "tokens": [filled({name: token.get(name) for name in ("module", "token", "slot")}) for token in tokens],
    }
    return filled(options)


def read_host(answer: Json, server_time: dt.datetime | None) -> list[CheckResult]:
    """Return the checks that a host answered, which is not trusted."""
    found = [passed("connection", Message("Ansible's modules run on the host."))]
    answered = answer.get("checks")
    rows = answered if isinstance(answered, list) else []
    if len(rows) > MOST_ROWS:
        cut = Message("The host answered {number} checks, of which {most} are read.", number=len(rows), most=MOST_ROWS)
        found.append(failed("connection", cut, PING))
    for row in rows[:MOST_ROWS]:
        check = row.get("check") if isinstance(row, Mapping) else None
        asked = host_message(row) if check == REVOCATION else None
        if asked is not None:
            found.append(passed(REVOCATION, asked))
        if not isinstance(check, str) or check not in _CURES:
            continue
        if row.get("passed") is True:
            # In the same words for all hosts, which are one row then.
            found.append(passed(check, Message("No problem was found.")))
        else:
            msg = host_message(row, safe_line(str(row.get("msg") or "")))
            found.append(failed(check, msg or "", _CURES[check]))
    ours = read_time(answer.get("time"))
    silent = failed("host_clock", Message("The host answered no time."), PING)
    return [*found, check_clock("host_clock", server_time, ours) if ours else silent]
