# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attacks on copies of the collection without the code that stops them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.integration.harness import BIN, ROOT
from tests.torture.form import by_form

from . import catalogue, defences
from .test_catalogue import TESTS
from .test_user import IS_ROOT, MOUNTS

COPIED = ("docs", "extensions", "meta", "playbooks", "plugins", "roles", "tests", "galaxy.yml", "pyproject.toml")


@pytest.mark.parametrize("name", catalogue.ATTACKS)
def test_it_is_known_what_stops_an_attack(name: str) -> None:
    assert (name in defences.PROOFS) != (name in defences.ELSEWHERE)


@pytest.mark.parametrize("name", defences.DEFENCES)
def test_defence_is_in_the_code(name: str) -> None:
    defence = defences.DEFENCES[name]

    assert (ROOT / defence.file).read_text(encoding="utf-8").count(defence.code) == 1
    assert any(name in proof.defences for proof in defences.PROOFS.values())


def without(names: tuple[str, ...], folder: Path) -> Path:
    """Return a copy of the working tree without some defences."""
    copy = folder / "ansible_collections" / "wotrus" / "pki"
    copy.mkdir(parents=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / name)
    for name in names:
        defence = defences.DEFENCES[name]
        file = copy / defence.file
        file.write_text(file.read_text(encoding="utf-8").replace(defence.code, defence.without), encoding="utf-8")
    return copy


def failures(copy: Path, tests: list[str]) -> dict[str, str]:
    """Run tests of the long form, and return their failures.

    :param copy: a copy of the working tree
    :return: the failures and errors by the test's name and parameters; empty for a test that passed
    """
    results = copy / "results.xml"
    environment = {name: value for name, value in os.environ.items() if name != "WOTRUS_TEST_COLLECTIONS"}
    # Some attacks succeed if the run never ends.
    environment |= {"WOTRUS_TORTURE": "long", "WOTRUS_TEST_ANSIBLE_BIN": str(BIN), "WOTRUS_TEST_LONGEST_RUN": "200"}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", f"--junit-xml={results}", *tests],
        cwd=copy,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert run.returncode == pytest.ExitCode.TESTS_FAILED, run.stdout + run.stderr
    found: dict[str, str] = {}
    for case in ElementTree.parse(results).iter("testcase"):
        texts = [part.text or "" for kind in ("failure", "error") for part in case.findall(kind)]
        found[case.attrib["name"]] = "\n".join([found.get(case.attrib["name"], ""), *texts])
    return found


def provable(name: str) -> bool:
    """Return whether this account can make the attack."""
    if name == "bind mount":
        return name in MOUNTS
    return IS_ROOT or catalogue.ATTACKS[name].party != catalogue.USER


PROOFS = {name: proof for name, proof in defences.PROOFS.items() if provable(name)}
TOGETHER = sorted({proof.defences for proof in PROOFS.values()})


@pytest.mark.parametrize("names", by_form(short=[PROOFS["plain HTTP"].defences], long=TOGETHER), ids=str)
def test_attack_succeeds_without_its_defences(names: tuple[str, ...], tmp_path: Path) -> None:
    attacks = {name: proof for name, proof in PROOFS.items() if proof.defences == names}
    files = {name: f"tests/torture/attacks/{TESTS[catalogue.ATTACKS[name].party]}" for name in attacks}

    found = failures(without(names, tmp_path), [f"{files[name]}::{proof.test}" for name, proof in attacks.items()])

    seen = {name: found.get(proof.test, "not run") for name, proof in attacks.items()}
    unseen = [f"{name}: {seen[name]}" for name, proof in attacks.items() if proof.shown not in seen[name]]
    assert not unseen, "\n".join(unseen)
