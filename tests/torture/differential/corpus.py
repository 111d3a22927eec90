# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of other packages."""

from __future__ import annotations

import base64
import random
import re
from collections.abc import Iterator
from pathlib import Path

import cryptography_vectors

VECTORS = Path(cryptography_vectors.__file__).parent
PKITS = VECTORS / "x509" / "PKITS_data"


def chance(name: str) -> random.Random:
    """Return the same numbers in each run."""
    return random.Random(name)


def files(folder: Path, *, label: str) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the DER of each file of a folder that has DER, or PEM with a label."""
    for path in sorted(folder.iterdir()):
        data = path.read_bytes() if path.is_file() else b""
        block = re.search(rf"-----BEGIN {label}-----(.*?)-----END".encode(), data, re.DOTALL)
        if block:
            yield path.name, base64.b64decode(block.group(1))
        elif path.suffix in (".der", ".crt", ".crl", ".p7m"):
            yield path.name, data


def pem(label: str, der: bytes) -> str:
    """Return DER as PEM."""
    body = base64.encodebytes(der).decode().replace("\n", "")
    lines = (body[start : start + 64] for start in range(0, len(body), 64))
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""))
