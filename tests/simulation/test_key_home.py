# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Given that keys must be in hardware, nothing is charged for another one, and what is live stays."""

from __future__ import annotations

from .story import AT_ONCE, DUE, LIVE, RUNS, WANTED, Story, wanted


def test_first_order_of_a_key_in_a_file_is_blocked_until_a_person_accepts_it(story: Story) -> None:
    story.world.inventory.variables["key_home"] = "hardware"
    story.tell(AT_ONCE, WANTED, RUNS)
    assert (story.outcome, story.charged) == (("blocked", "key_home"), 0)

    story.world.inventory.variables["key_home"] = "any"
    story.tell(RUNS)

    assert story.charged == 1


def test_renewal_is_blocked_while_what_is_live_stays(story: Story) -> None:
    story.tell(*LIVE)
    story.world.inventory.variables["key_home"] = "hardware"
    story.tell(RUNS)
    assert story.outcome == ("unchanged", None)

    story.tell(DUE, RUNS)

    assert (story.outcome, story.charged, story.serves()) == (("blocked", "key_home"), 1, "order 1")


def test_nothing_is_sent_for_a_key_of_which_the_token_says_nothing(story: Story) -> None:
    story.world.inventory.variables["key_home"] = "hardware"
    story.tell(AT_ONCE, wanted("pkcs11"), RUNS)
    assert (story.outcome, story.charged) == (("blocked", "key_home"), 0)
    assert story.record()["pending"]["order_id"] is None
