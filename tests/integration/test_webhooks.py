# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results are sent where people read, once for a run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.helpers import bots, scripted_server
from tests.helpers.sandbox import Sandbox
from tests.helpers.scripted_server import Script

from .harness import Run, Site

TOKEN = "a1b2c3d4e5f60718293a4b5c6d7e8f90"
SECRET = "SEC0123456789abcdef0123456789"


@pytest.fixture
def bot() -> Iterator[Script]:
    """A bot of DingTalk that checks signatures."""
    with bots.start("dingtalk", SECRET) as one:
        yield one


def webhook(bot: Script) -> dict[str, Any]:
    return {"kind": "dingtalk", "url": f"{bot.url}/robot/send?access_token={TOKEN}", "secret": SECRET}


def sent(bot: Script) -> list[str]:
    """Return the texts that a bot got since the last call."""
    texts = [bots.text_of("dingtalk", request.json) for request in bot.requests]
    bot.requests.clear()
    return texts


def assert_hidden(run: Run, *servers: Script) -> None:
    for secret in (TOKEN, SECRET, *(server.url for server in servers)):
        assert secret not in run.output
        assert secret not in str(run.tasks)


def test_each_run_with_news_is_one_message(site: Site, sandbox: Sandbox, bot: Script) -> None:
    sandbox.settings(manual_review=True)
    one, other = site.hosts(2)
    site.variables.update(wotrus_webhooks=[webhook(bot)], wotrus_max_charged_orders=2, wotrus_language="zh")

    check = site.run("--check")
    assert (check.code, sent(bot)) == (0, [])

    run = site.issue("-vvvv", "--diff", playbook="wotrus.pki.issue", variables={})
    (text,) = sent(bot)
    assert one.name in text
    assert other.name in text
    assert "WoTrus 证书：" in text
    assert_hidden(run, bot)

    for host in (one, other):
        sandbox.order(host.folder().pending_order_id, "approve")
    site.issue()
    (text,) = sent(bot)
    assert "**已部署**" in text

    site.issue(playbook="wotrus.pki.status", variables={})
    assert sent(bot) == []


def test_dead_webhook_is_a_warning_and_others_are_notified(site: Site, bot: Script) -> None:
    site.host()
    with scripted_server.start() as dead:
        dead.will(scripted_server.raw(f'{{"errcode": 310000, "errmsg": "wrong token {TOKEN}"}}'))
        site.variables["wotrus_webhooks"] = [{**webhook(dead), "secret": None}, webhook(bot)]

        run = site.issue("-vvvv")

        why = "wotrus_webhooks[0] (dingtalk) did not take the message: It answers 310000: wrong token"
        assert why in " ".join(run.output.split())
        assert_hidden(run, dead, bot)
    assert len(sent(bot)) == 1


def test_hosts_that_are_lost_are_reported_too(site: Site, bot: Script) -> None:
    away = site.unreachable_host()
    here, mistaken = site.host(), site.host("mistaken", wotrus_keep=1)
    site.variables["wotrus_webhooks"] = [webhook(bot)]

    run = site.run(playbook="wotrus.pki.issue", variables={})

    assert run.code != 0
    (text,) = sent(bot)
    assert f"**failed** {away.name}: The run has no result for this host." in text
    assert f"**failed** {mistaken.name}: wotrus_keep is 1, but must be 2 or more." in text
    assert f"**deployed** {here.name} contracts" in text


def test_each_batch_is_sent_of_once(site: Site, bot: Script) -> None:
    one, other = site.hosts(2)
    site.variables.update(wotrus_webhooks=[webhook(bot)], wotrus_max_charged_orders=2)

    site.issue(playbook="wotrus.pki.issue", variables={"wotrus_serial": 1})

    texts = sent(bot)
    assert [[host.name for host in (one, other) if host.name in text] for text in texts] == [[one.name], [other.name]]


def test_hosts_of_one_play_may_have_different_webhooks(site: Site, bot: Script) -> None:
    with bots.start("wecom") as team:
        mine = {"kind": "wecom", "url": f"{team.url}/cgi-bin/webhook/send?key={TOKEN}"}
        of_team, of_all, of_nobody = (
            site.host("team", wotrus_webhooks=[mine, webhook(bot)]),
            site.host("all", wotrus_webhooks=[webhook(bot)]),
            site.host("nobody"),
        )
        site.issue(variables={"wotrus_max_charged_orders": 3})

        (text,) = [bots.text_of("wecom", request.json) for request in team.requests]
    assert of_team.name in text
    assert of_all.name not in text
    (text,) = sent(bot)
    assert of_team.name in text
    assert of_all.name in text
    assert of_nobody.name not in text


def test_cancellation_is_notified(site: Site, sandbox: Sandbox, bot: Script) -> None:
    sandbox.settings(manual_review=True)
    host = site.host()
    site.issue()
    site.variables["wotrus_webhooks"] = [webhook(bot)]

    site.issue(
        playbook="wotrus.pki.cancel", variables={"wotrus_cancel": "contracts", "wotrus_cancel_reason": "not needed"}
    )

    (text,) = sent(bot)
    assert f"**cancelled** {host.name} contracts" in text
