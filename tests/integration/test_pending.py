# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An order under review is a result, and the next run continues."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from tests.helpers.sandbox import Sandbox

from . import tables
from .checks import assert_deployed, posts
from .conftest import Charged
from .harness import ROLE, Site, entry

_HOUR = 3600


def test_pending_order_is_resumed_until_it_is_deployed(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    host, waiting = site.hosts(2)
    site.variables["wotrus_max_charged_orders"] = 2
    sandbox.settings(manual_review=True)

    first = site.issue()

    assert first.recap[host.name]["changed"] > 0
    order_id = host.folder().pending_order_id
    row = [host.name, "contracts", "waiting", order_id.strip(), "yes", "ca"]
    assert first.table()[-2].split()[:6] == row
    result = first.result(host=host.name)
    assert "is under review at WoTrus" in result["msg"]
    assert result["steps"] == ["prepared", "ordered"]
    assert result["waiting_since"]
    assert host.folder().release is None
    key = (host.folder().pending / "privkey.pem").read_bytes()
    before = host.folder().contents()
    sandbox.order(waiting.folder().pending_order_id, "unpaid")
    sandbox.clear_calls()

    again = site.issue(playbook="wotrus.pki.issue", variables={})

    assert again.changed == 0
    assert posts(sandbox) == []
    (plan,) = again.plans(host.name)
    assert (plan["action"], plan["reason"], plan["may_be_charged"]) == ("resume", "pending_review", False)
    counts = tables.summary(again)
    assert (counts[tables.WAITING_FOR_YOU], counts[tables.WAITING_FOR_CA], counts[tables.CHARGED]) == (1, 1, 0)
    ca, you = tables.result(again, host), tables.result(again, waiting)
    assert (ca["result"], ca["order"], ca["waiting for"]) == ("waiting", order_id.strip(), tables.BY_CA)
    assert (you["result"], you["waiting for"]) == ("waiting", tables.BY_YOU)
    assert ca["charged"] == you["charged"] == tables.NO
    assert sandbox.url in you["next step"]
    # Where nothing can be done, one look at the host is enough.
    assert len(again.on_target(host.name)) == 1
    assert host.folder().contents() == before
    sandbox.order(host.folder().pending_order_id, "approve")

    sandbox.clear_calls()

    last = site.issue(playbook="wotrus.pki.resume", variables={})

    assert_deployed(host.folder(), sandbox)
    assert (host.folder().live / "privkey.pem").read_bytes() == key
    assert charged() == 2
    assert posts(sandbox) == []
    assert [one.states for one in last.on_target(host.name)] == [["look"], ["present"]]
    # A wait would query the pending order again.
    assert waiting.folder().release is None
    pending = waiting.folder().pending_order_id
    assert len([call for call in sandbox.calls("query") if is_same_id(call["order_id"], pending)]) == 1


def test_role_uses_only_answers_about_its_own_certificates(site: Site, sandbox: Sandbox) -> None:
    host = site.host(wotrus_certificates=[entry("issued")])
    sandbox.settings(manual_review=True)
    site.given()
    sandbox.order(host.folder("issued").pending_order_id, "approve")
    sandbox.settings(manual_review=False, review_delay=_HOUR)
    # The first question is asked once the order is placed; the second is that of the wait.
    sandbox.fault("query", "hold", skip=1)
    twice = [
        {"ansible.builtin.include_role": {"name": ROLE}, "vars": {"wotrus_certificates": [entry(name)]}}
        for name in ("waited-for", "issued")
    ]

    started = site.start(tasks=twice, variables={"wotrus_wait_timeout": 60})
    assert sandbox.wait_for_hold() == 1
    sandbox.clock(advance=_HOUR)
    sandbox.release()
    run = started.finish()

    assert run.code == 0, run.output
    # The first is fetched after a wait; the second, at the same place of its list, at once.
    assert len(run.named("Deploy the certificates that were issued meanwhile")) == 1
    for name in ("waited-for", "issued"):
        assert_deployed(host.folder(name), sandbox, at_time=False)
