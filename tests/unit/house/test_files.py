# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules for files: one licence line, no waivers, complete lists."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[3]
HEADER = """\
# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""
# The lines that Red Hat's checks of event plugins accept are shorter.
SHORT_HEADER = HEADER.replace(" or https", " or\n# https")
LICENSED = (".py", ".yml", ".yaml", ".toml", ".sh")
WRITTEN_BY_A_TOOL = {"changelogs/changelog.yaml"}
OWN_NAME = Path(__file__).relative_to(ROOT).as_posix()
WAIVERS = re.compile(
    r"type:\s*ignore|#\s*noqa|#\s*pylint:|#\s*nosec|pragma:\s*no cover|^\s*@pytest\.mark\.skip", re.MULTILINE
)


def tracked(*suffixes: str) -> list[str]:
    """Return the files with these suffixes that git tracks, or would."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return sorted(name for name in listed if name.endswith(suffixes) and (ROOT / name).is_file())


def read(name: str) -> str:
    """Return the text of a file of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


def names(folder: str) -> set[str]:
    """Return the names of the plugins in a folder."""
    return {path.stem for path in (ROOT / folder).glob("*.py") if not path.stem.startswith("_")}


def test_every_file_begins_with_its_licence() -> None:
    texts = {name: re.sub(r"\A(#!.*\n+|---\n)", "", read(name)) for name in tracked(*LICENSED)}

    without = {name for name, text in texts.items() if text and not text.startswith((HEADER, SHORT_HEADER))}
    assert without <= WRITTEN_BY_A_TOOL


def test_no_file_has_a_waiver() -> None:
    assert [name for name in tracked(".py", ".yml", ".sh") if name != OWN_NAME and WAIVERS.search(read(name))] == []


def test_ansible_test_ignores_nothing() -> None:
    assert not list((ROOT / "tests" / "sanity").glob("ignore-*.txt"))


def test_code_of_targets_is_python_3_9() -> None:
    for name in tracked(".py"):
        assert not name.startswith("plugins/mod") or ast.parse(read(name), feature_version=(3, 9)), name


def test_the_tag_that_does_everything_is_on_every_task_of_the_role() -> None:
    """An included file takes no tags from where it is included."""
    folder = "roles/certificate/tasks/"
    blocks = yaml.safe_load(read(f"{folder}main.yml"))
    # Those that main.yml includes, and what results.yml includes, which apply.yml imports.
    included = ["show_plan.yml", "apply.yml", "notify.yml", "revoke_superseded.yml"]
    sources = "".join(read(f"{folder}{name}") for name in ("main.yml", "results.yml"))

    assert set(re.findall(r"\w+\.yml", "".join(re.findall(r"include_tasks: (.*)", sources)))) == set(included)
    blocks += [block for name in included for block in yaml.safe_load(read(folder + name))]
    assert [block["name"] for block in blocks if "wotrus_apply" not in block["tags"]] == []


def test_the_action_group_holds_every_module_of_the_api() -> None:
    group = yaml.safe_load(read("meta/runtime.yml"))["action_groups"]["wotrus"]

    # The modules of a target have no connection to the API to set.
    assert group == sorted(name for name in names("plugins/action") if not name.startswith("wotrus_deployment"))
    assert names("plugins/action") <= names("plugins/modules")


def test_the_changelog_knows_the_version_and_every_module() -> None:
    version = yaml.safe_load(read("galaxy.yml"))["version"]
    releases = yaml.safe_load(read("changelogs/changelog.yaml"))["releases"]

    assert version in releases
    listed = releases.values()
    modules = {module["name"] for release in listed for module in release.get("modules", [])}
    roles = {role["name"] for release in listed for role in release.get("objects", {}).get("role", [])}
    assert modules == names("plugins/modules"), "make changelog lists the modules"
    assert roles == {path.name for path in (ROOT / "roles").iterdir()}, "make changelog lists the roles"


def test_the_changelog_of_the_first_release_says_what_a_user_gets() -> None:
    releases = yaml.safe_load(read("changelogs/changelog.yaml"))["releases"]

    # No user has a state before it, so nothing is a change, and its only fragment is the summary.
    assert set(releases["1.0.0"]["changes"]) == {"release_summary"}
    assert releases["1.0.0"]["fragments"] == ["1.0.0.yml"]
    if len(releases) == 1:
        fragments = [path.name for path in (ROOT / "changelogs" / "fragments").iterdir()]
        assert fragments == ["1.0.0.yml"], "before the first release, write into changelogs/fragments/1.0.0.yml"


def test_the_tarball_leaves_out_what_git_ignores() -> None:
    ignored = {line.strip("/") for line in read(".gitignore").splitlines() if line and not line.startswith("#")}
    never_in_a_tarball = {"*.pyc"}
    editors = {".idea", ".vscode", "*.swp"}

    left_out = set(yaml.safe_load(read("galaxy.yml"))["build_ignore"])
    in_other_folders = {name for name in ignored if name.partition("/")[0] not in left_out}
    assert in_other_folders - never_in_a_tarball - editors <= left_out
