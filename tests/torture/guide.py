# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of the documentation that a run writes, each between two comments."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Block:
    """A part of a page.

    It is between ``.. begin NAME`` and ``.. end NAME``.
    """

    guide: Path
    name: str

    def read(self) -> str:
        """Return what stands there."""
        return self._parts()[1].strip("\n")

    def write(self, text: str) -> None:
        """Put a text there."""
        before, _old, after = self._parts()
        self.guide.write_text(f"{before}\n\n{text}\n\n{after}", encoding="utf-8")

    def _parts(self) -> tuple[str, str, str]:
        begin, end = f".. begin {self.name}", f".. end {self.name}"
        before, rest = self.guide.read_text(encoding="utf-8").split(begin, 1)
        old, after = rest.split(end, 1)
        return before + begin, old, end + after
