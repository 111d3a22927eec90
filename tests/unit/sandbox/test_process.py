# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program: start, stop, restart, and the files that it writes."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.helpers.sandbox import PROGRAM, Sandbox, SandboxFailed, start_sandbox

from . import orders


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(PROGRAM), *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60
    )


def test_a_restart_keeps_ca_orders_and_clock(tmp_path: Path) -> None:
    with start_sandbox(tmp_path, "--review-delay", "36000") as first:
        order_id = orders.create(first, orders.body(idempotenceID="kept"))
        done = orders.create(first, orders.body())
        first.order(done, "issue")
        certificate = orders.retrieve(first, done)["data"]
        first.clock(advance=30000)
        offset = first.admin("GET", "/clock")["offset"]
        files = [Path(path).read_bytes() for path in (first.tls_ca, first.root_ca)]
        assert first.stop() == 0
    assert not (tmp_path / "sandbox-ready.json").exists()
    with start_sandbox(tmp_path, "--review-delay", "36000") as second:
        assert [Path(path).read_bytes() for path in (second.tls_ca, second.root_ca)] == files
        assert second.admin("GET", "/clock")["offset"] == offset
        assert orders.status(second, order_id) == "pending"
        second.clock(advance=6000)
        assert orders.status(second, order_id) == "pendingCAIssued"
        assert orders.same(orders.create(second, orders.body(idempotenceID="kept")), order_id)
        assert orders.retrieve(second, done)["data"] == certificate


def test_one_sandbox_uses_a_directory_at_a_time(tmp_path: Path) -> None:
    with start_sandbox(tmp_path):
        second = start_sandbox(tmp_path)
        with pytest.raises(SandboxFailed, match="another sandbox uses"):
            second.__enter__()


@pytest.mark.parametrize("host", ["192.168.1.1", "::"])
def test_it_listens_on_loopback_only(tmp_path: Path, host: str) -> None:
    result = run("--host", host, "--data-dir", tmp_path / "data")
    assert result.returncode == 1
    assert "loopback" in result.stderr
    assert not (tmp_path / "data").exists()


def test_wrong_options_are_explained(tmp_path: Path) -> None:
    assert "must begin with tk_" in run("--token", "secret", "--data-dir", tmp_path).stderr
    assert "seconds" in run("--review-delay", "-1", "--data-dir", tmp_path).stderr
    blocked = tmp_path / "file"
    blocked.touch()
    assert run("--data-dir", blocked / "data").stderr.startswith("wotrus_sandbox: ")


def test_detach_and_stop_are_repeatable(tmp_path: Path) -> None:
    data = tmp_path / "data"
    options = ("--data-dir", data, "--token", "tk_detached", "--manual-review")
    try:
        first = run("--detach", *options)
        assert first.stdout.startswith("started: https://127.0.0.1:"), first.stderr
        assert run("--detach", *options).stdout == first.stdout.replace("started", "already running")
        facts = json.loads((data / "ready.json").read_text())
        assert facts["token"] == "tk_detached"
        shown = requests.get(facts["admin_url"] + "/settings", verify=facts["tls_ca"], timeout=300).json()
        assert shown["manual_review"] is True
        assert "tk_detached" not in Path(f"/proc/{facts['pid']}/cmdline").read_text()
    finally:
        stopped = run("--stop", *options)
    assert stopped.stdout == "stopped\n"
    assert run("--stop", *options).stdout == "not running\n"


OPEN_READINGS = {
    "repeat_answer": "new_if_dead",
    "idempotence_lifetime": 3600.0,
    "reissue_answer": "null",
    "reissue_old_order": "revoked",
    "reissue_ends": "term",
    "reissue_serves_old": 60.0,
    "query_delay": 5.0,
    "reject_new": True,
    "backdate": 320.5,
    "certificate_days": 200.0,
    "weak_ca": True,
    "chain_ends": "2027-01-31",
    "usage": "signing_and_encryption",
    "close_expired": True,
    "id_style": "braces",
    "numbers_as_text": True,
}


def test_every_assumption_is_an_option_and_a_setting_and_all_can_be_combined(tmp_path: Path) -> None:
    given = [(f"--{name.replace('_', '-')}", value) for name, value in OPEN_READINGS.items()]
    options = [word for flag, value in given for word in ([flag] if value is True else [flag, str(value)])]
    folder = ("--data-dir", tmp_path)
    try:
        assert run("--detach", *folder, *options).returncode == 0
        facts = json.loads((tmp_path / "ready.json").read_text())
        shown = requests.get(facts["admin_url"] + "/settings", verify=facts["tls_ca"], timeout=300).json()
        assert {name: shown[name] for name in OPEN_READINGS} == OPEN_READINGS
    finally:
        run("--stop", *folder)


def test_settings_are_changed_while_the_sandbox_runs(sandbox: Sandbox, body: dict[str, Any]) -> None:
    assert sandbox.settings(**OPEN_READINGS).items() >= OPEN_READINGS.items()
    order_id = orders.create(sandbox, body)
    assert order_id.startswith("{")
    assert sandbox.call("GET", f"/v1/Order/{order_id}").status_code == 404
    sandbox.clock(advance=5)
    data = orders.query(sandbox, order_id)
    assert (data["status"], data["isPay"]) == ("rejected", "1")
    assert not orders.same(orders.create(sandbox, body), order_id)


def test_a_directory_of_another_version_is_refused_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "sandbox" / "sandbox.sqlite"
    file.parent.mkdir()
    with contextlib.closing(sqlite3.connect(file)) as former:
        former.execute("CREATE TABLE orders (number INTEGER)")

    with pytest.raises(SandboxFailed, match="is of another version of the sandbox"), start_sandbox(tmp_path):
        pass

    with contextlib.closing(sqlite3.connect(file)) as kept:
        assert [row[0] for row in kept.execute("SELECT name FROM sqlite_master")] == ["orders"]


def test_a_detached_start_that_fails_shows_its_log(tmp_path: Path) -> None:
    with start_sandbox(tmp_path):
        result = run("--detach", "--data-dir", tmp_path / "sandbox")
    assert result.returncode == 1
    assert "another sandbox uses" in result.stderr


@pytest.mark.parametrize(
    ("option", "more"), [("--port", []), ("--port", ["--detach"]), ("--revocation-port", [])], ids=str
)
def test_a_port_in_use_is_one_line_that_names_the_option(tmp_path: Path, option: str, more: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = run("--data-dir", tmp_path, option, str(port), *more)

    assert result.returncode == 1
    assert result.stderr == (f"wotrus_sandbox: Port {port} of 127.0.0.1 is in use. Set {option} to another port.\n")


def test_only_the_owner_can_read_files_with_secrets(tmp_path: Path) -> None:
    with start_sandbox(tmp_path) as sandbox:
        orders.issued(sandbox, orders.body())
        data = tmp_path / "sandbox"
        secret = [data / "sandbox.sqlite", tmp_path / "sandbox-ready.json", *data.glob("*/*.key")]
        assert len(secret) > 4
        assert {stat.S_IMODE(os.stat(path).st_mode) for path in secret} == {0o600}
        assert stat.S_IMODE(data.stat().st_mode) == 0o700


def test_no_secret_is_written_anywhere(tmp_path: Path) -> None:
    person = {"IDCardNO": "110101199003071234"}
    sent = orders.body(
        person, csR_RSA=None, uKeyPassword="Secret-4711", documents=[{"documentType": 1, **orders.DOCUMENT}]
    )
    with start_sandbox(tmp_path, "--log-level", "debug") as sandbox:
        orders.issued(sandbox, sent)
        sandbox.call("GET", "/v1/Order/tk_sandbox", WoTrusToken="tk_wrong_secret")
        sandbox.call("POST", "/v1/Order/Create", raw=b'{"x": "110101199003071234"')
        log = sandbox.log.read_text()
    assert "create 200" in log
    for secret in (
        "tk_sandbox",
        "tk_wrong_secret",
        "Secret-4711",
        "110101199003071234",
        orders.DOCUMENT["fileContent"],
    ):
        assert secret not in log
    stored = b"".join(path.read_bytes() for path in (tmp_path / "sandbox").rglob("*") if path.is_file())
    for secret in ("Secret-4711", orders.DOCUMENT["fileContent"], "tk_sandbox"):
        assert secret.encode() not in stored


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"repeat_answer": "sometimes"}, "repeat_answer must be one of: adopt, refuse, refuse_with_id, new_if_dead"),
        ({"reject_new": "yes"}, "reject_new must be true or false"),
        ({"query_delay": -1}, "query_delay must be a number of seconds, 0 or more"),
        ({"query_delay": True}, "query_delay must be a number of seconds, 0 or more"),
        ({"backdate": 4000}, "backdate must be a number of days from 0 to 3650"),
        ({"ukey_public_key": "no key"}, "ukey_public_key must be an RSA or ECC public key in PEM"),
        ({"colour": "red"}, "unknown setting 'colour'; known: review_delay, "),
    ],
)
def test_a_wrong_setting_is_refused_with_what_is_allowed(
    sandbox: Sandbox, wrong: dict[str, object], words: str
) -> None:
    before = sandbox.admin("GET", "/settings")
    with pytest.raises(SandboxFailed) as refused:
        sandbox.settings(review_delay=7, **wrong)
    assert words in str(refused.value)
    assert sandbox.admin("GET", "/settings") == before
