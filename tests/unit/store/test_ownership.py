# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A directory that another user may change is never written to.

That user could redirect the write.
"""

from __future__ import annotations

import contextlib
import errno
import grp
import os
import pathlib
import pwd
import struct
import types
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.info import deployments_info
from ansible_collections.wotrus.pki.plugins.module_utils._errors import WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._store import lock, ownership
from tests.unit.store.scene import call, deploy_certificate, info, pem_of_key, pki, prepare, succeed, tree

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
    """A live certificate, with a pending renewal."""
    place = tmp_path / "base" / "contracts"
    deploy_certificate(place)
    prepare(place, record={"operation": "renew"})
    return place


def give_away(directory: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a directory or link to another user.

    Without root, the owner is simulated.
    """
    if os.geteuid() == 0:
        os.lchown(directory, NOBODY, -1)
        return
    foreign = directory.lstat().st_ino
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


def test_a_directory_above_may_be_sticky(path: pathlib.Path) -> None:
    path.parent.chmod(0o1777)

    succeed(path, "absent")
    assert not path.exists()


def test_directory_above_that_a_group_can_write_to_is_refused(path: pathlib.Path) -> None:
    with shared_group(path.parent):
        assert_refused(path, "name the group in trusted_groups")


def test_directory_above_may_be_writable_by_a_trusted_group(path: pathlib.Path) -> None:
    with shared_group(path.parent) as group:
        assert call(path, "absent", trusted_groups=["0", group])["changed"]

    assert not path.exists()


def test_directory_above_may_be_writable_by_the_private_group_of_the_user(path: pathlib.Path) -> None:
    own = pwd.getpwuid(os.geteuid())
    has_private_group = grp.getgrgid(own.pw_gid).gr_name == own.pw_name
    path.parent.chmod(0o2775)

    if has_private_group:
        succeed(path, "absent")
    else:
        assert_refused(path, "name the group in trusted_groups")


@pytest.mark.parametrize(
    ("members", "others", "is_private"),
    [([], [], True), (["signer"], [], True), (["bob"], [], False), ([], [4711], False)],
    ids=["nobody else", "its user", "member", "primary group of another"],
)
def test_group_is_private_only_without_another_user(
    monkeypatch: pytest.MonkeyPatch, members: list[str], others: list[int], *, is_private: bool
) -> None:
    own = types.SimpleNamespace(pw_name="signer", pw_gid=4000, pw_uid=os.geteuid())
    monkeypatch.setattr(grp, "getgrgid", lambda _number: types.SimpleNamespace(gr_name="signer", gr_mem=members))
    monkeypatch.setattr(pwd, "getpwuid", lambda _number: own)
    users = [own, *(types.SimpleNamespace(pw_name="bob", pw_gid=4000, pw_uid=number) for number in others)]
    monkeypatch.setattr(pwd, "getpwall", lambda: users)

    assert ownership._is_private_group(4000) is is_private


def test_access_control_list_that_cannot_be_read_is_unsafe(path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_arguments: object, **_options: object) -> bytes:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    path.parent.chmod(0o775)
    monkeypatch.setattr(os, "getxattr", refused)

    assert_refused(path, "cannot be read: Operation not permitted")


def test_unknown_trusted_group_is_named(path: pathlib.Path) -> None:
    with pytest.raises(WotrusError, match="no group 'nosuchgroup'"):
        call(path, "absent", trusted_groups=["nosuchgroup"])


@contextlib.contextmanager
def shared_group(directory: pathlib.Path) -> t.Iterator[str]:
    """Let a group of others write to a directory.

    Root can choose the group; another user gets one.
    """
    group = "65533"
    if os.geteuid() == 0:
        os.chown(directory, -1, int(group))
        directory.chmod(0o2775)
        yield group
        return
    directory.chmod(0o2775)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ownership, "_is_private_group", lambda _number: False)
        yield str(directory.stat().st_gid)


def acl(*entries: tuple[int, int, int]) -> bytes:
    """Return an access control list in Linux's binary form."""
    nobody = 0xFFFFFFFF
    owner, group, others = (0x01, 7, nobody), (0x04, 5, nobody), (0x20, 5, nobody)
    named = [(tag, permissions, number) for tag, permissions, number in entries if tag != 0x10]
    mask = next((entry for entry in entries if entry[0] == 0x10), (0x10, 7, nobody))
    ordered = sorted([owner, group, others, mask, *named])
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in ordered)


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([(0x02, 7, NOBODY)], f"by the user with the id {NOBODY}"),
        ([(0x08, 7, NOBODY)], f"by the group with the id {NOBODY}"),
        ([(0x02, 7, NOBODY), (0x10, 5, 0xFFFFFFFF)], None),
        ([(0x02, 5, NOBODY)], None),
        ([(0x02, 7, os.geteuid())], None),
    ],
    ids=["user", "group", "masked", "reader", "own"],
)
def test_access_control_list_of_a_directory_above_is_read(
    path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, entries: list[tuple[int, int, int]], words: str | None
) -> None:
    try:
        os.setxattr(path.parent, "system.posix_acl_access", acl(*entries))
    except OSError:
        # A file system without these lists: the answer of the kernel is made up.
        path.parent.chmod(0o775 if (0x10, 5, 0xFFFFFFFF) not in entries else 0o755)
        monkeypatch.setattr(os, "getxattr", lambda *_arguments, **_options: acl(*entries))

    if words:
        assert_refused(path, words)
    else:
        succeed(path, "absent")


def test_link_of_another_user_above_is_not_followed(
    path: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = tmp_path / "planted"
    planted.symlink_to(path.parent)
    give_away(planted, monkeypatch)

    before = tree(path)
    failed = call(planted / "contracts", "absent")

    assert (failed["error_code"], str(planted) in failed["msg"]) == ("unsafe_path", True)
    assert tree(path) == before


@pytest.mark.parametrize("what", ["directory", "link"])
def test_path_that_is_taken_while_it_is_created_is_refused(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Another user makes the directory between the first check and the lock."""
    shared, elsewhere = tmp_path / "shared", tmp_path / "elsewhere"
    shared.mkdir()
    shared.chmod(0o1777)
    elsewhere.mkdir()
    place = shared / "wotrus" / "contracts"
    make_directory = lock.make_directory

    def taken(path: pathlib.Path) -> None:
        if what == "link":
            place.parent.symlink_to(elsewhere)
        else:
            place.mkdir(parents=True)
        give_away(place.parent, monkeypatch)
        monkeypatch.setattr(lock, "make_directory", make_directory)
        make_directory(path)

    monkeypatch.setattr(lock, "make_directory", taken)

    failed = call(place, "prepared", key={"type": "ECC"}, subject={"common_name": "Signer"})

    assert (failed["error_code"], "csr" in failed) == ("unsafe_path", False)
    assert not [file for file in tmp_path.rglob("*") if file.name in ("privkey.pem", "record.json", "request.csr")]


def test_a_directory_above_may_be_a_link_to_a_safe_place(path: pathlib.Path, tmp_path: pathlib.Path) -> None:
    (tmp_path / "link").symlink_to(path.parent)

    succeed(tmp_path / "link" / "contracts", "absent")
    assert not path.exists()


def test_unsafe_directory_can_still_be_read(path: pathlib.Path) -> None:
    path.chmod(0o777)

    assert info(path)["live"]["key_matches"] is True


def _owned(file: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    give_away(file, monkeypatch)


def _in_a_directory_of_a_user(file: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    give_away(file.parent, monkeypatch)


def _writable(file: pathlib.Path, _monkeypatch: pytest.MonkeyPatch) -> None:
    file.chmod(0o620)


def _in_a_directory_for_all(file: pathlib.Path, _monkeypatch: pytest.MonkeyPatch) -> None:
    file.parent.chmod(0o777)


def _in_a_directory_of_a_group(file: pathlib.Path, _monkeypatch: pytest.MonkeyPatch) -> None:
    file.parent.chmod(0o2775)
    if os.geteuid() == 0:
        os.chown(file.parent, 0, NOBODY)


@pytest.mark.parametrize(
    "plant", [_owned, _in_a_directory_of_a_user, _writable, _in_a_directory_for_all, _in_a_directory_of_a_group]
)
def test_key_that_another_user_could_replace_is_not_imported(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, plant: t.Callable[..., None]
) -> None:
    path, file = tmp_path / "base" / "contracts", tmp_path / "keys" / "old.pem"
    file.parent.mkdir()
    file.write_text(pem_of_key(pki.ecc()))
    file.chmod(0o600)
    if os.geteuid() != 0 and plant is _in_a_directory_of_a_group:
        monkeypatch.setattr(ownership, "_is_private_group", lambda _number: False)
    plant(file, monkeypatch)

    (row,) = deployments_info({"paths": [str(path)], "first_keys": {str(path): str(file)}})["deployments"]
    failed = call(path, "prepared", key={"import_from": str(file)}, subject={"common_name": "Signer"})

    for found in (row["first_key"], failed):
        assert found["error_code"] == "unsafe_path", found
        assert f"key.import_from: {file.parent}" in found["msg"]
        assert "trusted_groups" not in found["msg"]
        assert "could replace files of the collection" in found["msg"]
    assert not path.exists()


def test_key_of_this_user_in_a_sticky_directory_is_imported(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "old.pem"
    file.write_text(pem_of_key(pki.ecc()))
    file.chmod(0o600)
    tmp_path.chmod(0o1777)

    succeed(tmp_path / "base", "prepared", key={"import_from": str(file)}, subject={"common_name": "Signer"})
