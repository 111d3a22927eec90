# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ``openssl`` command (3.x), which can do what ``cryptography`` cannot: SM2."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .errors import Sm2Error

# The distinguishing identifier that GM/T 0009 sets for signatures in certificates.
SM2_ID = "1234567812345678"
LONGEST_RUN = 20


def openssl(arguments: Sequence[str | Path], *, folder: Path) -> None:
    """Run ``openssl`` with ``arguments`` in ``folder``; Sm2Error when it is missing or fails."""
    try:
        # A configuration of the user's must not change what is made here.
        result = subprocess.run(
            ["openssl", *map(str, arguments)],
            cwd=folder,
            env={**os.environ, "OPENSSL_CONF": os.devnull},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LONGEST_RUN,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Sm2Error(f"the openssl command (3.x) cannot be run: {type(error).__name__}") from None
    # ``req -verify`` tells a wrong signature on standard error alone in some versions.
    if result.returncode != 0 or b"verify failure" in result.stderr:
        last = result.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise Sm2Error(f"openssl {arguments[0]} failed (it needs OpenSSL 3 with SM2): {' '.join(last)}")


def check_sm2_request(pem: str) -> list[str]:
    """Check the self-signature of an SM2 CSR; the ``-vfyopt`` arguments it was valid with come out.

    Requests are signed with the identifier of GM/T 0009, or (by plain ``openssl req``) without one.
    Sm2Error when it is valid with neither.
    """
    with tempfile.TemporaryDirectory(prefix="wotrus-sandbox-") as name:
        folder = Path(name)
        (folder / "request.csr").write_text(pem)
        command = ["req", "-in", "request.csr", "-noout", "-verify"]
        options = ["-vfyopt", f"distid:{SM2_ID}"]
        try:
            openssl([*command, *options], folder=folder)
        except Sm2Error:
            openssl(command, folder=folder)
            return []
        return options
