# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A failed reload fails one certificate, and the run explains it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from tests.helpers.sandbox import Sandbox

from . import tables
from .checks import assert_deployed, posts
from .conftest import Charged
from .harness import Site, entry

RELOAD_PENDING = "reload_pending"
REVOKE_SUPERSEDED = "wotrus_revoke_superseded"
HANDLER = {"name": "Restart the signer", "ansible.builtin.debug": {"msg": "The signer is restarted"}}


def script(file: Path, text: str) -> dict[str, Any]:
    """Return a reload by a shell script."""
    file.write_text(text)
    return {"command": shlex.join(["/bin/sh", str(file)])}


def test_handler_that_the_play_lacks_fails_its_certificate_and_not_the_play(site: Site, charged: Charged) -> None:
    typo = site.host("typo", wotrus_certificates=[entry(reload={"handler": "Restart the singer"})])
    sound = site.host("sound", wotrus_certificates=[entry(reload={"handler": HANDLER["name"]})])
    site.variables["wotrus_max_charged_orders"] = 2
    later = [{"name": "Go on", "ansible.builtin.debug": {"msg": "The play goes on"}}]

    run = site.run(play={"handlers": [HANDLER], "post_tasks": later})

    assert charged() == 2
    for host in (typo, sound):
        assert host.folder().release is not None
    assert [task.host for task in run.named(HANDLER["name"])] == [sound.name]
    assert [task.host for task in run.named("Go on")] == [sound.name]
    assert run.code == 2
    assert "[WARNING]" in run.output
    assert tables.result(run, sound)["result"] == "deployed"
    row = tables.result(run, typo)
    assert row["result"] == "failed"
    assert "Restart the singer" in tables.text(row)
    assert typo.folder().record[RELOAD_PENDING] is True
    site.host("typo", wotrus_certificates=[entry(reload={"handler": HANDLER["name"]})])

    fixed = site.issue(play={"handlers": [HANDLER]})

    assert [task.host for task in fixed.named(HANDLER["name"])] == [typo.name]


def test_handler_that_the_play_lacks_is_shown_before_anything_is_sent(site: Site) -> None:
    site.host(wotrus_certificates=[entry(reload={"handler": "Restart the singer"})])
    play = {"handlers": [HANDLER]}

    checked = site.issue("--check", play=play)
    with site.held_before("on target: prepared", play=play) as started:
        output = started.kill()
    status = site.issue(playbook="wotrus.pki.status")

    for shown in (output, checked.output):
        assert "[WARNING]: Certificate 'contracts': reload.handler 'Restart the singer'" in " ".join(shown.split())
    assert "reload.handler" not in status.output


def test_failed_reload_shows_command_status_and_output(site: Site, tmp_path: Path) -> None:
    host = site.host()
    site.issue()
    former = host.folder().release
    reload = script(tmp_path / "reload", "echo 'the key does not fit' >&2\nexit 37\n")
    site.variables["wotrus_certificates"] = [entry(reload=reload)]

    run = site.run(variables={"wotrus_reissue": ["contracts"]})

    assert host.folder().release == former
    assert run.code == 2
    for word in (str(tmp_path / "reload"), "37", "the key does not fit"):
        assert word in " ".join(run.failures)
    row = tables.result(run, host)
    assert row["result"] == "failed"
    for word in (str(tmp_path / "reload"), "37", "the key does not fit"):
        assert word in tables.text(row)


def test_failed_reload_rolls_back_no_other_certificate(
    site: Site, sandbox: Sandbox, charged: Charged, tmp_path: Path
) -> None:
    host = site.host()
    site.variables["wotrus_certificates"] = [entry("contracts"), entry("invoices")]
    site.issue(variables={"wotrus_max_charged_orders": 2})
    former = {name: host.folder(name).release for name in ("contracts", "invoices")}
    bad = script(tmp_path / "bad", "exit 1\n")
    good = script(tmp_path / "good", f"echo reloaded >>{shlex.quote(str(tmp_path / 'reloads'))}\n")
    site.variables["wotrus_certificates"] = [entry("contracts", reload=bad), entry("invoices", reload=good)]

    run = site.run(variables={"wotrus_reissue": ["contracts", "invoices"]})

    assert host.folder("contracts").release == former["contracts"]
    assert host.folder("invoices").release != former["invoices"]
    assert (tmp_path / "reloads").read_text().split() == ["reloaded"]
    assert_deployed(host.folder("invoices"), sandbox)
    assert charged() == 2
    assert run.code == 2
    assert tables.result(run, host, "invoices")["result"] == "deployed"
    assert tables.result(run, host, "contracts")["result"] == "failed"


def test_revocation_without_evidence_is_refused_before_anything_is_sent(site: Site, sandbox: Sandbox) -> None:
    host = site.host()
    site.issue()
    before = host.folder().contents()
    sandbox.clear_calls()

    run = site.run(playbook="wotrus.pki.reissue", variables={"wotrus_reissue": ["contracts"], REVOKE_SUPERSEDED: True})

    assert run.code == 2
    assert posts(sandbox) == []
    assert host.folder().contents() == before
    assert "wotrus_revocation_document" in " ".join(run.failures)
