# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sandbox, an Ansible to measure, and tables after the run."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.benchmarks import report
from tests.benchmarks.measuring import Ansible, Usage
from tests.benchmarks.report import Case, Listing
from tests.benchmarks.sizes import QUICK, Sizes, is_quick
from tests.helpers.sandbox import Sandbox, start_sandbox

COMMON_NAME = "示例科技有限公司"
PDF_SIGNING = "76ECE651-B59E-48F2-A47B-135614AADAD9"
_LISTINGS = pytest.StashKey[list[Listing]]()


@dataclasses.dataclass(frozen=True)
class Bench:
    """Measures playbooks against one sandbox."""

    ansible: Ansible
    sandbox: Sandbox
    common: dict[str, Any]
    sizes: Sizes

    def case(self, label: str, playbook: str, *, hosts: int, **variables: object) -> Case:
        """Run a playbook."""
        self.sandbox.clear_calls()
        all_variables = {**self.common, **variables}
        cost = self.ansible.measure(playbook, hosts=hosts, forks=self.sizes.forks, variables=all_variables)
        return Case(label, hosts, (cost,), api_calls=len(self.sandbox.calls()))


@pytest.fixture(scope="session")
def listings(request: pytest.FixtureRequest) -> list[Listing]:
    """The tables to show at the end; a benchmark adds its own."""
    return request.config.stash.setdefault(_LISTINGS, [])


@pytest.fixture(scope="session")
def bench(listings: list[Listing], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Start the sandbox without delays, and write the results when it has stopped.

    The run may be stopped too.
    """
    folder = tmp_path_factory.mktemp("bench")
    ansible = Ansible.of_environment(folder)
    usage = Usage.now()
    with start_sandbox(folder, "--revocation-port", "0") as sandbox:
        settings = {
            "WOTRUS_API_URL": sandbox.url,
            "WOTRUS_API_TOKEN": sandbox.token,
            "WOTRUS_CA_PATH": sandbox.tls_ca,
        }
        common = {
            "bench_url": sandbox.url,
            "bench_token": sandbox.token,
            "bench_tls_ca": sandbox.tls_ca,
            "bench_csr": _csr(),
            "bench_common_name": COMMON_NAME,
            "bench_product_id": PDF_SIGNING,
        }
        yield Bench(
            ansible=dataclasses.replace(ansible, settings=settings),
            sandbox=sandbox,
            common=common,
            sizes=QUICK if is_quick() else Sizes(),
        )
    results = report.RESULTS.with_name("quick.json") if is_quick() else report.RESULTS
    report.write(results, listings, run={**ansible.versions(), **Usage.now().since(usage)})


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a whole run that misses a goal."""
    goals = [goal for listing in session.config.stash.get(_LISTINGS, []) for goal in listing.goals]
    if not is_quick() and not all(goal.met for goal in goals):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Show the tables, with or without captured output."""
    for listing in config.stash.get(_LISTINGS, []):
        for line in listing.lines():
            terminalreporter.write_line(line)


def _csr() -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, COMMON_NAME)])
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()
