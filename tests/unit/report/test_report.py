# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report: state of certificates, who must act, and safe text."""

from __future__ import annotations

import base64
import copy
import datetime as dt
import hashlib
import html.parser
import json
import re
import types
import typing as t

import pytest
import yaml

from ansible_collections.wotrus.pki.plugins.module_utils._report import report_data
from ansible_collections.wotrus.pki.plugins.module_utils._report.text import clean
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, shown, translations
from ansible_collections.wotrus.pki.plugins.plugin_utils._report_file import report_differs, report_text
from tests.helpers.documentation import PLUGINS

NOW = dt.datetime(2026, 11, 24, 15, 31, 9, tzinfo=dt.timezone.utc)
ORDER = "89CB4BF6-3E53-4B49-9AB9-92D578144260"
ROOT = "30B3F256-9D2D-43C5-ABCB-017AA9D3CB6D"
LIVE = types.MappingProxyType(
    {"not_before": "2026-01-01T00:00:00Z", "not_after": "2027-01-01T00:00:00Z", "key_matches": True}
)
VALID = types.MappingProxyType(
    {
        "name": "contracts",
        "path": "/etc/ssl/wotrus/contracts",
        "action": "nothing",
        "reason": "valid",
        "stage": "issued",
        "order_id": ORDER,
        "root_order_id": ROOT,
    }
)
UNLISTED = types.MappingProxyType(
    {
        "name": "invoices",
        "path": "/etc/ssl/wotrus/invoices",
        "order_id": ROOT,
        "expires": "2026-12-11T00:00:00Z",
        **shown(msg=Message("The record names no order.")),
    }
)
HOSTILE = "</script><script>alert(1)</script>\"'&\u202e\x00\ud800"


def host(
    plan: t.Mapping[str, t.Any] = VALID,
    live: t.Mapping[str, t.Any] | None = LIVE,
    *,
    superseded: t.Sequence[t.Mapping[str, t.Any]] = (),
    result: t.Mapping[str, t.Any] | None = None,
    **more: t.Any,
) -> dict[str, t.Any]:
    """Return a host with one certificate; ``more`` is of its record."""
    of_live = {"release": "1", "order_id": ORDER, "root_order_id": ROOT} if live else None
    record = {"version": 1, "live": of_live, "superseded": [dict(one) for one in superseded], **more}
    state = {"path": "/etc/ssl/wotrus/contracts", "live": {**live} if live else None, "record": record}
    planned = {**VALID, **plan}
    waiting = {"you": "you", "ca": "ca", "on": "ca"}.get(str(planned["stage"]).rpartition("_")[2])
    words = {"blocked": "blocked", "resume": "waiting"}
    found = {
        "result": words.get(planned["action"], "unchanged"),
        "alarm": None,
        "waiting_for": waiting if planned["action"] == "resume" else None,
        **{name: planned.get(name) for name in ("msg", "next_step")},
        **(result or {}),
    }
    return {"host": "signer1", "deployments": [state], "plans": [planned], "results": [found]}


def row(*hosts: dict[str, t.Any], now: dt.datetime = NOW) -> dict[str, t.Any]:
    """Return the first certificate of a report."""
    return dict(report_data.report_data(hosts, now=now)["certificates"][0])


def test_messages_are_on_the_page_in_both_languages() -> None:
    link = "https://buy.example.com/pay?id=1"
    waits = Message("Order {order_id} waits for your payment{link}.", order_id="A1", link=Message(" ({url})", url=link))
    words = {"result": "waiting", **shown(msg=waits, next_step=Message("Run again later."))}
    planned = {"action": "resume", "reason": "pending_payment", "stage": "waiting_on_you", "pending_link": link}
    report = report_data.report_data([host(planned, result=words)], now=NOW)

    assert report["certificates"][0]["msg"] == f"Order A1 waits for your payment ({link})."
    assert report["certificates"][0]["translations"] == {
        "zh": {"msg": f"订单 A1 等待您付款（{link}）。", "next_step": "稍后重新运行。"}
    }
    shown_page = report_text(report, "html")
    for sentence in (
        '<p class="msg" lang="en" data-message dir="auto">Order A1 waits for your payment.</p>',
        '<p class="msg" lang="zh-CN" data-message dir="auto">订单 A1 等待您付款。</p>',
        '<p class="next" lang="zh-CN" data-message dir="auto">稍后重新运行。</p>',
    ):
        assert sentence in shown_page


def test_hints_and_keys_that_decrypt_are_in_the_report_its_page_and_its_metrics() -> None:
    former = {"release": "0A", "order_id": ROOT, "operation": "renew", "not_after": "2026-01-01T00:00:00Z"}
    words = {"hints": ["papers_missing", "issued_unpaid"]}
    one = host({**REVIEW, **words}, superseded=[former])
    one["deployments"][0]["encryption_keys"] = ["0A", "0B"]
    report = report_data.report_data([one], now=NOW)

    (found,) = report["certificates"]
    assert found["hints"] == words["hints"]
    assert found["encryption_keys"] == [
        {"serial_number": "0A", "order_id": ROOT, "expires": "2026-01-01T00:00:00Z"},
        {"serial_number": "0B", "order_id": None, "expires": None},
    ]
    metrics, page = report_text(report, "prometheus"), report_text(report, "html")
    assert 'wotrus_order_hint{host="signer1",name="contracts",hint="issued_unpaid"} 1' in metrics
    assert 'wotrus_certificate_encryption_keys{host="signer1",name="contracts"} 2' in metrics
    for text in ("Documents of the order are missing", "Issued, and not paid", "2 old keys are kept to decrypt:", "0B"):
        assert text in page


def test_certificates_that_no_entry_names_are_in_the_report_its_page_and_its_metrics() -> None:
    empty = {"host": "signer2", "deployments": [], "plans": [], "results": []}
    report = report_data.report_data([host(), {**empty, "unlisted": [UNLISTED]}], now=NOW)

    folder = {name: UNLISTED[name] for name in ("name", "path", "order_id", "expires", "msg")}
    translated = {"zh": {"msg": "记录中没有订单。"}}
    assert [row["unlisted"] for row in report["hosts"]] == [[], [{**folder, "translations": translated}]]
    assert (report["summary"]["unlisted"], report["summary"]["warnings"]) == (1, 1)
    metrics, page = report_text(report, "prometheus"), report_text(report, "html")
    assert 'wotrus_host_unlisted{host="signer1"} 0' in metrics
    assert 'wotrus_host_unlisted{host="signer2"} 1' in metrics
    assert "There is nothing to do" not in page
    for text in ("Unlisted certificates", "invoices", "signer2", "The record names no order.", "2026-12-11"):
        assert text in page
    assert report_data.report_data([host(), empty], now=NOW)["digest"] != report["digest"]


def test_end_of_the_chain_is_the_end_in_the_report() -> None:
    one = host()
    one["deployments"][0]["live"].update(path_not_after="2026-11-23T00:00:00Z")
    found = row(one)

    assert (found["state"], found["expires"]) == ("expired", "2026-11-23T00:00:00Z")
    assert found["not_after"] > found["expires"]
    assert found["days_left"] < 0


def test_revoked_certificate_is_broken_while_its_successor_is_reviewed() -> None:
    words = {"result": "waiting", "alarm": "failure", "error_code": "revoked"}
    found = row(host(REVIEW, result=words, pending={"operation": "renew", "order_id": "B"}))
    assert (found["state"], found["urgency"]) == ("revoked", "broken")


def test_words_of_others_are_on_the_page_once() -> None:
    report = report_data.report_data([host({"action": "blocked", "reason": "x"}, result={"msg": "Words."})], now=NOW)

    assert report_text(report, "html").count("Words.") == 1


class Reader(html.parser.HTMLParser):
    """Collects a page's elements, attributes, and text without markup."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element."""
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Keep text."""
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of all elements of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]


PENDING = types.MappingProxyType({"operation": "order", "order_id": ORDER})
PAY = types.MappingProxyType({"action": "resume", "reason": "pending_payment", "stage": "waiting_on_you"})
REVIEW = types.MappingProxyType({"action": "resume", "reason": "pending_review", "stage": "waiting_on_ca"})
DEAD = types.MappingProxyType({"action": "blocked", "reason": "order_dead", "stage": "dead", "status": "closed"})


@pytest.mark.parametrize(
    ("plan", "live", "state", "urgency"),
    [
        ({}, LIVE, "valid", "none"),
        ({"action": "renew", "reason": "expiring"}, LIVE, "due", "next_run"),
        ({"action": "reissue", "reason": "requested"}, LIVE, "due", "next_run"),
        ({"reload_pending": True}, LIVE, "due", "next_run"),
        ({"action": "resume", "reason": "issued"}, None, "due", "next_run"),
        (
            {"action": "order", "reason": "not_ordered", "stage": None, "order_id": None},
            None,
            "not_ordered",
            "next_run",
        ),
        (REVIEW, None, "waiting_for_ca", "waiting_for_ca"),
        (PAY, LIVE, "waiting_for_you", "waiting_for_you"),
        ({"action": "resume", "reason": "unknown_status", "stage": "unknown"}, LIVE, "blocked", "waiting_for_you"),
        (DEAD, LIVE, "blocked", "waiting_for_you"),
        ({"action": "nothing", "reason": "revoking", "stage": "revoking"}, LIVE, "revoking", "waiting_for_ca"),
    ],
)
def test_state_of_a_certificate_follows_its_plan(
    plan: dict[str, t.Any], live: dict[str, t.Any] | None, state: str, urgency: str
) -> None:
    found = row(host(plan, live))

    assert (found["state"], found["urgency"]) == (state, urgency)


@pytest.mark.parametrize(
    ("plan", "live", "state"),
    [
        ({"action": "reissue", "reason": "key_lost"}, {"key_matches": False}, "key_lost"),
        (REVIEW, {"key_matches": False}, "key_lost"),
        (PAY, {"not_after": "2026-11-24T15:31:09Z"}, "expired"),
        ({"action": "renew", "reason": "expired"}, {"not_after": "2026-11-24T15:31:09Z"}, "expired"),
        ({**DEAD, "status": "revoked"}, {}, "revoked"),
        ({"action": "order", "reason": "revoked", "order_id": None}, {}, "revoked"),
        ({"action": "resume", "reason": "files_damaged"}, {"damaged": ["chain.pem"]}, "files_damaged"),
        (DEAD, None, "nothing_live"),
    ],
)
def test_unusable_certificate_is_broken_under_any_plan(
    plan: dict[str, t.Any], live: dict[str, t.Any] | None, state: str
) -> None:
    found = row(host(plan, {**LIVE, **live} if live is not None else None))

    assert (found["state"], found["urgency"]) == (state, "broken")


def test_nothing_live_after_a_certificate_was_live_is_broken() -> None:
    gone = host({"action": "reissue", "reason": "key_lost"})
    gone["deployments"][0]["live"] = None
    first = host({"action": "order", "stage": None}, None, result={"alarm": "failure", "error_code": "nothing_live"})

    assert (row(gone)["state"], row(first)["state"]) == ("nothing_live", "nothing_live")
    assert row(host(REVIEW, None))["state"] == "waiting_for_ca"


def test_a_record_that_cannot_be_read_is_a_damaged_file() -> None:
    damaged = host({"action": "blocked", "reason": "record_unreadable", "stage": None})
    damaged["deployments"] = [{"error_code": "record_unreadable", "msg": "record.json is not JSON.", "record": None}]
    away = host({"action": "blocked", "reason": "host_unreadable", "stage": None})
    away["deployments"] = [{"error_code": "host_unreadable", "msg": "Permission denied."}]

    assert (row(damaged)["state"], row(away)["state"]) == ("files_damaged", "blocked")


def test_key_on_a_ukey_or_dead_pending_order_is_not_broken() -> None:
    ukey = {"storage": "ukey"}
    assert row(host(ukey, {**LIVE, "key_matches": False}))["state"] == "valid"
    # The status is that of the pending order.
    assert row(host({**DEAD, "status": "revoked"}, pending=dict(PENDING)))["state"] == "blocked"


@pytest.mark.parametrize(
    ("end", "urgency"),
    [
        ("2026-12-01T15:31:09Z", "ends_in_7_days"),
        ("2026-12-02T15:31:09Z", "ends_in_30_days"),
        ("2026-12-24T15:31:09Z", "ends_in_30_days"),
        ("2026-12-25T15:31:09Z", "waiting_for_you"),
    ],
)
def test_a_certificate_that_ends_soon_comes_before_one_that_waits(end: str, urgency: str) -> None:
    assert row(host(PAY, {**LIVE, "not_after": end}))["urgency"] == urgency


def test_failure_is_never_in_the_group_of_the_next_run() -> None:
    soon = {"result": "unchanged", "alarm": "failure", "error_code": "expires_soon"}

    assert row(host({"action": "renew"}, result=soon))["urgency"] == "waiting_for_you"
    assert row(host({"action": "renew"}, result={**soon, "alarm": "warning"}))["urgency"] == "next_run"


RUN = "ansible-playbook wotrus.pki."


@pytest.mark.parametrize(
    ("plan", "command"),
    [
        ({}, None),
        ({"action": "renew"}, f"{RUN}renew --limit signer1"),
        (PAY, RUN + """renew --limit signer1 -e '{"wotrus_actions": ["resume"]}'"""),
        ({"action": "order", "stage": None}, f"{RUN}issue --limit signer1"),
        ({"action": "reissue"}, RUN + """reissue --limit signer1 -e '{"wotrus_reissue": ["contracts"]}'"""),
        (
            {"action": "blocked", "reason": "key_mismatch"},
            RUN + """reissue --limit signer1 -e '{"wotrus_reissue": ["contracts"]}'""",
        ),
        (DEAD, f"{RUN}status --limit signer1"),
        ({**DEAD, "status": "rejected"}, f'{RUN}issue --limit signer1 -e \'{{"wotrus_replace_orders": ["{ORDER}"]}}\''),
        ({**DEAD, "status": "rejected", "order_id": "'; rm -rf /"}, f"{RUN}status --limit signer1"),
        ({"action": "reissue", "name": "a'; b"}, None),
        ({"action": "blocked", "reason": "host_unreadable"}, f"{RUN}status --limit signer1"),
        ({"reason": "revoking", "stage": "revoking"}, f"{RUN}status --limit signer1"),
    ],
)
def test_each_certificate_has_the_command_that_fixes_it(plan: dict[str, t.Any], command: str | None) -> None:
    assert row(host(plan))["command"] == command


@pytest.mark.parametrize(("status", "playbook"), [("closed", "status"), ("rejected", "issue")])
def test_no_command_places_an_order_if_a_free_reissue_may_exist(status: str, playbook: str) -> None:
    lost_disk = host({**DEAD, "status": status}, None)

    assert row(lost_disk)["command"].startswith(f"{RUN}{playbook} --limit signer1")


@pytest.mark.parametrize("name", ["a b", "$(id)", "all:!x", "-x", "@file", "a,b", "*", "x'y", ""])
def test_no_command_has_a_host_that_is_unsafe_in_a_shell_or_pattern(name: str) -> None:
    report = report_data.report_data(
        [
            {**host({"action": "renew"}), "host": name},
            {"host": name, "error": {"error_code": "unreachable"}, "names": ["contracts"]},
        ],
        now=NOW,
    )

    assert {one["command"] for one in report["certificates"] + report["hosts"]} == {None}


def test_host_that_was_not_read_has_a_command() -> None:
    away = {"host": "signer2", "error": {"error_code": "unreachable"}, "names": ["contracts"]}
    report = report_data.report_data([host({"action": "renew"}), away], now=NOW)

    assert [one["command"] for one in report["certificates"]] == [
        "ansible-playbook wotrus.pki.status --limit signer2",
        "ansible-playbook wotrus.pki.renew --limit signer1",
    ]
    assert [one["command"] for one in report["hosts"]] == [
        None,
        "ansible-playbook wotrus.pki.status --limit signer2",
    ]


def test_the_words_of_the_results_are_those_of_the_report() -> None:
    waiting = {
        "result": "waiting",
        "alarm": "warning",
        "error_code": "waiting_too_long",
        "waiting_for": "ca",
        "waiting_since": "2026-11-10T00:00:00Z",
        "next_step": "Run again later.",
    }
    plan = {
        "action": "resume",
        "reason": "pending_review",
        "stage": "waiting_on_ca",
        "pending_link": "https://a.example/",
    }
    report = report_data.report_data([host(plan, result=waiting)], now=NOW)
    found = report["certificates"][0]

    assert {name: found[name] for name in waiting} == waiting
    assert (found["order_id"], found["root_order_id"], found["expires"]) == (ORDER, ROOT, "2027-01-01T00:00:00Z")
    assert {name: report["summary"][name] for name in ("results", "waiting_for_ca", "failing", "warnings")} == {
        "results": {"waiting": 1},
        "waiting_for_ca": 1,
        "failing": 0,
        "warnings": 1,
    }
    metrics = report_text(report, "prometheus")
    for name in ("result", "alarm", "waiting_for"):
        assert f'wotrus_certificate_{name}{{host="signer1",name="contracts",{name}="{waiting[name]}"}} 1' in metrics
    assert f'root_order_id="{ROOT}"' in metrics


def test_root_of_an_order_is_in_the_report_without_the_api() -> None:
    found = host()
    found.update(plans=(), results=(), error={"error_code": "unavailable", "msg": "no answer"})

    assert row(found)["root_order_id"] == ROOT


@pytest.mark.parametrize(
    "answer",
    [
        "nothing",
        [None, 1, "a"],
        [{"path": [], "live": [], "record": {"version": 1}}],
        [{"record": {"version": 1, "superseded": [{"order_id": ["a"], "release": 1}]}}],
        [{"record": {"version": 1, "live": {"release": "1", "definition": {"subject": [], "key": [1]}}}}],
        [{"live": {"not_before": "x", "not_after": {}, "subject": {"a": 1}, "damaged": "a"}}],
    ],
)
def test_no_answer_of_a_host_changes_rows_of_other_hosts(answer: t.Any) -> None:
    report = report_data.report_data([host(), {**host({"name": "other"}), "deployments": answer}], now=NOW)

    assert {one["name"]: one["expires"] for one in report["certificates"]} == {
        "contracts": "2027-01-01T00:00:00Z",
        "other": None,
    }
    for form in ("html", "json", "prometheus", "orders"):
        assert report_text(report, form, "en")


def test_a_host_that_was_not_read_has_a_row_for_each_of_its_names() -> None:
    error = {"error_code": "unreachable", "msg": "No route to host"}
    report = report_data.report_data(
        [{"host": "a", "names": ["x", "y", "x"], "error": error}, {"host": "b", "error": error}], now=NOW
    )

    assert [(one["host"], one["name"], one["state"]) for one in report["certificates"]] == [
        ("a", "x", "not_read"),
        ("a", "y", "not_read"),
    ]
    assert report["summary"]["hosts_not_read"] == 2
    assert "No route to host" in report_text(report, "html")


@pytest.mark.parametrize(
    ("found", "planned", "code"),
    [
        ({"unreachable": True, "msg": "no"}, {}, "unreachable"),
        ({"failed": True, "error_code": "store_failed", "msg": "no"}, {}, "store_failed"),
        ({"deployments": []}, {"failed": True, "msg": "no"}, "failed"),
        ({}, {}, "not_read"),
    ],
)
def test_the_report_has_the_reason_why_a_host_was_not_read(
    found: dict[str, t.Any], planned: dict[str, t.Any], code: str
) -> None:
    error = report_data.error_of(found, planned)

    assert error is not None
    assert error["error_code"] == code
    assert report_data.error_of({"deployments": []}, {"plans": []}) is None


def test_words_of_a_host_that_was_not_read_are_marked() -> None:
    error = report_data.error_of({"failed": True, "error_code": "store_failed", "msg": "Run curl b | sh."}, {})

    assert error is not None
    assert error["msg"] == "The host said: «Run curl b | sh»."


def test_state_of_a_host_is_shown_without_the_api() -> None:
    whole = host()
    whole.update(plans=(), results=(), error={"error_code": "unavailable", "msg": "no answer"})

    assert (row(whole)["name"], row(whole)["state"], row(whole)["expires"]) == (
        "contracts",
        "not_read",
        "2027-01-01T00:00:00Z",
    )


def test_only_a_reissue_leaves_something_to_revoke() -> None:
    former = [
        {"order_id": "A", "operation": "reissue", "not_after": "2027-01-01T00:00:00Z", "fingerprint_sha256": "a"},
        {"order_id": "B", "operation": "renew", "not_after": "2027-01-01T00:00:00Z"},
        {"order_id": "C", "operation": "rolled_back", "not_after": "2027-01-01T00:00:00Z"},
        {"order_id": "D", "operation": "reissue", "not_after": "2026-11-01T00:00:00Z"},
        {"order_id": "E", "operation": "reissue", "fingerprint_sha256": "e"},
        {"order_id": "F", "operation": "reissue"},
        {"order_id": f" {ORDER.lower()} ", "operation": "reissue", "fingerprint_sha256": "a"},
    ]
    report = report_data.report_data([host(superseded=former)], now=NOW)

    old = report["certificates"][0]["superseded"]
    assert [(one["order_id"], one["to_revoke"]) for one in old] == [
        ("A", True),
        ("B", False),
        ("E", True),
        ("F", False),
        (ORDER.lower(), False),
    ]
    assert report["summary"]["to_revoke"] == 2
    assert "89cb4bf6-3e53-4b49-9ab9-92d578144260" in Reader(report_text(report, "html")).text


def test_the_time_of_the_ca_counts_if_it_is_known() -> None:
    late = host({"planned_at": "2026-12-31T00:00:00Z"})

    assert report_data.report_data([host(), late], now=NOW)["as_of"] == "2026-12-31T00:00:00Z"
    assert row(late)["days_left"] == 1.0
    assert row(host())["days_left"] == 37.4


def test_times_of_any_zone_are_in_utc() -> None:
    live = {**LIVE, "not_after": "2027-01-01T07:30:00+08:00"}
    now = NOW.astimezone(dt.timezone(dt.timedelta(hours=-11)))

    assert row(host(live=live))["expires"] == "2026-12-31T23:30:00Z"
    assert report_data.report_data([host(live=live)], now=now)["generated_at"] == "2026-11-24T15:31:09Z"


def test_the_digest_leaves_out_what_time_alone_changes() -> None:
    report = report_data.report_data([host()], now=NOW)
    later = report_data.report_data([host({"msg": "other words"})], now=NOW + dt.timedelta(days=2))
    changed = report_data.report_data([host({"action": "renew", "reason": "expiring"})], now=NOW)

    for form in ("html", "json", "prometheus"):
        text = report_text(report, form)
        assert not report_differs(report_text(later, form), text)
        assert report_differs(report_text(changed, form), text)
        assert report_differs(text, "")
    assert report_differs(report_text(report, "html", "zh"), report_text(report, "html"))


def test_the_order_is_broken_then_ending_then_waiting_for_you_then_for_the_ca() -> None:
    dates = {"ends_in_20": "2026-12-14", "ends_in_5": "2026-11-29", "expired": "2026-11-01", "valid": "2027-03-01"}
    hosts = [host({"name": name}, {**LIVE, "not_after": f"{end}T00:00:00Z"}) for name, end in dates.items()]
    hosts.append(host({"name": "none", "action": "order", "stage": None, "order_id": None}, None))
    for name, since in (("review_since_20", "2026-11-20"), ("review_since_10", "2026-11-10")):
        hosts.append(host({**REVIEW, "name": name}, result={"waiting_since": f"{since}T00:00:00Z"}))
    warned = {"alarm": "warning", "error_code": "waiting_too_long", "waiting_since": "2026-11-22T00:00:00Z"}
    hosts.append(host({**REVIEW, "name": "review_warned"}, result=warned))
    hosts.append(host({**PAY, "name": "pay"}))
    hosts.append(host({**DEAD, "name": "closed"}))
    hosts.append(
        host(
            {"name": "key_lost"}, {**LIVE, "key_matches": False}, result={"alarm": "failure", "error_code": "key_lost"}
        )
    )

    report = report_data.report_data(hosts, now=NOW)
    in_table = report_text(report, "html").split('class="fleet"')[1]

    names = [one["name"] for one in report["certificates"]]
    assert names == [
        *("key_lost", "expired", "ends_in_5", "ends_in_20", "closed", "pay"),
        *("review_warned", "review_since_10", "review_since_20", "none", "valid"),
    ]
    assert re.findall(r"<strong dir=\"auto\">(\w+)</strong>", in_table) == names
    assert [one["waiting_days"] for one in report["certificates"] if one["waiting_since"]] == [2.6, 14.6, 4.6]


def test_text_from_outside_stays_text() -> None:
    plan = dict.fromkeys(("name", "msg", "next_step", "reason", "order_id", "status"), HOSTILE)
    whole = host({**plan, "action": "resume", "stage": "waiting_on_you", "pending_link": "javascript:alert(1)"})
    whole["host"] = HOSTILE
    report = report_data.report_data([whole], now=NOW)
    text = report_text(report, "html")
    seen = Reader(text)

    assert text.encode("utf-8")
    assert [one.get("type") for one in seen.all("script")] == ["application/json", None]
    assert seen.all("img") == []
    assert {one["href"][:1] for one in seen.all("a") if one["href"]} == {"#"}
    assert "</script><script>alert(1)</script>\"'&" in seen.text
    assert not {"\u202e", "\x00"} & set(text)
    for line in report_text(report, "prometheus").splitlines():
        assert re.fullmatch(r'#.*|\w+(\{(\w+="([^"\\\n]|\\.)*",?)*\})? -?[0-9.e+-]+', line), line
    assert json.loads(report_text(report, "json"))["certificates"][0]["pending_link"] is None


def test_long_text_is_cut() -> None:
    assert len(clean("x" * 10_000) or "") == 500
    assert clean("  a\r\n\tb ") == "a b"


def test_the_page_may_load_and_run_nothing_but_its_own() -> None:
    seen = Reader(report_text(report_data.report_data([host()], now=NOW), "html"))
    text = report_text(report_data.report_data([host()], now=NOW), "html")
    (policy,) = [one["content"] or "" for one in seen.all("meta") if one.get("http-equiv")]

    def allowed(tag: str) -> str:
        (own,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        return base64.b64encode(hashlib.sha256(own.encode("utf-8")).digest()).decode("ascii")

    assert policy.startswith("default-src 'none'; ")
    assert f"style-src 'sha256-{allowed('style')}'" in policy
    assert f"script-src 'sha256-{allowed('script')}'" in policy
    assert "unsafe" not in policy
    assert not [name for name, attributes in seen.elements if "style" in attributes or "src" in attributes]
    assert not [name for _tag, attributes in seen.elements for name in attributes if name.startswith("on")]


@pytest.mark.parametrize(("language", "heading"), [("en", "WoTrus certificates"), ("zh", "沃通证书")])
def test_the_page_without_its_script_is_in_a_language(language: str, heading: str) -> None:
    text = report_text(report_data.report_data([host()], now=NOW), "html", language=language)

    assert heading in text.split("<h1", 1)[1].split("</h1>")[0]
    assert f'<html lang="{"zh-CN" if language == "zh" else "en"}"' in text


def test_the_page_has_its_words_in_both_languages() -> None:
    text = report_text(report_data.report_data([host()], now=NOW), "html", language="en")

    words = json.loads(text.split('id="words">')[1].split("</script>")[0])
    english = set(map(html.unescape, re.findall(r'data-t(?:-\w+)?="([^"]+)"', text)))
    assert words["en"] == {}
    assert len(english) > 30
    assert set(words["zh"]) == english & set(translations("zh"))


def test_the_filter_documents_each_field_of_the_json_and_its_type() -> None:
    former = {"release": "0", "order_id": ROOT, "operation": "reissue"}
    order = {"id": ROOT, "created_at": "2026-11-10T00:00:00Z"}
    one = {**host(superseded=[former]), "orders": [order], "unlisted": [UNLISTED]}
    report = report_data.report_data([one], now=NOW)
    documentation = yaml.safe_load((PLUGINS / "filter" / "report.yml").read_text(encoding="utf-8"))
    kinds = {"int": int, "float": float, "bool": bool, "list": list, "dict": dict, "str": str}
    compared = []

    def compare(title: str, values: t.Any, documented: dict[str, t.Any]) -> None:
        assert documented.keys() == values.keys(), title
        types = {name: (kinds[details["type"]], type(None)) for name, details in documented.items()}
        assert [name for name, value in values.items() if not isinstance(value, types[name])] == [], title
        compared.append(title)
        for name, details in documented.items():
            if "contains" in details:
                compare(name, values[name][0] if details["type"] == "list" else values[name], details["contains"])

    compare("report", report, documentation["RETURN"]["_value"]["contains"])

    assert len(compared) == 8


def test_empty_fleet_and_unusual_data_make_a_report() -> None:
    empty = report_data.report_data([], now=NOW)
    odd = host(live={**LIVE, "key_matches": False})

    assert "There are no certificates." in report_text(empty, "html")
    assert ">Key lost</span>" in report_text(report_data.report_data([odd], now=NOW), "html")


def test_values_of_ansible_are_written_as_plain_data() -> None:
    report = report_data.report_data([host()], now=NOW)

    class Text(str):
        """A string with a mark of where it came from."""

    marked = copy.deepcopy(report)
    marked["certificates"][0]["name"] = Text("contracts")

    assert report_text(marked, "json") == report_text(report, "json")


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ({"type": "RSA", "size": 3072, "storage": "host"}, "RSA 3072"),
        ({"type": "ECC", "curve": "P-256", "storage": "pkcs11", "device": "signing"}, "ECC P-256 PKCS#11"),
        ({"storage": "external"}, "external"),
        ({"storage": "ukey"}, "UKey"),
    ],
)
def test_report_shows_where_a_key_is(key: dict[str, object], words: str) -> None:
    assert report_data._key_words(key) == words


def test_home_of_the_key_is_in_the_report_and_on_its_page() -> None:
    one = host()
    evidence = {"never_extractable": True, "model": "Luna\u202e K7 <b>", "local": False}
    files = {"attestation": {"sha256": "0f" * 32}}
    one["deployments"][0]["record"]["live"].update(key_evidence=evidence, files=files)

    report = report_data.report_data([one], now=NOW)

    expected = {"model": "Luna K7 <b>", "local": False, "never_extractable": True, "attestation_sha256": "0f" * 32}
    assert report["certificates"][0]["key_evidence"] == expected
    page = report_text(report, "html")
    for text in ("The host says of the key:", "Luna K7 &lt;b&gt;", ">made there<", ">never extractable<", "0f" * 32):
        assert text in page
    assert row(host())["key_evidence"] is None


@pytest.mark.parametrize("evidence", [{"made_by": "x"}, {"model": 7}, {"model": "x" * 400}, ["local"]], ids=repr)
def test_unknown_evidence_of_a_host_is_not_read(evidence: object) -> None:
    one = host()
    one["deployments"][0]["record"]["live"]["key_evidence"] = evidence

    assert row(one)["error_code"] == "record_unreadable"


def test_hosts_are_in_one_order_whichever_is_read_first() -> None:
    hosts = [host(), {**host(), "host": "another"}]

    first, second = (report_data.report_data(order, now=NOW) for order in (hosts, hosts[::-1]))

    assert first["hosts"] == second["hosts"]
    assert first["digest"] == second["digest"]
