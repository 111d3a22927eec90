# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pipelines of the example repository, and its commands for a person."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.helpers.sandbox import DAY, Sandbox

from .github import GitHub
from .gitlab import GitLab
from .pipelines import Forge, State
from .repository import EXAMPLE, HOSTS, INSTALL, Repository

CERTIFICATES = "inventory/group_vars/wotrus/main.yml"
OTHER_KEY = ("product: pdf_signing", "product: pdf_signing\n    key: {type: ECC, curve: P-256}")
OTHER_NAME = ("common_name: 示例", "common_name: 另一家")
on_github = pytest.mark.parametrize("forge", [GitHub], indirect=True)


def charged(sandbox: Sandbox) -> int:
    """Return how many orders were charged."""
    return int(sandbox.state()["charged_orders"])


def test_changes_are_shown_and_applied_one_at_a_time_after_the_approval_until_nothing_is_to_do(
    forge: Forge, repository: Repository, sandbox: Sandbox
) -> None:
    proposed = forge.start("merge request")
    if "preview" in proposed.jobs:
        forge.approve(proposed)

    assert proposed.is_green, proposed.output
    assert "| signer1.example.com | contracts | order |" in repository.log.read_text()
    assert "2,400.00 CNY at most, orders: 2" in proposed.output
    first = forge.start("push")
    repository.change(CERTIFICATES, OTHER_KEY)
    second = forge.start("push")
    assert first.jobs["approve"].state is State.PERSON, first.states()

    renewal = forge.start("renew")

    # It waits for no approval, and orders nothing that is new.
    assert renewal.is_green, renewal.output
    forge.approve(first, second, hold="apply")
    later = forge.start("renew", hold="apply")
    assert first.jobs["apply"].state is State.RUNNING, first.states()
    assert second.jobs["apply"].state is State.GROUP, second.states()
    assert later.jobs["renew"].state is State.GROUP, later.states()
    assert charged(sandbox) == 0
    forge.work()
    assert first.is_green, first.output
    assert first.jobs["apply"].state is State.SUCCESS, first.states()
    assert later.is_green, later.output
    # The first one made the second one stale: the orders that it planned exist now.
    assert not second.is_green, second.output
    assert "The approved plan is stale, so nothing was sent." in second.output
    assert charged(sandbox) == 2
    assert all(repository.certificate(host).release is not None for host in HOSTS)
    # The schedule has reissued them for the other key, which costs nothing.
    assert repository.log.read_text().count("reload\nsigner\n") == 4
    assert any(list(folder.glob("wotrus-report.html")) for folder in first.artifacts.values())
    again = forge.start("push")
    assert again.is_green, again.states()
    assert "Nothing to do. Certificates: 2." in again.output
    repository.change(CERTIFICATES, OTHER_NAME)
    blocked = forge.start("push")
    assert not blocked.is_green
    assert blocked.jobs["approve"].state is State.SKIPPED, blocked.states()
    assert charged(sandbox) == 2


def test_rejected_plan_is_not_applied(forge: Forge, repository: Repository, sandbox: Sandbox) -> None:
    merged = forge.start("push")

    forge.reject(merged)

    assert merged.jobs["apply"].state is State.SKIPPED, merged.states()
    assert charged(sandbox) == 0
    assert not any(repository.certificate(host).path.exists() for host in HOSTS)


@pytest.mark.parametrize(("forge", "event"), [(GitHub, "merge request"), (GitLab, "unprotected")], indirect=["forge"])
def test_proposal_is_checked_without_a_secret_before_anybody_reviews_it(
    forge: Forge, repository: Repository, event: str
) -> None:
    repository.environment.pop("VAULT_PASSWORD", None)

    proposed = forge.start(event)

    done = [name for name, job in proposed.jobs.items() if job.state is State.SUCCESS]
    assert len(done) == 1, proposed.output
    assert "ssh-add" not in repository.log.read_text()
    assert all(job.state is not State.FAILURE for job in proposed.jobs.values()), proposed.output


@pytest.mark.parametrize("name", [".github/workflows/certificates.yml", ".gitlab-ci.yml"])
def test_what_a_pipeline_takes_from_elsewhere_is_pinned(name: str) -> None:
    text = (EXAMPLE / name).read_text(encoding="utf-8")
    taken = re.findall(r"(?:uses|image): (\S+)", text)

    assert taken
    assert [one for one in taken if not re.search(r"@([0-9a-f]{40}|sha256:[0-9a-f]{64})$", one)] == []
    assert [one for one in re.findall(r"pip install.*", text) if "--require-hashes" not in one] == []


@on_github
def test_plan_is_not_applied_if_nobody_had_to_approve_it(
    forge: Forge, repository: Repository, sandbox: Sandbox
) -> None:
    repository.has_reviewers = False

    merged = forge.start("push")

    assert not merged.is_green
    assert merged.jobs["apply"].state is State.SKIPPED, merged.states()
    assert charged(sandbox) == 0


def test_schedules_find_drift_and_renew(forge: Forge, repository: Repository, sandbox: Sandbox) -> None:
    assert not forge.start("drift").is_green
    repository.succeed(INSTALL, "ansible-playbook wotrus.pki.issue")
    sandbox.clock(advance=345 * DAY)

    renewal = forge.start("renew")

    assert renewal.is_green, renewal.output
    assert any(list(folder.glob("wotrus-report.html")) for folder in renewal.artifacts.values())
    assert charged(sandbox) == 4
    drift = forge.start("drift")
    assert drift.is_green, drift.output


def test_weekly_rehearsal_finds_a_broken_reload(forge: Forge, repository: Repository, sandbox: Sandbox) -> None:
    repository.succeed(INSTALL, "ansible-playbook wotrus.pki.issue")

    assert forge.start("rehearse").is_green
    repository.change(CERTIFICATES, ("systemctl reload signer", "systemctl-is-missing reload signer"))
    broken = forge.start("rehearse")

    assert not broken.is_green
    assert "the reload command 'systemctl-is-missing reload signer' cannot be run" in broken.output
    assert charged(sandbox) == 2


def test_repository_passes_its_own_lint_without_mocks(checkout: Repository) -> None:
    assert "mock" not in (EXAMPLE / ".ansible-lint").read_text()

    checkout.succeed("yamllint --strict .", "ansible-lint")

    misspelt = "  tasks:\n    - name: Order\n      wotrus.pki.wotrus_ordr_info:\n        order_ids: [a]\n"
    with (checkout.folder / "site.yml").open("a", encoding="utf-8") as file:
        file.write(misspelt)
    done = checkout.type("ansible-lint")
    assert done.code != 0
    assert "wotrus_ordr_info" in done.output


def test_molecule_tests_the_role_with_a_sandbox_of_its_own(checkout: Repository, tmp_path: Path) -> None:
    checkout.succeed("molecule test", MOLECULE_GLOB="molecule/*/molecule.yml")

    assert list((tmp_path / "home").rglob("ready.json")) == []


def test_navigator_runs_the_playbooks(checkout: Repository) -> None:
    output = checkout.succeed("ansible-navigator run wotrus.pki.issue --check --lf navigator.log")

    assert "orders that may be charged: 2; wotrus_max_charged_orders allows 2" in output


def test_local_hosts_of_the_repository_write_below_the_home_of_the_test(checkout: Repository, tmp_path: Path) -> None:
    # Its module's file is there while it runs.
    output = checkout.succeed(f"ansible {HOSTS[0]} -m ansible.builtin.command -a 'ls {tmp_path}/home/.ansible/remote'")

    assert "ansible-tmp-" in output
