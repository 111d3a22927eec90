# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take the picture of the report's page that stands in the guide."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from ansible_collections.wotrus.pki.plugins.module_utils._report import report_data
from ansible_collections.wotrus.pki.plugins.plugin_utils._report_file import report_text
from tests.page import made_up
from tests.page.browser import Tab, browser

_SIZE = (1280, 1240)


def main() -> None:
    """Write the picture to the file that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("chromium")
    parser.add_argument("picture", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        page = folder / "report.html"
        report = report_data.report_data(made_up.mixed(), now=made_up.NOW)
        page.write_text(report_text(report, "html"), encoding="utf-8")
        with browser(arguments.chromium, folder / "profile") as running:
            tab = Tab(running, page, width=_SIZE[0])
            tab.resize(_SIZE[0], height=_SIZE[1])
            # The made-up fleet is as old as the repository.
            tab.run("document.querySelector('#stale').hidden = true")
            arguments.picture.write_bytes(tab.screenshot())


if __name__ == "__main__":
    main()
