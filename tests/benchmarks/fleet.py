# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts of a benchmark, with certificates of their own."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from tests.benchmarks.conftest import COMMON_NAME, Bench
from tests.benchmarks.report import Case

_ORGANIZATION = {
    "name": COMMON_NAME,
    "business_category": "Private Organization",
    "country_code": "CN",
    "user_email": "pki@example.com",
}
P256 = {"type": "ECC", "curve": "P-256"}


@dataclasses.dataclass(frozen=True)
class Fleet:
    """The first hosts of the machine, each with so many certificates.

    :ivar name: of the folder, and the beginning of the names of the certificates
    :ivar key: of an entry, or empty for the default key
    """

    bench: Bench
    name: str
    hosts: int
    certificates: int = 1
    key: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def variables(self) -> dict[str, Any]:
        """The settings of the collection for all hosts."""
        # Each run with nothing to do would warn of an entry without a service.
        entry = {
            "product": "pdf_signing",
            "common_name": COMMON_NAME,
            "organization": _ORGANIZATION,
            "reload": "none",
        }
        if self.key:
            entry["key"] = self.key
        return {
            "wotrus_base_dir": f"{self._folder}/{{{{ inventory_hostname }}}}",
            "wotrus_root_ca_path": self.bench.sandbox.root_ca,
            "wotrus_certificates": [
                {"name": f"{self.name}-{number}", **entry} for number in range(1, self.certificates + 1)
            ],
            "wotrus_max_charged_orders": self.hosts * self.certificates,
        }

    @property
    def live(self) -> int:
        """The number of live certificates."""
        return len(list(self._folder.glob("*/*/live/cert.pem")))

    @property
    def pending(self) -> list[str]:
        """The ids of the pending orders."""
        records = [json.loads(path.read_text()) for path in self._folder.glob("*/*/record.json")]
        return [str(record["pending"]["order_id"]).strip() for record in records]

    @property
    def _folder(self) -> Path:
        return self.bench.ansible.folder / "targets" / self.name

    def run(self, label: str, playbook: str = "role", **variables: object) -> Case:
        """Run a playbook, the role's if none is named."""
        return self.bench.case(label, playbook, hosts=self.hosts, **self.variables, **variables)

    def order(self) -> Case:
        """Run the role for the first time, and leave the orders pending."""
        self.bench.sandbox.settings(manual_review=True)
        case = self.run("the role, first run, orders left pending", wotrus_wait_timeout=0)
        self.bench.sandbox.settings(manual_review=False)
        return case
