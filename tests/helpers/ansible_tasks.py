# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs tasks with ``ansible-playbook``, in the controller and on a host.

The host is not local.
"""

from __future__ import annotations

import glob
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .warm_python import warm_python

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "tests" / "helpers" / "connection_plugins"
_LONGEST_RUN = 600


@dataclass(frozen=True)
class TaskResults:
    """One run.

    ``results``: what each task registered, by name. ``output``: everything it printed. ``written``: the files that were
    copied to the host that is not local.
    """

    results: dict[str, dict[str, Any]]
    output: str
    returncode: int
    written: list[str]


def run_tasks(
    folder: Path,
    tasks: list[dict[str, Any]],
    *,
    names: list[str],
    verbosity: int = 0,
    controller: dict[str, str] | None = None,
    **keywords: Any,
) -> TaskResults:
    """Run tasks on localhost in one play, with a host ``bastion``.

    Tasks can be delegated to that host.

    ``names``: the variables that tasks register. ``controller``: more of its environment.
    ``keywords``: of the play, such as ``module_defaults``.
    """
    results = folder / "results.json"
    registered = ", ".join(f"'{name}': {name}" for name in names)
    content = f"{{{{ {{{registered}}} | to_json }}}}"
    keep = {
        "name": "Keep the results",
        "ansible.builtin.copy": {"content": content, "dest": str(results), "mode": "0600"},
    }
    playbook = folder / "play.yml"
    whole = {"hosts": "localhost", "gather_facts": False, "tasks": [*tasks, keep], **keywords}
    playbook.write_text(json.dumps([whole], ensure_ascii=False))
    inventory = folder / "hosts.ini"
    python = warm_python(Path(sys.executable))
    inventory.write_text(
        f"localhost ansible_connection=local ansible_python_interpreter={python}\n"
        f"bastion ansible_connection=elsewhere ansible_python_interpreter={python}\n"
    )
    command = [Path(python).with_name("ansible-playbook"), "-i", inventory, playbook]
    command += [f"-{'v' * verbosity}"] if verbosity else []
    done = subprocess.run(
        command,
        cwd=folder,
        env={**_environment(folder), **(controller or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_LONGEST_RUN,
        check=False,
    )
    found = json.loads(results.read_text()) if results.exists() else {}
    log = folder / "elsewhere.log"
    return TaskResults(found, done.stdout, done.returncode, log.read_text().splitlines() if log.exists() else [])


def host_folders(home: Path) -> dict[str, str]:
    """Return the settings by which Ansible writes only below a home.

    Without them it writes to the home of the account, since it does not read ``HOME`` for a host that is local.
    """
    return {
        "ANSIBLE_ASYNC_DIR": str(home / ".ansible" / "async"),
        "ANSIBLE_REMOTE_TMP": str(home / ".ansible" / "remote"),
    }


def files_of_runs(home: Path) -> set[Path]:
    """Return the files of Ansible's tasks and jobs in a home."""
    # Path.glob fails before Python 3.12 if another run removes a folder meanwhile.
    found = [*glob.glob(f"{home}/.ansible/tmp/ansible-tmp-*/*"), *glob.glob(f"{home}/.ansible_async/*")]
    return {path for path in map(Path, found) if path.is_file()}


def names_folder(file: Path, folder: Path) -> bool:
    """Return whether a file names something in a folder, and still exists."""
    try:
        return f"{folder}/".encode() in file.read_bytes()
    except OSError:
        return False


def _environment(folder: Path) -> dict[str, str]:
    """Return an environment that the machine's own settings have no part in."""
    names = ("PATH", "LANG", "TMPDIR", "COVERAGE_PROCESS_CONFIG", "PYTHONPYCACHEPREFIX")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    return {
        "LANG": "C.UTF-8",
        **kept,
        **host_folders(folder),
        "HOME": str(folder),
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build" / "collections"),
        "ANSIBLE_CONNECTION_PLUGINS": str(PLUGINS),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_NOCOLOR": "true",
        "ANSIBLE_INJECT_INVOCATION": "true",
        "ELSEWHERE_LOG": str(folder / "elsewhere.log"),
    }
