# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check over TLS that a service serves the live certificate."""

from __future__ import annotations

import dataclasses
import hashlib
import socket
import ssl
import time

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput, NotServed

_PAUSE = 0.5
_PATIENCE = 5.0


@dataclasses.dataclass(frozen=True)
class Address:
    """The address of a service, as the host itself reaches it."""

    host: str
    port: int

    @classmethod
    def read(cls, text: str) -> Address:
        """Read ``host:port``; an IPv6 address is in brackets.

        :raises InvalidInput: the text has another form
        """
        host, _colon, port = text.strip().rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65536:
            raise InvalidInput(f"served_at {text!r} must look like 127.0.0.1:8443.")
        return cls(host=host.strip("[]"), port=int(port))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def check_service(address: Address, *, fingerprint_sha256: str, seconds: float) -> None:
    """Wait until a service serves a certificate.

    :param fingerprint_sha256: the SHA-256 of the live certificate in hexadecimal
    :param seconds: the longest time to wait
    :raises NotServed: the service still serves another certificate, or none
    """
    end = time.monotonic() + seconds
    while True:
        found = _served(address)
        if found == fingerprint_sha256.lower():
            return
        if time.monotonic() >= end:
            break
        time.sleep(min(_PAUSE, max(0.0, end - time.monotonic())))
    what = f"the certificate with the SHA-256 {found}" if len(found) == hashlib.sha256().digest_size * 2 else found
    raise NotServed(
        f"{address} does not serve the live certificate ({fingerprint_sha256}) after {seconds:g} s: {what}."
    )


def _served(address: Address) -> str:
    """Return the served certificate's SHA-256, or why there is none.

    TLS does not verify it, since the caller compares the fingerprint.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        plain = socket.create_connection((address.host, address.port), timeout=_PATIENCE)
        with plain, context.wrap_socket(plain, server_hostname=address.host) as secure:
            certificate = secure.getpeercert(binary_form=True)
    except OSError as exc:
        return exc.strerror or str(exc)
    return hashlib.sha256(certificate).hexdigest() if certificate else "it has no certificate"
