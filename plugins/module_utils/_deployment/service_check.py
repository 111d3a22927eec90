# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check over TLS that a service serves the live certificate."""

from __future__ import annotations

import hashlib
import socket
import ssl
import time

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.options import read_address
from ansible_collections.wotrus.pki.plugins.module_utils._errors import NotServed
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, Text

_PAUSE = 0.5
_PATIENCE = 5.0


def check_service(address: str, *, fingerprint_sha256: str, seconds: float) -> None:
    """Wait until a service serves a certificate.

    :param fingerprint_sha256: the SHA-256 of the live certificate in hexadecimal
    :param seconds: the longest time to wait
    :raises NotServed: the service still serves another certificate, or none
    """
    end = time.monotonic() + seconds
    while True:
        found, problem = _served(address)
        if found == fingerprint_sha256.lower():
            return
        if time.monotonic() >= end:
            break
        time.sleep(min(_PAUSE, max(0.0, end - time.monotonic())))
    raise NotServed(
        "{address} does not serve the live certificate ({fingerprint}) after {seconds} s: {problem}.",
        address=address,
        fingerprint=fingerprint_sha256,
        seconds=f"{seconds:g}",
        problem=Message("the certificate with the SHA-256 {found}", found=found) if found else problem,
    )


def _served(address: str) -> tuple[str | None, Text]:
    """Return the served certificate's SHA-256, and why there is none.

    TLS does not verify it, since the caller compares the fingerprint.
    """
    host, port = read_address(address)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        plain = socket.create_connection((host, port), timeout=_PATIENCE)
        with plain, context.wrap_socket(plain, server_hostname=host) as secure:
            certificate = secure.getpeercert(binary_form=True)
    except OSError as exc:
        return None, exc.strerror or str(exc)
    return hashlib.sha256(certificate).hexdigest() if certificate else None, Message("it has no certificate")
