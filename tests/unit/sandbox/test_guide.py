# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide is complete, and the playbook starts and stops the sandbox."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import requests
import yaml

from ansible_collections.wotrus.pki.roles.sandbox.files.wotrus_sandbox import (
    fault_injection,
    manual_actions,
    orders,
    settings,
    tls,
)
from tests.helpers.ansible_tasks import host_folders
from tests.helpers.guides import contributing, guide
from tests.helpers.sandbox import PROGRAM, ROOT

GUIDE = guide("guide_sandbox") + contributing("sandbox")
COLLECTIONS = ROOT / ".build" / "collections"


def test_the_guide_has_every_word_of_the_admin_api() -> None:
    words = [*fault_injection.FaultKind, *fault_injection.ENDPOINTS, *manual_actions.ACTIONS, *tls.TlsFault]
    words += [choice for choices in settings.CHOICES.values() for choice in choices]

    assert [word for word in words if f"``{word}``" not in GUIDE] == []


def test_the_guide_has_every_option() -> None:
    described = subprocess.run(
        [sys.executable, str(PROGRAM), "--help"], capture_output=True, text=True, check=True, timeout=30
    ).stdout
    options = {word.strip("[],") for word in described.split() if word.strip("[],").startswith("--")} - {"--help"}
    assert len(options) > len(fields(settings.Settings))
    assert [option for option in sorted(options) if f"``{option}" not in GUIDE] == []


def test_the_guide_has_every_product() -> None:
    assert [product for product in orders.PRODUCTS if f"``{product.upper()}``" not in GUIDE] == []


def test_the_guide_has_every_variable_of_the_role() -> None:
    variables = yaml.safe_load((ROOT / "roles" / "sandbox" / "defaults" / "main.yml").read_text())

    assert [name for name in variables if f"``{name}``" not in GUIDE] == []


def test_the_playbook_starts_once_and_stops_once(tmp_path: Path) -> None:
    def play(**variables: str) -> str:
        extra = [word for name, value in variables.items() for word in ("-e", f"{name}={value}")]
        result = subprocess.run(
            [Path(sys.executable).parent / "ansible-playbook", "-i", "localhost,", "wotrus.pki.sandbox", *extra],
            env={
                **os.environ,
                **host_folders(tmp_path),
                "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
                "ANSIBLE_NOCOLOR": "1",
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    readings = tmp_path / "readings.json"
    readings.write_text('{"readings": {"flags": "text"}}')
    folder = {"wotrus_sandbox_dir": str(tmp_path / "data"), "wotrus_sandbox_readings": str(readings)}
    try:
        started = play(**folder)
        assert "changed=1" in started
        assert "https://127.0.0.1:" in started
        assert str(tmp_path / "data" / "tls" / "ca.pem") in started
        assert "changed=0" in play(**folder)
        facts = json.loads((tmp_path / "data" / "ready.json").read_text())
        shown = requests.get(facts["admin_url"] + "/settings", verify=facts["tls_ca"], timeout=300).json()
        assert shown["readings"]["flags"] == "text"
    finally:
        stopped = play(**folder, wotrus_sandbox_state="absent")
    assert "changed=1" in stopped
    assert not (tmp_path / "data" / "ready.json").exists()
