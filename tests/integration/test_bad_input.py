# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input fails with one clear message, before an order is sent."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.sandbox import Sandbox

from .checks import posts
from .conftest import Charged
from .harness import BIN, Site, entry


def test_name_to_reissue_that_no_host_has(site: Site, sandbox: Sandbox) -> None:
    site.host("a")
    site.host("b", wotrus_certificates=[entry("invoices")])
    site.issue(variables={"wotrus_max_charged_orders": 2})
    sandbox.clear_calls()

    for options in ([], ["--check"]):
        run = site.run(*options, variables={"wotrus_reissue": ["invoices", "contract"]})
        assert run.code != 0
        assert len(run.failures) == 1
        assert "wotrus_reissue names contract, and no host" in run.failures[0]
        assert "contracts, invoices" in run.failures[0]
    assert posts(sandbox) == []


@pytest.mark.parametrize("known", ["by the inventory", "by the play"])
def test_name_to_reissue_may_be_that_of_another_host_or_batch(site: Site, sandbox: Sandbox, known: str) -> None:
    batches: dict[str, Any] = {"serial": 1}
    hosts = [site.host("a"), site.host("b", own=[entry("invoices")])]
    if known == "by the inventory":
        site.variables["wotrus_certificates"] = "{{ own | default(contracts) }}"
        site.variables["contracts"] = [entry()]
    else:
        del site.variables["wotrus_certificates"]
        batches["vars"] = {"contracts": [entry()], "wotrus_certificates": "{{ own | default(contracts) }}"}
    site.issue(play=batches, variables={"wotrus_max_charged_orders": 2})
    before = hosts[1].folder("invoices").release
    sandbox.clear_calls()

    site.issue(play=batches, variables={"wotrus_reissue": "invoices", "wotrus_max_charged_orders": 0})

    assert posts(sandbox) == ["reissue"]
    assert hosts[1].folder("invoices").release != before

    run = site.run(play=batches, variables={"wotrus_reissue": "invoice"})
    assert run.code != 0
    assert "wotrus_reissue names invoice, and no host" in run.failures[0]
    assert posts(sandbox) == ["reissue"]


def test_target_without_cryptography(site: Site, charged: Charged, bare_python: Path) -> None:
    host = site.host(ansible_python_interpreter=str(bare_python))

    run = site.run()

    assert run.code != 0
    assert len(run.failures) == 1
    assert "cryptography" in run.failures[0]
    assert str(bare_python.parent) in run.failures[0] or "python3-cryptography" in run.failures[0]
    assert run.result()["error_code"] == "missing_library"
    assert charged() == 0
    assert not (host.folder().pending / "privkey.pem").exists()


def test_target_whose_python_does_not_run(site: Site, sandbox: Sandbox, tmp_path: Path) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho this Python is broken >&2\nexit 3\n")
    broken.chmod(0o755)
    site.host(ansible_python_interpreter=str(broken))

    run = site.run()

    assert run.code != 0
    result = run.tasks[-1].result
    assert result["error_code"] == "host_unreadable"
    assert "this Python is broken" in result["module_stderr"] + result["module_stdout"]
    assert sandbox.calls() == []


def test_target_that_refuses_become(site: Site, sandbox: Sandbox) -> None:
    site.host_that_refuses_become()

    run = site.run()

    assert run.code != 0
    result = run.tasks[-1].result
    assert result["error_code"] == "host_unreadable"
    assert "a password is required" in result["msg"]
    assert result["request_ids"] == []
    assert sandbox.calls() == []


def test_message_names_the_python_that_lacks_requests(site: Site, tmp_path: Path) -> None:
    site.host()
    # A folder that stands before the libraries, whose requests cannot be imported.
    (tmp_path / "shadow").mkdir()
    (tmp_path / "shadow" / "requests.py").write_text("raise ImportError('not here')\n")
    site.environment["PYTHONPATH"] = os.fspath(tmp_path / "shadow")

    run = site.run()

    assert run.code != 0
    assert "lacks the library requests" in run.failures[0]
    assert str(BIN) in run.failures[0]
