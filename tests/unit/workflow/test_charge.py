# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an order may have been charged, by its answer or its failure, and by what was sent before."""

from __future__ import annotations

import datetime as dt
import json
import pathlib
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils import _errors as errors
from ansible_collections.wotrus.pki.plugins.module_utils._client.answers import Placed
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import Order
from ansible_collections.wotrus.pki.plugins.module_utils._orders.journaled_orders import times_sent
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.apply import OPERATION as APPLY
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.charge import charge_of
from tests.unit.workflow.hostile import Ca, Host, carry_out, prepared

DATE = dt.datetime(2031, 5, 1, 12, 0, 0, tzinfo=dt.timezone.utc)
BEGAN = DATE - dt.timedelta(seconds=2)


def ago(**time: float) -> dt.datetime:
    """Return a time before the answer."""
    return DATE - dt.timedelta(**time)


def charged(created: dt.datetime | None, **facts: t.Any) -> str:
    """Return what is said of an adopted or a new order."""
    order = Order("A", "pending", created_at=created)
    known: dict[str, t.Any] = {"date": DATE, "clock": DATE, "sent_at": [DATE]}
    return charge_of(Placed("A", None, BEGAN, order), **{**known, **facts})


@pytest.mark.parametrize(
    ("created", "word"),
    [
        (DATE, "yes"),
        (ago(seconds=1), "yes"),
        (ago(minutes=1), "maybe"),
        (ago(days=2), "maybe"),
        (ago(days=2, seconds=1), "no"),
        (ago(days=3000), "no"),
        # No order is that old, or still to come.
        (ago(days=5000), "maybe"),
        (dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc), "maybe"),
        (ago(days=-3), "maybe"),
        (None, "maybe"),
    ],
)
def test_age_of_the_order_by_the_clock_of_the_answer_decides(created: dt.datetime | None, word: str) -> None:
    assert charged(created) == word


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"clock": ago(days=2)}, "no"),
        ({"clock": ago(days=-2)}, "no"),
        ({"clock": ago(days=400)}, "maybe"),
        ({"clock": ago(days=-400)}, "maybe"),
        # The clock of a sandbox on this machine can be moved.
        ({"clock": None}, "no"),
        ({"date": None}, "maybe"),
        ({"requested_at": ago(days=2)}, "maybe"),
        ({"requested_at": ago(days=-400)}, "maybe"),
        ({"requested_at": ago(days=3)}, "no"),
        ({"sent_at": []}, "no"),
        ({"sent_at": [ago(days=3), DATE]}, "no"),
        ({"sent_at": [ago(hours=1), DATE]}, "maybe"),
        ({"sent_at": [ago(hours=-1), DATE]}, "maybe"),
    ],
)
def test_old_order_is_not_charged_unless_it_may_have_been_placed_since(facts: dict[str, t.Any], word: str) -> None:
    assert charged(ago(days=100), **facts) == word


def test_order_that_query_does_not_show_may_be_charged() -> None:
    assert charge_of(Placed("A", None, BEGAN), date=DATE, clock=DATE) == "maybe"


def test_journal_tells_when_an_order_was_sent(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "journal.jsonl"
    send = {"event": "send", "call": "create", "idempotence_id": "value-1", "time": "2031-05-01T12:00:00.000+00:00"}
    others: list[t.Any] = [
        {**send, "idempotence_id": "value-2"},
        {**send, "call": "reissue"},
        {**send, "event": "end"},
        {**send, "time": None},
        ["value-1"],
    ]
    lines = [json.dumps(line) for line in (*others, send)]
    path.write_text("\n".join([*lines, '{"event": "send", "idempotence_id": "value-1"']))

    assert times_sent(str(path), "value-1") == [DATE]
    assert times_sent(str(tmp_path / "none.jsonl"), "value-1") == []
    assert times_sent("syslog", "value-1") == []
    assert times_sent(None, "value-1") == []


class Failing(Ca):
    """A CA whose answers to Create fail, one after the other."""

    failures: t.ClassVar[list[errors.WotrusError]] = []

    def create(self, *_arguments: t.Any, **_options: t.Any) -> Placed:
        """Fail."""
        raise self.failures.pop(0)


FAILURES: dict[str, tuple[errors.WotrusError, str]] = {
    "token": (errors.Unauthorized("HTTP 401."), "no"),
    "account": (errors.Forbidden("HTTP 403."), "no"),
    "not reached": (errors.Unavailable("Cannot connect."), "no"),
    "no line": (errors.JournalFailed("No space."), "no"),
    "token after a lost answer": (errors.Unauthorized("HTTP 401.", answer_lost=True), "maybe"),
    "lost": (errors.Unavailable("The connection broke.", answer_lost=True), "maybe"),
    "late": (errors.TimedOut("No answer in time.", answer_lost=True), "maybe"),
    "unknown": (errors.BadAnswer("No order id."), "maybe"),
    "refused": (errors.RejectedByApi("busy"), "maybe"),
    "error of ours": (errors.InternalError("An error.", answer_lost=True), "maybe"),
}


@pytest.mark.parametrize(("failure", "word"), FAILURES.values(), ids=FAILURES)
def test_failure_says_whether_the_order_may_be_charged(failure: errors.WotrusError, word: str) -> None:
    Failing.failures = [failure]

    (row,) = carry_out(APPLY, Failing(), Host([{}], deploys=prepared))["results"]

    assert (row["result"], row["error_code"], row["charged"]) == ("failed", failure.error_code, word)
    assert ("A repeat is the same order" in row["msg"]) is (word == "maybe")
    assert "network" not in row["next_step"] or word == "no"
    assert "api_url" not in row["next_step"] or word == "no"
