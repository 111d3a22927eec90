# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the pipelines of GitHub and GitLab have in common.

Jobs wait for other jobs, for a person, and for their concurrency group. Each runs in a checkout of its own. Only what
the example uses is implemented: :func:`known` refuses any other key, and :func:`holds` any other expression.
"""

from __future__ import annotations

import abc
import dataclasses
import enum
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from .repository import Repository

Definition = dict[str, Any]
_OPERAND = r"""'[^']*'|"[^"]*"|[$\w.]+(?:\(\))?"""
_TERM = re.compile(rf"({_OPERAND})(?: (==|!=) ({_OPERAND}))?")


def known(definition: Definition, *keys: str) -> Definition:
    """Return a part of a pipeline if it has no other keys."""
    assert set(definition) <= set(keys), f"not implemented: {sorted(set(definition) - set(keys))}"
    return definition


def holds(expression: str, value: Callable[[str], object]) -> bool:
    """Return whether terms that are joined by ``&&`` are all true.

    A term is an operand, or compares two for being equal.

    :param value: returns the value of an operand that is no text in quotation marks
    """

    def read(operand: str) -> object:
        return operand[1:-1] if operand[0] in "'\"" else value(operand)

    def is_true(text: str) -> bool:
        term = _TERM.fullmatch(text.strip())
        assert term, f"not implemented: {expression}"
        left, operator, right = term.groups()
        return (read(left) == read(right)) is (operator == "==") if operator else bool(read(left))

    terms = [is_true(term) for term in expression.split("&&")]
    return all(terms)


class State(enum.Enum):
    """What a job waits for, or how it ended."""

    CREATED = "created"
    GROUP = "waits for its concurrency group"
    PERSON = "waits for a person"
    RUNNING = "running"
    SUCCESS = "success"
    FAILURE = "failure"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


@dataclasses.dataclass(eq=False)
class Job:
    """A job of one pipeline.

    :ivar group: its concurrency group
    :ivar asks: whether a person must let it start
    """

    name: str
    definition: Definition
    group: str | None
    asks: bool
    state: State = State.CREATED
    outputs: dict[str, str] = dataclasses.field(default_factory=dict)
    output: str = ""

    @property
    def needs(self) -> list[str]:
        named = self.definition.get("needs", [])
        return [named] if isinstance(named, str) else named


class Groups:
    """The concurrency groups of a repository: the first job of each runs."""

    def __init__(self) -> None:
        self._jobs: dict[str, list[Job]] = {}

    def enter(self, job: Job) -> bool:
        """Queue a job in its group, and return whether it may run."""
        if job.group is None:
            return True
        queue = self._jobs.setdefault(job.group, [])
        if job not in queue:
            queue.append(job)
        return queue[0] is job

    def waiting(self, job: Job) -> list[Job]:
        """Return the jobs that wait in the group of a job."""
        return self._jobs.get(job.group or "", [])[1:]

    def leave(self, job: Job) -> None:
        """Make room for the next job."""
        for queue in self._jobs.values():
            queue[:] = [other for other in queue if other is not job]


class Pipeline(abc.ABC):
    """A run of the jobs for an event, on one commit."""

    def __init__(self, repository: Repository, groups: Groups, folder: Path, event: str) -> None:
        self.repository = repository
        self.groups = groups
        self.event = event
        self.artifacts: dict[str, Path] = {}
        self._folder = folder
        self._commit = folder / "commit"
        self.checkout(repository.folder, self._commit)
        self.jobs = {job.name: job for job in self.read()}

    # ---- what differs between GitHub and GitLab

    @abc.abstractmethod
    def read(self) -> Iterable[Job]:
        """Yield the jobs that the event starts."""

    @abc.abstractmethod
    def verdict(self, job: Job) -> bool | None:
        """Return whether a job runs; ``None`` while that is open."""

    @abc.abstractmethod
    def gates(self, job: Job) -> Iterator[tuple[State, bool]]:
        """Yield what a job waits for, and whether that is over.

        The next one is asked for when the one before is over.
        """

    @abc.abstractmethod
    def execute(self, job: Job, workspace: Path) -> bool:
        """Run a job in an empty folder, and return whether it succeeded."""

    @abc.abstractmethod
    def answer(self, job: Job, *, approved: bool) -> None:
        """Let a job start that waits for a person, or reject it."""

    @property
    @abc.abstractmethod
    def is_green(self) -> bool:
        """Whether it ended, and shows success."""

    # ---- what is the same

    def states(self) -> dict[str, str]:
        """Return the state of each job, for a failed assertion too."""
        return {name: job.state.value for name, job in self.jobs.items()}

    @property
    def output(self) -> str:
        """What all jobs printed."""
        return "".join(job.output for job in self.jobs.values())

    def checkout(self, source: Path, target: Path) -> None:
        """Copy what is committed."""
        ignored = shutil.ignore_patterns("collections", ".ansible", "plan.*", "wotrus-report.*")
        shutil.copytree(source, target, ignore=ignored, dirs_exist_ok=True)

    def keep(self, name: str, workspace: Path, patterns: Iterable[str]) -> None:
        """Keep files of a job as an artifact."""
        folder = self.artifacts[name] = self._folder / f"artifact-{name}"
        folder.mkdir()
        for file in (file for pattern in patterns for file in workspace.glob(pattern)):
            shutil.copy(file, folder)

    def fetch(self, name: str, workspace: Path) -> None:
        """Copy the files of an artifact into a workspace."""
        shutil.copytree(self.artifacts[name], workspace, dirs_exist_ok=True)

    def script(self, job: Job, commands: str, workspace: Path, variables: Mapping[str, str], *shell: str) -> bool:
        """Run commands, and return whether they succeeded."""
        done = self.repository.run(commands, *shell, folder=workspace, **variables)
        job.output += done.output
        return done.code == 0

    def advance(self, job: Job) -> None:
        """Bring a job as far as it comes without a runner."""
        if job.state is State.CREATED:
            verdict = self.verdict(job)
            if verdict is not None:
                job.state = State.GROUP if verdict else State.SKIPPED
        if job.state in (State.GROUP, State.PERSON):
            job.state = next((state for state, is_over in self.gates(job) if not is_over), State.RUNNING)

    def finish(self, job: Job) -> None:
        """Run a job that has a runner."""
        workspace = self._folder / job.name
        workspace.mkdir()
        job.state = State.SUCCESS if self.execute(job, workspace) else State.FAILURE
        self.groups.leave(job)


class Forge:
    """A server that runs the pipelines of a repository."""

    def __init__(self, kind: type[Pipeline], repository: Repository) -> None:
        self._kind = kind
        self._repository = repository
        self._groups = Groups()
        self._pipelines: list[Pipeline] = []

    def start(self, event: str, hold: str | None = None) -> Pipeline:
        """Start a pipeline, and run the jobs that can run."""
        folder = self._repository.folder.parent / f"pipeline-{len(self._pipelines)}"
        self._pipelines.append(self._kind(self._repository, self._groups, folder, event))
        self.work(hold)
        return self._pipelines[-1]

    def work(self, hold: str | None = None) -> None:
        """Run jobs until none can run.

        :param hold: the name of jobs that start, and go on with the next call
        """
        while True:
            jobs = [(pipeline, job) for pipeline in self._pipelines for job in pipeline.jobs.values()]
            before = [job.state for _pipeline, job in jobs]
            for pipeline, job in jobs:
                pipeline.advance(job)
            ready = [(pipeline, job) for pipeline, job in jobs if job.state is State.RUNNING and job.name != hold]
            if ready:
                pipeline, job = ready[0]
                pipeline.finish(job)
            elif before == [job.state for _pipeline, job in jobs]:
                return

    def approve(self, *pipelines: Pipeline, hold: str | None = None) -> None:
        """Let the jobs start that wait for a person."""
        self._answer(pipelines, approved=True)
        self.work(hold)

    def reject(self, pipeline: Pipeline) -> None:
        """Let no job start that waits for a person."""
        self._answer([pipeline], approved=False)
        self.work()

    def _answer(self, pipelines: Iterable[Pipeline], *, approved: bool) -> None:
        for pipeline in pipelines:
            (job,) = [job for job in pipeline.jobs.values() if job.state is State.PERSON]
            pipeline.answer(job, approved=approved)
