# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One certificate on several signers, and the reload of its services."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12

from tests.helpers.sandbox import Sandbox

from .checks import FILES, assert_deployed, certificate, live_order, one_spelling, posts, public_key
from .conftest import Charged
from .harness import Folder, Site, entry

ONE_BY_ONE = {"serial": 1}


def made_key() -> str:
    """Return a private key as a secret store has it."""
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem.decode()


def share(site: Site, key: str) -> None:
    """Give the hosts a provided key, with the test's order name.

    All tests share an account.
    """
    own = {"order_name": f"shared-{site.folder.name}", "key": {"storage": "provided", "content": key}}
    site.variables["wotrus_certificates"] = [entry(**own)]


@pytest.mark.parametrize("play", [ONE_BY_ONE, {}], ids=["one by one", "at once"])
def test_hosts_that_share_a_key_share_one_paid_certificate(
    site: Site, sandbox: Sandbox, charged: Charged, play: dict[str, int]
) -> None:
    first, second = (host.folder() for host in site.hosts(2))
    key = made_key()
    share(site, key)

    run = site.issue("-vvv", "--diff", play=play)

    for folder in (first, second):
        assert_deployed(folder, sandbox)
        assert (folder.live / "privkey.pem").read_text() == key
    assert first.release == second.release
    # The server writes an id now in upper case, now in lower case.
    assert live_order(first) == live_order(second)
    assert charged() == 1
    assert key.splitlines()[1] not in run.output
    assert site.issue(play=play).changed == 0
    assert charged() == 1


@pytest.mark.manual("7.others-not-revoked", "7.each-revoked")
def test_superseded_order_is_revoked_once_the_last_host_runs_the_new_one(
    site: Site, sandbox: Sandbox, charged: Charged, tmp_path: Path
) -> None:
    gate = tmp_path / "second-host-is-ready"
    first = site.host("first").folder()
    second = site.host("second", wotrus_validate=f"test -e {gate} -a -d %s").folder()
    gate.touch()
    share(site, made_key())
    site.issue(play=ONE_BY_ONE)
    old_order, old_release = live_order(first), first.release
    share(site, made_key())
    site.variables.update(site.revoking_superseded())
    gate.unlink()
    sandbox.clear_calls()

    half = site.run(play=ONE_BY_ONE)

    assert half.code != 0
    assert first.release != old_release
    assert second.release == old_release
    assert "revoke" not in posts(sandbox)
    assert [one_spelling(one["order_id"]) for one in first.record["superseded"]] == [old_order]
    gate.touch()

    whole = site.issue(play=ONE_BY_ONE)

    assert [plan["reason"] for plan in whole.plans(whole.tasks[0].host)] == ["valid"]
    for folder in (first, second):
        assert_deployed(folder, sandbox)
    assert first.release == second.release
    assert posts(sandbox).count("revoke") == 1
    assert sandbox.status(old_order) == "revoked"
    assert charged() == 1

    # Hosts that still list it remove it, and do not request it again.
    site.issue()
    assert first.record["superseded"] == second.record["superseded"] == []
    assert posts(sandbox).count("revoke") == 1
    assert site.issue().changed == 0


def test_nothing_is_revoked_if_the_inventory_does_not_say_who_has_certificates(site: Site, sandbox: Sandbox) -> None:
    folder = site.host().folder()
    play = {"vars": {"wotrus_certificates": site.variables.pop("wotrus_certificates")}}
    site.issue(play=play)
    old_order = live_order(folder)

    run = site.issue(play=play, variables={"wotrus_reissue": ["contracts"], **site.revoking_superseded()})

    assert "outside the inventory" in run.output
    assert sandbox.status(old_order) == "issued"


def test_revocation_under_review_stays_in_the_record(site: Site, sandbox: Sandbox) -> None:
    folder = site.host().folder()
    site.issue()
    old_order = live_order(folder)
    site.issue(variables={"wotrus_reissue": ["contracts"]})
    site.variables.update(site.revoking_superseded())
    sandbox.settings(manual_review=True)

    run = site.issue()

    assert sandbox.status(old_order) == "pendingRevoke"
    assert [one_spelling(one["order_id"]) for one in folder.record["superseded"]] == [old_order]
    assert "pendingRevoke" in run.output
    sandbox.order(old_order, "refuse-revocation")
    sandbox.clear_calls()

    # WoTrus did not take the evidence: it is asked again.
    site.issue()
    assert posts(sandbox) == ["revoke"]
    sandbox.order(old_order, "revoke")
    assert site.issue().changed == 1
    assert folder.record["superseded"] == []
    assert site.issue().changed == 0
    assert posts(sandbox) == ["revoke"]


def test_superseded_order_that_wotrus_closed_leaves_the_record(site: Site, sandbox: Sandbox) -> None:
    folder = site.host().folder()
    site.issue()
    old_order = live_order(folder)
    site.issue(variables={"wotrus_reissue": ["contracts"]})
    sandbox.order(old_order, "close")
    sandbox.clear_calls()

    site.issue(variables=site.revoking_superseded())

    assert posts(sandbox) == []
    assert folder.record["superseded"] == []


def test_pkcs12_opens_with_its_password_which_is_never_shown(site: Site) -> None:
    folder = site.host().folder()
    password = "correct-horse-battery"
    site.variables["wotrus_certificates"] = [entry(pkcs12={"password": password, "friendly_name": "合同"})]

    run = site.issue("-vvv", "--diff")

    bundle = folder.live / "bundle.p12"
    assert {file.name for file in folder.live.iterdir()} == {*FILES, "bundle.p12"}
    assert bundle.stat().st_mode & 0o777 == 0o600
    key, own, chain = pkcs12.load_key_and_certificates(bundle.read_bytes(), password.encode())
    assert key is not None
    assert own == certificate(folder)
    assert len(chain) == (folder.live / "chain.pem").read_text().count("BEGIN")
    with pytest.raises(ValueError, match="password"):
        pkcs12.load_key_and_certificates(bundle.read_bytes(), b"wrong")
    assert password not in run.output
    assert password not in folder.record_file.read_text()
    before, written = folder.contents(), bundle.stat().st_mtime_ns

    assert site.issue().changed == 0

    assert folder.contents() == before
    assert bundle.stat().st_mtime_ns == written


def test_keystores_have_what_their_programs_read(site: Site) -> None:
    folder = site.host().folder()
    group = str(os.getgid())
    wanted = {"password": "correct-horse-battery", "encryption": "compatible2022", "group": group, "mode": "0440"}
    site.variables["wotrus_certificates"] = [entry(pkcs12=wanted, combined_pem=True)]

    site.issue()

    live = folder.live
    assert (live / "bundle.p12").stat().st_mode & 0o777 == 0o440
    combined = live / "combined.pem"
    assert combined.read_bytes() == (live / "fullchain.pem").read_bytes() + (live / "privkey.pem").read_bytes()
    assert combined.stat().st_mode & 0o777 == 0o600
    assert site.issue().changed == 0


def test_failed_reload_restores_the_former_pair_and_is_tried_again(
    site: Site, sandbox: Sandbox, charged: Charged, tmp_path: Path
) -> None:
    folder = site.host().folder()
    healthy = tmp_path / "healthy"
    healthy.touch()
    site.variables["wotrus_certificates"] = [entry(reload={"command": f"test -e {healthy}"})]
    site.issue()
    former = folder.release
    healthy.unlink()

    failed = site.run(variables={"wotrus_reissue": ["contracts"]})

    assert failed.code != 0
    assert failed.result()["steps"][-1] == "rolled_back"
    assert failed.result()["error_code"] == "reload_failed"
    assert f"test -e {healthy}" in failed.failures[-1]
    assert folder.release == former
    assert public_key(folder.live / "privkey.pem") == public_key(folder.live / "cert.pem")
    healthy.touch()

    retried = site.issue()

    assert retried.plans(retried.tasks[0].host)[0]["reason"] == "rolled_back"
    assert_deployed(folder, sandbox)
    assert folder.release != former
    assert site.issue().changed == 0
    assert charged() == 1


class Service:
    """A TLS service that reads its certificate at start and reload.

    It reloads when there is a file.
    """

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._context = self._read()
        self.reload_file = folder.path.parent / "reload"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"

    def serve(self) -> None:
        """Answer one after the other, until it is closed."""
        with contextlib.suppress(OSError):
            while True:
                plain, _peer = self._listener.accept()
                if self.reload_file.exists():
                    self._context = self._read()
                with contextlib.suppress(OSError), plain, self._context.wrap_socket(plain, server_side=True):
                    pass

    def close(self) -> None:
        # Closing alone does not end a waiting accept.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _read(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._folder.live / "fullchain.pem", self._folder.live / "privkey.pem")
        return context


@contextlib.contextmanager
def running(folder: Folder) -> Iterator[Service]:
    service = Service(folder)
    thread = threading.Thread(target=service.serve)
    thread.start()
    try:
        yield service
    finally:
        service.close()
        thread.join()


def test_release_is_rolled_back_until_the_service_serves_it(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    folder = site.host().folder()
    site.issue()
    former = folder.release
    impatient = {"module_defaults": {"wotrus.pki.wotrus_deployment": {"served_timeout": 1}}}
    with running(folder) as service:
        reload = {"command": "true", "served_at": service.address}
        site.variables["wotrus_certificates"] = [entry(reload=reload)]

        stale = site.run(play=impatient, variables={"wotrus_reissue": ["contracts"]})

        assert stale.code != 0
        assert (stale.result()["result"], stale.result()["error_code"]) == ("failed", "reload_failed")
        assert "rolled_back" in stale.result()["steps"]
        assert folder.release == folder.record["live"]["release"] == former
        reload["command"] = f"touch {service.reload_file}"

        site.issue()

        assert folder.release != former
        assert folder.record["reload_pending"] is False
        assert_deployed(folder, sandbox)
        assert site.issue().changed == 0
    assert charged() == 1
