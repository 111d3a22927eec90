# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Given hosts that send other CSRs, nothing is sent that the inventory does not say, and the way out is printed."""

from __future__ import annotations

import pytest

from . import csrs
from .inventory import Certificate
from .story import AT_ONCE, CONTRACTS, LIVE, REISSUED, RUNS, WANTED, Story, wanted

HARMLESS = ("text around them", "a key of its own")
ASKING = [lie for lie in csrs.LIES if lie not in HARMLESS]
OF_BETA = Certificate("contracts", "beta")


def sends(lie: str, host: str = "alpha") -> str:
    """Return the sentence that a host sends other CSRs."""
    return f"The root of {host} sends CSRs with {lie}."


@pytest.mark.parametrize("lie", ASKING)
def test_csr_that_asks_for_more_is_not_sent(story: Story, lie: str) -> None:
    story.tell(AT_ONCE, WANTED, sends(lie), RUNS)

    assert story.outcome == ("failed", "invalid_csr")
    assert story.charged == 0


@pytest.mark.parametrize("lie", ASKING)
def test_csr_of_a_reissue_that_asks_for_more_is_not_sent(story: Story, lie: str) -> None:
    story.tell(AT_ONCE, *LIVE, sends(lie), REISSUED)

    assert story.outcome == ("failed", "invalid_csr")
    assert story.sent == []


def test_text_around_a_csr_is_not_sent(story: Story) -> None:
    story.tell(AT_ONCE, WANTED, sends("text around them"), RUNS, REISSUED)

    assert story.serves() == "order 2"


@pytest.mark.parametrize("event", [RUNS, "The role reissues contracts@beta."])
def test_host_that_shares_a_provided_key_gets_no_certificate_for_a_key_of_its_own(story: Story, event: str) -> None:
    story.tell(AT_ONCE, wanted("provided"), wanted("provided", OF_BETA))
    story.tell("The role runs on alpha alone.", "It is 6 days later.", "The disk of beta is lost.")

    story.tell(sends("a key of its own", "beta"), event)

    assert story.sent == []
    assert story.serves() == "order 1"
    story.world.end_faults()
    story.tell(RUNS)
    assert story.serves(OF_BETA) == "order 1"
    assert story.charged == 1


def test_first_csr_of_a_provided_key_is_for_that_key(story: Story) -> None:
    story.tell(AT_ONCE, wanted("provided"), wanted("provided", OF_BETA), sends("a key of its own", "beta"))

    story.tell("The role runs on beta alone.")

    assert story.row(OF_BETA)["error_code"] == "invalid_csr"
    assert story.charged == 0
    story.tell("The role runs on alpha alone.")
    assert story.serves() == "order 1"


@pytest.mark.parametrize("stale", ["an e-mail address", "another organization"])
@pytest.mark.parametrize("call", ["create", "reissue"])
def test_stale_csr_of_ours_is_made_anew_for_the_pending_key(story: Story, call: str, stale: str) -> None:
    """A CSR in ``pending/`` may be of a former entry, or have attributes that somebody added."""
    story.tell(AT_ONCE, *(LIVE if call == "reissue" else [WANTED]))
    story.run(fails=lambda _kind, what: what.startswith(call), reissue=[CONTRACTS.name] if call == "reissue" else [])
    pending = story.path() / "pending"
    key = pending.joinpath("privkey.pem").read_bytes()
    subject = {"country": "CN", "organization": "Example Ltd.", "common_name": story.entry()["common_name"]}
    pending.joinpath("request.csr").write_text(csrs.LIES[stale](csrs.load_key(key), subject))

    story.tell(RUNS)

    assert story.serves() == f"order {story.newest.number}"
    assert (story.path() / "live" / "privkey.pem").read_bytes() == key
