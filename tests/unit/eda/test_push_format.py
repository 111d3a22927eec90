# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One normal form of pushes, and the event filter that gives it."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.wotrus.pki.extensions.eda.plugins.wotrus_push import push_format
from tests.helpers.pushes import push

ROOT = Path(__file__).resolve().parents[3]
FILTER = ROOT / ".build/collections/ansible_collections/wotrus/pki/extensions/eda/plugins/event_filter/push.py"
ID = "30B3F256-9D2D-43C5-ABCB-017AA9D3CB6D"
META = {"endpoint": "wotrus", "headers": {"Host": "hooks.example.com"}}

Main = Any


@pytest.fixture(scope="module")
def main() -> Main:
    """The filter, loaded as ansible-rulebook does it."""
    return runpy.run_path(str(FILTER))["main"]


@pytest.mark.manual("8.is-issued", "8.is-revoked", "V1.05.revocation-push")
@pytest.mark.parametrize(
    ("issued", "revoked", "event"),
    [
        (True, False, "issued"),
        (False, True, "revoked"),
        (True, True, "revoked"),
        (False, False, "changed"),
        (None, None, "changed"),
        ("true", "False", "issued"),
        (0, 1, "revoked"),
    ],
)
def test_each_combination_of_flags_has_an_event(main: Main, issued: Any, revoked: Any, event: str) -> None:
    found = main({"payload": push(ID, isIssued=issued, isRevoked=revoked), "meta": META})

    assert found["wotrus"] == {
        "event": event,
        "order_id": ID.lower(),
        "status": None,
        "stage": None,
        "request_ids": [],
    }


@pytest.mark.manual("8.data-action", "8.order-id")
@pytest.mark.parametrize("action", ["order", "Order", " ORDER "])
@pytest.mark.parametrize("order_id", [ID, ID.lower(), f" {ID} ", f"{ID}\t", f"{{{ID}}}"])
def test_an_order_is_recognized_in_each_spelling_and_the_event_stays(main: Main, action: str, order_id: str) -> None:
    event = {"payload": {"DataAction": action, "OrderID": order_id, "isissued": True}, "meta": META}

    found = main(json.loads(json.dumps(event)))

    assert found["wotrus"]["order_id"] == ID.lower()
    assert found["wotrus"]["event"] == "issued"
    assert {name: found[name] for name in ("payload", "meta")} == event


@pytest.mark.manual("8.kinds")
@pytest.mark.parametrize("payload", [{"dataAction": "unit", "unitId": "7"}, {"dataAction": "somethingNew", "a": [1]}])
def test_a_push_that_is_not_about_an_order_passes_unchanged(main: Main, payload: dict[str, Any]) -> None:
    event = {"payload": payload, "meta": META}

    assert main(json.loads(json.dumps(event))) == event


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        "text",
        {},
        {"payload": None},
        {"payload": [push(ID)]},
        {"payload": {"orderId": ID}},
        {"payload": {"dataAction": None}},
        {"payload": {"dataAction": 1}},
        {"payload": push("")},
        {"payload": push("../Cancel")},
        {"payload": push("{{ lookup('pipe', 'id') }}")},
        {"payload": push("x" * 101)},
        {"payload": push(ID, isIssued="perhaps")},
        {"payload": push(ID, isRevoked={})},
        {"payload": push(ID, isRevoked=2)},
        {"payload": push(ID, more="x" * push_format.MAX_BODY)},
        {"payload": {**push(ID), "more": object()}},
    ],
)
def test_an_event_that_is_not_a_push_of_wotrus_is_dropped(main: Main, event: Any) -> None:
    assert main(event) == []


def test_a_payload_above_max_bytes_is_dropped(main: Main) -> None:
    assert main({"payload": push(ID), "meta": META}, max_bytes=20) == []


def test_a_deeply_nested_payload_is_dropped(main: Main) -> None:
    deep: Any = "x"
    for _level in range(100_000):
        deep = [deep]

    assert main({"payload": {**push(ID), "more": deep}}) == []


def nested(levels: int, inner: str = "") -> bytes:
    """Return a push with a list of so many levels in it."""
    return b'{"dataAction": "unit", "more": ' + (b"[" * levels) + inner.encode() + (b"]" * levels) + b"}"


@pytest.mark.parametrize("inner", ["", json.dumps("[{" * 100), json.dumps('"[\\"[' * 100), json.dumps("\\") + ", 1"])
def test_a_body_above_the_depth_limit_is_refused(main: Main, inner: str) -> None:
    # The object itself is one level.
    payload = push_format.parse_body(nested(push_format.MAX_DEPTH - 1, inner))
    assert main({"payload": payload}) == {"payload": payload}

    with pytest.raises(push_format.MalformedPushError, match="deep"):
        push_format.parse_body(nested(push_format.MAX_DEPTH, inner))
    assert main({"payload": json.loads(nested(push_format.MAX_DEPTH + 1, inner))}) == []


def test_many_brackets_side_by_side_are_not_deep() -> None:
    assert len(push_format.parse_body(b'{"more": [' + b"[]," * 500 + b"{}]}")["more"]) == 501


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["dataAction", "orderId", "isIssued"]), inner),
)


@given(_JSON, st.sampled_from(["order", "unit", None]))
def test_no_payload_causes_a_traceback(value: Any, action: str | None) -> None:
    payload = {**value, "dataAction": action} if isinstance(value, dict) and action else value
    try:
        found = push_format.normalize({"payload": payload})
    except push_format.MalformedPushError:
        return
    assert found["payload"] == payload


@given(st.binary())
def test_no_body_causes_a_traceback(body: bytes) -> None:
    try:
        assert isinstance(push_format.parse_body(body), dict)
    except push_format.MalformedPushError:
        return


@pytest.mark.parametrize("body", [b'{"a": NaN}', b'{"a": "\\ud800"}', b'{"a": ' + b"9" * 5000 + b"}", b'"text"'])
def test_invalid_json_values_are_refused(body: bytes) -> None:
    with pytest.raises(push_format.MalformedPushError):
        push_format.parse_body(body)


def test_the_filter_needs_only_the_standard_library() -> None:
    # EDA controller runs it where nothing else of the collection need be installed.
    program = (
        f"import runpy, sys; runpy.run_path({str(FILTER)!r});"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'requests', 'aiohttp', 'ansible', 'yaml'}))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_the_filter_prints_an_event_when_run_as_a_program() -> None:
    done = subprocess.run([sys.executable, "-I", FILTER], capture_output=True, text=True, check=True)

    assert "'order_id': '30b3f256-9d2d-43c5-abcb-017aa9d3cb6d'" in done.stdout
