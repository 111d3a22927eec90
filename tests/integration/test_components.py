# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of a release's components in CycloneDX."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.tools.sbom import LOCK, components, sbom


def test_components_of_the_tarball_are_listed_with_their_digests(tmp_path: Path) -> None:
    tarball = tmp_path / "wotrus-pki-1.0.0.tar.gz"
    tarball.write_bytes(b"made by make build")

    listed: dict[str, Any] = sbom(tarball)

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(listed)) is None
    own = listed["metadata"]["component"]
    assert own["hashes"] == [{"alg": "SHA-256", "content": hashlib.sha256(tarball.read_bytes()).hexdigest()}]
    assert {"ansible-core", "cryptography", "requests"} <= {one["name"] for one in listed["components"]}
    assert all(one["hashes"] for one in listed["components"])
    pinned = re.findall(r"^([A-Za-z0-9._-]+)==", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    assert [one["name"] for one in components(LOCK.read_text(encoding="utf-8"))] == pinned
