# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets are never shown, and the token stays on the controller.

That holds at any verbosity, and for every account that tasks become on a host.
"""

from __future__ import annotations

import base64
import json
import secrets
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.sandbox import Sandbox

from .checks import assert_deployed
from .conftest import Charged
from .harness import Run, Site, entry

IDENTITY = "11010119900307001X"
EVIDENCE = base64.b64encode(b"%PDF-1.7\n" + secrets.token_bytes(48)).decode()
MOBILE = "13800138000"
SECRET = "hunter2-hunter2"


def private_entry(**changes: Any) -> dict[str, Any]:
    """Return an entry with all that nobody should see."""
    organization = {"name": "示例科技有限公司", "id_card_number": IDENTITY}
    documents = [{"type": "business_license", "content": EVIDENCE, "file_type": ".pdf"}]
    return entry(organization=organization, documents=documents, **changes)


def written(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Yield the files below a folder with what is in them."""
    for file in folder.rglob("*"):
        if file.is_file() and not file.is_symlink():
            yield file, file.read_bytes()


def assert_hidden(run: Run, folder: Path, *words: str) -> None:
    """Check that words are neither in output nor in hosts' files."""
    for word in words:
        assert word not in run.output
        assert [file for file, data in written(folder) if word.encode() in data] == []


@pytest.mark.parametrize("way", ["play", "module_defaults"])
def test_secrets_are_not_shown(site: Site, sandbox: Sandbox, charged: Charged, way: str) -> None:
    host = site.host()
    site.variables["wotrus_certificates"] = [private_entry(reload={"command": "/bin/true"})]
    defaults = {"api_url": sandbox.url, "api_token": sandbox.token, "ca_path": sandbox.tls_ca}
    play: dict[str, Any] = {"module_defaults": {"group/wotrus.pki.wotrus": defaults}}
    if way == "play":
        play = {"environment": dict(site.environment)}
    site.environment.clear()

    run = site.issue("-vvvv", "--diff", play=play)

    key = (host.folder().live / "privkey.pem").read_text().splitlines()[1]
    assert key not in run.output
    assert_hidden(run, host.base_dir, sandbox.token, IDENTITY, EVIDENCE)
    assert_deployed(host.folder(), sandbox)
    assert charged() == 1


@pytest.mark.parametrize("password", ["0", "2026"])
def test_short_password_of_one_host_damages_nothing(site: Site, charged: Charged, password: str) -> None:
    hosts = [
        site.host(name, wotrus_certificates=[entry(**changes)])
        for name, changes in {
            "keystore": {"pkcs12": {"password": password}},
            "ukey": {"key": {"storage": "ukey"}, "ukey": {"ship_address": "示例路", "password": password}},
            "healthy": {},
        }.items()
    ]
    site.variables["wotrus_max_charged_orders"] = len(hosts)

    for changes in (True, False):
        run = site.run()
        assert run.code == 0, run.output
        assert any(task.changed for task in run.tasks) is changes

    assert charged() == len(hosts)
    for host in hosts:
        record = json.loads(host.folder().record_file.read_text())
        assert host.folder().live.exists()
        assert record["live"]["order_id"]


@pytest.mark.parametrize("way", ["refused", "own process"])
def test_personal_data_is_in_the_order_and_nowhere_else(
    site: Site, sandbox: Sandbox, charged: Charged, way: str
) -> None:
    host = site.host()
    site.environment["ANSIBLE_INJECT_INVOCATION"] = "true"
    person = {
        "user_mobile": MOBILE,
        "user_email": "wang@example.org",
        "user_last_name": "欧阳",
        "phone": "010-55512345",
    }
    address = "示例路 55512 号"
    organization = {"name": "示例科技有限公司", "id_card_number": IDENTITY, **person}
    one = entry(key={"storage": "ukey"}, ukey={"ship_address": address}, organization=organization)
    site.variables["wotrus_certificates"] = [one]
    task: dict[str, Any] = {
        "wotrus.pki.wotrus_order": {
            **{name: one[name] for name in ("product", "common_name", "organization")},
            "name": host.name,
            "months": 12,
            "ukey_password": "Ukey-555-Pa55word",
            "ukey_ship_address": address,
        },
        "vars": {"wotrus_in_process": False},
    }
    if way == "refused":
        words = {"isSuccess": False, "errorMsg": f"手机号 {MOBILE} 与地址 {address} 不符"}
        sandbox.fault("create", "answer", body=json.dumps(words), when="before", times=-1)

    run = site.run("-vvvvv", "--diff", tasks=[task] if way == "own process" else None)

    assert (run.code == 0) == (way != "refused"), run.output
    assert charged() == (way != "refused")
    assert way != "refused" or "手机号 ******** 与地址 ******** 不符" in run.output
    assert_hidden(run, site.folder / "hosts", IDENTITY, address, *person.values())


@pytest.fixture
def become(site: Site, tmp_path: Path) -> Path:
    """Install a ``become`` program that records each use.

    It works for every account, and changes none.
    """
    log = tmp_path / "became"
    log.touch()
    program = tmp_path / "become"
    program.write_text(
        f'#!/bin/sh\necho "$*" >>{shlex.quote(str(log))}\nwhile [ "$1" != /bin/sh ]; do shift; done\nexec "$@"\n'
    )
    program.chmod(0o755)
    site.variables.update(ansible_become_exe=str(program))
    # Otherwise, root would not become root.
    site.environment["ANSIBLE_BECOME_ALLOW_SAME_USER"] = "true"
    return log


def test_become_of_the_play_is_for_the_host_and_not_for_the_api(
    site: Site, sandbox: Sandbox, charged: Charged, become: Path
) -> None:
    host = site.host()

    run = site.issue("-vvv", play={"become": True, "become_user": "root"})

    assert_deployed(host.folder(), sandbox)
    assert charged() == 1
    became = [line for line in become.read_text().splitlines() if "AnsiballZ" in line or "python" in line]
    assert len(became) == len(run.on_target())
    assert sandbox.token not in become.read_text()
    assert [task.name for task in run.tasks if task.status == "failed"] == []
