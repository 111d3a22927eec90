# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of a host's answer that ansible-core itself shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.sandbox import Sandbox
from tests.torture.attacks.scene import Scene, assert_safe
from tests.torture.attacks.test_host import ANSWERS

from .harness import Site


@pytest.mark.parametrize("name", ["internal keys", "lines after the answer"])
def test_answer_of_a_host_reaches_no_terminal(site: Site, sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    scene = Scene(site, sandbox=sandbox, trap=tmp_path / "trap")
    scene.hostile(ANSWERS[name](scene))

    run = site.run("-v", "--diff")

    scene.assert_honest_host_is_served()
    assert_safe(run.output)
    scene.assert_trap_is_untouched()
