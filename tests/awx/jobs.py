# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a job as AWX does, with ansible-runner in a new directory.

The command is ``ansible-runner transmit | worker --delete | process``. A job has only what AWX gives it: the project,
the inventory of its slice, its variables, and its credential by AWX's own code. Afterwards the controller keeps only
what ``process`` reads from the stream.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml
from awx_plugins.interfaces._temporary_private_credential_api import Credential
from awx_plugins.interfaces._temporary_private_inject_api import inject_credential

from tests.helpers import given
from tests.helpers.ansible_tasks import PLUGINS, host_folders
from tests.helpers.sandbox import Sandbox
from tests.helpers.warm_python import warm_python
from tests.integration.harness import (
    BIN,
    COLLECTION,
    COLLECTIONS,
    ROOT,
    Host,
    clean_environment,
    descendants,
    entry,
    search_path,
)

from .fake_jobs import Ran

AWX = ROOT / "extensions" / "awx"
# Runs the ansible-playbook that it finds first.
_RUNNER = Path(sys.executable).with_name("ansible-runner")
_LONGEST_JOB = 900.0


class AwxLoader(yaml.SafeLoader):
    """Reads the files of extensions/awx as Ansible does.

    AWX renders the texts with the tag ``!unsafe``.
    """


AwxLoader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


class _VariablesDumper(yaml.SafeDumper):
    """Writes the variables of a job as AWX does.

    https://github.com/ansible/awx at the tag 24.6.1, awx/main/utils/safe_yaml.py:8, SafeStringDumper. From 2.19 on,
    ansible-core reads an empty text with this tag as null, and a text of digits as a number.
    """

    def represent_data(self, data: Any) -> yaml.Node:
        return self.represent_scalar("!unsafe", data) if isinstance(data, str) else super().represent_data(data)


def read(name: str) -> dict[str, Any]:
    """Return the variables of a file below extensions/awx/vars."""
    loader = AwxLoader((AWX / "vars" / name).read_text(encoding="utf-8"))
    return dict(loader.get_single_data())


def credential_type() -> SimpleNamespace:
    """Return the credential type in the form that AWX's own code takes."""
    known = read("credential_type.yml")
    return SimpleNamespace(
        inputs=known["wotrus_awx_credential_type_inputs"],
        injectors=known["wotrus_awx_credential_type_injectors"],
        managed=False,
    )


@dataclasses.dataclass(frozen=True)
class Job:
    """A finished job.

    :ivar artifacts: the variables for the next node of a workflow
    :ivar stored: all texts that AWX would keep
    """

    code: int
    status: str
    stdout: str
    artifacts: dict[str, Any]
    stored: str
    events: list[dict[str, Any]]

    @property
    def changed(self) -> int:
        return sum(self.counts.get("changed", {}).values())

    @property
    def counts(self) -> dict[str, Any]:
        """The numbers of the recap, by host."""
        return next((event["event_data"] for event in self.events if event["event"] == "playbook_on_stats"), {})

    @property
    def hosts(self) -> dict[str, dict[str, int]]:
        """The numbers of each host in the recap, as AWX keeps them (awx/main/models/jobs.py, JobHostSummary)."""
        kinds = ("dark", "failures")
        names = self.counts.get("processed", {})
        return {name: {kind: self.counts.get(kind, {}).get(name, 0) for kind in kinds} for name in names}

    @property
    def failures(self) -> list[str]:
        """The messages of the tasks that failed."""
        failed = [event["event_data"]["res"] for event in self.events if event["event"] == "runner_on_failed"]
        return [str(result.get("msg")) for result in failed]


class RunningJob:
    """A job that has not finished."""

    def __init__(self, folder: Path, worker: subprocess.Popen[bytes], environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self.worker = worker

    def cancel(self) -> None:
        """Cancel it as AWX does."""
        self.worker.send_signal(signal.SIGTERM)

    def finish(self) -> Job:
        """Wait for its end, and return the job."""
        try:
            self.worker.wait(_LONGEST_JOB)
        finally:
            self.stop()
        with (self._folder / "stream").open("rb") as stream:
            command = [_RUNNER, "process", self._folder / "results", "--ident", "job"]
            subprocess.run(
                command,
                stdin=stream,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=self._environment,
                check=False,
            )
        return self._read(self._folder / "results" / "artifacts" / "job")

    def stop(self) -> None:
        """Kill it, if it still runs."""
        if self.worker.poll() is None:
            for pid in (*descendants(self.worker.pid), self.worker.pid):
                _kill(pid)
            self.worker.wait()

    def _read(self, kept: Path) -> Job:
        files = [json.loads(file.read_text()) for file in (kept / "job_events").glob("*.json")]
        events = sorted(files, key=lambda event: int(event["counter"]))
        stats = [event["event_data"] for event in events if event["event"] == "playbook_on_stats"]
        return Job(
            code=int((kept / "rc").read_text() or 1),
            status=(kept / "status").read_text(),
            stdout=(kept / "stdout").read_text(),
            artifacts=dict(stats[-1].get("artifact_data") or {}) if stats else {},
            stored="".join(file.read_text(errors="replace") for file in _stored(kept)),
            events=events,
        )


def _stored(kept: Path) -> list[Path]:
    """Return the files that AWX keeps unchanged.

    It masks secrets in ``command``, which has the environment.
    """
    return [file for file in sorted(kept.rglob("*")) if file.is_file() and file.name != "command"]


def _kill(pid: int) -> None:
    try:
        Path(f"/proc/{pid}").stat()
    except OSError:
        return
    subprocess.run(["kill", "-KILL", str(pid)], check=False, stderr=subprocess.DEVNULL)


class Awx:
    """An AWX with an inventory.

    Its hosts are folders of this machine. They are kept, and its own folders are removed.

    :ivar unreachable: those of its hosts that SSH cannot reach
    :ivar own: further variables of hosts, by name
    :ivar ansible: the folder with the ansible-playbook of the execution environment
    :ivar playbooks: the folder of the playbooks in the project
    :ivar collections: the collections of the execution environment, or those that AWX installed for the project
    :ivar token: the token of the credential
    :ivar url: its address of the API
    """

    def __init__(self, folder: Path, *, sandbox: Sandbox, prefix: str) -> None:
        self._folder = folder
        self._sandbox = sandbox
        self.token, self.url = sandbox.token, sandbox.url
        self._prefix = prefix
        self._jobs: list[RunningJob] = []
        self.hosts: list[Host] = []
        self.unreachable: list[Host] = []
        self.own: dict[str, dict[str, Any]] = {}
        self.ansible = BIN
        self.playbooks = COLLECTION / "playbooks"
        self.collections = COLLECTIONS
        self.variables: dict[str, Any] = {"wotrus_certificates": [entry()], "wotrus_wait_timeout": 0}
        (folder / "home").mkdir()

    def add_hosts(self, count: int) -> list[Host]:
        """Add so many hosts to the inventory."""
        for _each in range(count):
            name = f"{self._prefix}-signer{len(self.hosts)}"
            self.hosts.append(Host(name, self._folder / "hosts" / name))
        return self.hosts

    def given(self) -> None:
        """Issue the certificates of all hosts without a job, as the scene of a test."""
        given.issue(
            self._sandbox, {host.name: {**self.variables, "wotrus_base_dir": str(host.base_dir)} for host in self.hosts}
        )

    def run(self, playbook: str, answers: Mapping[str, Any] | None = None, **details: Any) -> Job:
        """Run a job to its end; the options are those of :meth:`start`."""
        return self.start(playbook, answers, own_process=False, **details).finish()

    def start(
        self,
        playbook: str,
        answers: Mapping[str, Any] | None = None,
        *,
        check: bool = False,
        become: bool = False,
        job_slice: tuple[int, int] = (1, 1),
        own_process: bool = True,
    ) -> RunningJob:
        """Start a job.

        :param playbook: its name in the project
        :param answers: the variables of the survey and of earlier nodes of the workflow
        :param check: run it in check mode
        :param become: run it with privilege escalation
        :param job_slice: the number of its slice, from 1, and the number of slices
        :param own_process: whether a test can cancel it
        """
        folder = self._folder / f"job{len(self._jobs) + 1}"
        data = folder / "private"
        (folder / "results").mkdir(parents=True)
        self._prepare(data, worker=folder / "worker", answers=answers or {}, job_slice=job_slice)
        environment = {
            **clean_environment(self._folder / "home"),
            "ANSIBLE_COLLECTIONS_PATH": str(self.collections),
            "ANSIBLE_CONNECTION_PLUGINS": str(PLUGINS),
            "PATH": search_path(self.ansible, own_process=own_process),
        }
        command = [_RUNNER, "transmit", data, "--playbook", playbook, "--ident", "job"]
        options = [*(["--check"] if check else []), *(["--become"] if become else [])]
        command += [f"--cmdline={' '.join(options)}"] if options else []
        with (folder / "sent").open("wb") as sent:
            subprocess.run(command, stdout=sent, env=environment, check=True, timeout=_LONGEST_JOB)
        shutil.rmtree(data)
        with (folder / "sent").open("rb") as sent, (folder / "stream").open("wb") as stream:
            worker = subprocess.Popen(
                [_RUNNER, "worker", "--private-data-dir", folder / "worker", "--delete"],
                stdin=sent,
                stdout=stream,
                env=environment,
                start_new_session=True,
            )
        self._jobs.append(RunningJob(folder, worker, environment))
        return self._jobs[-1]

    def run_template(self, template: dict[str, Any], variables: Mapping[str, Any]) -> Ran:
        """Run the job of a template, for the stand-in for AWX."""
        job = self.run(template["playbook"], variables, check=template["job_type"] == "check")
        return Ran("successful" if job.code == 0 else "failed", job.artifacts, job.stdout, job.hosts)

    def close(self) -> None:
        """Stop all jobs."""
        for job in self._jobs:
            job.stop()

    def left_on_controller(self) -> list[Path]:
        """Return the working folders of jobs that still exist."""
        return [path for path in self._folder.glob("job*/worker") if path.exists()]

    def left_on_hosts(self) -> list[Path]:
        """Return Ansible's temporary files on the hosts.

        The hosts share a home here. A module that is sent with pipelining makes no folder there.
        """
        folder = Path(host_folders(self._folder / "home")["ANSIBLE_REMOTE_TMP"])
        return list(folder.iterdir()) if folder.exists() else []

    def _prepare(self, data: Path, *, worker: Path, answers: Mapping[str, Any], job_slice: tuple[int, int]) -> None:
        (data / "env").mkdir(parents=True, mode=0o700)
        (data / "inventory").mkdir()
        shutil.copytree(self.playbooks, data / "project" / "playbooks")
        number, count = job_slice
        self._write_inventory(data / "inventory" / "hosts", self.hosts[number - 1 :: count])
        # awx/main/tasks/jobs.py:290, BaseTask._write_extra_vars_file
        variables = yaml.dump({"awx_job_id": len(self._jobs) + 1, **answers}, Dumper=_VariablesDumper)
        (data / "env" / "extravars").write_text(variables)
        _write(data / "env" / "settings", {"suppress_env_files": True})
        _write(data / "env" / "envvars", self._environment(data, worker))

    def _write_inventory(self, file: Path, hosts: list[Host]) -> None:
        """Write a program that prints a slice's inventory, as AWX does."""
        own = {
            "ansible_connection": "local",
            "ansible_python_interpreter": warm_python(self.ansible / "python"),
            **self.variables,
        }
        ssh = self._folder / "ssh"
        ssh.write_text("#!/bin/sh\necho 'ssh: connect to host: Connection refused' >&2\nexit 255\n")
        ssh.chmod(0o755)
        lost = {"ansible_connection": "ssh", "ansible_ssh_executable": str(ssh)}
        known = {
            host.name: {
                "wotrus_base_dir": str(host.base_dir),
                **(lost if host in self.unreachable else {}),
                **self.own.get(host.name, {}),
            }
            for host in hosts
        }
        inventory = {"wotrus": {"hosts": sorted(known), "vars": own}, "_meta": {"hostvars": known}}
        file.write_text(f"#!{self.ansible / 'python'}\nprint({json.dumps(inventory)!r})\n")
        file.chmod(0o700)

    def _environment(self, data: Path, worker: Path) -> dict[str, str]:
        environment: dict[str, str] = {}
        ca = Path(self._sandbox.tls_ca).read_text()
        credential = Credential({"api_token": self.token, "api_url": self.url, "ca_certificate": ca})
        inject_credential(credential_type(), credential, environment, {}, [], str(data))
        # In a container, the private data directory would be /runner.
        return {name: value.replace("/runner/", f"{worker}/") for name, value in environment.items()}


def _write(file: Path, content: object) -> None:
    file.write_text(json.dumps(content, ensure_ascii=False))
