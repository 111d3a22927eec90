# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of a fleet: how a certificate stands, who has to act, and what becomes of the text of others."""

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
from ansible_collections.wotrus.pki.plugins.module_utils._report import fleet, forms, page, words
from ansible_collections.wotrus.pki.plugins.module_utils._report.text import clean, safe_link

NOW = dt.datetime(2026, 11, 24, 15, 31, 9, tzinfo=dt.timezone.utc)
ORDER = "89CB4BF6-3E53-4B49-9AB9-92D578144260"
LIVE = types.MappingProxyType(
    {"not_before": "2026-01-01T00:00:00Z", "not_after": "2027-01-01T00:00:00Z", "key_matches": True}
)
VALID = types.MappingProxyType(
    {"name": "contracts", "action": "nothing", "reason": "valid", "stage": "issued", "order_id": ORDER}
)
HOSTILE = "</script><script>alert(1)</script>\"'&\u202e\x00\ud800"


def host(
    plan: t.Mapping[str, t.Any] = VALID,
    live: t.Mapping[str, t.Any] | None = LIVE,
    *,
    superseded: t.Sequence[t.Mapping[str, t.Any]] = (),
    **more: t.Any,
) -> dict[str, t.Any]:
    """Return a host with one certificate."""
    record = {"live": {"order_id": ORDER} if live else None, "superseded": superseded}
    state = {"path": "/etc/ssl/wotrus/contracts", "live": live, "record": record}
    return {"host": "signer1", "deployments": [state], "plans": [{**VALID, **plan}], **more}


def row(*hosts: dict[str, t.Any], now: dt.datetime = NOW) -> dict[str, t.Any]:
    """Return the first certificate of a report."""
    return dict(fleet.fleet(hosts, now=now)["certificates"][0])


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
    ("plan", "live", "state", "waits_for"),
    [
        ({}, LIVE, "valid", None),
        ({"action": "renew", "reason": "expiring"}, LIVE, "due", "run"),
        ({"action": "reissue", "reason": "requested"}, LIVE, "due", "run"),
        ({"reload_owed": True}, LIVE, "due", "run"),
        ({"action": "resume", "reason": "issued"}, None, "due", "run"),
        ({"action": "order", "reason": "not_ordered", "stage": None}, None, "not_ordered", "run"),
        ({"action": "resume", "reason": "pending_review", "stage": "waiting_on_ca"}, None, "waiting_on_ca", "ca"),
        ({"action": "resume", "reason": "pending_payment", "stage": "waiting_on_you"}, LIVE, "waiting_on_you", "you"),
        ({"action": "resume", "reason": "unknown_status", "stage": "unknown"}, LIVE, "blocked", "you"),
        ({"action": "blocked", "reason": "closed", "stage": "dead"}, LIVE, "blocked", "you"),
        ({"action": "nothing", "reason": "revoking", "stage": "revoking"}, LIVE, "revoking", "ca"),
    ],
)
def test_a_certificate_stands_as_its_plan_says(
    plan: dict[str, t.Any], live: dict[str, t.Any] | None, state: str, waits_for: str | None
) -> None:
    found = row(host(plan, live))

    assert (found["state"], found["waits_for"]) == (state, waits_for)


def test_an_expired_certificate_is_that_first_and_waits_for_whom_its_plan_says() -> None:
    ended = {**LIVE, "not_after": "2026-11-24T15:31:09Z"}
    pay = {"action": "resume", "reason": "pending_payment", "stage": "waiting_on_you"}

    assert row(host(live=ended))["days_left"] == 0
    assert (row(host(pay, ended))["state"], row(host(pay, ended))["waits_for"]) == ("expired", "you")
    assert row(host({"action": "renew", "reason": "expired"}, ended))["waits_for"] == "run"


def test_a_host_that_was_not_read_has_a_row_for_each_of_its_names() -> None:
    error = {"error_code": "unreachable", "msg": "No route to host"}
    report = fleet.fleet(
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
        ({}, {}, "not_looked_at"),
    ],
)
def test_why_a_host_was_not_read_is_told(found: dict[str, t.Any], planned: dict[str, t.Any], code: str) -> None:
    error = fleet.error_of(found, planned)

    assert error is not None
    assert error["error_code"] == code
    assert fleet.error_of({"deployments": []}, {"plans": []}) is None


def test_what_was_found_is_shown_where_the_api_was_not_reached() -> None:
    whole = host()
    whole.update(plans=(), error={"error_code": "unavailable", "msg": "no answer"})

    assert (row(whole)["name"], row(whole)["state"], row(whole)["not_after"]) == (
        "contracts",
        "not_read",
        "2027-01-01T00:00:00Z",
    )


def test_only_a_reissue_leaves_something_to_retire() -> None:
    former = [
        {"order_id": "A", "operation": "reissue", "not_after": "2027-01-01T00:00:00Z"},
        {"order_id": "B", "operation": "renew", "not_after": "2027-01-01T00:00:00Z"},
        {"order_id": "C", "operation": "rolled_back", "not_after": "2027-01-01T00:00:00Z"},
        {"order_id": "D", "operation": "reissue", "not_after": "2026-11-01T00:00:00Z"},
        {"order_id": "E", "operation": "reissue"},
        {"order_id": f" {ORDER.lower()} ", "operation": "reissue", "not_after": "2027-01-01T00:00:00Z"},
    ]
    report = fleet.fleet([host(superseded=former)], now=NOW)

    old = report["certificates"][0]["superseded"]
    assert [(one["order_id"], one["to_retire"]) for one in old] == [
        ("A", True),
        ("B", False),
        ("E", True),
        (ORDER.lower(), False),
    ]
    assert report["summary"]["to_retire"] == 2
    assert "89cb4bf6-3e53-4b49-9ab9-92d578144260" in Reader(forms.text(report, "html")).text


def test_the_clock_of_the_ca_counts_where_it_was_heard() -> None:
    late = host({"planned_at": "2026-12-31T00:00:00Z"})

    assert fleet.fleet([host(), late], now=NOW)["as_of"] == "2026-12-31T00:00:00Z"
    assert row(late)["days_left"] == 1.0
    assert row(host())["days_left"] == 37.4


def test_times_of_any_zone_are_in_utc() -> None:
    live = {**LIVE, "not_after": "2027-01-01T07:30:00+08:00"}
    now = NOW.astimezone(dt.timezone(dt.timedelta(hours=-11)))

    assert row(host(live=live))["not_after"] == "2026-12-31T23:30:00Z"
    assert fleet.fleet([host(live=live)], now=now)["generated_at"] == "2026-11-24T15:31:09Z"


def test_the_digest_is_that_of_what_lasts() -> None:
    report = fleet.fleet([host()], now=NOW)
    later = fleet.fleet([host({"msg": "other words"})], now=NOW + dt.timedelta(days=2))
    changed = fleet.fleet([host({"action": "renew", "reason": "expiring"})], now=NOW)

    for form in ("html", "json", "prometheus"):
        text = forms.text(report, form)
        assert not forms.differs(forms.text(later, form), text)
        assert forms.differs(forms.text(changed, form), text)
        assert forms.differs(text, "")
    assert forms.differs(forms.text(report, "html", title="Ours"), forms.text(report, "html"))


def test_the_table_begins_with_what_ends_first() -> None:
    dates = {"c": "2027-03-01", "a": "2026-12-01", "b": "2026-11-01"}
    hosts = [host({"name": name}, {**LIVE, "not_after": f"{end}T00:00:00Z"}) for name, end in dates.items()]
    hosts.append(host({"name": "none", "action": "order", "stage": None}, None))

    text = forms.text(fleet.fleet(hosts, now=NOW), "html").split('class="fleet"')[1]

    assert re.findall(r"<strong dir=\"auto\">(\w+)</strong>", text)[:4] == ["b", "a", "c", "none"]


def test_text_of_others_stays_text() -> None:
    plan = dict.fromkeys(("name", "msg", "next_action", "reason", "order_id", "status"), HOSTILE)
    whole = host({**plan, "action": "resume", "stage": "waiting_on_you", "pending_link": "javascript:alert(1)"})
    whole["host"] = HOSTILE
    report = fleet.fleet([whole], now=NOW)
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
    seen = Reader(forms.text(fleet.fleet([host()], now=NOW), "html", css="h1 { color: teal }"))
    text = forms.text(fleet.fleet([host()], now=NOW), "html", css="h1 { color: teal }")
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
    text = forms.text(fleet.fleet([host()], now=NOW), "html", language=language)

    assert heading in text.split("<h1", 1)[1].split("</h1>")[0]
    assert f'<html lang="{"zh-CN" if language == "zh" else "en"}"' in text


def test_every_word_of_the_page_is_there_in_both_languages() -> None:
    script = page._own("page.js")
    for key, (english, chinese) in words.WORDS.items():
        assert english.strip(), key
        assert chinese.strip(), key
        assert set(re.findall(r"\{\w+\}", english)) == set(re.findall(r"\{\w+\}", chinese)), key
    used = set(re.findall(r"say\([^,]+, '(\w+)'", script))
    assert used
    assert used <= set(words.WORDS)


def test_an_empty_fleet_and_odd_data_make_a_report_too() -> None:
    empty = fleet.fleet([], now=NOW)
    odd = host({"not_after": "soon"}, {**LIVE, "not_after": "soon", "not_before": None, "key_matches": False})

    assert "There are no certificates." in forms.text(empty, "html")
    assert row(odd)["not_after"] is None
    assert "its key is gone" in forms.text(fleet.fleet([odd], now=NOW), "html")


def test_what_ansible_hands_over_is_written_as_plain_data() -> None:
    report = fleet.fleet([host()], now=NOW)

    class Text(str):
        """A string with a mark of where it came from."""

    marked = copy.deepcopy(report)
    marked["certificates"][0]["name"] = Text("contracts")

    assert forms.text(marked, "json") == forms.text(report, "json")


@pytest.mark.parametrize("options", [{"form": "pdf"}, {"form": "html", "language": "fr"}])
def test_an_unknown_form_or_language_is_an_error(options: dict[str, str]) -> None:
    with pytest.raises(InvalidInput, match=r"not '(pdf|fr)'"):
        forms.text(fleet.fleet([], now=NOW), **options)
