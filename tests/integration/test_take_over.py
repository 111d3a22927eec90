# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of the guide to take over, rename and remove."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.examples import ROOT, examples
from tests.helpers.sandbox import Sandbox

from .checks import assert_blocked, assert_deployed, posts, public_key
from .conftest import Charged
from .harness import COMMON_NAME, Host, Site, entry

GUIDE = [one for one in examples(ROOT / "docs" / "docsite" / "rst" / "guide_take_over.rst") if one.language == "yaml"]
BY_HAND, FLEET, HOST, MOVED, CERTIFICATE, REMOVAL = GUIDE
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


def written(example: Any, **changes: Any) -> dict[str, Any]:
    """Return the entry of an example with some values of this test."""
    (found,) = example.data["wotrus_certificates"]
    return {**found, **changes}


def taking_over(order_id: str, key: Path, **named: Any) -> dict[str, Any]:
    """Return the guide's entry for an order and a key.

    :param named: further options of ``key``
    """
    return written(BY_HAND, order_id=order_id, key={"import_from": str(key), **named})


@pytest.fixture
def bought(site: Site, sandbox: Sandbox, tmp_path: Path) -> tuple[Host, str, Path]:
    """A host, and a certificate that was bought for it by hand."""
    order_id, key = buy_by_hand(sandbox, tmp_path / "by-hand")
    sandbox.clear_calls()
    return site.host(), order_id, key


def test_certificate_that_was_bought_by_hand_is_taken_over_with_its_key_for_nothing(
    site: Site, sandbox: Sandbox, charged: Charged, bought: tuple[Host, str, Path]
) -> None:
    host, order_id, key = bought
    before = charged()
    assert set(written(BY_HAND)["key"]) == {"import_from"}
    site.variables["wotrus_certificates"] = [taking_over(order_id, key)]

    planned = site.issue("--check", variables=NOTHING)
    run = site.issue(variables=NOTHING)

    (plan,) = planned.plans(host.name)
    assert (plan["action"], plan["reason"], plan["may_be_charged"]) == ("resume", "issued", False)
    assert planned.changed
    assert run.result()["result"] == "deployed"
    assert run.result()["steps"] == ["prepared", "deployed"]
    assert_deployed(host.folder(), sandbox)
    assert public_key(host.folder().live / "privkey.pem") == public_key(key)
    assert key.is_file()
    # Both options may stay, and key.import_from may go.
    assert site.issue(variables=NOTHING).changed == 0
    site.variables["wotrus_certificates"] = [
        {name: value for name, value in taking_over(order_id, key).items() if name != "key"}
    ]
    assert site.issue(variables=NOTHING).changed == 0
    assert posts(sandbox) == []
    assert charged() == before


def test_key_that_is_taken_over_is_replaced_if_the_entry_names_another_size(
    site: Site, sandbox: Sandbox, charged: Charged, bought: tuple[Host, str, Path]
) -> None:
    host, order_id, key = bought
    before = charged()
    site.variables["wotrus_certificates"] = [taking_over(order_id, key, size=3072)]

    planned = site.issue("--check", variables=NOTHING)
    site.issue(variables=NOTHING)

    warnings = " ".join(str(task.result.get("warnings")) for task in planned.tasks)
    assert "is RSA 2048, and the entry names RSA 3072" in warnings
    assert public_key(host.folder().live / "privkey.pem") == public_key(key)
    assert posts(sandbox) == []
    (plan,) = site.issue("--check", variables=NOTHING).plans(host.name)
    assert (plan["action"], plan["reason"]) == ("reissue", "key_changed")
    site.issue(variables=NOTHING)
    assert_deployed(host.folder(), sandbox)
    assert public_key(host.folder().live / "privkey.pem") != public_key(key)
    assert posts(sandbox) == ["reissue"]
    assert site.issue(variables=NOTHING).changed == 0
    assert charged() == before


def test_key_of_another_certificate_is_never_deployed_with_the_certificate_of_the_order(
    site: Site, sandbox: Sandbox, charged: Charged, bought: tuple[Host, str, Path], tmp_path: Path
) -> None:
    host, order_id, _key = bought
    other = tmp_path / "other.pem"
    command = ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", other]
    subprocess.run(command, check=True, capture_output=True)
    before = charged()
    site.variables["wotrus_certificates"] = [taking_over(order_id, other)]

    (plan,) = site.issue("--check", variables=NOTHING).plans(host.name)
    assert (plan["action"], plan["reason"], plan["may_be_charged"]) == ("reissue", "key_lost", False)
    site.issue(variables=NOTHING)

    assert posts(sandbox) == ["reissue"]
    assert_deployed(host.folder(), sandbox)
    assert public_key(host.folder().live / "privkey.pem") == public_key(other)
    assert site.issue(variables=NOTHING).changed == 0
    assert charged() == before


def test_key_file_that_cannot_be_used_fails_in_check_mode_too(
    site: Site, sandbox: Sandbox, bought: tuple[Host, str, Path], tmp_path: Path
) -> None:
    host, order_id, _key = bought
    site.variables["wotrus_certificates"] = [taking_over(order_id, tmp_path / "missing.pem")]

    planned, run = site.run("--check", variables=NOTHING), site.run(variables=NOTHING)

    assert run.code != 0
    for one in (planned, run):
        assert one.result()["result"] == "failed"
        assert one.result()["error_code"] == "invalid_key"
        assert "missing.pem does not exist on this host" in one.result()["msg"]
    assert not host.folder().path.exists()
    assert posts(sandbox) == []


def test_key_that_is_lost_has_the_order_reissued_for_nothing(
    site: Site, sandbox: Sandbox, charged: Charged, bought: tuple[Host, str, Path]
) -> None:
    host, order_id, _key = bought
    before = charged()
    one = written(BY_HAND, order_id=order_id)
    del one["key"]
    site.variables["wotrus_certificates"] = [one]

    site.issue(variables=NOTHING)

    assert_deployed(host.folder(), sandbox)
    assert posts(sandbox) == ["reissue"]
    assert charged() == before


def test_fleet_is_taken_over_by_a_table_and_a_host_without_a_row_buys_nothing(
    site: Site, sandbox: Sandbox, charged: Charged, tmp_path: Path
) -> None:
    one, two, missing = site.hosts(3)
    rows = ["host,order_id,key"]
    for host in (one, two):
        order_id, key = buy_by_hand(sandbox, tmp_path / "by-hand" / host.name)
        rows.append(f"{host.name},{order_id},{key}")
    (site.folder / "orders.csv").write_text("\n".join(rows) + "\n")
    site.variables["wotrus_certificates"] = [written(FLEET)]
    before = charged()

    run = site.run(variables=NOTHING)

    for host in (one, two):
        assert run.result(host=host.name)["result"] == "deployed"
        assert_deployed(host.folder(), sandbox)
    assert run.result(host=missing.name)["error_code"] == "order_limit"
    assert run.code != 0
    assert charged() == before


@pytest.mark.parametrize("keeps_name", [True, False], ids=["with the former name", "without"])
@pytest.mark.parametrize("keeps_files", [True, False], ids=["with its files", "without its disk"])
def test_renamed_host(site: Site, sandbox: Sandbox, charged: Charged, *, keeps_name: bool, keeps_files: bool) -> None:
    former = site.host("signer1")
    site.issue()
    if not keeps_files:
        former.wipe()
    site.rename("signer1", "signer-a")
    if keeps_name:
        name = written(HOST)["order_name"]
        site.variables["wotrus_certificates"] = [entry(order_name=name.replace("signer1", former.name))]

    run = site.issue()

    assert_deployed(Host("", former.base_dir).folder(), sandbox)
    # Without the former name, only the record on the host leads to the order.
    assert charged() == (1 if keeps_name or keeps_files else 2)
    assert any("order_name" in str(task.result.get("warnings")) for task in run.tasks) is (
        keeps_files and not keeps_name
    )


def test_message_on_a_shared_order_name_leads_a_certificate_to_a_new_machine_for_nothing(
    site: Site, sandbox: Sandbox, charged: Charged
) -> None:
    old = site.host("signer1")
    site.issue()
    name = {"order_name": f"contracts@{old.name}"}
    new = site.host("signer-a", wotrus_certificates=[entry(**name)])

    blocked = site.run()

    assert_blocked(blocked, "order_name_shared")
    step = blocked.result(host=new.name)["next_step"]
    found = re.match(
        r"If another host replaces (?P<old>\S+), set order_id to (?P<id>\S+) in its entry in place of order_name, "
        r"run with --limit to it, then remove (?P=old)\. This is free\.",
        step,
    )
    assert found, step
    assert found["old"] == old.name
    site.host("signer-a", wotrus_certificates=[written(MOVED, order_id=found["id"])])
    site.issue("--limit", new.name, variables=NOTHING)
    site.remove(old)
    assert_deployed(new.folder(), sandbox)
    assert site.issue(variables=NOTHING).changed == 0
    assert posts(sandbox) == ["create", "reissue"]
    assert charged() == 1


def test_renamed_certificate_keeps_its_order_and_its_key(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    host = site.host()
    site.issue()
    old = host.folder("contracts")
    (found,) = CERTIFICATE.data["wotrus_certificates"]
    name = found["order_name"].replace("signer1", host.name)
    key = {**entry()["key"], "import_from": str(old.live / "privkey.pem")}
    site.variables["wotrus_certificates"] = [entry(found["name"], order_name=name, key=key)]
    sandbox.clear_calls()

    # Only Create can find an order by its name, so a limit of 0 does not allow it.
    assert_blocked(site.run(variables=NOTHING), "order_limit")
    site.issue()
    new = host.folder(found["name"])
    assert_deployed(new, sandbox)
    assert public_key(new.live / "privkey.pem") == public_key(old.live / "privkey.pem")
    assert "reissue" not in posts(sandbox)
    assert charged() == 1


def test_host_that_leaves_is_revoked_and_cleared_and_a_later_one_of_its_name_buys_nothing_by_itself(
    site: Site, charged: Charged
) -> None:
    host = site.host()
    site.issue()
    order_id = host.folder().live_order_id
    site.issue(playbook="wotrus.pki.report", variables={"wotrus_report_dir": str(site.folder)})
    site.issue(playbook="wotrus.pki.revoke", variables={"wotrus_revoke": ["contracts"], **site.revocation()})
    (play,) = REMOVAL.data
    (task,) = play["tasks"]
    task["wotrus.pki.wotrus_deployment"]["path"] = str(host.folder().path)

    site.issue(tasks=[task])

    assert not host.folder().path.exists()
    assert order_id.lower() in (site.folder / "wotrus-report.json").read_text().lower()
    assert_blocked(site.run(), "order_dead")
    assert charged() == 1
    site.issue(variables={"wotrus_replace_orders": [order_id]})
    assert charged() == 2
