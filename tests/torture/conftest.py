# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment and the figures of all of these tests.

The environment has no settings of the machine. The figures are those of all workers.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.torture import figures, page

_SETTINGS = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
_COUNTS = "wotrus_figures"


@pytest.fixture(autouse=True, scope="session")
def own_settings() -> None:
    """Remove the machine's settings from the environment.

    They are CA bundles, proxies and settings of the collection.
    """
    for name in list(os.environ):
        if name in _SETTINGS or name.lower().endswith("_proxy") or name.startswith("WOTRUS_API_"):
            del os.environ[name]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker counted."""
    figures.COUNTS.update(getattr(node, "workeroutput", {}).get(_COUNTS, {}))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Send the figures to the main process, or write them."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_COUNTS] = dict(figures.COUNTS)
    elif figures.COUNTS:
        page.write(figures.write())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the figures."""
    for name, count in sorted(figures.COUNTS.items()):
        terminalreporter.write_line(f"{name}: {count}")
