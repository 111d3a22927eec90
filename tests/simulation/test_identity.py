# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Given false claims, clones and changed names, each host gets what is its own, and nobody else loses anything."""

from __future__ import annotations

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._workflow import limit

from .inventory import Certificate
from .story import (
    A_DAY,
    AT_ONCE,
    BY_HAND,
    CONTRACTS,
    DISK_LOST,
    LIVE,
    RECORD_LOST,
    REISSUED,
    RUNS,
    WANTED,
    Story,
    wanted,
)

OF_BETA = Certificate("contracts", "beta")
BOTH = (WANTED, wanted(certificate=OF_BETA), RUNS)
CLAIM = f"The record of {OF_BETA} claims that order 1 is live, with the root order 1."
LOST = f"The private key of {OF_BETA} is lost."
ON_BETA = "The role runs on beta alone."


def test_order_for_another_name_is_not_reissued_for_the_host_that_claims_it(story: Story) -> None:
    story.tell(*BOTH, CLAIM, LOST, ON_BETA)

    assert story.row(OF_BETA)["error_code"] == "order_mismatch"
    assert story.sent == []


def test_order_of_another_name_is_not_reissued_for_an_entry_that_names_it_beside_its_own_root(story: Story) -> None:
    story.tell(AT_ONCE, *BOTH)
    story.entry(OF_BETA).update(order_id=story.world.ca.by_number(1).id, root_order_id=story.world.ca.by_number(2).id)

    story.tell("The disk of beta is lost.", ON_BETA)

    assert story.row(OF_BETA)["error_code"] == "order_mismatch"
    assert story.sent == []


def test_two_hosts_that_claim_one_order_get_nothing_from_it(story: Story) -> None:
    story.tell(WANTED, wanted(certificate=OF_BETA))
    story.entry(OF_BETA)["common_name"] = story.entry()["common_name"]
    story.tell(RUNS)
    before = story.live(OF_BETA)

    story.tell(CLAIM, LOST, RUNS)

    assert not story.last.result.is_green
    assert story.sent == []
    assert story.live(OF_BETA) == before
    assert story.serves() == "order 1"


def test_reissue_of_an_order_that_another_host_claims_is_not_sent_whatever_the_forecast_says(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limit, "_sharing_an_order", lambda _plans: iter(()))
    story.tell(WANTED, wanted(certificate=OF_BETA))
    story.entry(OF_BETA)["common_name"] = story.entry()["common_name"]
    story.tell(RUNS, CLAIM, LOST, RUNS)

    assert story.row(OF_BETA)["error_code"] == "order_mismatch"
    assert story.sent == []


def test_order_of_another_host_is_not_revoked_for_a_claim_in_a_record(story: Story) -> None:
    story.tell(*BOTH, A_DAY, "A person sets wotrus_revoke_superseded.")
    order = {"order_id": story.world.ca.by_number(1).id, "root_order_id": story.world.ca.by_number(1).id}
    former = {**story.record(OF_BETA)["live"], **order, "release": "1", "operation": "reissue"}
    former.pop("files")
    story.claim(OF_BETA, superseded=[former])
    (story.path(OF_BETA) / "releases" / "1").mkdir()
    del story.world.inventory.hosts["alpha"]

    story.tell(RUNS)

    assert story.sent == []
    assert story.status(1) == "issued"


def test_clone_in_another_inventory_never_has_its_original_revoked(story: Story) -> None:
    story.tell(*LIVE, wanted(certificate=OF_BETA), f"{OF_BETA} gets a copy of the files of {CONTRACTS}.")
    story.entry(OF_BETA)["common_name"] = story.entry()["common_name"]
    story.tell("A person sets wotrus_revoke_superseded.")
    del story.world.inventory.hosts["alpha"]

    story.run(reissue=["contracts"])

    assert story.status(1) == "issued"
    assert "order_name" in story.warnings
    assert story.charged == 1


def test_certificate_for_another_name_is_not_deployed_for_a_ukey(story: Story) -> None:
    story.tell(BY_HAND, WANTED, wanted("ukey", OF_BETA), RUNS)
    story.order_is("issue", 1)

    story.tell(f"The record of {OF_BETA} claims that order 1 waits, with the root order 1.", ON_BETA)

    assert not story.last.result.is_green
    assert story.world.live(OF_BETA) is None


@pytest.mark.parametrize("style", ["braces", "mixed"])
def test_id_in_any_spelling_is_one_order(story: Story, style: str) -> None:
    story.tell(f"The CA reads ids as {style}.", *LIVE)
    story.entry()["order_id"] = f"{{{story.newest.id.upper()}}}"

    story.tell(RUNS)
    assert story.outcome == ("unchanged", None)

    story.tell(REISSUED)
    assert story.serves() == "order 2"
    assert story.charged == 1


# ---- a certificate that was bought by hand, and hosts with other names


def test_certificate_that_was_bought_by_hand_is_taken_over_with_its_key_for_nothing(story: Story) -> None:
    story.tell(wanted("taken over"))
    story.order_is("issue")
    key = story.entry()["key"]["import_from"]

    story.tell("The role runs with a limit of 0.")

    assert story.reason == ("resume", "issued")
    assert story.row()["steps"] == ["prepared", "deployed"]
    assert story.serves() == "order 1"
    assert story.sent == []
    with open(key, encoding="utf-8") as file:
        assert (story.path() / "live" / "privkey.pem").read_text() == file.read()
    # Both options may stay, and key.import_from may go.
    del story.entry()["key"]["import_from"]
    story.tell(RUNS)
    assert story.outcome == ("unchanged", None)


def test_key_that_is_taken_over_is_replaced_if_the_entry_names_another_kind(story: Story) -> None:
    story.tell(wanted("taken over"))
    story.order_is("issue")
    story.tell(f"A person wants a key of P-384 for {CONTRACTS}.")

    story.run(most_orders=0)

    assert story.reason == ("resume", "issued")
    assert "is ECC P-256, and the entry names ECC P-384" in story.warnings
    # The run after it, which each good run has here, made the key that the entry names.
    assert story.sent == ["reissue"]
    assert story.serves() == "order 2"


@pytest.mark.parametrize("key", ["missing", "of another certificate", "not named"])
def test_certificate_is_never_deployed_without_its_key(story: Story, key: str) -> None:
    story.tell(wanted("taken over"), f"{Certificate('other', 'alpha')} is wanted, with a key of the kind taken over.")
    story.order_is("issue", 1)
    given = story.entry()["key"]
    if key == "not named":
        del given["import_from"]
    else:
        given["import_from"] = given["import_from"].replace("contracts", "other" if key != "missing" else "missing")

    story.run(most_orders=0)

    if key == "missing":
        assert story.outcome == ("failed", "invalid_key")
        assert "does not exist on this host" in story.row()["msg"]
        assert story.sent == []
    else:
        assert story.sent == ["reissue"]
        assert story.serves() is not None


@pytest.mark.parametrize("keeps_name", [True, False], ids=["with the former name", "without"])
@pytest.mark.parametrize("keeps_files", [True, False], ids=["with its files", "without its disk"])
def test_renamed_host(story: Story, *, keeps_name: bool, keeps_files: bool) -> None:
    story.tell(*LIVE, A_DAY, *([] if keeps_files else [DISK_LOST]), "alpha is renamed to delta")
    renamed = Certificate("contracts", "delta")
    if keeps_name:
        story.entry(renamed)["order_name"] = str(CONTRACTS)

    story.tell(RUNS)

    # Without the former name, only the record on the host leads to the order.
    assert story.serves(renamed) is not None
    assert story.charged == (1 if keeps_name or keeps_files else 2)
    assert ("order_name" in story.warnings) is (keeps_files and not keeps_name)


def test_host_that_replaces_another_gets_its_certificate_for_nothing(story: Story) -> None:
    story.tell(*LIVE, A_DAY, wanted(certificate=OF_BETA))
    story.entry(OF_BETA).update(order_name=str(CONTRACTS), common_name=story.entry()["common_name"])
    story.tell(RUNS)
    assert story.row(OF_BETA)["error_code"] == "order_name_shared"
    order_id = story.world.ca.by_number(1).id
    assert f"If another host replaces alpha, set order_id to {order_id} in its entry" in story.row(OF_BETA)["next_step"]

    del story.entry(OF_BETA)["order_name"]
    story.entry(OF_BETA)["order_id"] = order_id
    del story.world.inventory.hosts["alpha"]
    story.tell("The role runs with a limit of 0.")

    assert story.serves(OF_BETA) == "order 2"
    assert story.charged == 1


def test_renamed_certificate_keeps_its_order_and_its_key(story: Story) -> None:
    story.tell(*LIVE, A_DAY)
    key, renamed = story.path() / "live" / "privkey.pem", Certificate("agreements", "alpha")
    pem = key.read_bytes()
    story.entry().update(name="agreements", order_name=str(CONTRACTS))
    story.entry(renamed)["key"]["import_from"] = str(key)

    # Only Create can find an order by its name, so a limit of 0 does not allow it.
    story.tell("The role runs with a limit of 0.")
    assert story.row(renamed)["error_code"] == "order_limit"
    story.tell(AT_ONCE, RUNS)
    assert (story.path(renamed) / "live" / "privkey.pem").read_bytes() == pem
    assert story.charged == 1


def test_ukey_that_arrived_is_compared_and_signs_its_reissue(story: Story) -> None:
    story.tell(wanted("ukey"), RUNS)
    live, password = story.path() / "live", (story.path() / "live" / "ukey_password").read_text()
    story.entry()["key"]["pkcs11"] = {"module": "/lib/token.so", "token": "hsm", "pin": "1234"}

    story.tell(RUNS)
    uri = (live / "key.uri").read_text()
    assert uri.startswith("pkcs11:token=hsm;")
    story.tell(REISSUED)

    assert story.sent == ["reissue"]
    assert story.serves() == "order 2"
    assert ((live / "key.uri").read_text(), (live / "ukey_password").read_text()) == (uri, password)
    assert story.charged == 1


# ---- names that WoTrus corrects


@pytest.mark.parametrize("review", ["at once", "an hour"])
def test_certificate_of_a_corrected_name_is_deployed_for_the_key_that_was_prepared(story: Story, review: str) -> None:
    story.tell("The CA reads names as corrected in certificates.", f"The CA reads review as {review}.", *LIVE)
    if review == "an hour":
        story.tell(A_DAY, RUNS)

    assert story.outcome == ("deployed", "other_name")
    assert story.last.result.is_green
    assert "Example (Corrected) Ltd." in story.warnings
    story.tell(RUNS)
    assert story.outcome == ("unchanged", "other_name")
    assert story.charged == 1


def test_name_that_the_entry_does_not_have_is_a_warning_in_every_run(story: Story) -> None:
    story.tell("The CA reads names as with an e-mail address.", AT_ONCE, *LIVE)

    assert story.outcome == ("deployed", "other_name")
    assert "names email:cfo@bank.test" in story.warnings
    for _again in range(2):
        story.tell(A_DAY, RUNS)
        assert story.outcome == ("unchanged", "other_name")
        assert "email:cfo@bank.test" in story.row()["msg"]
        assert story.last.result.is_green
    story.tell(RECORD_LOST, RUNS, A_DAY, RUNS)
    assert story.outcome == ("unchanged", "other_name")

    story.entry()["organization"]["email"] = "CFO@bank.test"
    story.tell(RUNS)
    assert story.outcome == ("unchanged", None)
