# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real hosts: SSH, become, other Pythons, bad disks, and wrong clocks."""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from tests.helpers.sandbox import Sandbox
from tests.integration.checks import assert_deployed, posts
from tests.integration.conftest import Charged
from tests.integration.harness import BIN, Host, Site
from tests.torture.form import by_form
from tests.torture.secrets.capture import forms
from tests.torture.secrets.test_captured import entry_with_secrets

from . import pythons
from .server import CLOCK, Server

_PIPELINING = by_form(short=[True], long=[False, True])


def reach(site: Site, server: Server, *, base_dir: Path | None = None, python: Path | None = None) -> Host:
    """Add a host behind the server."""
    own = {"ansible_python_interpreter": str(python or BIN / "python"), **server.variables}
    return site.host("target", **own, **({"wotrus_base_dir": str(base_dir)} if base_dir else {}))


@pytest.mark.parametrize("pipelining", _PIPELINING)
@pytest.mark.parametrize("version", pythons.versions())
def test_account_that_becomes_root_deploys(
    site: Site,
    sandbox: Sandbox,
    charged: Charged,
    server: Server,
    python_of: Callable[[str], Path],
    version: str,
    *,
    pipelining: bool,
) -> None:
    host = reach(site, server, python=python_of(version))
    site.variables["ansible_pipelining"] = pipelining

    site.issue()

    assert_deployed(host.folder(), sandbox)
    assert (host.folder().live / "privkey.pem").stat().st_uid == 0
    assert charged() == 1
    assert site.issue().changed == 0


def test_read_only_file_system_fails_before_anything_is_sent(
    site: Site, sandbox: Sandbox, charged: Charged, server: Server
) -> None:
    reach(site, server, base_dir=server.readonly / "wotrus")

    run = site.run()

    assert run.code != 0
    assert any("Read-only" in message for message in run.failures), run.failures
    assert posts(sandbox) == []
    assert charged() == 0


def test_full_disk_keeps_the_key_and_the_order_until_there_is_room(
    site: Site, charged: Charged, server: Server
) -> None:
    base_dir = server.small / "wotrus"
    reach(site, server, base_dir=base_dir)
    key = shlex.quote(str(base_dir / "contracts" / "pending" / "privkey.pem"))

    full = site.run()

    assert full.code != 0
    assert any("Free space" in message for message in full.failures), full.failures
    pending = server.inside("sh", "-c", f"cat {key}")
    assert charged() == 1
    server.inside("mount", "-o", "remount,size=1m", str(server.small))

    site.issue()

    assert server.inside("cat", str(base_dir / "contracts" / "live" / "privkey.pem")) == pending
    assert charged() == 1
    assert site.issue().changed == 0


def test_wrong_clock_of_a_host_renews_nothing(site: Site, sandbox: Sandbox, charged: Charged, server: Server) -> None:
    (library,) = Path("/usr/lib").glob(CLOCK)
    python = server.folder / "python"
    host = reach(site, server, python=python)
    for years in (-5, 5):
        real = shlex.quote(str(BIN / "python"))
        python.write_text(f'#!/bin/sh\nLD_PRELOAD={library} FAKETIME="{365 * years:+}d" exec {real} "$@"\n')
        python.chmod(0o755)

        site.issue()

        assert_deployed(host.folder(), sandbox)
        assert charged() == 1
        assert site.issue().changed == 0


def test_bastion_that_alone_reaches_the_api_orders_and_shows_no_secret(
    site: Site, sandbox: Sandbox, charged: Charged, server: Server
) -> None:
    bastion = reach(site, server)
    asked, hidden = entry_with_secrets("ukey", evidence=b"%PDF-1.7\n" + secrets.token_bytes(60), private_key="")
    wanted = {name: asked[name] for name in ("product", "common_name", "organization", "documents")}
    ukey = {"ukey_password": hidden["UKey password"], "ukey_ship_address": asked["ukey"]["ship_address"]}
    task = {
        "wotrus.pki.wotrus_order": {**wanted, **ukey, "name": f"by-{bastion.name}", "months": 12},
        "delegate_to": bastion.name,
    }

    run = site.issue("-vvvv", "--diff", tasks=[task, task])

    # Of two that come within a second, the second may say the same; the order is one.
    first, second = (one.result for one in run.tasks)
    assert first["created"] is True
    assert is_same_id(first["order_id"], second["order_id"])
    assert charged() == 1
    shown = {name: forms(secret) for name, secret in {**hidden, "token": sandbox.token}.items()}
    assert [name for name, texts in shown.items() if any(text in run.output.encode() for text in texts.values())] == []
    assert "SSH: EXEC" in run.output
