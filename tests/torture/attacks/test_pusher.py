# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pushes with anything in any field."""

from __future__ import annotations

import pytest

from tests.helpers.sandbox import Sandbox
from tests.integration.checks import posts
from tests.integration.harness import COLLECTION

from .scene import Scene, assert_safe

ID = "89CB4BF6-3E53-4B49-9AB9-92D578144260"


def issued_meanwhile(scene: Scene, sandbox: Sandbox) -> None:
    """Have an order that a run on its host would deploy."""
    sandbox.settings(manual_review=True)
    scene.site.given()
    sandbox.order(scene.honest.folder().pending_order_id, "issue")
    sandbox.clear_calls()


@pytest.mark.parametrize("order_id", ["all:!none", "*", f"{ID}' --extra-vars x=1", ""])
def test_variable_of_a_job_chooses_no_host(scene: Scene, sandbox: Sandbox, order_id: str) -> None:
    issued_meanwhile(scene, sandbox)

    run = scene.site.run(
        playbook=COLLECTION / "playbooks" / "deploy_on_push.yml", variables={"wotrus_order_ids": order_id}
    )

    assert scene.honest.folder().release is None
    assert sandbox.calls() == []
    assert_safe(run.output)


def test_push_about_another_order_deploys_nothing(scene: Scene, sandbox: Sandbox) -> None:
    issued_meanwhile(scene, sandbox)

    run = scene.site.run(playbook=COLLECTION / "playbooks" / "deploy_on_push.yml", variables={"wotrus_order_ids": ID})

    assert scene.honest.folder().release is None
    assert posts(sandbox) == []
    assert_safe(run.output)
