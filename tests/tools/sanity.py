# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run `ansible-test sanity` on a copy of the collection.

ansible-test needs the collection in a folder `ansible_collections/wotrus/pki`, a get-pip script in its cache, and a
PATH on which every `pythonX.Y` really is that Python. This prepares them below the given folder, and does not change
the user's home. It needs only a package index. Further arguments go to ansible-test unchanged.
"""

from __future__ import annotations

import argparse
import ast
import configparser
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
PROBE = (
    "import os, sys; print('%d.%d' % sys.version_info[:2]); print(os.path.dirname(os.path.realpath(sys.executable)))"
)
NAME = re.compile(r"python3\.\d+")


def output(*command: str | Path, cwd: Path | None = None) -> str:
    """Return what a command prints; CalledProcessError where it fails."""
    return subprocess.run([str(part) for part in command], cwd=cwd, check=True, capture_output=True, text=True).stdout


def copy_collection(target: Path) -> None:
    """Copy the files that git tracks, or would track, to `target`.

    The copy is a checkout of its own.
    """
    if target.exists():
        shutil.rmtree(target)
    for name in output("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT).split("\0"):
        source = ROOT / name
        if name and source.exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name, follow_symlinks=False)
    # Without a checkout of its own ansible-test would take the one around it, in which the copy is ignored.
    output("git", "init", "--quiet", cwd=target)


def prepare_get_pip(home: Path) -> None:
    """Put get-pip's replacement and pip into ansible-test's cache.

    The place depends on the version of ansible-test.
    """
    cache = home / ".ansible" / "test" / "cache"
    version = wanted_pip()
    script = cache / f"get_pip_{version.replace('.', '_')}.py"
    if not list(cache.glob(f"pip-{version}-*.whl")):
        shutil.rmtree(cache, ignore_errors=True)
        cache.mkdir(parents=True)
        output(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", cache, f"pip=={version}")
    shutil.copy2(ROOT / "tests" / "tools" / "get_pip.py", script)


def wanted_pip() -> str:
    """Return the pip version of ansible-test's virtual environments."""
    ask = (
        "import types; from ansible_test._internal.python_requirements import get_venv_packages; "
        f"print(get_venv_packages(types.SimpleNamespace(version='3.{sys.version_info.minor}'))['pip'])"
    )
    return output(sys.executable, "-c", ask).strip()


def hand_on_pip_settings(home: Path) -> None:
    """Write pip's settings (index, proxy, CA) into `home`.

    ansible-test sees no other settings.
    """
    settings: dict[str, dict[str, str]] = {"global": {"quiet": "1"}}
    # Lines such as global.index-url='...' and :env:.cert='...'; what the environment says wins, and sorts first.
    for line in reversed(output(sys.executable, "-m", "pip", "config", "list").splitlines()):
        key, value = line.split("=", 1)
        section, name = key.rsplit(".", 1)
        settings.setdefault("global" if section == ":env:" else section, {})[name] = ast.literal_eval(value)
    parser = configparser.RawConfigParser()
    parser.read_dict(settings)
    target = home / ".config" / "pip" / "pip.conf"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.touch(mode=0o600)
    with target.open("w", encoding="utf-8") as file:
        parser.write(file)


def search_path() -> str:
    """Return a PATH that holds only Pythons that run."""
    folders = [Path(name) for name in os.environ["PATH"].split(os.pathsep) if name]
    managed = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    real: dict[str, str] = {}
    broken = set()
    for folder, python in pythons([*folders, *sorted(managed.glob("*/bin"))]):
        ran = subprocess.run([python, "-c", PROBE], check=False, capture_output=True, text=True)
        if ran.returncode or ran.stdout.split()[0] != python.name.removeprefix("python"):
            broken.add(folder)
        else:
            version, home = ran.stdout.splitlines()
            real.setdefault(version, home)
    versions = sorted(real, key=lambda version: int(version.partition(".")[2]))
    wanted = [
        str(BIN),
        *(real[version] for version in reversed(versions)),
        *(str(f) for f in folders if f not in broken),
    ]
    return os.pathsep.join(dict.fromkeys(wanted))


def pythons(folders: list[Path]) -> Iterator[tuple[Path, Path]]:
    """Yield each folder with each `python3.N` in it."""
    for folder in dict.fromkeys(folders):
        if folder != BIN and folder.is_dir():
            yield from ((folder, python) for python in sorted(folder.iterdir()) if NAME.fullmatch(python.name))


def main() -> int:
    """Prepare, run, clean up; return the exit status of ansible-test."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder to work in")
    arguments, rest = parser.parse_known_args()
    work = arguments.work.resolve()
    collection = work / "ansible_collections" / "wotrus" / "pki"
    home = work / "home"
    copy_collection(collection)
    prepare_get_pip(home)
    hand_on_pip_settings(home)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "PYTHON"))}
    command = [str(BIN / "ansible-test"), "sanity", "--venv", "--color", "no", *rest]
    done = subprocess.run(
        command, cwd=collection, check=False, env={**environment, "HOME": str(home), "PATH": search_path()}
    )
    shutil.rmtree(collection / "tests" / "output", ignore_errors=True)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
