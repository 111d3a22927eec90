# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide, from the project to the removal, with real jobs."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests.helpers.sandbox import Sandbox
from tests.integration.checks import assert_deployed, posts
from tests.integration.conftest import Charged
from tests.integration.harness import Host

from . import guide
from .configure import TOKEN, environment, project_of_a_user, state
from .fake_awx import FakeAwx
from .jobs import AWX, Awx

# The teams that the guide has its reader join, and that of another person.
READER, APPROVER = ["WoTrus planners", "WoTrus operators"], ["WoTrus approvers"]


class Reader:
    """A person who does what the guide says."""

    def __init__(self, server: FakeAwx, folder: Path) -> None:
        self._server = server
        self._clone = folder / "clone"
        self._clone.mkdir()
        (self._clone / "extensions").symlink_to(AWX.parent)
        self.settings: dict[str, Any] = {}

    def set(self, part: str) -> None:
        """Add a part to the file with the settings."""
        with (self._clone / "my-awx.yml").open("a", encoding="utf-8") as file:
            file.write(part)
        self.settings = yaml.safe_load((self._clone / "my-awx.yml").read_text(encoding="utf-8"))

    def run(self, command: str, **variables: str) -> str:
        """Run a command in the clone, and return its output."""
        done = subprocess.run(
            ["sh", "-ec", command],
            cwd=self._clone,
            env={**environment(self._server, self._clone), **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def launch(self, name: str, answers: dict[str, Any] | None = None) -> dict[str, Any]:
        """Launch a template, and return its job."""
        kinds = {"job_templates": "jobs", "workflow_job_templates": "workflow_jobs"}
        (kind,) = [kind for kind in kinds if f"WoTrus | {name}" in self._server.names(kind)]
        template = self._server.named(kind, f"WoTrus | {name}")
        status, answer = self._server.ask(
            "POST", f"{kind}/{template['id']}/launch/", {"extra_vars": answers or {}}, teams=READER
        )
        assert status == 201, answer
        return self._server.find(kinds[kind], answer["id"])

    def notification(self, part: str) -> list[str]:
        """Return the lines of the message or the body of the newest notification."""
        text: str = self._server.jobs.sent[-1]["text"][part]
        return without_numbers(text.replace(self._server.url, "https://awx.example.com").splitlines())


def without_numbers(lines: list[str]) -> list[str]:
    """Return lines without the numbers of jobs, and without what each order has of its own."""
    links = [re.sub(r"https://\S+/ProductV4/\S+", "LINK", line) for line in lines]
    return [re.sub(r"/[0-9]+$", "/NUMBER", line) for line in links]


def changed_tasks(output: str) -> set[str]:
    """Return the tasks of a run that changed something."""
    tasks = re.split(r"^TASK \[(.*)\] \**$", output, flags=re.MULTILINE)
    return {name for name, lines in zip(tasks[1::2], tasks[2::2], strict=True) if "\nchanged: " in lines}


def test_guide_leads_to_certificates_and_back(
    server: FakeAwx, awx: Awx, sandbox: Sandbox, charged: Charged, tmp_path: Path
) -> None:
    reader, inventory, settings = Reader(server, tmp_path), guide.inventory(), guide.settings()
    # Create your project, and what only you have.
    assert guide.create_project(tmp_path / "project") == project_of_a_user()["playbooks"]
    reader.set(settings[0])
    (machine,) = reader.settings["wotrus_awx_further_credentials"]
    for name, namespace in (
        (machine, "ssh"),
        (reader.settings["wotrus_awx_project_credential"], "scm"),
        (reader.settings["wotrus_awx_registry_credential"], "registry"),
    ):
        server.add_credential(name, namespace)
    before = state(server)

    # Configure AWX, and run the first jobs.
    configure = guide.command("ansible-playbook extensions/awx/configure.yml")
    reader.run(configure)
    awx.playbooks = tmp_path / "project" / "playbooks"
    awx.hosts = first, second = [Host(name, tmp_path / name) for name in inventory["hosts"]]
    awx.variables = {name: value for name, value in inventory["vars"].items() if name.startswith("wotrus_")}
    server.jobs.run_job = awx.run_template
    plan = reader.launch("plan")

    assert [line for line in guide.output("not_ordered") if json.dumps(line)[1:-1] not in plan["stdout"]] == []

    # Approve a plan, with prices and notifications.
    reader.set("".join(settings[1:]))
    output = reader.run(configure)
    # A second run changes what the settings change: nothing else.
    assert changed_tasks(output) == {"Create the notification", "Create the job templates", "Create the workflows"}
    sandbox.settings(unpaid=True)
    workflow = reader.launch("plan, approve, issue")

    assert reader.notification("message") == without_numbers(guide.output("Approve the plan?"))
    assert charged() == 0
    (approval,) = server.resources["workflow_approvals"]
    status, _answer = server.ask("POST", f"workflow_approvals/{approval['id']}/approve/", teams=APPROVER)
    # The job "waiting for you" failed, since both orders wait for their payment.
    assert (status, workflow["status"], charged()) == (204, "failed", 2)

    sandbox.order(second.folder().pending_order_id, "paid")
    assert reader.launch("waiting for you")["status"] == "failed"

    assert reader.notification("message") == without_numbers(guide.output("failed. "))
    assert reader.notification("body") == without_numbers(guide.output("failed\n"))

    # Each further job continues all orders.
    sandbox.order(first.folder().pending_order_id, "paid")
    assert [reader.launch(name)["status"] for name in ("issue", "status")] == ["successful"] * 2
    for host in (first, second):
        assert_deployed(host.folder(), sandbox)

    # Launch jobs by the API.
    sandbox.clear_calls()
    words = shlex.split(guide.command("curl"))
    job = reader.launch("reissue", json.loads(words[words.index("-d") + 1])["extra_vars"])
    assert (job["status"], posts(sandbox), charged()) == ("successful", ["reissue", "reissue"], 2)

    # Write a new token, and remove everything.
    reader.run(guide.command("--tags credential"), WOTRUS_API_TOKEN="tk_new")
    assert server.secrets == [TOKEN, "tk_new"]
    for kind in ("jobs", "workflow_jobs", "workflow_approvals"):
        server.resources[kind].clear()
    reader.run(guide.command("wotrus_awx_state=absent"))
    assert state(server) == before
