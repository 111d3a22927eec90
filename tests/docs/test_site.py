# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Search, links and accessibility of the built site in a real browser."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, urlsplit

import axe_core_python
import pytest

from tests.docs.questions import QUESTIONS
from tests.page.browser import Browser, Tab
from tests.page.conftest import chromium

__all__ = ["chromium"]

# What people look for, and the page that they need. The first of each page is looked for in two clicks too.
TOPICS = {
    "guide_real_token": ["first paid order", "paid orders"],
    "runbook_order_waits": ["waits for days", "order waits", "letter"],
    "runbook_renewal_day": ["renewal", "renew many certificates", "renewal day"],
    "runbook_key_stolen": ["key stolen", "stolen key", "compromise", "stolen"],
    "runbook_access": ["somebody leaves", "leaked token"],
    "runbook_controller": ["new controller", "controller lost"],
    "runbook_host_rebuilt": ["rebuilt host", "host rebuilt", "lost disk"],
    "runbook_stays_red": ["stays red", "next step does not help"],
    "guide_awx": ["AWX", "AWX survey"],
    "guide_ukey": ["UKey", "UKey password"],
    "guide_hsm": ["HSM", "PKCS#11", "token"],
    "runbook_money": ["invoice", "billing", "costs"],
    "runbook_staging": ["staging and production", "staging"],
    "guide_real_token_zh": ["首个付费订单", "付费订单", "正式接口"],
    "runbook_order_waits_zh": ["等待", "订单等待", "等待多日", "迟迟不签发"],
    "runbook_renewal_day_zh": ["续期", "批量续期"],
    "runbook_key_stolen_zh": ["密钥被盗", "密钥被盗怎么办", "私钥泄露怎么办", "私钥泄露", "私钥失窃", "被盗"],
    "runbook_access_zh": ["人员离职", "令牌泄露", "更换令牌"],
    "runbook_controller_zh": ["更换控制节点", "控制节点损坏"],
    "runbook_host_rebuilt_zh": ["主机重装", "重装主机", "重装"],
    "runbook_stays_red_zh": ["持续失败", "证书持续失败"],
    "guide_awx_zh": ["使用 AWX", "AWX 审批"],
    "guide_ukey_zh": ["UKey 订单", "UKey 密码"],
    "guide_hsm_zh": ["HSM 密钥", "智能密码钥匙", "密码机"],
    "runbook_money_zh": ["发票", "费用", "对账"],
    "runbook_staging_zh": ["测试环境", "生产环境", "测试环境与生产环境"],
    "guide_reissue_zh": ["吊销", "重新颁发"],
}
FOUND = """new Promise((done) => {
  const look = () => {
    if (!Search.status?.innerText) return;
    done([...document.querySelectorAll("ul.search > li > a")].map((one) => one.href));
  };
  new MutationObserver(look).observe(document.querySelector("#search-results"), {childList: true, subtree: true});
  look();
})"""
# What a search shows, in its order, for each of many queries.
RANKED = """JSON.stringify(%s.map(
  (query) => Search._performSearch(...Search._parseQuery(query)).reverse().map(([page]) => page)
))"""
WORDS = ("AWX", "proxy", "UKey", "退款")
HEADINGS = "[...document.querySelectorAll('h1, h2')].map((one) => one.firstChild.textContent)"
AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
# A page of each kind, in both languages.
PAGES = ("index", "index_zh", "docsite/guide_orders_zh", "wotrus_order_module", "reference", "search")
MENU = "[...document.querySelectorAll('.wy-menu a')].map((one) => one.href)"
LINKS = "[...document.querySelectorAll('[role=main] a')].map((one) => one.href)"


class Quiet(SimpleHTTPRequestHandler):
    """Serves files, and writes no log."""

    def log_message(self, *_words: object) -> None:
        """Write nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address of the built site."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=os.environ["WOTRUS_TEST_SITE"])) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def tab(chromium: Browser, site: str) -> Iterator[Tab]:
    """A tab, which must have read nothing but the site."""
    one = Tab(chromium, f"{site}index.html")
    yield one
    assert [address for address in one.requests() if not address.startswith((site, "data:"))] == []
    one.close()


def pages(addresses: list[str]) -> list[str]:
    """Return the names of the pages of addresses, each once."""
    return list(dict.fromkeys(Path(urlsplit(one).path).stem for one in addresses))


def ranked(tab: Tab, site: str, queries: list[str], *, language: str = "") -> dict[str, list[str]]:
    """Return the pages that the search shows for each query, best first.

    :param language: ``zh`` if a Chinese page led to the search
    """
    tab.open(f"{site}search.html?q=order&from={language}")
    tab.run(FOUND)
    return dict(zip(queries, map(pages, json.loads(tab.run(RANKED % json.dumps(queries)))), strict=True))


@pytest.fixture(scope="module")
def found(tab: Tab, site: str) -> dict[str, list[str]]:
    """The pages that the search shows for each query of the tests."""
    return ranked(tab, site, [*(query for queries in TOPICS.values() for query in queries), *QUESTIONS, *WORDS])


@pytest.mark.parametrize(("page", "query"), [(page, query) for page, queries in TOPICS.items() for query in queries])
def test_the_search_finds_the_page(found: dict[str, list[str]], page: str, query: str) -> None:
    assert page in found[query][:3]


@pytest.mark.parametrize(("question", "answers"), QUESTIONS.items())
def test_the_search_answers_a_plain_question(found: dict[str, list[str]], question: str, answers: str) -> None:
    assert set(answers.split()) & set(found[question][:3])


@pytest.mark.parametrize("question", [*WORDS, *list(QUESTIONS)[::9]])
def test_the_screen_shows_what_the_search_found(
    tab: Tab, site: str, found: dict[str, list[str]], question: str
) -> None:
    tab.open(f"{site}search.html?q={quote(question)}")

    assert pages(tab.run(FOUND)) == found[question] != []


def is_chinese(page: str) -> bool:
    """Return whether a page is in Chinese."""
    return page.endswith("_zh")


@pytest.mark.parametrize("question", [*QUESTIONS, *WORDS])
def test_the_search_shows_pages_in_the_language_of_the_query_first(found: dict[str, list[str]], question: str) -> None:
    languages = [is_chinese(page) for page in found[question]]

    assert languages == sorted(languages, reverse=not question.isascii())


def test_a_search_from_a_chinese_page_is_in_chinese(tab: Tab, site: str) -> None:
    tab.open(f"{site}docsite/guide_awx_zh.html")
    assert tab.run("new FormData(document.querySelector('#rtd-search-form')).get('from')") == "zh"

    tab.open(f"{site}search.html?q=AWX&from=zh")

    assert is_chinese(pages(tab.run(FOUND))[0])
    assert tab.run("document.querySelector('h1').innerText") == "搜索"
    assert tab.run("Search.status.innerText").startswith("找到")
    assert tab.run("new FormData(document.querySelector('#rtd-search-form')).get('from')") == "zh"


def test_the_search_finds_each_guide_by_its_title_and_its_headings(tab: Tab, site: str) -> None:
    guides = sorted(Path(os.environ["WOTRUS_TEST_SITE"], "docsite").glob("*.html"))
    headings = {}
    for guide in guides:
        tab.open(f"{site}docsite/{guide.name}")
        headings[guide.stem] = tab.run(HEADINGS)

    missed = []
    for language in ("", "zh"):
        own = {guide: queries for guide, queries in headings.items() if is_chinese(guide) == bool(language)}
        shown = ranked(tab, site, [query for queries in own.values() for query in queries], language=language)
        for guide, queries in own.items():
            # The first is the title. Runbooks have the same headings.
            missed += [
                (guide, query) for query in queries if guide not in shown[query][: 3 if query == queries[0] else 12]
            ]

    assert len(guides) > 50
    assert missed == []


def test_the_search_finds_nothing_that_is_not_there(tab: Tab, site: str) -> None:
    tab.open(f"{site}search.html?q={quote('熊猫饲养')}")

    assert tab.run(FOUND) == []


def test_each_topic_is_two_clicks_from_the_front_page(tab: Tab, site: str) -> None:
    tab.open(f"{site}index.html")
    first = tab.run(LINKS)
    reached = set(pages(first))
    for address in first:
        if address.startswith(f"{site}index_"):
            tab.open(address)
            reached |= set(pages(tab.run(LINKS)))

    assert set(TOPICS) - {"guide_reissue_zh"} - reached == set()


def test_the_page_of_the_role_begins_with_main(tab: Tab, site: str) -> None:
    tab.open(f"{site}certificate_role.html")

    titles = tab.run("[...document.querySelectorAll('[role=main] h2')].map((one) => one.innerText)")

    assert "main" in titles[0]
    assert len(titles) > 1


@pytest.mark.parametrize("width", [360, 1400])
@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_no_problem(tab: Tab, site: str, page: str, width: int) -> None:
    tab.resize(width)
    tab.open(f"{site}{page}.html")
    tab.run(AXE)

    found = tab.run(
        "axe.run().then(result => JSON.stringify(result.violations.map(one => [one.id, one.nodes[0].html])))"
    )

    assert json.loads(found) == []
    assert tab.run("document.documentElement.scrollWidth") == width


def test_each_page_has_its_language_and_a_plain_title(tab: Tab, site: str) -> None:
    for page, language in (("guide_orders", "en"), ("guide_orders_zh", "zh-CN")):
        tab.open(f"{site}docsite/{page}.html")
        assert tab.run("document.documentElement.lang") == language
        assert tab.run("document.title").endswith(" — wotrus.pki")
        assert "Wotrus" not in tab.run("document.querySelector('.wy-breadcrumbs').innerText")


def test_the_menu_of_a_chinese_page_is_in_chinese(tab: Tab, site: str) -> None:
    tab.open(f"{site}docsite/guide_orders_zh.html")

    menu = pages(tab.run(MENU))

    assert "runbook_money_zh" in menu
    assert [page for page in menu if not page.endswith("_zh")] == ["reference"]


def test_the_site_has_no_page_about_the_roles_own_filters() -> None:
    built = Path(os.environ["WOTRUS_TEST_SITE"])

    assert (built / "report_filter.html").is_file()
    assert [*built.glob("_*_filter.html")] == []
