# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take the pictures of the report's page that stand in the guide."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from ansible_collections.wotrus.pki.plugins.module_utils._report import report_data
from ansible_collections.wotrus.pki.plugins.plugin_utils._report_file import report_text
from tests.page import made_up
from tests.page.browser import Tab, browser

_WIDTHS = {"report": 1400, "report_narrow": 360}
_LANGUAGES = {"en-US": "", "zh-CN": "_zh"}
_HEIGHT = 1240


def main() -> None:
    """Write the pictures to the folder that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("chromium")
    parser.add_argument("pictures", type=Path)
    arguments = parser.parse_args()
    report = report_data.report_data(made_up.mixed(), now=made_up.NOW)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        page = folder / "report.html"
        page.write_text(report_text(report, "html"), encoding="utf-8")
        with browser(arguments.chromium, folder / "profile") as running:
            for language, suffix in _LANGUAGES.items():
                for picture, width in _WIDTHS.items():
                    tab = Tab(running, page, width=width, language=language)
                    tab.resize(width, height=_HEIGHT)
                    # The made-up fleet is as old as the repository.
                    tab.run("document.querySelector('#stale').hidden = true")
                    (arguments.pictures / f"{picture}{suffix}.png").write_bytes(tab.screenshot())
                    tab.close()


if __name__ == "__main__":
    main()
