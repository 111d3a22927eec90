# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the times of the API, and format times for results."""

from __future__ import annotations

import datetime as dt
import email.utils
import re

from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

_ISO = re.compile(
    r"\s*(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?\s*(Z|[+-]\d\d:?\d\d)?\s*",
    re.IGNORECASE,
)
CHINA = dt.timezone(dt.timedelta(hours=8))
"""The time zone of the API, which has no summer time."""

TWO_CLOCKS = dt.timedelta(days=2)
"""How far apart two clocks may be and still agree. A shorter time between them proves nothing."""

_OLDEST_ORDER = dt.timedelta(days=3653)

_FIRST_YEAR, _LAST_YEAR = 1971, 9000
"""Before and after these years, a time is a default or an end of the calendar."""


def parse_timestamp(text: str) -> dt.datetime:
    """Read an ISO 8601 time, also one with slashes in its date.

    A time without a zone is Chinese time, as in the API.

    :returns: a time in UTC
    :raises ValueError: the text is not an ISO 8601 time
    """
    match = _ISO.fullmatch(text)
    try:
        if match is None:
            raise ValueError(text)
        year, month, day, time, decimals, zone = match.groups()
        offset = f"{zone[:3]}:{zone[-2:]}" if zone and zone not in "Zz" else "+00:00"
        moment = dt.datetime.fromisoformat(f"{year}-{month}-{day}T{time}.{(decimals or '').ljust(6, '0')[:6]}{offset}")
        return (moment if zone else moment.replace(tzinfo=CHINA)).astimezone(dt.timezone.utc)
    except (OverflowError, ValueError):
        raise ValueError(Message("not an ISO 8601 time: {text!r}", text=text[:40])) from None


def read_time(text: object) -> dt.datetime | None:
    """Return the time that a host claims; ``None`` if unusable."""
    try:
        return parse_timestamp(str(text)) if text else None
    except ValueError:
        return None


def parse_http_date(text: str | None) -> dt.datetime | None:
    """Read a date of an HTTP header (RFC 9110, section 5.6.7).

    ``None`` if it is missing, invalid, or no time at which a server runs.
    """
    if not text:
        return None
    try:
        moment = email.utils.parsedate_to_datetime(text)
        moment = moment.astimezone(dt.timezone.utc) if moment.tzinfo else moment.replace(tzinfo=dt.timezone.utc)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return moment if _is_of_today(moment) else None


def format_timestamp(moment: dt.datetime) -> str:
    """Format a time as ``2026-11-24T15:31:09Z``."""
    # strftime() writes year 1 with one digit.
    return f"{moment.astimezone(dt.timezone.utc).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def shown_time(moment: dt.datetime | None) -> str | None:
    """Format a time, if there is one."""
    return format_timestamp(moment) if moment else None


def chinese_month(moment: dt.datetime) -> str | None:
    """Return the month of a time in China, such as ``2026-11``; ``None`` beyond the end of the calendar."""
    try:
        return moment.astimezone(CHINA).date().isoformat()[:7]
    except OverflowError:
        return None


def are_clocks_agreed(left: dt.datetime, other: dt.datetime) -> bool:
    """Return whether two clocks that were read at once show the same time, as far as that counts."""
    return abs(left - other) <= TWO_CLOCKS


def plausible_time(moment: dt.datetime | None, *, now: dt.datetime | None) -> dt.datetime | None:
    """Return when an order was placed; ``None`` if that cannot be true.

    It may be up to ten years ago, and ahead of another clock.

    :param now: the time of the answer that has it; without one, only a time that no order has is ``None``
    """
    if moment is None or now is None:
        return moment if moment and _is_of_today(moment) else None
    return moment if -TWO_CLOCKS <= now - moment <= _OLDEST_ORDER else None


def _is_of_today(moment: dt.datetime) -> bool:
    """Return whether a time is no default, and not at an end of the calendar."""
    return _FIRST_YEAR <= moment.year < _LAST_YEAR
