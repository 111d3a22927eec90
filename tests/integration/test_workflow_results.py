# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The results have one row per certificate.

Table, summary and artifacts use the same words.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.helpers.sandbox import Sandbox

from . import tables
from .checks import assert_deployed, certificate
from .conftest import Charged
from .harness import Site, entry

ISSUE = "wotrus.pki.issue"
SUMMARY_CHARGED = "charged"


def test_each_certificate_has_a_row_with_its_result(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    host = site.host()
    site.variables["wotrus_certificates"] = [entry("contracts"), entry("letters")]
    site.issue(variables={"wotrus_max_charged_orders": 2})
    site.variables["wotrus_certificates"] = [
        entry("contracts"),
        entry("invoices"),
        entry("letters", product="organization_document_signing"),
    ]

    run = site.run()

    assert run.code == 2
    assert charged() == 3
    assert_deployed(host.folder("invoices"), sandbox)
    assert len(tables.results(run)) == 3
    new = tables.result(run, host, "invoices")
    assert (new["result"], new["charged"], new["waiting for"]) == ("deployed", tables.YES, tables.NONE)
    assert new["order"].lower() == host.folder("invoices").live_order_id.lower()
    assert new["expires"].startswith(f"{certificate(host.folder('invoices')).not_valid_after_utc:%Y-%m-%d}")
    well = tables.result(run, host, "contracts")
    assert (well["result"], well["charged"]) == ("unchanged", tables.NO)
    other = tables.result(run, host, "letters")
    assert (other["result"], other["charged"]) == ("blocked", tables.NO)
    assert other["next step"] != tables.NONE


def test_tables_messages_and_next_steps_are_in_the_language_of_the_run(site: Site) -> None:
    host = site.host()
    host.folder().path.parent.mkdir(parents=True, exist_ok=True)
    host.folder().path.parent.chmod(0o777)

    run = site.run(playbook=ISSUE, variables={"wotrus_language": "zh"})

    assert run.code == 2
    assert run.result()["msg"].startswith(f"{host.folder().path.parent} can be written by other users")
    shown = " ".join(run.output.split())
    for words in ("下一步", "失败", "其他用户可以写入", "查明信息中的路径属于谁，然后重新运行。", "收费订单"):
        assert words in shown


def test_results_and_summary_show_who_has_to_act(site: Site, sandbox: Sandbox) -> None:
    reviewed, unpaid = site.host("reviewed"), site.host("unpaid")
    sandbox.settings(manual_review=True)
    site.issue(variables={"wotrus_max_charged_orders": 2})
    sandbox.order(unpaid.folder().pending_order_id, "unpaid")

    run = site.issue(playbook=ISSUE)

    counts = tables.summary(run)
    assert (counts[tables.WAITING_FOR_YOU], counts[tables.WAITING_FOR_CA], counts[tables.CHARGED]) == (1, 1, 0)
    ca, you = tables.result(run, reviewed), tables.result(run, unpaid)
    assert (ca["result"], ca["waiting for"], ca["charged"]) == ("waiting", tables.BY_CA, tables.NO)
    assert (you["result"], you["waiting for"], you["charged"]) == ("waiting", tables.BY_YOU, tables.NO)
    assert sandbox.url in you["next step"]


def exceed_the_limit(site: Site) -> None:
    site.host("second")


def use_a_wrong_token(site: Site) -> None:
    site.environment["WOTRUS_API_TOKEN"] = "tk_wrong"


def lose_the_api(site: Site) -> None:
    site.environment["WOTRUS_API_URL"] = "https://127.0.0.1:1"


@pytest.mark.parametrize("bring", [exceed_the_limit, use_a_wrong_token, lose_the_api])
def test_orders_that_were_not_placed_are_not_counted_as_charged(
    site: Site, charged: Charged, bring: Callable[[Site], None]
) -> None:
    site.host()
    bring(site)

    run = site.run(playbook=ISSUE)

    assert charged() == 0
    assert tables.summary(run)[tables.CHARGED] == 0
    assert tables.artifact(run, "wotrus_summary")[SUMMARY_CHARGED] == 0


def test_revocation_is_a_row_of_the_results(site: Site, sandbox: Sandbox) -> None:
    host = site.host()
    site.issue()
    sandbox.settings(manual_review=True)

    run = site.issue(playbook="wotrus.pki.revoke", variables={"wotrus_revoke": ["contracts"], **site.revocation()})

    row = tables.result(run, host)
    assert (row["result"], row["waiting for"], row["charged"]) == ("revoking", tables.BY_CA, tables.NO)
    assert row["order"].lower() == host.folder().live_order_id.lower()


def test_cancelled_order_is_a_row_of_the_results(site: Site, sandbox: Sandbox) -> None:
    host = site.host()
    sandbox.settings(manual_review=True)
    site.issue()
    order_id = host.folder().pending_order_id

    run = site.issue(
        playbook="wotrus.pki.cancel",
        variables={"wotrus_cancel": ["contracts"], "wotrus_cancel_reason": "ordered by mistake"},
    )

    row = tables.result(run, host)
    assert (row["result"], row["order"].lower()) == ("cancelled", order_id.lower())
