# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service that signs with its former key after a renewal is rolled back, and a rehearsal finds a broken command."""

from __future__ import annotations

import contextlib
import http.server
import shlex
import socketserver
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ansible_collections.wotrus.pki.plugins.module_utils._x509.signed_document import check_document
from tests.helpers import signed
from tests.helpers.sandbox import Sandbox

from .conftest import Charged
from .harness import ROOT, Folder, Host, Site, entry
from .test_signing_guide import LIVE, blank_pdf, example

REHEARSE = ROOT / "playbooks" / "rehearse.yml"


class RestSigner:
    """A service that signs what it is sent, with a key that it reads on request.

    :ivar has_cache: it keeps the key that it read first
    """

    def __init__(self, live: Path) -> None:
        self.live = live
        self.has_cache = False
        self._keys: tuple[bytes, bytes] | None = None
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                data = self.rfile.read(int(self.headers["Content-Length"] or 0))
                answer = service.reload() if self.path == "/reload" else service.sign(data)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_parts: object) -> None:
                """Say nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def reload(self) -> bytes:
        if self._keys is None or not self.has_cache:
            self._keys = (self.live / "cert.pem").read_bytes(), (self.live / "privkey.pem").read_bytes()
        return b""

    def sign(self, data: bytes) -> bytes:
        certificate, key = self._keys or (b"", b"")
        return signed.cms(
            x509.load_pem_x509_certificate(certificate), load_pem_private_key(key, None), "-nodetach", content=data
        )

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def pyhanko(own: Path, folder: Path) -> dict[str, str]:
    """Return a test command that is the guide's program, whose timestamp authority is down."""
    (folder / "test.pdf").write_bytes(blank_pdf().getvalue())
    changes = {
        LIVE: own,
        "/etc/signer/test.pdf": folder / "test.pdf",
        "http://timestamp.example.com": "http://127.0.0.1:1",
    }
    program = folder / "sign_test_document.py"
    program.write_text(example("sign_test_document.py", changes))
    return {"command": shlex.join([sys.executable, str(program)]), "format": "pdf"}


def openssl(own: Path, folder: Path) -> dict[str, str]:
    """Return the guide's test with OpenSSL."""
    (folder / "test.txt").write_text("A test.")
    return of_guide("OpenSSL", {LIVE: own, "/etc/signer/test.txt": folder / "test.txt"})


def of_guide(name: str, changes: dict[str, object]) -> dict[str, str]:
    """Return ``test_signature`` of an example of the guide."""
    found: dict[str, str] = yaml.safe_load(example(f"{name}, group_vars", changes))["reload"]["test_signature"]
    return found


def reloading(own: Path, folder: Folder, broken: Path) -> str:
    """Return a command that lets a service read its key anew, unless a file is there."""
    script = f"test -e {broken} || {{ mkdir -p {own} && cp -L {folder.live}/* {own}; }}"
    return shlex.join(["/bin/sh", "-c", script])


def test_service_that_keeps_its_former_key_is_rolled_back(site: Site, tmp_path: Path, charged: Charged) -> None:
    host, own, broken = site.host(), tmp_path / "service", tmp_path / "broken"
    folder = host.folder()
    reload = {"command": reloading(own, folder, broken), "test_signature": openssl(own, tmp_path)}
    site.variables["wotrus_certificates"] = [entry(reload=reload)]
    site.issue()
    first = folder.release
    broken.touch()

    run = site.run(variables={"wotrus_reissue": ["contracts"]})

    assert run.code != 0
    row = run.result()
    assert (row["result"], row["error_code"], row["steps"]) == (
        "failed",
        "signing_failed",
        ["prepared", "reissued", "rolled_back"],
    )
    assert f"It is signed by the certificate {first}" in row["msg"]
    assert "is deployed again. Then the reload command succeeded." in row["msg"]
    assert folder.release == first
    assert charged() == 1


@pytest.fixture
def rest(site: Site, tmp_path: Path) -> Iterator[tuple[RestSigner, Host]]:
    """A service with the REST interface of the guide, and its host."""
    host = site.host()
    (tmp_path / "test.pdf").write_bytes(b"A test.")
    service = RestSigner(host.folder().live)
    changes = {"/etc/signer/test.pdf": tmp_path / "test.pdf", "http://127.0.0.1:8080": service.url}
    test = of_guide("REST", changes)
    reload = {"command": f"curl --silent --fail --request POST {service.url}/reload", "test_signature": test}
    site.variables["wotrus_certificates"] = [entry(reload=reload)]
    yield service, host
    service.close()


def test_rest_service_that_caches_its_key_is_rolled_back(
    site: Site, rest: tuple[RestSigner, Host], charged: Charged
) -> None:
    service, host = rest
    site.issue()
    first = host.folder().release
    service.has_cache = True

    run = site.run(variables={"wotrus_reissue": ["contracts"]})

    assert (run.result()["error_code"], host.folder().release) == ("signing_failed", first)
    assert f"It is signed by the certificate {first}" in run.result()["msg"]
    assert charged() == 1


@pytest.fixture
def tls(site: Site) -> Iterator[tuple[str, Folder]]:
    """The address of a service that read a live certificate once and serves it, and that certificate's directory."""
    folder = site.host().folder()
    site.issue()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder.live / "fullchain.pem", folder.live / "privkey.pem")

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                context.wrap_socket(self.request, server_side=True).close()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}", folder
        server.shutdown()


def test_tls_service_that_serves_its_former_certificate_is_found(site: Site, tls: tuple[str, Folder]) -> None:
    address, folder = tls
    script = example("sign-and-compare-tls", {LIVE: folder.live, "127.0.0.1:8443": address})

    def run() -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(["/bin/sh", "-c", script], capture_output=True, check=False)

    live = x509.load_pem_x509_certificate((folder.live / "cert.pem").read_bytes())
    assert check_document(run().stdout, live, form="cms", wants_timestamp=False) is False

    site.issue(variables={"wotrus_reissue": ["contracts"]})

    assert run().returncode == 1
    assert f"{address} serves another certificate: " in run().stderr.decode()


def test_timestamp_authority_that_is_down_is_a_warning_where_a_timestamp_is_optional(
    site: Site, tmp_path: Path
) -> None:
    host, own = site.host(), tmp_path / "service"
    reload = {"command": reloading(own, host.folder(), tmp_path / "broken")}
    optional = {**pyhanko(own, tmp_path), "timestamp": "optional"}
    site.variables["wotrus_certificates"] = [entry(reload={**reload, "test_signature": optional})]

    run = site.issue()

    assert run.result()["result"] == "deployed"
    assert "has no timestamp. Its output ended with: No timestamp: " in " ".join(run.output.split())
    first = host.folder().release
    required = {**optional, "timestamp": "required"}
    site.variables["wotrus_certificates"] = [entry(reload={**reload, "test_signature": required})]

    run = site.run(variables={"wotrus_reissue": ["contracts"]})

    assert (run.result()["error_code"], host.folder().release) == ("signing_failed", first)
    assert "has no timestamp." in run.result()["msg"]


def test_rehearsal_tries_each_command_and_leaves_everything_as_it_was(
    site: Site, rest: tuple[RestSigner, Host], sandbox: Sandbox, tmp_path: Path
) -> None:
    service, host = rest
    site.issue()
    other = site.host("other")
    del site.environment["WOTRUS_API_TOKEN"]
    before = host.folder().contents()
    sandbox.clear_calls()

    site.issue(playbook=REHEARSE, variables={"wotrus_validate": "openssl x509 -noout -in %s/cert.pem"})

    assert not other.folder().path.exists()
    service.live = tmp_path / "nothing"

    run = site.run(playbook=REHEARSE)

    assert run.code != 0
    assert "the reload command 'curl" in " ".join(run.failures)
    assert host.folder().contents() == before
    assert sandbox.calls() == []


def test_rehearsal_notifies_the_handlers_and_finds_one_that_is_missing(site: Site) -> None:
    host = site.host()
    site.issue()
    before = host.folder().contents()
    handlers = [{"name": "Restart the signer", "ansible.builtin.debug": {"msg": "The signer is restarted"}}]
    tasks = [{"ansible.builtin.include_role": {"name": "wotrus.pki.certificate", "tasks_from": "rehearse"}}]

    for name, is_there in (("Restart the signer", True), ("Restart the singer", False)):
        site.variables["wotrus_certificates"] = [entry(reload={"handler": name})]
        run = site.run(tasks=tasks, play={"handlers": handlers})
        assert (run.code == 0) is is_there
        assert ("The signer is restarted" in run.output) is is_there
        assert ("'Restart the singer' is no handler of this play" in run.output) is not is_there

    assert host.folder().contents() == before
