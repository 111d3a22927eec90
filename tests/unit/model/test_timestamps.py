# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times, as the API and HTTP headers write them."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import (
    are_clocks_agreed,
    format_timestamp,
    parse_http_date,
    parse_timestamp,
    plausible_time,
)

UTC = dt.timezone.utc
MOMENT = dt.datetime(2020, 3, 31, 6, 27, 42, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("2020-03-31T14:27:42.286+08:00", 286000),
        ("2020-03-31T14:27:42+08:00", 0),
        ("2020-03-31T14:27:42.2863917+08:00", 286391),
        ("2020-03-31T06:27:42Z", 0),
        ("2020-03-31t06:27:42z", 0),
        ("2020-03-31T06:27:42.5+0000", 500000),
        ("2020-03-31T03:27:42-03:00", 0),
        # Without a zone, the time is the API's own: Chinese.
        ("2020-03-31T14:27:42", 0),
        ("2020-03-31 14:27:42.1234567", 123456),
        (" 2020-03-31T14:27:42.286+08:00 ", 286000),
    ],
)
def test_time_is_read_with_any_decimals_and_zone(text: str, micros: int) -> None:
    assert parse_timestamp(text) == MOMENT.replace(microsecond=micros)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "2020-03-31",
        "1585636062",
        "2020-13-31T14:27:42",
        "2020-03-31T25:00:00",
        "2020-03-31T14:27:42+99:99",
        # Beyond the calendar, once it is in UTC.
        "0001-01-01T00:00:00+08:00",
        "9999-12-31T23:59:59-08:00",
    ],
)
def test_invalid_time_is_refused_with_a_message(text: str) -> None:
    with pytest.raises(ValueError, match="not an ISO 8601 time") as caught:
        parse_timestamp(text)
    assert repr(text) in str(caught.value)


@given(st.text(alphabet="0123456789-+:.TZ ", max_size=40))
def test_any_text_is_a_time_or_a_value_error(text: str) -> None:
    try:
        moment = parse_timestamp(text)
    except ValueError:
        return
    assert moment.tzinfo is not None
    assert format_timestamp(moment)


@given(st.datetimes(timezones=st.just(UTC)))
@example(dt.datetime.min.replace(tzinfo=UTC))
@example(dt.datetime.max.replace(tzinfo=UTC))
def test_written_time_is_read_unchanged(moment: dt.datetime) -> None:
    assert parse_timestamp(format_timestamp(moment)) == moment.replace(microsecond=0)


def test_an_http_date_is_aware() -> None:
    assert parse_http_date("Tue, 31 Mar 2020 06:27:42 GMT") == MOMENT
    assert parse_http_date("Tue, 31 Mar 2020 06:27:42 -0000") == MOMENT


@given(st.one_of(st.text(max_size=60), st.from_regex(r"\A\w{3}, \d{1,5} \w{3} \d{1,6} \d\d:\d\d:\d\d [+-]\d{1,12}\Z")))
def test_a_broken_http_date_is_none_and_never_an_error(text: str) -> None:
    moment = parse_http_date(text)
    assert moment is None or moment.tzinfo is not None


@pytest.mark.parametrize("text", [None, "", "soon", "Tue, 31 Mar"])
def test_no_http_date_is_none(text: str | None) -> None:
    assert parse_http_date(text) is None


@pytest.mark.parametrize(("hours", "agreed"), [(0, True), (-48, True), (48, True), (-49, False), (49, False)])
def test_clocks_agree_within_two_days(hours: int, *, agreed: bool) -> None:
    assert are_clocks_agreed(MOMENT, MOMENT + dt.timedelta(hours=hours)) is agreed


@pytest.mark.parametrize("moment", ["2010-04-01T00:00:00Z", "2020-03-31T06:27:42Z", "2020-04-02T06:27:42Z"])
def test_an_order_of_the_last_ten_years_has_a_plausible_time(moment: str) -> None:
    placed = parse_timestamp(moment)
    assert plausible_time(placed, now=MOMENT) == placed


@pytest.mark.parametrize(
    "moment",
    [
        "0002-01-01T00:00:00Z",
        "1900-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z",
        "2010-03-01T00:00:00Z",
        "2020-04-02T06:27:43Z",
        "9999-12-31T00:00:00Z",
    ],
)
def test_a_default_or_a_time_that_is_still_to_come_is_none(moment: str) -> None:
    assert plausible_time(parse_timestamp(moment), now=MOMENT) is None


@pytest.mark.parametrize("moment", ["0002-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_default_is_none_whatever_the_time_is(moment: str) -> None:
    assert plausible_time(parse_timestamp(moment), now=None) is None
    assert plausible_time(MOMENT, now=None) == MOMENT


@pytest.mark.parametrize("text", ["Fri, 31 Dec 9999 23:59:59 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_a_date_at_which_no_server_runs_is_none(text: str) -> None:
    assert parse_http_date(text) is None


def test_no_time_is_none() -> None:
    assert plausible_time(None, now=MOMENT) is None
