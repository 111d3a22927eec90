# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Given that disks, keys, files or records are lost, nothing is bought again."""

from __future__ import annotations

import json

import pytest

from .story import (
    A_DAY,
    AT_ONCE,
    BY_HAND,
    CONTRACTS,
    DISK_LOST,
    DUE,
    KEY_LOST,
    LIVE,
    RECORD_LOST,
    REISSUED,
    RUNS,
    WANTED,
    Story,
    wanted,
)

OUTSIDE = ("pkcs11", "external")
"""The kinds of keys that outlive the disk."""


def key_of(story: Story) -> bytes:
    return (story.path() / "live" / "privkey.pem").read_bytes()


def test_rebuilt_host_is_never_charged_again(story: Story) -> None:
    story.tell(*LIVE)
    keys = {key_of(story)}

    for number in (2, 3):
        story.tell(A_DAY, DISK_LOST, RUNS)
        assert {"adopted", "reissued", "deployed"} <= set(story.row()["steps"])
        assert story.row()["charged"] in ("no", "maybe")
        # A person has to learn whose order it was.
        assert "was adopted. Its certificate is for a key that is not on this host" in story.warnings
        assert story.serves() == f"order {number}"
        keys.add(key_of(story))

    assert len(keys) == 3
    assert story.charged == 1


@pytest.mark.parametrize("kind", ["host", "provided", "ukey"])
def test_disk_lost_after_a_renewal_finds_the_newer_order(story: Story, kind: str) -> None:
    story.tell(wanted(kind), RUNS, DUE, RUNS)
    ends = story.live().not_valid_after_utc

    story.tell("It is 60 days later.", DISK_LOST, RUNS)

    assert story.outcome == ("deployed", None)
    assert story.row()["charged"] in ("no", "maybe")
    assert story.live().not_valid_after_utc == ends
    assert story.record()["live"]["root_order_id"] == story.world.ca.by_number(2).id
    assert story.charged == 2


def test_disk_lost_after_a_reissue_for_the_same_provided_key_says_that_a_newer_one_may_exist(story: Story) -> None:
    story.tell(wanted("provided"), RUNS, A_DAY, f"A person moves {CONTRACTS} to Shenzhen.", RUNS)
    assert (story.serves(), story.warnings) == ("order 2", "")

    story.tell("It is 6 days later.", DISK_LOST, RUNS)

    assert story.serves() == "order 1"
    assert "was adopted" in story.warnings
    assert "If it was reissued since" in story.warnings
    # Only the name leads to the order of the purchase. The same request leads to its reissue, and is none anew.
    story.tell(REISSUED)
    assert (story.serves(), story.charged) == ("order 2", 1)


def test_record_lost_while_the_key_in_the_token_has_another_order_name(story: Story) -> None:
    story.tell(BY_HAND, wanted("pkcs11"), RUNS, RECORD_LOST)
    story.entry()["order_name"] = "another"
    story.tell(RUNS)
    story.order_is("issue")

    story.tell(RUNS)

    assert (story.outcome, story.serves()) == (("deployed", None), "order 2")


def test_disk_lost_while_the_order_is_reviewed(story: Story) -> None:
    story.tell(BY_HAND, *LIVE, A_DAY, DISK_LOST, RUNS)
    row = story.row()
    assert (row["result"], row["waiting_for"], row["charged"]) == ("waiting", "ca", "maybe")
    assert "under review" in row["msg"]

    story.tell("The CA approves order 1.", AT_ONCE, RUNS)

    assert story.serves() == "order 2"
    assert story.charged == 1


def test_disk_lost_in_the_middle_of_a_reissue(story: Story) -> None:
    story.tell(*LIVE, BY_HAND, f"A person wants a key of P-384 for {CONTRACTS}.", RUNS)
    assert story.record()["pending"]["operation"] == "reissue"

    story.tell(A_DAY, DISK_LOST, AT_ONCE, RUNS)

    assert story.outcome == ("deployed", None)
    assert story.serves() is not None
    assert story.charged == 1


@pytest.mark.parametrize("change", ["renames {} to New Ltd.", "wants {} for 24 months."])
def test_disk_lost_after_the_entry_was_changed(story: Story, change: str) -> None:
    story.tell(
        *LIVE, f"A person {change.format(CONTRACTS)}", f"A person adds order 1 to replace_orders of {CONTRACTS}.", RUNS
    )
    charged = story.charged

    # A run sends one order that may be charged, and one that is older than two days may not be.
    story.tell("It is 6 days later.", DISK_LOST, RUNS)

    assert story.outcome == ("deployed", None)
    assert story.charged == charged == (2 if "renames" in change else 1)


@pytest.mark.parametrize("end", ["revokes", "closes"])
def test_disk_lost_after_a_reissue_whose_original_ended(story: Story, end: str) -> None:
    story.tell(*LIVE, REISSUED, f"The CA {end} order 1.", DISK_LOST)

    story.tell(f"A person sets order_id of {CONTRACTS} to order 2.", RUNS)

    assert story.outcome == ("deployed", None)
    assert story.charged == 1


@pytest.mark.parametrize("answer", ["new", "same", "null"])
def test_lost_key_is_replaced_whatever_id_the_reissue_gets(story: Story, answer: str) -> None:
    story.tell(f"The CA reads reissue_id as {answer}.", *LIVE)
    before = story.live()

    story.tell(BY_HAND, KEY_LOST, RUNS)

    # A host without its live key is not well, although all was done.
    assert not story.last.result.is_green
    assert story.outcome == ("waiting", "key_lost")
    assert story.row()["next_step"]
    assert story.live() == before
    assert (story.path() / "pending" / "privkey.pem").exists()
    story.tell(f"The CA approves order {story.newest.number}.", RUNS)
    assert story.sent == []
    assert story.outcome == ("deployed", None)
    assert story.serves() is not None
    assert story.live() != before
    assert story.charged == 1


def test_key_lost_after_an_old_record_was_restored(story: Story) -> None:
    story.tell(*LIVE, "alpha is backed up.", DUE, RUNS)
    ends = story.live().not_valid_after_utc

    story.tell("The records of the backup 1 of alpha are restored.", KEY_LOST, "It is 60 days later.", RUNS)

    assert story.outcome == ("deployed", None)
    assert story.live().not_valid_after_utc == ends
    assert story.charged == 2


def test_lost_files_are_written_again_with_the_same_key(story: Story) -> None:
    story.tell(WANTED)
    story.entry().update(pkcs12={"password": "for the bundle"}, reload={"command": "reload"})
    story.tell(RUNS)
    live, reloads = story.path() / "live", story.world.hosts["alpha"].reloads
    before = {file.name: file.read_bytes() for file in live.iterdir()}
    assert "bundle.p12" in before
    for name in before.keys() - {"privkey.pem"}:
        (live / name).unlink()

    story.tell(RUNS)

    after = {file.name: file.read_bytes() for file in live.iterdir()}
    # A bundle is encrypted anew.
    assert {**after, "bundle.p12": b""} == {**before, "bundle.p12": b""}
    assert story.world.hosts["alpha"].reloads == reloads + 1
    assert story.charged == 1


def test_lost_record_is_written_again(story: Story) -> None:
    story.tell(*LIVE)
    before = story.record()["live"]

    story.tell(A_DAY, RECORD_LOST, RUNS)

    # The order is found by its name, which is one more call and costs nothing.
    assert story.sent == ["create"]
    after = story.record()["live"]
    # When the key was made was in the record alone.
    assert {name for name in before if after[name] != before[name]} == {"key_made_at"}
    assert story.serves() == "order 1"
    assert story.charged == 1


def test_record_lost_in_the_middle_of_an_order(story: Story) -> None:
    story.tell(BY_HAND, *LIVE)
    key = (story.path() / "pending" / "privkey.pem").read_bytes()

    story.tell(A_DAY, RECORD_LOST, RUNS, "The CA approves order 1.", RUNS)

    # The key that waited is the one of the order, so nothing had to be reissued.
    assert key_of(story) == key
    assert story.serves() == "order 1"
    assert story.charged == 1


@pytest.mark.parametrize("kind", OUTSIDE)
@pytest.mark.parametrize("lost", [DISK_LOST, RECORD_LOST])
def test_key_outside_of_the_host_outlives_its_files(story: Story, kind: str, lost: str) -> None:
    story.tell(wanted(kind), RUNS, A_DAY, lost, RUNS)

    assert story.outcome == ("deployed", None)
    assert "reissued" not in story.row()["steps"]
    assert story.serves() == "order 1"
    assert story.charged == 1


def test_password_of_an_adopted_order_of_a_ukey_is_unknown(story: Story) -> None:
    story.tell(BY_HAND, wanted("ukey"), RUNS, DISK_LOST, A_DAY, RUNS)
    assert not (story.path() / "pending" / "ukey_password").exists()
    assert story.record()["pending"]["ukey_password_known"] is False

    story.tell("The CA approves order 1.", RUNS)

    assert story.outcome == ("deployed", None)
    assert not (story.path() / "live" / "ukey_password").exists()
    assert story.charged == 1


def test_run_that_may_not_reissue_fails_for_a_lost_key(story: Story) -> None:
    story.tell(*LIVE, A_DAY, DISK_LOST)

    story.run(actions=("order", "renew", "resume"))

    assert story.sent == ["create"]
    assert "To reissue it, run wotrus.pki.issue." in story.last.result.failed["alpha"]
    assert story.charged == 1


def test_record_that_is_damaged_is_not_written_over(story: Story) -> None:
    story.tell(*LIVE, f"The record of {CONTRACTS} is damaged.", RUNS)

    assert story.outcome == ("failed", "record_unreadable")
    assert story.sent == []
    with pytest.raises(json.JSONDecodeError):
        json.loads((story.path() / "record.json").read_text())
