# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the list of components of the tarball (SBOM, CycloneDX 1.6).

The components and their digests are those of tests/requirements/quickstart.txt, which are tested together.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "tests" / "requirements" / "quickstart.txt"
_LINE = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_NAMESPACE = uuid.UUID("8f3c5f0e-53a5-4a4e-9c2d-6a1f6f1d9b70")


def sbom(tarball: Path) -> dict[str, Any]:
    """Return the list of components of a tarball of the collection."""
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
    digest = hashlib.sha256(tarball.read_bytes()).hexdigest()
    own = {
        "type": "library",
        "bom-ref": f"pkg:github/wotrus-pki/wotrus.pki@{galaxy['version']}",
        "name": f"{galaxy['namespace']}.{galaxy['name']}",
        "version": galaxy["version"],
        "description": galaxy["description"],
        "licenses": [{"license": {"id": one}} for one in galaxy["license"]],
        "purl": f"pkg:github/wotrus-pki/wotrus.pki@{galaxy['version']}",
        "hashes": [{"alg": "SHA-256", "content": digest}],
        "externalReferences": [{"type": "vcs", "url": galaxy["repository"]}],
    }
    parts = list(components(LOCK.read_text(encoding="utf-8")))
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, digest)}",
        "version": 1,
        "metadata": {"component": own},
        "components": parts,
        "dependencies": [{"ref": own["bom-ref"], "dependsOn": [one["bom-ref"] for one in parts]}],
    }


def components(lock: str) -> Iterator[dict[str, Any]]:
    """Yield the components of a lock with digests."""
    for entry in re.split(r"\n(?=[A-Za-z0-9])", re.sub(r"(?m)^\s*#.*\n?", "", lock)):
        found = _LINE.match(entry)
        if found is None:
            continue
        purl = f"pkg:pypi/{found['name'].lower()}@{found['version']}"
        yield {
            "type": "library",
            "bom-ref": purl,
            "name": found["name"],
            "version": found["version"],
            "purl": purl,
            "hashes": [{"alg": "SHA-256", "content": digest} for digest in _HASH.findall(entry)],
        }


def main() -> int:
    """Write the list beside the tarball."""
    tarball = Path(sys.argv[1])
    file = tarball.with_name(tarball.name.removesuffix(".tar.gz") + ".cdx.json")
    file.write_text(json.dumps(sbom(tarball), indent=2) + "\n", encoding="utf-8")
    print(file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
