# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two years of one certificate on one host, event by event."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from tests.helpers.sandbox import DAY, Sandbox

from .checks import assert_deployed, certificate, posts, public_key
from .conftest import Charged
from .harness import PLANNING, Folder, Run, Site, entry

RENAMED = {"name": "示例科技（深圳）有限公司", "country_code": "CN"}


@dataclasses.dataclass(frozen=True)
class Certificate:
    """A certificate on a host, with checks after each run."""

    site: Site
    sandbox: Sandbox
    folder: Folder

    @property
    def order_id(self) -> str:
        return self.folder.live_order_id

    @property
    def pending_order_id(self) -> str:
        return self.folder.pending_order_id

    def run(self, *planned: str, code: int = 0, **variables: Any) -> Run:
        """Run the role, and check action, reason and hidden secrets."""
        self.sandbox.clear_calls()
        run = self.site.run(variables=variables)
        assert (run.code == 0) == (code == 0), run.output
        plans = [task.result["plans"][0] for task in run.tasks if task.action == PLANNING]
        assert (plans[0]["action"], plans[0]["reason"]) == planned
        self.assert_no_secrets(run)
        return run

    def assert_no_secrets(self, run: Run) -> None:
        record = self.folder.record_file.read_text()
        for text in (record, run.output):
            assert "PRIVATE KEY" not in text
            assert self.sandbox.token not in text

    def assert_live(self) -> bytes:
        """Check the live certificate and its key, and return the public key."""
        assert_deployed(self.folder, self.sandbox, at_time=False)
        return public_key(self.folder.live / "cert.pem")


def life_in_days(folder: Folder) -> int:
    found = certificate(folder)
    return (found.not_valid_after_utc - found.not_valid_before_utc).days


@pytest.mark.manual("1.1-without-the-console", "1.5-order", "1.5-review", "1.5-retrieve", "2.renewal", "6.revokes")
@pytest.mark.manual("7.others-not-revoked")
def test_two_years_of_a_certificate_cost_three_orders(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    contracts = Certificate(site, sandbox, site.host().folder())
    folder = contracts.folder

    # The first order, which people review for two days.
    sandbox.settings(manual_review=True)
    contracts.run("order", "not_ordered")
    assert folder.release is None
    sandbox.clock(advance=DAY)
    contracts.run("resume", "pending_review")
    sandbox.clock(advance=DAY)
    sandbox.order(contracts.pending_order_id, "approve")
    contracts.run("resume", "pending_ca")
    first_key, first_order = contracts.assert_live(), contracts.order_id
    assert posts(sandbox) == []
    before = folder.contents()
    assert contracts.run("nothing", "valid").changed == 0
    assert folder.contents() == before

    # The organization's name changes: a reissue, and the old certificate is revoked once the new one is live.
    sandbox.settings(manual_review=False)
    sandbox.clock(advance=100 * DAY)
    site.variables["wotrus_certificates"] = [entry(organization=RENAMED)]
    contracts.run("reissue", "definition_changed", **site.revoking_superseded())
    second_key = contracts.assert_live()
    assert second_key != first_key
    assert posts(sandbox) == ["reissue", "revoke"]
    assert sandbox.status(first_order) == "revoked"
    assert folder.record["superseded"] == []
    second_order = contracts.order_id
    assert contracts.run("nothing", "valid").changed == 0
    assert charged() == 1

    # The renewal window: the old pair is in use until the new one is there.
    sandbox.settings(manual_review=True)
    sandbox.clock(to=f"{certificate(folder).not_valid_after_utc - dt.timedelta(days=20):%Y-%m-%dT%H:%M:%SZ}")
    old_release = folder.release
    contracts.run("renew", "expiring")
    assert folder.release == old_release
    assert public_key(folder.live / "privkey.pem") == public_key(folder.live / "cert.pem") == second_key
    sandbox.clock(advance=3 * DAY)
    sandbox.order(contracts.pending_order_id, "approve")
    contracts.run("resume", "pending_ca")
    third_key = contracts.assert_live()
    assert third_key != second_key
    assert folder.record["live"]["months"] == 13
    assert folder.record["live"]["root_order_id"].lower() == contracts.order_id.lower()
    # Thirteen months with one February or two, one of them perhaps of a leap year.
    assert 393 <= life_in_days(folder) <= 397
    assert contracts.order_id != second_order
    assert charged() == 2

    # The key is deleted.
    sandbox.settings(manual_review=False)
    sandbox.clock(advance=200 * DAY)
    (folder.live / "privkey.pem").unlink()
    renewed_order = contracts.order_id
    contracts.run("reissue", "key_lost")
    assert contracts.assert_live() != third_key
    assert [one["order_id"] for one in folder.record["superseded"]][-1] == renewed_order
    assert charged() == 2

    # The key was disclosed: the certificate is revoked, and no order is placed for it without a person's consent.
    run = site.issue(
        playbook="wotrus.pki.revoke",
        variables={"wotrus_revoke": ["contracts"], "wotrus_wait_timeout": 30, **site.revocation()},
    )
    assert run.changed == 1
    revoked_order, last_key = contracts.order_id, contracts.assert_live()
    assert sandbox.status(revoked_order) == "revoked"
    run = contracts.run("blocked", "order_dead", code=2)
    assert len(run.failures) == 1
    assert f"contracts: Order {revoked_order} is revoked." in run.failures[0]
    assert f"Add {revoked_order} to wotrus_replace_orders. The order that follows is charged" in run.failures[0]
    assert posts(sandbox) == []
    assert charged() == 2

    # The inventory names the order, so that another follows it, with a new key. The name may stay there.
    site.variables["wotrus_replace_orders"] = [revoked_order]
    contracts.run("order", "revoked")
    assert contracts.assert_live() != last_key
    assert contracts.order_id != revoked_order
    assert contracts.run("nothing", "valid").changed == 0
    assert charged() == 3
