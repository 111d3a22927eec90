# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of a fleet: how a certificate stands, who has to act, and that text from elsewhere stays text."""

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

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._report import forms, page, report_data, translations
from ansible_collections.wotrus.pki.plugins.module_utils._report.certificate_state import group_of
from ansible_collections.wotrus.pki.plugins.module_utils._report.text import clean, safe_link

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


def acts(found: t.Mapping[str, t.Any]) -> str | None:
    """Return who has to act."""
    group = group_of(found)
    return group.value if group else None


class Reader(html.parser.HTMLParser):
    """Collects what a page has: elements with their attributes, and the text that is not markup."""

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


@pytest.mark.parametrize(
    ("plan", "live", "state", "group"),
    [
        ({}, LIVE, "valid", None),
        ({"action": "renew", "reason": "expiring"}, LIVE, "due", "run"),
        ({"action": "reissue", "reason": "requested"}, LIVE, "due", "run"),
        ({"reload_pending": True}, LIVE, "due", "run"),
        ({"action": "resume", "reason": "issued"}, None, "due", "run"),
        ({"action": "order", "reason": "not_ordered", "stage": None}, None, "not_ordered", "run"),
        ({"action": "resume", "reason": "pending_review", "stage": "waiting_on_ca"}, None, "waiting_for_ca", "ca"),
        ({"action": "resume", "reason": "pending_payment", "stage": "waiting_on_you"}, LIVE, "waiting_for_you", "you"),
        ({"action": "resume", "reason": "unknown_status", "stage": "unknown"}, LIVE, "blocked", "you"),
        ({"action": "blocked", "reason": "closed", "stage": "dead"}, LIVE, "blocked", "alarm"),
        ({"action": "nothing", "reason": "revoking", "stage": "revoking"}, LIVE, "revoking", "ca"),
    ],
)
def test_a_certificate_stands_as_its_plan_says(
    plan: dict[str, t.Any], live: dict[str, t.Any] | None, state: str, group: str | None
) -> None:
    found = row(host(plan, live))

    assert (found["state"], acts(found)) == (state, group)


def test_an_expired_certificate_is_an_alarm_whatever_is_planned_for_it() -> None:
    ended = {**LIVE, "not_after": "2026-11-24T15:31:09Z"}
    pay = {"action": "resume", "reason": "pending_payment", "stage": "waiting_on_you"}

    assert row(host(live=ended))["days_left"] == 0
    found = row(host(pay, ended))
    assert (found["state"], found["waiting_for"], acts(found)) == ("expired", "you", "alarm")
    assert acts(row(host({"action": "renew", "reason": "expired"}, ended))) == "alarm"


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
    metrics = forms.text(report, "prometheus")
    for name in ("result", "alarm", "waiting_for"):
        assert f'wotrus_certificate_{name}{{host="signer1",name="contracts",{name}="{waiting[name]}"}} 1' in metrics
    assert f'root_order_id="{ROOT}"' in metrics


def test_the_root_of_an_order_is_in_the_report_where_the_api_was_not_reached() -> None:
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
def test_no_answer_of_a_host_spoils_the_report_on_the_others(answer: t.Any) -> None:
    report = report_data.report_data([host(), {**host({"name": "other"}), "deployments": answer}], now=NOW)

    assert {one["name"] for one in report["certificates"]} == {"contracts", "other"}
    assert report["certificates"][0]["expires"] == "2027-01-01T00:00:00Z"
    for form in ("html", "json", "prometheus"):
        assert forms.text(report, form)


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
    assert "No route to host" in forms.text(report, "html")


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


def test_what_was_found_is_shown_where_the_api_was_not_reached() -> None:
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
    assert "89cb4bf6-3e53-4b49-9ab9-92d578144260" in Reader(forms.text(report, "html")).text


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
        text = forms.text(report, form)
        assert not forms.differs(forms.text(later, form), text)
        assert forms.differs(forms.text(changed, form), text)
        assert forms.differs(text, "")
    assert forms.differs(forms.text(report, "html", title="Ours"), forms.text(report, "html"))


def test_alarms_come_first_then_warnings_then_the_most_urgent_state() -> None:
    dates = {"c": "2027-03-01", "a": "2026-12-01", "b": "2026-11-01"}
    hosts = [host({"name": name}, {**LIVE, "not_after": f"{end}T00:00:00Z"}) for name, end in dates.items()]
    hosts.append(host({"name": "none", "action": "order", "stage": None}, None))
    hosts.append(host({"name": "warned"}, result={"alarm": "warning", "error_code": "waiting_too_long"}))
    hosts.append(host({"name": "alarmed"}, result={"alarm": "failure", "error_code": "key_lost"}))
    hosts.append(host({"name": "held", "action": "blocked", "reason": "order_dead", "stage": "dead"}))

    report = report_data.report_data(hosts, now=NOW)
    text = forms.text(report, "html").split('class="fleet"')[1]

    assert re.findall(r"<strong dir=\"auto\">(\w+)</strong>", text)[:7] == [
        "held",
        "alarmed",
        "warned",
        "b",
        "none",
        "a",
        "c",
    ]
    assert report["certificates"][0]["name"] == "held"


def test_text_of_others_stays_text() -> None:
    plan = dict.fromkeys(("name", "msg", "next_step", "reason", "order_id", "status"), HOSTILE)
    whole = host({**plan, "action": "resume", "stage": "waiting_on_you", "pending_link": "javascript:alert(1)"})
    whole["host"] = HOSTILE
    report = report_data.report_data([whole], now=NOW)
    text = forms.text(report, "html", title=HOSTILE, css="a::after { content: '</style><img>' }")
    seen = Reader(text)

    assert text.encode("utf-8")
    assert [one.get("type") for one in seen.all("script")] == ["application/json", None]
    assert seen.all("img") == []
    assert {one["href"][:1] for one in seen.all("a") if one["href"]} == {"#"}
    assert "</script><script>alert(1)</script>\"'&" in seen.text
    assert not {"\u202e", "\x00"} & set(text)
    for line in forms.text(report, "prometheus").splitlines():
        assert re.fullmatch(r'#.*|\w+(\{(\w+="([^"\\\n]|\\.)*",?)*\})? -?[0-9.e+-]+', line), line
    assert json.loads(forms.text(report, "json"))["certificates"][0]["pending_link"] is None


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("https://buy.example.com/a?b=1&c=2", "https://buy.example.com/a?b=1&c=2"),
        ("HTTP://example.com/", "HTTP://example.com/"),
        ("javascript:alert(1)", None),
        ("java\nscript:alert(1)", None),
        ("data:text/html,x", None),
        ("//example.com/", None),
        ("https:///path", None),
        ("https://[", None),
        ("https://example.com/a b", None),
        ("", None),
        (None, None),
    ],
)
def test_only_addresses_of_web_pages_are_links(address: str | None, link: str | None) -> None:
    assert safe_link(address) == link


def test_long_text_is_cut() -> None:
    assert len(clean("x" * 10_000) or "") == 500
    assert clean("  a\r\n\tb ") == "a b"


def test_the_page_may_load_and_run_nothing_but_its_own() -> None:
    seen = Reader(forms.text(report_data.report_data([host()], now=NOW), "html", css="h1 { color: teal }"))
    text = forms.text(report_data.report_data([host()], now=NOW), "html", css="h1 { color: teal }")
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


@pytest.mark.parametrize(
    ("language", "heading"), [("en", "WoTrus certificates"), ("zh", "沃通证书"), ("auto", "WoTrus")]
)
def test_the_page_opens_in_a_language(language: str, heading: str) -> None:
    text = forms.text(report_data.report_data([host()], now=NOW), "html", language=language)

    assert heading in text.split("<h1", 1)[1].split("</h1>")[0]
    assert f'<html lang="{"zh-CN" if language == "zh" else "en"}"' in text


def test_every_word_of_the_page_is_there_in_both_languages() -> None:
    script = page._own("page.js")
    for key, (english, chinese) in translations.WORDS.items():
        assert english.strip(), key
        assert chinese.strip(), key
        assert set(re.findall(r"\{\w+\}", english)) == set(re.findall(r"\{\w+\}", chinese)), key
    used = set(re.findall(r"say\([^,]+, '(\w+)'", script))
    assert used
    assert used <= set(translations.WORDS)


def test_an_empty_fleet_and_odd_data_make_a_report_too() -> None:
    empty = report_data.report_data([], now=NOW)
    odd = host(live={**LIVE, "key_matches": False})

    assert "There are no certificates." in forms.text(empty, "html")
    assert "the key is gone" in forms.text(report_data.report_data([odd], now=NOW), "html")


def test_what_ansible_hands_over_is_written_as_plain_data() -> None:
    report = report_data.report_data([host()], now=NOW)

    class Text(str):
        """A string with a mark of where it came from."""

    marked = copy.deepcopy(report)
    marked["certificates"][0]["name"] = Text("contracts")

    assert forms.text(marked, "json") == forms.text(report, "json")


@pytest.mark.parametrize("options", [{"form": "pdf"}, {"form": "html", "language": "fr"}])
def test_an_unknown_form_or_language_is_an_error(options: dict[str, str]) -> None:
    with pytest.raises(InvalidInput, match=r"not '(pdf|fr)'"):
        forms.text(report_data.report_data([], now=NOW), **options)
