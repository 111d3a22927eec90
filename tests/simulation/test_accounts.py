# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Given an account that the host does not have, the plan shows it, and nothing is sent."""

from __future__ import annotations

from typing import Any

import pytest

from .story import A_DAY, LIVE, REISSUED, RUNS, WANTED, Story

MISSING = "nobody-there"
OWNER = {"pkcs12": {"password": "correct horse", "owner": MISSING}}


@pytest.mark.parametrize(
    ("entry", "variables", "option"),
    [
        (OWNER, {}, "pkcs12.owner"),
        ({"pkcs12": {"password": "correct horse", "group": MISSING}}, {}, "pkcs12.group"),
        ({}, {"owner": MISSING}, "wotrus_owner"),
        ({}, {"group": MISSING}, "wotrus_group"),
        ({}, {"trusted_groups": [MISSING]}, "wotrus_trusted_groups"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_plan_shows_a_missing_account(
    story: Story, entry: dict[str, Any], variables: dict[str, Any], option: str
) -> None:
    story.tell(WANTED)
    story.entry().update(entry)
    story.world.inventory.variables.update(variables)

    story.tell(RUNS)

    assert story.reason == ("blocked", "invalid_input")
    assert story.plan()["msg"].startswith(f"{option}: this host has no '{MISSING}'.")
    assert not story.plan()["may_be_charged"]
    assert story.row()["result"] == "failed"
    assert story.charged == 0


def test_what_is_live_needs_no_account_until_it_is_replaced(story: Story) -> None:
    story.tell(*LIVE)
    story.entry().update(OWNER)

    story.tell(A_DAY, RUNS)

    assert story.reason == ("nothing", "valid")
    assert story.last.result.is_green

    story.tell(REISSUED)

    assert story.outcome == ("failed", "invalid_input")
    assert "reissue" not in story.sent
