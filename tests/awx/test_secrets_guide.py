# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide of secrets (guide_secrets) with the real collections: nothing of a secret is in the output.

Vault is a local fake of its API, and sops a program that prints what is decrypted.
"""

from __future__ import annotations

import http.server
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.helpers import softhsm
from tests.helpers.examples import examples
from tests.helpers.guides import GUIDES
from tests.helpers.sandbox import Sandbox
from tests.helpers.softhsm import PIN, SoftHsm
from tests.integration.conftest import site
from tests.integration.harness import BIN, COLLECTIONS, Site

from .configure import MODULES, environment
from .fake_awx import ENCRYPTED, FakeAwx

__all__ = ["site"]

EXAMPLES = {one.caption: one for one in examples(GUIDES / "guide_secrets.rst") if one.caption}
(PLAY,) = [one.text for one in examples(GUIDES / "guide_secrets.rst") if "awx.awx" in one.text]
PASSWORD, ROLE, SECRET_ID, CLIENT = "keystore-password-7", "role-of-the-controller", "secret-id-9", "hvs.client-token-5"


class Vault(http.server.ThreadingHTTPServer):
    """OpenBao or HashiCorp Vault with an AppRole and a KV store of version 2.

    :ivar requests: the method and path of each request
    """

    def __init__(self, token: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.requests: list[str] = []
        self.is_sealed = False
        self.secrets = {
            "signing/wotrus": {"api_token": token},
            "signing/contracts": {"password": PASSWORD},
            "signing/token": {"pin": PIN},
        }

    @property
    def environment(self) -> dict[str, str]:
        """The variables of the guide."""
        return {
            "ANSIBLE_HASHI_VAULT_ADDR": self.url,
            "ANSIBLE_HASHI_VAULT_AUTH_METHOD": "approle",
            "ANSIBLE_HASHI_VAULT_ROLE_ID": ROLE,
            "ANSIBLE_HASHI_VAULT_SECRET_ID": SECRET_ID,
        }


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Vault

    def do_POST(self) -> None:
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        is_known = self.path == "/v1/auth/approle/login" and given == {"role_id": ROLE, "secret_id": SECRET_ID}
        self._answer({"auth": {"client_token": CLIENT}} if is_known else None)

    def do_GET(self) -> None:
        found = self.server.secrets.get(self.path.removeprefix("/v1/kv/data/"))
        is_known = found is not None and self.headers["X-Vault-Token"] == CLIENT
        self._answer({"data": {"data": found, "metadata": {"version": 1}}} if is_known else None)

    def _answer(self, data: dict[str, Any] | None) -> None:
        self.server.requests.append(f"{self.command} {self.path}")
        data = None if self.server.is_sealed else data
        body = json.dumps(data or {"errors": ["permission denied"]}).encode()
        self.send_response(200 if data else 403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_parts: object) -> None:
        """Say nothing."""


@pytest.fixture
def vault(sandbox: Sandbox) -> Iterator[Vault]:
    server = Vault(sandbox.token)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def guided(site: Site, modules: Path) -> Site:
    """A controller with the collections of the guide, whose environment has no token."""
    assert modules.is_dir()
    del site.environment["WOTRUS_API_TOKEN"]
    site.environment["ANSIBLE_COLLECTIONS_PATH"] = f"{COLLECTIONS}{os.pathsep}{MODULES}"
    return site


def test_secrets_of_vault_are_in_no_output(guided: Site, vault: Vault, sandbox: Sandbox, tmp_path: Path) -> None:
    host = guided.host(ansible_python_interpreter=sys.executable)
    variables = EXAMPLES["Vault, group_vars"].data
    hsm = SoftHsm.create(tmp_path / "hsm") if softhsm.is_available() else None
    if hsm is None:
        del variables["wotrus_certificates"][1]
    else:
        hsm.add_token("signing")
        variables["wotrus_certificates"][1]["key"]["pkcs11"]["module"] = softhsm.find_module()
    guided.variables.update(variables, wotrus_max_charged_orders=2)
    guided.environment.update(vault.environment)

    run = guided.issue("-vvvvv", "--diff", play={"environment": hsm.environment if hsm else {}})

    assert [row["result"] for row in run.results()] == ["deployed"] * len(variables["wotrus_certificates"])
    opened = [
        "openssl",
        "pkcs12",
        "-in",
        str(host.folder().live / "bundle.p12"),
        "-passin",
        f"pass:{PASSWORD}",
        "-noout",
    ]
    subprocess.run(opened, check=True)
    secrets = [sandbox.token, PASSWORD, SECRET_ID, CLIENT, *([PIN] if hsm else [])]
    assert [one for one in secrets if one in run.output or one in json.dumps([task.result for task in run.tasks])] == []
    # The guide has 34.
    assert len(vault.requests) <= 60
    vault.is_sealed = True
    refused = guided.run("-vvvvv")
    assert refused.code != 0
    assert [one for one in secrets if one in refused.output] == []


def test_secrets_of_sops_are_in_no_output(guided: Site, sandbox: Sandbox, tmp_path: Path) -> None:
    host = guided.host()
    decrypted = EXAMPLES["group_vars/wotrus.sops.yml, decrypted"].data
    assert list(decrypted) == ["wotrus_api_token", "keystore_password"]
    secrets = [sandbox.token, PASSWORD]
    (tmp_path / "decrypted.json").write_text(json.dumps(dict(zip(decrypted, secrets, strict=True))))
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars" / "wotrus.sops.yml").write_text("sops: encrypted\n")
    (tmp_path / "bin").mkdir()
    sops = tmp_path / "bin" / "sops"
    calls = tmp_path / "calls"
    lines = (
        f'echo "$*" >>{calls}',
        "case $* in *version*) echo sops 3.10.2 ;;",
        f"*) cat {tmp_path}/decrypted.json ;;",
        "esac",
    )
    sops.write_text("\n".join(("#!/bin/sh", *lines, "")))
    sops.chmod(0o755)
    (tmp_path / "ansible.cfg").write_text(EXAMPLES["SOPS, ansible.cfg"].text)
    guided.variables.update(EXAMPLES["SOPS, group_vars"].data)
    path = f"{sops.parent}{os.pathsep}{BIN}{os.pathsep}{os.environ['PATH']}"
    guided.environment.update(PATH=path, ANSIBLE_CONFIG=str(tmp_path / "ansible.cfg"))

    run = guided.issue("-vvvvv", "--diff")

    opened = [
        "openssl",
        "pkcs12",
        "-in",
        str(host.folder().live / "bundle.p12"),
        "-passin",
        f"pass:{PASSWORD}",
        "-noout",
    ]
    subprocess.run(opened, check=True)
    assert [one for one in secrets if one in run.output] == []
    assert len([one for one in calls.read_text().splitlines() if "wotrus.sops.yml" in one]) == 1


def test_awx_reads_the_token_from_vault(server: FakeAwx, tmp_path: Path) -> None:
    server.add_type("WoTrus", "wotrus")
    lookup = server.add_type("HashiCorp Vault Secret Lookup", "hashivault_kv")
    lookup["inputs"] = {"fields": [{"id": "secret_id", "label": "AppRole secret_id", "type": "string", "secret": True}]}
    server.add("organizations", {"name": "Signing"})
    server.add_credential(
        "WoTrus", "wotrus", server.named("organizations", "Signing")["id"], api_url="https://x.example"
    )
    (tmp_path / "link.yml").write_text(PLAY)

    done = subprocess.run(
        [str(BIN / "ansible-playbook"), "-vvvvv", "link.yml"],
        env={**environment(server, tmp_path), "VAULT_SECRET_ID": SECRET_ID},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    (link,) = server.resources["credential_input_sources"]
    assert (link["target_credential"], link["source_credential"]) == tuple(
        server.named("credentials", name)["id"] for name in ("WoTrus", "Vault")
    )
    (play,) = yaml.safe_load(PLAY)
    assert link["metadata"] == play["tasks"][1]["awx.awx.credential_input_source"]["metadata"]
    assert link["input_field_name"] == "api_token"
    assert SECRET_ID not in re.sub(r"\s", "", done.stdout + done.stderr)
    assert server.ask("GET", f"credentials/{link['source_credential']}/")[1]["inputs"]["secret_id"] == ENCRYPTED
