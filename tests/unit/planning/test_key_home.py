# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nothing that may cost money is sent for a key that its host says is not in hardware."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._errors import KeyHome
from ansible_collections.wotrus.pki.plugins.module_utils._planning.key_home import require_home
from tests.helpers.operations import Result, Runner
from tests.helpers.scripted_server import Script
from tests.unit.planning.entries import AFTER_THE_END, DEFINITION, DEPLOYED, ENTRY, UKEY, deployment, run_plan, says
from tests.unit.planning.scenario import wanted

TOKEN = {"storage": "pkcs11", "pkcs11": {"module": "/usr/lib/p11.so", "token": "t", "pin_file": "/etc/pin"}}
COMMAND = {"storage": "external", "csr_command": "/usr/local/bin/csr"}
GOOD = {"local": True, "always_sensitive": True, "never_extractable": True}


def plan(runner: Runner, row: t.Any = None, *, home: str = "hardware", **entry: t.Any) -> Result:
    (planned,) = run_plan(runner, *([row] if row else []), entries=[{**ENTRY, **entry}], key_home=home)["plans"]
    return planned


def pending(storage: str, evidence: dict[str, t.Any] | None) -> dict[str, t.Any]:
    request = {
        "operation": "order",
        "months": 12,
        "definition": {**DEFINITION, "key": {"type": "RSA", "size": 3072, "storage": storage}},
        "key_evidence": evidence,
    }
    return deployment(pending=request)


@pytest.mark.parametrize(
    ("entry", "row", "action"),
    [
        ({}, None, "blocked"),
        ({"key_home": "any"}, None, "order"),
        (UKEY, None, "order"),
        ({"key": TOKEN}, None, "order"),
        ({"key": COMMAND}, None, "order"),
        ({"key": TOKEN}, pending("pkcs11", GOOD), "order"),
        # The record of an earlier release; the host says it when it prepares the request.
        ({"key": TOKEN}, pending("pkcs11", None), "order"),
        # The token may be another one by now, or the key is gone, so the host looks again before anything is sent.
        ({"key": TOKEN}, pending("pkcs11", {**GOOD, "never_extractable": False}), "order"),
        ({"key": COMMAND}, pending("external", {}), "order"),
        ({"key": COMMAND}, pending("external", {"attestation_sha256": "ab" * 32}), "order"),
    ],
)
def test_first_order_is_blocked_by_what_is_known(
    run_scripted: Runner, entry: dict[str, t.Any], row: t.Any, action: str
) -> None:
    planned = plan(run_scripted, row, **entry)
    assert (planned["action"], planned["may_be_charged"]) == (action, action == "order")
    assert (planned["reason"] == "key_home") is (action == "blocked")
    assert ("key_home is hardware" in planned["msg"]) is (action == "blocked")
    assert plan(run_scripted, row, home="any", **entry)["action"] == "order"


def test_renewal_is_blocked_and_what_is_live_stays(run_scripted: Runner, server: Script) -> None:
    server.will(says("revoked", now=AFTER_THE_END))
    planned = plan(run_scripted, DEPLOYED)
    assert (planned["action"], planned["reason"]) == ("blocked", "key_home")
    assert "set key_home to any" in planned["next_step"]
    server.will(says("issued"))
    assert plan(run_scripted, DEPLOYED)["action"] == "nothing"
    assert "The live certificate: key_home is hardware, and the key is in a file" in run_scripted.warnings[-1]
    run_scripted.warnings.clear()
    server.will(says("issued"))
    plan(run_scripted, DEPLOYED, home="any")
    assert run_scripted.warnings == []


@pytest.mark.parametrize("evidence", [None, {}, {"never_extractable": False}, {"never_extractable": "yes"}])
@pytest.mark.parametrize("storage", ["pkcs11", "external", "host", "provided"])
def test_nothing_is_sent_without_the_words_of_the_host(storage: str, evidence: t.Any) -> None:
    definition = {**DEFINITION, "key": {"storage": storage}}
    with pytest.raises(KeyHome):
        require_home(wanted(definition=definition, key_home="hardware"), evidence)
    require_home(wanted(definition=definition, key_home="any"), evidence)
    require_home(wanted(definition={"key": {"storage": "ukey"}}, key_home="hardware"), evidence)


def test_a_token_that_says_it_is_enough() -> None:
    require_home(wanted(definition={"key": {"storage": "pkcs11"}}, key_home="hardware"), GOOD)
