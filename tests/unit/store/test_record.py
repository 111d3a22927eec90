# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The record: its contents, refused values, and RecordUnreadable."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput, RecordUnreadable
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import LiveCertificate, PendingOrder, Record
from ansible_collections.wotrus.pki.plugins.module_utils._model.record_changes import (
    with_live,
    with_request,
    with_rollback,
)

LIVE = LiveCertificate(
    release="AB",
    order_id="ONE",
    serial_number="AB",
    fingerprint_sha256="f",
    files={"cert.pem": {"sha256": "0"}},
    definition={"key": {"storage": "ukey"}},
)
WHOLE = with_live(
    Record(
        name="contracts",
        order_name="contracts@signer1",
        pending=PendingOrder(
            operation="renew",
            root_order_id="THREE",
            follows="TWO",
            months=13,
            definition={"product": "pdf_signing"},
            requested_at="2026-11-24T15:31:09Z",
            key_made_at="2026-11-24T15:31:09Z",
            refused_order_id="NOT",
        ),
        live=LIVE,
        reload_pending=True,
    ),
    LiveCertificate(release="CD", fingerprint_sha256="g"),
    {},
    ends_request=False,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def test_record_is_read_as_it_was_written() -> None:
    for record in (Record(), WHOLE):
        assert Record.from_text(record.to_text()) == record
        assert json.loads(record.to_text()) == record.to_dict()


def test_unknown_fields_of_the_same_version_are_ignored() -> None:
    data = WHOLE.to_dict()
    data["later"] = data["live"]["later"] = data["pending"]["later"] = data["superseded"][0]["later"] = 1
    assert Record.from_text(json.dumps(data)) == WHOLE


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("null", "not a JSON object"),
        ("{}", "no version"),
        ('{"version": true}', "no version"),
        ('{"version": 2}', "it has version 2, newer than"),
        ('{"version": 1, "name": 1}', "name is not a text of at most 300"),
        ('{"version": 1, "reload_pending": 1}', "reload_pending is not true or false"),
        ('{"version": 1, "pending": {"operation": "steal"}}', "pending.operation is not one of order, renew, reissue"),
        ('{"version": 1, "pending": {"ukey_password_known": "no"}}', "ukey_password_known is not true or false"),
        ('{"version": 1, "pending": {"definition": []}}', "definition is not a JSON object"),
        ('{"version": 1, "live": {}}', "live.release is missing"),
        (
            '{"version": 1, "live": {"release": "A", "files": {"cert.pem": "x"}}}',
            "files is not a map of files",
        ),
        (
            '{"version": 1, "live": {"release": "A", "files": {"cert.pem": {}}}}',
            "files is not a map of files",
        ),
        ('{"version": 1, "pending": []}', "pending is not a JSON object"),
        ('{"version": 1, "pending": {"months": true}}', "months is not a number"),
        ('{"version": 1, "superseded": {}}', "superseded is not a list"),
        ('{"version": 1, "superseded": [1]}', "superseded is not a JSON object"),
    ],
)
def test_damaged_record_is_explained(text, words) -> None:
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


def test_pending_order_wins_over_facts_given_with_its_certificate() -> None:
    record = with_request(Record(), {"operation": "renew", "order_id": "TWO", "months": 13})
    record = with_live(
        record, LiveCertificate(release="CD"), {"order_id": "OTHER", "root_order_id": "ROOT"}, ends_request=True
    )
    assert record.live is not None
    assert (record.live.order_id, record.live.root_order_id, record.live.months) == ("TWO", "ROOT", 13)
    assert record.pending is None


def test_definition_is_kept_as_its_file_has_it() -> None:
    record = with_request(Record(), {"definition": {12: "months", "more": ("a", None)}})
    assert record.pending is not None
    assert record.pending.definition == {"12": "months", "more": ["a", None]}
    assert Record.from_text(record.to_text()) == record


def test_where_the_key_is() -> None:
    assert LIVE.storage == "ukey"
    assert PendingOrder().storage is None
    assert PendingOrder(definition={"key": "RSA"}).storage is None


@pytest.mark.parametrize("key", ["password", "ukey_password", "token", "content", "id_card_number", "documents"])
def test_record_has_no_secrets(key) -> None:
    with pytest.raises(InvalidInput, match=key):
        with_request(Record(), {"definition": {"product": "pdf_signing", "more": {key: "x"}}})
    with pytest.raises(InvalidInput, match=key):
        with_live(Record(), LiveCertificate(release="AB"), {"definition": {key: "x"}}, ends_request=False)


def test_a_rebuilt_host_remembers_the_order_that_it_had_reissued() -> None:
    record = Record(pending=PendingOrder(operation="reissue", order_id="NEW", superseded_order_id="OLD"))
    record = with_live(record, LiveCertificate(release="AB", fingerprint_sha256="f"), {}, ends_request=True)
    assert [(one.order_id, one.operation) for one in record.superseded] == [("OLD", "reissue")]


def test_a_reissue_supersedes_what_was_live_once() -> None:
    record = Record(live=LIVE, pending=PendingOrder(operation="reissue", order_id="TWO", superseded_order_id="one "))
    record = with_live(record, LiveCertificate(release="CD", fingerprint_sha256="g"), {}, ends_request=True)
    assert [one.release for one in record.superseded] == ["AB"]


def test_revoked_order_is_removed_from_the_record_in_any_spelling() -> None:
    assert [one.order_id for one in WHOLE.superseded] == ["ONE"]
    revoked = with_request(WHOLE, {"revoked_order_ids": ["one "]})
    assert revoked.superseded == ()
    assert revoked.pending == WHOLE.pending


def test_order_whose_revocation_was_requested_stays_in_the_record_and_the_record_says_so() -> None:
    revoking = with_request(WHOLE, {"revoking_order_ids": ["one "]})
    assert [(one.order_id, one.revocation_requested) for one in revoking.superseded] == [("ONE", True)]
    assert Record.from_text(revoking.to_text()) == revoking


def test_a_reissue_that_was_rolled_back_and_made_live_again_still_supersedes() -> None:
    first, second = (
        LiveCertificate(release=release, order_id=order_id, root_order_id=root)
        for release, order_id, root in (("AB", "ONE", "one"), ("CD", "TWO", "ONE"))
    )
    record = with_live(Record(live=first), second, {"operation": "reissue"}, ends_request=False)
    record = with_live(with_rollback(record, first), second, {}, ends_request=False)
    assert [(one.order_id, one.operation) for one in record.superseded] == [("ONE", "reissue")]


def damaged(**fields) -> str:
    """Return a record's text with values in the named fields."""
    data = WHOLE.to_dict()
    for name, value in fields.items():
        part, _dot, field = name.rpartition("__")
        (data[part] if part else data)[field] = value
    return json.dumps(data)


@pytest.mark.parametrize(
    ("field", "largest", "too_large"),
    [
        ("name", "x" * 300, "x" * 301),
        ("pending__order_id", "x" * 100, "x" * 101),
        ("pending__key_made_at", "x" * 300, "x" * 301),
        ("live__subject", "x" * 8192, "x" * 8193),
        ("pending__months", 10**6, 10**6 + 1),
        ("pending__months", 0, -1),
        ("pending__definition", {"a": "x" * 65_000}, {"a": "x" * 65_600}),
        ("superseded", [{"release": "AB"}] * 1000, [{"release": "AB"}] * 1001),
    ],
)
def test_every_field_has_a_limit(field, largest, too_large) -> None:
    Record.from_text(damaged(**{field: largest}))
    with pytest.raises(RecordUnreadable, match=rf"^{field.rpartition('__')[2]} is no"):
        Record.from_text(damaged(**{field: too_large}))


@pytest.mark.parametrize("value", [True, 1.0, "12", None])
def test_months_are_a_whole_number_or_nothing(value) -> None:
    if value is None:
        assert Record.from_text(damaged(pending__months=None)).pending.months is None
    else:
        with pytest.raises(RecordUnreadable, match="months is not a number"):
            Record.from_text(damaged(pending__months=value))


REISSUE = PendingOrder(
    operation="reissue",
    order_id="NEW",
    root_order_id="ROOT",
    idempotence_id="r",
    public_key_sha256="k",
    key_made_at="2026-11-24T15:31:09Z",
    superseded_order_id="ONE",
)


def test_a_renewal_takes_over_the_key_of_a_reissue_which_is_remembered_as_superseded() -> None:
    record = with_request(Record(live=LIVE, pending=REISSUE), {"operation": "renew", "follows": "ROOT"})
    assert record.pending == PendingOrder(
        operation="renew", follows="ROOT", public_key_sha256="k", key_made_at="2026-11-24T15:31:09Z"
    )
    assert [(one.order_id, one.root_order_id, one.operation) for one in record.superseded] == [("NEW", "ROOT", "renew")]
    # It was never live here, so there is no release to go back to.
    assert record.superseded[0].release == ""
    assert Record.from_text(record.to_text()) == record


def test_a_dropped_reissue_is_remembered_once() -> None:
    renewal = {"operation": "renew", "idempotence_id": "x"}
    record = with_request(with_request(Record(live=LIVE, pending=REISSUE), renewal), renewal)
    assert len(record.superseded) == 1


@pytest.mark.parametrize(
    ("pending", "said"),
    [
        # WoTrus reissues under the order's own id, or has not answered: no order of its own is dropped.
        (dataclasses.replace(REISSUE, order_id="one "), {"operation": "renew"}),
        (dataclasses.replace(REISSUE, order_id=None), {"operation": "renew"}),
        (REISSUE, {"operation": "reissue", "idempotence_id": "s"}),
        (REISSUE, {"operation": "renew", "order_id": "{new}"}),
        (dataclasses.replace(REISSUE, operation="renew"), {"operation": "reissue"}),
    ],
)
def test_only_a_dropped_order_is_remembered(pending, said) -> None:
    assert with_request(Record(live=LIVE, pending=pending), said).superseded == ()


def test_reissue_after_a_refused_one_has_none_of_its_order() -> None:
    record = with_request(Record(live=LIVE, pending=REISSUE), {"operation": "reissue", "refused_order_id": "{NEW}"})
    assert record.pending.order_id is None
    assert record.pending.key_made_at == REISSUE.key_made_at


def test_time_of_the_key_is_kept_with_its_certificate() -> None:
    record = Record(live=LIVE, pending=REISSUE)
    live = LiveCertificate(release="CD", fingerprint_sha256="g", public_key_sha256="k")
    assert with_live(record, live, {}, ends_request=True).live.key_made_at == "2026-11-24T15:31:09Z"


def test_time_of_another_key_is_not_used_for_a_certificate() -> None:
    record = Record(pending=REISSUE)
    live = LiveCertificate(release="CD", fingerprint_sha256="g", public_key_sha256="another")
    assert with_live(record, live, {}, ends_request=True).live.key_made_at is None


def test_rollback_keeps_the_recorded_facts_of_the_former_certificate() -> None:
    former = dataclasses.replace(LIVE, root_order_id="ROOT", key_made_at="2025-01-01T00:00:00Z")
    record = with_live(
        Record(live=former), LiveCertificate(release="CD", fingerprint_sha256="g"), {}, ends_request=False
    )
    found = LiveCertificate(release="AB", fingerprint_sha256="f", files={"cert.pem": {"sha256": "1"}})
    record = with_rollback(record, found)
    assert (record.live.root_order_id, record.live.key_made_at) == ("ROOT", "2025-01-01T00:00:00Z")
    assert record.live.files == found.files
    assert [(one.release, one.operation) for one in record.superseded] == [("CD", "rolled_back")]
