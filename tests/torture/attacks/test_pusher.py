# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pushes with anything in any field."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.helpers.pushes import NO_PUSHES, PATH_TOKEN, load_filter, push
from tests.helpers.sandbox import Sandbox
from tests.integration.checks import posts
from tests.integration.harness import COLLECTION, ROOT

from .catalogue import failed
from .scene import BIDI, ESCAPE, Scene, assert_safe

RULEBOOKS = sorted([*(ROOT / "extensions/eda/rulebooks").glob("*.yml"), *(ROOT / "rulebooks").glob("*.yml")])
ID = "89CB4BF6-3E53-4B49-9AB9-92D578144260"
PUSHES = load_filter()
TEXTS = [
    "{{ lookup('pipe', 'id') }}",
    "{% for a in b %}",
    f"{ID}{ESCAPE}",
    f"{BIDI}",
    "<script>",
    f"../{ID}",
    "x" * 2**20,
]


@pytest.mark.parametrize("text", TEXTS)
def test_field_of_a_push_reaches_no_rule(text: str) -> None:
    for field in ("orderId", "dataAction", "isIssued", "isRevoked", "more"):
        payload: dict[str, Any] = {**push(ID), field: text}
        event = PUSHES({"payload": payload, "meta": {"endpoint": text, "headers": {text: text}}})
        # Without an order, rules have the payload as it is, and those of the collection do nothing.
        if "payload" not in event:
            assert text not in str(event)
            assert event == [] or set(event["wotrus"]) == {"event", "order_id"}
        failed("hostile fields")


@pytest.mark.parametrize("payload", NO_PUSHES.values(), ids=NO_PUSHES)
def test_what_is_no_push_is_dropped(payload: Any) -> None:
    assert PUSHES({"payload": payload, "meta": {}}) == []
    failed("hostile pushes")


@pytest.mark.parametrize("endpoint", ["", "push", f"{PATH_TOKEN}/", f"push/{PATH_TOKEN[:-1]}", f"push/{PATH_TOKEN}x"])
def test_push_to_another_path_is_dropped(endpoint: str) -> None:
    assert PUSHES({"payload": push(ID), "meta": {"endpoint": endpoint}}, path_token=PATH_TOKEN) == []
    failed("push of a stranger")


@pytest.mark.parametrize("file", RULEBOOKS, ids=lambda file: file.stem)
def test_rulebook_uses_nothing_of_a_push_but_its_checked_part(file: Path) -> None:
    rules = yaml.safe_load(file.read_text(encoding="utf-8"))

    used = set(re.findall(r"event\.(\w+)|attribute='(\w+)", json.dumps(rules)))

    assert {name for names in used for name in names if name} == {"wotrus"}
    failed("hostile fields")


def issued_meanwhile(scene: Scene, sandbox: Sandbox) -> None:
    """Have an order that a run on its host would deploy."""
    sandbox.settings(manual_review=True)
    scene.site.issue()
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
    failed("hostile variable")


def test_push_about_another_order_deploys_nothing(scene: Scene, sandbox: Sandbox) -> None:
    issued_meanwhile(scene, sandbox)

    run = scene.site.run(playbook=COLLECTION / "playbooks" / "deploy_on_push.yml", variables={"wotrus_order_ids": ID})

    assert scene.honest.folder().release is None
    assert posts(sandbox) == []
    assert_safe(run.output)
    failed("another order")
