# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The clock on the wall of a zone opens and closes a window."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._model.deploy_window import DeployWindow

BERLIN, SHANGHAI = "Europe/Berlin", "Asia/Shanghai"
MINUTE = dt.timedelta(minutes=1)


def window(hours: str = "00:00-24:00", *days: str, zone: str = "UTC") -> DeployWindow:
    return DeployWindow.read({"days": days, "hours": hours, "zone": zone})


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.timezone.utc)


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-12-05T13:59", False),
        ("2026-12-05T14:00", True),
        ("2026-12-05T21:59", True),
        ("2026-12-05T22:00", False),
        # Sunday's hours begin on Sunday: those of its morning are Saturday's.
        ("2026-12-06T14:00", False),
    ],
)
def test_a_window_over_midnight_has_the_weekday_of_its_start(at, is_open) -> None:
    assert window("22:00-06:00", "sat", zone=SHANGHAI).is_open(utc(at)) is is_open


def test_without_options_it_is_always_open() -> None:
    assert window().is_open(utc("2026-12-05T13:59"))


@pytest.mark.parametrize(
    ("hours", "days", "zone", "now", "opens"),
    [
        ("22:00-06:00", ("sat",), SHANGHAI, "2026-12-01T00:00", "2026-12-05T14:00"),
        ("22:00-06:00", ("sat",), SHANGHAI, "2026-12-05T14:00", "2026-12-12T14:00"),
        ("22:00-06:00", ("sat",), BERLIN, "2026-12-01T00:00", "2026-12-05T21:00"),
        ("22:00-06:00", ("sat",), BERLIN, "2026-07-01T00:00", "2026-07-04T20:00"),
        ("00:00-24:00", ("mon",), "Pacific/Kiritimati", "2026-12-04T00:00", "2026-12-06T10:00"),
        # Summer time begins in Berlin on 29 March 2026: 02:00 becomes 03:00.
        ("02:00-03:00", ("sun",), BERLIN, "2026-03-28T12:00", "2026-04-05T00:00"),
        ("02:30-04:00", ("sun",), BERLIN, "2026-03-28T12:00", "2026-03-29T01:00"),
        ("03:00-04:00", ("sun",), BERLIN, "2026-03-28T12:00", "2026-03-29T01:00"),
        # It ends on 25 October 2026: 03:00 becomes 02:00.
        ("02:10-02:20", ("sun",), BERLIN, "2026-10-24T12:00", "2026-10-25T00:10"),
        ("02:10-02:20", ("sun",), BERLIN, "2026-10-25T00:30", "2026-10-25T01:10"),
        ("02:10-02:20", ("sun",), BERLIN, "2026-10-25T01:20", "2026-11-01T01:10"),
    ],
)
def test_it_opens_by_the_clock_of_its_zone(hours, days, zone, now, opens) -> None:
    found = window(hours, *days, zone=zone).next_opening(utc(now))
    assert found.astimezone(dt.timezone.utc) == utc(opens)
    assert found.tzname() == found.astimezone(zoneinfo.ZoneInfo(zone)).tzname()


@pytest.mark.parametrize(
    ("at", "is_open"),
    [("2026-10-25T00:30", True), ("2026-10-25T01:30", True), ("2026-10-24T23:30", False), ("2026-10-25T02:30", False)],
)
def test_an_hour_that_comes_twice_has_the_window_twice(at, is_open) -> None:
    assert window("02:00-03:00", zone=BERLIN).is_open(utc(at)) is is_open


@given(
    st.integers(0, 400 * 1440),
    st.integers(0, 1439),
    st.integers(1, 1440),
    st.sampled_from(["UTC", SHANGHAI, BERLIN, "Australia/Lord_Howe"]),
)
def test_it_opens_at_the_first_minute_of_its_hours(minutes, start, end, zone) -> None:
    own = (
        window(f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}", zone=zone)
        if start != end
        else window()
    )
    now = utc("2026-01-01T00:00") + minutes * MINUTE
    found = own.next_opening(now)
    # Two days and an hour: a window of an hour that is skipped opens a day later.
    moments = [now + number * MINUTE for number in range(1, 49 * 60 + 1)]
    first = [one for one in moments if own.is_open(one) and not own.is_open(one - MINUTE)]
    # Its second part, in an hour that comes twice, is no opening of its own.
    assert found in first[:2] or not first


@pytest.mark.parametrize(
    "hours", ["", "22-6", "22:00", "22:00-22:00", "24:00-06:00", "22:00-24:01", "22:60-23:00", "1320"]
)
def test_hours_that_make_no_sense_are_refused(hours) -> None:
    with pytest.raises(InvalidInput, match=r"^hours is .* must be like 22:00-06:00"):
        window(hours)


@pytest.mark.parametrize("zone", ["Europe/Bonn", "", "../etc/passwd", "Europe"])
def test_a_zone_that_is_not_known_may_be_one_of_a_package_that_is_missing(zone) -> None:
    with pytest.raises(InvalidInput, match="install the package tzdata on the controller"):
        window(zone=zone)


def test_utc_needs_no_database(monkeypatch) -> None:
    monkeypatch.setattr(zoneinfo, "ZoneInfo", None)
    assert window("10:00-11:00").is_open(utc("2026-12-05T10:59"))
