# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documents that the live certificate did not sign are an alarm."""

from __future__ import annotations

import copy
import dataclasses
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._model.signed_documents import Signer
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import HostAnswer, Run
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import HostState
from ansible_collections.wotrus.pki.plugins.module_utils._planning.plan import OPERATION as PLAN
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, shown
from tests.helpers.operations import Result, Runner
from tests.helpers.scripted_server import Script
from tests.unit.planning.entries import DEPLOYED, ENTRY, deployment, run_plan, says

PATH = "/srv/out/*.pdf"
TIMES = {"newest": "2026-06-30T12:00:00Z", "since": "2026-06-29T00:00:00Z", "not_after": "2027-01-01T00:00:00Z"}


def signer(state: str, documents: int = 2, **fields: t.Any) -> dict[str, t.Any]:
    return {**Signer(state, documents, serial_number="4E2B", subject="CN=A", **TIMES).as_dict(), **fields}


def found(*signers: dict[str, t.Any], **fields: t.Any) -> dict[str, t.Any]:
    return {"found": 9, "refused": 0, "newest": TIMES["newest"], "signers": [*signers], **fields}


@pytest.fixture
def plan(run_scripted: Runner, server: Script) -> t.Callable[..., Result]:
    def decide(documents: t.Any, *, row: dict[str, t.Any] = DEPLOYED, **options: t.Any) -> Result:
        server.will(says("issued"))
        entry = {**ENTRY, "signed_documents": {"path": PATH, **options}}
        return run_plan(run_scripted, {**row, "signed_documents": documents}, entries=[entry])

    return decide


@pytest.mark.parametrize(
    ("state", "code", "words"),
    [
        ("live", None, ""),
        ("former", None, ""),
        ("superseded", "signatures_superseded", "4E2B signed 2 after it was superseded on 2026-06-29T00:00:00Z"),
        ("expired", "signatures_superseded", "4E2B signed 2 after it expired on 2027-01-01T00:00:00Z"),
        ("foreign", "signatures_foreign", "4E2B of 'CN=A' signed 2"),
        ("not_signed", "signatures_missing", "without a signature: 2"),
        ("unreadable", "signatures_missing", "that cannot be read: 2"),
    ],
)
@pytest.mark.parametrize("kind", ["warning", "failure"])
def test_each_state_is_an_alarm_or_none(
    plan: t.Callable[..., Result], state: str, code: str | None, words: str, kind: str
) -> None:
    result = plan(found(signer("live"), signer(state)), alarm=kind)
    (planned,), (row,) = result["plans"], result["results"]
    assert (row["alarm"], row["error_code"]) == (kind if code else None, code)
    assert words in row["msg"]
    assert (PATH in row["msg"]) is (code is not None)
    assert (planned["action"], planned["reason"], result["has_work"]) == ("nothing", "valid", False)
    counts = {"live": 4} if state == "live" else {"live": 2, state: 2}
    assert planned["signed_documents"] == {**counts, "newest": TIMES["newest"]}
    assert row["signed_documents"]["path"] == PATH
    assert [one["state"] for one in row["signed_documents"]["signers"]] == ["live", state]


def test_a_warning_is_the_default_and_the_step_is_the_code_s_own(plan: t.Callable[..., Result]) -> None:
    (row,) = plan(found(signer("superseded")))["results"]
    assert row["alarm"] == "warning"
    assert "Restart the service" in row["next_step"]


@pytest.mark.parametrize(
    ("newest", "kind"),
    [("2026-06-30T12:00:00Z", "failure"), ("2026-06-29T12:00:01Z", "failure"), ("2026-06-29T11:59:59Z", "warning")],
)
@pytest.mark.parametrize("state", ["superseded", "expired", "foreign", "unreadable"])
def test_a_failure_that_is_fixed_is_a_warning_from_the_next_day_on(
    plan: t.Callable[..., Result], state: str, newest: str, kind: str
) -> None:
    (row,) = plan(found(signer("live"), signer(state, newest=newest)), alarm="failure")["results"]
    assert row["alarm"] == kind
    assert "This ends when the live certificate has signed the newest 5." in row["msg"]


def test_a_service_that_signs_no_more_is_an_alarm_if_the_entry_says_when(plan: t.Callable[..., Result]) -> None:
    # The entries' certificate is of the past: the age is that of the clock of this machine.
    old = found(signer("live"), newest="2020-01-01T00:00:00Z")
    assert plan(old)["results"][0]["alarm"] is None
    (row,) = plan(old, max_age_days=2)["results"]
    assert (row["error_code"], "max_age_days is 2" in row["msg"]) == ("signatures_missing", True)
    assert plan(old, max_age_days=36500)["results"][0]["alarm"] is None


@pytest.mark.parametrize("newest", [None, "2096-01-01T00:00:00Z"])
def test_a_file_of_the_future_is_no_new_one(plan: t.Callable[..., Result], newest: str | None) -> None:
    claim = found(signer("live"), newest=newest)
    assert plan(claim)["results"][0]["alarm"] is None
    (row,) = plan(claim, max_age_days=2)["results"]
    assert (row["error_code"], "in the future" in row["msg"]) == ("signatures_missing", True)


def test_no_file_and_an_unreadable_folder_are_an_alarm(plan: t.Callable[..., Result]) -> None:
    (row,) = plan(found(found=0, refused=3, newest=None))["results"]
    assert (row["error_code"], "Links and pipes that do: 3." in row["msg"]) == ("signatures_missing", True)
    broken = found(found=0, newest=None, **shown(msg=Message("The system says: {error}.", error="Permission denied")))
    (row,) = plan(broken)["results"]
    assert (row["error_code"], "«The system says: Permission denied" in row["msg"]) == ("signatures_missing", True)


@pytest.mark.parametrize("kind", ["warning", "failure"])
def test_a_limit_is_a_warning_and_hides_nothing_that_was_read(plan: t.Callable[..., Result], kind: str) -> None:
    limit = {"limited": True, **shown(msg=Message("The folders have more than {most} files.", most=100_000))}
    (row,) = plan(found(newest=None, **limit), alarm=kind)["results"]
    assert (row["alarm"], row["error_code"]) == ("warning", "signatures_missing")
    (row,) = plan(found(signer("superseded"), **limit), alarm=kind)["results"]
    assert (row["alarm"], row["error_code"]) == (kind, "signatures_superseded")


def test_nothing_live_explains_more_than_its_documents(run_scripted: Runner) -> None:
    entry = {**ENTRY, "signed_documents": {"path": PATH, "alarm": "failure"}}
    row = deployment(signed_documents=found(signer("foreign")))
    (result,) = run_plan(run_scripted, row, entries=[entry])["results"]
    assert result["alarm"] is None


@pytest.mark.parametrize(
    "claim",
    [
        "words",
        [],
        {},
        found(signers={}),
        found(found=-1),
        found(refused=True),
        found(newest="yesterday"),
        found(signer("good")),
        found(signer("live", documents="5")),
        found(signer("live", documents=2**60)),
        found(signer("live", serial_number="{{ x }}")),
        found(signer("live", subject=["CN=A"])),
        found("live"),
        found(signers=None),
    ],
)
def test_a_claim_of_another_form_hides_nothing_of_the_certificate(claim: t.Any) -> None:
    state = HostState.read({**DEPLOYED, "signed_documents": claim}, path="/ssl/contracts")
    assert (state.fault, state.live is not None) == (None, True)
    assert state.signed_documents is not None
    assert str(state.signed_documents.msg) == "The host's answer about these documents cannot be used."


def test_a_claim_is_bounded_and_made_safe() -> None:
    claim = found(*[signer("foreign", subject="CN=\x1b[31m" + "A" * 8000)] * 500)
    documents = HostState.read({**DEPLOYED, "signed_documents": claim}, path="/x").signed_documents
    assert documents is not None
    assert len(documents.signers) == 20
    assert all(str(one.subject).isprintable() and len(str(one.subject)) <= 300 for one in documents.signers)


def test_the_host_is_asked_about_the_documents_of_an_entry_alone(run_scripted: Runner) -> None:
    asked: list[t.Any] = []

    def look(paths: t.Sequence[str], _first_keys: t.Mapping[str, str], **options: t.Any) -> HostAnswer:
        asked.append(options.get("signed_documents"))
        return HostAnswer([{"path": path} for path in paths])

    run = dataclasses.replace(run_scripted, surroundings=Run(inspect_host=look))
    other = {**ENTRY, "name": "other", "signed_documents": {"path": PATH}}
    run(PLAN, base_dir="/ssl", host="signer1", certificates=[ENTRY])
    run(PLAN, base_dir="/ssl", host="signer1", certificates=copy.deepcopy([ENTRY, other]))
    assert asked == [None, {"/ssl/other": {"path": PATH, "newest": 5}}]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"path": "out/*.pdf"}, "signed_documents.path is 'out/*.pdf', but must be the absolute path of files"),
        ({"path": "/srv/../etc/*"}, "signed_documents.path"),
        ({"path": "/srv/out/"}, "signed_documents.path"),
        ({"path": PATH, "newest": 0}, "signed_documents.newest is 0, but must be from 1 to 20"),
        ({"path": PATH, "newest": 21}, "signed_documents.newest"),
        ({"path": PATH, "max_age_days": 0}, "signed_documents.max_age_days"),
        ({"path": PATH, "alarm": "never"}, "alarm"),
    ],
)
def test_mistakes_of_the_entry_are_named(run_scripted: Runner, options: dict[str, t.Any], words: str) -> None:
    result = run_plan(run_scripted, entries=[{**ENTRY, "signed_documents": options}])
    assert result["failed"]
    assert words in result["msg"]
