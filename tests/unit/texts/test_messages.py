# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages in each language, and the tool that compares these with code."""

from __future__ import annotations

import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils import _errors
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action
from ansible_collections.wotrus.pki.plugins.module_utils._planning.results import (
    BLOCKED,
    DEPLOYED,
    FAILED,
    NOT_SELECTED,
    UNCHANGED,
    WAITING,
)
from ansible_collections.wotrus.pki.plugins.module_utils._texts import message
from ansible_collections.wotrus.pki.plugins.module_utils._texts.by_code import next_step
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, text
from ansible_collections.wotrus.pki.plugins.module_utils._workflow import table
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.order_results import CANCELLED, REVOKED, REVOKING
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.selection import revoke_command
from tests.tools import translations
from tests.unit.house.test_layers import PACKAGE, PLUGINS, imports


def braces(one: str) -> set[tuple[str, str | None, str | None]]:
    """Return the names in a text's braces, with their forms and conversions."""
    return {(name, form, kind) for _before, name, form, kind in string.Formatter().parse(one) if name is not None}


def test_each_text_gets_its_values_in_each_language() -> None:
    found = [(use, braces(use.english)) for use in translations.uses() if use.english is not None]

    assert len(found) > 500
    assert [use for use, named in found if use.names is not None and not {one[0] for one in named} <= use.names] == []
    pairs = [pair for texts in translations.languages().values() for pair in texts.items()]
    assert [english for english, other in pairs if braces(english) != braces(other)] == []


def test_targets_are_sent_no_languages() -> None:
    """Ansible sends each file that it sees imported, wherever the import stands."""
    sent: set[Path] = set()
    new = {PLUGINS / "modules" / f"{name}.py" for name in ("wotrus_deployment", "wotrus_host_info", "wotrus_order")}
    while new:
        sent |= new
        names = {one.name.removeprefix(f"{PACKAGE}.") for path in new for one in imports(path)}
        paths = {PLUGINS.joinpath(*name.split(".")).with_suffix(".py") for name in names}
        new = {path for path in paths if path.is_file()} - sent

    assert {path.name for path in sent if path.parent.name == "_texts"} == {"message.py", "safe_text.py"}


def test_every_error_code_has_a_next_step() -> None:
    kinds = [kind for kind in vars(_errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    codes = {kind.error_code for kind in kinds} | {"handler_not_found", "unfinished"}

    # The number of its next step is put in where the limit is checked. A host that answers this code has no number.
    assert {code for code in codes - {"error"} if next_step(code) == next_step("error")} == {
        "order_limit",
        "reissue_limit",
    }


def test_every_result_and_action_has_a_word() -> None:
    results = {UNCHANGED, DEPLOYED, WAITING, BLOCKED, FAILED, NOT_SELECTED, REVOKED, REVOKING, CANCELLED}

    assert {action.value for action in Action} <= set(table._WORDS["action"])
    assert results <= set(table._WORDS["result"])


def test_a_message_is_rendered_in_a_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        message, "translations", {"zh": {"{why} Order {id}.": "{why}订单 {id}。"}, "en": {}}.__getitem__
    )
    one = Message("{why} Order {id}.", why=Message("The key is lost."), id="A1")

    assert text(one) == str(one) == "The key is lost. Order A1."
    # What the language does not have is English.
    assert text(one, "zh") == "The key is lost.订单 A1。"
    assert text("WoTrus: 系统维护", "zh") == "WoTrus: 系统维护"


def test_messages_are_equal_by_text_and_values() -> None:
    assert Message("{days} days", days=1) == Message("{days} days", days=1)
    assert Message("{days} days", days=1) != Message("{days} days", days=2)
    assert Message("Lost.") != "Lost."
    assert len({Message("Lost."), Message("Lost.")}) == 1


def test_an_error_in_a_message_loses_its_own_full_stop() -> None:
    cut_off = _errors.BadAnswer(Message("The DER is cut off."))

    assert text(Message("It cannot be read: {error}.", error=cut_off)) == "It cannot be read: The DER is cut off."
    assert text(Message("{why} It is pending.", why=cut_off)) == "The DER is cut off. It is pending."


def test_a_list_in_a_message_is_joined_as_its_language_does() -> None:
    hosts = Message("These hosts of the plan are not in this run: {hosts}.", hosts=["signer1", "signer2"])
    causes = Message("{failures}.", failures=[Message("The connection was refused"), Message("unknown")])

    assert text(hosts) == "These hosts of the plan are not in this run: signer1, signer2."
    assert text(hosts, "zh") == "计划中的以下主机不在本次运行中：signer1、signer2。"
    assert text(causes) == "The connection was refused; unknown."


@pytest.fixture
def _in_awx() -> Iterator[None]:
    message.name_jobs({"reissue": "P{KI} | reissue", "revoke": "P{KI} | revoke"})
    yield
    message.name_jobs({})


@pytest.mark.usefixtures("_in_awx")
def test_messages_name_the_jobs_of_awx_in_place_of_playbooks() -> None:
    assert text(Message("Run wotrus.pki.reissue for it.")) == 'Run the job "P{KI} | reissue" for it.'
    assert "作业「P{KI} | reissue」" in text(Message("Run wotrus.pki.reissue for it."), "zh")
    assert text(revoke_command("one", "A")) == 'the job "P{KI} | revoke" --limit one -e wotrus_revoke=A'
    # This one is no job, and words of others stay.
    assert text(Message("Run wotrus.pki.issue.")) == "Run wotrus.pki.issue."
    assert text(Message("{msg}", msg="run wotrus.pki.reissue")) == "run wotrus.pki.reissue"
