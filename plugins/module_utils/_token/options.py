# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option ``key.pkcs11``, and the URI of a key (RFC 7512).

This file does not import the libraries of tokens, since options need it early.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import re
import typing as t
from urllib.parse import quote

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

PKCS11: dict[str, t.Any] = {
    "type": "dict",
    "no_log": False,
    "options": {
        "module": {"type": "str", "required": True},
        "token": {"type": "str", "no_log": False},
        "slot": {"type": "int"},
        "pin": {"type": "str", "no_log": True},
        "pin_file": {"type": "str"},
        "label": {"type": "str"},
        "id": {"type": "str"},
    },
    "mutually_exclusive": [("token", "slot"), ("pin", "pin_file")],
    "required_one_of": [("token", "slot"), ("pin", "pin_file")],
}
"""Its argument spec."""

_RANDOM_BYTES = 8
_PREFIX = re.compile(r"([0-9A-Fa-f]{2}){1,8}")
_ID_IN_URI = re.compile(r"[:;]id=((?:%[0-9A-Fa-f]{2})+)(?:;|\s|$)")


@dataclasses.dataclass(frozen=True)
class TokenOptions:
    """The options of a key in a token.

    :ivar module: the path of the PKCS#11 library
    :ivar prefix: the first bytes of the ids of the certificate's keys
    """

    module: str
    token: str | None
    slot: int | None
    pin: str | None = dataclasses.field(repr=False)
    pin_file: str | None
    label: str
    prefix: bytes

    @classmethod
    def read(cls, options: t.Mapping[str, t.Any], *, name: str, order_name: str) -> TokenOptions:
        """Read the option.

        :param name: the default label
        :param order_name: the source of the default id
        :raises InvalidInput: a part of it is invalid
        """
        for _option, problem in pkcs11_mistakes(options):
            raise InvalidInput(problem)
        given = options.get("id")
        same: dict[str, t.Any] = {name: options.get(name) for name in ("module", "token", "slot", "pin", "pin_file")}
        return cls(
            **same,
            label=options.get("label") or name,
            prefix=bytes.fromhex(given) if given else hashlib.sha256(order_name.encode()).digest()[:_RANDOM_BYTES],
        )

    def new_id(self) -> bytes:
        """Return the id of a new key."""
        return self.prefix + os.urandom(_RANDOM_BYTES)

    def is_own_id(self, key_id: bytes) -> bool:
        """Return whether an id has the form of this certificate's ids."""
        return key_id.startswith(self.prefix) and len(key_id) == len(self.prefix) + _RANDOM_BYTES


def pkcs11_mistakes(options: t.Mapping[str, t.Any]) -> t.Iterator[tuple[str, Message]]:
    """Yield the mistakes in the option, each with its part."""
    for name in ("module", "pin_file"):
        path = options.get(name)
        if path is not None and not os.path.isabs(path):
            yield name, Message("key.pkcs11.{option} must be an absolute path, not {path!r}.", option=name, path=path)
    if options.get("pin") is not None and not options["pin"].strip():
        yield "pin", Message("key.pkcs11.pin is empty. Give the user PIN of the token.")
    given = options.get("id")
    if given is not None and not _PREFIX.fullmatch(given):
        yield "id", Message("key.pkcs11.id must be 1 to 8 bytes in hexadecimal, such as '0a1b', not {id!r}.", id=given)
    for name in ("token", "label"):
        text = options.get(name)
        if text is not None and not (text.strip() and text.isprintable()):
            yield name, Message("key.pkcs11.{option} is empty, or has a control character.", option=name)


def key_uri(*, token: str, serial: str | None, key_id: bytes, label: str) -> bytes:
    """Return the content of ``key.uri``, which has no PIN.

    :param serial: the token's serial number, if its label does not name it
    """
    parts = [f"token={quote(token, safe='')}"] if token else []
    parts += [f"serial={quote(serial, safe='')}"] if serial else []
    parts += [f"id={''.join(f'%{byte:02X}' for byte in key_id)}", f"object={quote(label, safe='')}", "type=private"]
    return f"pkcs11:{';'.join(parts)}\n".encode("ascii")


def id_of_uri(uri: bytes | None) -> bytes | None:
    """Return the id in a ``key.uri``; ``None`` if it has none."""
    found = _ID_IN_URI.search((uri or b"").decode("ascii", errors="replace"))
    return bytes.fromhex(found[1].replace("%", "")) if found else None


def is_in_token(uri: bytes, own: bytes) -> bool:
    """Return whether a URI names the token of another one."""
    return _token_part(uri) == _token_part(own)


def _token_part(uri: bytes) -> list[bytes]:
    parts = uri.removeprefix(b"pkcs11:").split(b";")
    return sorted(part for part in parts if part.startswith((b"token=", b"serial=")))
