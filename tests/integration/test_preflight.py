# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks before the first order: a table with cures, without changes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.sandbox import Sandbox

from .harness import Run, Site, entry

PLAYBOOK = "wotrus.pki.preflight"


def rows(run: Run, host: str | None = None) -> list[dict[str, Any]]:
    """Return the checks of the hosts."""
    found = [task for task in run.named("Check the variables, the API") if host in (None, task.host)]
    return [row for task in found for row in task.result.get("checks", ())]


def failing(run: Run) -> dict[str, str]:
    """Return the messages of the checks that failed, by check."""
    return {row["check"]: row["msg"] for row in rows(run) if row["result"] == "failed"}


def table(run: Run) -> list[str]:
    """Return the lines that a person sees."""
    (shown,) = run.named("Show the checks")
    lines: list[str] = shown.result["msg"]
    return lines


@pytest.fixture(autouse=True)
def nothing_is_sent(sandbox: Sandbox) -> Iterator[None]:
    """Only Query is called, whatever is found."""
    yield
    assert {(call["method"], call["endpoint"]) for call in sandbox.calls()} <= {("GET", "query")}


def test_all_is_well(site: Site, sandbox: Sandbox) -> None:
    hosts = site.hosts(2)
    site.variables["wotrus_readings"] = str(site.folder / "readings.json")

    run = site.run(playbook=PLAYBOOK)

    assert run.code == 0, run.output
    assert {row["result"] for row in rows(run)} == {"passed"}
    assert len({row["check"] for row in rows(run)}) >= 12
    assert sum(row["check"] == "readings" for row in rows(run)) == len(hosts)
    # Each host may have settings of its own.
    assert len(sandbox.calls()) == len(hosts)
    assert not any(host.base_dir.exists() for host in hosts)
    assert run.changed == 0
    assert table(run)[-1] == "Nothing would fail. Run wotrus.pki.issue with --check next, which shows the plan."
    names = [line.split("  ")[0] for line in table(run)[2:-2]]
    assert sorted(set(names)) == sorted(names), "one row for each check"


def test_token_of_another_account_is_found_by_the_orders_of_records(site: Site, sandbox: Sandbox) -> None:
    known, other = site.host("known"), site.host("other")
    site.given()
    sandbox.clear_calls()
    record = other.folder().record
    record["live"]["order_id"] = "89CB4BF6-3E53-4B49-9AB9-92D578144260"
    other.folder().record_file.write_text(json.dumps(record))

    run = site.run(playbook=PLAYBOOK)

    assert run.code == 2
    assert {row["result"] for row in rows(run, known.name)} == {"passed"}
    (failed,) = [row for row in rows(run, other.name) if row["result"] != "passed"]
    assert (failed["check"], failed["result"]) == ("orders", "failed")
    assert "89CB4BF6-3E53-4B49-9AB9-92D578144260" in failed["msg"]
    assert "of the account that placed the order" in failed["next_step"]


def test_own_play_is_checked_by_its_tag_and_each_failure_is_a_row(site: Site, tmp_path: Path) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho this Python is broken >&2\nexit 3\n")
    broken.chmod(0o755)
    site.host("broken", ansible_python_interpreter=str(broken))
    site.unreachable_host()
    well = site.host("well")
    site.environment["WOTRUS_CA_PATH"] = "/etc/ssl/certs/ca-certificates.crt"
    site.variables["wotrus_certificates"] = "{{ certificates }}"
    handlers = [{"name": "Reload the signer", "ansible.builtin.debug": {"msg": "reloaded"}}]
    play = {"vars": {"certificates": [entry(reload={"handler": "Reload the signar"})]}, "handlers": handlers}

    run = site.run("--tags", "wotrus_preflight", play=play)

    assert run.code == 2
    assert set(failing(run)) == {"connection", "handlers", "tls"}
    assert "does not verify" in failing(run)["tls"]
    assert sum(row["check"] == "connection" and row["result"] == "failed" for row in rows(run)) == 2
    assert {row["check"] for row in rows(run, well.name) if row["result"] == "failed"} == {"handlers", "tls"}
    assert any("the host, with the same become" in line for line in table(run))
    assert not well.base_dir.exists()
