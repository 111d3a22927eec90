# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records as each release wrote them, in ``records/VERSION``. They are kept, and no release may change them.

A release that adds a field gets samples of its own, which have it.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._errors import RecordUnreadable
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import (
    VERSION,
    LiveCertificate,
    PendingOrder,
    Record,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import Layout
from ansible_collections.wotrus.pki.plugins.module_utils._store.record_file import read_record
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import text

SAMPLES = sorted((Path(__file__).parent / "records").glob("*/*.json"))


def values(data):
    """Return what a record says, without fields that are null, false or empty."""
    if isinstance(data, dict):
        return {key: values(value) for key, value in data.items() if value not in (None, False, [], {})}
    return [values(one) for one in data] if isinstance(data, list) else data


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_record_of_each_release_is_read_and_loses_nothing(sample) -> None:
    written = json.loads(sample.read_text(encoding="utf-8"))

    record = Record.from_text(sample.read_text(encoding="utf-8"))

    assert {**values(record.to_dict()), "version": written["version"]} == values(written)


def test_samples_have_each_field_of_a_record() -> None:
    samples = [json.loads(sample.read_text(encoding="utf-8")) for sample in SAMPLES]
    certificates = [one for sample in samples for one in (sample["live"], *sample["superseded"]) if one]
    pending = [sample["pending"] for sample in samples if sample["pending"]]

    for kind, found in ((Record, samples), (PendingOrder, pending), (LiveCertificate, certificates)):
        known = {name for one in found for name, value in values(one).items() if name != "version"}
        # False is a value too, where the other one is the rule.
        known |= {name for one in found for name, value in one.items() if value is False}
        assert known >= {field.name for field in dataclasses.fields(kind)}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Nothing was written. Update the collection to the release that the other runs on this host have."),
        ("zh", "请把本集合升级到该主机上其他运行所用的版本。"),
    ],
)
def test_record_of_a_later_release_is_refused_with_a_sentence_and_kept(tmp_path, language, words) -> None:
    layout = Layout(tmp_path)
    later = {**json.loads(SAMPLES[0].read_text(encoding="utf-8")), "version": VERSION + 1}
    layout.record.write_text(json.dumps(later), encoding="utf-8")

    with pytest.raises(RecordUnreadable) as refused:
        read_record(layout)

    assert words in text(refused.value.message, language)
    assert str(VERSION + 1) in text(refused.value.message, language)
    assert json.loads(layout.record.read_text(encoding="utf-8")) == later
