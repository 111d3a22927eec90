# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event filter: one format of pushes, and the secret path."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.pushes import FILTER, NO_PUSHES, ORDER_ID, PATH_TOKEN, load_filter, push

main = load_filter()
META = {"endpoint": "wotrus", "headers": {"Host": "hooks.example.com"}, "eda_event_stream_name": "WoTrus pushes"}
KEPT = {"eda_event_stream_name": "WoTrus pushes"}


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
def test_each_combination_of_flags_has_an_event(issued: Any, revoked: Any, event: str) -> None:
    found = main({"payload": push(ORDER_ID, isIssued=issued, isRevoked=revoked), "meta": META})

    assert found == {"wotrus": {"event": event, "order_id": ORDER_ID.lower()}, "meta": KEPT}


@pytest.mark.manual("8.data-action", "8.order-id")
@pytest.mark.parametrize("action", ["order", "Order", " ORDER "])
@pytest.mark.parametrize("order_id", [ORDER_ID, ORDER_ID.lower(), f" {ORDER_ID}\t", f"{{{ORDER_ID}}}"])
def test_an_order_is_recognized_in_each_spelling(action: str, order_id: str) -> None:
    found = main({"payload": {"DataAction": action, "OrderID": order_id, "isissued": True}, "meta": META})

    assert found["wotrus"] == {"event": "issued", "order_id": ORDER_ID.lower()}


@pytest.mark.manual("8.kinds")
@pytest.mark.parametrize("payload", [{"dataAction": "unit", "unitId": "7"}, {"dataAction": "somethingNew", "a": [1]}])
def test_a_push_that_is_not_about_an_order_keeps_its_payload(payload: dict[str, Any]) -> None:
    assert main({"payload": payload, "meta": META}) == {"payload": payload, "meta": KEPT}


@pytest.mark.parametrize("payload", NO_PUSHES.values(), ids=NO_PUSHES)
def test_an_event_that_is_not_a_push_of_wotrus_is_dropped(payload: Any) -> None:
    assert main({"payload": payload, "meta": META}) == []


@pytest.mark.parametrize("levels", [32, 100_000])
def test_a_deeply_nested_payload_is_dropped(levels: int) -> None:
    deep: Any = "x"
    for _level in range(levels - 1):
        deep = [deep]
    payload = {"dataAction": "unit", "more": deep}

    # The object itself is one level.
    assert main({"payload": payload}) == ({"payload": payload, "meta": {}} if levels == 32 else [])
    assert main({"payload": {**payload, "more": [deep]}}) == []


def test_with_a_path_token_no_other_path_passes_and_rules_do_not_see_it() -> None:
    def found(endpoint: str, token: str = PATH_TOKEN) -> Any:
        event = {"payload": push(ORDER_ID), "meta": {"endpoint": endpoint, "headers": {"X-Uri": f"/{endpoint}"}}}
        return main(event, path_token=token)

    assert PATH_TOKEN not in json.dumps(found(f"push/{PATH_TOKEN}"))
    assert found(PATH_TOKEN)["wotrus"]["order_id"] == ORDER_ID.lower()
    for endpoint in ("", "push", f"{PATH_TOKEN}/push", f"push/{PATH_TOKEN}x", f"push/{PATH_TOKEN[:-1]}", "push/\udcff"):
        assert found(endpoint) == []
    # An Event Stream that tells no path.
    assert main({"payload": push(ORDER_ID), "meta": {}}, path_token=PATH_TOKEN) == []
    # ansible-rulebook renders no templates in the options of a filter.
    for token in ("", "short", "x" * 129, "{{ WOTRUS_PUSH_PATH_TOKEN_OF_32_CHARACTERS }}"):
        with pytest.raises(ValueError, match="path_token must have 32 to 128"):
            found(token, token)


@pytest.mark.parametrize(("token", "starts"), [(PATH_TOKEN, True), ("", False), ("x" * 31, False)])
def test_the_path_token_of_the_environment_is_checked_at_the_start(
    monkeypatch: pytest.MonkeyPatch, token: str, *, starts: bool
) -> None:
    monkeypatch.setenv("WOTRUS_PUSH_PATH_TOKEN", token)
    event = {"payload": push(ORDER_ID), "meta": {"endpoint": "push/another"}}

    if starts:
        assert load_filter()(event) == []
    else:
        with pytest.raises(ValueError, match="WOTRUS_PUSH_PATH_TOKEN must have"):
            load_filter()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["dataAction", "orderId", "isIssued"]), inner),
)


@given(_JSON, st.sampled_from(["order", "unit", None]))
def test_no_payload_causes_a_traceback(value: Any, action: str | None) -> None:
    payload = {**value, "dataAction": action} if isinstance(value, dict) and action else value

    assert main({"payload": payload}) == [] or isinstance(payload, dict)


def test_the_filter_needs_only_the_standard_library() -> None:
    # EDA controller runs it where nothing else of the collection need be installed.
    program = (
        f"import runpy, sys; runpy.run_path({str(FILTER)!r});"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'requests', 'aiohttp', 'ansible', 'yaml'}))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
