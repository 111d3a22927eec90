# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host gets certificates of its own orders only."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.helpers.sandbox import Sandbox

from . import tables
from .checks import assert_blocked, assert_deployed, common_name_of, live_order, newest_order, posts
from .claims import claim_live_order, claim_pending_order, claim_superseded_order
from .conftest import Charged
from .harness import COMMON_NAME, Site, entry, entry_for, other_inventory

OTHER = "另一家科技有限公司"
UKEY = {"key": {"storage": "ukey"}, "ukey": {"ship_address": "示例路 1 号"}}


def test_order_for_another_name_is_not_reissued_for_the_host_that_claims_it(site: Site, sandbox: Sandbox) -> None:
    victim = site.host("victim", wotrus_certificates=[entry_for(OTHER)])
    hostile = site.host("hostile")
    site.issue(variables={"wotrus_max_charged_orders": 2})
    claim_live_order(hostile.folder(), live_order(victim.folder()))
    (hostile.folder().live / "privkey.pem").unlink()
    sandbox.clear_calls()

    run = site.run("--limit", hostile.name)

    assert common_name_of(hostile.folder()) == COMMON_NAME
    assert posts(sandbox) == []
    assert_blocked(run, "order_mismatch")


def test_two_hosts_that_claim_one_order_get_nothing_from_it(site: Site, sandbox: Sandbox) -> None:
    victim = site.host("victim")
    hostile = site.host("hostile")
    site.issue(variables={"wotrus_max_charged_orders": 2})
    claim_live_order(hostile.folder(), live_order(victim.folder()))
    (hostile.folder().live / "privkey.pem").unlink()
    release = hostile.folder().release
    sandbox.clear_calls()

    run = site.run()

    assert run.code != 0
    assert posts(sandbox) == []
    assert hostile.folder().release == release
    assert_deployed(victim.folder(), sandbox)


def test_order_of_another_host_is_not_revoked_for_a_claim_in_a_record(
    site: Site, sandbox: Sandbox, tmp_path: Path
) -> None:
    victim = site.host("victim")
    site.issue()
    with other_inventory(tmp_path / "elsewhere", sandbox, prefix=victim.name) as elsewhere:
        hostile = elsewhere.host("hostile")
        elsewhere.variables.update(elsewhere.revoking_superseded())
        elsewhere.issue()
        claim_superseded_order(hostile.folder(), live_order(victim.folder()))
        sandbox.clear_calls()

        elsewhere.run()

    assert posts(sandbox) == []
    assert sandbox.status(live_order(victim.folder())) == "issued"


def test_inventories_with_one_host_name_have_orders_of_their_own(
    sandbox: Sandbox, charged: Charged, tmp_path: Path
) -> None:
    with (
        other_inventory(tmp_path / "production", sandbox, prefix=tmp_path.name) as production,
        other_inventory(tmp_path / "staging", sandbox, prefix=tmp_path.name) as staging,
    ):
        first, second = production.host(), staging.host()
        assert first.name == second.name
        for site, name in ((production, "production"), (staging, "staging")):
            site.variables.update({"wotrus_order_namespace": name, **site.revoking_superseded()})
            site.issue()

        assert sandbox.status(live_order(first.folder())) == "issued"
        assert charged() == 2
        assert live_order(first.folder()) != live_order(second.folder())
        for host in (first, second):
            assert_deployed(host.folder(), sandbox)
        assert production.issue().changed == 0


def test_clone_in_another_inventory_never_has_its_original_revoked(
    site: Site, sandbox: Sandbox, charged: Charged, tmp_path: Path
) -> None:
    original = site.host("original")
    site.issue()
    with other_inventory(tmp_path / "elsewhere", sandbox, prefix=original.name) as elsewhere:
        clone = elsewhere.host("clone")
        shutil.copytree(original.base_dir, clone.base_dir, symlinks=True)

        run = elsewhere.issue(variables={"wotrus_reissue": ["contracts"], **elsewhere.revoking_superseded()})

    assert sandbox.status(live_order(original.folder())) == "issued"
    assert "order_name" in run.output
    assert charged() == 1


def test_certificate_for_another_name_is_not_deployed_for_a_ukey(site: Site, sandbox: Sandbox) -> None:
    sandbox.settings(manual_review=True)
    hostile = site.host("hostile", wotrus_certificates=[entry(**UKEY)])
    victim = site.host("victim", wotrus_certificates=[entry_for("Evil Corp")])
    site.issue(variables={"wotrus_max_charged_orders": 2})
    other_order = victim.folder().pending_order_id
    sandbox.order(other_order, "issue")
    claim_pending_order(hostile.folder(), other_order)

    run = site.run("--limit", hostile.name)

    assert common_name_of(hostile.folder()) is None
    assert run.code != 0


@pytest.mark.parametrize("when", ["at once", "while the run waits"])
def test_new_order_with_a_certificate_for_another_key_is_a_mismatch(
    site: Site, sandbox: Sandbox, charged: Charged, when: str
) -> None:
    host = site.host()
    if when == "at once":
        sandbox.fault("retrieve", "hold", when="before")
    else:
        sandbox.settings(manual_review=True)
        # The first question is asked once the order is placed; the second is that of the wait.
        sandbox.fault("query", "hold", skip=1)
    started = site.start(variables={"wotrus_wait_timeout": 90})
    sandbox.wait_for_hold()
    order_id = newest_order(sandbox)
    sandbox.order(order_id, "issue")
    sandbox.settings(reissue_answer="same", manual_review=False)
    reissue = {"orderID": order_id, "csr": strangers_request(), "reason": "x", "idempotenceID": order_id}
    assert sandbox.call("POST", "/v1/Certificate/ReissueRequest", reissue).json()["isSuccess"]
    sandbox.settings(reissue_answer="new")
    sandbox.clear_calls()
    sandbox.release()

    run = started.finish()

    assert_blocked(run, "key_mismatch")
    assert posts(sandbox) == []
    assert host.folder().release is None
    assert charged() == 1
    assert tables.result(run, host)["charged"] == tables.YES


def strangers_request() -> str:
    """Return a certificate signing request with a key that no host has."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, COMMON_NAME)])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()
