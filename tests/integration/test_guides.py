# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All commands, playbooks and variables of the guides.

They run as they are written. Names of hosts, paths and ids of orders are those of the test.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import requests
import yaml

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from tests.helpers import softhsm
from tests.helpers.examples import examples, with_curl
from tests.helpers.guides import GUIDES
from tests.helpers.sandbox import Sandbox
from tests.helpers.softhsm import PIN, SoftHsm

from .checks import assert_deployed, live_order, one_spelling, posts
from .conftest import Charged
from .harness import COMMON_NAME, Host, Site
from .test_pkcs11 import live_id
from .test_runbooks import SHOWN_ID, Runbook, name_host, page, runbook, with_jq
from .test_take_over import buy_by_hand

__all__ = ["runbook"]

with_token = softhsm.needed


def add_host(runbook: Runbook, name: str = "signer1", **variables: Any) -> Host:
    """Add a host that has the name of the page's."""
    host = runbook.site.host(name, **variables)
    name_host(runbook, host)
    return host


def write_evidence(site: Site) -> None:
    """Write the file that the commands for a revocation name."""
    (site.folder / "evidence").mkdir()
    (site.folder / "evidence" / "revocation.pdf").write_bytes(b"%PDF-1.4\n%%EOF\n")


@page("guide_real_token")
def test_first_day_with_the_token_in_a_vault(
    runbook: Runbook, sandbox: Sandbox, charged: Charged, tmp_path: Path
) -> None:
    folder = runbook.site.folder
    sandbox.settings(readings={"create_time": "slashes", "flags": "text", "reissue_id": "same"}, id_style="braces")
    order_id, _key = buy_by_hand(sandbox, tmp_path / "by-hand")
    host = add_host(runbook)
    runbook.write_inventory()
    runbook.words.update({"sudo ": "", "/var/log/wotrus": str(folder / "log"), SHOWN_ID: order_id})

    runbook.run("wotrus.pki.preflight")
    (folder / "inventory" / "hosts.json").rename(folder / "inventory.yml")
    runbook.run("cp inventory.yml")
    runbook.run("install -d")
    kept = runbook.shown("inventory/group_vars/all/wotrus.yml")
    file = folder / "inventory" / "group_vars" / "all" / "wotrus.yml"
    file.write_text(kept.text.replace("/var/log/wotrus", str(folder / "log")))
    assert "with slashes, without a zone" in runbook.run("order_id").casefold()
    assert {("create_time", "slashes"), ("flags", "text")} < words_seen(folder / "log" / "readings.json")
    rehearse(runbook)

    (folder / "password").write_text("correct horse")
    runbook.site.environment["ANSIBLE_VAULT_PASSWORD_FILE"] = "password"
    (vault,) = [one for one in runbook.examples if one.caption and "vault.yml" in one.caption]
    file = file.with_name("vault.yml")
    file.write_text(yaml.safe_dump(dict.fromkeys(vault.data, runbook.site.environment.pop("WOTRUS_API_TOKEN"))))
    runbook.run("ansible-vault encrypt")
    before = charged()

    assert "not_ordered" in runbook.run("--limit signer1 --check")
    assert sandbox.token not in runbook.run("wotrus_max_charged_orders=1")
    assert charged() - before == 1
    assert_deployed(host.folder(), sandbox)
    assert "readings" in runbook.again("ansible-playbook -i inventory wotrus.pki.preflight")
    bundle, letter = runbook.run("--tags bundle"), runbook.run("--tags letter")
    assert "create_time: slashes" in bundle
    assert "create_answer: id" in bundle
    assert COMMON_NAME not in bundle
    assert "重新颁发如何收费" in letter
    runbook.run("wotrus_max_charged_orders=5")
    assert charged() - before == 1
    runbook.leave("wotrus_deployment_info", to="runbook_key_stolen")
    runbook.leave("wotrus.pki.status", to="runbook_order_waits")
    runbook.run("wotrus.pki.renew")


def words_seen(readings: Path) -> set[tuple[str, str]]:
    """Return the readings of a file with their words."""
    return {(row["reading"], row["word"]) for row in json.loads(readings.read_text())["seen"]}


def rehearse(runbook: Runbook) -> None:
    """Run the commands of the page for its second terminal, with the inventory of Get started."""
    home, site = runbook.site.folder / "home", runbook.site
    (home / "wotrus-example").mkdir()
    (home / "wotrus-example" / "inventory.yml").write_text(shown_inventory())
    rehearsal = home / "wotrus-rehearsal"
    runbook.run("mkdir")
    python, real = {"wotrus_sandbox_python": sys.executable}, dict(site.environment)
    own = {
        "wotrus.pki.sandbox": f"wotrus.pki.sandbox -e {shlex.quote(json.dumps(python))}",
        "18444": "0",
        "inventory.yml": str(rehearsal / "inventory.yml"),
    }
    before, runbook.words = runbook.words, {"/var/log/wotrus": runbook.words["/var/log/wotrus"], **own}
    stop = runbook.command("wotrus_sandbox_state=absent")
    try:
        runbook.run("wotrus_sandbox_readings")
        facts = json.loads((rehearsal / "sandbox" / "ready.json").read_text())
        site.environment.update(
            WOTRUS_API_URL=facts["url"], WOTRUS_API_TOKEN=facts["token"], WOTRUS_CA_PATH=facts["tls_ca"]
        )
        runbook.run("wotrus.pki.issue")
        runbook.run("wotrus.pki.reissue")
        shown = requests.get(f"{facts['admin_url']}/settings", verify=facts["tls_ca"], timeout=60).json()
        assert (shown["readings"]["create_time"], shown["readings"]["flags"]) == ("slashes", "text")
        runbook.run("wotrus_sandbox_state=absent")
    finally:
        runbook.again(stop)
    runbook.words, site.environment = before, real


def shown_inventory() -> str:
    """Return the inventory of Get started."""
    (example,) = [one for one in examples(GUIDES / "guide_start.rst") if one.caption == "inventory.yml"]
    return example.text


@page("guide_orders")
def test_orders_are_priced_replaced_cancelled_and_adopted(runbook: Runbook, sandbox: Sandbox, charged: Charged) -> None:
    sandbox.settings(manual_review=True)
    other, host = runbook.site.host("other"), add_host(runbook)
    runbook.site.variables.update(runbook.shown("group_vars/all.yml").data)
    runbook.words[" signers "] = " wotrus "
    runbook.write_inventory()

    shown, _logrotate = [one.text.splitlines() for one in runbook.examples if one.language == "text"]
    assert shown[1] in runbook.again(f"{runbook.command('--limit signers')} --check")
    runbook.run("--limit signers")
    rejected = host.folder().pending_order_id
    sandbox.order(rejected, "reject")
    runbook.words[SHOWN_ID] = one_spelling(rejected)
    runbook.run("wotrus_replace_orders")
    replacement = host.folder().pending_order_id
    assert not is_same_id(replacement, rejected)
    runbook.run("wotrus.pki.cancel")
    assert sandbox.status(replacement) == "closed"
    runbook.words[SHOWN_ID] = one_spelling(other.folder().pending_order_id)
    runbook.play("Adopt an order that was placed in the partner console")
    assert charged() == 3


@page("guide_reissue")
def test_reissue_revocation_and_roll_back(runbook: Runbook, sandbox: Sandbox, charged: Charged) -> None:
    host = add_host(runbook)
    runbook.site.given()
    releases = [host.folder().release]
    runbook.words[SHOWN_ID] = first = live_order(host.folder())
    # The host has no service.
    runbook.words["systemctl reload signer"] = "/bin/true"
    write_evidence(runbook.site)
    runbook.write_inventory()

    runbook.run("wotrus.pki.reissue")
    releases.append(host.folder().release)
    runbook.play("Roll back to the former release")
    assert host.folder().release == releases[0] != releases[1]
    # A repeat does not go further back.
    (runbook.site.folder / "play.yml").rename(runbook.site.folder / "roll_back.yml")
    runbook.run("roll_back.yml")
    assert host.folder().release == releases[0]
    # The next run deploys the newer one again.
    assert "rolled_back" in runbook.again(f"{runbook.command('wotrus.pki.renew')} --check")
    runbook.run("wotrus.pki.renew")
    assert host.folder().release == releases[1]
    runbook.run(f"wotrus_revoke={SHOWN_ID}")
    assert sandbox.status(first) == "revoked"
    sandbox.clear_calls()
    runbook.run("wotrus_revoke_superseded")
    assert host.folder().release not in releases
    assert posts(sandbox).count("revoke") == 1
    assert charged() == 1


@page("guide_ukey")
def test_password_of_a_ukey_and_its_revocation(runbook: Runbook, sandbox: Sandbox) -> None:
    runbook.words["sudo "] = ""
    wanted, _with_token, _replaced = [one.data for one in runbook.examples if one.language == "yaml"]
    host = add_host(runbook, **wanted)
    runbook.site.given()
    write_evidence(runbook.site)
    runbook.write_inventory()

    password = runbook.run("cat")
    assert len(password) == wanted["wotrus_certificates"][0]["ukey"]["password_length"]
    runbook.run("wotrus.pki.revoke")
    assert sandbox.status(live_order(host.folder("seal"))) in ("pendingRevoke", "revoked")


@with_token
@page("guide_hsm")
def test_keys_of_a_token_are_listed_and_deleted(runbook: Runbook, tmp_path: Path) -> None:
    hsm = SoftHsm.create(tmp_path / "hsm")
    runbook.site.environment.update(hsm.environment)
    runbook.words.update(
        {
            "sudo ": "",
            "--label signing": f"--label signing --pin {PIN} --so-pin so-{PIN}",
            "--login": f"--login --pin {PIN}",
            "/usr/lib/softhsm/libsofthsm2.so": str(softhsm.find_module()),
        }
    )
    wanted, _external, _kms = [one.data["wotrus_certificates"] for one in runbook.examples if one.language == "yaml"]
    wanted[0]["key"]["pkcs11"].update(pin=PIN, module=softhsm.find_module())
    # The Python of the tests has python-pkcs11, whatever ansible-core is tested.
    host = add_host(runbook, wotrus_certificates=wanted, ansible_python_interpreter=sys.executable)

    runbook.run("softhsm2-util")
    runbook.site.issue()
    former = live_id(host.folder())
    runbook.site.issue(variables={"wotrus_reissue": ["contracts"]})
    runbook.words["0a1b2c3d"] = former
    listing = runbook.command("--list-objects")
    assert former in runbook.run("--list-objects")
    runbook.run("--delete-object")
    assert former not in runbook.again(listing)
    assert live_id(host.folder()) in runbook.again(listing)


@page("guide_iac")
def test_plan_file_is_written_and_applied(runbook: Runbook, sandbox: Sandbox, charged: Charged) -> None:
    host = add_host(runbook)
    runbook.write_inventory()
    runbook.site.environment["ANSIBLE_INVENTORY"] = "inventory"

    runbook.run("wotrus.pki.preflight")
    runbook.run("wotrus_fail_on_changes", fails=True)
    assert charged() == 0
    runbook.run("wotrus.pki.issue_planned")
    assert_deployed(host.folder(), sandbox)
    assert charged() == 1


@with_jq
@page("guide_report")
def test_report_on_an_order_that_is_not_paid(runbook: Runbook, sandbox: Sandbox) -> None:
    sandbox.settings(manual_review=True)
    host = add_host(runbook)
    runbook.site.given()
    sandbox.order(host.folder().pending_order_id, "unpaid")
    runbook.write_inventory()

    runbook.run("wotrus.pki.report")
    name, certificate, link = runbook.run("jq").strip().split("\t")
    assert (name, certificate) == (host.name, "contracts")
    assert link.startswith(sandbox.url)
    assert link in runbook.play("Show which certificates wait for you")


@with_curl
@page("guide_sandbox")
def test_sandbox_is_started_asked_and_stopped(runbook: Runbook, sandbox: Sandbox) -> None:
    host = add_host(runbook)
    sandbox.settings(manual_review=True)
    runbook.site.given()
    runbook.write_inventory()
    define = next(line for line in runbook.left if line.startswith("sandbox()"))
    runbook.left.remove(define)
    # It asks the sandbox of all tests.
    own = [sandbox.tls_ca, sandbox.url, one_spelling(host.folder().pending_order_id)]
    shown = [*re.findall(r"--cacert (\S+)|(https:\S+)/_sandbox", define), ("ORDER_ID", "")]
    runbook.words.update({first or second: word for (first, second), word in zip(shown, own, strict=True)})

    for line in [line for line in runbook.left if line.startswith("sandbox ")]:
        runbook.left.remove(line)
        assert "error" not in json.loads(runbook.again(f"{define}\n{line}")), line
    python = {"wotrus_sandbox_python": sys.executable}
    start = "ansible-playbook wotrus.pki.sandbox"
    runbook.words[start] = f"{start} -e {shlex.quote(json.dumps(python))}"
    stop = runbook.command("wotrus_sandbox_state=absent")
    try:
        runbook.run(start)
        runbook.run("wotrus_sandbox_state=absent")
        runbook.play("Start the sandbox", **python)
    finally:
        runbook.again(stop)


@page("guide_take_over")
def test_certificate_is_taken_over_moved_revoked_and_another_order_cancelled(
    runbook: Runbook, sandbox: Sandbox, charged: Charged, tmp_path: Path
) -> None:
    site = runbook.site
    order_id, key = buy_by_hand(sandbox, tmp_path / "by-hand")
    before = charged()
    export_without_passphrase(runbook, key)
    (wanted,) = next(one for one in runbook.examples if one.language == "yaml").data["wotrus_certificates"]
    wanted.update(order_id=order_id, root_order_id=order_id, key={"import_from": str(key)})
    host = add_host(runbook, wotrus_certificates=[wanted])
    write_evidence(site)
    runbook.write_inventory()

    assert "orders that may be charged: 0" in runbook.run("--limit signer1", "--check")
    runbook.run("--limit signer1 -e wotrus_max_charged_orders=0 -e wotrus_max_reissues=0")
    assert_deployed(host.folder(), sandbox)
    for last in ("--check", "wotrus_max_reissues=0"):
        runbook.run("wotrus.pki.issue -e wotrus_max_charged_orders=0", last)
    assert one_spelling(order_id) in runbook.run("wotrus.pki.status").upper()
    new = site.host("signer-a", wotrus_certificates=[])
    runbook.words["signer-a"] = new.name
    moved = "inventory/host_vars/signer-a.yml"
    (wanted,) = runbook.shown(moved).data["wotrus_extra_certificates"]
    runbook.write(moved, wotrus_extra_certificates=[{**wanted, "order_id": order_id, "root_order_id": order_id}])
    runbook.write_inventory()
    plan = runbook.run("--limit signer-a", "--check")
    assert re.search(rf"{new.name} +contracts +reissue +key_lost +no ", plan)
    runbook.run("--limit signer-a")
    assert_deployed(new.folder(), sandbox)
    runbook.run("wotrus.pki.report")
    runbook.play("Remove keys and certificates")
    assert not host.folder().path.exists()
    site.remove(host)
    runbook.write_inventory()
    assert "changed=0" in runbook.run("wotrus.pki.issue --check")
    assert charged() == before
    runbook.words["signer1"] = runbook.words.pop("signer-a")
    sandbox.settings(manual_review=True)
    runbook.run("wotrus.pki.revoke")
    status = runbook.command("wotrus.pki.status")
    assert re.search(r" revoking +revoking ", runbook.again(status))
    sandbox.order(live_order(new.folder()), "revoke")
    assert re.search(r" dead +order_dead ", runbook.again(status))
    other = site.host("signer2")
    site.given(other)
    pending = other.folder().pending_order_id
    runbook.write_inventory()
    runbook.words["signer1"] = other.name
    runbook.run("wotrus.pki.cancel")
    assert sandbox.status(pending) == "closed"
    find_order_of_an_old_playbook(runbook, sandbox)


def export_without_passphrase(runbook: Runbook, key: Path) -> None:
    """Have the page's commands write a key from a PKCS#12 file, in the place of the key."""
    pfx = runbook.site.folder / "signer.pfx"
    cert = ["openssl", "req", "-x509", "-key", str(key), "-subj", "/CN=signer1"]
    shown = subprocess.run(cert, check=True, capture_output=True).stdout
    export = ["openssl", "pkcs12", "-export", "-inkey", str(key), "-passout", "pass:secret", "-out", str(pfx)]
    subprocess.run(export, input=shown, check=True)
    runbook.words["-nodes"] = "-nodes -passin pass:secret"
    runbook.run("openssl pkcs12")
    runbook.words.update({"sudo ": "", "-o root ": "", "/etc/pki/signer/privkey.pem": str(key)})
    runbook.run("install -D")


def find_order_of_an_old_playbook(runbook: Runbook, sandbox: Sandbox) -> None:
    """Run the play that finds an order by its value, with a journal."""
    order = {"productID": "76ECE651-B59E-48F2-A47B-135614AADAD9", "commonName": COMMON_NAME, "month": 12}
    order |= {"csR_RSA": write_request(runbook.site.folder), "idempotenceID": "4711"}
    sandbox.call("POST", "/v1/Order/Create", {"orderinfoPost": order, "organizationPost": {"OrgName": COMMON_NAME}})
    before = sandbox.state()["charged_orders"]
    journal = runbook.site.folder / "alone.jsonl"
    runbook.site.environment["WOTRUS_JOURNAL"] = str(journal)

    runbook.play("Find the order by the value that the old playbook sent")

    assert sandbox.state()["charged_orders"] == before
    # A module that is used alone writes lines too.
    lines = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    assert "accepted" in [line["outcome"] for line in lines if line["event"] == "end"]
    assert {line["certificate"] for line in lines} == {None}


def write_request(folder: Path) -> str:
    """Write the certificate signing request of an example, and return it."""
    command = ["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=signer1", "-keyout", "key.pem"]
    subprocess.run([*command, "-out", "request.csr"], cwd=folder, check=True, capture_output=True)
    return (folder / "request.csr").read_text()


@page("guide_errors")
def test_play_continues_with_a_refused_token_and_fails_without_one(runbook: Runbook, charged: Charged) -> None:
    add_host(runbook)
    write_request(runbook.site.folder)
    runbook.site.environment["WOTRUS_API_TOKEN"] = "tk_wrong"
    runbook.write_inventory()

    assert "failed=0" in runbook.play("Order, and continue if WoTrus refuses the token")
    del runbook.site.environment["WOTRUS_API_TOKEN"]
    assert '"error_code": "invalid_input"' in runbook.again("ansible-playbook -i inventory play.yml", fails=True)
    assert charged() == 0
