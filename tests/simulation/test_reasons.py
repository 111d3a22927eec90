# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Given a history, what the next run does, and the reason that it shows."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest

from tests.helpers.guides import explained_plans

from .process import Step
from .story import (
    A_DAY,
    BY_HAND,
    CONTRACTS,
    DISK_LOST,
    DUE,
    KEY_LOST,
    LIVE,
    RECORD_LOST,
    REISSUED,
    RUNS,
    WANTED,
    Story,
)

PENDING = (BY_HAND, *LIVE)
REVOKED = (*LIVE, "The CA revokes order 1.")
REVOKING = (*LIVE, BY_HAND, f"A person revokes {CONTRACTS}.")
NAMED = f"A person adds order 1 to replace_orders of {CONTRACTS}."
ENTRY_NAMES_IT = f"A person sets order_id of {CONTRACTS} to order 1."
NO_REISSUE = "The CA reads reissues as refused."
RENEWS = "The role renews what is due."
UKEY = (f"{CONTRACTS} is wanted, with a key of the kind ukey.", RUNS)
OTHER_KEY = f"A person wants a key of P-384 for {CONTRACTS}."
OTHER_PRODUCT = f"A person wants the product organization_document_signing for {CONTRACTS}."
OTHER_NAME = f"A person renames {CONTRACTS} to New Ltd."
OTHER_COMPANY = f"A person moves {CONTRACTS} to Beijing."
RELOAD_FAILED = (
    f"A person wants {CONTRACTS} to reload a service.",
    "The service of alpha is broken.",
    REISSUED,
    "The service of alpha is repaired.",
)
KEYS_TOO_OLD = ("It is an hour later.", "A person sets wotrus_keys_since to a minute ago.")
DUE_TOO_EARLY = ("The CA reads backdated as 200 days.", *LIVE, "It is 60 days later.", "It is 60 days later.")
ENDS_EARLY = (*DUE_TOO_EARLY, "It is 20 days later.")
OLDER_ORDER = (
    "The CA reads reissue_end as a new one's.",
    f"{CONTRACTS} is wanted, with a key of the kind provided.",
    RUNS,
    "It is 60 days later.",
    OTHER_COMPANY,
    RUNS,
    RECORD_LOST,
    RUNS,
)
CHAIN_DUE = (
    "The intermediate of the CA ends in 60 days.",
    *LIVE,
    "It is 20 days later.",
    "It is 20 days later.",
    A_DAY,
)


def cut_off(endpoint: str, *reissue: str) -> Callable[[Story], object]:
    """Return a run whose calls of an endpoint do not reach WoTrus."""
    return lambda story: story.run(
        reissue=reissue, fails=lambda kind, what: kind is Step.CALL and what.startswith(endpoint)
    )


def has(**changes: object) -> Callable[[Story], object]:
    """Return a change of the entry."""
    return lambda story: story.entry().update(changes)


def running(**options: object) -> Callable[[Story], object]:
    """Return a run with options."""
    return lambda story: story.run(**options)


def order_is(action: str) -> Callable[[Story], object]:
    """Return an act of people at WoTrus."""
    return lambda story: story.order_is(action)


def pending_key_lost(story: Story) -> None:
    (story.path() / "pending" / "privkey.pem").unlink()


def files_lost(story: Story) -> None:
    (story.path() / "live").unlink()
    shutil.rmtree(story.path() / "releases")


def order_forgotten(story: Story) -> None:
    live = {**story.record()["live"], "order_id": "00000000-0000-4000-8000-000000000000"}
    story.claim(live=live)


Steps = tuple[str | Callable[[Story], object], ...]
CASES: list[tuple[str, str, Steps]] = [
    ("order", "not_ordered", LIVE),
    ("order", "interrupted", (WANTED, cut_off("create"), RUNS)),
    ("order", "revoked", (*REVOKED, NAMED, RUNS)),
    ("order", "closed", (*PENDING, "The CA closes order 1.", NAMED, RUNS)),
    ("order", "rejected", (*PENDING, "The CA rejects order 1.", NAMED, RUNS)),
    ("order", "order_mismatch", (*LIVE, OTHER_PRODUCT, NAMED, RUNS)),
    ("order", "reissue_refused", (*LIVE, NO_REISSUE, KEY_LOST, RUNS, NAMED, RUNS)),
    ("renew", "expiring", (*LIVE, DUE, RUNS)),
    ("renew", "expiring", (*LIVE, DUE, cut_off("create"), RUNS)),
    ("renew", "expired", (*LIVE, "It is 400 days later.", RUNS)),
    ("reissue", "key_lost", (*LIVE, KEY_LOST, RUNS)),
    ("reissue", "key_lost", (*PENDING, order_is("issue"), pending_key_lost, RUNS)),
    ("reissue", "key_lost", (*LIVE, DISK_LOST, ENTRY_NAMES_IT, RUNS)),
    ("reissue", "key_changed", (*LIVE, OTHER_KEY, RUNS)),
    ("reissue", "definition_changed", (*LIVE, OTHER_COMPANY, RUNS)),
    ("reissue", "requested", (*LIVE, running(reissue=["contracts"]))),
    ("reissue", "requested", (*LIVE, DUE, running(reissue=["contracts"], actions=["reissue"]))),
    ("reissue", "key_too_old", (*LIVE, *KEYS_TOO_OLD, RUNS)),
    ("reissue", "interrupted", (*LIVE, cut_off("reissue", "contracts"), RUNS)),
    ("reissue", "chain_ends", (*CHAIN_DUE, RUNS)),
    ("resume", "chain_changed", (*CHAIN_DUE, "The CA has a newer intermediate.", RUNS)),
    ("resume", "pending_review", (*PENDING, RUNS)),
    ("resume", "pending_ca", (*PENDING, "The CA approves order 1.", RUNS)),
    ("resume", "pending_payment", (*PENDING, "The CA asks for the payment of order 1.", RUNS)),
    ("resume", "pending_validation", (*PENDING, order_is("dcv"), RUNS)),
    ("resume", "issued", (*PENDING, order_is("issue"), RUNS)),
    ("resume", "record_lost", (*LIVE, RECORD_LOST, ENTRY_NAMES_IT, RUNS)),
    ("resume", "rolled_back", (*LIVE, *RELOAD_FAILED, RUNS)),
    ("resume", "files_damaged", (*LIVE, f"The chain of {CONTRACTS} is damaged.", RUNS)),
    ("resume", "files_damaged", (*LIVE, f"The certificate file of {CONTRACTS} is damaged.", RUNS)),
    ("resume", "files_lost", (*UKEY, files_lost, RUNS)),
    ("nothing", "valid", (*LIVE, RUNS)),
    ("nothing", "revoking", (*REVOKING, RUNS)),
    ("nothing", "not_selected", (WANTED, RENEWS)),
    ("blocked", "order_dead", (*PENDING, "The CA closes order 1.", RUNS)),
    ("blocked", "order_dead", (*PENDING, "The CA rejects order 1.", RUNS)),
    ("blocked", "order_dead", (*REVOKED, RUNS)),
    ("blocked", "not_selected", (*PENDING, "The CA rejects order 1.", NAMED, RENEWS)),
    ("blocked", "order_unknown", (*LIVE, order_forgotten, RUNS)),
    ("blocked", "order_mismatch", (*LIVE, OTHER_PRODUCT, RUNS)),
    ("blocked", "order_mismatch", (*LIVE, OTHER_NAME, RUNS)),
    ("reissue", "ends_early", (*ENDS_EARLY, RUNS)),
    ("blocked", "no_later_end", (*ENDS_EARLY, RUNS, A_DAY, RUNS)),
    ("blocked", "ca_time_unknown", (*LIVE, "The Date of the CA is 400 days ahead.", RUNS)),
    ("blocked", "ca_time_unknown", (*LIVE, "The CA reads create_time as 1900.", DUE, RUNS)),
    ("order", "no_later_end", (*ENDS_EARLY, RUNS, A_DAY, NAMED, RUNS)),
    ("order", "ca_time_unknown", (*LIVE, "The CA reads create_time as empty.", DUE, NAMED, RUNS)),
    ("blocked", "live_unrecorded", (*OLDER_ORDER, RUNS)),
    ("blocked", "chain_ends", (*CHAIN_DUE, RUNS, "It is 6 days later.", "It is 6 days later.", A_DAY, RUNS)),
    ("blocked", "order_name_changed", (WANTED, cut_off("create"), has(order_name="another"), RUNS)),
    ("blocked", "key_changed", (*LIVE, has(on_change="fail"), OTHER_KEY, RUNS)),
    ("blocked", "definition_changed", (*LIVE, has(on_change="fail"), OTHER_COMPANY, RUNS)),
    ("blocked", "requested", (*UKEY, REISSUED)),
    ("blocked", "requested", (WANTED, running(reissue=["contracts"], actions=["reissue", "resume"]))),
    ("blocked", "requested", (*REVOKING, REISSUED)),
    ("blocked", "requested", (*LIVE, running(reissue=["contracts"], actions=["renew", "resume"]))),
    ("blocked", "key_lost", (*LIVE, BY_HAND, KEY_LOST, RUNS, order_is("reject"), RUNS)),
    ("blocked", "key_too_old", (*LIVE, *KEYS_TOO_OLD, BY_HAND, RUNS, order_is("reject"), RUNS)),
    ("blocked", "record_unreadable", (*LIVE, f"The record of {CONTRACTS} is damaged.", RUNS)),
    ("blocked", "unavailable", (*LIVE, "The CA cannot be reached in a run.")),
]
ERROR_CODES = {"record_unreadable", "unavailable"}
# No life of a certificate leads here: tests/unit/planning/test_decision.py does.
BY_UNIT_TESTS = {
    ("blocked", "closed"),
    ("blocked", "key_mismatch"),
    ("blocked", "rejected"),
    ("blocked", "revoked"),
    ("blocked", "revoking"),
    ("blocked", "root_unknown"),
    ("order", "root_unknown"),
    ("resume", "certificate_changed"),
    ("order", "revoking"),
    ("resume", "revoking"),
    ("resume", "unknown_status"),
}


@pytest.mark.parametrize(
    ("action", "reason", "steps"), CASES, ids=[f"{action}-{reason}" for action, reason, _steps in CASES]
)
def test_reason_is_reached(story: Story, action: str, reason: str, steps: Steps) -> None:
    for step in steps:
        story.tell(step) if isinstance(step, str) else step(story)

    plan = story.plan()
    assert story.reason == (action, reason)
    assert plan["msg"]
    assert plan["may_be_charged"] == (action in ("order", "renew"))
    if action in ("resume", "blocked") or reason in ("revoking", "not_selected"):
        assert plan["next_step"]
    if reason in ("pending_payment", "pending_validation"):
        assert plan["pending_link"].startswith("https://")


def test_each_reason_that_is_documented_is_reached() -> None:
    reached = {(action, reason) for action, reason, _steps in CASES}
    documented = set(explained_plans("guide_errors"))

    assert documented - reached == BY_UNIT_TESTS
    assert {pair for pair in reached - documented if pair[1] not in ERROR_CODES} == set()
