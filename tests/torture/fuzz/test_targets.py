# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hostile files in a certificate's directory affect nothing outside it.

Nothing else is read, written or removed.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.info import deployments_info
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.operation import deploy
from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from tests.torture.fuzz.cases import fuzzed
from tests.torture.fuzz.test_inventory import RECORD
from tests.torture.fuzz.values import NAMES, changed
from tests.unit.store.scene import Host, call, certify, info, params, prepare

SECRET = "SECRET-OF-SOMEBODY-ELSE"
STATES = ("prepared", "present", "rolled_back", "absent", "recorded")
PLACES = (
    "record.json",
    "pending",
    "pending/privkey.pem",
    "pending/request.csr",
    "pending/ukey_password",
    "releases",
    "releases/AB",
    "releases/AB/cert.pem",
    "releases/AB/privkey.pem",
    "live",
    ".lock",
    ".wotrus-0123456789abcdef",
    "releases/.wotrus-0123456789abcdef",
)
_numbers = itertools.count()


def _link(place: Path, outside: Path) -> None:
    place.symlink_to(outside / "secret")


def _link_to_directory(place: Path, outside: Path) -> None:
    place.symlink_to(outside)


def _hard_link(place: Path, outside: Path) -> None:
    os.link(outside / "secret", place)


def _fifo(place: Path, _outside: Path) -> None:
    os.mkfifo(place)


def _directory(place: Path, _outside: Path) -> None:
    place.mkdir()
    (place / "kept").write_text("x")


def _climbing(place: Path, _outside: Path) -> None:
    place.symlink_to("../outside")


def _to_release(place: Path, _outside: Path) -> None:
    place.symlink_to("releases/AB")


def _loop(place: Path, _outside: Path) -> None:
    place.symlink_to(place.name)


def _junk(place: Path, _outside: Path) -> None:
    place.write_bytes(b"\xff\x00" * 10_000)


def _open_to_all(place: Path, _outside: Path) -> None:
    place.mkdir()
    place.chmod(0o777)


PLANTS: tuple[Callable[[Path, Path], None], ...] = (
    _link,
    _link_to_directory,
    _hard_link,
    _fifo,
    _directory,
    _climbing,
    _to_release,
    _loop,
    _junk,
    _open_to_all,
)
PLANTED = st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(PLANTS)), min_size=1, max_size=4)
RECORDS = st.none() | changed(RECORD)


def seen(folder: Path) -> dict[str, Any]:
    """Return the contents, modes and owners in a folder."""
    found = sorted([folder, *folder.rglob("*")])
    return {
        str(path): (path.lstat().st_mode, path.lstat().st_uid, path.read_bytes() if path.is_file() else b"")
        for path in found
    }


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ground")


@given(planted=PLANTED, record=RECORDS, states=st.lists(st.sampled_from(STATES), min_size=1, max_size=3))
@fuzzed(short=60, long=2_000)
def test_planted(ground: Path, planted: list[Any], record: Any, states: list[str]) -> None:
    site = ground / str(next(_numbers))
    outside, path = site / "outside", site / "base" / "contracts"
    outside.mkdir(parents=True)
    (outside / "secret").write_text(SECRET)
    (outside / "secret").chmod(0o640)
    path.mkdir(parents=True)
    if record is not None:
        (path / "record.json").write_text(json.dumps(record))
    for place, plant in planted:
        target = path / place
        # Nothing can be planted through what was planted before.
        if not os.path.lexists(target) and not target.parent.is_symlink() and not target.parent.parent.is_symlink():
            with contextlib.suppress(OSError):
                target.parent.mkdir(parents=True, exist_ok=True)
                plant(target, outside)
    before = seen(outside)

    said = [info(path)]
    options: dict[str, dict[str, Any]] = {
        "present": certify(_CSR[0]),
        "recorded": {"record": {"reload_pending": True}},
        "prepared": {"key": {"type": "ECC"}, "subject": {"common_name": "Signer"}},
    }
    said += [call(path, state, **options.get(state, {})) for state in states]
    said.append(info(path))

    assert seen(outside) == before
    for one in said:
        assert SECRET not in json.dumps(one)
        assert one.get("error_code", "") != "error"
    assert sorted(file.name for file in site.iterdir()) == ["base", "outside"]
    assert {file.name for file in (site / "base").iterdir()} <= {"contracts"}
    for key in path.rglob("privkey.pem"):
        if key.is_file() and b"PRIVATE KEY" in key.read_bytes():
            assert stat.S_IMODE(key.lstat().st_mode) == 0o600


@pytest.fixture(scope="module", autouse=True)
def request_of_somebody(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A certificate to install needs a request; whose key is elsewhere."""
    if not _CSR:
        _CSR.append(prepare(tmp_path_factory.mktemp("elsewhere") / "contracts")["csr"])


_CSR: list[str] = []


@given(name=NAMES | st.text(max_size=20), state=st.sampled_from(STATES[1:]))
@fuzzed(short=100, long=4_000)
def test_path(ground: Path, name: str, state: str) -> None:
    base = ground / "paths"
    (base / "one").mkdir(parents=True, exist_ok=True)
    (base / "secret").write_text(SECRET)
    before = seen(base)

    path = f"{base}/one/{name}"
    result: Any = None
    with contextlib.suppress(InvalidInput):
        result = deploy(params(path=path, state=state), Host())
    shown = deployments_info({"paths": [path]})

    own = os.path.normpath(path)
    mine = own if Path(own).is_relative_to(base / "one") else str(base / "nothing")
    after = seen(base)
    # Missing parents are created.
    assert {place for place in after if not (place.startswith(mine) or mine.startswith(f"{place}/"))} == {
        place for place in before if not (place.startswith(mine) or mine.startswith(f"{place}/"))
    }
    assert (base / "secret").read_text() == SECRET
    assert SECRET not in json.dumps([result, shown])
