# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host with arbitrary answers costs nothing beyond the limit.

No order of another certificate is changed.
"""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import json
import types
import uuid
from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.wotrus.pki.plugins.module_utils._client.answers import PemBundle, Placed, RetrievedPems
from ansible_collections.wotrus.pki.plugins.module_utils._client.journal import Journal
from ansible_collections.wotrus.pki.plugins.module_utils._errors import HostUnreadable, NotFound, RejectedByApi
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Order, ReissueRequest
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import HostAnswer, OperationResult, Run
from ansible_collections.wotrus.pki.plugins.module_utils._workflow import apply, limit
from ansible_collections.wotrus.pki.plugins.module_utils._x509.csr import make_csr
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import certificate_public_key_sha256
from ansible_collections.wotrus.pki.plugins.module_utils._x509.pem import to_pem
from tests.helpers.operations import key
from tests.torture.fuzz.cases import fuzzed
from tests.torture.fuzz.test_inventory import BASE, ENTRY, ID, ORGANIZATION, RECORD, operate
from tests.torture.fuzz.values import JSON, assert_can_be_shown, slightly_changed
from tests.unit.x509 import pki

PRODUCT = "76ECE651-B59E-48F2-A47B-135614AADAD9"
OTHER = "0D7C2A51-11AA-4C0E-9D25-2F5C1D1E6A77"
"""An order of another host's certificate."""

ROOT = pki.root("Root")
ISSUING = ROOT.issue("Issuing CA", ca=True)
LEAF = ISSUING.issue(ENTRY["common_name"], key=key("P-256"))
CSR = make_csr(
    key("P-256"),
    {
        "common_name": ENTRY["common_name"],
        "organization": ORGANIZATION["name"],
        "locality": ORGANIZATION["city"],
        "country": ORGANIZATION["country_code"],
    },
)
KEY = certificate_public_key_sha256(LEAF.certificate)
PEMS = RetrievedPems(
    rsa=PemBundle(to_pem(LEAF.certificate), (to_pem(ROOT.certificate), to_pem(ISSUING.certificate))),
)
_NOW = pki.NOW

IDS = st.sampled_from([ID, OTHER, OTHER.lower(), "{" + ID + "}", "unknown", None])
AGES = st.sampled_from([0, 40, 340, 800])
STATUSES = st.just("issued") | st.sampled_from(
    ["pending", "pendingCAIssued", "issued", "pendingRevoke", "revoked", "closed", "rejected"]
)


class Account:
    """The orders at a CA that repeats its answers.

    :ivar placed: the new orders by their idempotence values
    :ivar reissued: the orders for which a reissue was requested
    """

    def __init__(self, *, status: str, fresh: str, age: int) -> None:
        self.placed: dict[str, str] = {}
        self.reissued: list[str] = []
        self._fresh = fresh
        self.http = types.SimpleNamespace(server_time=_NOW)
        self.is_loopback = True
        self.journal = Journal()
        mine = Order(
            id=ID,
            status=status,
            product_id=PRODUCT,
            common_name=ENTRY["common_name"],
            months=12,
            created_at=_NOW - dt.timedelta(days=age),
        )
        self._orders = {
            id_key(ID): mine,
            id_key(OTHER): dataclasses.replace(mine, id=OTHER, status="issued", common_name="Somebody else"),
        }

    def query(self, order_id: str, **_names: Any) -> Order:
        """Return an order."""
        if id_key(order_id) not in self._orders:
            raise NotFound("no such order", order_id=order_id)
        return self._orders[id_key(order_id)]

    def retrieve(self, order_id: str, **_names: Any) -> RetrievedPems:
        """Return the certificate of an issued order."""
        if self.query(order_id).is_issued:
            return PEMS
        raise RejectedByApi("no certificate yet", order_id=order_id)

    def create(self, new: Any, **_options: Any) -> Placed:
        """Place an order, or answer the one with the same value."""
        order_id = self.placed.setdefault(new.idempotence_id, str(uuid.uuid4()))
        return self._answer(order_id, new.common_name)

    def reissue(self, request: ReissueRequest, **_options: Any) -> Placed:
        """Reissue an order under a new id."""
        self.reissued.append(id_key(request.order_id))
        return self._answer(str(uuid.uuid4()), self.query(request.order_id).common_name)

    def _answer(self, order_id: str, common_name: str | None) -> Placed:
        self._orders.setdefault(
            id_key(order_id),
            Order(
                id=order_id,
                status=self._fresh,
                product_id=PRODUCT,
                common_name=common_name,
                months=12,
                created_at=_NOW,
            ),
        )
        return Placed(order_id, None, _NOW)


def looked(name: str, ids: Sequence[str | None], *, damaged: bool) -> dict[str, Any]:
    """Return a host's claims about a certificate and its orders."""
    pending, live, root, follows, superseded = ids
    dates = {"not_before": "2026-01-01T00:00:00Z", "not_after": "2026-12-01T00:00:00Z"}
    request = {**RECORD["pending"], "order_id": pending, "root_order_id": root, "follows": follows}
    release = {**RECORD["live"], "order_id": live, "root_order_id": root, "public_key_sha256": KEY, **dates}
    record = {**RECORD, "name": name, "order_name": f"{name}@signer1", "live": release}
    return {
        "path": f"{BASE}/{name}",
        "record": {**record, "pending": {**request, "superseded_order_id": superseded}},
        "live": {**dates, "release": "AB", "key_matches": not damaged, "public_key_sha256": KEY},
        "pending": {"csr": CSR, "has_key": True, "has_ukey_password": False, "public_key_sha256": KEY},
    }


def rows_of(name: str) -> st.SearchStrategy[Any]:
    """Return what a host may answer for a certificate."""
    ids = st.lists(IDS, min_size=5, max_size=5)
    whole = st.builds(looked, st.just(name), ids, damaged=st.booleans())
    return st.just({}) | whole | whole.flatmap(slightly_changed) | JSON


OPERATIONS = st.sampled_from(["order", "renew", "reissue"])
WELL = {"changed": True, "csr": CSR, "public_key_sha256": KEY, "ukey_password": None, "live": {"release": "AB"}}
PREPARED = slightly_changed(WELL)
DEPLOYED = slightly_changed({"changed": True, "live": {"release": "AB"}, "reloaded": False, "rolled_back": False})
FAILED = slightly_changed({"changed": False, "error_code": "no_space", "msg": "No room.\x1b[31m \u202e"})


def carried_out(account: Account, rows: Sequence[Any], *, most: int, **details: Any) -> OperationResult | None:
    """Apply plans for two certificates; ``None`` if that was refused.

    The host answers with rows.
    """
    entries = [
        copy.deepcopy({**ENTRY, "name": name, "order_name": f"{name}@signer1"}) for name in ("contracts", "seals")
    ]
    options = {"certificates": entries, "base_dir": BASE, "host": "signer1", "max_charged_orders": most}
    # Each case is a run of its own.
    for count in (limit.ORDER_COUNT, limit.REISSUE_COUNT):
        count._shared[:] = bytes(len(count._shared))
    return operate(
        apply.OPERATION,
        options,
        ca=account,
        run=Run(inspect_host=lambda _paths, _keys: HostAnswer(list(rows)), **details),
    )


def test_honest_host_is_served() -> None:
    account = Account(status="issued", fresh="issued", age=40)

    outcome = carried_out(account, [{}, {}], deploy=lambda deployments: [WELL for _one in deployments], most=2)

    assert outcome is not None
    assert [row["result"] for row in outcome.result["results"]] == ["deployed", "deployed"]
    assert len(account.placed) == 2


@given(
    rows=st.tuples(rows_of("contracts"), rows_of("seals")),
    operation=OPERATIONS,
    answers=st.lists(st.none() | st.just([]) | st.lists(PREPARED | DEPLOYED | FAILED, max_size=3), max_size=4),
    status=STATUSES,
    fresh=STATUSES,
    age=AGES,
    most=st.integers(0, 2),
)
@fuzzed(short=200, long=8_000)
def test_hostile_host(
    rows: tuple[Any, Any], operation: str, answers: list[Any], status: str, fresh: str, age: int, most: int
) -> None:
    account = Account(status=status, fresh=fresh, age=age)
    left = list(answers)
    shown: list[str] = []
    for row in rows:
        if isinstance(row, dict) and isinstance(row.get("record"), dict):
            pending = row["record"].get("pending")
            row["record"]["pending"] = {**pending, "operation": operation} if isinstance(pending, dict) else pending

    def deploy(deployments: Sequence[Any]) -> list[dict[str, Any]]:
        given_rows = left.pop(0) if left else []
        if given_rows is None:
            raise HostUnreadable("The host is gone.")
        if not given_rows:
            return [WELL for _one in deployments]
        # The action plugin lets nothing but dictionaries pass.
        return [row if isinstance(row, dict) else {} for row in given_rows]

    outcome = carried_out(
        account, rows, deploy=deploy, progress=lambda line, **_news: shown.append(str(line)), most=most
    )

    assert len(account.placed) <= most
    assert id_key(OTHER) not in account.reissued
    for order_id in account.placed.values():
        assert any(order_id in line for line in shown)
    for row in outcome.result["results"] if outcome else []:
        assert_can_be_shown(row)
        assert row["result"] != "deployed" or "deployed" in row["steps"]
        assert row["error_code"] is None or row["error_code"].replace("_", "").isalpha()
    assert "\u202e" not in json.dumps(outcome.result if outcome else None, ensure_ascii=False)
