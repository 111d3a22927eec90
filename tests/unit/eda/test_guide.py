# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide, the rulebooks and the filter's documentation describe the real filter."""

from __future__ import annotations

import inspect
import json
import re
import runpy
from typing import Any

import pytest
import yaml

from tests.helpers.examples import ROOT, examples
from tests.helpers.guides import GUIDES
from tests.helpers.pushes import COLLECTION, FILTER, load_filter, push

EVENTS = ROOT / "extensions" / "eda"
GUIDE = GUIDES / "guide_pushes.rst"
RULEBOOK_FILES = {path.stem: path for folder in (EVENTS, ROOT) for path in (folder / "rulebooks").glob("*.yml")}
RULEBOOKS: dict[str, Any] = {stem: yaml.safe_load(path.read_text("utf-8")) for stem, path in RULEBOOK_FILES.items()}


def test_the_filter_documents_its_options() -> None:
    loaded = runpy.run_path(str(FILTER))

    documented = yaml.safe_load(loaded["DOCUMENTATION"])["options"]
    assert ["event", *documented] == list(inspect.signature(load_filter()).parameters)
    (source,) = yaml.safe_load(loaded["EXAMPLES"])
    assert source["filters"] == [{"wotrus.pki.push": None}]


@pytest.mark.parametrize("stem", RULEBOOKS)
def test_no_rulebook_takes_a_push_from_anybody_or_passes_on_what_an_outsider_wrote(stem: str) -> None:
    (ruleset,) = RULEBOOKS[stem]
    (source,) = ruleset["sources"]

    assert source["eda.builtin.webhook"]["token"] == "{{ WOTRUS_PUSH_TOKEN or WOTRUS_PUSH_TOKEN_IS_EMPTY ~ '' }}"
    assert "127.0.0.1" in source["eda.builtin.webhook"]["host"]
    assert source["filters"] == [{"wotrus.pki.push": None}]
    rule = ruleset["rules"][0]
    assert set(re.findall(r"event\.[\w.]+", json.dumps(rule))) == {"event.wotrus", "event.wotrus.order_id"}
    assert rule["throttle"] == {"once_after": "5 seconds", "group_by_attributes": ["event.wotrus.order_id"]}
    assert [action["lock"] for action in rule["action"].values()] == ["wotrus"]
    assert ruleset["execution_strategy"] == "parallel"


def test_each_rulebook_names_its_variables() -> None:
    for stem, book in RULEBOOKS.items():
        text = RULEBOOK_FILES[stem].read_text("utf-8")
        used = set(re.findall(r"\{\{ (wotrus_\w+)", json.dumps(book)))
        comment = "".join(line for line in text.splitlines(keepends=True) if line.startswith("#"))
        assert used <= set(re.findall(r"wotrus_\w+", comment)), stem
        assert stem in GUIDE.read_text("utf-8")


def test_eda_controller_imports_only_a_rulebook_that_is_fit_for_it() -> None:
    # It takes the folder rulebooks of a project only if this one is missing (eda-server's services/project/imports.py).
    (file,) = (EVENTS / "rulebooks").iterdir()
    (ruleset,) = yaml.safe_load(file.read_text("utf-8"))

    assert "Fit for EDA controller" in file.read_text("utf-8")
    # There is no inventory for run_playbook, and no port for a source that is no event stream.
    assert {name for rule in ruleset["rules"] for name in rule["action"]} == {"run_job_template"}


def test_the_guide_shows_an_event_as_it_is() -> None:
    (event,) = [json.loads(one.text) for one in examples(GUIDE) if one.language == "json"]

    claims = push(event["wotrus"]["order_id"].upper())
    assert load_filter()({"payload": claims, "meta": {"endpoint": "wotrus", "headers": {}}}) == event


def test_the_metadata_names_the_folders_of_the_plugins() -> None:
    listed = yaml.safe_load((ROOT / "meta" / "extensions.yml").read_text("utf-8"))["extensions"]
    routing = yaml.safe_load((EVENTS / "eda_runtime.yml").read_text("utf-8"))["plugin_routing"]
    folders = {path.parent for path in (COLLECTION / "extensions" / "eda" / "plugins").rglob("*.py")}

    assert {COLLECTION / "extensions" / one["args"]["ext_dir"] for one in listed} == folders
    assert set(routing) == {folder.name for folder in folders}
