# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a certificate names besides its subject, in certificates that ``openssl`` makes."""

from __future__ import annotations

import pathlib
import subprocess

import pytest
from cryptography import x509

from ansible_collections.wotrus.pki.plugins.module_utils._x509.describe import describe

_CONFIG = """
[req]
prompt = no
utf8 = yes
string_mask = utf8only
distinguished_name = name
x509_extensions = extensions
[name]
{subject}
[extensions]
{extensions}
[directory]
CN = CFO
O = Bank
"""


def certificate(folder: pathlib.Path, *, names: str = "", subject: str = "CN = Example") -> x509.Certificate:
    """Return a certificate with alternative names in the words of ``openssl``."""
    extensions = f"subjectAltName = {names}" if names else ""
    (folder / "req.cnf").write_text(_CONFIG.format(subject=subject, extensions=extensions))
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem"]
    command = ["openssl", "req", "-x509", "-config", "req.cnf", *key]
    made = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    return x509.load_pem_x509_certificate(made.stdout)


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ("", []),
        ("email:cfo@bank.test", ["email:cfo@bank.test"]),
        ("DNS:bank.test", ["DNS:bank.test"]),
        ("URI:https://bank.test/x", ["URI:https://bank.test/x"]),
        ("IP:192.0.2.1", ["IP:192.0.2.1"]),
        ("RID:1.2.3.4", ["registeredID:1.2.3.4"]),
        ("dirName:directory", ["directoryName:O=Bank,CN=CFO"]),
        ("otherName:1.3.6.1.4.1.311.20.2.3;UTF8:cfo@bank.test", ["UPN:cfo@bank.test"]),
        ("otherName:1.3.6.1.4.1.311.20.2.3;NULL", ["UPN:"]),
        ("otherName:1.2.3.4;UTF8:cfo@bank.test", ["otherName:1.2.3.4"]),
        ("email:a@bank.test, DNS:bank.test, email:a@bank.test", ["email:a@bank.test", "DNS:bank.test"]),
        (", ".join(f"DNS:host{number}.test" for number in range(30)), [f"DNS:host{n}.test" for n in range(20)]),
        (f"DNS:{'a' * 400}", [f"DNS:{'a' * 296}"]),
        ("email:a\x1bb", ["email:a\\1Bb"]),
    ],
)
def test_alternative_names(tmp_path: pathlib.Path, names: str, found: list[str]) -> None:
    assert sorted(describe(certificate(tmp_path, names=names))["alternative_names"]) == sorted(found)


def test_email_address_in_the_subject_is_one_too(tmp_path: pathlib.Path) -> None:
    made = certificate(tmp_path, subject="CN = Example\nemailAddress = cfo@bank.test", names="email:cfo@bank.test")

    assert describe(made)["alternative_names"] == ["email:cfo@bank.test"]
