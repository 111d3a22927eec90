# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keystores for programs that read no PEM files."""

from __future__ import annotations

import os

import pytest
from cryptography.hazmat.primitives.serialization import pkcs12

from .checks import FILES, certificate, mode
from .harness import Site, entry


def test_keystores_have_what_their_programs_read_and_their_password_is_never_shown(site: Site) -> None:
    folder = site.host().folder()
    password = "correct-horse-battery"
    wanted = {"password": password, "friendly_name": "合同", "encryption": "compatible2022", "mode": "0440"}
    site.variables["wotrus_certificates"] = [
        entry(pkcs12={**wanted, "group": str(os.getgid())}, combined_pem=True),
    ]

    run = site.issue("-vvv", "--diff")

    live = folder.live
    assert {file.name for file in live.iterdir()} == {*FILES, "bundle.p12", "combined.pem"}
    assert (mode(live.resolve() / "bundle.p12"), mode(live.resolve() / "combined.pem")) == (0o440, 0o600)
    assert (live / "combined.pem").read_bytes() == (live / "fullchain.pem").read_bytes() + (
        live / "privkey.pem"
    ).read_bytes()
    bundle = (live / "bundle.p12").read_bytes()
    key, own, chain = pkcs12.load_key_and_certificates(bundle, password.encode())
    assert key is not None
    assert own == certificate(folder)
    assert len(chain) == (live / "chain.pem").read_text().count("BEGIN")
    with pytest.raises(ValueError, match="password"):
        pkcs12.load_key_and_certificates(bundle, b"wrong")
    assert password not in run.output + folder.record_file.read_text()
