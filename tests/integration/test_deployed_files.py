# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run deploys to hosts that want other files, owners or roots.

Of an SM2 order, the certificate is RSA or ECC, and the pair is of the order beside it.
"""

from __future__ import annotations

import dataclasses
import grp
import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import pkcs12

from tests.helpers.sandbox import Sandbox

from .checks import FILES, assert_deployed, certificate, mode, public_key, verify
from .harness import Folder, Host, Run, Site, entry

CHECK = "openssl verify -CAfile %s/root.pem -untrusted %s/chain.pem %s/cert.pem"
PASSWORD = "correct-horse-battery"
SM2 = "5A4D3253-1C0E-4D1B-9F52-D0C5169A11CE"
DISTID = "distid:1234567812345678"
PAIR = {f"{part}_{kind}.pem": 0o644 for part in ("sign", "encrypt") for kind in ("cert", "chain", "root")}
GROUP = "65533"
"""A group that is nobody's private one."""


def other_account() -> tuple[str, str]:
    """Return an account and a group to which tests may give files."""
    if os.geteuid() == 0:
        account = pwd.getpwnam("nobody")
        return account.pw_name, grp.getgrgid(account.pw_gid).gr_name
    return pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name


def openssl(*arguments: str | Path) -> str:
    result = subprocess.run(["openssl", *map(str, arguments)], check=False, capture_output=True, text=True, timeout=30)
    assert result.returncode == 0, result.stderr
    return result.stdout


@dataclasses.dataclass(frozen=True)
class Deployed:
    """The run, its hosts by what they want, and how many orders were charged."""

    run: Run
    hosts: dict[str, Host]
    charged: int

    def folder(self, name: str) -> Folder:
        return self.hosts[name].folder()


@pytest.fixture(scope="module")
def shared_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="wotrus-shared-", dir="/var/tmp") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            os.chown(folder, 0, int(GROUP))
        folder.chmod(0o2775)
        yield folder


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory, shared: Sandbox, shared_folder: Path) -> Iterator[Deployed]:
    site = Site(tmp_path_factory.mktemp("deployed"), sandbox=shared, prefix="deployed")
    owner, group = other_account()
    keystore = {"password": PASSWORD, "friendly_name": "合同", "encryption": "compatible2022", "mode": "0440"}
    keystores = entry(pkcs12={**keystore, "group": str(os.getgid())}, combined_pem=True)
    hosts = {
        "owned": site.host("owned", wotrus_owner=owner, wotrus_group=group, wotrus_mode="0640", wotrus_validate=CHECK),
        "keystores": site.host("keystores", wotrus_certificates=[keystores]),
        "pair": site.host("pair", wotrus_certificates=[entry(product=SM2)]),
        "of_group": site.host(
            "of-group",
            wotrus_base_dir=str(shared_folder / "wotrus"),
            wotrus_trusted_groups=[str(shared_folder.stat().st_gid)],
        ),
        "other_root": site.host("other-root", wotrus_root_ca_path=shared.tls_ca),
    }
    before = shared.state()["charged_orders"]
    run = site.run("-vvv", "--diff", variables={"wotrus_max_charged_orders": len(hosts)})
    yield Deployed(run, hosts, charged=shared.state()["charged_orders"] - before)
    site.close()


def test_owner_group_and_mode_are_those_of_the_role(deployed: Deployed) -> None:
    live = deployed.folder("owned").live

    assert {file.name: mode(file) for file in live.resolve().iterdir()} == {
        name: 0o600 if name == "privkey.pem" else 0o640 for name in FILES
    }
    assert {(file.owner(), file.group()) for file in live.resolve().iterdir()} == {other_account()}


def test_keystores_have_what_their_programs_read_and_their_password_is_never_shown(deployed: Deployed) -> None:
    folder = deployed.folder("keystores")
    live = folder.live

    assert {file.name for file in live.iterdir()} == {*FILES, "bundle.p12", "combined.pem"}
    assert (mode(live.resolve() / "bundle.p12"), mode(live.resolve() / "combined.pem")) == (0o440, 0o600)
    assert (live / "combined.pem").read_bytes() == (live / "fullchain.pem").read_bytes() + (
        live / "privkey.pem"
    ).read_bytes()
    bundle = (live / "bundle.p12").read_bytes()
    key, own, chain = pkcs12.load_key_and_certificates(bundle, PASSWORD.encode())
    assert key is not None
    assert own is not None
    assert own.fingerprint(hashes.SHA256()).hex() == certificate(folder).fingerprint_sha256
    assert len(chain) == (live / "chain.pem").read_text().count("BEGIN")
    with pytest.raises(ValueError, match="password"):
        pkcs12.load_key_and_certificates(bundle, b"wrong")
    assert PASSWORD not in deployed.run.output + folder.record_file.read_text()


def test_directory_of_a_group_is_used_if_the_role_trusts_the_group(deployed: Deployed, sandbox: Sandbox) -> None:
    assert_deployed(deployed.folder("of_group"), sandbox)


def test_sm2_pair_is_deployed_with_the_certificate_and_charged_once(deployed: Deployed, sandbox: Sandbox) -> None:
    folder = deployed.folder("pair")

    assert {file.name: mode(file) for file in folder.live.resolve().iterdir()} == {**FILES, **PAIR}
    assert public_key(folder.live / "privkey.pem") == public_key(folder.live / "cert.pem")
    verify(folder, sandbox, at_time=True)
    # Link by link, up to the known root.
    for part in ("sign", "encrypt"):
        leaf, chain, root = (folder.live / f"{part}_{kind}.pem" for kind in ("cert", "chain", "root"))
        for trusted, one in ((chain, leaf), (root, chain)):
            openssl("verify", "-vfyopt", DISTID, "-partial_chain", "-trusted", trusted, one)
        assert root.read_text() == Path(sandbox.state()["sm2_root_ca"]).read_text()
    assert "Digital Signature" in openssl("x509", "-in", folder.live / "sign_cert.pem", "-noout", "-text")
    assert "Key Encipherment" in openssl("x509", "-in", folder.live / "encrypt_cert.pem", "-noout", "-text")
    record = folder.record
    assert record["pending"] is None
    assert set(record["live"]["files"]) == {*FILES, *PAIR}
    assert record["live"]["companion_order_id"]
    assert deployed.charged == len(deployed.hosts)


def test_root_has_to_be_the_one_that_the_user_trusts(deployed: Deployed) -> None:
    row = deployed.run.result(host=deployed.hosts["other_root"].name)

    assert deployed.run.code != 0
    assert (row["result"], row["error_code"]) == ("failed", "untrusted_chain")
    assert deployed.folder("other_root").release is None
