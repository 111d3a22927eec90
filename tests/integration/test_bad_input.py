# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input fails with one clear message, before an order is sent."""

from __future__ import annotations

import os
from pathlib import Path

from tests.helpers.sandbox import Sandbox

from .checks import posts
from .conftest import Charged
from .harness import BIN, Site


def test_targets_on_which_no_module_runs(
    site: Site, sandbox: Sandbox, charged: Charged, tmp_path: Path, bare_python: Path
) -> None:
    bare = site.host("bare", ansible_python_interpreter=str(bare_python))
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho this Python is broken >&2\nexit 3\n")
    broken.chmod(0o755)
    host = site.host("broken", ansible_python_interpreter=str(broken))
    refusing = site.host_that_refuses_become()
    site.variables["wotrus_max_charged_orders"] = 3

    run = site.run()

    assert run.code != 0
    found = {task.host: task.result for task in run.tasks if task.status == "failed"}
    assert {one: found[one.name]["error_code"] for one in (host, refusing)} == dict.fromkeys(
        (host, refusing), "host_unreadable"
    )
    assert "this Python is broken" in found[host.name]["msg"]
    assert "a password is required" in found[refusing.name]["msg"]
    assert found[refusing.name]["next_step"].startswith("Add --ask-become-pass to the command.")
    words = found[bare.name]["msg"]
    assert "cryptography" in words
    assert str(bare_python.parent) in words or "python3-cryptography" in words
    assert run.result(host=bare.name)["error_code"] == "missing_library"
    assert len(run.failures) == len(found)
    assert posts(sandbox) == []
    assert charged() == 0
    assert not (bare.folder().pending / "privkey.pem").exists()


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
