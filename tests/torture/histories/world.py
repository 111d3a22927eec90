# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A world of the simulation in which each run of the role is an ``ansible-playbook``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.simulation import ca
from tests.simulation.events import Event
from tests.simulation.world import World

from .call_turns import CallTurns
from .clocks import LIBRARY, MachineClock
from .playbooks import Playbooks

_LONGEST_WAIT = 2
"""Seconds: they are real ones."""

_KINDS = ("host", "provided", "ukey", "sm2", "taken over")
"""The kinds of keys that need no device."""

_JUMPS = ("time", "clock")
"""The groups of events that need libfaketime."""

_LEFT_OUT = {
    "a_run_is_killed_in_a_line": "It needs a disk that breaks off a line.",
    "the_disk_of_the_journal_is_full": "It needs a disk that breaks off a line.",
    "an_entry_gets_another_storage": "It needs a token.",
    "revocation_is_checked": "The addresses that certificates name do not answer.",
    "intermediates_are_revoked": "The addresses that certificates name do not answer.",
    "the_responder_is_down": "The addresses that certificates name do not answer.",
}
"""The events that are not played, and why."""

_ON_LOOPBACK = ("60 days ahead", "400 days ahead", "1500 days ahead")
"""Of an API on loopback, no run notices that two clocks are more than two days apart."""


class PlaybookWorld(World):
    """A world whose clock is that of the machine, and whose CA answers over HTTP."""

    def __init__(self) -> None:
        clock = MachineClock()
        super().__init__(clock)
        self.role = Playbooks(clock)
        self.new_turns = CallTurns
        self.inventory.variables["wait_timeout"] = _LONGEST_WAIT

    def __enter__(self) -> PlaybookWorld:
        # Nothing of the code under test is replaced.
        for replacement in ca.replaced(self.ca, ca.Numbers()):
            self._stack.enter_context(replacement)
        return self


def can_happen(event: Event, parts: Mapping[str, Any]) -> bool:
    """Return whether an event can be played in such a world."""
    if event.name in _LEFT_OUT or (event.group in _JUMPS and not LIBRARY):
        return False
    if event.name == "a_certificate_is_wanted":
        return parts["kind"] in _KINDS
    if event.name in ("the_ca_reads", "the_ca_changes_its_mind"):
        return "date_ahead" not in str(parts)
    is_clock = event.name in ("the_clock_of_the_controller_is_wrong", "the_date_of_the_ca_jumps")
    return not (is_clock and event.text(**parts).rstrip(".").replace("-", "").endswith(_ON_LOOPBACK))
