# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# /// script
# dependencies = ["antsibull-nox >= 1.10", "ansible-core", "nox >= 2025.5.1", "uv"]
# ///
"""Sessions of nox: antsibull-nox.toml's, and tests on each ansible-core version.

The tests are run by make.

pip install nox antsibull-nox uv
nox --list
"""

from __future__ import annotations

import sys
from pathlib import Path

import antsibull_nox
import nox

CORES = ("2.16", "2.17", "2.18", "2.19", "2.20", "2.21")
FURTHER = ("awx", "awx-older", "eda", "iac", "report-page", "simulation", "torture-short")

nox.options.default_venv_backend = "uv|virtualenv"

antsibull_nox.load_antsibull_nox_toml()


def make(session: nox.Session, *targets: str) -> None:
    """Run make with nox's Python, not with the newest on the machine."""
    session.run("make", f"PYTHON={Path(sys.executable).resolve()}", *targets, external=True)


@nox.session(venv_backend="none")
def unit(session: nox.Session) -> None:
    """Test the layers, also on Python 3.9 where there is one."""
    make(session, "unit", "unit-oldest")


@nox.session(venv_backend="none", default=False)
@nox.parametrize("core", CORES)
def integration(session: nox.Session, core: str) -> None:
    """Run the installed tarball with ansible-playbook of an ansible-core."""
    make(session, f"integration-{core}")


@nox.session(venv_backend="none", default=False)
@nox.parametrize("core", CORES)
def sanity(session: nox.Session, core: str) -> None:
    """Run ansible-test sanity of an ansible-core."""
    make(session, f"sanity-{core}")


@nox.session(venv_backend="none", default=False)
@nox.parametrize("target", FURTHER)
def further(session: nox.Session, target: str) -> None:
    """Test AWX, Event-Driven Ansible, the report's page, the simulated world, and faults."""
    make(session, target, "AWX_CORES=$(older_cores)")


if __name__ == "__main__":
    nox.main()
