# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two years of a certificate under each reading of WoTrus's manual.

The readings differ in the answer to a repeat and in the effect of a reissue.
"""

from __future__ import annotations

import pytest

from tests.helpers.evidence import keep

from .clock import DAY
from .story import AT_ONCE, BY_HAND, CONTRACTS, DISK_LOST, LIVE, REISSUED, RUNS, Story
from .world import World

COLUMNS = (
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
DEAD = "``order_dead``; free by ``order_id``"
REFUSED = {
    **dict.fromkeys(REPEATS, "free"),
    **dict.fromkeys(("refuse", "refuse_with_id"), "``rejected_by_api``; free by ``order_id``"),
}
"""What a lost disk costs while the order lives."""
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


def lives(repeat: str) -> dict[str, list[str]]:
    """Return the cells of a life for each answer of the reissue."""
    found = {}
    for name, reissue in REISSUES.items():
        with World() as world:
            story = Story(world).tell(AT_ONCE, f"The CA reads {REPEATS[repeat][1]}.", f"The CA reads {reissue}.")
            found[name] = life(story)
    return found


@pytest.mark.parametrize("repeat", REPEATS)
def test_two_years_under_each_reading(repeat: str) -> None:
    def cells(first: str, second: str, after_renewal: str, orders: int) -> list[str]:
        rejected = ["charged; rejected: ``order_dead``", "charged"]
        return [first, second, "charged", after_renewal, *rejected, str(orders)]

    free, named, paid = "free", REFUSED[repeat], "charged"
    is_refused = named != free
    plain = cells(named, free, named, 4)
    ended = cells(named, DEAD, named, 4) if is_refused else cells(DEAD, DEAD, free, 4)
    if repeat == "new_if_dead":
        ended = cells(paid, free, paid, 6)
    if repeat == "lifetime":
        plain = ended = cells(paid, paid, paid, 7)

    issued, closed, revoked, same, null = REISSUES
    seen = lives(repeat)
    keep(
        f"readings_{[*REPEATS].index(repeat)}",
        REPEATS[repeat][0],
        COLUMNS,
        [[name, *row] for name, row in seen.items()],
    )

    assert seen == {issued: plain, closed: ended, revoked: ended, same: plain, null: plain}
