# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Remember a PIN that a token refused.

No run tries it again. A token locks itself after a few wrong PINs.
"""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._store.files import read_file, write_file

FILE = ".refused_pins.json"
_ROUNDS = 200_000


def is_refused(folder: pathlib.Path, *, token: str, pin: str) -> bool:
    """Return whether a token refused this PIN before."""
    entry = _read(folder).get(token)
    return isinstance(entry, dict) and entry.get("digest") == _digest(pin, str(entry.get("salt")))


def remember(folder: pathlib.Path, *, token: str, pin: str) -> None:
    """Write a salted digest of the PIN.

    Only the owner may read it.
    """
    salt = os.urandom(16).hex()
    data = json.dumps({**_read(folder), token: {"salt": salt, "digest": _digest(pin, salt)}}, indent=2, sort_keys=True)
    write_file(folder / FILE, f"{data}\n".encode(), mode=0o600)


def _read(folder: pathlib.Path) -> dict[str, t.Any]:
    try:
        data = json.loads(read_file(folder / FILE) or b"{}")
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _digest(pin: str, salt: str) -> str:
    return hashlib.pbkdf2_hmac("sha256", pin.encode(), salt.encode(), _ROUNDS).hex()
