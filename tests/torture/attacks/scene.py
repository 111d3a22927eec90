# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A hostile host, whose Python answers what a test wants."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

from tests.helpers.sandbox import Sandbox
from tests.integration.checks import assert_deployed
from tests.integration.harness import COLLECTION, Host, Run, Site

ESCAPE = "\x1b[2J\x1b]0;title\x07"
BIDI = "\u202e\u2066gpj\u2069\u200f"
MARK = "attacker-was-here"
LIMIT = 2
HERE = "@the-asked-directory@"
"""Stands in an answer for the directory that the host is asked about."""

NAME = "@the-name-of-the-host@"
"""Stands in an answer for the name of the host in the inventory."""

_ACTING = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
_LINES = "\n\t"
_INTERPRETER = """#!/bin/sh
# A module comes on standard input or as a file; neither is run.
if [ -p /dev/stdin ]; then cat >/dev/null; fi
cat {answer}
"""
# What a report's metrics may have in a line.
_METRIC = re.compile(r'(#.*|wotrus_\w+(\{(\w+="(?:[^"\\\n]|\\.)*",?)*\})? \S+|)')


class Scene:
    """An honest host and a hostile one.

    :ivar trap: a file that an attack makes if a command or a template of it is run
    """

    def __init__(self, site: Site, *, sandbox: Sandbox, trap: Path) -> None:
        self.site = site
        self.sandbox = sandbox
        self.trap = trap
        self.honest = site.host("honest")
        # Without a record, a hostile host counts as an order that may be charged.
        site.variables["wotrus_max_charged_orders"] = LIMIT

    @property
    def command(self) -> str:
        """A shell command that springs the trap."""
        return f"touch {self.trap}"

    @property
    def template(self) -> str:
        """Two templates that spring the trap where either is evaluated: an expression and a statement."""
        call = f"lookup('ansible.builtin.pipe', '{self.command}')"
        return "{{ " + call + " }}{% set trap = " + call + " %}"

    def hostile(self, answer: str | dict[str, Any], name: str = "hostile", **variables: Any) -> Host:
        """Add a host whose modules answer this text, or this object.

        ``HERE`` in it is the directory of its certificate, and ``NAME`` the host's name.
        """
        program, file = self.site.folder / f"python-of-{name}", self.site.folder / f"answer-of-{name}"
        host = self.site.host(name, ansible_python_interpreter=str(program), **variables)
        text = answer if isinstance(answer, str) else json.dumps(answer)
        text = text.replace(HERE, str(host.folder().path)).replace(NAME, host.name)
        file.write_text(text, encoding="utf-8", errors="surrogatepass")
        program.write_text(_INTERPRETER.format(answer=file))
        program.chmod(0o755)
        return host

    def report(self, *options: str) -> Run:
        """Write a report about all hosts."""
        return self.site.run(*options, playbook=COLLECTION / "playbooks" / "report.yml")

    def assert_honest_host_is_served(self) -> None:
        """Check that the host beside the hostile one got its certificate."""
        assert_deployed(self.honest.folder(), self.sandbox)

    def assert_trap_is_untouched(self) -> None:
        """Check that nothing of an attack was run."""
        assert not self.trap.exists(), "a command of the attacker was run on the controller"

    def assert_files_are_harmless(self) -> None:
        """Check that the report has no markup or metric of an attacker."""
        page, metrics = (self.site.folder / f"wotrus-report.{kind}" for kind in ("html", "prom"))
        assert "<script>alert" not in page.read_text()
        assert [line for line in metrics.read_text().splitlines() if not _METRIC.fullmatch(line)] == []
        for file in (page, metrics, self.site.folder / "wotrus-report.json"):
            assert_safe(file.read_text())


def assert_safe(text: str) -> None:
    """Check that a text acts on no terminal, and is not reordered."""
    unsafe = {char for char in set(text) if unicodedata.category(char) in ("Cc", "Cs") and char not in _LINES}
    unsafe |= {char for char in set(text) if unicodedata.bidirectional(char) in _ACTING}
    unsafe |= set(text) & {"\u200e", "\u200f", "\u061c"}
    assert not unsafe, [text[max(0, text.index(char) - 60) : text.index(char) + 20] for char in unsafe]
