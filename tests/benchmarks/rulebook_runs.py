# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fleets of hosts with pending orders, and ansible-rulebook for them."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import requests

from tests.benchmarks.conftest import Bench
from tests.helpers.pushes import PUSH_TOKEN, free_port, push

NEEDS = Path(__file__).resolve().parents[1] / "tools" / "needs.sh"
_LONGEST = 3600.0


def rulebook_bin() -> Path | None:
    """Return the folder of ansible-rulebook, if it can run here."""
    folder = Path(os.environ.get("WOTRUS_BENCH_EDA_BIN") or "/nowhere")
    has_java = subprocess.run(["sh", NEEDS, "java"], capture_output=True, check=False).returncode == 0
    return folder if has_java and (folder / "ansible-rulebook").exists() else None


def wait_until(is_true: Callable[[], bool]) -> None:
    """Wait until something is true.

    :raises TimeoutError: it does not become true
    """
    end = time.monotonic() + _LONGEST
    while not is_true():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.05)


class Fleet:
    """Hosts with one certificate each, and an inventory as a folder.

    :ivar hosts: the names of the hosts
    """

    def __init__(self, bench: Bench, folder: Path, bin_folder: Path, *, name: str, hosts: int) -> None:
        self.hosts = [f"{name}-{number:04}" for number in range(hosts)]
        self._bench = bench
        self._bin = bin_folder
        self._folder = folder / name
        self._inventory = self._folder / "inventory"
        (self._inventory / "group_vars").mkdir(parents=True)
        variables = {
            "ansible_connection": "local",
            "ansible_python_interpreter": str(bin_folder / "python"),
            "wotrus_base_dir": f"{self._folder}/{{{{ inventory_hostname }}}}",
            "wotrus_root_ca_path": bench.sandbox.root_ca,
            "wotrus_certificates": bench.certificates(1, names="push"),
            "wotrus_max_charged_orders": hosts,
        }
        content = {"wotrus": {"hosts": {host: {} for host in self.hosts}}}
        (self._inventory / "hosts.json").write_text(json.dumps(content))
        (self._inventory / "group_vars" / "wotrus.json").write_text(json.dumps(variables, ensure_ascii=False))

    @property
    def live(self) -> int:
        """The number of hosts with a live certificate."""
        return len(list(self._folder.glob("*/*/live/cert.pem")))

    def wait_for_live(self, count: int) -> None:
        """Wait until so many hosts have a live certificate."""
        wait_until(lambda: self.live == count)

    def issue(self, *options: str) -> float:
        """Run the playbook ``issue``, and return its seconds of CPU."""
        before = _cpu_of_children()
        command = [self._bin / "ansible-playbook", "--inventory", self._inventory, "wotrus.pki.issue", *options]
        with (self._folder / "issue.log").open("ab") as log:
            subprocess.run(command, check=True, env=self._environment(), stdout=log, stderr=log)
        return _cpu_of_children() - before

    def place(self, count: int) -> list[str]:
        """Place orders of the first hosts, and return their ids.

        They wait for a review.
        """
        self._bench.sandbox.settings(manual_review=True)
        named = self.hosts[:count]
        self.issue("--limit", ",".join(named), "-e", "wotrus_wait_timeout=0", "--forks", str(self._bench.sizes.forks))
        records = [next((self._folder / host).glob("*/record.json")) for host in named]
        return [str(json.loads(path.read_text())["pending"]["order_id"]).strip() for path in records]

    @contextlib.contextmanager
    def rulebook(self) -> Iterator[int]:
        """Run ansible-rulebook, and let the sandbox push to it.

        The number of its process is the value.
        """
        self._port = free_port()
        variables = self._folder / "variables.json"
        variables.write_text(json.dumps({"wotrus_push_port": self._port}))
        command = [self._bin / "ansible-rulebook", "--rulebook", "wotrus.pki.deploy_on_event", "--vars", variables]
        command += ["--env-vars", "WOTRUS_PUSH_TOKEN"]
        with (self._folder / "rulebook.log").open("wb") as log:
            process = subprocess.Popen(
                [*command, "--inventory", self._inventory],
                env={**self._environment(), "WOTRUS_PUSH_TOKEN": PUSH_TOKEN},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            wait_until(self._is_listening)
            yield process.pid
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, 9)
            process.wait()

    def _is_listening(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._port), timeout=1):
            return True
        return False

    def push(self, order_id: str) -> None:
        """Push as the proxy does."""
        headers = {"Authorization": f"Bearer {PUSH_TOKEN}"}
        url = f"http://127.0.0.1:{self._port}/wotrus"
        requests.post(url, json=push(order_id), headers=headers, timeout=_LONGEST).raise_for_status()

    def wait_for_end(self, count: int) -> None:
        """Wait until the log has the ends of so many runs."""
        log = self._folder / "rulebook.log"
        wait_until(lambda: log.read_text(errors="replace").count("PLAY RECAP") >= count)

    @property
    def runs(self) -> int:
        """The number of playbooks that were started."""
        return (self._folder / "rulebook.log").read_text(errors="replace").count("PLAY [Find the hosts of the orders]")

    def remove(self) -> None:
        """Remove all files of the hosts."""
        shutil.rmtree(self._folder)

    def _environment(self) -> dict[str, str]:
        return {
            **self._bench.ansible.settings,
            "PATH": f"{self._bin}:{os.environ['PATH']}",
            "HOME": str(self._folder),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": str(self._bench.ansible.collections),
            "ANSIBLE_FORKS": str(self._bench.sizes.forks),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "WOTRUS_RATE_LIMIT": "0",
        }


def cpu_of(pid: int) -> float:
    """Return the seconds of CPU of a process and its children.

    It waits until they have ended, since only then they count.
    """
    wait_until(lambda: not any(file.read_text() for file in Path(f"/proc/{pid}/task").glob("*/children")))
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
