# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which orders are cancelled or revoked for the names that a person gives."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._workflow.ending import cancellable, revocable


def row(name: str, record: dict[str, t.Any] | None, **more: t.Any) -> dict[str, t.Any]:
    """Return what ``wotrus_deployment_info`` says of a certificate."""
    return {"path": f"/etc/ssl/wotrus/{name}", "record": record, **more}


def test_what_is_under_way_is_cancelled_and_what_is_not_is_left() -> None:
    waiting = row("waiting", {"pending": {"order_id": "A"}, "live": {"order_id": "B"}})
    pair = row("pair", {"pending": {"order_id": "C", "companion_order_id": "D"}, "live": None})
    done = row("done", {"pending": None, "live": {"order_id": "E"}})

    found = cancellable([waiting, pair, done])

    assert found == {"orders": ["A", "C"], "companions": ["D"], "idle": ["done"], "faults": []}


def test_pair_that_is_live_outlives_a_reissue_that_is_cancelled() -> None:
    pending = {"operation": "reissue", "order_id": "B", "superseded_order_id": "A", "companion_order_id": "P"}

    for live in ({"order_id": "A", "companion_order_id": "P"}, None):
        found = cancellable([row("pair", {"pending": pending, "live": live})])
        assert (found["orders"], found["companions"], found["faults"]) == (["B"], [], [])


@pytest.mark.parametrize("live", [{"order_id": "AB12"}, None], ids=["live", "a rebuilt host"])
def test_reissue_under_the_id_of_its_order_is_not_cancelled(live: dict[str, t.Any] | None) -> None:
    pending = {"operation": "reissue", "order_id": " ab12", "superseded_order_id": "AB12"}

    found = cancellable([row("contracts", {"pending": pending, "live": live})])

    assert found["orders"] == []
    assert "would be cancelled too" in found["faults"][0]


def test_reissue_that_was_not_noted_gives_no_id_to_cancel() -> None:
    pending = {"operation": "reissue", "order_id": None, "idempotence_id": None, "superseded_order_id": "AB12"}

    (fault,) = cancellable([row("contracts", {"pending": pending, "live": None})])["faults"]

    assert fault.startswith("contracts: a reissue of order AB12 is prepared")
    assert "None" not in fault


def test_certificate_without_a_record_is_a_fault() -> None:
    for found in (cancellable([row("typo", None)]), revocable([row("typo", None)])):
        assert found["orders"] == []
        assert found["faults"] == ["typo: there is no record in /etc/ssl/wotrus/typo"]


def test_record_that_cannot_be_read_is_told_in_its_own_words() -> None:
    damaged = row("contracts", None, error_code="record_unreadable", msg="record.json cannot be used: it is no JSON.")

    for found in (cancellable([damaged]), revocable([damaged])):
        assert found["faults"] == ["contracts: record.json cannot be used: it is no JSON"]


def test_request_of_which_no_order_was_noted_is_a_fault() -> None:
    asked = row("contracts", {"pending": {"order_id": None, "idempotence_id": "0F8F"}, "live": None})

    found = cancellable([asked])

    assert found["orders"] == []
    (fault,) = found["faults"]
    assert fault.startswith("contracts: whether WoTrus has an order")
    assert "0F8F" in fault


def test_what_is_live_is_revoked_with_the_pair_beside_it() -> None:
    alone = row("alone", {"pending": {"order_id": "A"}, "live": {"order_id": "B", "companion_order_id": None}})
    pair = row("pair", {"pending": None, "live": {"order_id": "C", "companion_order_id": "D"}})

    assert revocable([alone, pair]) == {"orders": ["B", "C"], "companions": ["D"], "faults": []}


def test_what_is_not_live_or_has_no_known_order_is_not_revoked() -> None:
    found = revocable([row("waiting", {"pending": {"order_id": "A"}}), row("adopted", {"live": {"order_id": None}})])

    assert found["orders"] == []
    assert found["faults"] == [
        "waiting: no certificate is live",
        "adopted: the record does not tell the order of what is live",
    ]
