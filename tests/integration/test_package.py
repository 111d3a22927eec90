# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tarball, and the signature of a release."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible.galaxy.collection import verify_file_signatures

from .checks import assert_deployed
from .harness import BIN, COLLECTION, COLLECTIONS, ROOT, Site

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
# Those of Ansible and of Galaxy, the guides and examples, and what a person looks for first.
WANTED = {
    *("meta", "playbooks", "plugins", "roles", "extensions", "rulebooks"),
    *("FILES.json", "MANIFEST.json", "README.md", "CHANGELOG.md", "changelogs", "docs", "COPYING", "LICENSES"),
    *("README.zh-CN.md", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "SECURITY.md", ".ansible-lint"),
}
LOADED_BY_ANSIBLE = ("meta", "playbooks", "plugins", "roles")


def test_tarball_has_what_users_need_and_nothing_else() -> None:
    (tarball,) = (ROOT / ".build" / "dist").glob("wotrus-pki-*.tar.gz")

    with tarfile.open(tarball) as archive:
        names = [member.name for member in archive.getmembers() if not member.isdir()]

    assert set(NEEDED) - set(names) == set()
    assert {name.partition("/")[0] for name in names} == WANTED
    assert {name.partition("/docsite/")[2].partition("/")[0] for name in names if "/docsite/" in name} == {
        *("rst", "config.yml", "extra-docs.yml", "links.yml"),
    }
    assert [name for name in names if name.endswith((".pyc", ".tar.gz")) or "__pycache__" in name] == []
    assert tarball.stat().st_size < 2_500_000
    assert len(names) < 600


def test_installed_files_are_verified_by_ansible_galaxy() -> None:
    done = subprocess.run(
        [BIN / "ansible-galaxy", "collection", "verify", "--offline", "-p", COLLECTIONS, "wotrus.pki"],
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Successfully verified" in done.stdout


def test_a_certificate_is_deployed_by_the_four_folders_that_ansible_loads(site: Site, tmp_path: Path) -> None:
    collections = tmp_path / "four"
    for folder in LOADED_BY_ANSIBLE:
        shutil.copytree(COLLECTION / folder, collections / "ansible_collections" / "wotrus" / "pki" / folder)
    site.environment["ANSIBLE_COLLECTIONS_PATH"] = str(collections)
    host = site.host()

    site.issue()

    assert_deployed(host.folder(), site.sandbox)


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
