# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages, actions and tools of a build, and the release."""

from __future__ import annotations

import re

import yaml

from tests.helpers.guides import ROOT

LOCKS = sorted((ROOT / "tests" / "requirements").glob("*.txt"))
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
SHORTEST_COOLDOWN = 7


def text(name: str) -> str:
    """Return the text of a file."""
    return (ROOT / name).read_text(encoding="utf-8")


def test_every_package_of_a_lock_has_digests() -> None:
    for lock in LOCKS:
        entries = re.split(r"\n(?=[A-Za-z0-9])", lock.read_text(encoding="utf-8"))

        assert entries
        assert [one for one in entries if not re.search(r"==\S+[^#]*--hash=sha256:[0-9a-f]{64}", one)] == []


def test_only_packages_with_a_known_digest_are_installed() -> None:
    installs = re.findall(r"pip install.*", text("Makefile"))
    for workflow in WORKFLOWS:
        installs += re.findall(r"pip install.*", workflow.read_text(encoding="utf-8"))

    assert len(installs) >= 5
    # Only the nightly runs have the development version of ansible-core.
    assert [one for one in installs if "--require-hashes" not in one] == [
        'pip install --quiet --upgrade "$(CORE_DEVEL)"'
    ]
    assert [path.stem for path in WORKFLOWS if "-devel" in path.read_text(encoding="utf-8")] == ["nightly"]
    assert '"--require-hashes"' in text("tests/tools/make_venv.py")
    assert "--generate-hashes" in text("Makefile")


def test_every_action_is_pinned_by_its_commit() -> None:
    for workflow in WORKFLOWS:
        used = re.findall(r"uses: (?!\$/)(\S+)(.*)", workflow.read_text(encoding="utf-8"))

        assert used
        for action, comment in used:
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action), action
            assert re.fullmatch(r"  # v\d+\.\d+\.\d+", comment), action


def test_a_job_has_only_the_permissions_that_it_needs() -> None:
    for workflow in WORKFLOWS:
        whole = yaml.safe_load(workflow.read_text(encoding="utf-8"))
        writes = {
            (name, permission)
            for name, job in whole["jobs"].items()
            for permission, level in job.get("permissions", {}).items()
            if level == "write"
        }

        assert whole["permissions"] in ({}, {"contents": "read"})
        needed = {
            "release": {("build", "id-token"), ("build", "attestations"), ("publish", "contents")},
            "pages": {("deploy", "pages"), ("deploy", "id-token")},
        }
        assert writes == needed.get(workflow.stem, set())


def test_new_releases_of_packages_are_not_taken_at_once() -> None:
    updates = yaml.safe_load(text(".github/dependabot.yml"))["updates"]

    assert len(updates) == 2
    assert [one for one in updates if one["cooldown"]["default-days"] < SHORTEST_COOLDOWN] == []


def test_a_release_is_described_signed_and_attested() -> None:
    jobs = yaml.safe_load(text(".github/workflows/release.yml"))["jobs"]
    steps = [step for job in jobs.values() for step in job.get("steps", ())]
    commands = "\n".join(step.get("run", "") for step in steps)
    actions = [step["uses"].partition("@")[0] for step in steps if "uses" in step]

    assert "make sbom" in commands
    assert "tests/tools/sign.sh" in commands
    assert "actions/attest-build-provenance" in actions
    assert jobs["publish"]["environment"] == "release"
    assert jobs["publish"]["needs"] == "build"
    assert jobs["build"]["needs"] == ["version", "test", "release-check", "cores"]
