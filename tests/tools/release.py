# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check that a tagged commit can be released, and prepare its changelog.

release.py check TAG    fail with a line for each reason not to release the commit that is checked out
release.py changelog    remove the changelog's entry of a version without a tag, so that it is written anew
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
CHANGELOG = ROOT / "changelogs" / "changelog.yaml"
UNPUBLISHED = {"README.md": "not published yet", "README.zh-CN.md": "尚未发布"}


def git(*arguments: str) -> str:
    """Return what git prints; CalledProcessError if it fails."""
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def version() -> str:
    """Return the version of galaxy.yml."""
    return str(yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"])


def remove_entry() -> None:
    """Remove the entry of galaxy.yml's version from the changelog, unless the version has a tag."""
    changelog = yaml.safe_load(CHANGELOG.read_text(encoding="utf-8"))
    if not git("tag", "--list", version()) and changelog["releases"].pop(version(), None):
        CHANGELOG.write_text(yaml.safe_dump(changelog), encoding="utf-8")


def reasons(tag: str) -> Iterator[str]:
    """Yield each reason not to release the commit."""
    if version() != tag:
        yield f"galaxy.yml has the version {version()}."
    entry = yaml.safe_load(CHANGELOG.read_text(encoding="utf-8"))["releases"].get(tag)
    date = git("log", "-1", "--format=%cs")
    if entry is None:
        yield f"changelogs/changelog.yaml has no entry {tag}: run make changelog."
    elif entry["release_date"] != date:
        yield f"The changelog has the date {entry['release_date']}, the commit {date}: run make changelog."
    used = set((entry or {}).get("fragments", ()))
    unused = sorted(path.name for path in (ROOT / "changelogs" / "fragments").glob("*.yml") if path.name not in used)
    if unused:
        yield f"The changelog lacks {', '.join(unused)}: run make changelog."
    for name, words in UNPUBLISHED.items():
        if words in (ROOT / name).read_text(encoding="utf-8"):
            yield f"{name} says that the collection is {words!r}: remove that paragraph."
    changed = git("status", "--porcelain", "--untracked-files=no")
    if changed:
        yield f"Files differ from the commit:\n{changed}"


def main(action: str, tag: str = "") -> int:
    """Return 0 if there is no reason not to release."""
    if action == "changelog":
        remove_entry()
        return 0
    found = list(reasons(tag))
    for reason in found:
        print(f"{tag} is not released: {reason}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
