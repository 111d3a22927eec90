# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user of a host who plants paths, also during a run.

The tests play a user without privileges by giving files to one, which only root can. Other accounts run what they can.
"""

from __future__ import annotations

import base64
import os
import re
import stat
import struct
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.helpers.operations import key
from tests.helpers.sandbox import Sandbox
from tests.integration.checks import assert_deployed, posts
from tests.integration.harness import COLLECTION, Run, Site, entry
from tests.integration.test_deployed_files import SM2
from tests.torture.form import by_form, in_groups
from tests.torture.kill.breakpoint import Breakpoint
from tests.unit.store.scene import pem_of_key

NOBODY = 65534
GROUP = 65533
IS_ROOT = os.geteuid() == 0
SECRET = "secret of somebody else"
REFUSED = "is a link, not a regular file, or a file of another user."
# acl(5) as the kernel has it: the version, then tag, permissions and id of each entry.
_ACL = "system.posix_acl_access"
_NO_ID = 0xFFFFFFFF
_CAP_SYS_ADMIN = 21


def _may_mount() -> bool:
    """Return whether this process may mount.

    Root of a container often may not.
    """
    found = re.search(r"^CapEff:\s+([0-9a-f]+)$", Path("/proc/self/status").read_text(), re.MULTILINE)
    return found is not None and bool(int(found[1], 16) >> _CAP_SYS_ADMIN & 1)


class Ground:
    """A shared directory, the base directory in it, and the user's own."""

    def __init__(self, folder: Path) -> None:
        self.shared = folder / "shared"
        self.base = self.shared / "wotrus"
        self.own = folder / "of-the-user"
        self.shared.mkdir()
        self.own.mkdir()
        (folder / "of-root").mkdir()
        (self.own / "secret").write_text(SECRET)
        give_away(self.own)

    def assert_nothing_was_written(self) -> None:
        """Check that no file is where the user wants it."""
        assert [path.name for path in self.own.rglob("*") if not path.is_dir()] == ["secret"]
        assert (self.own / "secret").read_text() == SECRET


def give_away(path: Path) -> None:
    """Give a file, link or directory to the user, if possible."""
    if IS_ROOT:
        os.lchown(path, NOBODY, NOBODY)


def _writable_by_all(ground: Ground) -> None:
    ground.shared.chmod(0o777)


def _writable_by_group(ground: Ground) -> None:
    if IS_ROOT:
        os.chown(ground.shared, 0, GROUP)
    ground.shared.chmod(0o2775)


def _access_list(ground: Ground) -> None:
    entries = [(0x01, 7, _NO_ID), (0x02, 7, NOBODY), (0x04, 5, _NO_ID), (0x10, 7, _NO_ID), (0x20, 5, _NO_ID)]
    os.setxattr(ground.shared, _ACL, struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *one) for one in entries))


def _of_the_user(ground: Ground) -> None:
    give_away(ground.shared)


def _link_to(target: Callable[[Ground], Path]) -> Callable[[Ground], None]:
    def plant(ground: Ground) -> None:
        ground.shared.chmod(0o1777)
        ground.base.symlink_to(target(ground))
        give_away(ground.base)

    return plant


def _loop(ground: Ground) -> None:
    _link_to(lambda where: where.base)(ground)


def _fifo(ground: Ground) -> None:
    ground.shared.chmod(0o1777)
    os.mkfifo(ground.base)
    give_away(ground.base)


def _file(ground: Ground) -> None:
    ground.shared.chmod(0o1777)
    ground.base.write_text("x")
    give_away(ground.base)


def _hard_link(ground: Ground) -> None:
    ground.shared.chmod(0o1777)
    os.link(ground.own / "secret", ground.base)


def _mount(ground: Ground) -> None:
    """Mount the user's directory there, as FUSE allows."""
    ground.shared.chmod(0o1777)
    ground.base.mkdir()
    subprocess.run(["mount", "--bind", ground.own, ground.base], check=True)


def _directory(ground: Ground) -> None:
    ground.shared.chmod(0o1777)
    ground.base.mkdir()
    give_away(ground.base)


def _certificate_of_the_user(ground: Ground) -> None:
    folder = ground.base / "contracts"
    folder.mkdir(parents=True)
    (folder / "releases").symlink_to(ground.own)
    for path in (folder / "releases", folder):
        give_away(path)


def _pipes_of_a_certificate(ground: Ground) -> None:
    folder = ground.base / "contracts"
    folder.mkdir(parents=True)
    for name in (".lock", "record.json"):
        os.mkfifo(folder / name)
    give_away(folder)


Plant = Callable[[Ground], None]
PLANTS: dict[str, Plant] = {
    "directory for all": (_writable_by_all),
}
# What only root can set up.
if IS_ROOT:
    PLANTS |= {
        "directory of a group": _writable_by_group,
        "access control list": _access_list,
        "own directory above": _of_the_user,
        "planted link": _link_to(lambda ground: ground.own),
        "link to root's files": (_link_to(lambda ground: ground.shared.parent / "of-root")),
        "loop of links": _loop,
        "named pipe": _fifo,
        "planted file": _file,
        "hard link": _hard_link,
        "planted directory": _directory,
        "planted certificate directory": _certificate_of_the_user,
        "named pipes in a certificate's directory": _pipes_of_a_certificate,
    }

MOUNTS: dict[str, Plant] = {"bind mount": _mount} if _may_mount() else {}

RACES: dict[str, Plant] = {}
if IS_ROOT:
    RACES = {
        f"swap for {name}": (plant)
        for name, plant in {
            "a link": _link_to(lambda ground: ground.own),
            "a directory of its own": _directory,
            "a named pipe": _fifo,
            "a file": _file,
        }.items()
    }


@pytest.fixture
def breakpoints(ground: Ground, tmp_path: Path) -> Iterator[Breakpoint]:
    with Breakpoint(tmp_path, below=ground.base) as one:
        serving = threading.Thread(target=one.serve_forever, args=(0.01,))
        serving.start()
        yield one
        one.shutdown()
        serving.join()


@pytest.fixture
def folder() -> Iterator[Path]:
    # Directories of pytest are private, and so the user could not reach them.
    with tempfile.TemporaryDirectory(prefix="wotrus-ground-", dir="/var/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def ground(folder: Path) -> Ground:
    return Ground(folder)


def assert_refused(run: Run, sandbox: Sandbox, ground: Ground) -> None:
    """Check that the run wrote nothing there, bought nothing and failed."""
    ground.assert_nothing_was_written()
    assert list((ground.shared.parent / "of-root").iterdir()) == []
    if not ground.base.is_symlink():
        assert list(ground.base.rglob("privkey.pem")) == []
    assert posts(sandbox) == []
    assert run.code != 0, run.output


@pytest.mark.parametrize("names", in_groups(PLANTS))
def test_run_does_not_follow_what_a_user_planted(
    site: Site, sandbox: Sandbox, folder: Path, names: tuple[str, ...]
) -> None:
    site.variables["wotrus_max_charged_orders"] = len(names)
    grounds = []
    for number, name in enumerate(names):
        (folder / str(number)).mkdir()
        grounds.append(Ground(folder / str(number)))
        PLANTS[name](grounds[-1])
        site.host(f"host{number}", wotrus_base_dir=str(grounds[-1].base))

    run = site.run()

    for ground in grounds:
        assert_refused(run, sandbox, ground)
    assert {row["result"] for row in run.results()} <= {"failed", "blocked"}


@pytest.mark.parametrize("name", by_form(short=list(RACES)[:2], long=RACES))
def test_run_does_not_follow_what_a_user_plants_meanwhile(
    site: Site, sandbox: Sandbox, ground: Ground, breakpoints: Breakpoint, name: str
) -> None:
    ground.shared.chmod(0o1777)
    site.host(wotrus_base_dir=str(ground.base), ansible_python_interpreter=str(breakpoints.interpreter))
    breakpoints.set(1)
    started = site.start()
    assert breakpoints.wait(started) is not None
    assert not os.path.lexists(ground.base)
    RACES[name](ground)
    breakpoints.release()
    run = started.finish()

    assert_refused(run, sandbox, ground)


@pytest.mark.parametrize("name", MOUNTS)
def test_run_does_not_follow_a_mount_of_a_user(site: Site, sandbox: Sandbox, ground: Ground, name: str) -> None:
    MOUNTS[name](ground)
    try:
        site.host(wotrus_base_dir=str(ground.base))

        run = site.run()

        assert_refused(run, sandbox, ground)
    finally:
        subprocess.run(["umount", ground.base], check=True)


def test_program_of_a_user_is_not_run(site: Site, ground: Ground) -> None:
    trap = ground.own / "trap"
    for name in ("cat", "chmod", "chown", "cp", "env", "getfacl", "id", "ln", "mv", "openssl", "python3", "rm", "sh"):
        program = ground.own / name
        program.write_text(f"#!/bin/sh\n/bin/touch {trap}\nexit 1\n")
        program.chmod(0o755)
    # Its signatures are checked by openssl, which the controller's process starts.
    site.variables["wotrus_certificates"] = [entry(product=SM2)]
    host = site.host()

    run = site.run(play={"environment": {"PATH": f"{ground.own}:/usr/bin:/bin"}})

    assert not trap.exists()
    assert run.code == 0, run.output
    assert host.folder().release is not None


def test_umask_opens_no_key(site: Site, sandbox: Sandbox, ground: Ground) -> None:
    host = site.host(wotrus_base_dir=str(ground.base))
    before = os.umask(0)
    try:
        site.issue()
    finally:
        os.umask(before)

    assert_deployed(host.folder(), sandbox)
    for path in ground.base.rglob("*"):
        if not path.is_symlink():
            assert not stat.S_IMODE(path.stat().st_mode) & 0o022, path


def _linked(file: Path, secret: Path) -> None:
    file.symlink_to(secret)
    give_away(file)


def _hard_linked(file: Path, secret: Path) -> None:
    os.link(secret, file)


def _piped(file: Path, _secret: Path) -> None:
    os.mkfifo(file)
    give_away(file)


def _written(file: Path, _secret: Path) -> None:
    """Write a file whose owner stays the user when Ansible replaces it."""
    file.write_text("{}")
    give_away(file)


WRITTEN = [_written] if IS_ROOT else []


@pytest.mark.parametrize("plant", [_piped, *WRITTEN])
def test_plan_is_not_written_to_what_a_user_planted(
    site: Site, ground: Ground, plant: Callable[[Path, Path], None]
) -> None:
    ground.shared.chmod(0o1777)
    file = ground.shared / "plan.json"
    plant(file, ground.own)
    site.host()

    run = site.run("--check", variables={"wotrus_plan_file": str(file)})

    assert not file.is_file() or file.read_text() == "{}"
    assert run.code != 0
    assert f"{file} {REFUSED}" in run.output


@pytest.mark.parametrize(("mode", "group"), [(0o2750, GROUP), (0o750, 0)] if IS_ROOT else [])
def test_report_has_the_group_that_its_folder_gives(site: Site, folder: Path, mode: int, group: int) -> None:
    folder = folder / "www"
    folder.mkdir()
    os.chown(folder, 0, GROUP)
    folder.chmod(mode)
    site.host()
    variables = {"wotrus_report_dir": str(folder)}
    for _run in range(2):
        site.issue(playbook=COLLECTION / "playbooks" / "report.yml", variables=variables)

    found = {path.suffix: path.stat() for path in folder.iterdir()}
    assert {(one.st_uid, one.st_gid) for one in found.values()} == {(0, group)}
    modes = {suffix: stat.S_IMODE(one.st_mode) for suffix, one in found.items()}
    assert modes == {".html": 0o640, ".json": 0o640, ".prom": 0o644}


@pytest.mark.parametrize("plant", by_form(short=[_piped], long=[_linked, _hard_linked, _piped, *WRITTEN]))
def test_report_is_not_written_or_read_through_what_a_user_planted(
    site: Site, ground: Ground, plant: Callable[[Path, Path], None]
) -> None:
    secret = ground.shared.parent / "of-root" / "secret"
    secret.write_text(SECRET)
    ground.shared.chmod(0o1777)
    site.host()
    for form in by_form(short=["html"], long=["json", "html", "prometheus"]):
        file = ground.shared / f"report.{form}"
        plant(file, secret)

        run = site.run(
            "-vvv",
            "--diff",
            playbook=COLLECTION / "playbooks" / "report.yml",
            variables={"wotrus_report_dir": str(ground.shared), "wotrus_report": {form: file.name}},
        )

        assert SECRET not in run.output
        assert base64.b64encode(SECRET.encode()).decode() not in run.output
        assert secret.read_text() == SECRET
        assert run.code != 0
        assert f"{file} {REFUSED}" in run.output
        file.unlink()


@pytest.mark.parametrize("place", ["file", "directory"] if IS_ROOT else [])
def test_key_that_a_user_can_replace_is_not_imported(site: Site, sandbox: Sandbox, ground: Ground, place: str) -> None:
    file = ground.shared / "old.pem"
    file.write_text(pem_of_key(key("P-256")))
    give_away(file if place == "file" else ground.shared)
    host = site.host(
        wotrus_base_dir=str(ground.shared.parent / "of-root" / "wotrus"),
        wotrus_certificates=[entry(key={"import_from": str(file)})],
    )

    run = site.run()

    assert run.result()["error_code"] == "unsafe_path"
    assert posts(sandbox) == []
    assert not host.base_dir.exists()
