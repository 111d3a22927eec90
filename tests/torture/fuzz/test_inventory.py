# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any inventory or target data ends in a valid plan or failure.

The failure is the collection's own.
"""

from __future__ import annotations

import copy
import json
import os
import pathlib
import types
import uuid
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.wotrus.pki.plugins.module_utils._client.answers import RetrievedPems
from ansible_collections.wotrus.pki.plugins.module_utils._client.journal import Journal
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    NotFound,
    RecordUnreadable,
    RejectedByApi,
    WotrusError,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Order
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import Record
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import parse_timestamp
from ansible_collections.wotrus.pki.plugins.module_utils._orders import order
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import (
    HostAnswer,
    Operation,
    OperationResult,
    Run,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning import plan
from tests.helpers.operations import csr
from tests.torture.fuzz.cases import fuzzed
from tests.torture.fuzz.values import JSON, NAMES, WORDS, assert_can_be_shown, changed, slightly_changed

BASE = "/etc/ssl/wotrus"
ID = "89CB4BF6-3E53-4B49-9AB9-92D578144260"
ORGANIZATION = {"name": "沃通", "country_code": "CN", "city": "深圳市", "email": "a@example.com"}
ENTRY: dict[str, Any] = {
    "name": "contracts",
    "order_name": "contracts@signer1",
    "product": "pdf_signing",
    "common_name": "沃通电子认证",
    "months": 12,
    "organization": ORGANIZATION,
    "key": {"type": "ECC", "curve": "P-256", "storage": "host"},
    "renew_before_days": 30.0,
    "renew_spread_days": 3.0,
    "on_change": "reissue",
}
WANTED: dict[str, Any] = {
    "name": "contracts@signer1",
    "follows": ID,
    "product": "pdf_signing",
    "common_name": "沃通电子认证",
    "months": 12,
    "csr": csr(),
    "organization": ORGANIZATION,
    "ukey_password": "Ukey-Pa55word",
    "documents": [{"type": "authorization", "content": "JVBERi0xLjc=", "file_type": ".pdf"}],
    "extra": {"remark": "x"},
}
DEFINITION: dict[str, Any] = {
    "product": "76ECE651-B59E-48F2-A47B-135614AADAD9",
    "common_name": "沃通电子认证",
    "months": 12,
    "key": {"type": "ECC", "curve": "P-256", "storage": "host"},
    "subject": {"common_name": "沃通电子认证", "organization": "沃通", "country": "CN", "locality": "深圳市"},
}
REQUEST = {
    "operation": "order",
    "order_id": ID,
    "root_order_id": ID,
    "months": 12,
    "idempotence_id": "one",
    "definition": DEFINITION,
    "public_key_sha256": "aa",
}
LIVE = {
    "release": "AB",
    "not_before": "2026-01-01T00:00:00Z",
    "not_after": "2027-01-01T00:00:00Z",
    "key_matches": True,
    "public_key_sha256": "aa",
}
RECORD = {
    "version": 1,
    "name": "contracts",
    "order_name": "contracts@signer1",
    "pending": {**REQUEST, "operation": "renew", "follows": ID, "requested_at": "2026-06-01T00:00:00Z"},
    "live": {**REQUEST, **LIVE, "files": {"cert.pem": {"sha256": "bb"}}},
    "superseded": [{"order_id": "ONE", "release": "CD", "operation": "reissue"}],
    "reload_pending": False,
}
del RECORD["live"]["key_matches"], RECORD["live"]["operation"]
STATE = {
    "path": f"{BASE}/contracts",
    "record": RECORD,
    "live": LIVE,
    "pending": {"csr": "CSR", "has_key": True, "has_ukey_password": False, "public_key_sha256": "aa"},
}
NUMBERS = st.floats() | st.sampled_from(["nan", "inf", "-inf", "1e309", "١٢", "0x10", 10**400])
ODD = JSON | NAMES | NUMBERS
STATUSES = st.sampled_from(["pending", "pendingCAIssued", "issued", "pendingRevoke", "revoked", "odd", None])
MOMENTS = st.sampled_from(
    ["2026-07-01T00:00:00Z", "2026-12-15T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]
)


def api(status: str | None, now: str) -> Any:
    """Return a CA with an order in a status, or without it."""

    def query(order_id: str, **_names: Any) -> Order:
        if status is None:
            raise NotFound("no such order", order_id=order_id)
        wanted = {name: DEFINITION[name] for name in ("common_name", "months")}
        return Order(id=order_id, status=status, product_id=DEFINITION["product"], **wanted)

    def retrieve(order_id: str, **_names: Any) -> RetrievedPems:
        raise RejectedByApi("no certificate yet", order_id=order_id)

    http = types.SimpleNamespace(server_time=parse_timestamp(now))
    return types.SimpleNamespace(query=query, retrieve=retrieve, http=http, is_loopback=True, journal=Journal())


def operate(
    operation: Operation, options: dict[str, Any], *, ca: Any = None, run: Run | None = None
) -> OperationResult | None:
    """Run an operation as its module does; ``None`` if it was refused."""
    validator = ArgumentSpecValidator(operation.arguments, **operation.constraints)
    try:
        checked = validator.validate(copy.deepcopy(options))
    except (AttributeError, OverflowError, TypeError):
        # Ansible's own code stumbles over a number in the place of a dictionary with options, and over one too large.
        return None
    if checked.error_messages:
        return None
    try:
        return operation.run(ca, checked.validated_parameters, run or Run(check_mode=True))
    except WotrusError as exc:
        assert_is_ours(exc)
        return None


def assert_is_ours(exc: WotrusError) -> None:
    """A failure has a code of its own, and says something."""
    assert exc.error_code != WotrusError.error_code
    assert str(exc)


def plans(entry: Any, *, status: str | None, now: str, row: Any = None, host: str = "signer1") -> list[dict[str, Any]]:
    """Return the plans for one entry; empty if it was refused."""
    options = {"certificates": [entry], "base_dir": BASE, "host": host}
    run = Run(check_mode=True, inspect_host=lambda paths, _keys, **_asked: HostAnswer([row for _path in paths]))
    outcome = operate(plan.OPERATION, options, ca=api(status, now), run=run)
    return outcome.result["plans"] if outcome else []


def assert_plan_holds(row: dict[str, Any]) -> None:
    """Check that a plan's name and values are safe.

    The name is one component of a path, and a task can return the values.
    """
    assert pathlib.PurePath(row["name"]).name == row["name"]
    assert os.path.dirname(os.path.normpath(row["path"])) == BASE
    assert_can_be_shown({**row, "host": ""})
    if row["may_be_charged"]:
        assert row["action"] in ("order", "renew")
        assert str(uuid.UUID(row["idempotence_id"])) == row["idempotence_id"]
    json.dumps(row)


@given(entry=changed(ENTRY, values=ODD), host=WORDS | NAMES, now=MOMENTS)
@fuzzed(short=150, long=4_000)
def test_entry(entry: Any, host: str, now: str) -> None:
    for row in plans(entry, status=None, now=now, row={}, host=host):
        assert_plan_holds(row)


@given(option=st.sampled_from(sorted(ENTRY)), value=ODD, now=MOMENTS)
@fuzzed(short=200, long=6_000)
def test_one_unusual_value(option: str, value: Any, now: str) -> None:
    for row in plans({**ENTRY, option: value}, status="issued", now=now, row=STATE):
        assert_plan_holds(row)


@given(state=changed(STATE) | slightly_changed(STATE), status=STATUSES, now=MOMENTS)
@fuzzed(short=200, long=6_000)
def test_state_of_a_target(state: Any, status: str | None, now: str) -> None:
    for row in plans(ENTRY, status=status, now=now, row=state):
        assert_plan_holds(row)


@given(wanted=changed(WANTED, values=ODD))
@fuzzed(short=150, long=4_000)
def test_options_of_an_order(wanted: Any) -> None:
    if isinstance(wanted, dict):
        operate(order.OPERATION, wanted)


@given(record=changed(RECORD), cut=st.integers(0, 4000), junk=st.binary(max_size=8))
@fuzzed(short=250, long=8_000)
def test_record(record: Any, cut: int, junk: bytes) -> None:
    text = json.dumps(record).encode()
    for data in (text, text[:cut] + junk + text[cut + len(junk) :]):
        try:
            read = Record.from_text(data.decode("utf-8", errors="surrogateescape"))
        except RecordUnreadable as exc:
            assert_is_ours(exc)
            continue
        assert Record.from_text(read.to_text()) == read
        read.to_text().encode("utf-8")
