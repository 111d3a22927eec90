# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report as metrics, for the textfile collector of node_exporter."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json, Rows
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import parse_timestamp

Sample = tuple[t.Mapping[str, t.Any], float]
Metrics = t.Iterator[tuple[str, str, t.Sequence[Sample]]]
"""Name, help text and samples of each metric."""

_Certificates = t.Sequence[tuple[dict[str, t.Any], Json]]
"""Labels and row of each certificate."""

_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})
_TIMES = {
    "not_before": "When the validity of the live certificate begins.",
    "not_after": "When the live certificate expires by itself.",
    "expires": "When the live certificate or its chain expires, whichever is first.",
    "renew_at": "When the live certificate is due for renewal.",
    "waiting_since": "Since when the order is pending.",
}
_VALUES = {
    "key_matches": "Whether the private key of the live certificate is on its host.",
    "reload_pending": "Whether services were not yet notified of the live certificate.",
}
_WORDS = {
    "state": "The state of the certificate, as a label; the value is 1.",
    "urgency": "How urgent the certificate is, as a label; the value is 1.",
    "result": "The result of the certificate, as a label; the value is 1.",
    "alarm": "A failure or a warning, as a label, if there is one; the value is 1.",
    "revocation": "The worst revocation status of the path, as a label, if it was checked; the value is 1.",
    "waiting_for": "Who has to act on a pending order, as a label: you, ca or window; the value is 1.",
    "stage": "The stage of the certificate's order, as a label; the value is 1.",
}
_ANSWERS = (
    ("age", "age_seconds", "How old the answer about the revocation was."),
    ("size", "bytes", "How many bytes the answer about the revocation had."),
)
_FACTS = ("common_name", "order_id", "root_order_id", "serial_number", "issuer", "key")


def prometheus(report: Json) -> str:
    """Return the metrics of a report."""
    lines = [f"# wotrus.pki digest {report['digest']}"]
    for name, words, samples in _metrics(report):
        lines += [f"# HELP wotrus_{name} {words}", f"# TYPE wotrus_{name} gauge"]
        lines += [f"wotrus_{name}{_labels(labels)} {float(value):.15g}" for labels, value in samples]
    return "\n".join(lines) + "\n"


def _metrics(report: Json) -> Metrics:
    rows = [({"host": row["host"], "name": row["name"]}, row) for row in report["certificates"]]
    yield "report_generated_timestamp_seconds", "When the report was made.", [({}, _seconds(report["generated_at"]))]
    yield from _hosts(report["hosts"])
    facts = [({**key, **{field: row[field] or "" for field in _FACTS}}, 1) for key, row in rows]
    yield "certificate_info", "Names and numbers of the certificate, as labels; the value is 1.", facts
    plans = [({**key, "action": row["action"], "reason": row["reason"]}, 1) for key, row in rows if row["action"]]
    yield "certificate_plan", "What the next run does and why, as labels; the value is 1.", plans
    former = [(key, sum(old["to_revoke"] for old in row["superseded"])) for key, row in rows]
    words = "How many certificates that a reissue superseded are still to be revoked."
    yield "certificate_superseded", words, former
    kept = [(key, len(row["encryption_keys"])) for key, row in rows]
    words = "How many former keys are kept, since they may be needed to decrypt."
    yield "certificate_encryption_keys", words, kept
    warned = [(key, len(row["notices"])) for key, row in rows]
    yield "certificate_notices", "How many warnings the plan has besides the alarm.", warned
    yield from _revocation(rows)
    yield from _documents(rows)
    yield from _fields(rows)
    hints = [({**key, "hint": hint}, 1) for key, row in rows for hint in row["hints"]]
    yield "order_hint", "What WoTrus shows as missing or unpaid, as a label; the value is 1.", hints


def _hosts(rows: Rows) -> Metrics:
    read = [({"host": row["host"]}, row["read"]) for row in rows]
    yield "host_read", "Whether the host could be read.", read
    warned = [({"host": row["host"]}, len(row["notices"])) for row in rows]
    yield "host_notices", "How many warnings are about the host, and about no certificate.", warned
    unlisted = [({"host": row["host"]}, len(row["unlisted"])) for row in rows if row["read"]]
    yield "host_unlisted", "How many certificates of the host no entry of the inventory names.", unlisted


def _fields(rows: _Certificates) -> Metrics:
    """Yield the metrics that have a single field of a certificate as value or label."""
    for field, words in _TIMES.items():
        found = [(key, _seconds(row[field])) for key, row in rows if row[field]]
        yield f"certificate_{field}_timestamp_seconds", words, found
    for field, words in _VALUES.items():
        yield f"certificate_{field}", words, [(key, row[field]) for key, row in rows if row[field] is not None]
    for field, words in _WORDS.items():
        name = "order_stage" if field == "stage" else f"certificate_{field}"
        yield name, words, [({**key, field: row[field]}, 1) for key, row in rows if row[field]]


def _revocation(rows: _Certificates) -> Metrics:
    """Yield the metrics of the answers about the revocation of each certificate of a path."""
    # The position, since a host may answer the same subject twice.
    answers = [
        ({**key, "position": position, "subject": answer["subject"]}, answer)
        for key, row in rows
        for position, answer in enumerate(row["revocation_answers"])
    ]
    if not answers:
        return
    states = [({**key, "source": answer["source"] or "", "status": answer["state"]}, 1) for key, answer in answers]
    yield "path_revocation", "The revocation status of a certificate of the path, as a label; the value is 1.", states
    for field, name, words in _ANSWERS:
        known = [(key, answer[field]) for key, answer in answers if answer[field] is not None]
        yield f"path_revocation_answer_{name}", words, known


def _documents(rows: _Certificates) -> Metrics:
    """Yield the metrics of who signed the newest documents."""
    read = [(key, row["signed_documents"]) for key, row in rows if row["signed_documents"]]
    if not read:
        return
    signers = [
        ({**key, "status": one["state"], "serial_number": one["serial_number"] or ""}, one)
        for key, found in read
        for one in found["signers"]
    ]
    words = "How many of the newest documents a certificate signed; the label is whether it is live."
    # Several reasons may be why documents cannot be read.
    counts: dict[tuple[tuple[str, t.Any], ...], int] = {}
    for labels, one in signers:
        counts[(*labels.items(),)] = counts.get((*labels.items(),), 0) + one["documents"]
    yield "signed_documents", words, [(dict(labels), number) for labels, number in counts.items()]
    files = [(key, found["found"]) for key, found in read]
    yield "signed_documents_found", "How many files fit the pattern of the signed documents.", files
    newest = [(key, _seconds(found["newest"])) for key, found in read if found["newest"]]
    yield "signed_documents_newest_timestamp_seconds", "The time of the newest signed document.", newest


def _seconds(text: str) -> float:
    return parse_timestamp(text).timestamp()


def _labels(labels: t.Mapping[str, t.Any]) -> str:
    pairs = ",".join(f'{name}="{str(value).translate(_ESCAPES)}"' for name, value in labels.items())
    return f"{{{pairs}}}" if pairs else ""
