# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GitLab CI/CD, as far as the example uses it.

By https://docs.gitlab.com/ci/yaml/, and for manual jobs and groups by https://docs.gitlab.com/ci/jobs/job_control/ and
https://docs.gitlab.com/ci/resource_groups/.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from .pipelines import Definition, Job, Pipeline, State, holds, known

FILE = ".gitlab-ci.yml"
_SETTINGS = ("stages", "workflow", "default", "variables")
_EVENTS = {
    "merge request": {"CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_IID": "42"},
    "unprotected": {"CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_IID": "43"},
    "push": {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main"},
    "renew": {"CI_PIPELINE_SOURCE": "schedule", "CI_COMMIT_BRANCH": "main", "SCHEDULED_JOB": "renew"},
    "drift": {"CI_PIPELINE_SOURCE": "schedule", "CI_COMMIT_BRANCH": "main", "SCHEDULED_JOB": "drift"},
    "rehearse": {"CI_PIPELINE_SOURCE": "schedule", "CI_COMMIT_BRANCH": "main", "SCHEDULED_JOB": "rehearse"},
}
_PROTECTED = ("CI_COMMIT_REF_PROTECTED", "COMMENT_TOKEN", "SSH_PRIVATE_KEY", "VAULT_PASSWORD")
_PROJECT = {
    "CI_API_V4_URL": "https://gitlab.example.com/api/v4",
    "CI_COMMIT_REF_PROTECTED": "true",
    "CI_DEFAULT_BRANCH": "main",
    "CI_PROJECT_ID": "7",
    "COMMENT_TOKEN": "glpat-x",
    "GITLAB_USER_LOGIN": "reviewer",
    "SSH_PRIVATE_KEY": "a key",
    "VAULT_PASSWORD": "example",
}


class GitLab(Pipeline):
    """A pipeline of the file."""

    def read(self) -> Iterator[Job]:
        content = yaml.safe_load((self._commit / FILE).read_text(encoding="utf-8"))
        settings = {name: content.pop(name) for name in _SETTINGS}
        self._variables = {**settings["variables"], **_PROJECT, **_EVENTS[self.event]}
        if self.event == "unprotected":
            self._variables = {name: value for name, value in self._variables.items() if name not in _PROTECTED}
        self._before: list[str] = known(settings["default"], "image", "before_script")["before_script"]
        self._stages: list[str] = settings["stages"]
        assert self._rule(known(settings["workflow"], "rules")) is not None, "no pipeline for this event"
        for name, definition in content.items():
            known(
                definition,
                *("stage", "needs", "rules", "environment", "resource_group"),
                *("before_script", "script", "artifacts", "variables"),
            )
            rule = self._rule(definition)
            if rule is not None:
                # A job that waits for a person lets the others end with success, which `allow_failure` makes of it.
                asks = known(rule, "if", "when", "allow_failure").get("when") == "manual"
                assert rule.get("allow_failure", False) is asks
                assert asks or "when" not in rule
                yield Job(name, definition, definition.get("resource_group"), asks)

    def _rule(self, definition: Definition) -> Definition | None:
        """Return the first rule that matches."""
        rules: list[Definition] = definition["rules"]
        return next((rule for rule in rules if holds(rule["if"], self._value)), None)

    def _value(self, operand: str) -> str | None:
        assert operand.startswith("$"), f"not implemented: {operand}"
        return self._variables.get(operand[1:])

    def _needed(self, job: Job) -> list[Job]:
        """Return the jobs that a job names, or those of earlier stages."""
        if "needs" in job.definition:
            return [self.jobs[name] for name in job.needs]
        stage = self._stages.index(job.definition["stage"])
        return [one for one in self.jobs.values() if self._stages.index(one.definition["stage"]) < stage]

    def verdict(self, job: Job) -> bool | None:
        states = [one.state for one in self._needed(job)]
        if any(state in (State.CREATED, State.GROUP, State.RUNNING) for state in states):
            return None
        # A job that needs one that waits for a person shows as skipped until then.
        return all(state is State.SUCCESS for state in states)

    def gates(self, job: Job) -> Iterator[tuple[State, bool]]:
        """Yield the person first.

        A job that nobody started holds no group.
        """
        yield State.PERSON, not job.asks
        yield State.GROUP, self.groups.enter(job)

    def answer(self, job: Job, *, approved: bool) -> None:
        """Start a job by hand; there is no way to reject one."""
        if approved:
            job.asks = False
            for one in self.jobs.values():
                if one.state is State.SKIPPED:
                    one.state = State.CREATED

    @property
    def is_green(self) -> bool:
        # A job that is allowed to fail does not count, be it waiting or failed.
        counted = [job for job in self.jobs.values() if not self._rule(job.definition).get("allow_failure")]
        return all(job.state in (State.SUCCESS, State.SKIPPED) for job in counted)

    def execute(self, job: Job, workspace: Path) -> bool:
        self.checkout(self._commit, workspace)
        for one in self._needed(job):
            if one.name in self.artifacts:
                self.fetch(one.name, workspace)
        commands = [*job.definition.get("before_script", self._before), *job.definition["script"]]
        # A variable of the project has precedence over that of a job.
        variables = {**job.definition.get("variables", {}), **self._variables}
        succeeded = self.script(job, "\n".join(commands), workspace, variables, "bash", "-e", "-o", "pipefail")
        artifacts = known(job.definition.get("artifacts", {}), "paths", "when", "expire_in", "access")
        if artifacts and (succeeded or artifacts.get("when") == "always"):
            self.keep(job.name, workspace, artifacts["paths"])
        return succeeded
