# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Given a certificate that readers do not accept, or soon will not, what the role does and who is alarmed."""

from __future__ import annotations

import datetime as dt

import pytest

from .inventory import OTHER_PRODUCT, PDF, Certificate
from .story import A_DAY, BY_HAND, CONTRACTS, DUE, LIVE, REISSUED, RUNS, Story, wanted

ENDS_EARLY = "The intermediate of the CA ends in 150 days."
ENDS_IN_60_DAYS = "The intermediate of the CA ends in 60 days."
NEWER = "The CA has a newer intermediate."
LATER = "It is 60 days later."
TO_THE_WINDOW = (LATER, LATER, "It is 6 days later.")
TLS = "The CA issues certificates for TLS servers."
BOTH = "The CA issues certificates for documents and encryption."


def test_end_of_the_chain_is_the_end_of_the_certificate_and_said_at_once(story: Story) -> None:
    story.tell(ENDS_EARLY, *LIVE)

    ends = dt.datetime.fromtimestamp(story.world.host(CONTRACTS).usable_until("contracts"), tz=dt.UTC)
    assert story.row()["expires"] == f"{ends:%Y-%m-%dT%H:%M:%SZ}"
    assert ends < story.live().not_valid_after_utc - dt.timedelta(days=200)
    assert f"expires on {story.live().not_valid_after_utc:%Y-%m-%d}, but its chain on {ends:%Y-%m-%d}" in story.warnings


def test_newer_chain_of_the_same_certificate_is_deployed_before_anybody_is_alarmed(story: Story) -> None:
    story.tell(ENDS_EARLY, *LIVE)
    serial = story.live().serial_number
    story.tell(NEWER, LATER, RUNS)
    assert (story.reason, story.outcome) == (("nothing", "valid"), ("unchanged", None))

    story.tell(LATER, "It is 6 days later.", RUNS)

    assert story.reason == ("resume", "chain_changed")
    assert story.outcome == ("deployed", None)
    assert story.live().serial_number == serial
    assert story.row()["expires"] == f"{story.live().not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}"
    assert (story.charged, story.sent) == (1, [])


def test_chain_without_a_newer_one_is_reissued_once_and_never_paid_for(story: Story) -> None:
    story.tell(ENDS_EARLY, *LIVE, *TO_THE_WINDOW, RUNS)
    assert story.reason == ("reissue", "chain_ends")
    assert story.outcome == ("deployed", None)

    story.tell("It is 20 days later.", RUNS)
    assert story.outcome == ("blocked", "chain_ends")
    assert story.row()["next_step"] == "Ask WoTrus for a newer chain, then run again."
    assert story.charged == 1

    story.tell(NEWER, RUNS)
    assert story.reason == ("resume", "chain_changed")
    assert story.outcome == ("deployed", None)


def test_refused_reissue_of_a_chain_that_ends_is_not_asked_for_again(story: Story) -> None:
    story.tell(ENDS_EARLY, *LIVE, BY_HAND, *TO_THE_WINDOW, RUNS)
    assert story.outcome == ("waiting", None)

    story.tell("The CA refuses the reissue of order 2.", RUNS)
    assert story.outcome == ("blocked", "chain_ends")
    assert story.charged == 1


def test_newer_chain_is_deployed_while_another_order_is_pending(story: Story) -> None:
    story.tell(ENDS_EARLY, *LIVE, BY_HAND, *TO_THE_WINDOW, RUNS)
    assert story.outcome == ("waiting", None)

    story.tell(NEWER, RUNS)

    assert (story.reason, story.outcome) == (("resume", "chain_changed"), ("deployed", None))
    assert (story.serves(), story.record()["pending"]["order_id"]) == ("order 1", story.newest.id)
    story.tell(RUNS)
    assert story.outcome == ("waiting", None)
    story.tell("The CA approves order 2.", RUNS)
    assert (story.outcome, story.serves()) == (("deployed", None), "order 2")


@pytest.mark.parametrize("approved", [None, 56], ids=["at once", "in the last week"])
def test_end_of_the_chain_is_an_alarm_from_a_week_before_it_whatever_was_reissued(
    story: Story, approved: int | None
) -> None:
    story.tell(ENDS_IN_60_DAYS, *LIVE, *(() if approved is None else (BY_HAND,)))
    alarmed = []
    for today in range(1, 60):
        story.tell(A_DAY, *(["The CA approves order 2."] if today == approved else []), RUNS)
        if story.row()["alarm"] == "failure":
            alarmed.append(today)

    assert alarmed == [*range(53, 60)]
    assert (story.serves(), story.charged) == ("order 2", 1)
    assert story.row()["next_step"] == "Ask WoTrus for a newer chain, then run again."

    story.tell(NEWER, RUNS)
    assert (story.reason, story.outcome) == (("resume", "chain_changed"), ("deployed", None))


def test_chain_that_ends_within_days_of_the_first_deployment_is_an_alarm_and_reissued_once(story: Story) -> None:
    story.tell("The intermediate of the CA ends in 6 days.", *LIVE)
    assert (story.outcome, story.last.result.is_green) == (("deployed", "expires_soon"), False)

    story.tell(RUNS)
    assert (story.reason, story.outcome) == (("reissue", "chain_ends"), ("deployed", "expires_soon"))
    story.tell(RUNS)
    assert (story.reason, story.charged) == (("blocked", "chain_ends"), 1)
    story.tell(NEWER, RUNS)
    assert (story.reason, story.outcome) == (("resume", "chain_changed"), ("deployed", None))


def test_expired_chain_is_a_failure_whatever_is_pending(story: Story) -> None:
    story.tell(ENDS_EARLY, *LIVE, BY_HAND, *TO_THE_WINDOW, RUNS, "It is 20 days later.", RUNS)

    assert story.outcome == ("waiting", "expires_soon")
    assert "The chain of the live certificate expires on" in story.row()["msg"]
    story.tell(LATER, RUNS)
    assert story.row()["alarm"] == "failure"
    assert story.outcome == ("waiting", "expired")
    assert "The chain of the live certificate expired on" in story.row()["msg"]


def test_chain_that_ended_does_not_make_a_renewal_due(story: Story) -> None:
    story.tell(ENDS_EARLY, *LIVE, *(LATER,) * 4, RUNS)

    assert not story.last.result.is_green
    assert story.charged == 1


def test_certificate_for_tls_servers_alone_is_not_deployed(story: Story) -> None:
    story.tell(TLS, *LIVE)

    assert story.outcome == ("failed", "wrong_usage")
    assert "may not sign documents. Its usages are: digitalSignature, nonRepudiation, serverAuth" in story.row()["msg"]
    assert story.serves() is None


@pytest.mark.parametrize("product", [PDF, OTHER_PRODUCT, "individual_document_signing"])
@pytest.mark.parametrize("usage", ["documents", "documents and encryption", "TLS servers"])
def test_each_product_is_deployed_if_its_certificate_may_sign(story: Story, product: str, usage: str) -> None:
    story.tell(f"The CA issues certificates for {usage}.", wanted())
    story.entry()["product"] = product
    story.tell(RUNS)

    assert story.outcome == (("failed", "wrong_usage") if usage == "TLS servers" else ("deployed", None))


def test_accepted_certificate_that_may_not_sign_is_a_warning_in_every_run(story: Story) -> None:
    story.world.inventory.variables["verification"] = "compatible"
    story.tell(TLS, *LIVE)
    assert story.outcome == ("deployed", None)
    assert "may not sign documents" in story.warnings

    for _run in range(2):
        story.tell(A_DAY, RUNS)
        assert (story.row()["alarm"], story.outcome) == ("warning", ("unchanged", "wrong_usage"))
        assert "may not sign documents" in story.summary
        assert story.last.result.is_green


def test_live_certificate_that_may_not_sign_is_a_failure_with_a_way_out(story: Story) -> None:
    story.world.inventory.variables["verification"] = "compatible"
    story.tell(TLS, *LIVE)
    del story.world.inventory.variables["verification"]

    story.tell(RUNS)

    assert (story.row()["alarm"], story.outcome) == ("failure", ("unchanged", "wrong_usage"))
    story.tell(f"The operator does what the last result of {CONTRACTS} says.", RUNS)
    assert story.last.result.is_green


@pytest.mark.parametrize("kind", ["host", "pkcs11"])
def test_keys_that_may_decrypt_are_kept_and_others_pruned(story: Story, kind: str) -> None:
    story.tell(BOTH, wanted(kind), RUNS, *(REISSUED,) * 4)

    keys = story.world.hosts["alpha"].private_keys()
    assert len(keys) == 5

    story.tell("The CA issues certificates for documents.", *(REISSUED,) * 5)

    # Five that decrypt, and three that only sign.
    assert len(story.world.hosts["alpha"].private_keys()) == 8


@pytest.mark.parametrize("is_reissue", [True, False])
def test_revoked_certificate_is_a_failure_while_its_successor_is_reviewed(story: Story, *, is_reissue: bool) -> None:
    story.tell(*LIVE, BY_HAND, *((REISSUED,) if is_reissue else (DUE, RUNS)))
    assert story.outcome == ("waiting", None)

    story.tell("The CA revokes order 1.", RUNS)

    assert (story.row()["alarm"], story.outcome) == ("failure", ("waiting", "revoked"))


def test_sm2_pair_is_deployed_although_its_encryption_certificate_does_not_sign(story: Story) -> None:
    pair = Certificate("contracts", "alpha")
    story.tell(wanted("sm2", pair), RUNS)

    assert story.outcome == ("deployed", None)
    story.tell(A_DAY, RUNS)
    assert (story.outcome, story.row()["alarm"]) == (("unchanged", None), None)
