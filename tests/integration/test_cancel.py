# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cancel or revoke orders of certificates that a person names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.sandbox import Sandbox

from .harness import Run, Site

EVIDENCE = Path(__file__)
"""A file that can be read. No run of these tests sends it."""

VARIABLES = {
    "cancel": {"wotrus_cancel_reason": "ordered by mistake"},
    "revoke": {
        "wotrus_revocation_document": str(EVIDENCE),
        "wotrus_revocation_reason": "the key was disclosed",
        "wotrus_wait_timeout": 0,
    },
}


def end(site: Site, how: str, *names: str) -> Run:
    """Cancel or revoke the named certificates on any host."""
    role = {"name": "wotrus.pki.certificate", "tasks_from": how}
    variables = {f"wotrus_{how}": list(names), **VARIABLES[how]}
    return site.run(tasks=[{"ansible.builtin.include_role": role}], variables=variables)


@pytest.mark.parametrize(
    ("how", "reason"), [("cancel", "wotrus_cancel_reason"), ("revoke", "wotrus_revocation_reason")]
)
def test_reason_is_required(
    site: Site, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, how: str, reason: str
) -> None:
    site.host()
    monkeypatch.delitem(VARIABLES[how], reason)

    run = end(site, how, "contracts")

    assert run.code != 0
    assert f"{reason} is missing" in run.failures[0]
    assert sandbox.calls() == []
