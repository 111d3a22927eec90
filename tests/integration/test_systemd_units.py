# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The units of docs/examples/systemd: systemd accepts them, and what they start works with the token of the service."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.helpers.examples import examples
from tests.helpers.sandbox import DAY, Sandbox

from .conftest import Charged
from .harness import BIN, ROOT, Site, clean_environment

UNITS = ROOT / "docs" / "examples" / "systemd"
SERVICE = UNITS / "wotrus@.service"
RUNS = ("renew", "resume", "report")
(VARIABLES,) = [one.data for one in examples(UNITS / "README.md") if one.language == "yaml"]
PROGRAM = "/opt/wotrus/bin/ansible-playbook"
with_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")


def values(name: str) -> list[str]:
    """Return the values of a setting of the service."""
    lines = SERVICE.read_text().splitlines()
    return [line.partition("=")[2] for line in lines if line.startswith(f"{name}=")]


def analyze(*options: str) -> str:
    """Run ``systemd-analyze``, and return what it complains about."""
    done = subprocess.run(["systemd-analyze", *options], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 and not done.stderr else done.stdout + done.stderr


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units, with a program that exists."""
    for unit in UNITS.glob("wotrus@*"):
        (tmp_path / unit.name).write_text(unit.read_text().replace(PROGRAM, str(BIN / "ansible-playbook")))
    return tmp_path


@with_systemd
def test_systemd_accepts_the_units_and_finds_the_service_hardened(units: Path) -> None:
    timers = [units / f"wotrus@{run}.timer" for run in RUNS]
    assert sorted(units.glob("*.timer")) == sorted(timers)

    for timer in timers:
        assert analyze("verify", "--man=no", str(timer), str(timer.with_suffix(".service"))) == ""
    # The exposure of 0 to 10 is 1.4. A service without settings has 9.6.
    assert analyze("security", "--offline=true", "--threshold=15", str(units / "wotrus@renew.service")) == ""


def test_service_renews_and_reports_with_its_credential(
    site: Site, sandbox: Sandbox, charged: Charged, tmp_path: Path
) -> None:
    host = site.host()
    site.given()
    first = host.folder().release
    sandbox.clock(advance=350 * DAY)
    (tmp_path / "api_token").write_text(sandbox.token)
    variables = {**VARIABLES, "wotrus_report_dir": str(tmp_path)}
    site.other_groups = {"all": {"vars": variables}}
    specifiers = {PROGRAM: str(BIN / "ansible-playbook"), "%S/wotrus": str(tmp_path), "%d": str(tmp_path)}
    environment = clean_environment(tmp_path)
    environment.update(CREDENTIALS_DIRECTORY=str(tmp_path), ANSIBLE_INVENTORY=str(site.write_inventory()))
    environment.update({name: site.environment[name] for name in ("WOTRUS_API_URL", "WOTRUS_CA_PATH")})
    output = ""

    # A service differs only by its name.
    for run in ("renew", "report"):
        (command,), (given,) = values("ExecStart"), values("Environment")
        for old, new in {**specifiers, "%i": run}.items():
            command, given = command.replace(old, new), given.replace(old, new)
        named = dict(one.split("=", 1) for one in shlex.split(given))
        done = subprocess.run(
            shlex.split(command),
            env={**environment, **named},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        output += done.stdout + done.stderr
        assert done.returncode == 0, output

    assert charged() == 2
    assert host.folder().release not in (first, None)
    assert "contracts" in (tmp_path / "wotrus-report.html").read_text()
    assert sandbox.token not in output
