# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A failed reload fails one certificate, and the run explains it."""

from __future__ import annotations

import re
import shlex
from typing import Any

from tests.helpers.sandbox import Sandbox

from . import tables
from .checks import live_order, posts
from .conftest import Charged
from .harness import Site, entry

RELOAD_PENDING = "reload_pending"
CHANGED = "wotrus certificate changed"


def say(words: str) -> dict[str, Any]:
    return {"ansible.builtin.debug": {"msg": words}}


HANDLER = {"name": "Restart the signer", **say("The signer is restarted")}


def test_handlers_are_notified_and_one_that_the_play_lacks_fails_its_certificate_and_not_the_play(
    site: Site, charged: Charged
) -> None:
    typo = site.host("typo", wotrus_certificates=[entry(reload={"handler": "Restart the singer"})])
    sound = site.host("sound", wotrus_certificates=[entry(reload={"handler": HANDLER["name"]})])
    site.variables["wotrus_max_charged_orders"] = 2
    handlers = [
        HANDLER,
        {"name": "Notify monitoring", "listen": CHANGED, **say("Listening")},
        {"name": "Restart something else", **say("done")},
    ]
    later = [{"name": "Go on", **say("The play goes on")}]

    run = site.run(play={"handlers": handlers, "post_tasks": later})

    assert charged() == 2
    for host in (typo, sound):
        assert host.folder().release is not None
    assert [task.host for task in run.named(HANDLER["name"])] == [sound.name]
    assert sound.name in [task.host for task in run.named("Notify monitoring")]
    assert run.named("Restart something else") == []
    assert [task.host for task in run.named("Go on")] == [sound.name]
    assert run.code == 2
    assert "[WARNING]" in run.output
    assert tables.result(run, sound)["result"] == "deployed"
    assert sound.folder().record[RELOAD_PENDING] is False
    row = tables.result(run, typo)
    assert row["result"] == "failed"
    assert "Restart the singer" in tables.text(row)
    assert typo.folder().record[RELOAD_PENDING] is True


def test_nothing_is_revoked_if_the_inventory_does_not_say_who_has_certificates(site: Site, sandbox: Sandbox) -> None:
    folder = site.host().folder()
    play = {"vars": {"wotrus_certificates": site.variables.pop("wotrus_certificates")}}
    site.given(**play["vars"])
    old_order = live_order(folder)

    run = site.issue(play=play, variables={"wotrus_reissue": ["contracts"], **site.revoking_superseded()})

    assert "outside the inventory" in run.output
    assert sandbox.status(old_order) == "issued"


def test_order_that_other_hosts_may_use_is_shown_with_the_command_that_revokes_it(site: Site, sandbox: Sandbox) -> None:
    site.variables["wotrus_certificates"] = [entry(order_name=f"{site.prefix}-contracts")]
    folder = site.host().folder()
    site.given()
    old_order = live_order(folder)

    run = site.issue(variables={"wotrus_reissue": ["contracts"], **site.revoking_superseded()})

    assert sandbox.status(old_order) == "issued"
    shown = re.search(r"ansible-playbook (wotrus\.pki\.revoke [^\"]*)", run.output)
    assert shown is not None, run.output
    playbook, *options = shlex.split(shown[1])
    site.issue(*options, playbook=playbook, variables=site.revocation())
    assert sandbox.status(old_order) == "revoked"
    assert live_order(folder) != old_order
    site.issue(variables=site.revoking_superseded())
    assert folder.record["superseded"] == []


def test_revocation_that_wotrus_refused_is_shown_with_the_command_and_not_sent_again(
    site: Site, sandbox: Sandbox
) -> None:
    folder = site.host().folder()
    site.given()
    old_order = live_order(folder)
    site.issue(variables={"wotrus_reissue": ["contracts"]})
    sandbox.settings(manual_review=True)
    site.issue(variables=site.revoking_superseded())
    assert sandbox.status(old_order) == "pendingRevoke"
    sandbox.order(old_order, "refuse-revocation")
    sandbox.clear_calls()

    run = site.issue(variables=site.revoking_superseded())

    assert posts(sandbox) == []
    assert f"-e wotrus_revoke={folder.record['superseded'][0]['order_id']}" in run.output
