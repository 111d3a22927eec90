# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What people read of a run, and what a bot makes of it."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._planning.results import result_fields
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, shown
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.host_tasks import HostTasks, host_row
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.notification import (
    LARGEST,
    noteworthy,
    notification,
)
from tests.helpers import bots

Json = dict[str, t.Any]
LINK = "https://www.wotrus.com/order?id=1"
HOSTILE = (
    "@all",
    '<at user_id="all">everybody</at>',
    "<at id=all></at>",
    "<@zhangsan>",
    "@13800001111",
    "[Log in](https://evil.example)",
    "![](https://evil.example/pixel.png)",
    "[a][b]](https://evil.example)",
    "\\](https://evil.example) \\\\",
    '<font color="info">paid</font>',
    "`code` **bold** *italic*",
    "# title\n> quote\r\n- list\x1b[31m\u202egnp",
)


def row(result: str = "deployed", host: str = "sign-1", name: str = "contracts", **more: t.Any) -> Json:
    """Return a result."""
    texts = {field: more.pop(field, None) for field in ("msg", "next_step")}
    fields: Json = {"host": host, "name": name, "order_id": "1", "waiting_for": None, **shown(**texts), **more}
    return result_fields(result, **fields)


def for_you(**more: t.Any) -> Json:
    usual: Json = {"msg": Message("The CA waits for you."), "waiting_for": "you", "pending_link": LINK}
    return row("waiting", **{**usual, **more})


def lost(host: str) -> Json:
    return host_row(HostTasks(host))


def document(kind: str, *rows: Json, language: str = "en") -> Json:
    return notification(noteworthy(rows), language).document(kind)


def test_only_what_changed_or_needs_somebody_is_notified() -> None:
    deployed, ordered = row(name="new", steps=["deployed"]), row("waiting", name="ordered", steps=["ordered"])
    mine, failed = for_you(name="mine"), row("failed", name="failed")
    alarm = row("unchanged", name="alarm", alarm="warning")
    rows = [
        deployed,
        row("unchanged"),
        row("waiting", waiting_for="ca"),
        row("not_selected"),
        ordered,
        mine,
        failed,
        alarm,
    ]

    assert noteworthy(rows) == [mine, failed, alarm, deployed, ordered]
    assert noteworthy(rows, only_changes=True) == noteworthy(rows)
    assert noteworthy([mine, failed, alarm], only_changes=True) == []


@pytest.mark.parametrize("kind", bots.KINDS)
def test_each_bot_gets_its_form_with_the_link_to_open(kind: str) -> None:
    text = bots.text_of(kind, document(kind, row(expires="2027-11-29T00:00:00Z"), for_you(host="sign-2")))

    assert f"**waits for you** sign-2 contracts: The CA waits for you. [Open the link]({LINK})" in text
    assert "**deployed** sign-1 contracts: expires 2027-11-29" in text


@pytest.mark.parametrize("kind", bots.KINDS)
def test_message_is_in_the_chosen_language(kind: str) -> None:
    sent = document(kind, row(expires="2027-11-29T00:00:00Z"), for_you(msg=None), lost("sign-3"), language="zh")

    assert "WoTrus 证书：" in json.dumps(sent, ensure_ascii=False)
    text = bots.text_of(kind, sent)
    assert f"[打开链接]({LINK})" in text
    assert not [line for line in text.splitlines() if "deployed" in line or "failed" in line]


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("kind", bots.KINDS)
def test_text_of_others_comes_out_as_text(kind: str, hostile: str) -> None:
    safe = "sign-1"
    sent = document(kind, row("failed", host=hostile, name=hostile, msg=hostile, next_step=hostile), lost(hostile))
    same = document(kind, row("failed", host=safe, name=safe, msg=safe, next_step=safe), lost(safe))

    ours, theirs = (bots.text_of(kind, one) for one in (same, sent))
    # Besides our own bold words, there is no markup, and no line more.
    assert bots.markup_in(theirs.replace("**failed**", "")) == []
    assert len(theirs.splitlines()) == len(ours.splitlines())
    assert theirs.isprintable() or all(map(str.isprintable, theirs.split("\n")))
    assert "evil.example" in theirs or "evil.example" not in hostile


@pytest.mark.parametrize(
    "link",
    [
        "http://www.wotrus.com/",
        "javascript:alert(1)",
        "https://www.wotrus.com@evil.example/",
        "https://www.wotrus.com/ [x](https://evil.example)",
        "https://www.wotrus.com/" + "a" * 3000,
    ],
)
def test_link_that_is_not_safe_is_left_out(link: str) -> None:
    text = bots.text_of("dingtalk", document("dingtalk", for_you(pending_link=link)))

    assert "](" not in text


def test_link_cannot_end_early() -> None:
    text = bots.text_of("wecom", document("wecom", for_you(pending_link="https://www.wotrus.com/a)[b](c<d>")))

    assert "(https://www.wotrus.com/a%29%5Bb%5D%28c%3Cd%3E)" in text


@pytest.mark.parametrize("kind", LARGEST)
@pytest.mark.parametrize("size", [1, 40, 3000])
def test_message_about_any_fleet_fits(kind: str, size: int) -> None:
    rows = [row("failed", host=f"签名-{number}", msg=f"第 {number} 台：" + "很长" * 1000) for number in range(size)]

    sent = document(kind, *rows, language="zh")

    assert len(json.dumps(sent, ensure_ascii=False).encode()) <= LARGEST[kind]
    if kind == "json":
        assert len(sent["certificates"]) + sent["more"] == size
    else:
        text = bots.text_of(kind, sent)
        assert "签名-0" in text
        assert size == 1 or f"还有 {size - text.count('contracts')} " in text


def test_same_words_are_one_paragraph() -> None:
    rows = [row("failed", host=f"sign-{number}", msg="The network is down.") for number in range(200)]

    text = bots.text_of("wecom", document("wecom", *rows))

    assert text.count("The network is down.") == 1
    assert "and 180 more" in text


def test_program_gets_the_rows() -> None:
    sent = document("json", for_you(host="sign-2", name="a*b"), lost("sign-3"))

    assert [one["host"] for one in sent["certificates"]] == ["sign-2", "sign-3"]
    first = sent["certificates"][0]
    assert (first["name"], first["result"], first["link"]) == ("a*b", "waiting", LINK)
    assert sent["more"] == 0
