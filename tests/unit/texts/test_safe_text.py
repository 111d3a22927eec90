# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text from elsewhere, made safe to show."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._client.answers import read_order
from ansible_collections.wotrus.pki.plugins.module_utils._client.fields import Fields
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import explain
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, text
from ansible_collections.wotrus.pki.plugins.module_utils._texts.safe_text import (
    limited_value,
    safe_block,
    safe_line,
    safe_link,
    safe_text,
)

DIRECTION = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
"""Bidirectional classes of the characters that reorder the text around them (Unicode Standard Annex 9)."""


def test_no_character_of_unicode_acts_on_a_terminal_or_reorders_text() -> None:
    shown = safe_text("".join(map(chr, range(sys.maxunicode + 1))))

    for char in set(shown):
        assert unicodedata.category(char) not in ("Cc", "Cs", "Zl", "Zp"), hex(ord(char))
        assert unicodedata.bidirectional(char) not in DIRECTION, hex(ord(char))
    assert not {"\u200e", "\u200f", "\u061c", "\ufeff", "\U000e0041"} & set(shown)


@pytest.mark.parametrize("name", ["沃通电子认证", "Société à responsabilité", "क्\u200dष", "شركة", "👩\u200d💻"])
def test_names_of_every_script_stay_as_they_are(name: str) -> None:
    assert safe_text(name) == safe_line(name) == safe_block(name) == name


def test_lines_are_kept_only_where_several_are_wanted() -> None:
    hostile = "one\x1b[2J\ntwo\r\u202ethree\u2028"

    assert safe_text(hostile) == "one [2J two three "
    assert safe_line(hostile) == "one [2J two three"
    assert safe_block(hostile) == "one [2J\ntwo three "


def test_a_line_is_cut() -> None:
    assert safe_line("x" * 3000) == "x" * 1999 + "…"
    assert safe_line("x" * 2**20, longest=10) == "x" * 9 + "…"


def test_plain_data_is_safe_in_every_place() -> None:
    assert limited_value({"a\x1b": ["b\u202e", ("c\x00", 1, None, True)]}) == {"a": ["b", ["c ", 1, None, True]]}


def test_data_of_a_host_is_limited() -> None:
    deep: object = "end"
    for _level in range(100):
        deep = [deep]

    assert "end" not in str(limited_value(deep))
    assert len(limited_value("x" * 2**20)) == 100_000
    assert len(limited_value(list(range(2**20)))) == 10_000
    assert len(limited_value(dict.fromkeys(map(str, range(20_000))))) == 10_000


def test_a_value_in_a_message_is_safe() -> None:
    shown = text(Message("Order {order_id} is {status}.", order_id="A\x1b[2J\u2066", status="closed\u202e"))

    assert shown == "Order A [2J is closed."


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("https://buy.wosign.com/1.html", "Order A waits for your payment (https://buy.wosign.com/1.html)."),
        (
            "http://buy.wosign.com/",
            "Order A waits for your payment (WoTrus sent no safe https link, but the text 'http://buy.wosign.com/').",
        ),
        (
            "javascript:alert(1)\u202e",
            "Order A waits for your payment (WoTrus sent no safe https link, but the text 'javascript:alert(1)').",
        ),
        ("", "Order A waits for your payment."),
    ],
)
def test_a_link_that_is_not_safe_is_shown_as_text(link: str, shown: str) -> None:
    order = read_order(Fields({"status": "pending", "isPay": 0, "pendingLink": link}, "data"), asked="A")

    assert text(explain(order)) == shown
    assert order.pending_link == (link if link.startswith("https://") else None)


@pytest.mark.parametrize(
    "link",
    [
        "https://buy.wosign.com@evil.example/",
        "https://buy.wosign.com:443@evil.example/",
        "https://buy.wosign.com\\@evil.example/",
        "https://buy.wosign.com%2eevil.example/",
        "https://buy.wosign.com\u3002evil.example/",
        "https://buy.wo\u0455ign.com/",
        "https://buy.wosign.com\u2100evil.example/",
        "https://buy.wosign.com/\u200bx",
        "https://buy.wosign.com/\u2066x",
        "https://buy.wosign.com:99999999/",
        "https://[::1/",
        "https:///evil.example/",
        "https:evil.example",
        "//evil.example/",
        "ftp://evil.example/",
        "https://buy.wosign.com/ x",
        "https://buy.wosign.com/\tx",
    ],
)
def test_disguised_link_is_none(link: str) -> None:
    assert safe_link(link) is None


@pytest.mark.parametrize("link", ["https://buy.wosign.com:8443/?a=1#b", "https://[::1]:8443/", "https://a.cn/沃通"])
def test_plain_link_is_kept(link: str) -> None:
    assert safe_link(f" {link}\n") == link
