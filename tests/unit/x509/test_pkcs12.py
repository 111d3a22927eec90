# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PKCS#12 files and their passwords."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._x509.chain import build_bundle
from ansible_collections.wotrus.pki.plugins.module_utils._x509.pkcs12 import ITERATIONS, is_bundle_of, make_pkcs12
from tests.unit.x509 import pki

PASSWORDS = ["correct horse", "密码-Pä$$", "p", "long " * 40]
HAS_PKCS12 = hasattr(serialization.PrivateFormat, "PKCS12")


ROOT = pki.root("Root")
ISSUING = ROOT.issue("Issuing", ca=True)
LEAF = ISSUING.issue("Signer")
BUNDLE = build_bundle([LEAF.certificate, ISSUING.certificate, ROOT.certificate], public_key_sha256=None, now=pki.NOW)


@pytest.mark.parametrize("password", PASSWORDS)
def test_file_is_opened_with_its_password_only(password: str) -> None:
    data = make_pkcs12(LEAF.key, BUNDLE, password=password, friendly_name="signer")

    assert is_bundle_of(data, key=LEAF.key, bundle=BUNDLE, password=password)
    assert not is_bundle_of(data, key=LEAF.key, bundle=BUNDLE, password=f"{password}x")


def test_empty_password_is_refused() -> None:
    with pytest.raises(InvalidInput, match="password is empty"):
        make_pkcs12(LEAF.key, BUNDLE, password="", friendly_name="signer")


@pytest.mark.parametrize("password", PASSWORDS)
def test_openssl_opens_it_and_shows_its_iterations(tmp_path: Path, password: str) -> None:
    (tmp_path / "bundle.p12").write_bytes(make_pkcs12(LEAF.key, BUNDLE, password=password, friendly_name="signer"))
    (tmp_path / "password").write_text(password, encoding="utf-8")
    openssl = shutil.which("openssl")
    assert openssl
    command = [openssl, "pkcs12", "-in", "bundle.p12", "-passin", "file:password", "-noout", "-info"]

    shown = subprocess.run(
        command, cwd=tmp_path, env={"LC_ALL": "C.UTF-8"}, capture_output=True, text=True, check=False, timeout=60
    )

    assert shown.returncode == 0, shown.stderr
    assert f"MAC: sha256, Iteration {ITERATIONS}" in shown.stderr
    if HAS_PKCS12:
        assert shown.stderr.count(f"AES-256-CBC, Iteration {ITERATIONS}, PRF hmacWithSHA256") == 2
