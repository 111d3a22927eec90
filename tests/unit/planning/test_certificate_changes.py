# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What changes beside the dates is said before the certificate is deployed."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._model.record import LiveCertificate, Record
from ansible_collections.wotrus.pki.plugins.module_utils._planning.certificate_changes import (
    certificate_changes,
    change_words,
    planned_changes,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action, Decision
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import CertificateAnswer
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import Certificate
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import text
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.approval import approval_lines
from ansible_collections.wotrus.pki.plugins.module_utils._x509.chain import build_bundle, describe_bundle
from tests.unit.planning.scenario import A, certificate, deployed
from tests.unit.workflow.test_approval import plan
from tests.unit.x509 import pki

OLD, NEW = pki.root("Root"), pki.root("Root")
CA, OTHER_CA = OLD.issue("CA", ca=True), OLD.issue("Single-purpose CA", ca=True)
KEY = pki.ecc()


def info(*path: pki.Authority) -> dict[str, t.Any]:
    bundle = build_bundle([one.certificate for one in path], public_key_sha256=None, now=pki.NOW)
    return describe_bundle(bundle)


def recorded(facts: dict[str, t.Any]) -> LiveCertificate:
    """Return what a host records of a certificate."""
    names = {field.name for field in dataclasses.fields(LiveCertificate)}
    live = LiveCertificate(release="01", **{name: one for name, one in facts.items() if name in names})
    found = Record.from_text(Record(live=live).to_text()).live
    assert found is not None
    return found


def changes(former: dict[str, t.Any], new: dict[str, t.Any]) -> list[dict[str, str]]:
    certificate = Certificate.read(new)
    assert certificate is not None
    return certificate_changes(recorded(former), certificate)


FORMER = info(CA.issue("Signer", key=KEY), CA, OLD)


def test_dates_and_serial_numbers_are_no_change() -> None:
    assert changes(FORMER, info(CA.issue("Signer", key=KEY, days=(0, 90)), CA, OLD)) == []


@pytest.mark.parametrize(
    ("new", "found"),
    [
        (info(OTHER_CA.issue("Signer", key=KEY), OTHER_CA, OLD), ["issuer"]),
        (info(CA.issue("Signer", key=pki.ecc(), usages=()), CA, OLD), ["extended_key_usage"]),
        (info(CA.issue("Signatory", key=KEY), CA, OLD), ["subject"]),
        (info(NEW.issue("Signer", key=KEY), NEW), ["root", "issuer"]),
        ({**FORMER, "key_type": "RSA", "key_size": 3072}, ["key"]),
        ({**FORMER, "key_size": 384}, ["key"]),
        ({**FORMER, "alternative_names": ["email:a@example.com"]}, ["alternative_names"]),
    ],
)
def test_each_change_is_named(new: dict[str, t.Any], found: list[str]) -> None:
    assert [change["what"] for change in changes(FORMER, new)] == found
    words = change_words(changes(FORMER, new))
    assert (words is not None) is bool({"root", "extended_key_usage", "subject"} & {*found})


def test_a_root_of_the_same_name_is_another_one_by_its_digest() -> None:
    (root, _issuer) = changes(FORMER, info(NEW.issue("Signer", key=KEY), NEW))
    assert root["former"].startswith("CN=Root,C=CN, ")
    assert root["former"] != root["new"]
    words = change_words([root])
    assert words is not None
    assert "the root from 'CN=Root,C=CN, " in text(words)
    assert "根证书" in text(words, "zh")


def test_what_an_older_record_lacks_is_no_change() -> None:
    bare = {name: FORMER[name] for name in ("not_before", "not_after", "subject", "issuer")}
    new = info(NEW.issue("Signatory", key=KEY), NEW)
    assert [change["what"] for change in changes(bare, new)] == ["issuer", "subject"]


def test_a_plan_names_the_changes_of_a_certificate_that_it_knows_alone() -> None:
    facts = deployed(today=350).facts()
    known = dataclasses.replace(certificate(340, 700), issuer="CN=New", subject="CN=B")
    record = dataclasses.replace(
        facts.host.record, live=dataclasses.replace(facts.live, issuer="CN=Old", subject="CN=A")
    )
    facts = facts.with_host(record=record)
    ready = Decision(Action.RESUME, "issued", "", order_id=A, is_ready=True)
    assert planned_changes(facts, ready) == []
    facts = facts.with_certificate(A, CertificateAnswer(known))
    assert [change["what"] for change in planned_changes(facts, ready)] == ["issuer", "subject"]
    assert planned_changes(facts, dataclasses.replace(ready, is_ready=False)) == []
    assert planned_changes(facts, dataclasses.replace(ready, action=Action.NOTHING)) == []
    # The record is of another certificate than the live one.
    other = dataclasses.replace(record, live=dataclasses.replace(record.live, fingerprint_sha256="ff"))
    assert planned_changes(facts.with_host(record=other), ready) == []


def test_a_host_adds_no_line_to_the_text_of_an_approver() -> None:
    former = LiveCertificate(
        release="01",
        subject="CN=A'.\n\nhost2 other: nothing\n\x1b[31m" + "A" * 5000,
        extended_key_usage=["x" * 5000] * 5000,
    )
    new = dataclasses.replace(certificate(340, 700), subject="CN=A", extended_key_usage=("documentSigning",))
    found = certificate_changes(former, new)
    assert [change["what"] for change in found] == ["extended_key_usage", "subject"]
    assert all(change["former"].isprintable() and len(change["former"]) < 7000 for change in found)
    lines = approval_lines([plan("one", "resume", certificate_changes=found)])
    assert [line for line in lines if not line.isprintable()] == []


def test_an_approver_reads_what_changes() -> None:
    row = [{"what": "subject", "former": "CN=A", "new": "CN=B"}, {"what": "issuer", "former": "CN=C", "new": "CN=D"}]
    lines = approval_lines([plan(host, "resume", certificate_changes=row) for host in ("one", "two")])
    assert lines[1] == (
        "one contracts, two contracts: The new certificate changes the subject from 'CN=A' to 'CN=B'. Check that the "
        "readers of the documents accept that."
    )
    assert len(lines) == 4
