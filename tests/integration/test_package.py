# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The installed package: the tarball, and its documentation in ansible-doc."""

from __future__ import annotations

import json
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.wotrus.pki.plugins.module_utils._planning.entry import ENTRY_ARGUMENTS

from .harness import BIN, COLLECTION, ROLE, ROOT, clean_environment

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


def run(*command: str | Path, home: Path) -> str:
    """Return what a command of ansible-core prints."""
    program, *arguments = command
    done = subprocess.run(
        [str(BIN / program), *(str(argument) for argument in arguments)],
        check=False,
        capture_output=True,
        text=True,
        env=clean_environment(home),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_tarball_has_what_users_need_and_nothing_else(tmp_path: Path) -> None:
    run("ansible-galaxy", "collection", "build", ROOT, "--output-path", tmp_path, home=tmp_path)
    (tarball,) = tmp_path.glob("wotrus-pki-*.tar.gz")

    with tarfile.open(tarball) as archive:
        names = archive.getnames()

    assert set(NEEDED) - set(names) == set()
    assert [name for name in names if UNWANTED & set(Path(name).parts)] == []
    assert [name for name in names if name.endswith((".pyc", ".tar.gz"))] == []
    assert tarball.stat().st_size < 5_000_000


def documented(kind: str, *names: str, home: Path) -> dict[str, Any]:
    """Return what ansible-doc knows, by name."""
    return dict(json.loads(run("ansible-doc", "--type", kind, "--json", *names, home=home)))


@pytest.mark.parametrize("kind", ["module", "filter"])
def test_every_plugin_shows_with_ansible_doc(kind: str, tmp_path: Path) -> None:
    folder, pattern = ("modules", "*.py") if kind == "module" else ("filter", "*.yml")
    names = sorted(f"wotrus.pki.{file.stem}" for file in (COLLECTION / "plugins" / folder).glob(pattern))

    found = documented(kind, *names, home=tmp_path)

    assert sorted(found) == names
    for name in names:
        assert found[name]["doc"]["short_description"]
        assert found[name]["examples"].strip()
        assert found[name]["return"]


@pytest.mark.parametrize(
    ("role", "option"), [(ROLE, "wotrus_certificates"), ("wotrus.pki.sandbox", "wotrus_sandbox_dir")]
)
def test_role_shows_with_ansible_doc(role: str, option: str, tmp_path: Path) -> None:
    found = documented("role", role, home=tmp_path)

    for entry_point in found[role]["entry_points"].values():
        assert [name for name, given in entry_point["options"].items() if not given.get("description")] == []
    assert option in found[role]["entry_points"]["main"]["options"]


def test_role_requires_the_certificates(tmp_path: Path) -> None:
    found = documented("role", ROLE, home=tmp_path)

    assert found[ROLE]["entry_points"]["main"]["options"]["wotrus_certificates"]["required"] is True


def shape(options: dict[str, Any]) -> dict[str, Any]:
    """Return what an argument spec says of options, less their descriptions."""
    return {
        name: {
            "type": option.get("type", "str"),
            "elements": option.get("elements"),
            "choices": list(option["choices"]) if "choices" in option else None,
            "default": option.get("default"),
            "no_log": option.get("no_log"),
            "options": shape(option["options"]) if "options" in option else None,
        }
        for name, option in options.items()
    }


def test_role_accepts_the_entries_that_the_plan_accepts() -> None:
    specs = yaml.safe_load((ROOT / "roles" / "certificate" / "meta" / "argument_specs.yml").read_text())
    entries = specs["argument_specs"]["main"]["options"]["wotrus_certificates"]["options"]

    assert shape(entries) == shape(ENTRY_ARGUMENTS)
