# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service that signs with its former key after a renewal is rolled back, and a rehearsal finds a broken command."""

from __future__ import annotations

import dataclasses
import datetime
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._store.inspection import read_path
from ansible_collections.wotrus.pki.plugins.module_utils._x509.sent_content import SentContent
from ansible_collections.wotrus.pki.plugins.module_utils._x509.signed_document import check_document
from tests.helpers.sandbox import Sandbox

from .harness import ROOT, Folder, Host, Run, Site, entry
from .signing_services import CONTENTS, PyHankoSigner, RestSigner, of_guide
from .test_signing_guide import LIVE, example

REHEARSE = ROOT / "playbooks" / "rehearse.yml"


def reloading(own: Path, folder: Folder, broken: Path) -> str:
    """Return a command that lets a service read its key anew, unless a file is there."""
    script = f"test -e {broken} || {{ mkdir -p {own} && cp -L {folder.live}/* {own}; }}"
    return shlex.join(["/bin/sh", "-c", script])


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
    signer, with_pyhanko = RestSigner(folders["rest"].live), PyHankoSigner(folders["pyhanko"].live)
    text, pdf = CONTENTS["cms"], CONTENTS["pdf"]
    tests = {
        "openssl": of_guide("OpenSSL", {LIVE: own["openssl"] / "read", text: own["openssl"] / "test.txt"}),
        "rest": of_guide("REST", {text: own["rest"] / "test.txt", "127.0.0.1:8080": signer.address}),
        "pyhanko": of_guide("pyHanko", {pdf: own["pyhanko"] / "test.pdf", "127.0.0.1:8081": with_pyhanko.service}),
    }
    broken = own["openssl"] / "broken"
    commands = {
        "openssl": reloading(own["openssl"] / "read", folders["openssl"], broken),
        "rest": f"curl --silent --fail --request POST http://{signer.address}/reload",
        "pyhanko": f"curl --silent --fail --request POST http://{with_pyhanko.address}/reload",
    }

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
    broken.touch()
    want("openssl", command=commands["openssl"], test_signature=tests["openssl"])
    want("pyhanko", command=commands["pyhanko"], test_signature={**tests["pyhanko"], "timestamp": "required"})
    want("tls")
    with_tls, (read, sent) = RestSigner(folders["tls"].live, has_tls=True), (own["tls"] / "test.txt", b"A test.")
    read.write_bytes(sent)
    script = example(
        "sign-and-compare-tls", {LIVE: folders["tls"].live, "127.0.0.1:8443": with_tls.address, text: read}
    )
    served = [subprocess.run(["/bin/sh", "-c", script], capture_output=True, check=False)]
    now = datetime.datetime.now(datetime.UTC)
    found = check_document(
        served[0].stdout,
        read_path(folders["tls"].live),
        form="cms",
        now=now,
        is_strict=True,
        wants_timestamp=False,
        sent=SentContent(sent, sent),
    )
    assert found.lacks_chain is False
    reissued = site.run(variables={"wotrus_reissue": ["contracts"]})
    served.append(subprocess.run(["/bin/sh", "-c", script], capture_output=True, check=False))
    for one in (signer, with_pyhanko, with_tls):
        one.close()
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
    assert "http://127.0.0.1:" in services.deployed.output
    assert "has no timestamp." in " ".join(services.deployed.output.split())
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
