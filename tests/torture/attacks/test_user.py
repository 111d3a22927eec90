# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user of a host who plants paths, also during a run.

The tests play a user without privileges by giving files to one, which only root can. Other accounts run what they can.
"""

from __future__ import annotations

import contextlib
import os
import stat
import struct
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.helpers.sandbox import Sandbox
from tests.integration.checks import assert_deployed, posts
from tests.integration.harness import Run, Site
from tests.torture.kill.breakpoint import Breakpoint

from .catalogue import failed

NOBODY = 65534
GROUP = 65533
IS_ROOT = os.geteuid() == 0
SECRET = "secret of somebody else"
# acl(5) as the kernel has it: the version, then tag, permissions and id of each entry.
_ACL = "system.posix_acl_access"
_NO_ID = 0xFFFFFFFF


class Ground:
    """A shared directory, the base directory in it, and the user's own."""

    def __init__(self, folder: Path) -> None:
        self.shared = folder / "shared"
        self.base = self.shared / "wotrus"
        self.own = folder / "of-the-user"
        self.shared.mkdir()
        self.own.mkdir()
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


def _directory(ground: Ground) -> None:
    ground.shared.chmod(0o1777)
    ground.base.mkdir()
    give_away(ground.base)


def _certificate_of_the_user(ground: Ground) -> None:
    folder = ground.base / "contracts"
    folder.mkdir(parents=True)
    (folder / "pending").symlink_to(ground.own)
    with contextlib.suppress(OSError):
        os.link(ground.own / "secret", folder / "record.json")
    os.mkfifo(folder / "live")
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
        "planted directory": _directory,
        "planted certificate directory": _certificate_of_the_user,
    }

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
def ground() -> Iterator[Ground]:
    # Directories of pytest are private, and so the user could not reach them.
    with tempfile.TemporaryDirectory(prefix="wotrus-ground-", dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "of-root").mkdir()
        yield Ground(folder)


def assert_refused(run: Run, sandbox: Sandbox, ground: Ground) -> None:
    """Check that the run failed, wrote nothing there and bought nothing."""
    assert run.code != 0, run.output
    ground.assert_nothing_was_written()
    assert list((ground.shared.parent / "of-root").iterdir()) == []
    assert posts(sandbox) == []


@pytest.mark.parametrize("name", PLANTS)
def test_run_does_not_follow_what_a_user_planted(site: Site, sandbox: Sandbox, ground: Ground, name: str) -> None:
    PLANTS[name](ground)
    site.host(wotrus_base_dir=str(ground.base))

    run = site.run()

    assert_refused(run, sandbox, ground)
    failed(name)


@pytest.mark.parametrize("name", RACES)
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
    failed(name)


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
    failed("umask")
