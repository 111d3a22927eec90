# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan that was approved: what of it is read, and when it is stale."""

from __future__ import annotations

import json
import typing as t
from hashlib import sha256
from pathlib import Path

import pytest
import yaml

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._planning.fingerprint import changed_names
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.approved_plan import (
    in_play,
    plan_digest,
    read_file,
    read_plan,
    stale_plans,
)
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.summary import PLANNED, plan_by_host

Row = dict[str, t.Any]
LONG = "x" * 100_000
OTHER = {"api_token": "token", "planned_at": "time", "request": "other"}


def plan(host: str, action: str = "order", **changes: t.Any) -> Row:
    """Return a plan of a host, which may be charged."""
    row = {
        "host": host,
        "name": "contracts",
        "action": action,
        "reason": "not_ordered",
        "may_be_charged": action == "order",
        "months": 12,
        "order_name": f"contracts@{host}",
        "idempotence_id": f"value of {host}",
        "order_id": None,
        "planned_at": "2026-11-24T15:31:09Z",
        "fingerprint": {"api_token": "token", "planned_at": "time", "request": f"digest of {host}"},
    }
    return {**row, **changes}


def waiting(host: str, **changes: t.Any) -> Row:
    """Return a plan that sends nothing."""
    seal = {"api_token": "token", "planned_at": "time"}
    return plan(host, "resume", **{"fingerprint": seal, "months": None, "idempotence_id": None, **changes})


def stale(now: Row, former: t.Mapping[str, t.Any], **options: t.Any) -> list[str]:
    """Return the lines about a plan that is stale."""
    return [str(line) for line in stale_plans([now], former, **options)]


def approved(*rows: Row) -> dict[str, t.Any]:
    """Return an approved plan, as it comes back from a file."""
    found: dict[str, t.Any] = json.loads(json.dumps(plan_by_host(rows)))
    return found


# ---- reading it


def test_plan_is_read_as_it_was_written() -> None:
    written = approved(plan("one"), waiting("two"), plan("three", "blocked", fingerprint=None))
    assert read_plan(written) == written


def test_what_a_plan_has_for_a_play() -> None:
    reissues = [plan(f"r{number}", "reissue", order_id=order_id) for number, order_id in enumerate(("A", "{a}", "b"))]
    stopped = plan("stopped", "blocked", fingerprint=None, may_be_charged=True)
    rows = approved(plan("one"), plan("two", idempotence_id="value of one"), *reissues, stopped, plan("away"))

    found = in_play(read_plan(rows), ["one", "two", "r0", "r1", "r2", "stopped", "new"])

    assert set(found["names"]) == {"one", "two", "r0", "r1", "r2"}
    assert found["names"]["one"] == ["contracts"]
    assert (found["charged_orders"], found["reissues"], found["absent"]) == (1, 2, ["away"])


@pytest.mark.parametrize(
    "value", [None, 7, 1.5, True, [], ["x"], {}, {"x": 1}, "", LONG], ids=lambda value: str(value)[:9]
)
@pytest.mark.parametrize(
    "field", [*PLANNED, "fingerprint.api_token", "fingerprint.request", "the row", "the host", "all"]
)
def test_damaged_plan_is_refused_in_a_sentence_or_stale(field: str, value: t.Any) -> None:
    rows = approved(plan("one"))
    name, _dot, part = field.partition(".")
    if part:
        rows["one"][0][name][part] = value
    elif field == "the row":
        rows["one"][0] = value
    elif field == "the host":
        rows["one"] = value
    elif field == "all":
        rows = value
    else:
        rows["one"][0][name] = value

    try:
        read = read_plan(rows)
    except InvalidInput as exc:
        words = str(exc)
        assert words.startswith("The plan is damaged: wotrus_plan")
        assert words.endswith("Nothing was sent. Make a new plan.")
        assert len(words) < 400
        return
    # What it has for the play is not what is to be done, or what is not compared changed.
    lines = stale(plan("one"), read, max_age_days=30)
    assert lines or field in ("reason", "order_name", "order_id", "may_be_charged"), rows
    assert all(len(line) < 400 for line in lines)


@pytest.mark.parametrize("zone", ["Z", ""])
def test_plan_is_the_same_after_awx_and_yaml_made_a_time_of_its_text(zone: str) -> None:
    rows = approved(plan("one"))
    rows["one"][0]["planned_at"] = yaml.safe_load(f"2026-11-24T15:31:09{zone}")
    assert read_plan(rows) == approved(plan("one"))


@pytest.mark.parametrize("field", PLANNED)
def test_row_without_a_field_is_refused_or_stale(field: str) -> None:
    rows = approved(plan("one"))
    del rows["one"][0][field]
    if field in ("order_id", "months", "idempotence_id"):
        assert (stale(plan("one"), read_plan(rows)) == []) is (field == "order_id")
    else:
        with pytest.raises(InvalidInput, match=rf"wotrus_plan\.one\[0\]\.{field} is missing"):
            read_plan(rows)


def test_two_rows_of_one_name_and_further_fields_are_refused() -> None:
    rows = approved(plan("one"))
    with pytest.raises(InvalidInput, match="has the name of another row"):
        read_plan({"one": rows["one"] * 2})
    rows["one"][0]["extra"] = 1
    with pytest.raises(InvalidInput, match=r"wotrus_plan\.one\[0\]\.extra is no option"):
        read_plan(rows)


def test_file_has_a_plan_and_nothing_else(tmp_path: Path) -> None:
    path, rows = tmp_path / "plan.json", approved(plan("one"))
    path.write_text(json.dumps({"wotrus_plan": rows, "wotrus_plan_summary": {"charged_orders": 1}}), encoding="utf-8")
    assert read_file(str(path)) == rows

    path.write_text(json.dumps({"wotrus_plan": rows, "wotrus_api_url": "https://evil.example"}), encoding="utf-8")
    with pytest.raises(InvalidInput, match="has wotrus_api_url, which no plan has"):
        read_file(str(path))


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe{}", b"[" * 100_000], ids=["empty", "cut", "no text", "deep"])
def test_file_without_json_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match="has no plan"):
        read_file(str(path))
    with pytest.raises(InvalidInput, match="No such file"):
        read_file(str(tmp_path / "missing.json"))


# ---- comparing it


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (plan("one"), []),
        (plan("one", reason="files_lost"), []),
        (plan("one", "nothing", fingerprint=None), []),
        (waiting("one"), []),
        (plan("one", "blocked", fingerprint=None), []),
        (plan("one", months=24, fingerprint=OTHER), ["one: contracts: order 12 (not_ordered), now order 24"]),
        (plan("one", "renew", fingerprint=OTHER), ["now renew 12"]),
        (
            waiting("one", fingerprint={"api_token": "token", "planned_at": "time", "reload": "x"}),
            ["contracts: reload"],
        ),
        (plan("one", fingerprint={**OTHER, "api_token": "new"}), ["another API token"]),
        (plan("two"), ["two: contracts: it is not in the plan"]),
    ],
)
def test_plan_is_stale_if_something_else_would_be_done(now: Row, words: list[str]) -> None:
    lines = stale(now, approved(plan("one")))

    assert len(lines) == len(words)
    assert all(word in line for word, line in zip(words, lines))


@pytest.mark.parametrize("action", ["reissue", "renew", "order"])
def test_approved_wait_is_stale_if_something_would_be_sent(action: str) -> None:
    assert stale(waiting("one"), approved(waiting("one"))) == []
    assert len(stale(plan("one", action), approved(waiting("one")))) == 1


@pytest.mark.parametrize("field", ["action", "months", "idempotence_id", "may_be_charged"])
def test_request_that_was_shown_otherwise_than_it_was_planned_is_stale(field: str) -> None:
    shown = {"action": "renew", "months": 24, "idempotence_id": "another", "may_be_charged": False}[field]
    assert len(stale(plan("one"), approved(plan("one", **{field: shown})))) == 1


@pytest.mark.parametrize("seal", [None, {}, {"request": "digest of one"}])
def test_row_without_hmacs_is_stale(seal: t.Any) -> None:
    assert stale(plan("one"), approved(plan("one", fingerprint=seal))) == ["one: contracts: fingerprint"]
    assert changed_names(seal or {}, plan("one")["fingerprint"]) == ["fingerprint"]


@pytest.mark.parametrize(("days", "is_stale"), [(29, False), (30, False), (31, True)])
def test_plan_of_last_month_is_stale(days: int, *, is_stale: bool) -> None:
    former = plan("one", planned_at=f"2026-12-{31 - days:02}T00:00:00Z" if days < 31 else "2026-11-30T00:00:00Z")

    lines = stale(plan("one", planned_at="2026-12-31T00:00:00Z"), approved(former), max_age_days=30)

    assert lines == (
        ["one: contracts: it was made on 2026-11-30, and wotrus_max_plan_age_days is 30"] if is_stale else []
    )


def test_digest_of_a_plan_is_that_of_the_text_that_jq_prints_in_the_guide() -> None:
    shown = '{"签名":[{"common_name":"示例科技有限公司","months":24}]}'
    found = plan_digest({"签名": [{"months": 24, "common_name": "示例科技有限公司"}]})

    assert found == sha256(shown.encode()).hexdigest()
