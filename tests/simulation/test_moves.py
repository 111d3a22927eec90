# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Given entries, files and runs that are elsewhere or older than others think: what is paid, live and red."""

from __future__ import annotations

import pytest

from .inventory import Certificate
from .story import A_DAY, CONTRACTS, DUE, LIVE, RUNS, WANTED, Story, wanted

ELSEWHERE = Certificate("invoices", "beta")
MOVED = Certificate("contracts", "beta")
COPIES = Certificate("copies", "alpha")
TWO = (WANTED, wanted(certificate=ELSEWHERE), RUNS)
KEPT = "A person keeps a copy of the inventory."
WITH_OLDER = "The role runs with the inventory that a person kept."
WITH_FILES = "moves its files there"
WITHOUT_FILES = "leaves its files"


def moves(files: str) -> str:
    """Return the sentence that an entry is moved to another host."""
    return f"A person writes the entry of {CONTRACTS} under beta, and {files}."


# ---- entries


def test_entry_that_moves_with_its_files_asks_for_its_order_name_and_pays_nothing(story: Story) -> None:
    story.tell(*TWO, moves(WITH_FILES), RUNS)

    assert (story.charged, story.serves(MOVED), story.serves(ELSEWHERE)) == (2, "order 1", "order 2")
    assert not story.sent


def test_entry_that_moves_without_its_files_is_a_new_order_within_the_limit(story: Story) -> None:
    story.tell(*TWO, moves(WITHOUT_FILES))
    story.world.inventory.variables["max_charged_orders"] = 0
    story.tell(RUNS)
    assert (story.charged, story.row(MOVED)["error_code"], story.last.result.is_green) == (2, "order_limit", False)

    story.world.inventory.variables["max_charged_orders"] = 1
    story.tell(RUNS)
    assert (story.charged, story.row(MOVED)["charged"], story.serves(MOVED)) == (3, "yes", "order 3")


def test_second_entry_of_the_same_contents_is_an_order_of_its_own(story: Story) -> None:
    story.tell(*LIVE, f"A person writes the entry of {CONTRACTS} again under copies.", RUNS)

    assert (story.charged, story.serves(), story.serves(COPIES)) == (2, "order 1", "order 2")


def test_second_entry_with_the_order_of_the_first_is_red_and_pays_nothing(story: Story) -> None:
    story.tell(*LIVE, f"A person sets order_id of {CONTRACTS} to order 1.")
    story.tell(f"A person writes the entry of {CONTRACTS} again under copies.", RUNS)

    assert (story.charged, story.sent, story.last.result.is_green) == (1, [], False)
    assert story.serves() == "order 1"
    assert story.world.live(COPIES) is None


def test_swapped_entries_are_red_pay_nothing_and_swap_back_for_nothing(story: Story) -> None:
    swapped = f"A person swaps the entries of {CONTRACTS} and {ELSEWHERE}."
    story.tell(*TWO, swapped, RUNS)

    assert (story.charged, story.sent, story.last.result.is_green) == (2, [], False)
    assert {story.row(one)["error_code"] for one in (CONTRACTS, ELSEWHERE)} == {"order_mismatch"}
    assert (story.serves(), story.serves(ELSEWHERE)) == ("order 1", "order 2")

    story.tell(swapped, RUNS)
    assert (story.charged, story.sent, story.last.result.is_green) == (2, [], True)


# ---- older inventories, and runs at once


def test_run_with_an_older_inventory_undoes_no_renewal(story: Story) -> None:
    story.tell(*LIVE, f"A person adds order 1 to replace_orders of {CONTRACTS}.", KEPT)
    story.tell(DUE, RUNS, WITH_OLDER)

    assert (story.charged, story.serves(), story.last.result.is_green) == (2, "order 2", True)


def test_run_with_an_older_inventory_that_names_the_former_order_keeps_the_newer_one(story: Story) -> None:
    story.tell(*LIVE, f"A person sets order_id of {CONTRACTS} to order 1.", KEPT)
    story.tell(f"A person removes order_id of {CONTRACTS}.", DUE, RUNS, WITH_OLDER)

    assert (story.charged, story.serves()) == (2, "order 2")


def test_run_with_an_older_inventory_deploys_no_certificate_of_a_former_name(story: Story) -> None:
    story.tell(*LIVE, KEPT, f"A person renames {CONTRACTS} to New Ltd.")
    story.tell(f"A person adds order 1 to replace_orders of {CONTRACTS}.", RUNS)
    assert (story.charged, story.serves()) == (2, "order 2")

    story.tell(WITH_OLDER)
    assert (story.charged, story.serves(), story.last.result.is_green) == (2, "order 2", False)
    story.tell(RUNS)
    assert story.last.result.is_green


@pytest.mark.parametrize("runs", ["a run with a limit of 0 and a whole run", "a renewal and a whole run"])
def test_runs_at_once_with_other_limits_pay_once(story: Story, runs: str) -> None:
    story.tell(*LIVE, DUE, f"At once, {runs}, in turns of 1, 1, 1 steps.")

    assert story.charged == 2
    story.tell(RUNS)
    assert (story.charged, story.serves(), story.last.result.is_green) == (2, "order 2", True)


def test_three_runs_at_once_pay_once(story: Story) -> None:
    story.tell(
        WANTED, "At once, a whole run, a run with a limit of 0, a run with a limit of 1, in turns of 4, 8, 5 steps."
    )

    story.tell(RUNS)
    assert (story.charged, story.serves(), story.last.result.is_green) == (1, "order 1", True)


def test_slices_at_once_have_a_limit_each(story: Story) -> None:
    story.tell(WANTED, wanted(certificate=ELSEWHERE))
    story.world.inventory.variables["max_charged_orders"] = 1
    story.tell("At once, slice 1 of 2 and slice 2 of 2, in turns of 1, 8, 5 steps.")

    assert (story.charged, {story.serves(), story.serves(ELSEWHERE)}) == (2, {"order 1", "order 2"})


# ---- base_dir, and records


def test_moved_base_dir_with_its_files_changes_nothing(story: Story) -> None:
    story.tell(*LIVE, "A person sets wotrus_base_dir of alpha to pki, and moves its files there.", RUNS)

    assert (story.charged, story.sent, story.serves(), story.last.result.is_green) == (1, [], "order 1", True)


def test_moved_base_dir_without_its_files_is_a_reissue_and_no_order(story: Story) -> None:
    story.tell(*LIVE, A_DAY, A_DAY, A_DAY, "A person sets wotrus_base_dir of alpha to pki, and leaves its files.", RUNS)

    assert (story.charged, story.serves(), story.last.result.is_green) == (1, "order 2", True)
    # The key of the first certificate is still in the former place.
    assert (story.world.hosts["alpha"].folder / "ssl" / "contracts" / "live" / "privkey.pem").exists()


def test_record_of_a_newer_version_is_never_replaced(story: Story) -> None:
    story.tell(*LIVE, f"The record of {CONTRACTS} is of a newer version.")
    before = (story.path() / "record.json").read_text()
    story.tell(DUE, RUNS)

    assert (story.charged, story.sent, story.last.result.is_green) == (1, [], False)
    assert "Update the collection" in story.row()["msg"]
    assert (story.path() / "record.json").read_text() == before

    story.tell(f"The operator does what the last result of {CONTRACTS} says.", RUNS)
    assert (story.charged, story.serves(), story.last.result.is_green) == (2, "order 2", True)
