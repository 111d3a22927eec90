# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A certificate's directory, a caller, a CA, and an inspector."""

from __future__ import annotations

import dataclasses
import pathlib
import shutil
import typing as t

from ansible.module_utils.common.arg_spec import ModuleArgumentSpecValidator
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from ansible_collections.wotrus.pki.plugins.module_utils._commands import CommandResult
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.info import deployments_info
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.operation import deploy
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.options import argument_spec, constraints
from ansible_collections.wotrus.pki.plugins.module_utils._errors import WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._store.snapshot import state_digest
from tests.helpers import openssl
from tests.unit.x509 import pki

ROOT = pki.root("Root")
ISSUING = ROOT.issue("Issuing CA", ca=True)
EMPTY_STATE = state_digest({"record": None, "live": None, "pending": None})
"""The digest of a directory without a record, certificate and key, whether it exists or not."""
PUBLIC_FILES = {"cert.pem", "chain.pem", "fullchain.pem", "root.pem"}

Json = dict[str, t.Any]

shutil_rmtree = shutil.rmtree

__all__ = ["WotrusError", "pki", "x509"]


def set_mode(path: pathlib.Path, *, private: bool) -> bool:
    """Set mode 0644, or 0600 for private files, and nothing else."""
    mode = 0o600 if private else 0o644
    changed = path.stat().st_mode & 0o7777 != mode
    path.chmod(mode)
    return changed


@dataclasses.dataclass
class Host:
    """A target without Ansible, which keeps what operations did on it."""

    check_mode: bool = False
    diff: bool = True
    warnings: list[str] = dataclasses.field(default_factory=list)
    commands: list[tuple[list[str], float]] = dataclasses.field(default_factory=list)
    outcomes: list[t.Any] = dataclasses.field(default_factory=list)
    set_attributes: t.Callable[..., bool] = set_mode

    def warn(self, warning: object) -> None:
        self.warnings.append(str(warning))

    def run_bounded(self, command: t.Sequence[str], *, seconds: float, **_options: t.Any) -> CommandResult:
        self.commands.append((list(command), seconds))
        outcome = self.outcomes.pop(0) if self.outcomes else CommandResult()
        return outcome() if callable(outcome) else outcome

    def file_attributes(self, _options: t.Mapping[str, t.Any], **_single: t.Any) -> t.Callable[..., bool]:
        return self.set_attributes


def params(**options: t.Any) -> Json:
    """Return options as Ansible would hand them over, defaults and all."""
    validator = ModuleArgumentSpecValidator(argument_spec(), **constraints())
    result = validator.validate(options)
    assert not result.error_messages, result.error_messages
    return result.validated_parameters


def call(path: pathlib.Path, state: str = "present", *, host: Host | None = None, **options: t.Any) -> Json:
    """Run the operation on one directory."""
    return deploy(params(path=str(path), state=state, **options), host or Host())


def succeed(path: pathlib.Path, state: str = "present", **options: t.Any) -> Json:
    """Run the operation and expect it to work."""
    result = call(path, state, **options)
    assert not result.get("failed"), result["msg"]
    return result


def without_digests(result: Json) -> Json:
    """Return a result without the digests, which check mode does not predict."""
    rows = [{name: value for name, value in row.items() if name != "state_digest"} for row in result["deployments"]]
    return {**result, "deployments": rows}


def prepare(path: pathlib.Path, **options: t.Any) -> Json:
    """Prepare the next key, by default a fast one."""
    given = {"key": {"type": "ECC"}, "subject": {"common_name": "Signer"}, **options}
    return succeed(path, "prepared", **given)


def info(path: pathlib.Path) -> Json:
    return deployments_info({"paths": [str(path)]})["deployments"][0]


class Requester:
    """The holder of a key that only a CSR is known of."""

    def __init__(self, csr: str) -> None:
        self._key = x509.load_pem_x509_csr(csr.encode()).public_key()

    def public_key(self) -> t.Any:
        return self._key


def certify(csr: str, **options: t.Any) -> Json:
    """Return the options of a new certificate for a CSR.

    They are ``certificate``, ``chain`` and ``root``.
    """
    return options_of(ISSUING.issue("Signer", key=t.cast("pki.Key", Requester(csr)), **options))


def options_of(leaf: pki.Authority) -> Json:
    return {
        "certificate": pem(leaf.certificate),
        "chain": [pem(ISSUING.certificate)],
        "root": pem(ROOT.certificate),
    }


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def serial(options: Json) -> str:
    return f"{x509.load_pem_x509_certificate(options['certificate'].encode()).serial_number:X}"


def deploy_certificate(path: pathlib.Path, *, record: Json | None = None, **options: t.Any) -> Json:
    """Deploy a new certificate, and return the options of that."""
    prepared = prepare(path, record={"operation": "order", **(record or {})})
    given = {**certify(prepared["csr"]), **options}
    succeed(path, **given)
    return given


def pem_of_key(key: t.Any) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def spki(key: t.Any) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def keys_of(path: pathlib.Path) -> set[bytes]:
    """Return the public keys of all private keys below a directory.

    Each file must be complete and private.
    """
    found = set()
    for file in path.rglob("privkey.pem"):
        if "live" in file.relative_to(path).parts or any(part.startswith(".wotrus-") for part in file.parts):
            continue
        assert file.stat().st_mode & 0o7777 == 0o600, file
        found.add(spki(load_pem_private_key(file.read_bytes(), None)))
    return found


def check_releases(path: pathlib.Path) -> None:
    """Check that every visible release is complete.

    A rollback may use any of them.
    """
    for release in (path / "releases").glob("[0-9A-F]*"):
        assert {file.name for file in release.iterdir()} >= {*PUBLIC_FILES, "privkey.pem"}
        certificate, key = ((release / name).read_bytes() for name in ("cert.pem", "privkey.pem"))
        assert openssl.public_key(certificate) == openssl.public_key(key)


def live_serial(path: pathlib.Path) -> str | None:
    """Check the live files as a service would.

    :returns: the serial number; ``None`` if nothing is live
    """
    live = path / "live"
    if not live.is_symlink():
        assert not live.exists()
        return None
    chain = pki.certificates_of((live / "fullchain.pem").read_text())
    leaf = x509.load_pem_x509_certificate((live / "cert.pem").read_bytes())
    root = x509.load_pem_x509_certificate((live / "root.pem").read_bytes())
    assert chain[0] == leaf
    for certificate, issuer in zip(chain, [*chain[1:], root]):
        pki.verify_issued_by(certificate, issuer)
    if not (live / "ukey_password").exists():
        key = load_pem_private_key((live / "privkey.pem").read_bytes(), None)
        assert spki(key) == spki(leaf), "the key is not the certificate's"
    return f"{leaf.serial_number:X}"


def tree(path: pathlib.Path) -> dict[str, bytes | str]:
    """Return everything below a directory, to see whether anything changed."""
    found: dict[str, bytes | str] = {}
    for file in sorted(path.rglob("*")):
        name = str(file.relative_to(path))
        if file.is_symlink():
            found[name] = f"-> {file.readlink()}"
        elif file.is_file():
            found[name] = file.read_bytes()
        else:
            found[name] = "directory"
    return found
