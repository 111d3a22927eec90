# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A release is rehearsed: the steps of the workflow *release*, on a tag of a copy of the repository.

The programs are the real ones, but for what leaves the machine: publishing, GitHub, and packages. ``make test`` and
``make release-check`` are only recorded, since this is a part of the first.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from .harness import ROOT, clean_environment

with_gpg = pytest.mark.skipif(shutil.which("gpg") is None, reason="gpg is not installed")
WORKFLOW = ROOT / ".github" / "workflows" / "release.yml"
TESTS = ROOT / ".build" / "venv"
# Each program writes its call down, and leaves to the real one what is not published.
PROGRAMS = {
    "make": 'case "$*" in release-check) exit 0 ;; test) echo "$LEFT_OUT" >.build/not-tested; exit $MAKE_TEST ;; esac',
    "sudo": 'exec "$@"',
    "gh": 'case "$*" in api*) echo true ;; esac; exit 0',
    "python": 'case "$*" in *"pip install"*) exit 0 ;; esac',
    "ansible-galaxy": 'case "$*" in *publish*) cat "$ANSIBLE_GALAXY_TOKEN_PATH" >>"$CALLS"; exit 0 ;; esac',
}
SECRETS = {"secrets.GALAXY_TOKEN": "gt_secret", "github.token": "gh_secret"}


class Rehearsal:
    """A copy of the repository whose changes are committed, and a machine that runs the workflow on a tag of it."""

    def __init__(self, folder: Path, *, gpg_home: Path) -> None:
        self.folder = folder
        self.repository = folder / "repository"
        self.calls = folder / "calls"
        self.calls.touch()
        self._values = {**SECRETS, "runner.temp": str(folder), "secrets.SIGNING_KEY": signing_key(gpg_home)}
        self._environment = {
            **clean_environment(folder / "home"),
            "CALLS": str(self.calls),
            "MAKE_TEST": "0",
            "LEFT_OUT": "older ansible-cores: another job tests them",
            "GNUPGHOME": str(gpg_home),
            "GITHUB_REPOSITORY": "wotrus-pki/wotrus.pki",
            "GIT_AUTHOR_NAME": "A test",
            "GIT_AUTHOR_EMAIL": "test@example.org",
            "GIT_COMMITTER_NAME": "A test",
            "GIT_COMMITTER_EMAIL": "test@example.org",
            "PATH": f"{self._make_programs()}{os.pathsep}{os.environ['PATH']}",
        }
        self._copy()

    def _make_programs(self) -> Path:
        programs = self.folder / "bin"
        programs.mkdir()
        for name, script in PROGRAMS.items():
            own = TESTS / "bin" / name
            real = sys.executable if name == "python" else own if own.exists() else shutil.which(name) or "true"
            lines = ["#!/bin/sh", f'echo "$ {name} $*" >>"$CALLS"', script, f'exec "{real}" "$@"', ""]
            (programs / name).write_text("\n".join(lines))
            (programs / name).chmod(0o755)
        return programs

    def _copy(self) -> None:
        listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
        for name in names:
            if name and (ROOT / name).is_file():
                (self.repository / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, self.repository / name, follow_symlinks=False)
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit()

    def set(self, **environment: str) -> None:
        """Change the environment of all programs."""
        self._environment |= environment

    def git(self, *arguments: str) -> None:
        """Run git in the repository."""
        subprocess.run(["git", *arguments], cwd=self.repository, env=self._environment, check=True, capture_output=True)

    def commit(self) -> None:
        """Commit everything."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "A commit")

    def prepare(self) -> None:
        """Do what CONTRIBUTING.md says about the commit of a release."""
        for name, words in (("README.md", "not published yet"), ("README.zh-CN.md", "尚未发布")):
            readme = self.repository / name
            text = readme.read_text(encoding="utf-8")
            readme.write_text(re.sub(rf"^.*{words}.*\n\n", "", text, flags=re.MULTILINE), encoding="utf-8")
        self._use_environment(self.repository)
        self._shell("make changelog", self.repository, {})
        self.commit()

    def release(self, tag: str) -> dict[str, int]:
        """Tag the commit, and run the jobs of the workflow; return the exit status of each one that ran."""
        self.git("tag", tag)
        jobs: dict[str, dict[str, Any]] = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]
        ended: dict[str, int] = {}
        while ready := [name for name in jobs if name not in ended and needs(jobs[name]) <= ended.keys()]:
            for name in ready:
                # A job runs if all that it needs have succeeded.
                is_skipped = any(ended[other] for other in needs(jobs[name]))
                ended[name] = -1 if is_skipped else self._run_job(name, jobs[name], tag)
        assert ended.keys() == jobs.keys()
        return {name: code for name, code in ended.items() if code != -1}

    def _run_job(self, name: str, job: dict[str, Any], tag: str) -> int:
        if "uses" in job:
            called = yaml.safe_load((self.repository / job["uses"].removeprefix("$/")).read_text(encoding="utf-8"))
            assert "workflow_call" in called["on"]
            return 0
        checkout = self.folder / name
        for step in job["steps"]:
            used, given = step.get("uses", "").partition("@")[0], step.get("with", {})
            if used == "actions/checkout":
                self.git(
                    "-c",
                    "advice.detachedHead=false",
                    "clone",
                    "--quiet",
                    "--depth=1",
                    f"--branch={tag}",
                    f"file://{self.repository}",
                    str(checkout),
                )
                self._use_environment(checkout)
            elif used == "actions/attest-build-provenance":
                assert all(list(checkout.glob(pattern)) for pattern in given["subject-path"].split())
            elif used == "actions/upload-artifact":
                shutil.copytree(checkout / given["path"], self.folder / "artifacts" / given["name"])
            elif used == "actions/download-artifact":
                shutil.copytree(self.folder / "artifacts" / given["name"], checkout / given["path"])
            elif used:
                assert used == "actions/setup-python"
            else:
                done = self._shell(step["run"], checkout, {**step.get("env", {}), "GITHUB_REF_NAME": tag})
                if done.returncode:
                    return done.returncode
        return 0

    def _use_environment(self, checkout: Path) -> None:
        """Lend the environment of the tests to a checkout, as the newest file there."""
        (checkout / ".build").mkdir(exist_ok=True)
        (checkout / ".build" / "venv").symlink_to(TESTS)
        for lock in (checkout / "tests" / "requirements").iterdir():
            os.utime(lock, (0, 0))

    def _shell(self, commands: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        """Run commands as a step of a workflow is run."""
        filled = {
            name: re.sub(r"\$\{\{ (.*?) \}\}", lambda found: self._values[found[1]], value)
            for name, value in environment.items()
        }
        done = subprocess.run(
            ["bash", "-e", "-c", commands],
            cwd=folder,
            env={**self._environment, **filled},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        with self.calls.open("a") as log:
            log.write(f"== {commands} -> {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    @property
    def log(self) -> str:
        """Everything that was called and printed."""
        return self.calls.read_text(encoding="utf-8")


def needs(job: dict[str, Any]) -> set[str]:
    """Return the names of the jobs that a job needs."""
    named = job.get("needs", [])
    return {named} if isinstance(named, str) else set(named)


def signing_key(home: Path) -> str:
    """Make a key of OpenPGP, and return it as the secret of the environment has it."""
    gpg = ["gpg", "--homedir", home, "--batch", "--passphrase", "", "--pinentry-mode", "loopback"]
    subprocess.run(
        [*gpg, "--quick-generate-key", "A test <test@example.org>", "ed25519"], check=True, capture_output=True
    )
    return subprocess.run([*gpg, "--armor", "--export-secret-keys"], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def rehearsal(tmp_path: Path) -> Iterator[Rehearsal]:
    # gpg's socket needs a short path.
    home = Path(tempfile.mkdtemp(prefix="gpg-", dir="/tmp"))
    yield Rehearsal(tmp_path, gpg_home=home)
    subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False, capture_output=True)
    shutil.rmtree(home)


@with_gpg
def test_tag_of_a_prepared_commit_is_tested_signed_and_published(rehearsal: Rehearsal) -> None:
    rehearsal.prepare()

    ran = rehearsal.release("1.0.0")

    assert set(ran.values()) == {0}, rehearsal.log
    calls = [line.removeprefix("$ ") for line in rehearsal.log.splitlines() if line.startswith("$ ")]
    assert {"make test", "make release-check", "make sbom"} <= set(calls)
    (published,) = [number for number, call in enumerate(calls) if "collection publish" in call]
    assert calls[published] == "ansible-galaxy collection publish dist/wotrus-pki-1.0.0.tar.gz"
    assert max(map(calls.index, ("make test", "make release-check", "make sbom"))) < published
    assert "token: gt_secret" in rehearsal.log
    assert not (rehearsal.folder / "galaxy_token").exists()
    files = {f"dist/wotrus-pki-1.0.0{kind}" for kind in (".tar.gz", ".cdx.json", "-MANIFEST.json.asc")}
    assert calls[-1].startswith("gh release create 1.0.0 --verify-tag")
    assert files <= set(calls[-1].split())
    with tarfile.open(rehearsal.folder / "publish" / "dist" / "wotrus-pki-1.0.0.tar.gz") as tarball:
        readme = tarball.extractfile("README.md")
        assert readme is not None
        assert b"not published" not in readme.read()


@with_gpg
@pytest.mark.parametrize(
    ("tag", "reasons"),
    [
        ("1.0.0", ["README.md says that the collection is 'not published yet'"]),
        ("1.0.1", ["galaxy.yml has the version 1.0.0", "changelogs/changelog.yaml has no entry 1.0.1"]),
    ],
)
def test_commit_that_is_not_prepared_is_not_published(rehearsal: Rehearsal, tag: str, reasons: list[str]) -> None:
    ran = rehearsal.release(tag)

    assert ran == {"version": 1, "test": 0, "release-check": 0, "cores": 0}
    assert [reason for reason in reasons if f"{tag} is not released: {reason}" not in rehearsal.log] == []


@with_gpg
def test_changelog_of_another_day_or_without_a_change_is_not_published(rehearsal: Rehearsal) -> None:
    rehearsal.prepare()
    (rehearsal.repository / "changelogs" / "fragments" / "late.yml").write_text("---\nbugfixes: [A late fix.]\n")
    rehearsal.set(GIT_COMMITTER_DATE="2031-01-01T12:00:00+0000")
    rehearsal.commit()

    ran = rehearsal.release("1.0.0")

    assert ran["version"] == 1
    assert "publish" not in ran
    assert "the commit 2031-01-01: run make changelog" in rehearsal.log
    assert "The changelog lacks late.yml" in rehearsal.log


@with_gpg
@pytest.mark.parametrize("outcome", [{"MAKE_TEST": "1"}, {"LEFT_OUT": "the runbooks: jq is not installed"}])
def test_commit_whose_tests_fail_or_are_left_out_is_not_published(
    rehearsal: Rehearsal, outcome: dict[str, str]
) -> None:
    rehearsal.set(**outcome)

    ran = rehearsal.release("1.0.0")

    assert (ran["test"], ran["release-check"]) == (1, 0), rehearsal.log
    assert not {"build", "publish"} & ran.keys()
