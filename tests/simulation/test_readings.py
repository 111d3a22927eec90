# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two years of a certificate under each reading of WoTrus's manual, and the tables of the page about them.

The readings differ in the answer to a repeat and in the effect of a reissue. WOTRUS_WRITE_DOCS=1 writes the tables, in
a run of one process; otherwise they are compared.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.torture.guide import Block

from .clock import DAY
from .story import AT_ONCE, BY_HAND, CONTRACTS, DISK_LOST, LIVE, REISSUED, RUNS, Story
from .world import World

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "docsite" / "rst" / "evidence_readings.rst"
HEADS = (
    "Answer of the reissue",
    "Lost disk",
    "Lost again",
    "Renewal",
    "Lost after it",
    "Next renewal, rejected",
    "Replaced",
    "Orders",
)
REPEATS = {
    "adopt": ("A repeat is answered by the same order", "repeat as adopted"),
    "refuse": ("A repeat is refused", "repeat as refused"),
    "refuse_with_id": ("A repeat is refused, and the error names the order", "repeat as refused with id"),
    "new_if_dead": ("A repeat is answered by a new order if the old one is dead", "repeat as new if dead"),
    "lifetime": ("A value is forgotten after some time", "values as forgotten after 30 days"),
}
REISSUES = {
    "new id, the old order stays issued": "reissued_order as issued",
    "new id, the old order is closed": "reissued_order as closed",
    "new id, the old order is revoked": "reissued_order as revoked",
    "the order's own id": "reissue_id as same",
    "no id (null)": "reissue_id as null",
}
LATER = "It is 60 days later."


def cost_of(story: Story, *sentences: str) -> str:
    """Let events happen, and return what the last run cost: it must have deployed."""
    before = story.charged
    story.tell(*sentences)
    assert story.outcome == ("deployed", None), story.world.log
    assert story.serves() == f"order {story.newest.number}"
    return "charged" if story.charged > before else "free"


def lost(story: Story) -> str:
    """Lose the disk, follow the advice of the message, and return what that cost."""
    newest, before = story.serves(), story.charged
    story.tell(LATER, DISK_LOST, RUNS)
    result, code = story.outcome
    if result == "deployed":
        return "charged" if story.charged > before else "free"
    assert story.charged == before
    assert "order_id" in f"{story.row()['msg']} {story.row()['next_step']}"
    cost = cost_of(story, f"A person names {newest} and its root in the entry of {CONTRACTS}.", RUNS)
    return f"``{code}``; {cost} by ``order_id``"


def end_is_near(story: Story) -> None:
    """Let time pass until the live certificate ends in 20 days."""
    story.world.clock.pass_by(story.live().not_valid_after_utc.timestamp() - 20 * DAY - story.world.clock.now())


def life(story: Story) -> list[str]:
    """Return the cells of a certificate's life."""
    assert cost_of(story, *LIVE) == "charged"
    assert cost_of(story, LATER, REISSUED) == "free"
    cells = [lost(story), lost(story)]
    end_is_near(story)
    cells += [cost_of(story, RUNS), lost(story)]
    end_is_near(story)
    live = story.serves()
    story.tell(BY_HAND, RUNS)
    rejected = f"order {story.newest.number}"
    assert (story.row()["result"], story.row()["charged"]) == ("waiting", "yes")
    story.tell(f"The CA rejects {rejected}.", RUNS)
    assert story.outcome == ("blocked", "order_dead")
    assert story.serves() == live
    cells.append(f"charged; rejected: ``{story.outcome[1]}``")
    cells.append(cost_of(story, AT_ONCE, f"A person adds {rejected} to wotrus_replace_orders.", RUNS))
    return [*cells, str(story.charged)]


@pytest.mark.parametrize("repeat", REPEATS)
def test_two_years_under_each_reading(repeat: str) -> None:
    title, reading = REPEATS[repeat]
    rows = [HEADS]
    for name, reissue in REISSUES.items():
        with World() as world:
            story = Story(world).tell(AT_ONCE, f"The CA reads {reading}.", f"The CA reads {reissue}.")
            rows.append((name, *life(story)))
    cells = [f"   {'  -' if number else '* -'} {cell}" for row in rows for number, cell in enumerate(row)]
    table = "\n".join([f".. list-table:: {title}", "   :header-rows: 1", "", *cells])
    block = Block(GUIDE, repeat)
    if os.environ.get("WOTRUS_WRITE_DOCS") == "1":
        block.write(table)

    assert block.read() == table
