# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pushes with anything in any field."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.wotrus.pki.extensions.eda.plugins.wotrus_push.push_format import (
    MalformedPushError,
    normalize,
    parse_body,
)
from ansible_collections.wotrus.pki.extensions.eda.plugins.wotrus_push.store import StoreError
from ansible_collections.wotrus.pki.extensions.eda.plugins.wotrus_push.work_queue import WorkQueue
from tests.helpers.pushes import encoded, hostile, push
from tests.helpers.sandbox import Sandbox
from tests.integration.checks import posts
from tests.integration.harness import COLLECTION, ROOT
from tests.unit.eda.test_store import PLANTS

from .catalogue import failed
from .scene import BIDI, ESCAPE, Scene, assert_safe

RULEBOOKS = sorted([*(ROOT / "extensions/eda/rulebooks").glob("*.yml"), *(ROOT / "rulebooks").glob("*.yml")])
ID = "89CB4BF6-3E53-4B49-9AB9-92D578144260"
_EVENT = {"order_id", "event", "status", "stage", "request_ids"}
_PLAIN_ID = re.compile(r"[0-9a-z-]{1,64}")
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
        part = checked_part(payload)
        assert set(part) <= _EVENT
        assert not any(text in str(value) for value in part.values())
        assert _PLAIN_ID.fullmatch(part.get("order_id", ID.lower()))
        failed("hostile fields")


def checked_part(payload: Any) -> dict[str, Any]:
    """Return the part of an event that rules use; empty if refused."""
    try:
        event = normalize({"payload": payload, "meta": {}})
    except MalformedPushError as exc:
        assert_safe(str(exc))
        return {}
    return dict(event.get("wotrus", {}))


def test_hostile_push_is_an_event_or_refused() -> None:
    # What is hostile about the others is no part of the body: the listener's own tests send them.
    for one in [one for one in hostile(ID) if one.body != encoded(push(ID))]:
        if one.answer != 400:
            assert _PLAIN_ID.fullmatch(checked_part(parse_body(one.body)).get("order_id", ID.lower()))
        else:
            with pytest.raises(MalformedPushError):
                normalize({"payload": parse_body(one.body), "meta": {}})
        failed("hostile pushes")


@pytest.mark.parametrize("file", RULEBOOKS, ids=lambda file: file.stem)
def test_rulebook_uses_nothing_of_a_push_but_its_checked_part(file: Path) -> None:
    rules = yaml.safe_load(file.read_text(encoding="utf-8"))

    used = set(re.findall(r"events?\.([\w.]+)", json.dumps(rules)))

    assert used
    assert {name for name in used if name.split(".")[0] not in ("wotrus", "wotrus_alert")} == set()
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
        playbook=COLLECTION / "playbooks" / "deploy_on_push.yml", variables={"wotrus_order_id": order_id}
    )

    assert scene.honest.folder().release is None
    assert sandbox.calls() == []
    assert_safe(run.output)
    failed("hostile variable")


def test_push_about_another_order_deploys_nothing(scene: Scene, sandbox: Sandbox) -> None:
    issued_meanwhile(scene, sandbox)

    run = scene.site.run(playbook=COLLECTION / "playbooks" / "deploy_on_push.yml", variables={"wotrus_order_id": ID})

    assert scene.honest.folder().release is None
    assert posts(sandbox) == []
    assert_safe(run.output)
    failed("another order")


@pytest.mark.parametrize("plant", PLANTS)
def test_folder_of_reports_is_that_of_no_other_user(tmp_path: Path, plant: Callable[[Path], None]) -> None:
    folder = tmp_path / "push.db.reports"
    folder.mkdir(mode=0o700)
    plant(folder)

    with pytest.raises(StoreError):
        WorkQueue(tmp_path / "push.db")

    failed("folder of reports")
