# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand in for the get-pip script that ansible-test runs in each virtual environment it makes.

ansible-test fetches its own from a host that a build machine behind a package mirror cannot reach. This one, put into
its cache under the expected name, installs the pip wheel that lies beside it: only the package index is needed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main() -> None:
    """Run pip's own command line from the wheel, with the arguments that get-pip would take."""
    # ansible-test runs this file as a module and names it in the environment.
    folder = Path(os.environ["GET_PIP"]).parent
    (wheel,) = folder.glob("pip-*.whl")
    sys.path.insert(0, str(wheel))
    from pip._internal.cli.main import main as pip

    arguments = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
    sys.exit(pip(["install", "--find-links", str(folder), *arguments]))


if __name__ == "__main__":
    main()
