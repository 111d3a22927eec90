# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Given dates at the ends of the calendar, what becomes of the certificates that have them, and of others."""

from __future__ import annotations

import pytest
from wotrus_sandbox import answer_forms

from .inventory import Certificate
from .story import BY_HAND, DUE, KEY_LOST, LIVE, RUNS, Story, wanted

OF_BETA = Certificate("invoices", "beta")
EDGES = ("0001-01-01T00:00:00", "9999-12-31T23:59:59")
DATES = [f"{day}{zone}" for day in EDGES for zone in ("", "Z", "+14:00", "-12:00")]
OF_LIVE = ("key_made_at", "reissued_at", "ended_not_after", "not_before", "not_after", "path_not_after")
OF_PENDING = ("key_made_at", "requested_at", "ended_not_after")


def refuse_traceback(story: Story) -> None:
    codes = [row["error_code"] for row in story.last.result.rows]
    assert "internal_error" not in codes


@pytest.mark.parametrize("date", DATES)
def test_record_with_an_odd_date_costs_its_own_certificate_at_most(story: Story, date: str) -> None:
    story.tell(*LIVE, wanted(certificate=OF_BETA), RUNS)
    story.claim(live={**story.record()["live"], **dict.fromkeys(OF_LIVE, date)})

    for then in (RUNS, KEY_LOST, RUNS, DUE, RUNS):
        story.tell(then)
        refuse_traceback(story)
    assert story.row(OF_BETA)["result"] == "deployed"


@pytest.mark.parametrize("date", DATES)
def test_pending_order_with_an_odd_date_costs_its_own_certificate_at_most(story: Story, date: str) -> None:
    story.tell(*LIVE, wanted(certificate=OF_BETA), RUNS, BY_HAND, KEY_LOST, RUNS)
    story.claim(pending={**story.record()["pending"], **dict.fromkeys(OF_PENDING, date)})

    story.tell(RUNS)
    refuse_traceback(story)
    story.tell("The CA approves order 3.", RUNS)
    refuse_traceback(story)
    assert story.row(OF_BETA)["result"] == "unchanged"


@pytest.mark.parametrize("sent", ["sent", "missing"])
@pytest.mark.parametrize("date", DATES)
def test_order_with_an_odd_date_is_one_without_a_date(
    story: Story, monkeypatch: pytest.MonkeyPatch, date: str, sent: str
) -> None:
    story.tell(f"The CA reads date as {sent}.", *LIVE)
    monkeypatch.setattr(answer_forms, "_create_time", lambda _created, _form: date)
    story.world.ca.observed.is_compared = False

    story.tell(RUNS)
    assert story.outcome == ("unchanged", None)
    story.tell(DUE, RUNS)
    assert (story.outcome, story.charged) == (("blocked", "ca_time_unknown"), 1)


@pytest.mark.parametrize("date", DATES)
def test_pending_order_with_an_odd_date_waits_since_it_was_requested(
    story: Story, monkeypatch: pytest.MonkeyPatch, date: str
) -> None:
    monkeypatch.setattr(answer_forms, "_create_time", lambda _created, _form: date)
    story.world.ca.observed.is_compared = False
    story.tell("The CA reads date as missing.", BY_HAND, *LIVE, RUNS)

    assert story.outcome == ("waiting", None)
    assert story.row()["waiting_since"] == story.record()["pending"]["requested_at"]


@pytest.mark.parametrize("date", ["Fri, 31 Dec 9999 23:59:59 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_date_of_no_server_is_none(story: Story, monkeypatch: pytest.MonkeyPatch, date: str) -> None:
    window = {"hours": "00:00-23:59", "zone": "Asia/Shanghai"}
    story.tell(wanted()).entry()["deploy_window"] = window
    monkeypatch.setattr(story.world.ca, "_headers", lambda: {"Date": date})

    story.tell(RUNS, BY_HAND, KEY_LOST, RUNS, "The CA approves order 2.", RUNS)

    assert (story.outcome, story.serves()) == (("deployed", None), "order 2")
    story.tell(DUE, RUNS)
    assert story.outcome == ("blocked", "ca_time_unknown")
