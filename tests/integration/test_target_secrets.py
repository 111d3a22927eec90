# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets are neither in a target's temporary files nor in output."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from .harness import Site

MODULE = "wotrus.pki.wotrus_deployment"


@pytest.fixture
def private_key() -> str:
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem.decode()


def test_provided_key_is_written_to_no_temporary_file(site: Site, tmp_path: Path, private_key: str) -> None:
    site.host()
    key = {"storage": "provided", "content": private_key}
    options = {"state": "prepared", "subject": {"common_name": "x"}, "key": key}
    one = {MODULE: {"path": str(tmp_path / "one"), **options}}
    several = {MODULE: {"deployments": [{"path": str(tmp_path / "two"), **options}]}}

    run = site.issue("-vvvv", tasks=[one, several])

    assert run.changed == 2
    assert " PUT " not in run.output
    assert private_key.splitlines()[1] not in run.output
    assert (tmp_path / "two" / "pending" / "privkey.pem").read_text() == private_key


def test_module_without_a_secret_is_copied_to_no_file_either(site: Site, tmp_path: Path) -> None:
    site.host(ansible_pipelining=False)

    run = site.issue("-vvvv", tasks=[{MODULE: {"path": str(tmp_path / "none"), "state": "absent"}}])

    assert " EXEC " in run.output
    assert " PUT " not in run.output
