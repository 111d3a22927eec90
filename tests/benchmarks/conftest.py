# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sandbox, an Ansible to measure, and the tables at the end of the run."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.benchmarks import report
from tests.benchmarks.measuring import ROOT, Ansible, Cost
from tests.benchmarks.report import Case, Table
from tests.helpers.sandbox import Sandbox, start_sandbox

_COMMON_NAME = "示例科技有限公司"
_PDF_SIGNING = "76ECE651-B59E-48F2-A47B-135614AADAD9"
_TABLES = pytest.StashKey[list[Table]]()
_WRITTEN = pytest.StashKey[Path]()


@dataclasses.dataclass(frozen=True)
class Bench:
    """Measures playbooks against one sandbox.

    :ivar rounds: how often each case is measured
    """

    ansible: Ansible
    sandbox: Sandbox
    common: dict[str, Any]
    forks: int
    rounds: int

    def once(self, playbook: str, *, hosts: int, **variables: object) -> tuple[Cost, int]:
        """Run a playbook; its cost and the number of API calls come out."""
        self.sandbox.clear_calls()
        cost = self.ansible.measure(playbook, hosts=hosts, forks=self.forks, variables={**self.common, **variables})
        return cost, len(self.sandbox.calls())

    def case(self, label: str, playbook: str, *, hosts: int, **variables: object) -> Case:
        """Run a playbook once a round; ``{round}`` in a variable is the number of the round."""
        runs = [
            self.once(
                playbook,
                hosts=hosts,
                **{
                    name: value.format(round=number) if isinstance(value, str) else value
                    for name, value in variables.items()
                },
            )
            for number in range(self.rounds)
        ]
        return Case(label, hosts, tuple(cost for cost, _calls in runs), api_calls=runs[0][1])


@pytest.fixture(scope="session")
def tables(request: pytest.FixtureRequest) -> list[Table]:
    """The tables to show at the end; a benchmark adds its own."""
    return request.config.stash.setdefault(_TABLES, [])


@pytest.fixture(scope="session")
def bench(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tables: list[Table]
) -> Iterator[Bench]:
    """Start the sandbox without delays. ``WOTRUS_BENCH_FORKS`` (10), ``WOTRUS_BENCH_ROUNDS`` (1), ``…_RESULTS``."""
    folder = tmp_path_factory.mktemp("bench")
    ansible = Ansible.of_environment(folder)
    with start_sandbox(folder) as sandbox:
        common = {
            "bench_url": sandbox.url,
            "bench_token": sandbox.token,
            "bench_tls_ca": sandbox.tls_ca,
            "bench_root_ca": sandbox.root_ca,
            "bench_csr": _csr(),
            "bench_common_name": _COMMON_NAME,
            "bench_product_id": _PDF_SIGNING,
            "bench_dir": str(folder / "targets"),
        }
        forks, rounds = (int(os.environ.get(f"WOTRUS_BENCH_{name}", default)) for name, default in _DEFAULTS.items())
        yield Bench(ansible=ansible, sandbox=sandbox, common=common, forks=forks, rounds=rounds)
    results = Path(os.environ.get("WOTRUS_BENCH_RESULTS", ROOT / ".build" / "bench" / "results.json"))
    report.write(results, tables, versions=ansible.versions())
    request.config.stash[_WRITTEN] = results


_DEFAULTS = {"FORKS": 10, "ROUNDS": 1}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Show the tables, with or without captured output."""
    for table in config.stash.get(_TABLES, []):
        for line in table.lines():
            terminalreporter.write_line(line)
    if _WRITTEN in config.stash:
        terminalreporter.write_line(f"\nwritten to {config.stash[_WRITTEN]}")


def _csr() -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _COMMON_NAME)])
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()
