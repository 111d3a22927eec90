# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all of these tests share: an environment without the machine's settings, and figures from all workers."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.torture import figures, page

_SETTINGS = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
_COUNTS = "wotrus_figures"


@pytest.fixture(autouse=True, scope="session")
def own_settings() -> None:
    """Take the machine's CA bundles, proxies and settings of the collection out of the environment."""
    for name in list(os.environ):
        if name in _SETTINGS or name.lower().endswith("_proxy") or name.startswith("WOTRUS_API_"):
            del os.environ[name]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker counted."""
    figures.COUNTS.update(getattr(node, "workeroutput", {}).get(_COUNTS, {}))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over what was counted, or write it where there is nobody to hand it to."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_COUNTS] = dict(figures.COUNTS)
    elif figures.COUNTS:
        page.write(figures.write())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the figures."""
    for name, count in sorted(figures.COUNTS.items()):
        terminalreporter.write_line(f"{name}: {count}")
