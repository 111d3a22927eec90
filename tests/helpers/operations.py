# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs an operation as its module and action do.

Ansible's validator checks the options first.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from ansible_collections.wotrus.pki.plugins.module_utils._module import argument_spec, execute
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Operation, Run
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Text
from tests.helpers import openssl

Result = dict[str, t.Any]


@dataclasses.dataclass
class Runner:
    """Runs operations against one server.

    :ivar warnings: those shown so far; ``said`` has the lines about waits
    :ivar surroundings: the host and the play, where an operation asks for them
    """

    url: str
    token: str
    ca_path: str
    warnings: list[str] = dataclasses.field(default_factory=list)
    said: list[str] = dataclasses.field(default_factory=list)
    surroundings: Run = dataclasses.field(default_factory=Run)

    def _listen(self, line: Text, *, news: bool) -> None:
        self.said.append(str(line) if news else f"{line} (no news)")

    def __call__(self, operation: Operation, *, check: bool = False, diff: bool = False, **options: t.Any) -> Result:
        """Run an operation, and return the result of a task."""
        validator = ArgumentSpecValidator(argument_spec(operation), **operation.constraints)
        connection = {"api_token": self.token, "api_url": self.url, "ca_path": self.ca_path, "rate_limit": 0}
        # Templates give each option a value of its own; the validator writes into them.
        checked = validator.validate(json.loads(json.dumps({**connection, **options})))
        if checked.error_messages:
            return {"failed": True, "msg": checked.error_messages[0], "error_code": "invalid_input", "request_ids": []}
        own = {"check_mode": check, "diff": diff, "warn": self.warnings.append, "progress": self._listen}
        run = dataclasses.replace(self.surroundings, **own)
        result = execute(operation, checked.validated_parameters, run=run)
        msg = result.get("msg", "")
        assert not msg or (msg.endswith(".") and not msg.endswith("..")), f"not one full stop: {msg}"
        return result


@functools.cache
def key(kind: str) -> t.Any:
    """Return a private key of a kind, which is made once.

    The kinds are RSA, RSA-1024, P-256 and P-384. Another key of a kind is written as ``P-256/2``.
    """
    plain = kind.split("/", maxsplit=1)[0]
    if plain.startswith("RSA"):
        return rsa.generate_private_key(public_exponent=65537, key_size=1024 if plain == "RSA-1024" else 2048)
    return ec.generate_private_key({"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1()}[plain])


@functools.cache
def csr(kind: str = "P-256") -> str:
    """Return a certificate signing request in PEM."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "what the CSR says")])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key(kind), hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()


def public_pem(kind: str = "P-256") -> bytes:
    """Return the public key in PEM."""
    pem: bytes = (
        key(kind).public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return pem


def pem_of_certificate_key(pem: str) -> bytes:
    """Return a certificate's public key in PEM."""
    return openssl.run("x509", "-noout", "-pubkey", data=pem.encode())
