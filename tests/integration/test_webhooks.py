# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results are sent where people read, once for a run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.helpers import bots, scripted_server
from tests.helpers.scripted_server import Script

from . import tables
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


def test_each_webhook_has_the_news_of_its_hosts_and_a_dead_one_is_a_warning(site: Site, bot: Script) -> None:
    with bots.start("wecom") as team, scripted_server.start() as dead:
        dead.will(scripted_server.raw(f'{{"errcode": 310000, "errmsg": "wrong token {TOKEN}"}}'))
        mine = {"kind": "wecom", "url": f"{team.url}/cgi-bin/webhook/send?key={TOKEN}"}
        of_team, of_all, of_nobody = (
            site.host("team", wotrus_webhooks=[mine, webhook(bot)]),
            site.host("all", wotrus_webhooks=[{**webhook(dead), "secret": None}, webhook(bot)]),
            site.host("nobody"),
        )
        site.variables.update(wotrus_max_charged_orders=3, wotrus_language="zh")

        run = site.issue("-vvvv", "--diff", playbook="wotrus.pki.issue")

        (text,) = [bots.text_of("wecom", request.json) for request in team.requests]
        assert_hidden(run, bot, team, dead)
    assert of_team.name in text
    assert of_all.name not in text
    (text,) = sent(bot)
    for words in (of_team.name, of_all.name, "WoTrus 证书：", "**已部署**"):
        assert words in text
    assert of_nobody.name not in text
    assert "wotrus_webhooks[0]（dingtalk）没有接收消息：它回答 310000：wrong token" in " ".join(run.output.split())

    site.issue(playbook="wotrus.pki.status")

    assert sent(bot) == []


def test_hosts_that_are_lost_are_reported_too(site: Site, bot: Script) -> None:
    away = site.unreachable_host()
    here, mistaken = site.host(), site.host("mistaken", wotrus_keep=1)
    site.variables["wotrus_webhooks"] = [webhook(bot)]

    run = site.run(playbook="wotrus.pki.issue", variables={})

    assert run.code != 0
    (text,) = sent(bot)
    assert f"**failed** {away.name}: Ansible did not reach this host." in text
    assert f"**failed** {mistaken.name}: wotrus_keep is 1, but must be 2 or more." in text
    assert f"**deployed** {here.name} contracts" in text


def test_host_with_nothing_in_an_approved_plan_is_no_failure(site: Site, bot: Script) -> None:
    site.host("done")
    site.given()
    site.host("new")
    planned = tables.artifact(site.run("--check", playbook="wotrus.pki.issue"), "wotrus_plan")
    site.variables["wotrus_webhooks"] = [webhook(bot)]

    run = site.run(playbook="wotrus.pki.issue_planned", variables={"wotrus_plan": planned})

    assert run.code == 0, run.output
    (text,) = sent(bot)
    assert "**failed**" not in text


def test_revocation_of_a_superseded_certificate_is_news_once(site: Site, bot: Script) -> None:
    host = site.host()
    site.given()
    site.variables["wotrus_webhooks"] = [webhook(bot)]
    site.issue(variables={"wotrus_reissue": ["contracts"]})
    sent(bot)

    site.issue(variables=site.revoking_superseded())

    (text,) = sent(bot)
    assert f"**revoked** {host.name} contracts" in text

    site.issue(variables=site.revoking_superseded())

    assert sent(bot) == []
