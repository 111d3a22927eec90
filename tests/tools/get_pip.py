# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replaces the get-pip script that ansible-test runs.

ansible-test runs it in each virtual environment that it creates. It fetches its own script from a host that a build
machine behind a package mirror cannot reach. This one is put into its cache under the expected name, and installs the
pip wheel in the same folder. It needs only the package index.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main() -> None:
    """Run pip from the wheel, with the arguments of get-pip."""
    # ansible-test runs this file as a module and names it in the environment.
    folder = Path(os.environ["GET_PIP"]).parent
    (wheel,) = folder.glob("pip-*.whl")
    sys.path.insert(0, str(wheel))
    from pip._internal.cli.main import main as pip

    arguments = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
    sys.exit(pip(["install", "--find-links", str(folder), *arguments]))


if __name__ == "__main__":
    main()
