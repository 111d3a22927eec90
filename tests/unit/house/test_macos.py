# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""macOS is not supported as a controller, and the documentation says so.

There, the proxy look-up of Python can end a process that another forked.
"""

from __future__ import annotations

import re
import sys

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._workflow import limit
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.preflight import check_controller
from ansible_collections.wotrus.pki.roles.sandbox.files.wotrus_sandbox import cli
from tests.helpers.guides import ROOT, guide

SOURCES = [path for folder in ("plugins", "extensions", "roles") for path in sorted((ROOT / folder).rglob("*.py"))]
# Each of them asks the system for its proxies, as the functions of requests do that send a request.
LOOKS_UP = re.compile(
    r"_scproxy|getproxies|proxy_bypass|get_environ_proxies|should_bypass_proxies|urllib\.request|urlopen"
    r"|requests\.(?:Session|get|post|request)\b"
)


def those_with(pattern: re.Pattern[str]) -> list[str]:
    """Return the source files that have a match."""
    return [path.name for path in SOURCES if pattern.search(path.read_text(encoding="utf-8"))]


def test_documentation_and_preflight_say_that_macos_is_not_supported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    texts = [(ROOT / "README.md").read_text(encoding="utf-8"), guide("guide_start"), str(check_controller().msg)]

    assert [one for one in texts if "macOS is not supported" not in " ".join(one.split())] == []


def test_one_place_looks_up_the_proxies_of_the_system() -> None:
    """The reason in the guide holds while there is no other one."""
    # The session that trust.py makes looks nothing up, since its trust_env is false.
    assert those_with(LOOKS_UP) == ["transport.py", "trust.py"]


def test_system_without_proc_is_expected_where_it_is_read() -> None:
    assert those_with(re.compile("/proc/")) == ["limit.py", "cli.py"]
    # No process has this number, so there is no file, as on macOS.
    assert not limit._is_zombie(0)
    assert not cli._is_zombie(0)
