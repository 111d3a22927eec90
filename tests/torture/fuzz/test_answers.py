# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any server's answer becomes a valid result or a known failure."""

from __future__ import annotations

import json
import urllib.parse
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.wotrus.pki.plugins.module_utils._client import answers, envelope
from ansible_collections.wotrus.pki.plugins.module_utils._client.fields import Fields
from ansible_collections.wotrus.pki.plugins.module_utils._errors import BadAnswer, OtherOrder, WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import clean_id, is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order_messages import explain, reason_of
from tests.torture.fuzz.cases import fuzzed
from tests.torture.fuzz.values import JSON, WORDS, assert_can_be_shown, encoded

STATUSES = st.sampled_from(["pending", "ISSUED", "pendingCAIssued", "pendingDCV", "revoked", "closed", "newWord"])
TIMES = st.sampled_from(["2020-03-31T14:27:42.286+08:00", "0001-01-01T00:00:00", "9999-12-31T23:59:59Z", "yesterday"])
ORDER = st.fixed_dictionaries(
    {},
    optional={
        "id": WORDS | JSON,
        "status": STATUSES | JSON,
        "isPay": st.integers(-1, 3) | JSON,
        "duration": st.integers() | JSON,
        "durationType": st.integers(-1, 2) | JSON,
        "createTime": TIMES | JSON,
        "cn": JSON,
        "pendingLink": JSON,
        "ORG": st.fixed_dictionaries({}, optional={"orgName": JSON, "isUpload": JSON, "ID": JSON}) | JSON,
    },
)


@given(body=st.binary(max_size=200) | JSON.map(encoded) | st.dictionaries(WORDS, JSON, max_size=5).map(encoded))
@fuzzed(short=250, long=12_000)
def test_envelope(body: bytes) -> None:
    try:
        assert isinstance(envelope.data_of(envelope.parse(body)), Fields)
    except WotrusError as exc:
        assert_can_be_shown(str(exc))


@given(fields=st.fixed_dictionaries({}, optional={"isSuccess": JSON, "errorMsg": JSON, "data": JSON, "DATA": JSON}))
@fuzzed(short=250, long=8_000)
def test_fields_of_an_envelope(fields: dict[str, Any]) -> None:
    try:
        data = envelope.data_of(envelope.parse(encoded(fields)))
    except WotrusError as exc:
        assert_can_be_shown(str(exc))
    else:
        assert fields["isSuccess"] is True
        assert isinstance(data, Fields)


@given(sent=ORDER, asked=WORDS)
@fuzzed(short=400, long=12_000)
def test_order(sent: dict[str, Any], asked: str) -> None:
    try:
        order = answers.read_order(Fields(json.loads(encoded(sent)), "data"), asked=asked)
    except (BadAnswer, OtherOrder):
        return
    shown = order.as_result()
    # Zeros alone are what a server writes for no id.
    assert order.id == (asked.strip() if asked.strip().strip("0-") else "")
    assert_can_be_shown({**shown, "id": "", "explained": explain(order) if asked.isprintable() else ""})
    assert reason_of(order)
    assert not (order.is_dead and order.is_issued)
    if isinstance(sent.get("id"), str) and sent["id"].strip().isalnum():
        assert is_same_id(sent["id"], asked)


@given(plain=WORDS | JSON, rsa=WORDS | JSON)
@fuzzed(short=250, long=15_000)
def test_order_ids(plain: Any, rsa: Any) -> None:
    try:
        order_id, companion = answers.read_order_ids(Fields({"orderId": plain, "ORDERID_RSA": rsa}, "data"))
    except BadAnswer:
        return
    assert order_id == order_id.strip() != ""
    assert urllib.parse.unquote(urllib.parse.quote(order_id, safe="")) == order_id
    assert companion is None or not is_same_id(order_id, companion)
    # An id that the server would recognize is handed on as it came, but for its braces.
    for sent in (plain, rsa):
        if isinstance(sent, str) and sent.isprintable() and is_same_id(sent, order_id):
            assert clean_id(sent) == order_id
