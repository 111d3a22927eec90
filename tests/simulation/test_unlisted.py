# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Given certificates that no entry names any more, who learns of them. Nothing is done for them."""

from __future__ import annotations

import collections
import json
import shutil

import pytest

from .inventory import Certificate
from .process import Step
from .story import CONTRACTS, LIVE, RUNS, WANTED, Story, wanted

INVOICES = Certificate("invoices", "alpha")
ONE_WARNING = "warnings             1"
NAMED_AGAIN = f"A person adds the entry of {CONTRACTS} again."


def is_dropped(story: Story, certificate: Certificate = CONTRACTS) -> None:
    """Remove an entry, as the list of a second group does."""
    story.tell(f"A person removes the entry of {certificate}.")


def lines(story: Story) -> list[str]:
    """Return the lines of the summary about certificates that no entry names."""
    return [line for line in story.last.result.summary if "No entry" in line]


@pytest.mark.parametrize("others", [(), (INVOICES,)], ids=["empty list", "other list"])
def test_certificate_that_drops_out_of_the_list_is_a_warning_in_every_run(
    story: Story, others: tuple[Certificate, ...]
) -> None:
    story.tell(*LIVE, *(wanted(certificate=one) for one in others))
    ends = story.live().not_valid_after_utc
    is_dropped(story)

    for _run in range(2):
        story.tell(RUNS)
        (line,) = lines(story)
        assert story.last.result.is_green
        assert ONE_WARNING in story.last.result.summary
        assert line.startswith("  alpha  contracts  ")
        assert f"certificate of order {story.record()['live']['order_id']} ends on {ends:%Y-%m-%d}" in line
        for way_out in ("wotrus_extra_certificates", "state: absent", "wotrus_unlisted_certificates"):
            assert way_out in line

    story.tell("It is 340 days later.", RUNS)
    assert story.last.result.is_green
    assert len(lines(story)) == 1
    assert story.charged == 1 + 2 * len(others)


def test_warning_ends_with_an_entry_a_variable_or_without_the_folder(story: Story) -> None:
    story.tell(*LIVE)
    is_dropped(story)
    story.tell(RUNS)
    assert len(lines(story)) == 1

    story.world.inventory.variables["unlisted_certificates"] = ["contracts"]
    story.tell(RUNS)
    assert lines(story) == []
    story.world.inventory.variables["unlisted_certificates"] = []
    story.tell(RUNS)
    assert len(lines(story)) == 1

    story.tell(NAMED_AGAIN, RUNS)
    assert lines(story) == []
    assert story.charged == 1

    is_dropped(story)
    shutil.rmtree(story.path())
    story.tell(RUNS)
    assert lines(story) == []


def test_pending_order_that_drops_out_of_the_list_is_named(story: Story) -> None:
    story.tell("The CA reads review as by hand.", *LIVE)
    order_id = story.record()["pending"]["order_id"]
    is_dropped(story)
    story.tell(RUNS)

    (line,) = lines(story)
    assert f"its order is {order_id}." in line


def test_host_of_other_purposes_is_quiet(story: Story) -> None:
    story.tell(WANTED)
    is_dropped(story)
    story.world.hosts["alpha"].path("no-record").mkdir(parents=True)
    story.tell(RUNS)
    shutil.rmtree(story.world.hosts["alpha"].base_dir)
    story.tell(RUNS)

    assert story.last.result.is_green
    assert story.last.result.warnings == []


def test_run_for_a_part_of_the_list_warns_of_no_other_entry(story: Story) -> None:
    story.tell(*LIVE, wanted(certificate=INVOICES))
    story.tell("A person approves the plan of now.", "The approved plan is applied.")

    assert [row["name"] for row in story.last.result.rows] == ["invoices"]
    assert lines(story) == []
    is_dropped(story)
    story.run(check=True, predict=False)
    assert len(lines(story)) == 1


@pytest.mark.parametrize("text", ["", "[]", "[" * 5000, json.dumps({"version": 99})])
def test_record_that_cannot_be_read_is_a_warning_without_an_order(story: Story, text: str) -> None:
    story.tell(*LIVE)
    is_dropped(story)
    story.path().joinpath("record.json").write_text(text)
    story.tell(RUNS)

    (line,) = lines(story)
    assert "The record names no order." in line


def test_look_at_the_folders_costs_no_execution_and_no_call(story: Story) -> None:
    story.tell(*LIVE, wanted(certificate=INVOICES), RUNS)
    is_dropped(story)
    steps: list[Step] = []
    story.run(fails=lambda kind, _what: bool(steps.append(kind)))

    assert len(lines(story)) == 1
    assert collections.Counter(steps) == dict.fromkeys((Step.EXECUTION, Step.RESULT, Step.CALL, Step.ANSWER), 1)
