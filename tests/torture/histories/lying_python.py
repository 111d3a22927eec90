# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Python of a host whose root lies: it runs a module, and changes the CSRs in its answer.

The arguments are the lies, the honest Python, and what that runs.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parents[3]))

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID

from tests.simulation import csrs

_PARTS = {
    "country": NameOID.COUNTRY_NAME,
    "locality": NameOID.LOCALITY_NAME,
    "organization": NameOID.ORGANIZATION_NAME,
    "common_name": NameOID.COMMON_NAME,
}


def main() -> int:
    """Run the module, and print its answer with lies."""
    lies = [one for one in sys.argv[1:] if one in csrs.LIES]
    done = subprocess.run(sys.argv[1 + len(lies) :], stdout=subprocess.PIPE, check=False)
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        answer = None
    for row in (answer or {}).get("deployments") or ():
        if row.get("csr") and not row.get("error_code"):
            _change(row, lies)
    sys.stdout.buffer.write(done.stdout if answer is None else json.dumps(answer).encode())
    return done.returncode


def _change(row: dict[str, Any], lies: list[str]) -> None:
    try:
        pem = Path(row["path"], "pending", "privkey.pem").read_bytes()
    except OSError:
        return
    key = serialization.load_pem_private_key(pem, password=None)
    subject = x509.load_pem_x509_csr(row["csr"].encode()).subject
    wanted = {
        part: str(found[0].value) for part, oid in _PARTS.items() if (found := subject.get_attributes_for_oid(oid))
    }
    for lie in lies:
        row["csr"] = csrs.LIES[lie](key, wanted)


if __name__ == "__main__":
    sys.exit(main())
