# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The answers to all kinds of pushes, and their time."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import re
import resource
import ssl
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from ansible_collections.wotrus.pki.extensions.eda.plugins.wotrus_push import listener, sources, store, work_queue
from ansible_collections.wotrus.pki.extensions.eda.plugins.wotrus_push.options import push_options
from ansible_collections.wotrus.pki.extensions.eda.plugins.wotrus_push.store import StoreError
from ansible_collections.wotrus.pki.plugins.module_utils._client import transport
from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput, MissingLibrary
from tests.helpers.pushes import HEADER, PATH_TOKEN, SECRET, encoded, hostile, push, signature
from tests.helpers.tls import make_authority

from .running import LONGEST, Clock, arguments, run, started

ROOT = Path(__file__).resolve().parents[3]
GUIDE = ROOT / "docs" / "docsite" / "rst" / "guide_pushes.rst"
ID = "30B3F256-9D2D-43C5-ABCB-017AA9D3CB6D"
URL = f"/push/{PATH_TOKEN}"


def table_of_the_guide() -> dict[str, str]:
    """Return the guide's answer to each kind of push."""
    rows = re.findall(r"^  +\* - (.+)\n +- (\d{3})\n", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    return dict(rows)


def test_hostile_pushes_get_the_answers_of_the_guide(tmp_path: Path) -> None:
    found: dict[str, set[str]] = {}

    async def scenario() -> None:
        # WoTrus does not answer here, so all accepted pushes are still stored at the end.
        async with started(tmp_path) as source:
            for one in hostile(ID):
                status = await source.send(one.body, method=one.method, path=one.path, headers=one.all_headers())
                found.setdefault(one.what, set()).add(str(status))
            health = await source.health()
            # One order that is known, in three spellings, and one that is not.
            assert health[1]["stored"] == 2
            assert source.queue.empty()

    run(scenario)

    assert found == {what: {answer} for what, answer in table_of_the_guide().items() if what in found}
    assert found.keys() == {one.what for one in hostile(ID)}


@pytest.mark.manual("8.stops-at-200")
def test_the_answer_is_200_as_soon_as_a_push_is_stored(tmp_path: Path) -> None:
    async def scenario() -> None:
        # Nobody takes an event, and WoTrus does not answer.
        async with started(tmp_path) as source:
            for number in range(20):
                await source.push(push(f"A-{number}"))
            await source.push({"dataAction": "unit", "unitId": "7"})
            await source.push({"dataAction": "unit", "unitId": "7"})
        async with work_queue.open_work_queue(arguments(tmp_path)["store"]) as stored:
            # One of the two about a unit is with the rules.
            assert stored.stored in (21, 22)

    run(scenario)


def test_the_answer_is_503_if_a_push_cannot_be_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_values: object, **_named: object) -> None:
        raise StoreError("no space left")

    async def scenario() -> None:
        async with started(tmp_path) as source:
            with monkeypatch.context() as patch:
                patch.setattr(store.Store, "add", broken)
                assert await source.send(encoded(push(ID))) == 503
            assert await source.send(encoded(push(ID))) == 200

    run(scenario)


def test_a_full_store_answers_503_until_there_is_room(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with started(tmp_path, max_stored=2) as source:
            answers = [await source.send(encoded({"dataAction": "unit", "n": number})) for number in range(6)]
            # One is with the rules' queue and done, and another waits for it.
            assert answers[:2] == [200, 200]
            assert answers[-1] == 503
            status, health = await source.health()
            assert (status, health["status"], health["stored"]) == (503, "full", 2)
            taken = [await source.next() for _number in range(2)]
            assert [event["payload"]["n"] for event in taken] == [0, 1]
            await source.counts(passed_on=3)
            assert (await source.health())[0] == 200
            assert await source.send(encoded({"dataAction": "unit", "n": 7})) == 200

    run(scenario)


def test_health_fails_if_no_push_can_be_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work_queue, "_LONGEST_VALID_CHECK", 0.0)

    async def scenario() -> None:
        async with started(tmp_path) as source:
            assert (await source.health())[0] == 200
            file = Path(arguments(tmp_path)["store"])
            await asyncio.to_thread(file.rename, file.with_name("elsewhere"))
            assert await source.send(encoded(push(ID))) == 503
            status, health = await source.health()
            assert (status, health["status"]) == (503, "disk")

    run(scenario)


def test_health_and_metrics_show_what_is_not_delivered_and_when_the_api_answered(tmp_path: Path, clock: Clock) -> None:
    async def scenario() -> None:
        async with started(tmp_path) as source:
            await source.push(push(ID))
            clock.advance(100)
            _status, health = await source.health()
            assert health["oldest_undelivered_seconds"] == 100
            # WoTrus did not answer here.
            assert health["api_answered_seconds_ago"] is None
            text = await source.metrics()
            assert "wotrus_push_stored_pushes 1\n" in text
            assert "wotrus_push_oldest_undelivered_seconds 100\n" in text
            assert 'wotrus_push_events_total{kind="stored"} 1\n' in text
            assert 'wotrus_push_orders{delivery="failed"} 0\n' in text

    run(scenario)


def test_a_time_of_day_that_is_set_delays_nothing(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with started(tmp_path) as source:
            for number, time_of_day in enumerate((4e9, 0.0), 1):
                monkeypatch.setattr("time.time", lambda time_of_day=time_of_day: time_of_day)
                await source.push(push(ID))
                await source.counts(failed_queries=number)
                clock.advance(100)
            assert (await source.health())[1]["oldest_undelivered_seconds"] == 100

    run(scenario)


@pytest.mark.manual("V1.04.signed-pushes")
@pytest.mark.parametrize(
    ("options", "given"),
    [
        ({}, signature),
        ({}, lambda body: f"sha256={signature(body).upper()}"),
        ({"hmac_algo": "sha512"}, lambda body: hmac.new(SECRET.encode(), body, hashlib.sha512).hexdigest()),
        ({"hmac_format": "base64"}, lambda body: base64.b64encode(bytes.fromhex(signature(body))).decode()),
    ],
)
def test_a_signature_is_checked_in_the_form_that_is_configured(
    tmp_path: Path, options: dict[str, Any], given: Any
) -> None:
    async def scenario() -> None:
        async with started(tmp_path, hmac_header="X-Signed", **options) as source:
            body = encoded(push(ID))
            assert await source.send(body, headers={"X-Signed": given(body)}) == 200
            assert await source.send(body, headers={"X-Signed": given(body + b" ")}) == 401
            assert await source.send(body, headers={HEADER: given(body)}) == 401

    run(scenario)


def test_without_a_secret_only_the_path_is_checked(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with started(tmp_path, hmac_secret=None) as source:
            assert await source.send(encoded(push(ID)), headers={}) == 200
            assert await source.send(encoded(push(ID)), headers={}, path="/push/path-token-of-a-tesT") == 404

    run(scenario)


@pytest.mark.manual("8.method")
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"])
def test_methods_other_than_post_are_refused(tmp_path: Path, method: str) -> None:
    async def scenario() -> None:
        async with started(tmp_path) as source:
            assert await source.send(encoded(push(ID)), method=method) == 405
            assert (await source.health())[1]["stored"] == 0

    run(scenario)


def test_the_secrets_are_in_no_event_and_in_no_file(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with started(tmp_path) as source:
            body = encoded({"dataAction": "unit"})
            secret = {"Authorization": "Bearer hidden", "Cookie": "hidden", HEADER: signature(body), "X-Kept": "kept"}
            assert await source.send(body, headers=secret) == 200
            event = await source.next()
            text = json.dumps(event)
            assert not any(word in text for word in ("hidden", PATH_TOKEN, signature(body)))
            assert event["meta"]["endpoint"] == "push"
            assert event["meta"]["headers"]["X-Kept"] == "kept"

    run(scenario)
    written = b"".join(file.read_bytes() for file in (tmp_path / "store").glob("*.sqlite3*") if file.is_file())

    assert not any(word.encode() in written for word in ("hidden", PATH_TOKEN, SECRET))


def test_the_listener_uses_tls(tmp_path: Path) -> None:
    authority = make_authority(tmp_path)

    async def scenario() -> None:
        context = ssl.create_default_context(cafile=str(authority.path))
        async with started(tmp_path, certfile=str(authority.server_file("127.0.0.1"))) as source:
            assert await source.send(encoded(push(ID)), tls=context) == 200

    run(scenario)


async def _silent(port: int, first: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(first)
    await writer.drain()
    try:
        async with asyncio.timeout(LONGEST):
            return await reader.read()
    finally:
        writer.close()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No connection is closed, and no body ended, because of time."""
    for limit in ("_LONGEST_IDLE", "_LONGEST_BODY_TIME"):
        monkeypatch.setattr(listener, limit, 4 * LONGEST)


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    ("limit", "first", "answer"),
    [
        ("_LONGEST_IDLE", b"", b""),
        ("_LONGEST_IDLE", b"POST /push/x HTTP/1.1\r\nHost: a\r\n", b""),
        (
            "_LONGEST_BODY_TIME",
            f"POST {URL} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{{".encode(),
            b"HTTP/1.1 408",
        ),
    ],
)
def test_idle_connections_are_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, first: bytes, answer: bytes
) -> None:
    async def scenario() -> None:
        async with started(tmp_path) as source:
            with monkeypatch.context() as patch:
                patch.setattr(listener, limit, 0.2)
                said = await _silent(int(source.url.rpartition(":")[2]), first)
            assert said[: len(answer)] == answer
            assert await source.send(encoded(push(ID))) == 200

    run(scenario)


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    ("head", "answer"),
    [
        ("POST /push/path-token-of-nobody-here HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{", b"404"),
        (f"POST {URL} HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n{{", b"413"),
    ],
)
def test_path_and_size_are_checked_before_the_body_is_read(tmp_path: Path, head: str, answer: bytes) -> None:
    async def scenario() -> None:
        async with started(tmp_path) as source:
            said = await _silent(int(source.url.rpartition(":")[2]), head.encode())
            assert said.split()[1] == answer

    run(scenario)


@pytest.mark.usefixtures("patient")
def test_connections_that_send_half_a_body_are_closed_for_new_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "_MOST_CONNECTIONS", 5)
    half = f"POST {URL} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{{".encode()

    async def scenario() -> None:
        async with started(tmp_path) as source:
            port = int(source.url.rpartition(":")[2])
            crowd = [await asyncio.open_connection("127.0.0.1", port) for _number in range(20)]
            for _reader, writer in crowd:
                writer.write(half)
            async with asyncio.timeout(LONGEST):
                await crowd[0][0].read()
                assert await source.send(encoded(push(ID))) == 200
            for _reader, writer in crowd:
                writer.close()

    run(scenario)


HALF_SENT = (
    b"POST /push/x HTTP/1.1\r\nHost: a\r\n",
    b"POST /push/path-token-of-nobody-here HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{",
    f"POST {URL} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{{".encode(),
    b"",
)


def test_genuine_pushes_are_stored_beside_half_open_connections_and_forged_pushes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, limits[1]), limits[1]))

    async def scenario() -> None:
        async with started(tmp_path) as source:
            port = int(source.url.rpartition(":")[2])
            crowd = []
            for number in range(2000):
                _reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(HALF_SENT[number % len(HALF_SENT)])
                crowd.append(writer)
            answers: list[int] = []
            is_over, are_enough = asyncio.Event(), asyncio.Event()

            async def forge(session: aiohttp.ClientSession) -> None:
                forged = f"{source.url}/push/path-token-of-nobody-here"
                while not is_over.is_set():
                    async with session.post(forged, data=encoded(push("F-1"))) as response:
                        answers.append(response.status)
                    if len(answers) == 1000:
                        are_enough.set()

            # Genuine pushes have a client of their own, so that they do not wait for its connections.
            async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
                for _number in range(100):
                    group.create_task(forge(session))
                for number in range(50):
                    async with asyncio.timeout(LONGEST):
                        await source.push(push(f"A-{number}"))
                await are_enough.wait()
                is_over.set()
            assert set(answers) == {404}
            assert (await source.health())[1]["stored"] == 50
            for writer in crowd:
                writer.close()

    try:
        run(scenario)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert sum(len(record.getMessage()) for record in caplog.records) < 2**20


def test_nobody_can_fill_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_values: object, **_named: object) -> None:
        raise StoreError("no space left")

    monkeypatch.setattr(store.Store, "add", broken)
    # What other tests logged counts too.
    (limit,) = listener.logger.filters
    monkeypatch.setattr(limit, "_passed", 0)

    async def scenario() -> None:
        async with started(tmp_path) as source:
            for _number in range(listener._MOST_RECORDS * 2):
                assert await source.send(encoded(push(ID))) == 503

    run(scenario)

    lines = [record.getMessage() for record in caplog.records if record.name == listener.logger.name]
    assert len(lines) <= listener._MOST_RECORDS
    assert "not logged" in lines[-1]


@pytest.mark.usefixtures("patient")
def test_many_idle_connections_are_closed_for_new_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "_MOST_CONNECTIONS", 5)

    async def scenario() -> None:
        async with started(tmp_path) as source:
            port = int(source.url.rpartition(":")[2])
            crowd = [await asyncio.open_connection("127.0.0.1", port) for _number in range(20)]
            # Those that came first are let go, without an answer.
            async with asyncio.timeout(LONGEST):
                assert await crowd[0][0].read() == b""
            assert await source.send(encoded(push(ID))) == 200
            for _reader, writer in crowd:
                writer.close()

    run(scenario)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"path_token": None}, "path_token"),
        ({"path_token": "short"}, "path_token must have 16"),
        ({"path_token": "with/a/slash/in/the/middle"}, "path_token must have 16"),
        ({"port": None}, "port"),
        ({"port": "http"}, "port"),
        ({"port": 70000}, "port 70000"),
        ({"hmac_algo": "rot13"}, "hmac_algo"),
        ({"hmac_format": "octal"}, "hmac_format"),
        ({"keyfile": "/key.pem"}, "certfile"),
        ({"max_stored": 0}, "max_stored"),
        ({"parallel": 0}, "parallel"),
        ({"api_token": None}, "api_token"),
        ({"api_url": "http://example.com"}, "api_url"),
        ({"hmac_sekret": "typed wrong"}, "hmac_sekret"),
    ],
)
def test_a_wrong_option_is_named_and_no_secret_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], words: str
) -> None:
    monkeypatch.delenv("WOTRUS_API_TOKEN", raising=False)
    given = arguments(tmp_path, port=1, path_token=PATH_TOKEN, hmac_secret=SECRET) | changes
    with pytest.raises(InvalidInput, match=words) as caught:
        push_options(given)

    assert not any(secret in str(caught.value) for secret in (PATH_TOKEN, SECRET, "tk_none"))


def test_secrets_come_from_the_environment_and_do_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("WOTRUS_PUSH_PATH_TOKEN", PATH_TOKEN),
        ("WOTRUS_PUSH_SECRET", SECRET),
        ("WOTRUS_API_TOKEN", "tk_environment"),
    ):
        monkeypatch.setenv(name, value)
    given = arguments(tmp_path, port="5000", eda_feedback_queue=object())
    options = push_options({name: value for name, value in given.items() if name != "api_token"})

    assert (options.path_token, options.hmac_secret, options.port) == (PATH_TOKEN, SECRET, 5000)
    assert options.settings.token == "tk_environment"
    assert not any(secret in repr(options) for secret in (PATH_TOKEN, SECRET, "tk_environment"))


def test_a_port_in_use_and_a_wrong_key_are_errors(tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.pem"
    nothing.write_text("")

    async def begin(**changes: Any) -> None:
        given = arguments(tmp_path / "other", path_token=PATH_TOKEN, **changes)
        await sources.push(asyncio.Queue(1), given)

    async def scenario() -> None:
        async with started(tmp_path) as source:
            with pytest.raises(OSError, match="address already in use"):
                await begin(port=source.url.rpartition(":")[2])
        with pytest.raises(InvalidInput, match="certfile"):
            await begin(port=0, certfile=str(nothing))

    run(scenario)


def test_a_missing_library_is_an_error_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "HAS_REQUESTS", False)

    async def scenario() -> None:
        with pytest.raises(MissingLibrary, match="requests"):
            await sources.push(asyncio.Queue(1), arguments(tmp_path, port=0, path_token=PATH_TOKEN))

    run(scenario)
