# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A refused repeat: the paid order is found by order_id.

That also works if a certificate is live.
"""

from __future__ import annotations

import datetime as dt
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._errors import RejectedByApi
from ansible_collections.wotrus.pki.plugins.module_utils._orders.inputs import csr_key
from ansible_collections.wotrus.pki.plugins.module_utils._planning.plan import OPERATION as PLAN
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.apply import OPERATION as APPLY
from tests.unit.workflow.hostile import ENTRY, NAME, NOW, Ca, Host, Json, carry_out, csr, order_of, row_of
from tests.unit.workflow.test_hostile_host import certificates

OLDER, LIVE, FOLLOWER = (f"{number:032x}" for number in range(1, 4))
ROW = {
    "release": "1",
    "key_matches": True,
    "not_before": "2025-12-01T00:00:00Z",
    "not_after": "2026-12-01T00:00:00Z",
    "public_key_sha256": "aa",
}


class Refusing(Ca):
    """A CA that refuses a repeat with a message about the order."""

    def create(self, new: t.Any, **_options: t.Any) -> t.Any:
        self.sent.append(("create", new.idempotence_id))
        raise RejectedByApi(f"the order exists already: {FOLLOWER}")


def due(*, operation: str = "renew") -> Json:
    """Return a due host whose renewal was sent without an answer."""
    key = csr_key(csr())
    pending = {"operation": operation, "superseded_order_id": LIVE, "root_order_id": LIVE, "public_key_sha256": key}
    record = {"live": {"release": "1", "order_id": LIVE, "root_order_id": LIVE}, "pending": pending}
    return row_of(record, live=ROW, pending={"csr": csr(), "has_key": True, "public_key_sha256": key})


@pytest.fixture
def ca() -> Ca:
    found = Refusing(pems={LIVE: certificates(NAME, days=(-360, 3))})
    found.knows(
        order_of(LIVE, created_at=NOW - dt.timedelta(days=360)),
        order_of(FOLLOWER, "pending", created_at=NOW - dt.timedelta(days=1)),
    )
    return found


def test_the_refusal_of_a_renewal_says_how_its_order_is_used(ca: Ca) -> None:
    host = Host([due()], deploys=lambda options: [{"csr": csr(), "changed": True} for _one in options])

    row = carry_out(APPLY, ca, host)["results"][0]

    assert (row["result"], row["error_code"]) == ("failed", "rejected_by_api")
    assert FOLLOWER in row["msg"]
    assert "set order_id and root_order_id in the entry to its id" in row["next_step"]
    assert LIVE not in row["next_step"]


ROOT = {"renew": {}, "reissue": {"root_order_id": LIVE}}


@pytest.mark.parametrize("operation", ["renew", "reissue"])
def test_a_later_order_that_the_entry_names_is_waited_for(ca: Ca, operation: str) -> None:
    if operation == "reissue":
        ca.pems[LIVE] = certificates(NAME)
    live = {**ROW, "not_after": "2027-12-01T00:00:00Z"} if operation == "reissue" else ROW
    row = {**due(operation=operation), "live": live}

    plan = carry_out(PLAN, ca, Host([row]), certificates=[{**ENTRY, "order_id": FOLLOWER, **ROOT[operation]}])["plans"][
        0
    ]

    assert (plan["action"], plan["order_id"], plan["may_be_charged"]) == ("resume", FOLLOWER, False)
    assert ca.sent == []


def test_an_order_id_that_stays_in_the_entry_hides_no_renewal(ca: Ca) -> None:
    ca.knows(order_of(OLDER, created_at=NOW - dt.timedelta(days=800)))

    plan = carry_out(PLAN, ca, Host([due()]), certificates=[{**ENTRY, "order_id": OLDER}])["plans"][0]

    assert (plan["action"], plan["follows"]) == ("renew", LIVE)
