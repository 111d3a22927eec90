# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tarball, and the signature of a release."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible.galaxy.collection import verify_file_signatures

from .harness import COLLECTION, ROOT

with_gpg = pytest.mark.skipif(shutil.which("gpg") is None, reason="gpg is not installed")

NEEDED = (
    "COPYING",
    "LICENSES/GPL-3.0-or-later.txt",
    "MANIFEST.json",
    "README.md",
    "docs/docsite/rst/guide_sandbox.rst",
    "meta/ee-requirements.txt",
    "meta/execution-environment.yml",
    "meta/runtime.yml",
    "playbooks/issue.yml",
    "playbooks/quickstart.yml",
    "playbooks/sandbox.yml",
    "plugins/action/wotrus_order.py",
    "plugins/module_utils/_store/switch.py",
    "plugins/modules/wotrus_deployment.py",
    "roles/certificate/defaults/main.yml",
    "roles/certificate/handlers/main.yml",
    "roles/certificate/meta/argument_specs.yml",
    "roles/certificate/tasks/main.yml",
    "roles/sandbox/files/requirements.txt",
    "roles/sandbox/files/wotrus_sandbox/__main__.py",
    "roles/sandbox/meta/argument_specs.yml",
    "roles/sandbox/tasks/main.yml",
)
UNWANTED = {
    ".ansible",
    ".build",
    ".git",
    ".mypy_cache",
    ".pytest_cache",
    ".quickstart",
    ".ruff_cache",
    ".venv",
    "__pycache__",
}


def test_tarball_has_what_users_need_and_nothing_else() -> None:
    (tarball,) = (ROOT / ".build" / "dist").glob("wotrus-pki-*.tar.gz")

    with tarfile.open(tarball) as archive:
        names = archive.getnames()

    assert set(NEEDED) - set(names) == set()
    assert [name for name in names if UNWANTED & set(Path(name).parts)] == []
    assert [name for name in names if name.endswith((".pyc", ".tar.gz"))] == []
    assert tarball.stat().st_size < 5_000_000


@pytest.fixture
def signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, Path, Path]]:
    """Return a tarball, its signature, and a ring with the signer's key."""
    home = Path(tempfile.mkdtemp(prefix="gpg-", dir="/tmp"))
    monkeypatch.setenv("GNUPGHOME", str(home))
    command = ["gpg", "--batch", "--passphrase", "", "--quick-generate-key", "A test <test@example.org>", "ed25519"]
    subprocess.run(command, check=True, capture_output=True)
    tarball = tmp_path / "wotrus-pki-1.0.0.tar.gz"
    with tarfile.open(tarball, "w:gz") as file:
        for path in sorted(COLLECTION.iterdir()):
            file.add(path, path.name)
    program = ROOT / "tests" / "tools" / "sign.sh"
    done = subprocess.run(["sh", program, tarball], check=True, capture_output=True, text=True)
    ring = tmp_path / "pubring.gpg"
    subprocess.run(["gpg", "--batch", "--output", ring, "--export"], check=True, capture_output=True)
    yield tarball, Path(done.stdout.strip()), ring
    subprocess.run(["gpgconf", "--kill", "all"], check=False, capture_output=True)
    shutil.rmtree(home)


@with_gpg
def test_signature_of_a_release_is_verified_by_ansible_galaxy(signed: tuple[Path, Path, Path], tmp_path: Path) -> None:
    tarball, signature, ring = signed
    with tarfile.open(tarball) as file:
        member = file.extractfile("MANIFEST.json")
        assert member is not None
        (tmp_path / "MANIFEST.json").write_bytes(member.read())
    assert signature.name == "wotrus-pki-1.0.0-MANIFEST.json.asc"

    def is_verified() -> bool:
        given = [signature.read_text()]
        return bool(verify_file_signatures("wotrus.pki", str(tmp_path / "MANIFEST.json"), given, str(ring), "+1", []))

    assert is_verified()
    with (tmp_path / "MANIFEST.json").open("a") as changed:
        changed.write("\n")
    assert not is_verified()
