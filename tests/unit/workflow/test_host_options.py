# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that the host is sent, and its unexpected error codes."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._texts import by_code
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import text
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.apply import OPERATION as APPLY
from tests.unit.workflow.hostile import ENTRY, Ca, Host, Json, carry_out, order_of, prepared, row_of


def test_trusted_groups_are_sent_with_every_step() -> None:
    host = Host([{}], deploys=prepared)

    carry_out(APPLY, Ca(), host, trusted_groups=["certadm"])

    assert [(one["state"], one["trusted_groups"]) for one in host.options] == [
        ("prepared", ["certadm"]),
        ("recorded", ["certadm"]),
    ]


def test_trusted_groups_are_sent_with_a_pending_reload_and_its_notification() -> None:
    ca = Ca()
    ca.knows(order_of("order-1"))
    live = {"release": "00AA", "order_id": "order-1", "root_order_id": "order-1"}
    host = Host([row_of({"live": live, "reload_pending": True}, live={"release": "00AA", "key_matches": True})])
    command = {**ENTRY, "reload": {"command": "true"}}

    carry_out(APPLY, ca, host, certificates=[command], trusted_groups=["certadm"])
    notified = carry_out(APPLY, ca, host, certificates=[{**ENTRY, "reload": "none"}], trusted_groups=["certadm"])

    assert [one["trusted_groups"] for one in host.options] == [["certadm"]]
    assert [one["trusted_groups"] for one in notified["to_notify"]] == [["certadm"]]


CODES = sorted({*by_code._NEXT_STEPS, "strange_code"})


@pytest.mark.parametrize("code", CODES)
def test_any_error_code_of_a_host_is_a_failed_row(code: str) -> None:
    ca = Ca()
    host = Host([{}])

    def fails_later(options: t.Sequence[Json]) -> list[Json]:
        if options[0]["state"] == "prepared":
            return prepared(options)
        return [{"error_code": code, "msg": "The host's words."} for _one in options]

    host.deploys = fails_later
    (row,) = carry_out(APPLY, ca, host)["results"]

    assert (row["result"], row["charged"], row["msg"]) == ("failed", "yes", "The host said: «The host's words».")
    assert "{" not in row["next_step"]


@pytest.mark.parametrize("code", CODES)
def test_message_of_every_code_can_be_shown(code: str) -> None:
    assert text(by_code.next_step(code)).endswith(".")
