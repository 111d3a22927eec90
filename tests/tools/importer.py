# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run Galaxy's importer on a tarball, and fail on any finding.

The importer itself ends with 0 even if it has findings. Run it with the Python that has galaxy-importer. The tools that
it calls must be on PATH.
"""

from __future__ import annotations

import re
import subprocess
import sys

FINDING = re.compile(r"^(?:WARNING|ERROR|CRITICAL)\b", re.MULTILINE)
BUSY = "Timeout on call to ansible-lint"
DONE = "Importer processing completed successfully"


def main() -> int:
    """Return 0 where the importer has nothing to say against the tarball."""
    (tarball,) = sys.argv[1:]
    command = [sys.executable, "-m", "galaxy_importer.main", tarball]
    ran = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    findings = FINDING.findall(ran.stdout)
    if ran.returncode == 0 and DONE in ran.stdout and not findings:
        print(f"galaxy-importer: {tarball} imports without a finding")
        return 0
    print(ran.stdout)
    print(f"galaxy-importer: {len(findings)} findings in {tarball}", file=sys.stderr)
    if BUSY in ran.stdout:
        print("It gives ansible-lint three minutes: run it again when this machine is less busy.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
