# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetch the modules of awx.awx for the configuration playbook, and the lookups of the guide of secrets.

They are of the version that the playbook is written for. The package index has them only inside the package
``ansible``, of which nothing else is kept: about 3 MB of 300.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

VERSION = "13.8.0"
SHA256 = "daf9c9a2850bbc6c098ba3368aeba99d4ae37c90bca47f974dc19342c0571361"
WHEEL = f"ansible-{VERSION}-py3-none-any.whl"
PART = "ansible_collections/awx/awx/"
_PARTS = (PART, "ansible_collections/community/hashi_vault/", "ansible_collections/community/sops/")


class WrongFile(Exception):
    """The fetched file is not the pinned one."""


def fetch(target: Path) -> Path:
    """Put the collections below a folder, unless they are there.

    :returns: the folder of awx.awx
    :raises WrongFile: what came is not the file that was pinned
    """
    collection = target / PART
    stamp = target / f".ansible-{VERSION}-{len(_PARTS)}"
    if stamp.exists():
        return collection
    shutil.rmtree(target / "ansible_collections", ignore_errors=True)
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target) as folder:
        wheel = _download(Path(folder))
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(target, [name for name in archive.namelist() if name.startswith(_PARTS)])
    stamp.touch()
    return collection


def _download(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    # Only modules are taken out of it, and these run on any Python.
    command += ["--ignore-requires-python", "--dest", str(folder), f"ansible=={VERSION}"]
    subprocess.run(command, check=True)
    wheel = folder / WHEEL
    with wheel.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != SHA256:
        raise WrongFile(f"{WHEEL} has the SHA-256 {found}, and {SHA256} is pinned")
    return wheel


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=Path, help="the folder that gets ansible_collections/awx/awx")
    print(fetch(parser.parse_args().target))
