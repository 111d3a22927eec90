# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input fails with one clear message, before an order is sent."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tests.helpers.sandbox import Sandbox

from .checks import posts
from .conftest import Charged
from .harness import BIN, Site, entry


def test_name_to_reissue_may_be_that_of_another_batch(site: Site, sandbox: Sandbox) -> None:
    batches: dict[str, Any] = {"serial": 1}
    _first, second = [site.host("a"), site.host("b", own=[entry("invoices")])]
    site.variables["wotrus_certificates"] = "{{ own | default(contracts) }}"
    site.variables["contracts"] = [entry()]
    site.issue(play=batches, variables={"wotrus_max_charged_orders": 2})
    before = second.folder("invoices").release
    sandbox.clear_calls()

    site.issue(play=batches, variables={"wotrus_reissue": "invoices", "wotrus_max_charged_orders": 0})

    assert posts(sandbox) == ["reissue"]
    assert second.folder("invoices").release != before


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


def test_targets_on_which_no_module_runs(site: Site, sandbox: Sandbox, tmp_path: Path) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho this Python is broken >&2\nexit 3\n")
    broken.chmod(0o755)
    host = site.host("broken", ansible_python_interpreter=str(broken))
    refusing = site.host_that_refuses_become()

    run = site.run()

    assert run.code != 0
    found = {task.host: task.result for task in run.tasks if task.status == "failed"}
    assert {one["error_code"] for one in found.values()} == {"host_unreadable"}
    assert "this Python is broken" in found[host.name]["msg"]
    assert "a password is required" in found[refusing.name]["msg"]
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
