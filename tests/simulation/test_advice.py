# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each printed step leads out, and names the way that costs nothing first."""

from __future__ import annotations

import json

import pytest
from wotrus_sandbox import order_lifecycle

from .history import END
from .story import A_DAY, AT_ONCE, BY_HAND, CONTRACTS, DISK_LOST, DUE, KEY_LOST, LIVE, REISSUED, RUNS, Story, wanted

CITY = "Beijing"
NO_REISSUE = "The CA reads reissues as refused."
P_384 = f"A person wants a key of P-384 for {CONTRACTS}."
P_256 = f"A person wants a key of P-256 for {CONTRACTS}."
NAMED = f"A person adds order 1 to replace_orders of {CONTRACTS}."


def assert_free_first(step: str, *free: str) -> None:
    """Check that a step names ways that cost nothing before one that may be charged."""
    places = [step.index(word) for word in (*free, "replace_orders", "may be charged")]
    assert places == sorted(places)


# ---- WoTrus grants no more reissues


@pytest.mark.parametrize("lost", [KEY_LOST, DISK_LOST])
def test_lost_key_without_a_further_reissue_leads_to_the_order_that_a_person_names(story: Story, lost: str) -> None:
    story.tell(*LIVE, A_DAY, NO_REISSUE, lost, RUNS)

    assert story.outcome == ("failed", "rejected_by_api")
    assert_free_first(story.row()["next_step"], "order_id", "another key", "from a backup")
    story.tell(RUNS)
    assert story.charged == 1

    story.tell(NAMED, RUNS)

    assert story.reason == ("order", "reissue_refused")
    assert story.plan()["may_be_charged"]
    assert (story.serves(), story.charged) == ("order 2", 2)
    story.tell(RUNS)
    assert story.outcome == ("unchanged", None)


def test_key_that_was_restored_after_a_refused_reissue_is_used_again(story: Story) -> None:
    story.tell(*LIVE, "alpha is backed up.", A_DAY, NO_REISSUE, KEY_LOST, RUNS)
    kept = next((story.world.folder / "backup 1 of alpha" / "ssl").glob("contracts/live/privkey.pem"))

    (story.path() / "live" / "privkey.pem").write_bytes(kept.read_bytes())
    story.tell(RUNS)

    assert story.outcome == ("unchanged", None)
    assert (story.serves(), story.charged) == ("order 1", 1)


def test_named_order_is_followed_only_once_its_reissue_is_refused(story: Story) -> None:
    story.tell(*LIVE, A_DAY, NAMED, KEY_LOST, RUNS)

    assert (story.sent, story.serves(), story.charged) == (["reissue"], "order 2", 1)


def test_change_without_a_further_reissue_can_be_undone(story: Story) -> None:
    story.tell(*LIVE, A_DAY, NO_REISSUE, P_384, RUNS)
    assert story.outcome == ("failed", "rejected_by_api")
    assert "replace_orders" not in story.row()["next_step"]

    story.tell(P_256, RUNS)

    assert story.outcome == ("unchanged", None)
    assert (story.sent, story.charged) == ([], 1)


def test_refused_wish_is_not_repeated(story: Story) -> None:
    story.tell(*LIVE, A_DAY, NO_REISSUE, REISSUED)
    assert story.outcome == ("failed", "rejected_by_api")

    story.tell(RUNS)

    assert story.outcome == ("unchanged", None)


@pytest.mark.parametrize("event", [KEY_LOST, DISK_LOST, P_384])
def test_persons_get_out_where_no_reissue_is_granted(story: Story, event: str) -> None:
    story.tell(*LIVE, A_DAY, NO_REISSUE, event, END)

    assert story.charged == (1 if event == P_384 else 2)


# ---- WoTrus reissues the order of a UKey, and not a run


@pytest.mark.parametrize("reason", ["requested", "another city", "nothing"])
def test_reissue_that_wotrus_made_for_a_ukey_is_deployed_once_the_entry_names_it(story: Story, reason: str) -> None:
    story.tell(wanted("ukey"), RUNS, A_DAY)
    before = (
        [] if reason == "nothing" else [REISSUED if reason == "requested" else f"A person moves {CONTRACTS} to {CITY}."]
    )
    story.tell(*before, *([RUNS] if before else []))
    story.world.ca.reissue(story.world.ca.by_number(1))

    story.tell(f"A person names order 2 and its root in the entry of {CONTRACTS}.", RUNS)

    assert story.outcome == ("deployed", None)
    assert (story.serves(), story.sent, story.charged) == ("order 2", [], 1)
    story.tell(A_DAY, RUNS)
    assert story.outcome == ("unchanged", None)


def test_reissue_that_wotrus_made_for_a_ukey_under_the_same_id_is_deployed(story: Story) -> None:
    story.tell(wanted("ukey"), RUNS, A_DAY, f"A person moves {CONTRACTS} to {CITY}.", RUNS)
    assert story.outcome == ("blocked", "definition_changed")
    former = story.live().serial_number
    story.tell("The CA reads reissue_id as same.")
    story.world.ca.reissue(story.world.ca.by_number(1))

    story.tell(RUNS)

    assert story.reason == ("resume", "certificate_changed")
    assert story.live().serial_number != former
    story.tell(A_DAY, RUNS)
    assert story.outcome == ("unchanged", None)
    assert story.charged == 1


# ---- an order that has ended


@pytest.mark.parametrize("ends", ["revokes", "closes"])
def test_reissue_is_named_before_a_replacement_of_an_order_that_ended(story: Story, ends: str) -> None:
    story.tell(*LIVE, A_DAY, f"The CA {ends} order 1.", *([KEY_LOST] if ends == "closes" else []), RUNS)
    assert story.outcome == ("blocked", "order_dead")
    assert_free_first(story.row()["next_step"], "reissued", "order_id", "root_order_id")


def test_reissue_of_a_revoked_order_that_wotrus_made_is_found_by_the_step(story: Story) -> None:
    story.tell(*LIVE, A_DAY, "The CA reads reissued_order as revoked.")
    story.world.ca.reissue(story.world.ca.by_number(1))

    story.tell(RUNS)
    assert story.outcome == ("blocked", "order_dead")
    story.tell(END)

    assert story.charged == 1


# ---- an order of another account, and one that does not say whom it is for


def record_of_staging(story: Story) -> None:
    """Let the record name an order of another account, as after a run with the token of staging."""
    other = "99999999-0000-4000-8000-000000000000"
    record = story.record()
    record["live"].update(order_id=other, root_order_id=other)
    (story.path() / "record.json").write_text(json.dumps(record))


@pytest.mark.parametrize("files", ["kept", "of the other account"])
def test_order_of_another_account_leads_to_the_own_one_for_nothing(story: Story, files: str) -> None:
    story.tell(*LIVE, A_DAY, A_DAY, A_DAY)
    record_of_staging(story)
    story.tell(*([KEY_LOST] if files != "kept" else []), RUNS)

    assert story.outcome == ("blocked", "order_unknown")
    assert_free_first(story.row()["next_step"], "wotrus_api_token", "root_order_id", "move the record")
    story.tell(END)
    assert story.charged == 1
    assert not story.entry().get("replace_orders")


def test_organization_that_wotrus_does_not_say_is_named_and_not_bought_again(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject_of = order_lifecycle._subject
    monkeypatch.setattr(order_lifecycle, "_subject", lambda order: {**subject_of(order), "O": ""})
    story.tell("The CA reads odd_field as org.", *LIVE, REISSUED)

    assert story.outcome == ("blocked", "order_mismatch")
    assert "replace_orders" not in story.row()["next_step"]
    story.tell("The operator does what the last result of contracts@alpha says.", REISSUED)
    assert (story.serves(), story.charged) == ("order 2", 1)
    story.tell(DUE, RUNS)
    assert (story.serves(), story.charged) == ("order 3", 2)


# ---- a name that is another one


@pytest.mark.parametrize("name", ["common name", "organization"])
def test_name_that_wotrus_corrected_is_taken_for_nothing(story: Story, name: str) -> None:
    story.tell(BY_HAND, *LIVE)
    if name == "common name":
        story.tell("The CA corrects the name of order 1.")
    else:
        story.world.ca.correct_organization(story.newest, "Example (Corrected) Ltd.")
    story.tell(AT_ONCE, "The CA approves order 1.", RUNS)
    if name == "common name":
        assert story.outcome == ("blocked", "order_mismatch")
        assert_free_first(
            story.row()["next_step"], "use its spelling", "set order_id", "change it back", "move the record"
        )

    story.tell(END)

    assert (story.serves(), story.charged) == ("order 1", 1)


def test_changed_entry_is_changed_back_before_another_order_is_bought(story: Story) -> None:
    story.tell(*LIVE, f"A person renames {CONTRACTS} to New Ltd.", RUNS)

    assert story.outcome == ("blocked", "order_mismatch")
    assert_free_first(story.row()["next_step"], "change it back")


# ---- a key file that cannot be imported


def test_missing_key_file_for_an_order_in_place_of_a_pending_one_is_named(story: Story) -> None:
    story.tell(BY_HAND, wanted("pkcs11"), RUNS, f"A person renames {CONTRACTS} to New Ltd.", NAMED)
    story.entry()["key"] = {"import_from": "/gone.key"}
    story.tell(RUNS)

    assert story.outcome == ("failed", "invalid_key")
    assert story.row()["next_step"] == "Correct key.import_from in the entry, or remove it. Then run again."
    assert story.charged == 1

    del story.entry()["key"]["import_from"]
    story.tell(RUNS)

    assert (story.outcome, story.charged) == (("waiting", None), 2)
