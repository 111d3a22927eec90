# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans and results as the lines of a table."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import error_codes
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import STAGES
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, shown
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.table import PLAN_COLUMNS, result_lines, table

RESULT: dict[str, t.Any] = {
    "host": "signer1",
    "name": "contracts",
    "result": "blocked",
    "order_id": None,
    "charged": "no",
    "waiting_for": None,
    "expires": None,
    "msg": "It is for another name.",
    "next_step": "Change it back.",
    "alarm": None,
}


def cells(lines: list[str], number: int) -> list[str]:
    """Return the cells of a line of a table."""
    starts = [place for place, char in enumerate(lines[1]) if char == "-" and lines[1][place - 1 : place] in ("", " ")]
    line = lines[number].ljust(len(lines[1]))
    return [line[start:end].strip() for start, end in zip(starts, [*starts[1:], len(line)])]


def test_columns_are_those_of_results_or_of_plans() -> None:
    lines = table([RESULT])
    assert cells(lines, 0) == [
        "host",
        "certificate",
        "result",
        "order",
        "charged",
        "waiting for",
        "expires",
        "next step",
    ]
    plan = {"host": "signer1", "name": "contracts", "action": "order", "reason": "not_ordered", "may_be_charged": True}
    lines = table([plan])
    assert cells(lines, 0) == [
        "host",
        "certificate",
        "action",
        "reason",
        "may be charged",
        "months",
        "expires",
        "next step",
    ]
    assert cells(lines, 2) == ["signer1", "contracts", "order", "not_ordered", "yes", "-", "-", "-"]
    assert cells(table([], PLAN_COLUMNS), 0)[0] == "host"


def test_failure_has_its_step_in_the_table_and_its_message_below() -> None:
    lines = table([{**RESULT, "error_code": "order_mismatch"}])
    assert cells(lines, 2)[-1] == "Change it back."
    assert lines[3:] == ["", "signer1 contracts: It is for another name."]


def test_success_has_no_next_step() -> None:
    well = {**RESULT, "result": "unchanged", "order_id": "A", "charged": "yes"}
    assert cells(table([well]), 2) == ["signer1", "contracts", "unchanged", "A", "yes", "-", "-", "-"]
    assert cells(table([{**well, "alarm": "failure"}]), 2)[-1] == "Change it back."
    assert cells(table([{**well, "result": "waiting", "waiting_for": "you"}]), 2)[-3:] == [
        "you",
        "-",
        "Change it back.",
    ]


def test_rows_of_an_artifact_are_a_table_with_their_messages() -> None:
    rows = [{"name": "contracts", "result": "failed", "msg": "It is for another name.", "next_step": "Change it back."}]

    for row in (rows[0], {**rows[0], "error_code": "order_mismatch"}, {**rows[0], "host": None}):
        lines = table([row])
        assert cells(lines, 2)[:3] == ["-", "contracts", "failed"]
        assert (cells(lines, 2)[-1], lines[3:]) == ("Change it back.", ["", "contracts: It is for another name."])
    assert table([{"name": "contracts", "result": "waiting", "msg": "It waits."}])[3:] == []


def test_failure_of_several_results_stands_once_below_the_table() -> None:
    blocked = {**RESULT, "error_code": "order_limit"}
    waiting = {**RESULT, "result": "waiting", "next_step": "Run again later.", "error_code": None}
    other = {**blocked, "name": "invoices", "msg": "Else."}

    lines = result_lines([blocked, waiting, other, {**blocked, "host": "signer2"}, waiting])

    assert [cells(lines, number)[-1] for number in (2, 3, 4, 5, 6)] == [
        "see below",
        "Run again later.",
        "Change it back.",
        "see below",
        "Run again later.",
    ]
    assert lines[7:] == [
        "",
        "signer1 contracts, signer2 contracts: It is for another name. Change it back.",
        "signer1 invoices: Else.",
    ]


def test_columns_line_up_and_lines_have_no_blanks_at_their_end() -> None:
    lines = table([RESULT, {**RESULT, "host": "a-host-with-a-long-name", "msg": None, "next_step": ""}])
    assert len({line.index("contracts") for line in lines[2:4]}) == 1
    assert all(line == line.rstrip() for line in lines)


def test_columns_line_up_with_chinese_text() -> None:
    # In a terminal a Chinese character is as wide as two Latin ones, and a combining accent has no width.
    rows = [{"organization": name, "orders": 1} for name in ("沃通（深圳）有限公司", "Example Ltd.", "Cafe\u0301")]

    assert table(rows, ["organization", "orders"]) == [
        "organization          orders",
        "--------------------  ------",
        "沃通（深圳）有限公司  1",
        "Example Ltd.          1",
        "Cafe\u0301                  1",
    ]


def test_table_is_in_the_language_of_the_run() -> None:
    why = shown(
        msg=Message(
            "{msg} This run did not get that far.",
            msg=Message("The private key of the certificate is not on the host."),
        ),
        next_step=Message("Run again."),
    )
    lines = table([{**RESULT, **why, "waiting_for": "you", "error_code": "key_lost"}], language="zh")

    assert lines[0].split() == ["主机", "证书", "结果", "订单", "已收费", "等待", "到期", "下一步"]
    assert lines[2].endswith("  重新运行。")
    assert lines[4] == "signer1 contracts: 证书的私钥不在主机上。本次运行没有进行到这一步。"
    assert [one for one in lines[2].split() if one in ("已阻止", "否", "您")] == ["已阻止", "否", "您"]


def test_each_reason_and_status_has_words_in_the_language_of_the_run() -> None:
    rows = [{"reason": code, "status": status} for code in error_codes() for status in STAGES]

    for line in table(rows, ["reason", "status"], "zh")[2:]:
        assert all(re.search("[一-鿿]", cell) for cell in line.split("  ") if cell)
    assert table([{"reason": "unavailable", "status": "pendingRevoke"}], ["reason", "status"], "zh")[2].split() == [
        "错误",
        "unavailable",
        "吊销审核中",
    ]


def test_ends_of_orders_differ_in_each_language() -> None:
    rows = [{"status": status} for status in ("revoked", "closed", "rejected")]

    assert table(rows, ["status"], "zh")[2:] == ["已吊销", "已关闭", "已拒绝"]


def test_words_of_others_stay_as_they_are() -> None:
    lines = table(
        [{"name": "nothing", "reason": "of a newer release", "msg": "Words of WoTrus."}],
        ["name", "reason", "msg"],
        "zh",
    )

    assert lines[2].split("  ") == ["nothing", "of a newer release", "Words of WoTrus."]


def test_home_of_a_key_is_one_cell() -> None:
    evidence = {"model": "SoftHSM v2", "local": True, "never_extractable": False}
    rows = [{"key_evidence": evidence}, {"key_evidence": None}]

    assert table(rows, ["key_evidence"])[2:] == ["model SoftHSM v2, made there yes, never extractable no", "-"]
    assert table(rows, ["key_evidence"], "zh")[2] == "型号 SoftHSM v2、在其中生成 是、从不可导出 否"
