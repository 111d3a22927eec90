# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs cost, as numbers that are the same on each machine: costs.yml beside this file lists them.

Each task costs a process for each host, also if it is skipped. Each execution starts a Python on a host, which unpacks
and compiles an archive. WOTRUS_WRITE_COSTS=1 writes the list.
"""

from __future__ import annotations

import base64
import io
import os
import re
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import yaml

from tests.helpers.sandbox import Sandbox

from .harness import BIN, Run, Site, clean_environment

LIST = Path(__file__).with_name("costs.yml")
HEADER = """\
---
# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# WOTRUS_WRITE_COSTS=1 pytest tests/integration/test_costs.py writes this file.
"""
HOSTS = 2
TOLERANCE = 0.05

# A host's Python, which keeps what it is sent and says what it imports.
PYTHON = """\
#!/bin/sh
cat > "{folder}/$$.archive"
exec "{python}" -X importtime "{folder}/$$.archive" 2> "{folder}/$$.imports"
"""
OWN_IMPORT = re.compile(r"ansible_collections\.wotrus\.pki\.plugins\.")

# ansible-playbook imports the plugin of a task before it starts a process for each host.
IMPORTS_OF_THE_PLAN = """
import sys
from ansible.cli import playbook
from ansible.plugins.loader import action_loader, init_plugin_loader
init_plugin_loader()
before = set(sys.modules)
assert action_loader.get("wotrus.pki.wotrus_plan_info", class_only=True)
print(len([name for name in set(sys.modules) - before if name.startswith("ansible_collections.wotrus.")]))
"""


def own_python(folder: Path) -> Path:
    """Write the Python of a host."""
    folder.mkdir()
    file = folder / "python"
    file.write_text(PYTHON.format(folder=folder, python=BIN / "python"), encoding="utf-8")
    file.chmod(0o755)
    return file


def counted(run: Run, sandbox: Sandbox, folder: Path) -> dict[str, int]:
    """Return what a run cost, and forget it.

    The files, their bytes and the imports are those of the collection, on one host.
    """
    assert run.code == 0, run.output
    own: list[zipfile.ZipInfo] = []
    for file in folder.glob("*.archive"):
        (data,) = re.findall(rb"[A-Za-z0-9+/=]{10000,}", file.read_bytes())
        with zipfile.ZipFile(io.BytesIO(base64.b64decode(data))) as archive:
            own += [entry for entry in archive.infolist() if "/wotrus/pki/plugins/" in entry.filename]
    imports = [line for file in folder.glob("*.imports") for line in file.read_text(encoding="utf-8").splitlines()]
    found = {
        "processes": len(run.tasks),
        "executions": len(list(folder.glob("*.archive"))),
        "files": len(own),
        "kB": sum(entry.file_size for entry in own) // 1000,
        "imports": len(list(filter(OWN_IMPORT.search, imports))),
        "calls": len(sandbox.calls()),
    }
    sandbox.clear_calls()
    for file in folder.glob("[0-9]*"):
        file.unlink()
    return found


def costs(site: Site, sandbox: Sandbox, folder: Path) -> dict[str, dict[str, int]]:
    """Return the costs of each kind of run, and what all of them import on the controller."""
    python = own_python(folder / "host")
    hosts = [site.host("watched", ansible_python_interpreter=str(python)), *site.hosts(HOSTS - 1)]
    site.variables["wotrus_max_charged_orders"] = HOSTS
    issue, resume = "wotrus.pki.issue", "wotrus.pki.resume"
    found: dict[str, dict[str, int]] = {}

    def count(kind: str, *options: str, **details: Any) -> None:
        found[kind] = counted(site.run(*options, **details), sandbox, python.parent)

    count("first run")
    count("nothing to do")
    count("nothing to do, wotrus.pki.issue", playbook=issue)
    count("nothing to do, check mode", "--check")
    sandbox.settings(manual_review=True)
    count("reissue that is left pending", variables={"wotrus_reissue": ["contracts"]})
    count("still pending, wotrus.pki.resume", playbook=resume)
    for host in hosts:
        sandbox.order(host.folder().pending_order_id, "approve")
    count("issued meanwhile, wotrus.pki.resume", playbook=resume)
    count("status", playbook="wotrus.pki.status")
    return {**found, "plan on the controller": {"imports": imports_of_the_plan(folder)}}


def imports_of_the_plan(folder: Path) -> int:
    """Return how many modules of the collection the plan's plugin imports."""
    done = subprocess.run(
        [BIN / "python", "-c", IMPORTS_OF_THE_PLAN],
        env=clean_environment(folder),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return int(done.stdout)


def as_numbers(found: dict[str, dict[str, int]]) -> dict[str, int]:
    """Return the numbers by their names."""
    return {f"{kind}: {name}": number for kind, numbers in found.items() for name, number in numbers.items()}


def test_runs_cost_what_the_list_says(site: Site, sandbox: Sandbox, tmp_path: Path) -> None:
    found = costs(site, sandbox, tmp_path)
    if os.environ.get("WOTRUS_WRITE_COSTS") == "1":
        LIST.write_text(HEADER + yaml.safe_dump(found, sort_keys=False), encoding="utf-8")
    listed = as_numbers(yaml.safe_load(LIST.read_text(encoding="utf-8")))
    numbers = as_numbers(found)

    assert numbers.keys() == listed.keys()
    other = {name: (listed[name], number) for name, number in numbers.items()}
    assert {name: pair for name, pair in other.items() if abs(pair[1] - pair[0]) > TOLERANCE * pair[0]} == {}
