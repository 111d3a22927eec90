# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GitHub Actions, as far as the example uses it.

By https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax and, beside it, the pages
``contexts``, ``expressions`` and ``deployments-and-environments``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from .pipelines import Definition, Job, Pipeline, State, holds, known

WORKFLOW = Path(".github", "workflows", "certificates.yml")
_EVENTS: dict[str, tuple[str, dict[str, str]]] = {
    "merge request": ("pull_request", {"number": "42"}),
    "push": ("push", {}),
    "renew": ("schedule", {"schedule": "0 1 * * *"}),
    "drift": ("schedule", {"schedule": "0 3 * * 1"}),
    "rehearse": ("schedule", {"schedule": "0 2 * * 3"}),
}
_REVIEWED = ("preview", "production")
# The settings that the guide asks for: only the jobs of an environment get its secrets.
_SECRETS = {name: {"VAULT_PASSWORD": "example", "SSH_PRIVATE_KEY": "a key"} for name in ("preview", "main")}
_STATUS = ("success()", "always()")


class GitHub(Pipeline):
    """A run of the workflow."""

    def read(self) -> Iterator[Job]:
        workflow = yaml.safe_load((self._commit / WORKFLOW).read_text(encoding="utf-8"))
        known(workflow, "name", "on", "permissions", "env", "jobs")
        name, event = _EVENTS[self.event]
        triggers = known(workflow["on"], "pull_request", "push", "schedule")
        assert triggers["push"] == {"branches": ["main"]}
        assert name != "schedule" or {"cron": event["schedule"]} in triggers["schedule"]
        self._env: dict[str, str] = workflow["env"]
        self._contexts: dict[str, Any] = {
            "github": {"event_name": name, "event": event, "token": "ghs_x"},
        }
        for job, definition in workflow["jobs"].items():
            known(
                definition,
                *("if", "needs", "runs-on", "permissions", "environment", "env", "concurrency", "outputs", "steps"),
            )
            concurrency = known(definition.get("concurrency", {}), "group", "queue")
            # An environment that has no reviewers, or does not exist yet, lets each job start.
            asks = definition.get("environment") in _REVIEWED and self.repository.has_reviewers
            yield Job(job, definition, concurrency.get("group"), asks)

    def verdict(self, job: Job) -> bool | None:
        needed = [self.jobs[name].state for name in job.needs]
        if any(state in (State.CREATED, State.GROUP, State.PERSON, State.RUNNING) for state in needed):
            return None
        # The context has the needed jobs alone.
        needs = {name: {"outputs": self.jobs[name].outputs} for name in job.needs}
        succeeded = all(state is State.SUCCESS for state in needed)
        return self._condition(job.definition, succeeded=succeeded, needs=needs)

    def gates(self, job: Job) -> Iterator[tuple[State, bool]]:
        """Yield the group first.

        The documentation does not say whether a job that waits for its approval holds it. Here it does, which is worse.
        """
        may_run = self.groups.enter(job)
        if job.definition.get("concurrency", {}).get("queue", "single") == "single":
            for other in self.groups.waiting(job):
                if other is not job:
                    other.state = State.CANCELLED
                    self.groups.leave(other)
        yield State.GROUP, may_run
        yield State.PERSON, not job.asks

    def answer(self, job: Job, *, approved: bool) -> None:
        job.asks = False
        if not approved:
            job.state = State.FAILURE
            self.groups.leave(job)

    @property
    def is_green(self) -> bool:
        return all(job.state in (State.SUCCESS, State.SKIPPED) for job in self.jobs.values())

    def execute(self, job: Job, workspace: Path) -> bool:
        succeeded = True
        steps: dict[str, dict[str, dict[str, str]]] = {}
        for step in job.definition["steps"]:
            known(step, "name", "id", "if", "uses", "with", "run", "env")
            if not self._condition(step, succeeded=succeeded, steps=steps):
                continue
            if "uses" in step:
                self._use(step["uses"].partition("@")[0], step.get("with", {}), workspace)
                continue
            outputs = workspace.parent / f"outputs-of-{job.name}"
            outputs.write_text("")
            succeeded &= self._run(job, step, workspace, outputs)
            if "id" in step:
                pairs = [line.split("=", 1) for line in outputs.read_text().splitlines()]
                steps[step["id"]] = {"outputs": dict(pairs)}
        named: dict[str, str] = job.definition.get("outputs", {})
        job.outputs = {name: self._text(value, steps=steps) for name, value in named.items()}
        return succeeded

    def _use(self, action: str, inputs: Definition, workspace: Path) -> None:
        if action == "actions/checkout":
            known(inputs, "persist-credentials")
            self.checkout(self._commit, workspace)
        elif action == "actions/upload-artifact":
            known(inputs, "name", "path")
            self.keep(inputs["name"], workspace, inputs["path"].split())
        elif action == "actions/download-artifact":
            self.fetch(known(inputs, "name")["name"], workspace)
        else:
            assert action == "actions/setup-python", f"not implemented: {action}"
            known(inputs, "python-version")

    def _run(self, job: Job, step: Definition, workspace: Path, outputs: Path) -> bool:
        env = {**self._env, **job.definition.get("env", {}), **step.get("env", {})}
        secrets = _SECRETS.get(job.definition.get("environment"), {})
        variables = {name: self._text(value, secrets=secrets) for name, value in env.items()}
        files = {"GITHUB_OUTPUT": str(outputs), "GITHUB_STEP_SUMMARY": str(outputs.with_name("summary"))}
        variables.update(files, GITHUB_REPOSITORY="example/certificates")
        # The default shell does not see failures in the middle of a pipe.
        return self.script(job, self._text(step["run"]), workspace, variables, "bash", "-e")

    def _condition(self, definition: Definition, *, succeeded: bool, **contexts: Any) -> bool:
        condition = definition.get("if", "success()")
        if not any(function in condition for function in _STATUS):
            condition = f"success() && {condition}"

        def value(operand: str) -> object:
            return operand == "always()" or succeeded if operand in _STATUS else self._value(operand, contexts)

        return holds(condition, value)

    def _text(self, text: str, **contexts: Any) -> str:
        """Evaluate the expressions in a text."""
        return re.sub(r"\$\{\{ ([\w.]+) }}", lambda match: self._value(match[1], contexts), text)

    def _value(self, operand: str, contexts: dict[str, Any]) -> str:
        """Return a value of a context; one that is missing is empty."""
        context, *path = operand.split(".")
        value: Any = {**self._contexts, **contexts}[context]
        for name in path:
            value = value.get(name, {})
        return value or ""
