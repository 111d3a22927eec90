# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rebuilt host finds its current order, and pays for none again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.helpers.sandbox import DAY, Sandbox

from .checks import assert_deployed, certificate, common_name_of, live_order
from .conftest import Charged
from .harness import Entry, Site, entry, entry_for

OTHER = "另一家科技有限公司"


def test_disk_lost_after_the_common_name_was_changed(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    host = site.host()
    site.issue()
    site.variables["wotrus_certificates"] = [entry_for(OTHER)]
    site.variables.update(wotrus_replace_orders=[live_order(host.folder())])
    site.issue()
    host.wipe()

    site.issue()

    assert_deployed(host.folder(), sandbox)
    assert common_name_of(host.folder()) == OTHER
    assert charged() == 2


def test_disk_lost_after_the_term_was_changed(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    host = site.host()
    site.issue()
    site.variables["wotrus_certificates"] = [entry(months=24)]
    host.wipe()

    site.issue()

    assert_deployed(host.folder(), sandbox)
    assert charged() == 1


@pytest.mark.parametrize("end", ["revoke", "close"])
def test_disk_lost_after_a_reissue_whose_original_ended(
    site: Site, sandbox: Sandbox, charged: Charged, end: str
) -> None:
    host = site.host()
    site.issue()
    original = live_order(host.folder())
    site.issue(variables={"wotrus_reissue": ["contracts"]})
    reissued = live_order(host.folder())
    assert reissued != original
    sandbox.order(original, end)
    host.wipe()
    site.variables["wotrus_certificates"] = [entry(order_id=reissued)]

    site.issue()

    assert_deployed(host.folder(), sandbox)
    assert charged() == 1


def provided_entry(site: Site) -> Entry:
    """Return an entry with a provided key and a unique order name."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return entry(order_name=f"decided-{site.folder.name}", key={"storage": "provided", "content": pem})


def ukey_entry(_site: Site) -> Entry:
    return entry(key={"storage": "ukey"}, ukey={"ship_address": "示例路 1 号"})


@pytest.mark.parametrize("made", [provided_entry, ukey_entry])
def test_disk_lost_after_the_first_order_expired(
    site: Site, sandbox: Sandbox, charged: Charged, made: Callable[[Site], Entry]
) -> None:
    host = site.host()
    site.variables["wotrus_certificates"] = [made(site)]
    site.issue()
    sandbox.clock(advance=350 * DAY)
    site.issue()
    ends = certificate(host.folder()).not_valid_after_utc
    sandbox.clock(advance=60 * DAY)
    host.wipe()

    site.issue()

    assert certificate(host.folder()).not_valid_after_utc == ends
    assert charged() == 2


def test_key_lost_after_an_old_record_was_restored(site: Site, sandbox: Sandbox, charged: Charged) -> None:
    host = site.host()
    site.issue()
    old = host.folder().record_file.read_bytes()
    sandbox.clock(advance=350 * DAY)
    site.issue()
    ends = certificate(host.folder()).not_valid_after_utc
    host.folder().record_file.write_bytes(old)
    (host.folder().live / "privkey.pem").unlink()
    sandbox.clock(advance=60 * DAY)

    site.issue()

    assert_deployed(host.folder(), sandbox, at_time=False)
    assert certificate(host.folder()).not_valid_after_utc == ends
    assert charged() == 2
