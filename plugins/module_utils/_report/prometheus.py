# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report as metrics, for the textfile collector of node_exporter."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import parse_timestamp

Labels = t.Mapping[str, t.Any]
Sample = tuple[Labels, float]

_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


def prometheus(report: Json) -> str:
    """Return the metrics of a report."""
    lines = [f"# wotrus.pki digest {report['digest']}"]
    for name, (words, samples) in _metrics(report).items():
        lines += [f"# HELP {name} {words}", f"# TYPE {name} gauge"]
        lines += [f"{name}{_labels(labels)} {_number(value)}" for labels, value in samples]
    return "\n".join(lines) + "\n"


def _metrics(report: Json) -> dict[str, tuple[str, list[Sample]]]:
    """Return help text and samples of each metric, by its name."""
    return {
        "wotrus_report_generated_timestamp_seconds": (
            "When the report was made.",
            [({}, _seconds(report["generated_at"]))],
        ),
        "wotrus_host_read": (
            "Whether the host could be read.",
            [({"host": one["host"]}, one["read"]) for one in report["hosts"]],
        ),
        "wotrus_certificate_info": (
            "Names and numbers of the certificate, as labels; the value is 1.",
            _each(report, _facts),
        ),
        "wotrus_certificate_not_before_timestamp_seconds": (
            "When the validity of the live certificate begins.",
            _times(report, "not_before"),
        ),
        "wotrus_certificate_expires_timestamp_seconds": (
            "When the live certificate expires.",
            _times(report, "expires"),
        ),
        "wotrus_certificate_renew_at_timestamp_seconds": (
            "When the live certificate is due for renewal.",
            _times(report, "renew_at"),
        ),
        "wotrus_certificate_key_matches": (
            "Whether the private key of the live certificate is on its host.",
            _values(report, "key_matches"),
        ),
        "wotrus_certificate_reload_pending": (
            "Whether services were not yet notified of the live certificate.",
            _values(report, "reload_pending"),
        ),
        "wotrus_certificate_state": (
            "The state of the certificate, as a label; the value is 1.",
            _words(report, "state"),
        ),
        "wotrus_certificate_urgency": (
            "How urgent the certificate is, as a label; the value is 1.",
            _words(report, "urgency"),
        ),
        "wotrus_certificate_result": (
            "The result of the certificate, as a label; the value is 1.",
            _words(report, "result"),
        ),
        "wotrus_certificate_alarm": (
            "A failure or a warning, as a label, if there is one; the value is 1.",
            _words(report, "alarm"),
        ),
        "wotrus_certificate_waiting_for": (
            "Who has to act on a pending order, as a label: you or ca; the value is 1.",
            _words(report, "waiting_for"),
        ),
        "wotrus_certificate_waiting_since_timestamp_seconds": (
            "Since when the order is pending.",
            _times(report, "waiting_since"),
        ),
        "wotrus_certificate_plan": (
            "What the next run does and why, as labels; the value is 1.",
            _each(report, lambda one: {"action": one["action"], "reason": one["reason"]} if one["action"] else None),
        ),
        "wotrus_order_stage": (
            "The stage of the certificate's order, as a label; the value is 1.",
            _words(report, "stage"),
        ),
        "wotrus_certificate_superseded": (
            "How many certificates that a reissue superseded are still to be revoked.",
            [(_key(one), sum(old["to_revoke"] for old in one["superseded"])) for one in report["certificates"]],
        ),
    }


def _facts(one: Json) -> Labels:
    return {
        name: one[name] or "" for name in ("common_name", "order_id", "root_order_id", "serial_number", "issuer", "key")
    }


def _key(one: Json) -> Labels:
    return {"host": one["host"], "name": one["name"]}


def _each(report: Json, labels: t.Callable[[Json], Labels | None]) -> list[Sample]:
    found = ((one, labels(one)) for one in report["certificates"])
    return [({**_key(one), **more}, 1) for one, more in found if more is not None]


def _words(report: Json, field: str) -> list[Sample]:
    return _each(report, lambda one: {field: one[field]} if one[field] else None)


def _values(report: Json, field: str) -> list[Sample]:
    return [(_key(one), one[field]) for one in report["certificates"] if one[field] is not None]


def _times(report: Json, field: str) -> list[Sample]:
    return [(_key(one), _seconds(one[field])) for one in report["certificates"] if one[field]]


def _seconds(text: str) -> float:
    return parse_timestamp(text).timestamp()


def _labels(labels: Labels) -> str:
    pairs = ",".join(f'{name}="{str(value).translate(_ESCAPES)}"' for name, value in labels.items())
    return f"{{{pairs}}}" if pairs else ""


def _number(value: float) -> str:
    number = float(value)
    return str(int(number)) if number.is_integer() else repr(number)
