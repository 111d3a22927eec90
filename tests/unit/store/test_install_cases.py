# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of the pending request and its key, in each situation that a deployment can meet."""

from __future__ import annotations

import itertools

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.install_plan import pending_changes

NAMES = ("is_known", "has_pending_key", "is_live_again", "is_requested", "is_stale")
SITUATIONS = [dict(zip(NAMES, values)) for values in itertools.product((False, True), repeat=len(NAMES))]


@pytest.mark.parametrize(
    ("situation", "outcome"),
    [
        ({"has_pending_key": True, "is_requested": True}, (True, True)),
        # A lost record asked again for what is live.
        ({"has_pending_key": True, "is_requested": True, "is_live_again": True}, (True, True)),
        ({"is_requested": True, "is_live_again": True}, (True, True)),
        # An older key's certificate, while a request waits.
        ({"is_requested": True}, (False, False)),
        ({"is_requested": True, "is_known": True}, (False, False)),
        ({"is_requested": True, "is_known": True, "has_pending_key": True, "is_stale": True}, (False, False)),
        ({"is_known": True, "is_stale": True}, (False, True)),
        ({"is_known": True}, (False, False)),
        ({"is_known": True, "has_pending_key": True}, (False, False)),
        ({}, (False, False)),
    ],
    ids=str,
)
def test_case_of_a_situation(situation: dict[str, bool], outcome: tuple[bool, bool]) -> None:
    assert pending_changes(**{**dict.fromkeys(NAMES, False), **situation}) == outcome


def test_a_request_ends_only_by_a_new_certificate() -> None:
    for situation in SITUATIONS:
        ends_request, clears_pending = pending_changes(**situation)
        assert not (ends_request and situation["is_known"])
        # Without the end of its request, a pending key that no release has stays.
        assert ends_request or not clears_pending or (situation["is_stale"] and not situation["is_requested"])
