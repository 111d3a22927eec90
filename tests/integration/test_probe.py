# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What old orders show, as a user sees it, and the file of readings."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._client.settings import Settings
from ansible_collections.wotrus.pki.plugins.module_utils._readings.file import add_to_file
from ansible_collections.wotrus.pki.plugins.module_utils._readings.watch import Sight, Watcher
from tests.helpers.sandbox import Sandbox

from .harness import Run, Site

PLAYBOOK = "wotrus.pki.probe"


def table(run: Run) -> list[str]:
    """Return the lines that a person sees."""
    (shown,) = run.named("Show the readings")
    lines: list[str] = shown.result["msg"]
    return lines


def words(path: Path) -> dict[str, str]:
    """Return the words of a file by reading."""
    return {row["reading"]: row["word"] for row in json.loads(path.read_text(encoding="utf-8"))["seen"]}


@pytest.fixture
def readings(site: Site) -> Path:
    path = site.folder / "readings.json"
    site.variables["wotrus_readings"] = str(path)
    return path


@pytest.mark.parametrize("language", ["en", "zh"])
def test_old_order_is_probed_in_the_language_of_the_run(
    site: Site, sandbox: Sandbox, readings: Path, language: str
) -> None:
    (host,) = site.hosts(1)
    site.issue()
    seen_by_run = words(readings)
    readings.unlink()
    order_id = host.folder().record["live"]["order_id"]
    sandbox.clear_calls()

    # As extra variables, since the inventory of the site has them for its hosts alone.
    extra = {"order_id": order_id, "wotrus_language": language, "wotrus_readings": str(readings)}
    run = site.run(playbook=PLAYBOOK, variables=extra)

    assert run.code == 0, run.output
    assert [call["endpoint"] for call in sandbox.calls()] == ["query", "retrieve"]
    lines = "\n".join(table(run))
    assert ("与所付期限相同。" if language == "zh" else "As long as was paid.") in lines
    assert ("通过第一个订单" if language == "zh" else "by the first order") in lines
    assert run.changed == 0
    found = words(readings)
    assert (found["create_time"], found["chain"], found["lifetime"]) == ("usual", "root first", "the term")
    # The run saw more of its own order, and nothing else.
    assert set(found) - set(seen_by_run) <= {"expired", "ended", "certificate_name"}
    assert {"reissue_id", "repeat"}.isdisjoint(seen_by_run)
    assert seen_by_run["create_answer"] == "id"
    assert sandbox.token not in readings.read_text(encoding="utf-8")
    assert order_id not in readings.read_text(encoding="utf-8")


def test_probe_without_an_order_says_so(site: Site) -> None:
    run = site.run(playbook=PLAYBOOK)

    assert run.code != 0
    assert "order_id" in run.output


def test_bundle_and_letter_need_no_order(site: Site, sandbox: Sandbox, readings: Path) -> None:
    journal, bundle = site.folder / "journal.jsonl", site.folder / "bundle.txt"
    line = {"event": "end", "call": "create", "outcome": "refused", "error_code": "rejected_by_api", "user": "zhangsan"}
    journal.write_text(json.dumps(line) + "\n", encoding="utf-8")
    journal.chmod(0o600)
    extra = {"wotrus_readings": str(readings), "wotrus_journal": str(journal), "bundle_path": str(bundle)}

    run = site.run("--tags", "bundle,letter", playbook=PLAYBOOK, variables=extra)

    assert run.code == 0, run.output
    (shown,) = run.named("Show the text for the issue form")
    assert "".join(f"{line}\n" for line in shown.result["msg"]) == bundle.read_text(encoding="utf-8")
    text = bundle.read_text(encoding="utf-8")
    assert "create refused rejected_by_api" in text
    assert "zhangsan" not in text
    assert str(site.folder) not in text
    assert not run.named("Read the orders")
    assert not sandbox.calls()
    (letter,) = run.named("Show the letter to WoTrus")
    assert [line[:2] for line in letter.result["msg"]].count("6.") == 2


def test_plan_says_what_is_known_of_a_reissue(site: Site, sandbox: Sandbox, readings: Path) -> None:
    site.given(*site.hosts(1))
    watcher, today = Watcher(), dt.datetime.now(dt.UTC).date()
    watcher.seen = {("reissues", "granted", None): Sight(1, "1", "1")}
    assert add_to_file(str(readings), watcher, Settings(sandbox.token, sandbox.url), today) == []

    run = site.run("--check", variables={"wotrus_reissue": "contracts"})

    assert run.code == 0, run.output
    assert f"Known of WoTrus since {today}: Is a reissue granted? It was." in run.verdict()
