# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page with 200 certificates in a real browser.

A person reads, presses and prints it.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import axe_core_python
import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._report import report_data
from ansible_collections.wotrus.pki.plugins.module_utils._report.certificate_state import CertificateState
from ansible_collections.wotrus.pki.plugins.plugin_utils._report_file import report_text
from tests.page import made_up
from tests.page.browser import Tab
from tests.page.conftest import Open

AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
HOSTILE = "</script><script>window.hit=1</script><img src=x onerror=window.hit=2>\"'{{ 7*7 }}{% raw %}שלום\u202e\u0000"
NAMES = "[...document.querySelectorAll('table.fleet tbody tr:not([hidden])')]"
WIDE, NARROW = 1400, 360


def column(tab: Tab, number: int) -> list[str]:
    """Return a column of the table of certificates, as it is shown."""
    shown: list[str] = tab.run(f"{NAMES}.map(row => row.cells[{number}].innerText.split('\\n')[0].trim())")
    return shown


def days(tab: Tab) -> list[float]:
    """Return the days left, down the table."""
    shown: list[float] = tab.run(f"{NAMES}.map(row => Number(row.cells[4].dataset.v))")
    return shown


def urgency(tab: Tab) -> list[float]:
    """Return the number by which states are sorted, down the table."""
    shown: list[float] = tab.run(f"{NAMES}.map(row => Number(row.cells[2].dataset.v))")
    return shown


def press(tab: Tab, selector: str) -> None:
    """Press a button."""
    tab.run(f"document.querySelector({json.dumps(selector)}).click()")


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_nothing_is_wider_than_the_window(open_page: Open, width: int) -> None:
    tab = open_page(width=width)
    tab.run("document.querySelectorAll('details').forEach(one => one.open = true)")

    for language in ("en", "zh"):
        press(tab, f"[data-switch={language}]")
        assert tab.run("document.documentElement.scrollWidth") == width
        # What is cut off by its own box does not widen the page.
        outside = (
            "[...document.querySelectorAll('main *')].filter(one => !one.closest('.unseen')"
            f" && one.getBoundingClientRect().right > {width} + 0.5).map(one => one.outerHTML.slice(0, 200))"
        )
        assert tab.run(outside) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_axe_finds_no_problem(open_page: Open, tmp_path: Path, width: int, *, dark: bool) -> None:
    # Its parts are the same with one certificate of each state, and axe looks at each of them.
    file = tmp_path / "small.html"
    small = report_data.report_data(made_up.hosts(130), now=made_up.NOW)
    small["certificates"] = list({one["state"]: one for one in small["certificates"]}.values())
    assert len(small["certificates"]) == len(CertificateState)
    file.write_text(report_text(small, "html"), encoding="utf-8")
    tab = open_page(file, width=width, dark=dark)
    tab.run("document.querySelectorAll('details').forEach(one => one.open = true)")
    tab.run(AXE)

    found = tab.run(
        "axe.run().then(result => JSON.stringify(result.violations.map(one => [one.id, one.nodes[0].html])))"
    )

    assert json.loads(found) == []


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A page about 22 certificates, four of which are broken."""
    file = tmp_path / "mixed.html"
    file.write_text(report_text(report_data.report_data(made_up.mixed(), now=made_up.NOW), "html"), encoding="utf-8")
    return file


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_broken_certificates_are_first_in_red_with_a_command(
    open_page: Open, mixed: Path, width: int, *, dark: bool
) -> None:
    tab = open_page(mixed, width=width, dark=dark)
    states = list(made_up.BROKEN.values())

    # The first four of the list, and of the table, whatever the names and ends.
    items = tab.run("[...document.querySelectorAll('#action_items li')].map(one => one.className)")
    assert items[:4] == states
    assert not set(items[4:]) & set(states)
    rows = tab.run("[...document.querySelectorAll('table.fleet tbody tr')].map(row => row.dataset.state)")
    assert len(rows) == 22
    assert rows[:4] == states
    # They are seen without a click, above everything else of the page.
    tops = tab.run(
        "[...document.querySelectorAll('#broken li, #ends_in_7_days li, table.fleet')]"
        ".map(one => one.getBoundingClientRect().top)"
    )
    assert tops == sorted(tops)
    assert all(tab.run("[...document.querySelectorAll('#broken li')].map(one => one.checkVisibility())"))
    assert tab.run("document.querySelector('#broken li').getBoundingClientRect().top") < 600
    assert tab.run("document.querySelector('nav a').textContent") == "Broken now 4"
    # In red: more red than green and blue.
    colours = tab.run(
        "[...document.querySelectorAll('#broken .pill')]"
        ".map(one => getComputedStyle(one).color.match(/[0-9]+/g).map(Number))"
    )
    assert len(colours) == 4
    assert all(red > max(green, blue) + 60 for red, green, blue in colours)
    # Each with one command, whose copy is the command alone.
    commands = tab.run("[...document.querySelectorAll('#broken .command')].map(one => one.textContent)")
    assert [text.split()[:4:3] for text in commands] == [
        ["ansible-playbook", "signer007.example.com"],
        ["ansible-playbook", "signer005.example.com"],
        ["ansible-playbook", "signer011.example.com"],
        ["ansible-playbook", "signer009.example.com"],
    ]
    assert tab.run("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_the_chinese_page_has_no_english_but_names_and_codes(open_page: Open, mixed: Path, width: int) -> None:
    tab = open_page(mixed, width=width, language="zh-CN")
    tab.run("document.querySelectorAll('details').forEach(one => one.open = true)")
    # Commands, and what the user named.
    tab.run("document.querySelectorAll('code, .command, [data-switch]').forEach(one => one.remove())")
    shown = tab.run("document.body.innerText")
    for name in ("Example Ltd.", "Muster Handels GmbH"):
        shown = shown.replace(name, "")

    assert re.findall(r"[A-Za-z]{2,}(?: [A-Za-z]{2,})+", shown) == []


def test_the_list_is_in_the_order_of_an_operator(open_page: Open, mixed: Path) -> None:
    tab = open_page(mixed)

    groups = tab.run("[...document.querySelectorAll('details.group')].map(one => [one.id, one.open])")
    assert groups == [
        ["broken", True],
        ["ends_in_7_days", True],
        ["ends_in_30_days", True],
        ["waiting_for_you", True],
        ["waiting_for_ca", True],
        ["next_run", False],
    ]
    # What waits says since when.
    assert "Waiting since 2026-11-19 (5 days)" in tab.run("document.querySelector('#waiting_for_ca').innerText")
    tab.run("document.querySelector('nav a[href=\"#next_run\"]').click()")
    assert tab.run("new Promise(done => setTimeout(() => done(document.querySelector('#next_run').open), 100))")


def test_it_is_sorted_by_every_column_both_ways(open_page: Open) -> None:
    tab = open_page()
    assert urgency(tab) == sorted(urgency(tab))

    for number in range(6):
        button = f"table.fleet thead button[data-sort='{number}']"
        press(tab, button)
        first = tab.run(f"document.querySelector(\"{button}\").closest('th').ariaSort")
        once = column(tab, number) if number in (0, 1) else days(tab)
        press(tab, button)
        again = column(tab, number) if number in (0, 1) else days(tab)
        assert first == "ascending"
        assert len(once) == 200
        assert once != again
        if number == 4:
            assert once == sorted(once)
            assert again == sorted(again, reverse=True)
        if number == 1:
            assert once == sorted(once)
    assert tab.run("document.querySelectorAll('table.fleet th[aria-sort]').length") == 1


def choose(tab: Tab, state: str) -> None:
    """Choose a state in the filter."""
    tab.run(
        f"(one => {{ one.value = {json.dumps(state)}; one.dispatchEvent(new Event('change')); }})"
        "(document.querySelector('#state'))"
    )


def shown_of(tab: Tab, selector: str) -> list[str]:
    """Return the states of the parts of the page that a selector finds and the filter shows."""
    shown: list[str] = tab.run(
        f"[...document.querySelectorAll({json.dumps(selector)})].filter(one => !one.hidden)"
        ".map(one => one.dataset.state)"
    )
    return shown


def test_filters_show_matching_rows_and_combine(open_page: Open, report: dict[str, Any]) -> None:
    tab = open_page()
    rows = report["certificates"]
    waiting = [one for one in rows if one["state"] == "waiting_for_you"]

    choose(tab, "waiting_for_you")
    assert len(column(tab, 0)) == len(waiting)
    assert tab.run("document.querySelector('#shown').textContent") == f"{len(waiting)} of 200 shown"
    option = "document.querySelector('#state').selectedOptions[0].textContent"
    assert tab.run(option) == f"Waiting for you ({len(waiting)})"

    tab.run("document.querySelector('#search').focus()")
    tab.write(waiting[0]["host"])
    assert len(column(tab, 0)) == sum(one["host"] == waiting[0]["host"] for one in waiting)

    tab.press("Escape", code=27)
    assert len(column(tab, 0)) == 200

    tab.write("no such certificate")
    assert column(tab, 0) == []
    assert tab.run("document.querySelector('#nothing').checkVisibility()")
    press(tab, "#clear")
    assert len(column(tab, 0)) == 200

    serial = rows[3]["serial_number"]
    tab.write(serial.lower())
    assert column(tab, 0) == [rows[3]["name"]]


def test_the_filter_is_on_top_and_counts_for_all_tables(open_page: Open) -> None:
    tab = open_page()
    assert tab.run("document.querySelector('#search').getBoundingClientRect().top") < 300

    choose(tab, "waiting_for_ca")
    for selector in ("#action_items li", "table.fleet tbody tr"):
        assert set(shown_of(tab, selector)) == {"waiting_for_ca"}
    assert tab.run("document.querySelector('#superseded').hidden") is True
    groups = tab.run("[...document.querySelectorAll('.group')].filter(one => !one.hidden).map(one => one.id)")
    assert groups[-1] == "waiting_for_ca"
    assert "broken" not in groups

    choose(tab, "valid")
    assert set(shown_of(tab, "table.former tbody tr")) == {"valid"}

    press(tab, "#clear")
    assert "broken" in tab.run("[...document.querySelectorAll('.group:not([hidden])')].map(one => one.id)")


def test_groups_of_a_large_fleet_are_closed_until_few_are_left(open_page: Open, tmp_path: Path) -> None:
    file = tmp_path / "large.html"
    large = report_data.report_data(made_up.hosts(2000), now=made_up.NOW)
    file.write_text(report_text(large, "html"), encoding="utf-8")
    tab = open_page(file)

    counts = "[...document.querySelectorAll('.group')].map(one => [one.open, one.querySelectorAll('li').length])"
    before = tab.run(counts)
    assert all(count <= 20 for is_open, count in before if is_open)
    assert sum(not is_open for is_open, _count in before) > 2

    broken = "document.querySelector('#broken')"
    assert tab.run(f"{broken}.open") is False
    choose(tab, "revoked")
    found = tab.run(f"[{broken}.open, {broken}.querySelector('.n').textContent]")
    assert found == [True, str(large["summary"]["states"]["revoked"])]
    press(tab, "#clear")
    assert tab.run(counts) == before


def test_the_language_is_the_readers_until_they_choose(open_page: Open) -> None:
    tab = open_page(language="zh-CN")
    tab.run("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert tab.run("document.documentElement.lang") == "zh-CN"
    assert tab.run("document.querySelector('h1').textContent") == "沃通证书"
    chinese = tab.run("document.body.innerText")
    assert "undefined" not in chinese
    assert "其后续订单可能收费" in chinese
    assert "The order that follows it may be charged" not in chinese

    press(tab, "[data-switch=en]")
    english = tab.run("document.body.innerText")
    assert "The order that follows it may be charged" in english
    assert "其后续订单可能收费" not in english
    assert tab.run("document.querySelector('h1').textContent") == "WoTrus certificates"
    tab.reload()
    assert tab.run("document.documentElement.lang") == "en"
    assert tab.run("[...document.querySelectorAll('[data-t]')].filter(one => !one.textContent.trim()).length") == 0


def test_times_are_in_the_zone_of_the_reader(open_page: Open) -> None:
    moment = "document.querySelector('header time').textContent"

    assert open_page().run(moment) == "2026-11-24 15:31"
    shanghai = open_page(zone="Asia/Shanghai")
    assert shanghai.run(moment) == "2026-11-24 23:31"
    assert shanghai.run("document.querySelector('#zone').textContent") == "Asia/Shanghai (UTC+08:00)"
    assert open_page(zone="America/St_Johns").run("document.querySelector('#zone').textContent").endswith("(UTC-03:30)")


def test_keyboard_reaches_all_controls(open_page: Open) -> None:
    tab = open_page()
    tab.press("Tab", code=9)
    assert tab.run("document.activeElement.hash") == "#certificates"
    assert tab.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"

    seen = []
    while "0" not in seen:
        tab.press("Tab", code=9)
        seen.append(tab.run("(one => one.id || one.dataset.sort || one.tagName)(document.activeElement)"))
    assert seen.index("A") < seen.index("search") < seen.index("state") < seen.index("SUMMARY")
    tab.press("Enter", code=13, text="\r")
    assert tab.run("document.activeElement.closest('th').ariaSort") == "ascending"


def test_page_without_script_has_everything_but_the_controls(open_page: Open) -> None:
    tab = open_page(script=False)
    tab.send("Emulation.setScriptExecutionDisabled", value=False)

    assert len(column(tab, 0)) == 200
    assert urgency(tab) == sorted(urgency(tab))


def test_it_prints_every_certificate_on_white(open_page: Open) -> None:
    tab = open_page(dark=True)

    printed = tab.pdf()

    assert printed.startswith(b"%PDF-")
    tab.media(kind="print", dark=True)
    assert tab.run("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    assert tab.run("document.querySelector('.search').checkVisibility()") is False
    assert tab.run("getComputedStyle(document.querySelector('table.fleet thead')).display") == "table-header-group"
    assert 20 < printed.count(b"/Type /Page\n") < 60


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_hostile_text_is_text(open_page: Open, tmp_path: Path, width: int) -> None:
    rows = made_up.hosts(8)
    for row in rows:
        row["host"] = HOSTILE
        for state, plan in zip(row["deployments"], row["plans"], strict=True):
            plan.update(dict.fromkeys(("name", "msg", "next_step", "reason", "order_id", "status"), HOSTILE))
            plan.update(stage="waiting_on_you", action="resume", pending_link="javascript:window.hit=3")
            plan["common_name"] = HOSTILE * 20
            state["record"]["superseded"] = [{"order_id": HOSTILE, "operation": HOSTILE, "not_after": None}]
        for result in row["results"]:
            result.update(dict.fromkeys(("msg", "next_step", "error_code", "alarm", "waiting_for"), HOSTILE))
    rows.append({"host": HOSTILE, "error": {"error_code": HOSTILE, "msg": HOSTILE}, "names": [HOSTILE]})
    file = tmp_path / "hostile.html"
    text = report_text(report_data.report_data(rows, now=made_up.NOW), "html")
    file.write_text(text, encoding="utf-8")

    tab = open_page(file, width=width)

    assert tab.run("window.hit") is None
    assert tab.run("document.querySelectorAll('img, script:not([type]), style, iframe').length") == 2
    assert (
        tab.run("[...document.querySelectorAll('a')].filter(one => !/^(https?:|#|file:)/.test(one.href)).length") == 0
    )
    for shown in ("onerror=window.hit=2", "{{ 7*7 }}{% raw %}שלום"):
        assert shown in tab.run("document.querySelector('table.fleet').innerText")
        assert shown in tab.run("document.querySelector('#action_items').innerText")
    assert "\u202e" not in text
    assert tab.run("document.documentElement.scrollWidth") == width
