# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same tasks have one result in the controller and elsewhere.

The other host is not local.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.ansible_tasks import TaskResults, run_tasks
from tests.helpers.operations import csr
from tests.helpers.sandbox import Sandbox, start_sandbox

TOKEN = "tk_parity-token"
UKEY = "Ukey-Pa55word"
IDENTITY = "440301199001011234"
DOCUMENT = base64.b64encode(b"%PDF-1.7 secret evidence").decode()
SECRETS = (TOKEN, UKEY, IDENTITY, DOCUMENT)
MASK = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
ORDER: dict[str, Any] = {
    "product": "pdf_signing",
    "common_name": "沃通电子认证",
    "months": 12,
    "csr": csr(),
    "organization": {"name": "沃通", "id_card_number": IDENTITY},
}
ENTRY: dict[str, Any] = {**{name: value for name, value in ORDER.items() if name != "csr"}, "name": "contracts"}
PLAN: dict[str, Any] = {"certificates": [ENTRY], "host": "signer1", "base_dir": "~/not-there"}


@dataclass(frozen=True)
class Case:
    """A task to run twice. ``own``: options that differ per place."""

    module: str
    options: dict[str, Any]
    task: dict[str, Any] = field(default_factory=dict)
    own: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    fails: bool = False
    differs: frozenset[str] = frozenset()

    def written(self, *, there: bool, register: str) -> dict[str, Any]:
        """Return the task as it stands in the playbook."""
        where = {"delegate_to": "bastion"} if there else {}
        options = {**self.options, **self.own[there]}
        return {
            "name": register,
            f"wotrus.pki.wotrus_{self.module}": options,
            "register": register,
            "ignore_errors": True,
            **where,
            **self.task,
        }


CHECK = {"check_mode": True, "diff": True}
# @known@ and @issued@ are orders of the sandbox.
CASES: dict[str, Case] = {
    "adopted": Case("order", {**ORDER, "name": "known"}),
    "created": Case(
        "order",
        ORDER,
        {"diff": True},
        own=({"name": "here"}, {"name": "there"}),
        differs=frozenset({"order_id", "order", "idempotence_id", "diff"}),
    ),
    "by_id": Case("order", {"order_id": "@known@"}),
    "warned": Case("certificate", {"order_id": "@issued@", "csr": csr(), "common_name": "another"}),
    "secret_in_a_message": Case(
        "order", {**ORDER, "name": "known", "common_name": UKEY, "ukey_password": UKEY}, fails=True
    ),
    "secret_in_a_diff": Case("order", {**ORDER, "name": "x", "common_name": f"of {IDENTITY}"}, CHECK),
    "secret_of_two_letters": Case("order", {**ORDER, "name": "x", "ukey_password": "12"}, CHECK),
    "secret_that_is_true": Case("order", {**ORDER, "name": "x", "ukey_password": "True"}, CHECK),
    "document": Case(
        "order",
        {**ORDER, "name": "x", "documents": [{"type": "id_card", "content": DOCUMENT, "file_type": ".jpg"}]},
        fails=True,
    ),
    "info": Case("order_info", {"order_ids": ["@known@", "not-an-order"]}),
    "certificate": Case("certificate", {"order_id": "@issued@", "csr": csr()}),
    "key_mismatch": Case("certificate", {"order_id": "@issued@", "csr": csr("P-384")}, fails=True),
    "revoke_in_check_mode": Case(
        "revoke",
        {"order_id": "@issued@", "reason": "lost", "document": {"content": DOCUMENT, "file_type": ".pdf"}},
        CHECK,
    ),
    "no_token": Case("order", {"order_id": "@known@", "api_token": " "}, fails=True),
    "unauthorized": Case("order", {"order_id": "@known@", "api_token": "tk_wrong-token"}, fails=True),
    "missing": Case("order_info", {}, fails=True),
    "type": Case("order", {**ORDER, "name": "x", "months": "twelve"}, fails=True),
    "unsupported_inside": Case("order", {**ORDER, "name": "x", "organization": {"name": "x", "fax": 1}}, fails=True),
    "extra_of_any_kind": Case("order", {**ORDER, "name": "x", "extra": {"a": [1, None, True], "1": {"b": 1.5}}}, CHECK),
    "environment": Case(
        "order", {"order_id": "@known@"}, {"environment": {"WOTRUS_API_TOKEN": "tk_from-the-task"}}, fails=True
    ),
}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with start_sandbox(tmp_path_factory.mktemp("parity"), "--token", TOKEN, "--manual-review") as one:
        yield one


def place(sandbox: Sandbox, folder: Path, names: list[str]) -> dict[str, str]:
    """Place orders by their names, and return their ids."""
    tasks = [{"name": name, "wotrus.pki.wotrus_order": {**ORDER, "name": name}, "register": name} for name in names]
    played = run_tasks(folder, tasks, names=names, **connection(sandbox))
    assert played.returncode == 0, played.output
    return {name: played.results[name]["order_id"] for name in names}


def connection(sandbox: Sandbox) -> dict[str, Any]:
    """The keywords of a play that reaches the sandbox.

    The token comes from the controller's environment.
    """
    defaults = {"group/wotrus.pki.wotrus": {"api_url": sandbox.url, "ca_path": sandbox.tls_ca}}
    return {"module_defaults": defaults, "controller": {"WOTRUS_API_TOKEN": TOKEN}}


@pytest.fixture(scope="module")
def both(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> TaskResults:
    """Results of every case in both places, at the highest verbosity."""
    ids = place(sandbox, tmp_path_factory.mktemp("place"), ["known", "issued"])
    sandbox.order(ids["issued"], "issue")
    # Long ago, so that both adopt it and none placed it.
    sandbox.clock(advance=60)
    tasks: list[dict[str, Any]] = []
    names: list[str] = []
    for name, case in CASES.items():
        for place_name, there in (("here", False), ("there", True)):
            names.append(f"{place_name}_{name}")
            tasks.append(case.written(there=there, register=names[-1]))
    text = json.dumps(tasks)
    for name, order_id in ids.items():
        text = text.replace(f"@{name}@", order_id)
    return run_tasks(tmp_path_factory.mktemp("both"), json.loads(text), names=names, verbosity=4, **connection(sandbox))


def comparable(played: TaskResults, name: str, *, drop: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return a result without what has to differ."""
    result = dict(played.results[name])
    # How long a wait took, and when something was seen, is another moment in each of the two.
    for key in ("invocation", "request_ids", "ansible_facts", "exception", "waited", "seen_at", *drop):
        result.pop(key, None)
    return {key: value for key, value in result.items() if not key.startswith("_ansible")}


@pytest.mark.parametrize("name", CASES)
def test_task_has_the_same_result_in_both_places(both: TaskResults, name: str) -> None:
    case = CASES[name]
    here = comparable(both, f"here_{name}", drop=case.differs)
    there = comparable(both, f"there_{name}", drop=case.differs)
    assert here == there
    assert here.get("failed", False) is case.fails, here
    assert both.results[f"here_{name}"].keys() - {"invocation"} == both.results[f"there_{name}"].keys() - {"invocation"}


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.fails])
def test_every_failure_has_a_message_a_code_and_its_requests(both: TaskResults, name: str) -> None:
    for place_name in ("here", "there"):
        result = both.results[f"{place_name}_{name}"]
        assert result["msg"]
        assert result["error_code"].islower()
        assert isinstance(result["request_ids"], list)


@pytest.fixture(scope="module")
def refused(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> TaskResults:
    """Results of plan and apply with async, delegation, or as modules."""
    ways: dict[str, dict[str, Any]] = {
        "async": {"async": 30, "poll": 1},
        "elsewhere": {"delegate_to": "bastion"},
        "module": {"vars": {"wotrus_in_process": False}},
    }
    tasks = [
        {"name": f"{name}_{way}", f"wotrus.pki.wotrus_{name}": PLAN, "register": f"{name}_{way}", **keywords}
        for name in ("plan_info", "apply")
        for way, keywords in ways.items()
    ]
    names = [task["register"] for task in tasks]
    for task in tasks:
        task["ignore_errors"] = True
    return run_tasks(tmp_path_factory.mktemp("refused"), tasks, names=names, **connection(sandbox))


@pytest.mark.parametrize("way", ["async", "elsewhere", "module"])
@pytest.mark.parametrize("name", ["plan_info", "apply"])
def test_operation_on_the_host_must_run_in_the_controller(refused: TaskResults, name: str, way: str) -> None:
    result = refused.results[f"{name}_{way}"]
    assert (result["failed"], result["error_code"]) == (True, "invalid_input")
    for word in ("async", "delegate_to", "wotrus_in_process"):
        assert word in result["msg"]


def test_host_with_facts_that_would_replace_variables_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    """Facts have precedence over the inventory, in later runs too."""
    facts: dict[str, Any] = {"ansible.builtin.set_fact": {"wotrus_max_charged_orders": 99, "cacheable": True}}
    tasks = [
        {"name": name, f"wotrus.pki.wotrus_{name}": PLAN, "register": name, "ignore_errors": True}
        for name in ("plan_info", "apply")
    ]

    results = run_tasks(tmp_path, [facts, *tasks], names=["plan_info", "apply"], **connection(sandbox)).results

    for result in results.values():
        assert (result["failed"], result["error_code"]) == (True, "hostile_facts")
        assert "wotrus_max_charged_orders" in result["msg"]


def test_no_secret_is_shown_at_any_verbosity(both: TaskResults) -> None:
    for secret in (*SECRETS, "tk_wrong-token", "tk_from-the-task"):
        assert secret not in both.output
        assert secret not in json.dumps(both.results)


def test_secrets_in_a_message_are_masked_and_the_rest_stays(both: TaskResults) -> None:
    message = both.results["here_secret_in_a_message"]["msg"]
    assert "was placed with other values" in message
    assert "********" in message
    assert "of ********" in both.results["here_secret_in_a_diff"]["diff"]["after"]


def shown(played: TaskResults, name: str) -> dict[str, Any]:
    """Return the result as it was printed at this verbosity."""
    text = played.output.split(f"TASK [{name}]", maxsplit=1)[1]
    printed, _end = json.JSONDecoder().raw_decode(text, text.index("=> {") + len("=> "))
    return dict(printed)


def test_verbose_output_shows_the_same_options_masked(both: TaskResults) -> None:
    for name, case in CASES.items():
        here, there = (
            shown(both, f"{place_name}_{name}")["invocation"]["module_args"] for place_name in ("here", "there")
        )
        assert there["api_token"] in (None, MASK)
        own = {option for options in case.own for option in options}
        assert {**here, **dict.fromkeys(own)} == {**there, **dict.fromkeys(own)}, name


def test_secrets_inside_options_are_masked_too(both: TaskResults) -> None:
    options = shown(both, "here_secret_in_a_message")["invocation"]["module_args"]
    assert (options["ukey_password"], options["organization"]["id_card_number"]) == (MASK, MASK)
    assert shown(both, "here_document")["invocation"]["module_args"]["documents"][0]["content"] == MASK


def test_the_warnings_of_an_operation_are_the_tasks(both: TaskResults) -> None:
    for name in ("here_warned", "there_warned"):
        assert any("The certificate is for" in warning for warning in both.results[name]["warnings"])


def test_environment_of_a_task_is_used_and_removed(both: TaskResults) -> None:
    assert both.results["here_environment"]["error_code"] == "unauthorized"
    # The next task has the controller's token again.
    assert both.results["here_by_id"]["changed"] is False
