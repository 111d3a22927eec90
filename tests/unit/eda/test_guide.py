# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide and the plugins' documentation describe the real plugins."""

from __future__ import annotations

import json
import re
import runpy
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.wotrus.pki.extensions.eda.plugins.wotrus_push import options
from ansible_collections.wotrus.pki.extensions.eda.plugins.wotrus_push.push_format import batch_part
from tests.helpers.examples import ROOT, Kind, examples
from tests.helpers.pushes import PATH_TOKEN, encoded, push

from .running import run, started

EVENTS = ROOT / "extensions" / "eda"
GUIDE = ROOT / "docs" / "docsite" / "rst" / "guide_pushes.rst"
# Where a collection is, since a plugin looks for the others above its own folder.
COLLECTION = ROOT / ".build" / "collections" / "ansible_collections" / "wotrus" / "pki"
PLUGIN_FILES = (COLLECTION / "extensions" / "eda" / "plugins").glob("event_*/*.py")
PLUGINS = {f"{path.parent.name}/{path.stem}": path for path in PLUGIN_FILES}
SPECS = {"push": options._PUSH, "poll": options._POLL}
RULEBOOK_FILES = {path.stem: path for folder in (EVENTS, ROOT) for path in (folder / "rulebooks").glob("*.yml")}
RULEBOOKS = {stem: yaml.safe_load(path.read_text("utf-8")) for stem, path in RULEBOOK_FILES.items()}


def documented(plugin: str) -> dict[str, Any]:
    """Return the options of a plugin's documentation."""
    loaded = runpy.run_path(str(PLUGINS[plugin]))
    found: dict[str, Any] = yaml.safe_load(loaded["DOCUMENTATION"])["options"]
    return found


def spec(source: str) -> dict[str, Any]:
    """Return the options that a source takes."""
    api = {**options.common_arguments(), "retries": {"type": "int", "default": 1}}
    return {**options._COMMON, **SPECS[source], **api}


def compare(documented_options: dict[str, Any], taken: dict[str, Any]) -> None:
    """Check that documentation and options agree.

    Names, types, defaults and choices are compared.
    """
    assert documented_options.keys() == taken.keys()
    for name, option in taken.items():
        for fact in ("type", "elements", "default", "choices"):
            assert documented_options[name].get(fact) == option.get(fact), f"{name}: {fact}"
        assert bool(documented_options[name].get("required")) == bool(option.get("required")), name
        if "options" in option:
            compare(documented_options[name]["suboptions"], option["options"])


@pytest.mark.parametrize("source", SPECS)
def test_a_source_documents_the_options_that_it_takes(source: str) -> None:
    compare(documented(f"event_source/{source}"), spec(source))


@pytest.mark.parametrize("plugin", PLUGINS)
def test_the_examples_of_a_plugin_have_only_its_options(plugin: str) -> None:
    for entry in yaml.safe_load(runpy.run_path(str(PLUGINS[plugin]))["EXAMPLES"]):
        if plugin == "event_filter/push":
            assert entry["filters"] == [{"wotrus.pki.push": None}]
        else:
            assert entry[f"wotrus.pki.{plugin.partition('/')[2]}"].keys() <= documented(plugin).keys()


def rulebooks_of_the_guide() -> list[Any]:
    """Return the rulebooks that the guide shows."""
    shown = [one for one in examples(GUIDE) if one.language == "yaml" and one.kind is Kind.OTHER]
    return [one.data for one in shown]


def test_each_source_of_a_rulebook_has_only_existing_options() -> None:
    shown = rulebooks_of_the_guide()
    assert len(shown) == 1
    for ruleset in [ruleset for book in [*RULEBOOKS.values(), *shown] for ruleset in book]:
        for source in ruleset["sources"]:
            for plugin in source.keys() & {"wotrus.pki.push", "wotrus.pki.poll"}:
                name = plugin.rpartition(".")[2]
                assert source[plugin].keys() <= documented(f"event_source/{name}").keys()
            assert source.get("filters", [{"wotrus.pki.push": None}]) == [{"wotrus.pki.push": None}]
        for rule in ruleset["rules"]:
            text = json.dumps(rule)
            # What an outsider wrote is handed on by none of them.
            assert "event.payload" not in re.sub(r"event\.payload\.dataAction ==", "", text)
            if "run_job_template" in text:
                assert rule["throttle"]["group_by_attributes"] == ["event.wotrus.order_id"]
            if "run_playbook" in text:
                # Its last part runs on localhost.
                assert ruleset["hosts"] == "all,localhost"
                assert "event.wotrus.report" in text


def test_each_rulebook_names_its_variables() -> None:
    for stem, book in RULEBOOKS.items():
        text = RULEBOOK_FILES[stem].read_text("utf-8")
        used = set(re.findall(r"\{\{ (wotrus_\w+)", json.dumps(book)))
        comment = "".join(line for line in text.splitlines(keepends=True) if line.startswith("#"))
        assert used <= set(re.findall(r"wotrus_\w+", comment)), stem
        assert stem in GUIDE.read_text("utf-8")


def test_no_shipped_rulebook_takes_a_push_from_anybody() -> None:
    for stem, book in RULEBOOKS.items():
        for source in book[0]["sources"]:
            if "eda.builtin.webhook" in source:
                assert source["eda.builtin.webhook"]["hmac_secret"] == "{{ WOTRUS_PUSH_SECRET }}"
            else:
                # The source itself refuses to start without a secret path.
                assert source.keys() & {"wotrus.pki.push", "wotrus.pki.poll"}, stem


def test_eda_controller_imports_only_rulebooks_that_are_fit_for_it() -> None:
    # It takes the folder rulebooks of a project only if this one is missing (eda-server's services/project/imports.py).
    folder = EVENTS / "rulebooks"
    for file in folder.glob("*.yml"):
        text = file.read_text("utf-8")
        assert "Fit for EDA controller" in text, file
        (ruleset,) = yaml.safe_load(text)
        actions = {
            name for rule in ruleset["rules"] for one in rule.get("actions", [rule.get("action")]) for name in one
        }
        # There is no inventory for run_playbook, and no port for a source that is no event stream.
        assert actions <= {"run_job_template", "post_event", "debug"}
        assert ["eda.builtin.webhook" in source for source in ruleset["sources"]] == [True]
    assert [path.name for path in folder.iterdir()] == ["launch_on_push.yml"]


def test_the_guide_shows_an_event_and_the_health_as_they_are(tmp_path: Path) -> None:
    shown = [json.loads(one.text) for one in examples(GUIDE) if one.language == "json"]
    event, health = shown

    part = event["wotrus"]
    details = {row["order_id"]: {k: v for k, v in row.items() if k != "order_id"} for row in part["orders"]}
    assert event == {"wotrus": batch_part("issued", details, hosts=part["hosts"], report=part["report"])}

    async def scenario() -> None:
        async with started(tmp_path) as source:
            assert (await source.health())[1].keys() == health.keys()

    run(scenario)


@pytest.mark.manual("1.2-push-address")
def test_the_push_address_of_the_guide_is_correct(tmp_path: Path) -> None:
    found = re.search(r"https://hooks\.example\.com(/\S+)", GUIDE.read_text("utf-8"))
    assert found

    async def scenario() -> None:
        async with started(tmp_path, hmac_secret=None) as source:
            path = found[1].replace("PATH_TOKEN", PATH_TOKEN)
            assert await source.send(encoded(push("A-1")), path=path, headers={}) == 200

    run(scenario)


def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    program = tmp_path / "ansible-rulebook"
    program.touch(mode=0o755)
    unit = (EVENTS / "systemd" / "wotrus-push.service").read_text("utf-8")
    (tmp_path / "wotrus-push.service").write_text(unit.replace("/opt/wotrus/bin/ansible-rulebook", str(program)))

    done = subprocess.run(
        [analyze, "verify", "--man=no", tmp_path / "wotrus-push.service"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert not [line for line in done.stderr.splitlines() if "wotrus-push" in line], done.stderr


def test_the_unit_starts_the_rulebook_as_the_guide_does() -> None:
    command = "ansible-rulebook --rulebook wotrus.pki.deploy_on_event --inventory "

    assert command in (EVENTS / "systemd" / "wotrus-push.service").read_text("utf-8")
    assert command in GUIDE.read_text("utf-8")


def test_the_metadata_names_the_folders_of_the_plugins() -> None:
    listed = yaml.safe_load((ROOT / "meta" / "extensions.yml").read_text("utf-8"))["extensions"]
    folders = {ROOT / "extensions" / one["args"]["ext_dir"] for one in listed}
    routing = yaml.safe_load((EVENTS / "eda_runtime.yml").read_text("utf-8"))["plugin_routing"]

    assert folders == {path.parent.resolve() for path in PLUGINS.values()}
    assert set(routing) == {folder.name for folder in folders}
