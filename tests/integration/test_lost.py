# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lost files of a host are restored without another payment."""

from __future__ import annotations

import pytest

from tests.helpers.sandbox import DAY, Sandbox

from .checks import assert_deployed, certificate, posts
from .conftest import Charged
from .harness import Site, entry


def test_disk_lost_after_a_renewal_finds_the_newer_order(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    host = site.host()
    site.issue()
    sandbox.clock(advance=350 * DAY)
    renewal = site.issue()
    assert [one.states for one in renewal.on_target()] == [["look"], ["prepared"], ["present"]]
    ends = certificate(host.folder()).not_valid_after_utc
    renewed = host.folder().live_order_id
    assert charged() == 2
    host.wipe()

    run = site.issue()

    assert_deployed(host.folder(), sandbox, at_time=False)
    assert certificate(host.folder()).not_valid_after_utc == ends
    assert run.result()["result"] == "deployed"
    assert run.result()["charged"] is False
    assert "reissued" in run.result()["steps"]
    assert host.folder().record["live"]["root_order_id"].lower() == renewed.lower()
    assert charged() == 2
    assert site.issue().changed == 0


@pytest.mark.parametrize("answer", ["same", "null"])
def test_lost_key_is_replaced_whatever_id_the_reissue_gets(
    site: Site, sandbox: Sandbox, charged: Charged, answer: str
) -> None:
    host = site.host()
    site.issue()
    before = host.folder().release
    (host.folder().live / "privkey.pem").unlink()
    sandbox.settings(reissue_answer=answer, manual_review=True)

    waiting = site.run()

    # A host without its live key is not well, although all was done.
    assert waiting.code != 0
    assert (waiting.result()["result"], waiting.result()["error_code"]) == ("waiting", "key_lost")
    assert host.folder().release == before
    assert (host.folder().pending / "privkey.pem").exists()
    (plan,) = waiting.plans(host.name)
    assert (plan["action"], plan["reason"], plan["may_be_charged"]) == ("reissue", "key_lost", False)
    sandbox.order(host.folder().pending_order_id, "approve")
    sandbox.clear_calls()

    site.issue()

    assert host.folder().release != before
    assert_deployed(host.folder(), sandbox)
    assert posts(sandbox) == []
    assert site.issue().changed == 0
    assert charged() == 1


def test_lost_files_are_written_again_with_the_same_key(site: Site, charged: Charged) -> None:
    host = site.host()
    reloaded = site.folder / "reloaded"
    site.variables["wotrus_certificates"] = [
        entry(pkcs12={"password": "for the bundle"}, reload={"command": f"touch {reloaded}"})
    ]
    site.issue()
    live = host.folder().live
    before = {file.name: file.read_bytes() for file in live.iterdir()}
    reloaded.unlink()

    for name in sorted(before.keys() - {"privkey.pem"}):
        (live / name).unlink()
    run = site.issue()

    assert run.changed > 0
    after = {file.name: file.read_bytes() for file in live.iterdir()}
    assert after.keys() == before.keys()
    # A bundle is encrypted anew.
    assert {**after, "bundle.p12": b""} == {**before, "bundle.p12": b""}
    assert reloaded.exists()
    assert charged() == 1
    assert site.issue().changed == 0


def test_lost_record_is_written_again(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    host = site.host()
    site.issue()
    before, release = host.folder().record["live"], host.folder().release
    host.folder().record_file.unlink()

    site.issue()

    after = host.folder().record["live"]
    assert host.folder().release == release
    # When the key was made was in the record alone.
    changed = {name for name in before if after[name] != before[name]} - {"order_id", "root_order_id"}
    assert changed == {"key_made_at"}
    assert after["order_id"].lower() == before["order_id"].lower()
    assert_deployed(host.folder(), sandbox)
    assert "reissue" not in posts(sandbox)
    assert charged() == 1
    assert site.issue().changed == 0


def test_record_lost_in_the_middle_of_an_order(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    host = site.host()
    sandbox.settings(manual_review=True)
    site.issue()
    order_id = host.folder().pending_order_id
    key = (host.folder().pending / "privkey.pem").read_bytes()
    host.folder().record_file.unlink()

    site.issue()

    assert host.folder().pending_order_id.lower() == order_id.lower()
    sandbox.order(order_id, "approve")
    site.issue()
    assert_deployed(host.folder(), sandbox)
    # The key that waited is the one of the order, so nothing had to be reissued.
    assert (host.folder().live / "privkey.pem").read_bytes() == key
    assert "reissue" not in posts(sandbox)
    assert charged() == 1


def test_disk_lost_in_the_middle_of_a_reissue(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    host = site.host()
    site.issue()
    sandbox.settings(manual_review=True)
    site.variables["wotrus_certificates"] = [entry(key={"type": "ECC", "curve": "P-384"})]
    site.issue()
    assert host.folder().record["pending"]["operation"] == "reissue"
    host.wipe()
    sandbox.settings(manual_review=False)

    site.issue()

    assert_deployed(host.folder(), sandbox)
    assert charged() == 1
    assert site.issue().changed == 0


def test_order_limit_counts_renewals(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    host = site.host()
    site.variables["wotrus_certificates"] = [entry("contracts"), entry("invoices")]
    site.issue(variables={"wotrus_max_charged_orders": 2})
    releases = [host.folder(name).release for name in ("contracts", "invoices")]
    sandbox.clock(advance=350 * DAY)
    sandbox.clear_calls()

    stopped = site.run()

    assert stopped.code != 0
    assert "may place 2 charged orders" in stopped.failures[0]
    assert posts(sandbox) == []
    assert [host.folder(name).release for name in ("contracts", "invoices")] == releases

    site.issue(variables={"wotrus_max_charged_orders": 2})

    for name in ("contracts", "invoices"):
        assert_deployed(host.folder(name), sandbox, at_time=False)
        assert host.folder(name).record["live"]["months"] == 13
    assert charged() == 4
