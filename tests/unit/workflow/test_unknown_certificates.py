# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An unknown name is an error once all certificates are known."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.filter.role import unknown_certificates

PLANNED = {"__wotrus_host_plan": {"plans": [{"name": "contracts"}]}}
FAILED = {"__wotrus_host_plan": {"unreachable": True}, "wotrus_certificates": [{"name": "letters"}]}
LATER_BATCH = {"wotrus_certificates": [{"name": "invoices"}]}
CERTIFICATES_IN_THE_PLAY: dict[str, t.Any] = {}


@pytest.mark.parametrize(
    ("hosts", "unknown"),
    [
        ([PLANNED], ["invoices", "letters"]),
        ([PLANNED, LATER_BATCH], ["letters"]),
        ([PLANNED, FAILED], []),
        ([PLANNED, CERTIFICATES_IN_THE_PLAY], []),
        ([PLANNED, {"wotrus_certificates": "no list"}], []),
        ([PLANNED, {"wotrus_certificates": [{"nam": "letters"}]}], []),
        ([PLANNED, {**LATER_BATCH, "wotrus_reissue": ["memos"]}], ["letters", "memos"]),
    ],
    ids=[
        "one batch",
        "a later batch",
        "a host that failed",
        "variables of a play",
        "no list",
        "an entry without a name",
        "a name of another host",
    ],
)
def test_names_are_unknown_if_all_certificates_are_known(hosts: list[dict[str, t.Any]], unknown: list[str]) -> None:
    hostvars = {str(number): variables for number, variables in enumerate(hosts)}

    found = unknown_certificates("letters, contracts\ninvoices", hostvars)

    assert sorted(found["unknown"]) == unknown
    assert ("contracts" in found["known"]) is bool(unknown)
