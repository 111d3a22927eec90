# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service that signs with its former key after a renewal is rolled back, and a rehearsal finds a broken command."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import http.server
import shlex
import socketserver
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ansible_collections.wotrus.pki.plugins.module_utils._store.inspection import read_path
from ansible_collections.wotrus.pki.plugins.module_utils._x509.signed_document import check_document
from tests.helpers import signed
from tests.helpers.sandbox import Sandbox

from .harness import ROOT, Folder, Host, Run, Site, entry
from .test_signing_guide import LIVE, blank_pdf, example

REHEARSE = ROOT / "playbooks" / "rehearse.yml"


class RestSigner:
    """A service that signs what it is sent, with a key that it reads on request.

    :ivar has_cache: it keeps the key that it read first
    """

    def __init__(self, live: Path) -> None:
        self.live = live
        self.has_cache = False
        self._keys: tuple[bytes, bytes, bytes] | None = None
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
            names = ("cert.pem", "privkey.pem", "chain.pem")
            certificate, key, chain = ((self.live / name).read_bytes() for name in names)
            self._keys = certificate, key, chain
        return b""

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


@contextlib.contextmanager
def serving(folder: Folder) -> Iterator[str]:
    """The address of a service that reads a live certificate once and serves it over TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder.live / "fullchain.pem", folder.live / "privkey.pem")

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                context.wrap_socket(self.request, server_side=True).close()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@dataclasses.dataclass(frozen=True)
class Services:
    """Hosts with a service each, and the runs that deployed, rehearsed and then reissued their certificates.

    :ivar folders: the directories of their certificates, by the service
    :ivar other: a host that has no certificate when the services are rehearsed
    :ivar unchanged: whether the rehearsals left all files as they were, and sent nothing
    :ivar served: the test of the TLS service, before and after the reissue
    :ivar charged: how many orders were charged
    """

    folders: dict[str, Folder]
    other: Host
    first: dict[str, str | None]
    deployed: Run
    rehearsed: Run
    failed_rehearsal: Run
    unchanged: bool
    reissued: Run
    served: list[subprocess.CompletedProcess[bytes]]
    charged: int

    def result(self, service: str) -> dict[str, Any]:
        """Return the result of the reissue."""
        (row,) = [row for row in self.reissued.results() if row["host"].endswith(f"-{service}")]
        return row


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory, shared: Sandbox) -> Iterator[Services]:
    place = tmp_path_factory.mktemp("services")
    site = Site(place, sandbox=shared, prefix="services")
    charged = shared.state()["charged_orders"]
    names = ("openssl", "rest", "pyhanko", "tls")
    hosts = {name: site.host(name) for name in names}
    folders = {name: host.folder() for name, host in hosts.items()}
    own = {name: place / name for name in names}
    for folder in own.values():
        folder.mkdir()
    signer = RestSigner(folders["rest"].live)
    (own["rest"] / "test.pdf").write_bytes(b"A test.")
    of_rest = of_guide("REST", {"/etc/signer/test.pdf": own["rest"] / "test.pdf", "http://127.0.0.1:8080": signer.url})
    optional = {**pyhanko(own["pyhanko"] / "read", own["pyhanko"]), "timestamp": "optional"}
    tests = {"openssl": openssl(own["openssl"] / "read", own["openssl"]), "rest": of_rest, "pyhanko": optional}
    broken = {name: own[name] / "broken" for name in names}
    commands = {name: reloading(own[name] / "read", folders[name], broken[name]) for name in ("openssl", "pyhanko")}
    commands["rest"] = f"curl --silent --fail --request POST {signer.url}/reload"

    def want(name: str, **reload: Any) -> None:
        site.host(name, wotrus_certificates=[entry(reload=reload or None)])

    for name, test in tests.items():
        want(name, command=commands[name], test_signature=test)
    deployed = site.issue(variables={"wotrus_max_charged_orders": len(names)})
    first = {name: folder.release for name, folder in folders.items()}
    before = {name: folder.contents() for name, folder in folders.items()}

    other = site.host("other")
    token = site.environment.pop("WOTRUS_API_TOKEN")
    shared.clear_calls()
    rehearsed = site.issue(playbook=REHEARSE, variables={"wotrus_validate": "openssl x509 -noout -in %s/cert.pem"})
    signer.live = place / "nothing"
    want("openssl", handler="Restart the signer")
    want("tls", handler="Restart the singer")
    handlers = [{"name": "Restart the signer", "ansible.builtin.debug": {"msg": "The signer is restarted"}}]
    tasks = [{"ansible.builtin.include_role": {"name": "wotrus.pki.certificate", "tasks_from": "rehearse"}}]
    failed_rehearsal = site.run(tasks=tasks, play={"handlers": handlers})
    unchanged = shared.calls() == [] and before == {name: folder.contents() for name, folder in folders.items()}

    site.remove(other)
    site.environment["WOTRUS_API_TOKEN"] = token
    signer.live, signer.has_cache = folders["rest"].live, True
    broken["openssl"].touch()
    want("openssl", command=commands["openssl"], test_signature=tests["openssl"])
    want("pyhanko", command=commands["pyhanko"], test_signature={**optional, "timestamp": "required"})
    want("tls")
    with serving(folders["tls"]) as address:
        script = example("sign-and-compare-tls", {LIVE: folders["tls"].live, "127.0.0.1:8443": address})
        served = [subprocess.run(["/bin/sh", "-c", script], capture_output=True, check=False)]
        path = read_path(folders["tls"].live)
        now = datetime.datetime.now(datetime.UTC)
        found = check_document(served[0].stdout, path, form="cms", now=now, is_strict=True, wants_timestamp=False)
        assert found.lacks_chain is False
        reissued = site.run(variables={"wotrus_reissue": ["contracts"]})
        served.append(subprocess.run(["/bin/sh", "-c", script], capture_output=True, check=False))
    signer.close()
    cost = shared.state()["charged_orders"] - charged
    yield Services(
        folders, other, first, deployed, rehearsed, failed_rehearsal, unchanged, reissued, served, charged=cost
    )
    site.close()


@pytest.mark.parametrize("service", ["openssl", "rest"])
def test_service_that_keeps_its_former_key_is_rolled_back(services: Services, service: str) -> None:
    first = services.first[service]

    row = services.result(service)

    assert services.reissued.code != 0
    assert (row["result"], row["error_code"], row["steps"]) == (
        "failed",
        "signing_failed",
        ["prepared", "reissued", "rolled_back"],
    )
    assert f"It is signed by the certificate {first}" in row["msg"]
    assert "is deployed again. Then the reload command succeeded" in row["msg"]
    assert services.folders[service].release == first
    assert services.charged == len(services.folders)


def test_tls_service_that_serves_its_former_certificate_is_found(services: Services) -> None:
    before, after = services.served

    assert services.result("tls")["result"] == "deployed"
    assert before.returncode == 0
    assert after.returncode == 1
    assert "serves another certificate: " in after.stderr.decode()


def test_timestamp_authority_that_is_down_is_a_warning_where_a_timestamp_is_optional(services: Services) -> None:
    assert "has no timestamp. Its output ended with: No timestamp: " in " ".join(services.deployed.output.split())
    row = services.result("pyhanko")
    assert (row["error_code"], services.folders["pyhanko"].release) == ("signing_failed", services.first["pyhanko"])
    assert "has no timestamp." in row["msg"]


def test_rehearsal_tries_each_command_and_leaves_everything_as_it_was(services: Services) -> None:
    failed = {task.host.rpartition("-")[2] for task in services.failed_rehearsal.tasks if task.status == "failed"}
    messages = " ".join(services.failed_rehearsal.failures)

    assert failed == {"rest", "tls"}
    assert "the reload command 'curl" in messages
    assert "'Restart the singer' is no handler of this play" in services.failed_rehearsal.output
    assert "The signer is restarted" in services.failed_rehearsal.output
    assert services.unchanged
    assert services.rehearsed.named("Restart the signer") == []
    assert not services.other.folder().path.exists()
