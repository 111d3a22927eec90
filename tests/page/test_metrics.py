# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The textfile as Prometheus's own parser reads it."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ansible_collections.wotrus.pki.plugins.module_utils._report import report_data
from ansible_collections.wotrus.pki.plugins.plugin_utils._report_file import report_text
from tests.helpers.examples import ROOT, examples
from tests.page import made_up

GUIDE = ROOT / "docs" / "docsite" / "rst" / "guide_report.rst"

ODD = 'a"b\\c\nd{e="f"} # 沃通'


def families(report: dict[str, Any]) -> dict[str, Any]:
    """Return the metrics by name."""
    return {family.name: family for family in text_string_to_metric_families(report_text(report, "prometheus"))}


def test_every_metric_has_help_type_and_a_unit_of_seconds_for_times(report: dict[str, Any]) -> None:
    found = families(report)

    assert {family.type for family in found.values()} == {"gauge"}
    assert all(family.documentation.endswith(".") for family in found.values())
    assert all(name.startswith("wotrus_") for name in found)
    assert all(name.endswith("_timestamp_seconds") for name in found if "timestamp" in name)
    # promtool wants base units.
    assert [name for name in found if set(name.split("_")) & {"days", "hours", "minutes", "months"}] == []


def test_every_certificate_has_one_sample_of_each_metric(report: dict[str, Any]) -> None:
    found = families(report)
    rows = {(one["host"], one["name"]): one for one in report["certificates"]}

    for family in found.values():
        series = [tuple(sorted(sample.labels.items())) for sample in family.samples]
        assert len(series) == len(set(series)), family.name
    states = found["wotrus_certificate_state"].samples
    assert {(one.labels["host"], one.labels["name"]): one.labels["state"] for one in states} == {
        key: row["state"] for key, row in rows.items()
    }
    ends = found["wotrus_certificate_expires_timestamp_seconds"].samples
    assert len(ends) == sum(1 for row in rows.values() if row["expires"])
    left = {(one.labels["host"], one.labels["name"]): one.value for one in ends}
    for key, end in left.items():
        assert abs((end - made_up.NOW.timestamp()) / 86400 - rows[key]["days_left"]) < 0.06


def test_labels_keep_their_values(report: dict[str, Any]) -> None:
    changed = copy.deepcopy(report)
    changed["certificates"] = changed["certificates"][:1]
    changed["certificates"][0].update(host=ODD, name=ODD, common_name=ODD, key="RSA 3072 PKCS#11")
    changed["hosts"] = [{**changed["hosts"][0], "host": ODD}]

    found = families(changed)

    assert found["wotrus_host_read"].samples[0].labels == {"host": ODD}
    labels = found["wotrus_certificate_info"].samples[0].labels
    assert (labels["common_name"], labels["key"]) == (ODD, "RSA 3072 PKCS#11")


def test_alerts_of_the_guide_use_existing_metrics(report: dict[str, Any]) -> None:
    (text,) = [one for one in examples(GUIDE) if one.caption == "alerts.yml"]
    rules = [rule for group in text.data["groups"] for rule in group["rules"]]
    asked = {name for rule in rules for name in re.findall(r"wotrus_[a-z_]+", rule["expr"])}

    assert len(rules) == 6
    assert asked <= set(families(report))


@pytest.mark.parametrize(
    ("action", "reason", "is_undelivered"),
    [
        ("resume", "issued", True),
        ("resume", "pending_ca", True),
        ("resume", "pending_review", False),
        ("nothing", "valid", False),
    ],
)
def test_alert_of_the_guide_finds_what_is_undelivered(
    report: dict[str, Any], action: str, reason: str, *, is_undelivered: bool
) -> None:
    (text,) = [one for one in examples(GUIDE) if one.caption == "alerts.yml"]
    (rule,) = [one for group in text.data["groups"] for one in group["rules"] if one["alert"] == "WotrusUndelivered"]
    name, labels = rule["expr"].removesuffix("} == 1").split("{")
    row = {**report["certificates"][0], "action": action, "reason": reason}

    (sample,) = families({**report, "certificates": [row]})[name].samples

    wanted = re.findall(r'(\w+)=~?"([^"]+)"', labels)
    assert all(re.fullmatch(pattern, sample.labels[label]) for label, pattern in wanted) is is_undelivered


def test_the_guide_describes_every_metric_and_no_other(report: dict[str, Any]) -> None:
    described = set(re.findall(r"``(wotrus_(?:certificate|order|host|report)_[a-z_]+)``", GUIDE.read_text("utf-8")))
    options = {name for name in described if name.startswith("wotrus_report_") and "timestamp" not in name}

    assert described - options == set(families(report))


def test_an_empty_fleet_has_metrics_too() -> None:
    found = families(report_data.report_data([], now=made_up.NOW))

    (made,) = found["wotrus_report_generated_timestamp_seconds"].samples
    assert made.value == made_up.NOW.timestamp()
