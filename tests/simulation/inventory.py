# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory: the entries and the role variables."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

PDF = "pdf_signing"
PDF_ID = "76ECE651-B59E-48F2-A47B-135614AADAD9"
OTHER_PRODUCT = "organization_document_signing"
SM2_PRODUCT = "5a4d3253-1c0e-4d1b-9f52-d0c5169a11ce"
KINDS = ("host", "provided", "external", "pkcs11", "ukey", "sm2", "taken over")

WINDOWS = {
    "at night": {"hours": "02:00-04:00"},
    "on Saturday nights in Shanghai": {"days": ["sat"], "hours": "22:00-06:00", "zone": "Asia/Shanghai"},
    "on Sundays in Berlin": {"days": ["sun"], "hours": "02:00-03:00", "zone": "Europe/Berlin"},
}
"""The windows that a person may want, in the words of histories."""

Entry = dict[str, Any]

IN_TOKEN: Mapping[str, Any] = {
    "storage": "pkcs11",
    "pkcs11": {"module": "/lib/token.so", "token": "hsm", "pin": "1234"},
}


@dataclasses.dataclass(frozen=True)
class Certificate:
    """A certificate of a host, as histories name it: ``contracts@alpha``."""

    name: str
    host: str

    def __str__(self) -> str:
        return f"{self.name}@{self.host}"

    @classmethod
    def read(cls, text: str) -> Certificate:
        """Read the name of a certificate."""
        name, _at, host = text.partition("@")
        return cls(name, host)


def provided_key(number: int) -> str:
    """Return a key that a person provides, in PEM."""
    key = ec.derive_private_key(1000 + number, ec.SECP256R1())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def new_entry(certificate: Certificate, kind: str) -> Entry:
    """Return the entry of a certificate of one of the kinds."""
    shared = kind == "provided"
    entry: Entry = {
        "name": certificate.name,
        "product": SM2_PRODUCT if kind == "sm2" else PDF,
        "common_name": f"{certificate.name} of all" if shared else f"{certificate.name} of {certificate.host}",
        "organization": {"name": "Example Ltd.", "country_code": "CN", "user_email": "it@example.com"},
        "key": {"type": "ECC", "curve": "P-256"},
        "reload": "none",
    }
    if kind == "provided":
        entry["key"] = {"storage": "provided", "content": provided_key(1)}
    if kind == "external":
        entry["key"] = {"storage": "external", "csr_command": f"make-csr {certificate.name}"}
    if kind == "pkcs11":
        entry["key"].update(IN_TOKEN)
    if kind == "ukey":
        entry["key"] = {"storage": "ukey"}
        entry["ukey"] = {"ship_address": "1 Example Street"}
    return entry


@dataclasses.dataclass
class Inventory:
    """What the persons want.

    :ivar hosts: the entries by host
    :ivar variables: variables of the role
    :ivar order_names: every order name that there ever was
    :ivar named: every order id that a person ever named to be replaced
    """

    hosts: dict[str, list[Entry]] = dataclasses.field(default_factory=dict)
    variables: dict[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        self.variables.setdefault("max_charged_orders", 9)
        self.variables.setdefault("replace_orders", [])
        self.variables.setdefault("wait_timeout", 120)
        self.variables.setdefault("revoke_superseded", False)
        self.variables.setdefault("check_revocation", "off")
        # The handlers of the play, by their names and topics.
        self.variables.setdefault("handlers", [])

    def certificates(self) -> Iterator[Certificate]:
        """Yield all certificates."""
        for host, entries in self.hosts.items():
            for entry in entries:
                yield Certificate(entry["name"], host)

    def entry(self, certificate: Certificate) -> Entry:
        """Return the entry of a certificate."""
        return next(one for one in self.hosts[certificate.host] if one["name"] == certificate.name)

    def sliced(self, part: tuple[int, int] | None) -> Inventory:
        """Return the part that AWX gives a job slice, with the same variables; the whole for ``None``."""
        if part is None:
            return self
        number, count = part
        return dataclasses.replace(self, hosts=dict(list(self.hosts.items())[number - 1 :: count]))

    def copied(self) -> Inventory:
        """Return a copy that later changes do not reach."""
        return copy.deepcopy(self)
