# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that WoTrus writes otherwise, in Query or in the certificate. Another name is a warning in every run."""

from __future__ import annotations

import subprocess

import pytest

from .ca import WRITTEN
from .history import END
from .story import A_DAY, AT_ONCE, BY_HAND, CONTRACTS, DISK_LOST, DUE, KEY_LOST, LIVE, REISSUED, RUNS, WANTED, Story

COMMON_NAME, ORGANIZATION = "R&D 东方电子 Co", "Ost & 东方电子 Ltd"


def wants_names(story: Story) -> None:
    """Let the entry have names that may be written otherwise."""
    story.tell(WANTED)
    story.entry()["common_name"] = COMMON_NAME
    story.entry()["organization"]["name"] = ORGANIZATION


def subject(story: Story) -> str:
    """Return the subject of the live certificate, as openssl reads it."""
    file = story.path() / "live" / "cert.pem"
    command = ["openssl", "x509", "-in", str(file), "-noout", "-subject", "-nameopt", "utf8,sep_comma_plus_space"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def assert_warned(story: Story, *names: str) -> None:
    """Check that the last run is green, and warns in its table."""
    assert story.last.result.is_green
    assert (story.row()["alarm"], story.row()["error_code"]) == ("warning", "other_name")
    assert all(name in story.row()["msg"] for name in names)
    assert (
        "If the names are right, write them into the entry." in story.row()["next_step"]
        or story.row()["result"] == "waiting"
    )


@pytest.mark.parametrize("how", ["full width", "entities", "blanks", "no-break spaces"])
def test_name_that_is_the_same_in_query_is_no_other_one(story: Story, how: str) -> None:
    story.tell(f"The CA reads spelling as {how}.")
    wants_names(story)

    for events in ((RUNS,), (A_DAY, REISSUED), (KEY_LOST, RUNS), (A_DAY, A_DAY, A_DAY, DISK_LOST, RUNS)):
        story.tell(*events)
        assert story.outcome == ("deployed", None)
    story.tell(DUE, RUNS)

    assert story.outcome == ("deployed", None)
    assert COMMON_NAME in subject(story)
    assert story.charged == 2


@pytest.mark.parametrize("blank", ["\u3000", "\u00a0"])
def test_entry_may_have_the_blanks_of_wotrus(story: Story, blank: str) -> None:
    wants_names(story)
    entry = story.entry()
    entry["common_name"] = COMMON_NAME.replace(" ", blank)
    entry["organization"]["name"] = ORGANIZATION.replace(" ", blank)

    story.tell(RUNS)

    assert story.outcome == ("deployed", None)
    # Another blank is no other name, for which the certificate would be reissued.
    entry["common_name"], entry["organization"]["name"] = COMMON_NAME, ORGANIZATION
    story.tell(A_DAY, RUNS)
    assert (story.row()["result"], story.charged) == ("unchanged", 1)


def test_entry_that_takes_the_blanks_of_the_certificate_changes_nothing(story: Story) -> None:
    wants_names(story)
    story.world.ca.write_subjects("full width", "O")
    story.tell(RUNS)
    story.entry()["organization"]["name"] = WRITTEN["full width"](ORGANIZATION)

    story.tell(A_DAY, RUNS)

    assert (story.row()["result"], story.charged) == ("unchanged", 1)


def test_spelling_in_other_characters_is_taken_for_nothing(story: Story) -> None:
    story.tell("The CA reads spelling as traditional.")
    wants_names(story)
    story.tell(RUNS)
    assert story.outcome == ("blocked", "order_mismatch")
    assert "use its spelling in the entry" in story.row()["next_step"].partition("replace_orders")[0]

    story.tell(END)

    assert story.entry()["common_name"] == "R&D 東方電子 Co"
    assert story.charged == 1
    # It is reissued for the new spelling, and WoTrus certifies the one that was sent.
    story.tell(RUNS, RUNS)
    assert story.row()["result"] == "unchanged"
    assert_warned(story, "東方電子")


@pytest.mark.parametrize("how", ["traditional", "entities"])
def test_certificate_of_two_other_names_is_not_deployed_until_the_entry_names_its_root(story: Story, how: str) -> None:
    wants_names(story)
    story.world.ca.write_subjects(how)
    story.tell(RUNS)
    assert story.outcome == ("failed", "order_mismatch")
    assert story.serves() is None

    story.tell(f"A person names order 1 and its root in the entry of {CONTRACTS}.", RUNS)

    assert story.serves() == "order 1"
    assert_warned(story, "common_name", "organization")
    assert WRITTEN[how](COMMON_NAME) in subject(story)
    story.tell(A_DAY, RUNS)
    assert story.row()["result"] == "unchanged"
    assert_warned(story, "common_name", "organization")
    assert story.charged == 1


@pytest.mark.parametrize("name", ["common_name", "organization"])
def test_certificate_of_one_other_name_is_a_warning_in_every_run(story: Story, name: str) -> None:
    wants_names(story)
    story.world.ca.write_subjects("traditional", {"common_name": "CN", "organization": "O"}[name])

    story.tell(RUNS)
    assert story.serves() == "order 1"
    story.tell(A_DAY, RUNS)
    assert_warned(story, name)
    # A request that is pending hides no other name.
    story.tell(BY_HAND, REISSUED, RUNS)
    assert story.row()["result"] == "waiting"
    assert_warned(story, name)
    story.tell(AT_ONCE, f"The CA approves order {story.newest.number}.", RUNS)
    assert story.row()["result"] == "deployed"
    assert_warned(story, name)


def test_corrected_name_is_deployed_with_a_warning_once_the_root_is_named(story: Story) -> None:
    story.tell(BY_HAND, *LIVE, "The CA corrects the name of order 1.", "The CA approves order 1.", RUNS)
    assert story.outcome == ("blocked", "order_mismatch")

    story.tell(f"A person sets order_id of {CONTRACTS} to order 1.")
    story.entry()["root_order_id"] = story.entry()["order_id"]
    story.tell(RUNS)

    assert (story.row()["result"], story.serves(), story.charged) == ("deployed", "order 1", 1)
    assert_warned(story, "common_name is 'Example (Corrected) Ltd.'")


def test_common_name_that_query_does_not_say_is_that_of_the_certificate(story: Story) -> None:
    story.tell("The CA reads odd_field as org.", *LIVE, A_DAY, REISSUED)

    assert (story.serves(), story.charged) == ("order 2", 1)
