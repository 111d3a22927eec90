# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of WoTrus stands beside the reasons that depend on it, once, and only if it is known."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._readings.catalogue import READINGS
from ansible_collections.wotrus.pki.plugins.module_utils._texts.words import VALUES
from ansible_collections.wotrus.pki.plugins.module_utils._workflow import known
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.known import known_lines, readings_of

DATE = {"date": {"word": "missing", "first": "2026-12-01"}}


def test_known_reading_is_a_line_in_the_language_of_the_run() -> None:
    plans: list[Json] = [{"reason": "ca_time_unknown"}, {"reason": "ca_time_unknown"}, {"reason": "valid"}]
    failed: list[Json] = [
        {"result": "failed", "error_code": "order_mismatch"},
        {"result": "unchanged", "error_code": None},
    ]

    assert readings_of(plans) == ["date", "clocks", "create_time"]
    assert readings_of(failed) == ["spelling"]
    assert known_lines(readings_of(plans), DATE) == [
        "",
        "Known of WoTrus since 2026-12-01: Do answers have the header Date? They lack it.",
    ]
    assert "2026-12-01" in known_lines(readings_of(plans), DATE, "zh")[1]
    assert not known_lines(readings_of(plans), DATE, "zh")[1].isascii()
    assert known_lines(readings_of(failed), DATE) == []


def test_each_reason_is_one_of_the_plan_and_each_reading_shows_in_answers() -> None:
    for reason, readings in known._BY_REASON.items():
        assert reason in VALUES["reason"]
        assert all(READINGS[reading].found for reading in readings)
