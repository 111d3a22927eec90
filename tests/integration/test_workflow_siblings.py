# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates of a host are independent: a failure stops no other."""

from __future__ import annotations

import datetime as dt
import json

from tests.helpers.sandbox import DAY, Sandbox

from . import tables
from .checks import assert_deployed, certificate, posts
from .conftest import Charged
from .harness import Entry, Folder, Site, entry

# WoTrus has no such product, so it refuses each order of it.
NO_PRODUCT = "11111111-2222-4333-8444-555555555555"


def refused(name: str = "refused") -> Entry:
    """Return an entry whose order WoTrus refuses."""
    return entry(name, product=NO_PRODUCT)


def claim_order(folder: Folder, order_id: str) -> None:
    """Set another host's order in the record of a host."""
    record = folder.record
    record["pending"]["order_id"] = order_id
    folder.record_file.write_text(json.dumps(record))


def test_refused_order_does_not_stop_other_certificates_of_the_host(
    site: Site, sandbox: Sandbox, charged: Charged
) -> None:
    host = site.host()
    site.variables.update(
        wotrus_certificates=[entry("first"), refused(), entry("last")],
        wotrus_max_charged_orders=3,
    )

    run = site.run()

    assert charged() == 2
    for name in ("first", "last"):
        assert_deployed(host.folder(name), sandbox)
    assert run.code == 2
    assert tables.certificates(run, "deployed") == {"first", "last"}
    row = tables.result(run, host, "refused")
    assert row["result"] in tables.NOT_WELL
    assert row["next step"] != tables.NONE


def test_paid_renewal_is_fetched_beside_an_order_that_is_refused(
    site: Site, sandbox: Sandbox, charged: Charged
) -> None:
    host = site.host()
    site.issue()
    former = certificate(host.folder())
    site.variables["wotrus_certificates"] = [entry(), refused()]
    site.variables["wotrus_max_charged_orders"] = 2
    sandbox.clock(advance=345 * DAY)

    run = site.run()

    assert charged() == 2
    assert certificate(host.folder()).not_valid_after_utc > former.not_valid_after_utc + dt.timedelta(days=300)
    assert run.code == 2
    assert tables.result(run, host)["result"] == "deployed"
    assert tables.result(run, host, "refused")["result"] in tables.NOT_WELL


def test_unreadable_certificate_does_not_stop_others_of_the_host(
    site: Site, sandbox: Sandbox, charged: Charged
) -> None:
    host = site.host()
    names = ["first", "second", "third"]
    site.variables.update(wotrus_certificates=[entry(name) for name in names], wotrus_max_charged_orders=3)
    sandbox.fault("retrieve", "status", status=403)

    run = site.run()

    deployed = {name for name in names if host.folder(name).release is not None}
    assert len(deployed) == 2
    assert run.code == 2
    assert tables.certificates(run, "deployed") == deployed
    assert len(tables.certificates(run, *tables.NOT_WELL)) == 1
    sandbox.clear_calls()

    site.issue()

    for name in names:
        assert_deployed(host.folder(name), sandbox)
    assert charged() == 3
    assert posts(sandbox) == []


def test_refused_reissue_does_not_stop_other_orders_of_the_host(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    host = site.host()
    site.issue()
    former = host.folder().release
    site.variables["wotrus_certificates"] = [entry(), entry("invoices")]
    sandbox.fault("reissue", "status", status=403, times=-1)

    run = site.run(variables={"wotrus_reissue": ["contracts"]})

    assert_deployed(host.folder("invoices"), sandbox)
    assert host.folder().release == former
    assert charged() == 2
    assert run.code == 2
    assert tables.result(run, host, "invoices")["result"] == "deployed"
    assert tables.result(run, host)["result"] == "failed"


def test_orders_beside_a_refused_one_are_recorded_and_count_no_more(
    site: Site, sandbox: Sandbox, charged: Charged
) -> None:
    first = site.host("first", wotrus_certificates=[entry("contracts"), refused(), entry("invoices")])
    second = site.host("second", wotrus_certificates=[entry()])
    site.run("--limit", first.name, variables={"wotrus_max_charged_orders": 3})

    # One order that is refused again, and one for the other host.
    run = site.run(variables={"wotrus_max_charged_orders": 2})

    assert_deployed(second.folder(), sandbox)
    for name in ("contracts", "invoices"):
        assert_deployed(first.folder(name), sandbox)
    assert charged() == 3
    assert run.code == 2
    assert tables.result(run, second)["result"] == "deployed"
    assert tables.certificates(run, *tables.NOT_WELL) == {"refused"}


def test_forty_certificates_of_which_three_fail(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    sound = [f"sound-{number:02}" for number in range(37)]
    other = site.host("other", wotrus_certificates=[entry(common_name="另一家公司")])
    host = site.host(wotrus_certificates=[entry("foreign"), entry("damaged")])
    site.issue("--limit", other.name)
    sandbox.settings(manual_review=True)
    site.issue("--limit", host.name, variables={"wotrus_max_charged_orders": 2})
    sandbox.settings(manual_review=False)
    sandbox.order(host.folder("damaged").pending_order_id, "approve")
    (host.folder("damaged").pending / "privkey.pem").write_text("junk")
    claim_order(host.folder("foreign"), other.folder().live_order_id)
    names = [*sound[:10], "foreign", *sound[10:20], "refused", *sound[20:30], "damaged", *sound[30:]]
    wanted = [refused(name) if name == "refused" else entry(name) for name in names]
    site.host(wotrus_certificates=wanted)

    run = site.run("--limit", host.name, variables={"wotrus_max_charged_orders": 38})

    assert charged() == 3 + 37
    assert {name for name in names if host.folder(name).release is not None} == set(sound)
    for name in sound:
        assert_deployed(host.folder(name), sandbox)
    assert run.code == 2
    assert tables.certificates(run, "deployed") == set(sound)
    for name in ("refused", "foreign", "damaged"):
        row = tables.result(run, host, name)
        assert row["result"] in tables.NOT_WELL
        assert row["next step"] != tables.NONE
    before = {name: host.folder(name).contents() for name in sound}
    sandbox.clear_calls()

    again = site.run("--limit", host.name, variables={"wotrus_max_charged_orders": 1})

    assert again.code == 2
    assert tables.certificates(again, "unchanged") == set(sound)
    assert {name: host.folder(name).contents() for name in sound} == before
    assert charged() == 3 + 37
    # The order that WoTrus refused is sent again.
    assert posts(sandbox) == ["create"]
