# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One Chromium for all tests, and a page about 200 sample certificates."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._report import report_data
from ansible_collections.wotrus.pki.plugins.plugin_utils._report_file import report_text
from tests.page import made_up
from tests.page.browser import Browser, Tab, browser

Open = Callable[..., Tab]


@pytest.fixture(scope="session")
def report() -> dict[str, Any]:
    return report_data.report_data(made_up.hosts(200), now=made_up.NOW)


@pytest.fixture(scope="session")
def page(report: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_text(report_text(report, "html"), encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    program = os.environ.get("WOTRUS_TEST_CHROMIUM") or shutil.which("chromium")
    assert program, "there is no chromium; WOTRUS_TEST_CHROMIUM names one"
    with browser(program, tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture
def open_page(chromium: Browser, page: Path) -> Iterator[Open]:
    """Open the page or another file, and check it at the end.

    No page may have written to the console or requested anything.
    """
    tabs: list[tuple[Tab, Path]] = []

    def opened(file: Path = page, **details: Any) -> Tab:
        tab = Tab(chromium, file, **details)
        tabs.append((tab, file))
        return tab

    yield opened
    for tab, file in tabs:
        assert tab.errors() == []
        assert {address.split("#")[0] for address in tab.requests() if not address.startswith("data:")} == {
            file.as_uri()
        }
        tab.close()
