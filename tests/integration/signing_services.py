# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services that sign with a certificate which they read when they start, as those of the guide of signing services."""

from __future__ import annotations

import http.server
import runpy
import socket
import ssl
import tempfile
import threading
from pathlib import Path

import yaml
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.helpers import signed

from .test_signing_guide import LIVE, example

CONTENTS = {"cms": "/etc/signer/test.txt", "pdf": "/etc/signer/test.pdf"}
"""The file of ``test_signature.content`` in the guide, by the format."""


class RestSigner:
    """A service that signs what it is sent, with a key that it reads on request.

    :ivar live: the folder from which it reads
    :ivar has_cache: it keeps the key that it read first
    """

    def __init__(self, live: Path, *, has_tls: bool = False) -> None:
        """Create it.

        :param has_tls: it speaks TLS with its first certificate
        """
        self.live = live
        self.has_cache = False
        self._keys: tuple[bytes, bytes, bytes] | None = None
        self._server = _serve(self)
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        if has_tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(live / "fullchain.pem", live / "privkey.pem")
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            self.reload()
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def reload(self) -> None:
        if self._keys is None or not self.has_cache:
            names = ("cert.pem", "privkey.pem", "chain.pem")
            certificate, key, chain = ((self.live / name).read_bytes() for name in names)
            self._keys = certificate, key, chain

    def sign(self, data: bytes) -> bytes:
        certificate, key, chain = self._keys or (b"", b"", b"")
        return signed.cms(
            x509.load_pem_x509_certificate(certificate),
            load_pem_private_key(key, None),
            "-nodetach",
            content=data,
            chain=x509.load_pem_x509_certificates(chain),
        )

    def close(self) -> None:
        """Stop, as a service that is down."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class PyHankoSigner(RestSigner):
    """The guide's service with pyHanko, whose timestamp authority is down, and a server that starts it anew on request.

    :ivar service: the address of the guide's service
    """

    def __init__(self, live: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.service = f"127.0.0.1:{free.getsockname()[1]}"
        self._running: http.server.ThreadingHTTPServer | None = None
        super().__init__(live)

    def reload(self) -> None:
        self._stop()
        changes = {
            LIVE: self.live,
            "http://timestamp.example.com": "http://127.0.0.1:1",
            "8081": self.service.rpartition(":")[2],
        }
        text = example("signing_service.py", changes)
        assert text.rstrip().endswith(".serve_forever()")
        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder, "signing_service.py")
            program.write_text(text.rstrip().removesuffix(".serve_forever()").replace("\nhttp.", "\nserver = http."))
            # In this process, so that it is known when it listens.
            server = self._running = runpy.run_path(str(program))["server"]
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._stop()
        super().close()

    def _stop(self) -> None:
        if self._running:
            self._running.shutdown()
            self._running.server_close()
        self._running = None


def _serve(signer: RestSigner) -> http.server.ThreadingHTTPServer:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["Content-Length"] or 0))
            answer = b""
            if self.path == "/reload":
                signer.reload()
            else:
                answer = signer.sign(data)
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_parts: object) -> None:
            """Say nothing."""

    return http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)


def of_guide(name: str, changes: dict[str, object]) -> dict[str, str]:
    """Return ``test_signature`` of an example of the guide."""
    found: dict[str, str] = yaml.safe_load(example(f"{name}, group_vars", changes))["reload"]["test_signature"]
    return found
