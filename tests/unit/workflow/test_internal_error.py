# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An error of the collection ends with its certificate, and stops no other."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._client.answers import Placed, RetrievedPems
from ansible_collections.wotrus.pki.plugins.module_utils._errors import RejectedByApi, Unauthorized, WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._workflow import apply, limit
from tests.unit.workflow.hostile import ENTRY, Ca, Host, carry_out, prepared

ENTRIES = [{**ENTRY, "name": name} for name in ("contracts", "invoices")]


class Failing(Ca):
    """A CA for which the collection fails once."""

    fails_in = ""
    fault: Exception = RuntimeError("made by a test")

    def _fail(self, place: str) -> None:
        if self.fails_in == place:
            self.fails_in = ""
            raise self.fault

    def create(self, new: t.Any, **_options: t.Any) -> Placed:
        """Place an order."""
        placed = super().create(new)
        self._fail("create")
        return placed

    def retrieve(self, order_id: str, **options: t.Any) -> RetrievedPems:
        """Answer no certificates."""
        self._fail("retrieve")
        return super().retrieve(order_id, **options)


@pytest.mark.parametrize(("place", "charged"), [("create", "maybe"), ("retrieve", "yes")])
def test_error_of_the_collection_stops_no_other_certificate(place: str, charged: str) -> None:
    ca, host, traced = Failing(), Host([{}, {}], deploys=prepared), t.cast(list[WotrusError], [])
    ca.fails_in = place
    ca.fresh_status = "pendingCAIssued"
    run = dataclasses.replace(host.run(), trace=traced.append)

    first, second = carry_out(apply.OPERATION, ca, host, run=run, certificates=ENTRIES, max_charged_orders=2)["results"]

    assert (first["result"], first["error_code"], first["charged"]) == ("failed", "internal_error", charged)
    assert "RuntimeError: made by a test" in first["msg"]
    assert (second["result"], second["error_code"], second["charged"]) == ("waiting", None, "yes")
    assert [str(one.__cause__) for one in traced] == ["made by a test"]
    assert limit.ORDER_COUNT._slots()[1:]


@pytest.mark.parametrize(("fault", "is_shown"), [(Unauthorized("refused"), True), (RejectedByApi("refused"), False)])
def test_fault_that_concerns_every_certificate_is_a_warning_at_once(fault: WotrusError, *, is_shown: bool) -> None:
    ca, host = Failing(), Host([{}], deploys=prepared)
    ca.fails_in, ca.fault = "create", fault

    (row,) = carry_out(apply.OPERATION, ca, host)["results"]

    assert (row["result"], row["error_code"]) == ("failed", fault.error_code)
    assert any("refused" in str(warning) for warning in host.warnings) is is_shown
