# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option ``pkcs12`` of an entry and of ``wotrus_deployment``.

This file does not import ``cryptography``, since options need it early.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

STANDARD = "standard"
COMPATIBLE2022 = "compatible2022"

PKCS12: dict[str, t.Any] = {
    "type": "dict",
    "options": {
        "password": {"type": "str", "required": True, "no_log": True},
        "friendly_name": {"type": "str"},
        "encryption": {"type": "str", "choices": [STANDARD, COMPATIBLE2022], "default": STANDARD},
        "owner": {"type": "str"},
        "group": {"type": "str"},
        "mode": {"type": "str"},
    },
}
"""Its argument spec."""


@dataclasses.dataclass(frozen=True)
class Pkcs12Options:
    """The options of ``bundle.p12``.

    :ivar encryption: one of the choices
    :ivar files: ``owner`` and ``group``, if they are its own
    :ivar mode: its own mode, which gives other users nothing
    """

    password: str
    friendly_name: str
    encryption: str = STANDARD
    files: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    mode: int = 0o600


# It begins with a zero: YAML reads 0640 without quotes as the number 416.
_MODE = re.compile(r"0[0-7]{2}0")


def pkcs12_mistakes(options: t.Mapping[str, t.Any] | None) -> t.Iterator[tuple[str, Message]]:
    """Yield the mistakes in the option besides types, each with the option that has it."""
    if not options:
        return
    if not options["password"]:
        empty = Message("pkcs12.password is empty. Set a password, since the file has the private key.")
        yield "pkcs12.password", empty
    mode = options.get("mode")
    if mode is not None and not _MODE.fullmatch(mode):
        yield (
            "pkcs12.mode",
            Message(
                "pkcs12.mode must be octal in quotes, with nothing for others, such as '0640', not {mode!r}.", mode=mode
            ),
        )
