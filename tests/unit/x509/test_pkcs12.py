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
from cryptography.hazmat.primitives.serialization import pkcs12

from ansible_collections.wotrus.pki.plugins.module_utils._x509.chain import build_bundle
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keystores import COMPATIBLE2022, STANDARD, Pkcs12Options
from ansible_collections.wotrus.pki.plugins.module_utils._x509.pkcs12 import ITERATIONS, is_bundle_of, make_pkcs12
from tests.unit.x509 import pki

PASSWORDS = ["correct horse", "密码-Pä$$", "p", "long " * 40]
HAS_PKCS12 = hasattr(serialization.PrivateFormat, "PKCS12")
HAS_NAMES = hasattr(pkcs12, "load_pkcs12")
ENCRYPTIONS = [STANDARD, COMPATIBLE2022]


ROOT = pki.root("Root")
ISSUING = ROOT.issue("Issuing", ca=True)
LEAF = ISSUING.issue("Signer")
BUNDLE = build_bundle([LEAF.certificate, ISSUING.certificate, ROOT.certificate], public_key_sha256=None, now=pki.NOW)


@pytest.mark.parametrize("password", PASSWORDS)
def test_file_is_opened_with_its_password_only(password: str) -> None:
    data = make_pkcs12(LEAF.key, BUNDLE, Pkcs12Options(password=password, friendly_name="signer"))

    assert is_bundle_of(data, LEAF.key, BUNDLE, Pkcs12Options(password=password, friendly_name="signer"))
    assert not is_bundle_of(data, LEAF.key, BUNDLE, Pkcs12Options(password=f"{password}x", friendly_name="signer"))


def test_another_name_or_damage_is_another_file() -> None:
    data = make_pkcs12(LEAF.key, BUNDLE, Pkcs12Options(password="p", friendly_name="signer"))

    assert is_bundle_of(data, LEAF.key, BUNDLE, Pkcs12Options(password="p", friendly_name="other")) is not HAS_NAMES
    for damaged in (b"", data[:20], data[:-1], b"\x30\x03abc"):
        assert not is_bundle_of(damaged, LEAF.key, BUNDLE, Pkcs12Options(password="p", friendly_name="signer"))


@pytest.mark.parametrize("encryption", ENCRYPTIONS)
def test_each_encryption_is_another_file(encryption: str) -> None:
    data = make_pkcs12(LEAF.key, BUNDLE, Pkcs12Options(password="p", friendly_name="signer", encryption=encryption))

    same = [
        one
        for one in ENCRYPTIONS
        if is_bundle_of(data, LEAF.key, BUNDLE, Pkcs12Options(password="p", friendly_name="signer", encryption=one))
    ]

    assert same == [encryption]


@pytest.mark.parametrize(
    ("password", "encryption"),
    [*((password, STANDARD) for password in PASSWORDS), *(("p", encryption) for encryption in ENCRYPTIONS[1:])],
)
def test_openssl_opens_it_and_shows_its_iterations(tmp_path: Path, password: str, encryption: str) -> None:
    data = make_pkcs12(
        LEAF.key, BUNDLE, Pkcs12Options(password=password, friendly_name="signer", encryption=encryption)
    )
    (tmp_path / "bundle.p12").write_bytes(data)
    (tmp_path / "password").write_text(password, encoding="utf-8")
    openssl = shutil.which("openssl")
    assert openssl
    command = [openssl, "pkcs12", "-in", "bundle.p12", "-passin", "file:password", "-noout", "-info"]

    shown = subprocess.run(
        command, cwd=tmp_path, env={"LC_ALL": "C.UTF-8"}, capture_output=True, text=True, check=False, timeout=60
    )

    assert shown.returncode == 0, shown.stderr
    if encryption == COMPATIBLE2022:
        assert f"MAC: sha1, Iteration {ITERATIONS}" in shown.stderr
        assert shown.stderr.count("pbeWithSHA1And3-KeyTripleDES-CBC") == 2
        return
    assert f"MAC: sha256, Iteration {ITERATIONS}" in shown.stderr
    if HAS_PKCS12:
        assert shown.stderr.count(f"AES-256-CBC, Iteration {ITERATIONS}, PRF hmacWithSHA256") == 2


@pytest.mark.parametrize("encryption", ENCRYPTIONS)
def test_keytool_opens_it_under_its_name(tmp_path: Path, encryption: str) -> None:
    data = make_pkcs12(
        LEAF.key, BUNDLE, Pkcs12Options(password="correct horse", friendly_name="Signer", encryption=encryption)
    )
    (tmp_path / "bundle.p12").write_bytes(data)
    (tmp_path / "password").write_text("correct horse", encoding="ascii")
    keytool = shutil.which("keytool")
    if not keytool:
        pytest.skip("keytool of Java is not installed")
    command = [keytool, "-list", "-v", "-keystore", "bundle.p12", "-storepass:file", "password", "-alias", "signer"]

    shown = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)

    assert shown.returncode == 0, shown.stdout
    assert "PrivateKeyEntry" in shown.stdout
    assert "Certificate chain length: 2" in shown.stdout
