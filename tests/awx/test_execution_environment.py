# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-builder accepts the image, and finds the collection's requirements."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.integration.harness import BIN, COLLECTION, COLLECTIONS, ROOT, clean_environment

DEFINITION = Path("extensions", "awx", "execution-environment", "execution-environment.yml")


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command to its end, and return its output."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=clean_environment(cwd),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def assert_only_locked_packages_are_installed(folder: Path, definition: Path) -> None:
    """Check that the first pip of an image installs by digests what later ones need, which have no index."""
    container = (folder / "context" / "Containerfile").read_text()
    lock = (folder / "context" / "_build" / "locks" / "requirements.txt").read_text()
    described = yaml.safe_load((ROOT / definition).read_text())["dependencies"].get("python", [])
    first, *later = re.findall(r"^RUN \$PYCMD -m pip install --no-cache-dir (.*)$", container, re.MULTILINE)
    locked = dict(re.findall(r"^(\S+)==(\S+) \\\n    --hash=sha256:[0-9a-f]{64}", lock, re.MULTILINE))
    assert len(locked) == lock.count("==")
    assert "--require-hashes" in first
    assert container.index("ENV PIP_NO_INDEX=1\n") < container.index(later[0])
    refs = re.findall(r'^ARG ANSIBLE_INSTALL_REFS="(.*)"$', container, re.MULTILINE)
    words = " ".join([*later, *refs]).replace("$ANSIBLE_INSTALL_REFS", "").replace("'", "").split()
    wanted = [*words, *described, *libraries()]
    assert [one for one in map(Requirement, wanted) if not one.specifier.contains(locked[one.name])] == []


def test_builder_creates_the_context_with_the_collection_in_it(tmp_path: Path) -> None:
    folder = tmp_path / DEFINITION.parent
    folder.mkdir(parents=True)
    for name in (DEFINITION.name, "requirements.txt"):
        shutil.copy(ROOT / DEFINITION.with_name(name), folder)
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
    tarball = f"wotrus-pki-{version}.tar.gz"
    (tmp_path / tarball).write_bytes(b"the collection")

    options = ("--file", DEFINITION.name, "--output-filename", "Containerfile")
    run(BIN / "ansible-builder", "create", *options, cwd=folder)

    context = folder / "context"
    assert (context / "_build" / "collections" / tarball).read_bytes() == b"the collection"
    assert f"/build/collections/{tarball}" in (context / "_build" / "requirements.yml").read_text()
    container = (context / "Containerfile").read_text()
    assert re.search(
        r'^ARG EE_BASE_IMAGE="docker\.io/library/python:3\.\d+\.\d+-slim-bookworm@sha256:[0-9a-f]{64}"$',
        container,
        re.MULTILINE,
    )
    assert 'ARG PYCMD="/usr/local/bin/python3"' in container
    assert container.index("RUN apt-get update") < container.index("RUN $PYCMD -m pip install")
    assert_only_locked_packages_are_installed(folder, DEFINITION)


def test_builder_creates_the_context_without_the_collection(tmp_path: Path) -> None:
    definition = DEFINITION.with_name("without-collection.yml")
    for name in (definition.name, "requirements.txt"):
        shutil.copy(ROOT / definition.with_name(name), tmp_path)
    described = yaml.safe_load((ROOT / definition).read_text())
    whole = yaml.safe_load((ROOT / DEFINITION).read_text())

    run(
        BIN / "ansible-builder", "create", "--file", definition.name, "--output-filename", "Containerfile", cwd=tmp_path
    )

    assert_only_locked_packages_are_installed(tmp_path, definition)
    assert not (tmp_path / "context" / "_build" / "collections").exists()
    assert (tmp_path / "context" / "_build" / "requirements.txt").read_text().split("\n") == libraries()
    for key in ("ansible_core", "ansible_runner", "python_interpreter"):
        assert described["dependencies"][key] == whole["dependencies"][key]
    assert described["additional_build_files"] == whole["additional_build_files"][:1]
    for key in ("images", "options", "additional_build_steps"):
        assert described[key] == whole[key]
    assert set(whole["dependencies"]["system"]) <= set(described["dependencies"]["system"])


def test_the_lock_of_the_image_installs_whole_by_its_digests(tmp_path: Path) -> None:
    image = re.search(r"python:(3\.\d+)", (ROOT / DEFINITION).read_text())
    assert image is not None
    # A package or dependency without a digest, and a file with another one, is an error.
    options = ["--target", tmp_path / "installed", "--python-version", image[1], "--only-binary=:all:", "--no-compile"]
    lock = ROOT / DEFINITION.with_name("requirements.txt")

    run(sys.executable, "-m", "pip", "install", "--quiet", *options, "--require-hashes", "-r", lock, cwd=tmp_path)

    found = distributions(path=[str(tmp_path / "installed")])
    installed = {(canonicalize_name(one.metadata["Name"]), one.version) for one in found}
    assert installed == set(re.findall(r"^(\S+)==(\S+) ", lock.read_text(), re.MULTILINE))


def libraries() -> list[str]:
    """Return the Python libraries that the collection needs on the controller."""
    lines = (COLLECTION / "meta" / "ee-requirements.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_image_has_the_versions_that_it_is_tested_with() -> None:
    # Markers and digests follow on the line.
    locks = (ROOT / "tests" / "requirements" / "awx.txt", ROOT / DEFINITION.with_name("requirements.txt"))
    pinned, locked = ({line.split()[0] for line in lock.read_text().splitlines() if line.strip()} for lock in locks)
    names = {one.partition("==")[0] for one in pinned}
    wanted = yaml.safe_load((ROOT / DEFINITION).read_text())["dependencies"]

    assert [one for one in locked - pinned if "==" in one and one.partition("==")[0] in names] == []
    assert set(wanted.get("python", ())) <= pinned
    assert wanted["ansible_core"]["package_pip"] in pinned
    assert wanted["ansible_runner"]["package_pip"] in pinned


def test_introspection_finds_the_requirements_of_the_collection(tmp_path: Path) -> None:
    found = yaml.safe_load(run(BIN / "ansible-builder", "introspect", COLLECTIONS, cwd=tmp_path))

    assert {line.split("  #")[0] for line in found["python"]} == set(libraries())
    assert {line.split("  #")[0] for line in found["system"]} == {"openssl [platform:dpkg]", "openssl [platform:rpm]"}
