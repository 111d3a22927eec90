# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Given a kind of key that WoTrus refuses, the corrected entry gets its certificate, and no key is lost."""

from __future__ import annotations

import pathlib
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from .inventory import provided_key
from .story import A_DAY, AT_ONCE, CONTRACTS, LIVE, REISSUED, RUNS, Story, wanted

REFUSES = "The CA reads keys as P-256 alone."
LARGE = f"A person wants a key of P-384 for {CONTRACTS}."
SMALL = f"A person wants a key of P-256 for {CONTRACTS}."


def curve_of(certificate: pathlib.Path) -> str:
    """Return the curve of a certificate's key, as ``openssl`` reads it."""
    command = ["openssl", "x509", "-noout", "-text", "-in", str(certificate)]
    text = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.decode()
    return "P-384" if "secp384r1" in text else "P-256"


def kept_keys(story: Story) -> list[pathlib.Path]:
    """Return the private keys that are neither pending nor of a release."""
    return list(story.path().glob("refused/*/privkey.pem"))


@pytest.mark.parametrize("kind", ["host", "pkcs11"])
def test_corrected_kind_of_key_gets_a_certificate_after_a_refusal(story: Story, kind: str) -> None:
    story.tell(REFUSES, AT_ONCE, wanted(kind), LARGE, RUNS)
    assert story.outcome == ("failed", "rejected_by_api")

    story.tell(SMALL, RUNS)

    assert story.serves() == "order 1"
    assert curve_of(story.path() / "live" / "cert.pem") == "P-256"
    assert story.charged == 1


def test_refused_key_stays_on_its_host(story: Story) -> None:
    story.tell(REFUSES, AT_ONCE, wanted(), LARGE, RUNS, A_DAY)
    pem = (story.path() / "pending" / "privkey.pem").read_bytes()

    story.tell(SMALL, RUNS, REISSUED)

    (kept,) = kept_keys(story)
    assert kept.read_bytes() == pem
    assert kept.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("event", [RUNS, A_DAY])
def test_refused_key_is_sent_again_until_the_entry_is_corrected(story: Story, event: str) -> None:
    story.tell(REFUSES, AT_ONCE, wanted(), LARGE, RUNS, event)
    pem = (story.path() / "pending" / "privkey.pem").read_bytes()

    story.tell("The CA reads keys as any.", RUNS)

    assert (story.path() / "live" / "privkey.pem").read_bytes() == pem
    assert kept_keys(story) == []


def test_order_that_was_stored_although_it_was_refused_is_used_for_nothing(story: Story) -> None:
    story.world.ca.stores_what_it_refuses = True
    # Whether a refusal was charged is another question.
    story.world.marks.add("an order of a moment ago")
    story.tell(AT_ONCE, wanted(), LARGE, RUNS)
    assert story.outcome == ("failed", "rejected_by_api")

    story.tell(A_DAY, SMALL, RUNS, RUNS)

    assert story.outcome == ("unchanged", None)
    assert story.serves() == "order 2"
    assert curve_of(story.path() / "live" / "cert.pem") == "P-256"
    assert story.charged == 1


def test_key_of_a_request_whose_answer_was_lost_keeps_its_kind(story: Story) -> None:
    story.tell(AT_ONCE, wanted(), LARGE)
    story.run(fails=lambda kind, what: (kind.name, what) == ("ANSWER", "create"))
    pem = (story.path() / "pending" / "privkey.pem").read_bytes()

    story.tell(SMALL)
    story.run(predict=False)

    assert kept_keys(story) == []
    assert story.world.ca.by_number(1).request.csr
    assert pem in [path.read_bytes() for path in story.path().glob("releases/*/privkey.pem")]
    assert story.charged == 1


def test_reissue_of_a_refused_kind_does_not_hold_up_the_next_one(story: Story) -> None:
    story.tell(REFUSES, AT_ONCE, *LIVE, LARGE, A_DAY, RUNS)
    assert story.outcome == ("failed", "rejected_by_api")

    story.tell(SMALL, RUNS, RUNS)

    assert story.outcome == ("unchanged", None)
    assert curve_of(story.path() / "live" / "cert.pem") == "P-256"
    assert story.charged == 1


def test_other_provided_key_is_used_after_a_refusal(story: Story) -> None:
    story.tell(REFUSES, AT_ONCE, wanted("provided"))
    command = ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"]
    large = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.decode()
    story.entry()["key"]["content"] = large
    story.tell(RUNS)
    assert story.outcome == ("failed", "rejected_by_api")

    story.entry()["key"]["content"] = provided_key(1)
    story.tell(RUNS)

    assert story.serves() == "order 1"
    assert story.charged == 1


def test_imported_key_of_a_refused_kind_is_replaced_if_the_entry_names_another(story: Story) -> None:
    story.tell(REFUSES, AT_ONCE, wanted())
    file = story.world.hosts["alpha"].folder / "own.key"
    command = ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-out", str(file)]
    subprocess.run(command, check=True)
    file.chmod(0o600)
    story.entry()["key"] = {"import_from": str(file)}
    story.tell(RUNS, RUNS)
    assert story.outcome == ("failed", "rejected_by_api")

    story.entry()["key"].update(type="ECC", curve="P-256")
    story.tell(RUNS)

    assert story.serves() == "order 1"
    assert curve_of(story.path() / "live" / "cert.pem") == "P-256"
    assert file.is_file()


def test_command_of_an_external_key_is_asked_again_after_a_refusal(story: Story) -> None:
    story.tell(REFUSES, AT_ONCE, wanted("external"))
    story.world.hosts["alpha"].hsm["contracts"] = ec.derive_private_key(5, ec.SECP384R1())
    story.tell(RUNS)
    assert story.outcome == ("failed", "rejected_by_api")

    story.world.hosts["alpha"].hsm["contracts"] = ec.derive_private_key(6, ec.SECP256R1())
    story.tell(RUNS)

    assert story.serves() == "order 1"
    assert story.charged == 1
