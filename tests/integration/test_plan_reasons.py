# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every reason that a plan documents is reached through the role."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from collections.abc import Callable
from typing import Any

import pytest

from tests.helpers.guides import explained_plans
from tests.helpers.sandbox import DAY, Sandbox

from .checks import posts
from .harness import PLANNING, ROOT, Folder, Run, Site, entry

ANOTHER_ORDER = "00000000-0000-4000-8000-000000000000"
REFUSED = {"fault": "status", "status": 403}
RSA = {"type": "RSA", "size": 2048}
REISSUE = {"wotrus_reissue": ["contracts"]}
OTHER_COMPANY = {"name": "另一家公司", "country_code": "CN"}


@dataclasses.dataclass(frozen=True)
class Setup:
    """A host with one certificate, and what a case does to it."""

    site: Site
    sandbox: Sandbox
    folder: Folder

    def has(self, **changes: Any) -> None:
        """Change the certificate's entry in the inventory."""
        self.site.variables["wotrus_certificates"] = [entry(**changes)]

    def live(self) -> str:
        """Have a certificate deployed, and return its order's id."""
        self.site.issue()
        return self.folder.live_order_id

    def pending(self) -> str:
        """Place an order that people review, and return its id."""
        self.sandbox.settings(manual_review=True)
        self.site.issue()
        return self.folder.pending_order_id

    def fails(self, endpoint: str, **variables: Any) -> None:
        """Run the role while the calls of an endpoint are refused."""
        self.sandbox.fault(endpoint, **REFUSED)
        assert self.site.run(variables=variables).code != 0
        self.sandbox.clear_faults()


Prepare = Callable[[Setup], object]


def nothing(_setup: Setup) -> None:
    """Leave the host empty."""


def live(setup: Setup) -> None:
    setup.live()


def live_and_days_later(days: int) -> Prepare:
    def prepare(setup: Setup) -> None:
        setup.live()
        setup.sandbox.clock(advance=days * DAY)

    return prepare


def live_and_other(**changes: Any) -> Prepare:
    def prepare(setup: Setup) -> None:
        setup.live()
        setup.has(**changes)

    return prepare


def ukey_live(setup: Setup) -> None:
    setup.has(key={"storage": "ukey"}, ukey={"ship_address": "示例路 1 号"})
    setup.live()


def live_and(action: str) -> Prepare:
    return lambda setup: setup.sandbox.order(setup.live(), action)


def pending_and(*actions: str) -> Prepare:
    def prepare(setup: Setup) -> None:
        order_id = setup.pending()
        for action in actions:
            setup.sandbox.order(order_id, action)

    return prepare


def unpaid(setup: Setup) -> None:
    setup.sandbox.settings(unpaid=True)
    setup.site.issue()


def odd_status(setup: Setup) -> None:
    setup.sandbox.show(setup.pending(), status="somethingNew")


def first_order_cut_off(setup: Setup) -> None:
    setup.fails("create")


def renewal_cut_off(setup: Setup) -> None:
    live_and_days_later(350)(setup)
    setup.fails("create")


def reissue_cut_off(setup: Setup) -> None:
    setup.live()
    setup.fails("reissue", wotrus_reissue=["contracts"])


def key_deleted(setup: Setup) -> None:
    setup.live()
    (setup.folder.live / "privkey.pem").unlink()


def chain_deleted(setup: Setup) -> None:
    setup.live()
    (setup.folder.live / "chain.pem").unlink()


def certificate_damaged(setup: Setup) -> None:
    setup.live()
    (setup.folder.live / "cert.pem").write_text("junk")


def disk_lost(setup: Setup) -> None:
    setup.live()
    shutil.rmtree(setup.folder.path)


def disk_lost_and_order_named(setup: Setup) -> None:
    order_id = setup.live()
    shutil.rmtree(setup.folder.path)
    setup.has(order_id=order_id)


def pending_key_deleted(setup: Setup) -> None:
    setup.sandbox.order(setup.pending(), "issue")
    (setup.folder.pending / "privkey.pem").unlink()


def record_deleted(setup: Setup) -> None:
    setup.live()
    setup.folder.record_file.unlink()


def record_deleted_and_order_named(setup: Setup) -> None:
    order_id = setup.live()
    setup.folder.record_file.unlink()
    setup.has(order_id=order_id)


def ukey_files_lost(setup: Setup) -> None:
    ukey_live(setup)
    setup.folder.live.unlink()
    shutil.rmtree(setup.folder.releases)


def first_order_cut_off_and_renamed(setup: Setup) -> None:
    first_order_cut_off(setup)
    setup.has(order_name=f"another of {setup.site.folder.name}")


def backdated(setup: Setup) -> None:
    setup.sandbox.settings(backdate=350)
    setup.live()


def replaced(prepare: Prepare) -> Prepare:
    """Wrap a preparation to name its order in ``wotrus_replace_orders``."""

    def prepare_and_replace(setup: Setup) -> None:
        prepare(setup)
        record = setup.folder.record
        setup.site.variables["wotrus_replace_orders"] = [(record["pending"] or record["live"])["order_id"]]

    prepare_and_replace.__name__ = f"replaced {getattr(prepare, '__name__', '')}"
    return prepare_and_replace


def record_damaged(setup: Setup) -> None:
    setup.live()
    setup.folder.record_file.write_text("{")


def order_forgotten(setup: Setup) -> None:
    setup.live()
    record = setup.folder.record
    record["live"]["order_id"] = ANOTHER_ORDER
    setup.folder.record_file.write_text(json.dumps(record))


def reload_failed(setup: Setup) -> None:
    setup.live()
    setup.has(reload={"command": "false"})
    assert setup.site.run(variables=REISSUE).code != 0


def revocation_asked(setup: Setup) -> None:
    setup.live()
    setup.sandbox.settings(manual_review=True)
    revocation = setup.site.revocation()
    setup.site.issue(playbook="wotrus.pki.revoke", variables={"wotrus_revoke": ["contracts"], **revocation})


def api_is_away(setup: Setup) -> None:
    setup.live()
    setup.site.environment |= {"WOTRUS_API_URL": "https://127.0.0.1:1"}


def check(setup: Setup, **variables: Any) -> Run:
    return setup.site.issue("--check", variables=variables)


def status(setup: Setup, **variables: Any) -> Run:
    return setup.site.issue(playbook="wotrus.pki.status", variables=variables)


@dataclasses.dataclass(frozen=True)
class Case:
    """An expected plan, its cause, and the run that shows it.

    The run is a check or the status.
    """

    action: str
    reason: str
    prepare: Prepare
    look: Callable[..., Run] = check
    variables: dict[str, Any] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.action} {self.reason}: {getattr(self.prepare, '__name__', '')} {self.look.__name__}"


CASES = [
    Case("order", "not_ordered", nothing),
    Case("order", "interrupted", first_order_cut_off),
    Case("renew", "expiring", renewal_cut_off),
    Case("renew", "expiring", live_and_days_later(340)),
    Case("renew", "expired", live_and_days_later(370)),
    Case("reissue", "key_lost", key_deleted),
    Case("reissue", "key_lost", pending_key_deleted),
    Case("reissue", "key_lost", disk_lost_and_order_named),
    Case("reissue", "key_changed", live_and_other(key=RSA)),
    Case("reissue", "definition_changed", live_and_other(organization=OTHER_COMPANY)),
    Case("reissue", "requested", live, variables=REISSUE),
    Case("reissue", "key_too_old", live, variables={"wotrus_keys_since": "2099-01-01T00:00:00Z"}),
    Case("reissue", "interrupted", reissue_cut_off),
    Case("resume", "pending_review", pending_and()),
    Case("resume", "pending_review", pending_and(), status),
    Case("resume", "pending_ca", pending_and("approve")),
    Case("resume", "pending_payment", unpaid, status),
    Case("resume", "pending_validation", pending_and("dcv")),
    Case("resume", "issued", pending_and("issue")),
    Case("resume", "record_lost", record_deleted_and_order_named),
    Case("resume", "rolled_back", reload_failed),
    Case("resume", "files_damaged", chain_deleted),
    Case("resume", "files_damaged", certificate_damaged),
    Case("resume", "files_lost", ukey_files_lost),
    Case("resume", "unknown_status", odd_status),
    Case("nothing", "valid", live),
    Case("nothing", "valid", live, status),
    Case("nothing", "revoking", revocation_asked),
    Case("nothing", "not_selected", nothing, variables={"wotrus_actions": ["renew"]}),
    Case("blocked", "order_dead", pending_and("close")),
    Case("blocked", "order_dead", pending_and("reject")),
    Case("blocked", "order_dead", live_and("revoke")),
    Case("blocked", "order_dead", live_and("revoke"), status),
    Case("order", "revoked", replaced(live_and("revoke"))),
    Case("order", "closed", replaced(pending_and("close"))),
    Case("order", "rejected", replaced(pending_and("reject"))),
    Case("order", "order_mismatch", replaced(live_and_other(product="organization_document_signing"))),
    Case("blocked", "not_selected", replaced(pending_and("reject")), variables={"wotrus_actions": ["renew", "resume"]}),
    Case("blocked", "order_unknown", order_forgotten),
    Case("blocked", "order_mismatch", live_and_other(product="organization_document_signing")),
    Case("blocked", "order_mismatch", live_and_other(common_name="另一家公司")),
    Case("blocked", "renewed_recently", backdated),
    Case("blocked", "order_name_changed", first_order_cut_off_and_renamed),
    Case("blocked", "key_changed", live_and_other(key=RSA, on_change="fail")),
    Case("blocked", "definition_changed", live_and_other(organization=OTHER_COMPANY, on_change="fail")),
    Case("blocked", "requested", ukey_live, variables=REISSUE),
    Case("blocked", "requested", nothing, variables={**REISSUE, "wotrus_actions": ["reissue", "resume"]}),
    Case("blocked", "requested", revocation_asked, variables=REISSUE),
    Case("blocked", "requested", live, variables={**REISSUE, "wotrus_actions": ["renew", "resume"]}),
    Case("reissue", "requested", live_and_days_later(340), variables={**REISSUE, "wotrus_actions": ["reissue"]}),
    Case("blocked", "record_unreadable", record_damaged),
    Case("blocked", "unavailable", api_is_away),
]
ERROR_CODES = {"record_unreadable", "unavailable"}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_reason_is_reached_through_the_role(site: Site, sandbox: Sandbox, case: Case) -> None:
    host = site.host()
    setup = Setup(site, sandbox, host.folder())
    case.prepare(setup)

    run = case.look(setup, **case.variables)

    (plan,) = [task.result["plans"][0] for task in run.tasks if task.action == PLANNING]
    assert (plan["action"], plan["reason"]) == (case.action, case.reason)
    assert plan["msg"]
    assert plan["may_be_charged"] == (case.action in ("order", "renew"))
    if case.action in ("resume", "blocked") or case.reason in ("revoking", "not_selected"):
        assert plan["next_step"]
    if case.reason in ("pending_payment", "pending_validation"):
        assert plan["pending_link"].startswith("https://")
    if case.look is check:
        row = run.table()[-1].split()
        assert row[:4] == [host.name, "contracts", case.action, case.reason]


def test_adopted_order_for_a_lost_key_is_reissued(site: Site, sandbox: Sandbox) -> None:
    folder = site.host().folder()
    disk_lost(Setup(site, sandbox, folder))
    sandbox.clear_calls()

    run = site.issue()

    assert run.result()["result"] == "deployed"
    assert {"adopted", "reissued"} <= set(run.result()["steps"])
    assert posts(sandbox) == ["create", "reissue"]


def test_adopted_order_that_is_live_already_is_recorded(site: Site, sandbox: Sandbox) -> None:
    folder = site.host().folder()
    setup = Setup(site, sandbox, folder)
    record_deleted(setup)
    release = folder.release
    sandbox.clear_calls()

    site.issue()

    assert posts(sandbox) == ["create"]
    assert folder.release == release
    assert folder.record["live"]["release"] == release


def test_lost_key_fails_a_run_that_may_not_reissue(site: Site, sandbox: Sandbox) -> None:
    disk_lost(Setup(site, sandbox, site.host().folder()))
    sandbox.clear_calls()

    run = site.run(variables={"wotrus_actions": ["order", "renew", "resume"]})

    assert run.code != 0
    assert posts(sandbox) == ["create"]
    assert "Run it for reissue" in run.failures[0]


def documented_reasons() -> set[str]:
    """Return the reasons that wotrus_plan documents."""
    text = (ROOT / "plugins" / "modules" / "wotrus_plan.py").read_text(encoding="utf-8")
    return set(re.findall(r"V\(([a-z_]+)\)", text.split("    reason:\n", 1)[1].split("      type: str\n", 1)[0]))


# The sandbox always gives its time, and no life of a certificate leads here: tests/unit/planning/test_policies.py does.
BY_UNIT_TESTS = {
    ("blocked", "ca_time_unknown"),
    ("blocked", "key_lost"),
    ("blocked", "key_mismatch"),
    ("blocked", "revoking"),
    ("resume", "certificate_changed"),
    ("resume", "revoking"),
}


def test_table_has_every_reason_that_is_documented() -> None:
    assert len(documented_reasons()) > 20

    reached = {case.reason for case in CASES} | {reason for _action, reason in BY_UNIT_TESTS}
    assert reached - ERROR_CODES == documented_reasons() - ERROR_CODES


def test_table_has_every_action_and_reason_of_the_guide() -> None:
    documented = set(explained_plans("guide_errors"))
    assert ("order", "not_ordered") in documented

    reached = {(case.action, case.reason) for case in CASES}
    assert documented - reached == BY_UNIT_TESTS
    assert {pair for pair in reached - documented if pair[1] not in ERROR_CODES} == set()
