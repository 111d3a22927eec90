# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any answer of a host is safe data or a fault of that host."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.wotrus.pki.plugins.module_utils._errors import HostUnreadable, RecordUnreadable
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import Record
from ansible_collections.wotrus.pki.plugins.module_utils._report.orders import recorded_orders
from ansible_collections.wotrus.pki.plugins.module_utils._report.report_data import report_data
from ansible_collections.wotrus.pki.plugins.module_utils._workflow import selection
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.selection import HostOrders
from ansible_collections.wotrus.pki.plugins.plugin_utils._answer import require_rows_for, safe_answer
from ansible_collections.wotrus.pki.plugins.plugin_utils._target import own_fields
from tests.torture.fuzz.cases import fuzzed
from tests.torture.fuzz.test_inventory import ID, RECORD
from tests.torture.fuzz.values import JSON, WORDS, assert_can_be_shown, encoded, slightly_changed

NAME = "contracts"
PATH = f"/etc/ssl/wotrus/{NAME}"
FORMER = {**RECORD["live"], "release": "00", "operation": "reissue", "fingerprint_sha256": "f1", "order_id": ID}
WHOLE = {**RECORD, "order_name": f"{NAME}@signer1", "superseded": [FORMER]}
ROW = {
    "path": PATH,
    "record": WHOLE,
    "live": {"release": "AB", "key_matches": True, "damaged": [], "not_after": "2026-12-01T00:00:00Z"},
    "pending": {"csr": None, "has_key": True, "public_key_sha256": "ab"},
    "releases": ["00", "AB"],
    "msg": "",
}
ENTRY = {"name": NAME, "product": "pdf_signing", "common_name": "Name", "organization": {"name": "Example"}}
PLAN = {**ENTRY, "order_name": f"{NAME}@signer1"}
TEXTS = st.text(st.sampled_from('{}[]",:\\ \t\r\n\x0b\x1b\u2028\u202eA1'), max_size=200)
NOW = dt.datetime(2026, 11, 29, tzinfo=dt.UTC)


@given(before=TEXTS, answer=JSON, after=TEXTS)
@fuzzed(short=300, long=20_000)
def test_output(before: str, answer: Any, after: str) -> None:
    safe = safe_answer(f"{before}\n{encoded(answer).decode()}\n{after}")

    try:
        found = json.loads(safe)
    except ValueError:
        assert not [line for line in safe.splitlines() if line.strip().startswith("{")]
        assert "\x1b" not in safe
    else:
        if isinstance(found, dict):
            assert_can_be_shown(own_fields(found))


@given(row=slightly_changed(ROW) | JSON)
@fuzzed(short=300, long=20_000)
def test_row(row: Any) -> None:
    try:
        require_rows_for([row], [PATH])
    except HostUnreadable as exc:
        assert_can_be_shown(str(exc))
        return
    host = HostOrders("signer1", [row], [PLAN], certificates=1)

    orders = selection.superseded_orders([host])["orders"].get("signer1", ())
    faults = [
        selection.orders_to_cancel([row], [ENTRY])["faults"],
        selection.orders_to_revoke([row], [ENTRY], [NAME])["faults"],
    ]
    selection.matching_certificates([row], [ID])
    selection.missing_orders([ID], [[row]], complete=True)
    recorded_orders([row])
    reported = {"host": "signer1", "deployments": [row], "plans": [], "results": [], "error": None}
    report_data([reported], now=NOW)

    assert len(orders) <= 1
    assert_can_be_shown({"faults": str(faults)})


@given(text=st.binary(max_size=200) | slightly_changed(WHOLE).map(encoded) | JSON.map(encoded))
@fuzzed(short=300, long=20_000)
def test_record(text: bytes) -> None:
    try:
        record = Record.from_text(text)
    except RecordUnreadable as exc:
        assert_can_be_shown(str(exc))
        return
    assert Record.from_text(record.to_text()) == record


@given(words=WORDS, text=st.text(max_size=50))
@fuzzed(short=100, long=5_000)
def test_path_of_a_row(words: str, text: str) -> None:
    for path in (words, text, f"{PATH}{words}"):
        try:
            require_rows_for([{"path": path}], [PATH])
        except HostUnreadable as exc:
            assert_can_be_shown(str(exc))
        else:
            assert path == PATH
