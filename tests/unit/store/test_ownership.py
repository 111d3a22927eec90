# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A directory that another user may change is not written to: that user could lead the write elsewhere."""

from __future__ import annotations

import os
import pathlib
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._store import ownership
from tests.unit.store.scene import call, go_live, info, prepare, succeed, tree

NOBODY = 65534
Place = t.Callable[[pathlib.Path], pathlib.Path]
OWN: dict[str, Place] = {
    "the directory": lambda path: path,
    "pending": lambda path: path / "pending",
    "releases": lambda path: path / "releases",
    "a release": lambda path: (path / "live").resolve(),
}


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    """A certificate that is live, with a request for the next one under way."""
    place = tmp_path / "base" / "contracts"
    go_live(place)
    prepare(place, record={"operation": "renew"})
    return place


def give_away(directory: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a directory belong to somebody else: only root can really give it away."""
    if os.geteuid() == 0:
        os.chown(directory, NOBODY, -1)
        return
    foreign = directory.stat().st_ino
    lstat = pathlib.Path.lstat

    def given(self: pathlib.Path) -> os.stat_result:
        found = lstat(self)
        return os.stat_result((*found[:4], NOBODY, *found[5:])) if found.st_ino == foreign else found

    monkeypatch.setattr(ownership.pathlib.Path, "lstat", given)


def assert_refused(path: pathlib.Path, words: str) -> None:
    before = tree(path)
    for state in ("prepared", "absent", "rolled_back"):
        failed = call(path, state, key={"type": "ECC"}, subject={"common_name": "Signer"})
        assert (failed.get("error_code"), words in failed["msg"]) == ("unsafe_path", True), failed["msg"]
    assert tree(path) == before


@pytest.mark.parametrize("place", OWN.values(), ids=OWN)
def test_a_directory_of_another_user_is_not_written_to(
    path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, place: Place
) -> None:
    give_away(place(path), monkeypatch)

    assert_refused(path, f"belongs to the user with the id {NOBODY}")


@pytest.mark.parametrize("mode", [0o775, 0o757, 0o1777])
@pytest.mark.parametrize("place", OWN.values(), ids=OWN)
def test_a_directory_that_others_may_write_is_not_written_to(path: pathlib.Path, place: Place, mode: int) -> None:
    place(path).chmod(mode)

    assert_refused(path, "Run 'chmod go-w")


def test_a_directory_above_that_others_may_change_is_found(path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.parent.chmod(0o777)
    assert_refused(path, f"{path.parent} can be written by other users")
    path.parent.chmod(0o755)

    give_away(path.parent.parent, monkeypatch)
    assert_refused(path, f"{path.parent.parent} belongs to")


@pytest.mark.parametrize("mode", [0o1777, 0o2775])
def test_a_directory_above_may_be_sticky_or_its_groups(path: pathlib.Path, mode: int) -> None:
    path.parent.chmod(mode)

    succeed(path, "absent")
    assert not path.exists()


def test_a_directory_above_may_be_a_link_to_a_safe_place(path: pathlib.Path, tmp_path: pathlib.Path) -> None:
    (tmp_path / "link").symlink_to(path.parent)

    succeed(tmp_path / "link" / "contracts", "absent")
    assert not path.exists()


def test_what_is_there_can_be_read_all_the_same(path: pathlib.Path) -> None:
    path.chmod(0o777)

    assert info(path)["live"]["key_matches"] is True
