# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cancel or revoke orders of certificates that a person names."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from tests.helpers.sandbox import Sandbox

from .checks import assert_deployed, posts
from .conftest import Charged
from .harness import Run, Site

EVIDENCE = Path(__file__)
"""A file that can be read. No run of these tests sends it."""

VARIABLES = {
    "cancel": {"wotrus_cancel_reason": "ordered by mistake"},
    "revoke": {
        "wotrus_revocation_document": str(EVIDENCE),
        "wotrus_revocation_reason": "the key was disclosed",
        "wotrus_wait_timeout": 0,
    },
}


@pytest.fixture
def reviewed(site: Site, sandbox: Sandbox) -> Site:
    """A controller whose orders people review."""
    sandbox.settings(manual_review=True)
    return site


def end(site: Site, how: str, *names: str) -> Run:
    """Cancel or revoke the named certificates on any host."""
    role = {"name": "wotrus.pki.certificate", "tasks_from": how}
    variables = {f"wotrus_{how}": list(names), **VARIABLES[how]}
    return site.run(tasks=[{"ansible.builtin.include_role": role}], variables=variables)


@pytest.mark.manual("5.cancels")
def test_pending_order_is_cancelled_once(reviewed: Site, sandbox: Sandbox, charged: Charged) -> None:
    folder = reviewed.host().folder()
    reviewed.issue()
    order_id = folder.pending_order_id

    done = end(reviewed, "cancel", "contracts")

    assert done.code == 0, done.output
    assert sandbox.status(order_id) == "closed"
    again = end(reviewed, "cancel", "contracts")
    assert (again.code, again.changed) == (0, 0)
    assert posts(sandbox) == ["create", "cancel"]
    blocked = reviewed.run()
    assert blocked.code != 0
    assert f"Order {order_id} is closed" in blocked.failures[0]
    reviewed.issue(variables={"wotrus_replace_orders": [order_id]})
    assert is_same_id(folder.record["pending"]["follows"], order_id)
    assert charged() == 2


@pytest.mark.manual("5.not-issued", "5.cancel-failed-reason")
def test_refusal_to_cancel_shows_the_message_of_the_server(reviewed: Site, sandbox: Sandbox) -> None:
    folder = reviewed.host().folder()
    reviewed.issue()
    sandbox.order(folder.pending_order_id, "issue")

    refused = end(reviewed, "cancel", "contracts")

    assert refused.code != 0
    assert "证书已签发" in refused.failures[0]
    # Its certificate is not lost by that.
    reviewed.issue()
    assert folder.record["pending"] is None
    assert_deployed(folder, sandbox)


@pytest.mark.parametrize("how", ["cancel", "revoke"])
def test_name_that_the_host_does_not_have_cancels_nothing(site: Site, sandbox: Sandbox, how: str) -> None:
    host = site.host()
    sandbox.settings(manual_review=how == "cancel")
    site.issue()
    sandbox.clear_calls()

    run = end(site, how, "contracts", "contract")

    assert run.code != 0
    assert run.failures[0].startswith("Nothing was ")
    assert f"contract: {host.folder('contract').path} has no record." in run.failures[0]
    assert sandbox.calls() == []


def test_order_that_is_not_recorded_is_not_reported_as_cancelled(
    reviewed: Site, sandbox: Sandbox, charged: Charged
) -> None:
    folder = reviewed.host().folder()
    sandbox.fault("create", "drop_after", times=-1)
    assert reviewed.run().code != 0
    sandbox.clear_faults()

    unsure = end(reviewed, "cancel", "contracts")

    assert unsure.code != 0
    assert folder.record["pending"]["idempotence_id"] in unsure.failures[0]
    reviewed.issue()
    assert end(reviewed, "cancel", "contracts").code == 0
    assert posts(sandbox)[-1] == "cancel"
    assert charged() == 1


@pytest.mark.parametrize("how", ["cancel", "revoke"])
def test_missing_names_cancel_nothing(site: Site, sandbox: Sandbox, how: str) -> None:
    site.host()
    site.issue()
    sandbox.clear_calls()

    for names in ([], [" ,\n"]):
        run = end(site, how, *names)
        assert run.code != 0
        assert f"wotrus_{how} names no certificate" in run.failures[0]
    assert sandbox.calls() == []


def test_certificate_without_a_pending_order_is_shown(site: Site, sandbox: Sandbox) -> None:
    host = site.host()
    site.issue()
    sandbox.clear_calls()

    run = end(site, "cancel", "contracts")

    assert (run.code, run.changed) == (0, 0)
    assert "so none is cancelled: contracts" in run.output
    assert sandbox.calls() == []
    assert_deployed(host.folder(), sandbox)


def test_reissue_under_the_id_of_the_live_order_is_not_cancelled(site: Site, sandbox: Sandbox) -> None:
    host = site.host()
    site.issue()
    sandbox.settings(manual_review=True, reissue_answer="same")
    site.issue(variables={"wotrus_reissue": ["contracts"], "wotrus_wait_timeout": 0})
    order_id = host.folder().live_order_id
    assert host.folder().pending_order_id == order_id
    sandbox.clear_calls()

    run = end(site, "cancel", "contracts")

    assert run.code != 0
    assert "The reissue has the same id as the order that it is a reissue of" in run.failures[0]
    assert posts(sandbox) == []


@pytest.mark.parametrize(
    ("how", "reason"), [("cancel", "wotrus_cancel_reason"), ("revoke", "wotrus_revocation_reason")]
)
def test_reason_is_required(
    site: Site, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, how: str, reason: str
) -> None:
    site.host()
    site.issue()
    sandbox.clear_calls()
    monkeypatch.delitem(VARIABLES[how], reason)

    run = end(site, how, "contracts")

    assert run.code != 0
    assert f"{reason} is missing" in run.failures[0]
    assert sandbox.calls() == []
