# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rate limit, in one process and across forked ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils import _errors as errors
from ansible_collections.wotrus.pki.plugins.module_utils._client import rate_limiter
from ansible_collections.wotrus.pki.plugins.module_utils._client.deadline import Deadline
from ansible_collections.wotrus.pki.plugins.module_utils._client.rate_limiter import RateLimiter
from tests.helpers.scripted_server import Script, envelope
from tests.unit.client.conftest import MakeApi

ID = "644A3E60-F1AA-4E25-821A-ACFBC462BC37"
_FORKED = """
import json, os, types
from ansible_collections.wotrus.pki.plugins.module_utils._client import rate_limiter
rate_limiter.time = types.SimpleNamespace(monotonic=lambda: 1000.0)
limiter = rate_limiter.RateLimiter()
reading, writing = os.pipe()
for _child in range(4):
    if os.fork() == 0:
        taken = [limiter.reserve(10) for _number in range(10)]
        os.write(writing, (json.dumps(taken) + "\\n").encode())
        os._exit(0)
os.close(writing)
for _child in range(4):
    os.wait()
print("[" + ",".join(os.fdopen(reading).read().split("\\n")[:4]) + "]")
"""

_STARTED = """
import json, sys, types
from ansible_collections.wotrus.pki.plugins.module_utils._client import rate_limiter
rate_limiter.time = types.SimpleNamespace(monotonic=lambda: 1000.0)
print(json.dumps([rate_limiter.limiter_of(sys.argv[1]).reserve(2) for _number in range(10)]))
"""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> types.SimpleNamespace:
    """A clock that stands still; ``at`` moves it."""
    now = types.SimpleNamespace(at=1000.0)
    monkeypatch.setattr(rate_limiter, "time", types.SimpleNamespace(monotonic=lambda: now.at))
    return now


@pytest.fixture(autouse=True)
def own_rate_limiter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that no other test used up."""
    monkeypatch.setattr(rate_limiter, "_limiters", {})
    monkeypatch.setattr(rate_limiter, "_FORKED", RateLimiter())
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


@pytest.mark.usefixtures("clock")
def test_requests_of_one_second_are_sent_at_once_and_others_are_spread() -> None:
    limit = RateLimiter()
    taken = [limit.reserve(10) for _number in range(15)]
    assert taken == pytest.approx([0] * 10 + [0.1, 0.2, 0.3, 0.4, 0.5], abs=1e-6)


def test_pause_allows_requests_of_one_second_at_most(clock: types.SimpleNamespace) -> None:
    limit = RateLimiter()
    for _number in range(10):
        limit.reserve(10)
    clock.at += 0.5
    assert [limit.reserve(10) for _number in range(6)] == pytest.approx([0] * 5 + [0.1], abs=1e-6)
    clock.at += 3600
    assert [limit.reserve(10) for _number in range(11)] == pytest.approx([0] * 10 + [0.1], abs=1e-6)


@pytest.mark.usefixtures("clock")
def test_less_than_one_a_second_is_possible() -> None:
    limit = RateLimiter()
    assert [limit.reserve(0.5) for _number in range(3)] == pytest.approx([0, 2, 4])


def test_forked_processes_share_one_limit() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-c", _FORKED], check=True, capture_output=True, text=True, env=environment)
    taken = json.loads(done.stdout)
    assert [len(child) for child in taken] == [10] * 4
    # The clock stands still. Ten may be sent at once, and the others in step, whichever process they are in.
    assert sorted(wait for child in taken for wait in child) == pytest.approx(
        [0] * 10 + [number / 10 for number in range(1, 31)], abs=1e-6
    )


def started(api_url: str = "https://one.example") -> list[float]:
    """Return the waits of two unrelated processes, ten each."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    processes = [
        subprocess.Popen([sys.executable, "-c", _STARTED, api_url], stdout=subprocess.PIPE, text=True, env=environment)
        for _number in range(2)
    ]
    return [seconds for process in processes for seconds in json.loads(process.communicate()[0])]


def test_all_processes_of_a_user_share_the_limit_of_an_api(tmp_path: Path) -> None:
    # The clock stands still. Two may be sent at once, and the others in step, whichever process they are in.
    assert sorted(started()) == pytest.approx([0, 0, *(number / 2 for number in range(1, 19))])
    (folder,) = tmp_path.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    # Another API has its own.
    assert min(started("https://other.example")) == 0


def test_a_damaged_schedule_holds_up_nothing(tmp_path: Path) -> None:
    rate_limiter.limiter_of("https://one.example").reserve(1)
    (file,) = tmp_path.glob("*/*")
    for damage in (b"\xff" * 8, b"\x7f" * 8, b"\x00" * 8):
        with file.open("r+b") as content:
            content.write(damage)
        assert rate_limiter.limiter_of("https://one.example").reserve(1) == 0


@pytest.mark.parametrize("planted", ["file", "link", "open", "link in it"])
def test_a_place_that_another_user_can_change_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, planted: str
) -> None:
    place = tmp_path / f"wotrus-pki-{os.geteuid()}"
    if planted == "file":
        place.touch()
    elif planted == "link":
        (tmp_path / "other").mkdir(mode=0o700)
        place.symlink_to(tmp_path / "other")
    elif planted == "open":
        place.mkdir()
        place.chmod(0o777)
    else:
        assert rate_limiter.limiter_of("https://one.example") is not rate_limiter._FORKED
        (file,) = place.iterdir()
        file.symlink_to(file.rename(tmp_path / "other"))
        monkeypatch.setattr(rate_limiter, "_limiters", {})
    limit = rate_limiter.limiter_of("https://one.example")

    assert limit is rate_limiter._FORKED


@pytest.mark.usefixtures("clock")
def test_each_request_waits_for_its_time(server: Script, make_api: MakeApi, pauses: list[float]) -> None:
    server.will(*(envelope({"id": ID, "status": "issued"}) for _number in range(4)))
    api = make_api(rate_limit=2)
    for _number in range(4):
        api.query(ID)
    assert pauses == pytest.approx([0.5, 1.0])


@pytest.mark.usefixtures("clock")
def test_request_with_a_time_after_the_deadline_is_not_sent(
    server: Script, make_api: MakeApi, pauses: list[float]
) -> None:
    server.will(envelope({"id": ID, "status": "issued"}))
    api = make_api(rate_limit=0.01)
    api.query(ID)
    with pytest.raises(errors.TimedOut) as caught:
        api.query(ID, deadline=Deadline.after(20))
    assert caught.value.answer_lost is False
    assert (len(server.requests), pauses) == (1, [])
