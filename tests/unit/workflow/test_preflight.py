# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks before the first order, and their table."""

from __future__ import annotations

import datetime as dt
import pathlib
import socket
import sys
import typing as t

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._client.settings import Settings
from ansible_collections.wotrus.pki.plugins.module_utils._readings.file import add_to_file
from ansible_collections.wotrus.pki.plugins.module_utils._readings.watch import Sight, Watcher
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, shown
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.preflight import (
    check_clock,
    check_controller,
    check_entries,
    check_readings,
)
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.preflight_api import check_api, check_recorded_orders
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.preflight_host import host_options, read_host
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.preflight_table import (
    preflight_failures,
    preflight_lines,
    preflight_rows,
)
from tests.helpers.scripted_server import Answer, envelope, raw, refusal, start
from tests.unit.planning.entries import ENTRY

NOW = dt.datetime(2026, 11, 25, 12, tzinfo=dt.timezone.utc)


def row(check: str, result: str = "passed", msg: str = "Fine.", step: str | None = None) -> dict[str, t.Any]:
    return {"check": check, "result": result, "msg": msg, "next_step": step}


def result(*rows: dict[str, t.Any], order_name: str = "contracts@a", storage: str = "host") -> dict[str, t.Any]:
    return {"checks": rows, "order_names": [{"name": "contracts", "order_name": order_name, "storage": storage}]}


@pytest.mark.parametrize(("seconds", "found"), [(0, "passed"), (300, "passed"), (-301, "failed"), (86400, "failed")])
def test_clock(seconds: int, found: str) -> None:
    assert check_clock("clock", NOW, NOW + dt.timedelta(seconds=seconds)).result == found


def test_clock_without_the_time_of_wotrus() -> None:
    assert check_clock("clock", None, NOW).result == "warning"


def test_macos_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_controller().result == "passed"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert check_controller().result == "warning"


ACCOUNT = Settings("tk_of-the-company")


def see(path: pathlib.Path, day: dt.date, *readings: tuple[str, str], settings: Settings = ACCOUNT) -> None:
    watcher = Watcher()
    watcher.seen = {(name, word, None): Sight(1, "1", "1") for name, word in readings}
    assert add_to_file(str(path), watcher, settings, day) == []


def test_what_is_known_of_wotrus(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "readings.json"
    found = check_readings(str(path), ACCOUNT, NOW.date())
    assert (found.result, str(found.msg).partition(" of")[0]) == ("passed", "None")

    see(path, dt.date(2026, 1, 2), ("date", "sent"), ("flags", "text"))
    see(path, dt.date(2026, 3, 4), ("flags", "text"), ("create_time", "usual"))
    see(path, dt.date(2025, 6, 7), ("numbers", "text"))
    see(path, dt.date(2026, 3, 4), ("ids", "plain"), settings=Settings("tk_of-another-one"))

    before = path.read_bytes()
    found = check_readings(str(path), ACCOUNT, NOW.date())
    assert (found.check, found.result) == ("readings", "passed")
    assert str(found.msg).startswith("3 of the ")
    assert str(found.msg).endswith("known since 2026-01-02. The oldest is forgotten on 2027-01-02.")
    assert path.read_bytes() == before


def test_a_file_of_readings_that_cannot_be_used_is_a_warning(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "readings.json"
    path.write_text("{", encoding="utf-8")
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)

    for place in (path, shared / "readings.json", tmp_path / "missing" / "readings.json"):
        found = check_readings(str(place), ACCOUNT, NOW.date())
        assert (found.result, found.next_step is None) == ("warning", False)
    assert check_readings("readings.json", ACCOUNT, NOW.date()).result == "failed"


def test_words_of_a_host_are_not_trusted() -> None:
    answer = {
        "checks": [
            {"check": "python", "passed": False, "msg": "Old.\x1b[2J\nSecond line."},
            {"check": "path", "passed": "yes", "msg": None},
            {"check": "space", "passed": True, "msg": "Delete all files."},
            {"check": "token", "passed": True, "msg": "The host says that the token is fine."},
            "no row",
            {"check": ["python"]},
        ],
        "time": {"x": 1},
    }

    found = [one.as_row() for one in read_host(answer, NOW)]

    assert [(one["check"], one["result"]) for one in found] == [
        ("connection", "passed"),
        ("python", "failed"),
        ("path", "failed"),
        ("space", "passed"),
        ("host_clock", "failed"),
    ]
    assert "\x1b" not in found[1]["msg"]
    assert "\n" not in found[1]["msg"]
    assert found[3]["msg"] == "No problem was found."
    assert read_host({"checks": "none"}, NOW)[-1].result == "failed"


def test_answer_of_a_host_is_cut() -> None:
    long = {"check": "commands", "passed": False, "msg": "x" * 2**20}
    deep: t.Any = "x"
    for _level in range(500):
        deep = [deep]

    checks = read_host({"checks": [*[long] * 10_000, {"check": "space", "msg": deep}], "time": deep}, None)

    assert len(checks) == 203
    assert max(len(str(one.msg)) for one in checks) <= 2020
    (cut,) = [one for one in checks if "10001" in str(one.msg)]
    assert (cut.check, cut.result) == ("connection", "failed")


def test_hosts_with_the_same_result_share_a_row_and_failures_come_first() -> None:
    results = {
        "a": result(row("token"), row("path", "failed", "Bad.", "Fix.")),
        "b": result(row("token"), row("path"), order_name="contracts@b"),
    }

    assert [(one["check"], one["result"], one["hosts"]) for one in preflight_rows(results)] == [
        ("token", "passed", "all 2"),
        ("path", "failed", "a"),
        ("path", "passed", "b"),
    ]
    assert preflight_lines(results)[-1] == "checks that failed: 1. Nothing was ordered or changed."
    assert preflight_failures("a", results) == ["Bad. Fix."]
    assert preflight_failures("b", results) == []


def test_checks_are_in_the_language_of_the_run() -> None:
    answer = {
        "checks": [
            {
                "check": "path",
                "passed": False,
                **shown(
                    msg=Message(
                        "{path} can be written by other users, who could replace files of the collection. Run 'chmod "
                        "go-w {path}'.",
                        path="/etc/ssl",
                    )
                ),
            }
        ]
    }
    checks = [one.as_row() for one in read_host(answer, NOW) if one.check == "path"]
    results = {"a": {"checks": checks}, "b": {"checks": checks}}

    lines = preflight_lines(results, "zh")

    assert lines[0].split() == ["检查项", "结果", "主机", "结果说明", "下一步"]
    assert lines[2].split()[:4] == ["目录", "未通过", "全部", "2"]
    (failure,) = preflight_failures("a", results, "zh")
    assert failure == (
        "主机称：『其他用户可以写入 /etc/ssl，因而可以替换本集合的文件。请运行 'chmod go-w /etc/ssl'』。"
        "更正所指路径的所有者或权限。"
    )


def test_many_hosts_are_counted() -> None:
    results = {f"h{number}": result(row("path", "failed" if number else "passed")) for number in range(9)}

    assert "h1, h2, h3, and 5 more" in [one["hosts"] for one in preflight_rows(results)]


def test_two_hosts_may_share_an_order_name_only_with_its_key() -> None:
    shared = {"a": result(), "b": result()}
    provided = {"a": result(storage="provided"), "b": result(storage="provided")}

    (failure,) = preflight_failures("b", shared)
    assert failure.startswith("2 certificates have the order name 'contracts@a'")
    assert preflight_failures("b", provided) == []


def test_a_host_whose_task_failed_has_a_row() -> None:
    (failure,) = preflight_failures("a", {"a": {"failed": True, "msg": "The host's facts are hostile."}})

    assert failure.startswith("The host's facts are hostile.")


def test_each_program_of_an_entry_must_be_on_the_host() -> None:
    key = {"storage": "external", "csr_command": "kms csr", "install_command": "kms install"}
    signs = {"command": "sign test.pdf", "format": "pdf", "content": "/etc/signer/test.pdf"}
    entry = {**ENTRY, "key": key, "reload": {"command": "systemctl reload signer", "test_signature": signs}}

    options = host_options({"wotrus_validate": "check %s"}, [entry])

    programs = [command.split()[0] for command in options["commands"]]
    assert programs == ["check", "kms", "kms", "sign", "systemctl"]


def test_entries() -> None:
    entries: list[dict[str, t.Any]] = [
        {**ENTRY, "documents": [{"type": "id_card", "path": "none.pdf"}], "reload": {"handler": "Restart"}},
        {**ENTRY, "reload": {"handler": "Reload"}},
    ]

    found = check_entries(entries, has_handler=lambda name: name == "Reload", local=lambda path: f"/nowhere/{path}")

    assert [(one.check, one.result) for one in found] == [("documents", "failed"), ("handlers", "failed")]
    assert "/nowhere/none.pdf" in str(found[0].msg)


@pytest.mark.parametrize("has_openssl", [True, False])
def test_a_product_that_may_be_sm2_needs_openssl(monkeypatch: pytest.MonkeyPatch, *, has_openssl: bool) -> None:
    if not has_openssl:
        monkeypatch.setenv("PATH", "/nowhere")
    entry = {**ENTRY, "product": "00000000-1111-2222-3333-444444444444"}

    (found,) = check_entries([entry], has_handler=lambda _name: True, local=str)

    assert found.check == "sm2"
    assert has_openssl or found.result == "warning"


def test_a_missing_library_is_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible_collections.wotrus.pki.plugins.module_utils._client.transport.HAS_REQUESTS", False)

    (found,), time = check_api({}, lambda _params: Settings(token="tk"))

    assert (found.check, found.result, time) == ("controller", "failed", None)


WRONG_TOKEN = raw(status=401)
UNKNOWN = raw("<h1>Not Found</h1>", status=404)


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ([refusal("订单不存在")], {"token": "passed", "url": "passed"}),
        ([raw('{"isSuccess": false, "errorMsg": "订单不存在"}', status=404)], {"token": "passed", "url": "passed"}),
        ([UNKNOWN, WRONG_TOKEN], {"token": "passed", "url": "passed"}),
        ([UNKNOWN], {"url": "failed"}),
        ([UNKNOWN, raw(status=503)], {"url": "failed"}),
        ([raw('{"detail": "Not Found"}', status=404)], {"url": "failed"}),
        ([raw('{"isSuccess": false, "errorMsg": "令牌错误"}', status=401)], {"token": "failed", "url": "passed"}),
        ([WRONG_TOKEN], {"token": "failed", "url": "warning"}),
        ([raw("<h1>It works!</h1>")], {"url": "failed"}),
    ],
)
def test_only_a_server_that_answers_as_wotrus_does_accepts_a_token(
    answers: list[Answer], found: dict[str, str]
) -> None:
    with start() as server:
        server.will(*answers)
        checks, _time = check_api({}, lambda _params: Settings(token="tk", url=server.url))

    assert {one.check: one.result for one in checks if one.check in ("token", "url")} == found
    # A token that is certainly wrong is another one than the user's.
    assert [one.headers["wotrustoken"] == "tk" for one in server.requests] == [True, False][: len(server.requests)]


ORDER, OTHER = "89CB4BF6-3E53-4B49-9AB9-92D578144260", "89CB4BF6-3E53-4B49-9AB9-92D578144261"


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ([refusal("订单不存在"), refusal("订单不存在", status=404)], ["failed"]),
        ([raw(status=404), envelope({"orderID": OTHER, "status": "issued"})], ["passed"]),
        ([envelope({"orderID": ORDER, "status": "closed"})], ["passed"]),
        # The checks of the API say that.
        ([raw(status=503)], []),
        ([refusal("系统繁忙，请稍后再试", status=503)], []),
    ],
)
def test_token_of_another_account_is_found_by_the_orders_of_records(answers: list[t.Any], found: list[str]) -> None:
    with start() as server:
        server.will(*answers)
        checks = check_recorded_orders(
            {},
            lambda _params: Settings(token="tk", url=server.url),
            {"order_ids": [ORDER, {"a": 1}, "x/../y", OTHER]},
        )
    assert [one.result for one in checks] == found
    assert all(one.check == "orders" for one in checks)
    if found == ["failed"]:
        assert f"{ORDER}, {OTHER}" in str(checks[0].msg)
        assert "is of the account that placed the order" in str(checks[0].next_step)


def orders_of(order_ids: list[str]) -> tuple[list[str], str]:
    """Return the orders that were queried of a host's records, and the check, where WoTrus knows none."""
    with start() as server:
        server.will(*[refusal("订单不存在")] * 5)
        settings = Settings(token="tk", url=server.url)
        (found,) = check_recorded_orders({}, lambda _params: settings, {"order_ids": order_ids})
    assert found.result == "failed"
    return [one.path.rpartition("/")[2] for one in server.requests], str(found.msg)


def test_ids_of_a_host_are_queried_and_shown_once_and_cleaned() -> None:
    queried, words = orders_of([ORDER.lower(), f"\n\n{{{ORDER}}}", f" {ORDER}", *["x"] * 300])

    assert len(queried) == 1
    assert words == f"WoTrus knows no order that the host's records name: {ORDER}."


def test_where_not_all_recorded_orders_are_queried_the_check_says_so() -> None:
    ids = [f"89CB4BF6-3E53-4B49-9AB9-92D57814426{digit:X}" for digit in range(12)]

    queried, words = orders_of(ids)

    assert len(queried) == 5
    assert words == f"WoTrus knows none of 5 orders of the host's records: {', '.join(ids[:5])}. The records name 12."


def test_host_without_records_costs_no_call() -> None:
    with start() as server:
        for answer in ({}, {"order_ids": None}, {"order_ids": ["none"]}):
            settings = Settings(token="tk", url=server.url)
            assert check_recorded_orders({}, lambda _params, found=settings: found, answer) == []
    assert server.requests == []


def test_server_that_is_busy_accepts_no_token() -> None:
    with start() as server:
        server.will(refusal("系统繁忙，请稍后再试", status=503))
        checks, _time = check_api({}, lambda _params: Settings(token="tk", url=server.url, retries=0))

    found = {one.check: one for one in checks}
    assert "token" not in found
    assert (found["url"].result, found["url"].next_step) == ("failed", Message("Run again later."))
    assert "系统繁忙" in str(found["url"].msg)


def test_a_proxy_that_keeps_silent_is_not_said_to_have_passed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        proxy = f"http://127.0.0.1:{silent.getsockname()[1]}"
        (found,), time = check_api({}, lambda _params: Settings(token="tk", proxy=proxy, timeout=0.2))

    assert (found.check, found.result, time) == ("url", "failed", None)
    assert found.next_step == Message("Check wotrus_api_url, the network and the proxy.")
