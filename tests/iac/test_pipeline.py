# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pipelines of the example repository, by their own commands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.helpers.sandbox import DAY, Sandbox
from tests.integration.harness import ROOT

from .repository import EXAMPLE, HOSTS, Repository, github, github_jobs, gitlab, gitlab_jobs

JOBS = ("prepare", "lint", "preflight", "plan", "apply", "report", "renew", "drift")
MERGE_REQUEST = {
    "CI_API_V4_URL": "https://gitlab.example.com/api/v4",
    "CI_PROJECT_ID": "7",
    "CI_MERGE_REQUEST_IID": "42",
    "COMMENT_TOKEN": "glpat-x",
}
PREFLIGHT = ROOT / "playbooks" / "preflight.yml"
CERTIFICATES = "inventory/group_vars/wotrus/main.yml"


def orders(commands: list[str]) -> bool:
    """Return whether commands may order."""
    playbooks = re.findall(r"wotrus\.pki\.(\w+)(.*)", "\n".join(commands))
    return any(name not in ("preflight", "report") and "--check" not in options for name, options in playbooks)


def charged(sandbox: Sandbox) -> int:
    """Return how many orders were charged."""
    return int(sandbox.state()["charged_orders"])


@pytest.mark.parametrize("job", JOBS)
def test_both_pipelines_run_the_same_commands(job: str) -> None:
    assert github()[job] == gitlab()[job]


def test_applying_needs_the_approval_and_the_plan_in_gitlab() -> None:
    jobs = gitlab_jobs()
    assert [name for name in JOBS if orders(gitlab()[name])] == ["apply", "renew"]

    assert jobs["apply"]["environment"] == {"name": "production"}
    assert [rule["when"] for rule in jobs["apply"]["rules"]] == ["manual"]
    assert all("$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH" in rule["if"] for rule in jobs["apply"]["rules"])
    # The plan is an artifact of that job.
    assert jobs["apply"]["needs"] == ["plan"]
    assert "plan.json" in jobs["plan"]["artifacts"]["paths"]
    assert jobs["report"]["needs"] == ["apply"]
    assert all('$CI_PIPELINE_SOURCE == "schedule"' in rule["if"] for rule in jobs["renew"]["rules"])


def test_applying_needs_the_approval_and_the_plan_in_github() -> None:
    jobs = github_jobs()
    commands = {name: "\n".join(step.get("run", "") for step in job["steps"]) for name, job in jobs.items()}
    assert [name for name, text in commands.items() if orders(text.splitlines())] == ["apply", "renew"]

    # Required reviewers of this environment are the approval.
    assert jobs["apply"]["environment"] == "production"
    assert jobs["apply"]["needs"] == "plan"
    assert {"name": "plan"} in [step.get("with") for step in jobs["apply"]["steps"]]
    assert jobs["plan"]["needs"] == "check"
    assert "github.event_name == 'push'" in jobs["apply"]["if"]
    assert "github.event.schedule == " in jobs["renew"]["if"]


def test_repository_passes_its_own_lint_without_mocks(repository: Repository) -> None:
    assert "mock" not in (EXAMPLE / ".ansible-lint").read_text()

    repository.succeed(gitlab()["lint"])

    misspelt = "  tasks:\n    - name: Order\n      wotrus.pki.wotrus_ordr_info:\n        order_ids: [a]\n"
    with (repository.folder / "site.yml").open("a", encoding="utf-8") as file:
        file.write(misspelt)
    job = repository.run(gitlab()["lint"])
    assert job.code != 0
    assert "wotrus_ordr_info" in job.output


def test_pipeline_of_a_change_plans_comments_applies_and_reports_and_the_second_has_nothing_to_do(
    repository: Repository, sandbox: Sandbox
) -> None:
    jobs = gitlab()

    planned = repository.succeed(jobs["plan"])

    assert (repository.folder / "plan.env").read_text() == "has_changes=true\n"
    assert "2,400.00 CNY at most, for 2 orders" in planned
    assert charged(sandbox) == 0
    repository.succeed(jobs["comment"], **MERGE_REQUEST)
    comment = repository.log.read_text()
    assert "/projects/7/merge_requests/42/notes" in comment
    assert "| signer1.example.com | contracts | order |" in comment
    repository.succeed(jobs["apply"])

    assert charged(sandbox) == 2
    for host in HOSTS:
        assert repository.certificate(host).release is not None
    assert repository.log.read_text().count("reload\nsigner\n") == 2
    repository.succeed(jobs["report"])
    assert (repository.folder / "wotrus-report.html").is_file()

    again = repository.succeed([*jobs["plan"], *jobs["apply"], *jobs["report"]])

    assert (repository.folder / "plan.env").read_text() == "has_changes=false\n"
    assert "Nothing to do for 2 certificates." in again
    assert charged(sandbox) == 2


def test_comment_of_github_has_the_plan(repository: Repository) -> None:
    (repository.folder / "plan.md").write_text("the plan\n")

    repository.succeed([line.replace("${{ github.event.number }}", "42") for line in github()["comment"]])

    assert repository.log.read_text().split()[1:] == ["pr", "comment", "42", "--body-file", "plan.md", "the", "plan"]


def test_plan_that_became_stale_stops(repository: Repository, sandbox: Sandbox) -> None:
    jobs = gitlab()
    repository.succeed(jobs["plan"])
    repository.change(CERTIFICATES, ("product: pdf_signing", "product: pdf_signing\n    months: 24"))

    job = repository.run(jobs["apply"])

    assert job.code == 2
    assert "The approved plan is stale, so nothing was sent." in job.output
    assert charged(sandbox) == 0


def test_plan_is_no_plan_if_a_certificate_is_blocked(repository: Repository) -> None:
    jobs = gitlab()
    repository.succeed([*jobs["plan"], *jobs["apply"]])
    repository.change(CERTIFICATES, ("common_name: 示例", "common_name: 另一家"))

    assert repository.run(jobs["plan"]).code == 2


def test_schedules_find_drift_and_renew(repository: Repository, sandbox: Sandbox) -> None:
    jobs = gitlab()
    repository.succeed([*jobs["plan"], *jobs["apply"], *jobs["drift"], *jobs["renew"]])
    assert charged(sandbox) == 2
    sandbox.clock(advance=345 * DAY)

    assert repository.run(jobs["drift"]).code == 3
    repository.succeed(jobs["renew"])
    repository.succeed(jobs["renew"])

    assert charged(sandbox) == 4
    repository.succeed(jobs["drift"])


@pytest.mark.parametrize("command", gitlab()["preflight"] if PREFLIGHT.exists() else [])
def test_preflight_of_the_pipeline_finds_nothing_wrong(repository: Repository, command: str) -> None:
    repository.succeed([command])


def test_commands_of_the_readme_are_those_of_the_pipelines() -> None:
    text = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    commands = {command for job in gitlab().values() for command in job}

    for command in ("ci/plan", "ansible-lint", "ansible-playbook wotrus.pki.issue_planned -e @plan.json"):
        assert f"`{command}`" in text
        assert command in commands


def test_molecule_tests_the_role_with_a_sandbox_of_its_own(repository: Repository, tmp_path: Path) -> None:
    job = repository.run(["molecule test"], MOLECULE_GLOB="molecule/*/molecule.yml")

    assert job.code == 0, job.output
    assert list((tmp_path / "home").rglob("ready.json")) == []


def test_navigator_runs_the_playbooks(repository: Repository) -> None:
    output = repository.succeed(["ansible-navigator run wotrus.pki.issue --check --lf navigator.log"])

    assert "may be charged: 2 orders; wotrus_max_charged_orders allows 2" in output


def test_local_hosts_of_the_repository_write_below_the_home_of_the_test(repository: Repository, tmp_path: Path) -> None:
    show_module = "tr '\\0' '\\n' </proc/$PPID/cmdline"

    output = repository.succeed([f"ansible {HOSTS[0]} -m ansible.builtin.shell -a {shlex.quote(show_module)}"])

    assert f"{tmp_path}/home/.ansible/remote/ansible-tmp-" in output
