# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A failed reload fails one certificate, and the run explains it."""

from __future__ import annotations

from tests.helpers.sandbox import Sandbox

from . import tables
from .checks import live_order
from .conftest import Charged
from .harness import Site, entry

RELOAD_PENDING = "reload_pending"
HANDLER = {"name": "Restart the signer", "ansible.builtin.debug": {"msg": "The signer is restarted"}}


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


def test_handler_that_the_play_lacks_is_shown_before_anything_is_sent(site: Site) -> None:
    site.host(wotrus_certificates=[entry(reload={"handler": "Restart the singer"})])
    play = {"handlers": [HANDLER]}

    checked = site.issue("--check", play=play)
    with site.held_before("on target: prepared", play=play) as started:
        output = started.kill()
    for shown in (output, checked.output):
        assert "[WARNING]: Certificate 'contracts': reload.handler 'Restart the singer'" in " ".join(shown.split())


def test_nothing_is_revoked_if_the_inventory_does_not_say_who_has_certificates(site: Site, sandbox: Sandbox) -> None:
    folder = site.host().folder()
    play = {"vars": {"wotrus_certificates": site.variables.pop("wotrus_certificates")}}
    site.issue(play=play)
    old_order = live_order(folder)

    run = site.issue(play=play, variables={"wotrus_reissue": ["contracts"], **site.revoking_superseded()})

    assert "outside the inventory" in run.output
    assert sandbox.status(old_order) == "issued"
