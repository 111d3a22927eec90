# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rehearsal runs the commands of a switch with what is live, and leaves everything as it was."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.wotrus.pki.plugins.module_utils._commands import CommandResult
from tests.unit.store import scene
from tests.unit.store.test_reload import COMMAND, FAILED, TEST, WORDS, signing

TRIED = {"validate": "check %s", "reload_command": COMMAND, "test_signature": TEST}


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    """A live certificate, with the next key and a reload that is pending."""
    path = tmp_path / "ssl" / "contracts"
    scene.deploy_certificate(path, record={"reload_pending": True})
    scene.prepare(path, record={"operation": "renew"})
    return path


def test_all_commands_run_with_the_live_release_and_nothing_changes(path) -> None:
    before = scene.tree(path)
    host = scene.Host(outcomes=[CommandResult(), CommandResult(), lambda: signing(path)])

    result = scene.succeed(path, "rehearsed", host=host, **TRIED)

    live = str((path / "live").resolve())
    assert host.commands == [(["check", live], 300), (WORDS, 60), (["sign", "test.pdf"], 60)]
    assert (result["changed"], result["reloaded"]) == (False, True)
    assert scene.tree(path) == before


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ([FAILED], "validation_failed"),
        ([CommandResult(), FAILED], "reload_failed"),
        ([CommandResult(), CommandResult(), FAILED], "signing_failed"),
        ([CommandResult(), CommandResult(), CommandResult(printed=b"no document")], "signing_failed"),
    ],
)
def test_broken_command_is_found_and_nothing_changes(path, outcomes, code) -> None:
    before = scene.tree(path)

    result = scene.call(path, "rehearsed", host=scene.Host(outcomes=[*outcomes]), **TRIED)

    assert (result["failed"], result["error_code"], result["changed"]) == (True, code, False)
    assert "rolled_back" not in result["deployments"][0] or result["deployments"][0]["rolled_back"] is False
    assert scene.tree(path) == before


def test_check_mode_runs_nothing(path) -> None:
    host = scene.Host(check_mode=True)
    assert scene.succeed(path, "rehearsed", host=host, **TRIED)["changed"] is False
    assert host.commands == []


def test_without_a_live_certificate_there_is_nothing_to_try(tmp_path) -> None:
    host = scene.Host()
    scene.succeed(tmp_path / "ssl" / "contracts", "rehearsed", host=host, **TRIED)
    assert host.commands == []
    assert "has no live certificate, so nothing was tried." in host.warnings[0]
    assert not (tmp_path / "ssl").exists()
