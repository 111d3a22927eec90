# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of the guide to take over, rename and remove."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.helpers.examples import ROOT, examples
from tests.helpers.sandbox import Sandbox

from .checks import assert_deployed
from .conftest import Charged
from .harness import COMMON_NAME, Site

FLEET = [one for one in examples(ROOT / "docs" / "docsite" / "rst" / "guide_take_over.rst") if one.language == "yaml"][
    1
]
NOTHING = {"wotrus_max_charged_orders": 0}


def buy_by_hand(sandbox: Sandbox, folder: Path) -> tuple[str, Path]:
    """Order a certificate without Ansible.

    Return the order's id and the file of its key.
    """
    folder.mkdir(parents=True)
    key, request = folder / "privkey.pem", folder / "request.csr"
    command = ["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=by hand"]
    subprocess.run([*command, "-keyout", key, "-out", request], check=True, capture_output=True)
    order = {
        "productID": "76ECE651-B59E-48F2-A47B-135614AADAD9",
        "commonName": COMMON_NAME,
        "csR_RSA": request.read_text(),
        "month": 12,
    }
    body = {"orderinfoPost": order, "organizationPost": {"OrgName": COMMON_NAME, "countryCode": "CN"}}
    data = sandbox.call("POST", "/v1/Order/Create", body).json()["data"]
    order_id = str(data.get("orderId_RSA") or data["orderId"]).strip()
    sandbox.order(order_id, "issue")
    return order_id, key


def test_fleet_is_taken_over_by_a_table_and_a_host_without_a_row_buys_nothing(
    site: Site, sandbox: Sandbox, charged: Charged, tmp_path: Path
) -> None:
    one, two, missing = site.hosts(3)
    rows = ["host,order_id,key"]
    for host in (one, two):
        order_id, key = buy_by_hand(sandbox, tmp_path / "by-hand" / host.name)
        rows.append(f"{host.name},{order_id},{key}")
    (site.folder / "orders.csv").write_text("\n".join(rows) + "\n")
    site.variables["wotrus_certificates"] = FLEET.data["wotrus_certificates"]
    before = charged()

    run = site.run(variables=NOTHING)

    for host in (one, two):
        assert run.result(host=host.name)["result"] == "deployed"
        assert_deployed(host.folder(), sandbox)
    assert run.result(host=missing.name)["error_code"] == "order_limit"
    assert run.code != 0
    assert charged() == before
