# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every reason that a plan documents is reached through the role.

Each case is a certificate. A run is shared by all that need it. One host has those that need no variables of their own.
"""

from __future__ import annotations

import dataclasses
import enum
import json
import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any

from tests.helpers.guides import explained_plans
from tests.helpers.sandbox import DAY, Sandbox

from .checks import posts
from .harness import ROOT, Entry, Folder, Host, Run, Site, entry

ANOTHER_ORDER = "00000000-0000-4000-8000-000000000000"
REFUSED = {"fault": "status", "status": 403, "times": -1}
RSA = {"type": "RSA", "size": 2048}
REISSUE = {"wotrus_reissue": ["contracts"]}
OTHER_COMPANY = {"name": "另一家公司", "country_code": "CN"}


class Step(enum.Enum):
    """A run that certificates share, in the order of the runs."""

    ISSUED = "all orders are issued at once"
    BACKDATED = "certificates begin 350 days ago"
    REVIEWED = "people review all orders"
    UNPAID = "orders wait for payment"
    CREATE_REFUSED = "WoTrus refuses all orders"
    REISSUE_REFUSED = "WoTrus refuses all reissues"
    RELOAD_FAILED = "the reload after a reissue fails"
    REVOKED = "people review all revocations"


@dataclasses.dataclass
class Setup:
    """A certificate of a host, and what a case does to it.

    :ivar variables: the host's variables in the inventory
    :ivar entry: the certificate's entry in the inventory
    """

    sandbox: Sandbox
    host: Host
    variables: dict[str, Any]
    entry: Entry

    @property
    def folder(self) -> Folder:
        return self.host.folder(self.entry["name"])

    def has(self, **changes: Any) -> None:
        """Change the certificate's entry."""
        self.entry = entry(self.entry["name"], **changes)


Steps = Iterator[Step]
Prepare = Callable[[Setup], Steps]


def after(*steps: Step) -> Prepare:
    """Return the preparation that is these shared runs alone."""

    def prepare(_setup: Setup) -> Steps:
        yield from steps

    return prepare


nothing = after()
live = after(Step.ISSUED)
unpaid = after(Step.UNPAID)
backdated = after(Step.BACKDATED)
first_order_cut_off = after(Step.CREATE_REFUSED)
renewal_cut_off = after(Step.ISSUED, Step.CREATE_REFUSED)
reissue_cut_off = after(Step.ISSUED, Step.REISSUE_REFUSED)
revocation_asked = after(Step.ISSUED, Step.REVOKED)


def live_and_other(**changes: Any) -> Prepare:
    def prepare(setup: Setup) -> Steps:
        yield Step.ISSUED
        setup.has(**changes)

    return prepare


def ukey_live(setup: Setup) -> Steps:
    setup.has(key={"storage": "ukey"}, ukey={"ship_address": "示例路 1 号"})
    yield Step.ISSUED


def live_and(action: str) -> Prepare:
    def prepare(setup: Setup) -> Steps:
        yield Step.ISSUED
        setup.sandbox.order(setup.folder.live_order_id, action)

    return prepare


def pending_and(*actions: str) -> Prepare:
    def prepare(setup: Setup) -> Steps:
        yield Step.REVIEWED
        for action in actions:
            setup.sandbox.order(setup.folder.pending_order_id, action)

    return prepare


def odd_status(setup: Setup) -> Steps:
    yield Step.REVIEWED
    setup.sandbox.show(setup.folder.pending_order_id, status="somethingNew")


def key_deleted(setup: Setup) -> Steps:
    yield Step.ISSUED
    (setup.folder.live / "privkey.pem").unlink()


def chain_deleted(setup: Setup) -> Steps:
    yield Step.ISSUED
    (setup.folder.live / "chain.pem").unlink()


def certificate_damaged(setup: Setup) -> Steps:
    yield Step.ISSUED
    (setup.folder.live / "cert.pem").write_text("junk")


def disk_lost_and_order_named(setup: Setup) -> Steps:
    yield Step.ISSUED
    order_id = setup.folder.live_order_id
    shutil.rmtree(setup.folder.path)
    setup.has(order_id=order_id)


def pending_key_deleted(setup: Setup) -> Steps:
    yield from pending_and("issue")(setup)
    (setup.folder.pending / "privkey.pem").unlink()


def record_deleted_and_order_named(setup: Setup) -> Steps:
    yield Step.ISSUED
    order_id = setup.folder.live_order_id
    setup.folder.record_file.unlink()
    setup.has(order_id=order_id)


def ukey_files_lost(setup: Setup) -> Steps:
    yield from ukey_live(setup)
    setup.folder.live.unlink()
    shutil.rmtree(setup.folder.releases)


def first_order_cut_off_and_renamed(setup: Setup) -> Steps:
    yield Step.CREATE_REFUSED
    setup.has(order_name=f"another of {setup.host.name}/{setup.entry['name']}")


def replaced(prepare: Prepare) -> Prepare:
    """Wrap a preparation to name its order in ``wotrus_replace_orders``."""

    def prepare_and_replace(setup: Setup) -> Steps:
        yield from prepare(setup)
        record = setup.folder.record
        replaced = setup.variables.setdefault("wotrus_replace_orders", [])
        replaced.append((record["pending"] or record["live"])["order_id"])

    return prepare_and_replace


def record_damaged(setup: Setup) -> Steps:
    yield Step.ISSUED
    setup.folder.record_file.write_text("{")


def order_forgotten(setup: Setup) -> Steps:
    yield Step.ISSUED
    record = setup.folder.record
    record["live"]["order_id"] = ANOTHER_ORDER
    setup.folder.record_file.write_text(json.dumps(record))


def reload_failed(setup: Setup) -> Steps:
    yield Step.ISSUED
    setup.has(reload={"command": "false"})
    yield Step.RELOAD_FAILED
    setup.has(reload={"command": "true"})


def check(site: Site, limit: tuple[str, str]) -> Run:
    return site.issue("--check", *limit)


def status(site: Site, limit: tuple[str, str]) -> Run:
    return site.issue(*limit, playbook="wotrus.pki.status")


Look = Callable[[Site, tuple[str, str]], Run]


@dataclasses.dataclass(frozen=True)
class Case:
    """An expected plan, its cause, and the run that shows it.

    :ivar look: a check, or the status
    :ivar variables: the host's variables in that run
    :ivar day: when it is, in days after the first orders
    """

    action: str
    reason: str
    prepare: Prepare
    look: Look = check
    variables: dict[str, Any] = dataclasses.field(default_factory=dict)
    day: int = 0


CASES = [
    Case("order", "not_ordered", nothing),
    Case("order", "interrupted", first_order_cut_off),
    Case("renew", "expiring", renewal_cut_off, day=340),
    Case("renew", "expiring", live, day=340),
    Case("renew", "expired", live, day=370),
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
    Case("reissue", "requested", live, variables={**REISSUE, "wotrus_actions": ["reissue"]}, day=340),
    Case("blocked", "record_unreadable", record_damaged),
    Case("blocked", "unavailable", live, variables={"wotrus_api_url": "https://127.0.0.1:1"}),
]
ERROR_CODES = {"record_unreadable", "unavailable"}


class Fleet:
    """A certificate for each case, each waiting for its next shared run."""

    def __init__(self, site: Site, sandbox: Sandbox) -> None:
        self._site = site
        self._sandbox = sandbox
        self.setups = []
        plain: dict[str, Any] = {}
        for number, case in enumerate(CASES):
            host = site.host(f"case{number}" if case.variables else "plain")
            name = "contracts" if case.variables else f"case{number}"
            self.setups.append(Setup(sandbox, host, {} if case.variables else plain, entry(name)))
        self._steps = [case.prepare(setup) for case, setup in zip(CASES, self.setups, strict=True)]
        self._next = [next(steps, None) for steps in self._steps]

    def run(self, steps: list[Step], day: int | None = None) -> None:
        """Carry out shared runs, for one day's cases or for all."""
        for step in steps:
            places = [
                place
                for place, case in enumerate(CASES)
                if self._next[place] is step and (day is None or case.day == day)
            ]
            if places:
                self._carry_out(step, places)
            for place in places:
                self._next[place] = next(self._steps[place], None)

    def limit(self, places: list[int]) -> tuple[str, str]:
        """Give hosts only the certificates of some cases.

        :return: the option that limits a run to these hosts
        """
        setups = [self.setups[place] for place in places]
        for setup in setups:
            entries = [other.entry for other in setups if other.host == setup.host]
            name = setup.host.name.removeprefix(f"{self._site.prefix}-")
            self._site.host(name, **setup.variables, wotrus_certificates=entries)
        return ("--limit", ",".join({setup.host.name for setup in setups}))

    def _carry_out(self, step: Step, places: list[int]) -> None:
        limit = self.limit(places)
        names = sorted({self.setups[place].entry["name"] for place in places})
        if step is Step.REVOKED:
            self._sandbox.settings(manual_review=True)
            # A host that has no certificate of a name would fail.
            for place in places:
                limit = self.limit([place])
                variables = {"wotrus_revoke": [self.setups[place].entry["name"]], **self._site.revocation()}
                self._site.issue(*limit, playbook="wotrus.pki.revoke", variables=variables)
        elif step in _SETTINGS:
            self._sandbox.settings(**_SETTINGS[step])
            self._site.issue(*limit)
        else:
            endpoint = {Step.CREATE_REFUSED: "create", Step.REISSUE_REFUSED: "reissue"}.get(step)
            if endpoint:
                self._sandbox.fault(endpoint, **REFUSED)
            run = self._site.run(*limit, variables={} if step is Step.CREATE_REFUSED else {"wotrus_reissue": names})
            assert {counts["failures"] for counts in run.recap.values()} == {1}, run.output
        self._sandbox.clear_faults()
        self._sandbox.restore_settings()


_SETTINGS: dict[Step, dict[str, object]] = {
    Step.ISSUED: {},
    Step.BACKDATED: {"backdate": 350},
    Step.REVIEWED: {"manual_review": True},
    Step.UNPAID: {"unpaid": True},
}


def test_every_reason_is_reached_through_the_role(site: Site, sandbox: Sandbox) -> None:
    site.variables["wotrus_max_charged_orders"] = len(CASES)
    fleet = Fleet(site, sandbox)
    fleet.run([Step.ISSUED])
    found, predicted, done = {}, {}, {}

    for day in sorted({case.day for case in CASES}):
        sandbox.clock(offset=day * DAY)
        fleet.run(list(Step), day)
        for look in (check, status):
            places = [place for place, case in enumerate(CASES) if (case.day, case.look) == (day, look)]
            if not places:
                continue
            for place in places:
                fleet.setups[place].variables.update(CASES[place].variables)
            run = look(site, fleet.limit(places))
            for place in places:
                found[place] = seen(run, CASES[place], fleet.setups[place])
            if look is check:
                predicted.update(changes_shown(run))
                done.update(changes_made(site.run(*fleet.limit(places))))

    assert [found[place] for place in range(len(CASES))] == [(case.action, case.reason) for case in CASES]
    assert done == predicted


def seen(run: Run, case: Case, setup: Setup) -> tuple[str, str]:
    """Return action and reason, after a check of other fields."""
    host, name = setup.host.name, setup.entry["name"]
    (plan,) = [plan for plan in run.plans(host) if plan["name"] == name]
    action, reason = str(plan["action"]), str(plan["reason"])
    assert plan["msg"]
    assert plan["may_be_charged"] == (action in ("order", "renew"))
    if action in ("resume", "blocked") or reason in ("revoking", "not_selected"):
        assert plan["next_step"]
    if reason in ("pending_payment", "pending_validation"):
        assert plan["pending_link"].startswith("https://")
    if case.look is check:
        (row,) = [line.split() for line in run.table() if line.split()[:2] == [host, name]]
        assert row[2:4] == [action, reason]
    return action, reason


def changes_shown(run: Run) -> dict[str, object]:
    """Return what a check shows that the next run changes.

    For a certificate, that is its step and whether it may be charged.
    """
    steps = {"order": "ordered", "renew": "ordered", "reissue": "reissued", "resume": "deployed"}
    shown: dict[str, object] = {host: counts["changed"] > 0 for host, counts in run.recap.items()}
    for plan in [plan for host in run.recap for plan in run.plans(host)]:
        step = steps[plan["action"]] if plan["would_change"] else None
        shown[f"{plan['host']}: {plan['name']}"] = (step, plan["may_be_charged"])
    return shown


def changes_made(run: Run) -> dict[str, object]:
    """Return what a run changed, in the same form."""
    made: dict[str, object] = {host: counts["changed"] > 0 for host, counts in run.recap.items()}
    for row in run.results():
        step = next((step for step in row["steps"] if step not in ("prepared", "reloaded")), None)
        made[f"{row['host']}: {row['name']}"] = (step, row["charged"])
    return made


def test_adopted_order_for_a_lost_key_is_reissued(site: Site, sandbox: Sandbox) -> None:
    host = site.host()
    site.issue()
    host.wipe()
    sandbox.clear_calls()

    run = site.issue()

    assert run.result()["result"] == "deployed"
    assert {"adopted", "reissued"} <= set(run.result()["steps"])
    assert posts(sandbox) == ["create", "reissue"]


def test_adopted_order_that_is_live_already_is_recorded(site: Site, sandbox: Sandbox) -> None:
    folder = site.host().folder()
    site.issue()
    folder.record_file.unlink()
    release = folder.release
    sandbox.clear_calls()

    site.issue()

    assert posts(sandbox) == ["create"]
    assert folder.release == release
    assert folder.record["live"]["release"] == release


def test_lost_key_fails_a_run_that_may_not_reissue(site: Site, sandbox: Sandbox) -> None:
    host = site.host()
    site.issue()
    host.wipe()
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
