# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks before the first order: a table with cures, without changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.sandbox import DAY, Sandbox

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
    before = sandbox.state()["orders"]
    yield
    assert {(call["method"], call["endpoint"]) for call in sandbox.calls()} <= {("GET", "query")}
    assert sandbox.state()["orders"] == before


def test_all_is_well(site: Site, sandbox: Sandbox) -> None:
    hosts = site.hosts(2)

    run = site.run(playbook=PLAYBOOK)

    assert run.code == 0, run.output
    assert {row["result"] for row in rows(run)} == {"passed"}
    assert len({row["check"] for row in rows(run)}) >= 12
    # Each host may have settings of its own.
    assert len(sandbox.calls()) == len(hosts)
    assert not any(host.base_dir.exists() for host in hosts)
    assert run.changed == 0
    assert table(run)[-1] == "Nothing would fail. Run wotrus.pki.issue with --check next, which shows the plan."
    names = [line.split("  ")[0] for line in table(run)[2:-2]]
    assert sorted(set(names)) == sorted(names), "one row for each check"


def test_check_mode_shows_the_same(site: Site) -> None:
    site.host()

    assert site.run("--check", playbook=PLAYBOOK).code == 0


def test_wrong_token(site: Site) -> None:
    site.host()
    site.environment["WOTRUS_API_TOKEN"] = "tk_wrong_and_secret"

    run = site.run("-vvv", playbook=PLAYBOOK)

    assert run.code == 2
    assert list(failing(run)) == ["token"]
    assert "tk_wrong_and_secret" not in run.output
    assert any("Check wotrus_api_token, then run again." in line for line in table(run))


@pytest.mark.parametrize(
    ("settings", "check", "words"),
    [
        ({"WOTRUS_API_TOKEN": ""}, "token", "No API token."),
        (
            {"WOTRUS_API_URL": "http://restapi.wosign.com"},
            "url",
            "WOTRUS_API_URL 'http://restapi.wosign.com' must begin",
        ),
        ({"WOTRUS_CA_PATH": "/no/such/ca.pem"}, "tls", "WOTRUS_CA_PATH /no/such/ca.pem does not exist"),
        ({"WOTRUS_CA_PATH": "/etc/ssl/certs/ca-certificates.crt"}, "tls", "does not verify"),
    ],
    ids=["no token", "plain http", "no CA file", "another CA"],
)
def test_settings(site: Site, settings: dict[str, str], check: str, words: str) -> None:
    site.host()
    site.environment.update(settings)

    run = site.run(playbook=PLAYBOOK)

    assert run.code == 2
    assert words in failing(run)[check]


def test_no_server_at_the_address(site: Site, closed_port: int) -> None:
    site.host()
    site.environment["WOTRUS_API_URL"] = f"https://127.0.0.1:{closed_port}"

    run = site.run(playbook=PLAYBOOK)

    assert run.code == 2
    assert "Cannot connect" in failing(run)["url"]


def test_proxy_of_the_environment_that_does_not_answer(site: Site, closed_port: int) -> None:
    site.host()
    proxy = f"127.0.0.1:{closed_port}"
    site.environment["HTTPS_PROXY"] = f"http://signer:hunter2@{proxy}"
    # A proxy is not used for the sandbox, which is on loopback.
    site.environment["WOTRUS_API_URL"] = "https://restapi.wosign.com"

    run = site.run(playbook=PLAYBOOK)

    assert run.code == 2
    assert list(failing(run)) == ["proxy"]
    assert f"WoTrus cannot be reached through the proxy {proxy}" in failing(run)["proxy"]
    assert any("Check the option proxy, or HTTPS_PROXY" in line for line in table(run))
    assert "hunter2" not in run.output


def test_clocks_that_differ(site: Site, sandbox: Sandbox) -> None:
    site.host()
    sandbox.clock(advance=DAY)

    run = site.run(playbook=PLAYBOOK)

    assert run.code == 2
    assert set(failing(run)) == {"clock", "host_clock"}


def test_every_mistake_of_every_host_is_a_row(site: Site) -> None:
    site.host("a", wotrus_base_dir="certificates")
    site.host("b", wotrus_certificates=[entry(months=11, organization={"name": "x", "zip": 4104})])
    site.host("c", wotrus_certificates=[entry(order_name="shared"), entry("b", order_name="other")])
    site.host("d", wotrus_certificates=[entry(order_name="shared")], wotrus_contact="x")

    run = site.run(playbook=PLAYBOOK)

    assert run.code == 2
    found = [row["msg"] for row in rows(run) if row["check"] == "variables" and row["result"] == "failed"]
    assert len(found) == 3
    lines = table(run)
    assert any("wotrus_contact is no variable" in line and " warning " in line for line in lines)
    assert sum("2 certificates have the order name 'shared'" in line for line in lines) == 1
    assert {host.rpartition("-")[2] for host, counts in run.recap.items() if counts["failures"]} == {"a", "b", "c", "d"}


def test_what_a_host_lacks(site: Site, tmp_path: Path, bare_python: Path) -> None:
    open_folder = tmp_path / "open"
    open_folder.mkdir()
    open_folder.chmod(0o777)
    site.host("python", ansible_python_interpreter=str(bare_python))
    site.host("path", wotrus_base_dir=str(open_folder / "certificates"))
    site.host("space", wotrus_base_dir="/proc/wotrus")
    site.host(
        "rest",
        wotrus_owner="no-such-owner",
        wotrus_certificates=[
            entry(
                reload={"command": "no-such-program reload hunter2"},
                key={"import_from": "/no/such.pem"},
                documents=[{"type": "id_card", "path": "/no/such.pdf"}],
            )
        ],
    )

    run = site.run(playbook=PLAYBOOK)

    assert run.code == 2
    assert {"cryptography", "path", "accounts", "commands", "key_files", "documents"} <= set(failing(run))
    assert "chmod go-w" in failing(run)["path"]
    assert "hunter2" not in "".join(table(run))
    assert all(row["next_step"] for row in rows(run) if row["result"] == "failed")


def test_host_that_cannot_be_reached_is_a_row(site: Site, tmp_path: Path) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho this Python is broken >&2\nexit 3\n")
    broken.chmod(0o755)
    site.host("broken", ansible_python_interpreter=str(broken))
    site.unreachable_host()
    site.host("well")

    run = site.run(playbook=PLAYBOOK)

    assert run.code == 2
    assert sum(row["check"] == "connection" and row["result"] == "failed" for row in rows(run)) == 2
    assert any("the host, with the same become" in line for line in table(run))


def test_become_that_is_refused(site: Site) -> None:
    site.host_that_refuses_become()

    run = site.run(playbook=PLAYBOOK)

    assert run.code == 2
    assert "a password is required" in failing(run)["connection"]


@pytest.mark.parametrize("handler", ["Reload the signer", "Reload the signar"])
def test_own_play_is_checked_by_its_tag_with_its_handlers(site: Site, handler: str) -> None:
    host = site.host()
    site.variables["wotrus_certificates"] = "{{ certificates }}"
    handlers = [{"name": "Reload the signer", "ansible.builtin.debug": {"msg": "reloaded"}}]
    play = {"vars": {"certificates": [entry(reload={"handler": handler})]}, "handlers": handlers}

    run = site.run("--tags", "wotrus_preflight", play=play)

    assert (run.code == 0) is (handler == "Reload the signer"), run.output
    assert ("handlers" in failing(run)) is (handler != "Reload the signer")
    assert not host.base_dir.exists()


def test_facts_of_a_host_that_would_replace_variables(site: Site) -> None:
    site.host()
    facts = {"ansible.builtin.set_fact": {"wotrus_base_dir": "/elsewhere", "cacheable": True}}
    checks = {"ansible.builtin.import_role": {"name": "wotrus.pki.preflight", "tasks_from": "everything"}}

    run = site.run(tasks=[facts, checks])

    assert run.code == 2
    assert any("wotrus_base_dir, which would replace variables" in line for line in table(run))
