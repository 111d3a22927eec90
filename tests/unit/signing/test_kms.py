# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program for keys in a cloud KMS, against a local fake of two of them."""

from __future__ import annotations

import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._x509.csr import check_csr
from tests.helpers import scripted_server
from tests.helpers.fake_kms import ACCESS, AZURE_TOKEN, SECRETS, FakeKms, fake_kms

PROGRAM = pathlib.Path(__file__).parents[3] / "docs" / "examples" / "kms" / "wotrus_kms.py"
SUBJECT = {
    "country": "CN",
    "state": "上海市",
    "locality": "上海市",
    "organization": "示例科技有限公司",
    "organizational_unit": "法务部",
    "common_name": "示例科技有限公司",
    "serial_number": "91310000MA1EXAMPLE",
    "email_address": "a@example.com",
}


@pytest.fixture
def kms(tmp_path: pathlib.Path) -> t.Iterator[FakeKms]:
    with fake_kms(tmp_path) as made:
        yield made


def run(kms: FakeKms, words: str, folder: pathlib.Path) -> subprocess.CompletedProcess[str]:
    """Run the program as the role does."""
    environment = {f"WOTRUS_SUBJECT_{name.upper()}": value for name, value in SUBJECT.items()}
    environment.update(WOTRUS_ATTESTATION=str(folder / "attestation"), SSL_CERT_FILE=str(kms.authority.path))
    command = [sys.executable, str(PROGRAM), *words.split()]
    return subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, encoding="utf-8", check=False
    )


KINDS = {"RSA": {"type": "RSA", "size": 3072}, "ECC": {"type": "ECC", "curve": "P-256"}}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("service", ["azure", "aliyun", "command"])
def test_csr_is_what_the_role_sends(kms: FakeKms, tmp_path: pathlib.Path, service: str, kind: str) -> None:
    version = kms.add_version(kind)

    words = {"azure": kms.azure, "aliyun": kms.aliyun(version), "command": kms.command(tmp_path)}

    done = run(kms, words[service], tmp_path)

    assert done.returncode == 0, done.stderr
    check_csr(done.stdout, subject=SUBJECT, kind=KINDS[kind])
    attestation = (tmp_path / "attestation").read_text()
    assert json.loads(attestation)["key"][0] == service
    assert ("HSM" in attestation) == (service != "command")
    assert not any(secret in attestation + done.stdout for secret in SECRETS)


def test_command_that_fails_is_named(kms: FakeKms, tmp_path: pathlib.Path) -> None:
    kms.add_version("ECC")

    done = run(kms, kms.command(tmp_path).replace("pkeyutl", "nothing"), tmp_path)

    assert done.returncode == 1
    assert "openssl failed with" in done.stderr
    assert done.stdout == ""


def test_refusal_of_the_kms_is_one_line_without_secrets(kms: FakeKms, tmp_path: pathlib.Path) -> None:
    kms.add_version()
    kms.refused = "The user does not have keys get permission on key vault 'contracts'"

    for words in (kms.azure, kms.aliyun(0)):
        done = run(kms, words, tmp_path)

        assert done.returncode == 1
        assert "answered 403" in done.stderr
        assert kms.refused in done.stderr
        assert done.stderr.count("\n") == 1
        assert not any(secret in done.stderr for secret in SECRETS)


def test_unknown_certificate_of_the_kms_gets_no_credentials(kms: FakeKms, tmp_path: pathlib.Path) -> None:
    kms.add_version()
    other = fake_kms(tmp_path)

    with other as another:
        kms.authority = another.authority
        done = run(kms, kms.azure, tmp_path)

    assert done.returncode == 1
    assert "CERTIFICATE_VERIFY_FAILED" in done.stderr


@pytest.mark.parametrize("service", ["azure", "aliyun"])
@pytest.mark.parametrize("who", ["the KMS", "the metadata service"])
def test_redirect_gets_no_token(kms: FakeKms, tmp_path: pathlib.Path, service: str, who: str) -> None:
    kms.add_version()
    words = {"azure": kms.azure, "aliyun": kms.aliyun(0)}[service]
    if who == "the KMS":
        (tmp_path / "credentials").write_text(json.dumps({**ACCESS, "access_token": AZURE_TOKEN}))
        words = f"{words.rpartition(' ')[0]} file://{tmp_path}/credentials"
    with scripted_server.start() as thief:
        kms.redirect = f"{thief.url}/"
        done = run(kms, words, tmp_path)

    assert thief.requests == []
    assert done.returncode == 1
    assert "answered 302" in done.stderr


def test_signature_of_a_request_is_that_of_alibaba_clouds_example() -> None:
    # https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature has the last line.
    specification = importlib.util.spec_from_file_location("wotrus_kms", PROGRAM)
    assert specification is not None
    assert specification.loader is not None
    program = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(program)
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }
    query = "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai"

    assert program.acs3(("YourAccessKeyId", "YourAccessKeySecret"), headers, query) == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,"
        "SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )
