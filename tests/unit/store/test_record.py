# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The record: what it says, what it refuses, and that reading it never ends in anything but RecordUnreadable."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput, RecordUnreadable
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import Live, Pending, Record

LIVE = Live(
    release="AB",
    order_id="ONE",
    serial_number="AB",
    fingerprint_sha256="f",
    files={"cert.pem": {"sha256": "0"}},
    definition={"key": {"storage": "ukey"}},
)
WHOLE = Record(
    name="contracts",
    order_name="contracts@signer1",
    generation=2,
    pending=Pending(operation="renew", generation=3, months=13, definition={"product": "pdf_signing"}),
    live=LIVE,
    reload_owed=True,
).with_live(Live(release="CD", fingerprint_sha256="g"), {}, ends_request=False)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def test_a_record_survives_its_file() -> None:
    for record in (Record(), WHOLE):
        assert Record.from_text(record.to_text()) == record
        assert json.loads(record.to_text()) == record.to_dict()


def test_what_a_later_release_of_the_same_version_adds_is_passed_over() -> None:
    data = WHOLE.to_dict()
    data["later"] = data["live"]["later"] = data["pending"]["later"] = data["superseded"][0]["later"] = 1
    assert Record.from_text(json.dumps(data)) == WHOLE


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("null", "no JSON object"),
        ("{}", "no version"),
        ('{"version": true}', "no version"),
        ('{"version": 2}', "it is of version 2, and this release of wotrus.pki knows 1"),
        ('{"version": 1, "generation": "x"}', "generation is of the wrong type"),
        ('{"version": 1, "reload_owed": 1}', "reload_owed is of the wrong type"),
        ('{"version": 1, "live": {}}', "live.release is missing"),
        ('{"version": 1, "live": {"release": "A", "files": {"cert.pem": "x"}}}', "files.cert.pem is no JSON object"),
        ('{"version": 1, "live": {"release": "A", "files": {"cert.pem": {}}}}', "files.cert.pem has no sha256"),
        ('{"version": 1, "pending": []}', "pending is no JSON object"),
        ('{"version": 1, "pending": {"months": true}}', "months is of the wrong type"),
        ('{"version": 1, "superseded": {}}', "superseded is no list"),
        ('{"version": 1, "superseded": [1]}', "superseded is no JSON object"),
    ],
)
def test_a_damaged_record_says_how(text, words) -> None:
    with pytest.raises(RecordUnreadable, match=words):
        Record.from_text(text)


@given(JSON, st.sampled_from(["", "pending", "live", "superseded", "files"]))
@settings(max_examples=400)
def test_any_json_is_a_record_or_unreadable(value, place) -> None:
    data = WHOLE.to_dict()
    if place == "files":
        data["live"]["files"] = value
    elif place:
        data[place] = value
    else:
        data = value
    try:
        record = Record.from_text(json.dumps(data))
    except RecordUnreadable:
        return
    assert Record.from_text(record.to_text()) == record


def test_the_short_form_of_a_superseded_order_is_read() -> None:
    short = {"order_id": "ONE", "serial_number": "AB", "not_after": "2027-01-01T00:00:00Z", "operation": "renew"}
    record = Record.from_text(json.dumps({"version": 1, "superseded": [short]}))
    assert record.superseded[0].live.release == "AB"
    assert {name: record.to_dict()["superseded"][0][name] for name in short} == short


def test_the_running_request_wins_over_what_is_said_with_its_certificate() -> None:
    record = Record().with_request({"operation": "renew", "order_id": "TWO", "months": 13})
    record = record.with_live(Live(release="CD"), {"order_id": "OTHER", "generation": 2}, ends_request=True)
    assert record.live is not None
    assert (record.live.order_id, record.live.generation, record.live.months) == ("TWO", 2, 13)
    assert record.generation == 2
    assert record.pending is None


def test_a_definition_is_kept_as_its_file_gives_it_back() -> None:
    record = Record().with_request({"definition": {12: "months", "more": ("a", None)}})
    assert record.pending is not None
    assert record.pending.definition == {"12": "months", "more": ["a", None]}
    assert Record.from_text(record.to_text()) == record


def test_where_the_key_is() -> None:
    assert LIVE.storage == "ukey"
    assert Pending().storage is None
    assert Pending(definition={"key": "RSA"}).storage is None


@pytest.mark.parametrize("key", ["password", "ukey_password", "token", "content", "id_card_number", "documents"])
def test_secrets_do_not_reach_the_record(key) -> None:
    with pytest.raises(InvalidInput, match=key):
        Record().with_request({"definition": {"product": "pdf_signing", "more": {key: "x"}}})
    with pytest.raises(InvalidInput, match=key):
        Record().with_live(Live(release="AB"), {"definition": {key: "x"}}, ends_request=False)


def test_an_unknown_operation_is_refused() -> None:
    with pytest.raises(InvalidInput, match="order, renew, reissue"):
        Record().with_request({"operation": "steal"})


def test_a_rebuilt_host_remembers_the_order_that_it_had_reissued() -> None:
    record = Record(pending=Pending(operation="reissue", order_id="NEW", generation=1, superseded_order_id="OLD"))
    record = record.with_live(Live(release="AB", fingerprint_sha256="f"), {}, ends_request=True)
    assert [(one.live.order_id, one.operation) for one in record.superseded] == [("OLD", "reissue")]


def test_a_reissue_supersedes_what_was_live_once() -> None:
    record = Record(live=LIVE, pending=Pending(operation="reissue", order_id="TWO", superseded_order_id="one "))
    record = record.with_live(Live(release="CD", fingerprint_sha256="g"), {}, ends_request=True)
    assert [one.live.release for one in record.superseded] == ["AB"]


def test_a_retired_order_leaves_the_record_in_whatever_spelling() -> None:
    assert [one.live.order_id for one in WHOLE.superseded] == ["ONE"]
    retired = WHOLE.with_request({"retired_order_ids": ["one "]})
    assert retired.superseded == ()
    assert retired.pending == WHOLE.pending


def test_a_reissue_that_was_rolled_back_and_made_live_again_still_supersedes() -> None:
    first, second = Live(release="AB", order_id="ONE", generation=1), Live(release="CD", order_id="TWO", generation=1)
    record = Record(live=first).with_live(second, {"operation": "reissue"}, ends_request=False)
    record = record.with_rollback(first).with_live(second, {}, ends_request=False)
    assert [(one.live.order_id, one.operation) for one in record.superseded] == [("ONE", "reissue")]
