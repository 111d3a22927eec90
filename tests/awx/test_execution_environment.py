# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-builder accepts the execution environment, and finds the collection's requirements."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import yaml

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


def test_builder_creates_the_context_with_the_collection_in_it(tmp_path: Path) -> None:
    (tmp_path / DEFINITION).parent.mkdir(parents=True)
    shutil.copy(ROOT / DEFINITION, tmp_path / DEFINITION)
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
    tarball = f"wotrus-pki-{version}.tar.gz"
    (tmp_path / tarball).write_bytes(b"the collection")

    run(BIN / "ansible-builder", "create", "--output-filename", "Containerfile", cwd=(tmp_path / DEFINITION).parent)

    context = (tmp_path / DEFINITION).parent / "context"
    assert (context / "_build" / "collections" / tarball).read_bytes() == b"the collection"
    assert f"/build/collections/{tarball}" in (context / "_build" / "requirements.yml").read_text()
    container = (context / "Containerfile").read_text()
    assert re.search(
        r'^ARG EE_BASE_IMAGE="docker\.io/library/python:3\.\d+\.\d+-slim-bookworm"$', container, re.MULTILINE
    )
    assert 'ARG PYCMD="/usr/local/bin/python3"' in container
    assert container.index("RUN apt-get update") < container.index("RUN $PYCMD -m pip install")


def test_image_has_the_versions_that_the_jobs_are_tested_with() -> None:
    pinned = (ROOT / "tests" / "requirements" / "awx.txt").read_text()
    wanted = yaml.safe_load((ROOT / DEFINITION).read_text())["dependencies"]

    assert wanted["ansible_core"]["package_pip"] in pinned
    assert wanted["ansible_runner"]["package_pip"] in pinned


def test_introspection_finds_the_requirements_of_the_collection(tmp_path: Path) -> None:
    found = yaml.safe_load(run(BIN / "ansible-builder", "introspect", COLLECTIONS, cwd=tmp_path))

    libraries = (COLLECTION / "meta" / "ee-requirements.txt").read_text().splitlines()
    wanted = {line for line in libraries if line and not line.startswith("#")}
    assert {line.split("  #")[0] for line in found["python"]} == wanted
    assert {line.split("  #")[0] for line in found["system"]} == {"openssl [platform:dpkg]", "openssl [platform:rpm]"}
