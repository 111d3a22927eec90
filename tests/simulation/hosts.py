# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts: directories of this machine, through the real operations of ``_deployment``."""

from __future__ import annotations

import contextlib
import contextvars
import hashlib
import json
import os
import pathlib
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ansible_collections.wotrus.pki.plugins.module_utils._commands import CommandResult
from ansible_collections.wotrus.pki.plugins.module_utils._deployment import info, operation, options
from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput, KeyMismatch, WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import TEMPORARY_PREFIX
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, shown
from ansible_collections.wotrus.pki.plugins.module_utils._token.options import TokenOptions, key_uri
from ansible_collections.wotrus.pki.plugins.module_utils._token.session import TokenKey
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import KeySpec, public_key_sha256
from ansible_collections.wotrus.pki.plugins.plugin_utils._answer import safe_answer

from . import csrs, process
from .ca import UKEY_KEY
from .inventory import Certificate

SECONDS_OF_AN_EXECUTION = 0.1
_DEPLOY = ArgumentSpecValidator(options.argument_spec(), **options.constraints())
_INFO = ArgumentSpecValidator(info.ARGUMENTS)

Row = dict[str, Any]


class Unreachable(Exception):
    """The host did not answer before any module ran on it."""


class Target:
    """The host as Ansible gives access to it."""

    check_mode = False
    diff = False

    def __init__(self, params: Mapping[str, Any], reload: Callable[[Sequence[str]], bool]) -> None:
        self.params = params
        self._reload = reload
        self.warnings: list[str] = []

    def warn(self, warning: object) -> None:
        """Keep a warning."""
        self.warnings.append(str(warning))

    def run_bounded(self, command: Sequence[str], *, seconds: float, **_options: Any) -> CommandResult:
        """Reload a service."""
        del seconds
        return (
            CommandResult()
            if self._reload(command)
            else CommandResult(Message("failed with exit status {status}", status=1))
        )

    def file_attributes(
        self, _options: Mapping[str, Any], *, private_mode: int = 0o600, option: str | None = None
    ) -> Callable[..., bool]:
        """Return the function that sets the modes of files."""
        del option

        def set_mode(path: pathlib.Path, *, private: bool) -> bool:
            mode = private_mode if private else 0o644
            if stat.S_IMODE(path.stat().st_mode) == mode:
                return False
            path.chmod(mode)
            return True

        return set_mode


class Host:
    """A managed host.

    :ivar folder: its disk
    :ivar lies: what it answers in place of the truth
    :ivar clock_error: how many seconds its clock is ahead
    :ivar is_reload_broken: the service does not come up again
    :ivar is_handler_broken: a handler of the play fails
    :ivar folder_name: of ``wotrus_base_dir``
    :ivar tokens: the keys of its token, by id
    :ivar hsm: the keys of its device, which only commands reach, by the name of each
    :ivar deployed: the serial numbers of certificates that were live after an execution
    """

    def __init__(self, name: str, folder: pathlib.Path, pass_by: Callable[[float], None]) -> None:
        self.name = name
        self.folder = folder
        self.lies: set[str] = set()
        self.clock_error = 0.0
        self.is_reload_broken = False
        self.is_handler_broken = False
        self.folder_name = "ssl"
        self.token: dict[bytes, ec.EllipticCurvePrivateKey] = {}
        self.hsm: dict[str, ec.EllipticCurvePrivateKey] = {}
        self.deployed: set[int] = set()
        self.reloads = 0
        self._pass_by = pass_by
        self.folder.mkdir(mode=0o755)

    @property
    def base_dir(self) -> pathlib.Path:
        """The role's ``wotrus_base_dir``."""
        return self.folder / self.folder_name

    def path(self, name: str) -> pathlib.Path:
        """Return the directory of a certificate."""
        return self.base_dir / name

    # ---- modules

    def execute(self, module: str, arguments: Row) -> Row:
        """Run a module of the collection.

        :raises Unreachable: the host does not answer
        :raises WotrusError: the answer is lost
        """
        with current_host(self):
            if process.step(process.Step.EXECUTION, f"{module} on {self.name}"):
                raise Unreachable(self.name)
            self._pass_by(SECONDS_OF_AN_EXECUTION)
            result = self._run(module, arguments)
            live = [self.live(folder.parent.name) for folder in self.base_dir.glob("*/live")]
            self.deployed |= {one.serial_number for one in live if one is not None}
            if process.step(process.Step.RESULT, f"{module} on {self.name}"):
                raise Unreachable(self.name)
        answered: Row = json.loads(safe_answer(json.dumps(self._lie(module, arguments, result))))
        return answered

    def _run(self, module: str, arguments: Row) -> Row:
        validator = _DEPLOY if module == "wotrus_deployment" else _INFO
        checked = validator.validate(json.loads(json.dumps(arguments)))
        if checked.error_messages:
            return _failed(InvalidInput(Message("{words}", words=checked.error_messages[0])))
        params = checked.validated_parameters
        target = Target(params, self._reload)
        try:
            if module == "wotrus_deployment":
                result = operation.deploy(params, target)
            else:
                result = info.deployments_info(params)
        except WotrusError as exc:
            result = _failed(exc)
        return {**result, "warnings": target.warnings} if target.warnings else result

    def _reload(self, _command: Sequence[str]) -> bool:
        self.reloads += 1
        return not self.is_reload_broken

    # ---- a hostile root

    def _lie(self, module: str, arguments: Row, result: Row) -> Row:
        if module != "wotrus_deployment" or not self.lies:
            return result
        for row, asked in zip(result.get("deployments") or (), arguments.get("deployments") or (), strict=False):
            if asked.get("state") == "prepared" and row.get("csr") and not row.get("error_code"):
                self._change_csr(row, asked)
        return result

    def _change_csr(self, row: Row, asked: Row) -> None:
        key = self._private_key(pathlib.Path(asked["path"]) / "pending" / "privkey.pem")
        for lie, make in csrs.LIES.items():
            if key is not None and lie in self.lies:
                row["csr"] = make(key, asked["record"]["definition"]["subject"])

    def _private_key(self, path: pathlib.Path) -> Any:
        try:
            return serialization.load_pem_private_key(path.read_bytes(), password=None)
        except (OSError, ValueError):
            return None

    # ---- what the promises see

    def record(self, name: str) -> Row | None:
        """Return the record of a certificate."""
        try:
            found: Row = json.loads((self.path(name) / "record.json").read_text())
        except (OSError, ValueError):
            return None
        return found

    def live(self, name: str) -> x509.Certificate | None:
        """Return the certificate that services read."""
        try:
            return x509.load_pem_x509_certificate((self.path(name) / "live" / "cert.pem").read_bytes())
        except (OSError, ValueError):
            return None

    def usable_until(self, name: str) -> float:
        """Return when the first certificate of the live path ends, as readers see it; 0 if a file is damaged."""
        files = [self.path(name) / "live" / file for file in ("fullchain.pem", "root.pem")]
        try:
            path = [one for file in files for one in x509.load_pem_x509_certificates(file.read_bytes())]
        except (OSError, ValueError):
            return 0.0
        return min(one.not_valid_after_utc.timestamp() for one in path)

    def has_key_of(self, certificate: x509.Certificate, name: str) -> bool:
        """Return whether services can sign with a live certificate."""
        wanted = public_key_sha256(certificate.public_key())
        key = self._private_key(self.path(name) / "live" / "privkey.pem")
        own = [key] if key is not None else [*self.token.values(), *self.hsm.values(), UKEY_KEY]
        return any(public_key_sha256(one.public_key()) == wanted for one in own)

    def private_keys(self) -> set[str]:
        """Return the digests of all private keys of the host, without the copies in a killed run's temporary files.

        The files of ``key.import_from`` have keys of the host too.
        """
        found = (*self.folder.rglob("privkey.pem"), *self.folder.glob("*.key"))
        paths = [path for path in found if not path.parent.name.startswith(TEMPORARY_PREFIX)]
        files = {key_digest(path.read_bytes()) for path in paths if path.is_file()}
        held = [*self.token.values(), *self.hsm.values()]
        return (files | {public_key_sha256(one.public_key()) for one in held}) - {""}

    def state(self, name: str | None = None) -> dict[str, str]:
        """Return a digest of each file, to see whether anything changed.

        :param name: of the certificate whose files count; ``None`` for all
        """
        found = {}
        for path in sorted((self.path(name) if name else self.folder).rglob("*")):
            if path.name == ".lock" or path.is_dir():
                continue
            text = os.readlink(path).encode() if path.is_symlink() else path.read_bytes()
            found[str(path.relative_to(self.folder))] = hashlib.sha256(text).hexdigest()
        return found

    # ---- what happens to disks

    def clear(self) -> None:
        """Lose the disk."""
        shutil.rmtree(self.folder)
        self.folder.mkdir(mode=0o755)

    def copy_to(self, folder: pathlib.Path) -> None:
        """Copy the disk to another place, which is replaced."""
        if folder.exists():
            shutil.rmtree(folder)
        shutil.copytree(self.folder, folder, symlinks=True)

    def restore_from(self, folder: pathlib.Path) -> None:
        """Replace the disk by a copy."""
        shutil.rmtree(self.folder)
        shutil.copytree(folder, self.folder, symlinks=True)


_KEY_DIGESTS: dict[bytes, str] = {}


def key_digest(pem: bytes) -> str:
    """Return the digest of a private key's public key.

    It is empty for a damaged one.
    """
    if pem not in _KEY_DIGESTS:
        try:
            key = serialization.load_pem_private_key(pem, password=None)
            _KEY_DIGESTS[pem] = public_key_sha256(key.public_key())
        except ValueError:
            _KEY_DIGESTS[pem] = ""
    return _KEY_DIGESTS[pem]


def _failed(exc: WotrusError) -> Row:
    return {"failed": True, "error_code": exc.error_code, **shown(msg=exc.message)}


_on_host: contextvars.ContextVar[Host | None] = contextvars.ContextVar("host", default=None)


@contextlib.contextmanager
def current_host(host: Host) -> Iterator[None]:
    """Use a host's clock, token and commands for a block."""
    before = _on_host.set(host)
    try:
        yield
    finally:
        _on_host.reset(before)


def on_host() -> Host | None:
    """Return the host on which something runs now."""
    return _on_host.get()


def make_csr(key: Any, subject: Mapping[str, str]) -> str:
    """Return a CSR of any subject."""
    oids = {
        "country": NameOID.COUNTRY_NAME,
        "state": NameOID.STATE_OR_PROVINCE_NAME,
        "locality": NameOID.LOCALITY_NAME,
        "organization": NameOID.ORGANIZATION_NAME,
        "common_name": NameOID.COMMON_NAME,
    }
    name = x509.Name([x509.NameAttribute(oids[part], subject[part]) for part in oids if subject.get(part)])
    csr = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return csr.public_bytes(serialization.Encoding.PEM).decode()


# ---- a token, and a device that only a command reaches


class FakeToken:
    """An open token with the keys of one certificate."""

    def __init__(self, token_options: TokenOptions, host: Host, new_key: Callable[[KeySpec], Any]) -> None:
        self.options = token_options
        self._host = host
        self._new_key = new_key

    def uri(self, key_id: bytes, *, label: str | None = None) -> bytes:
        """Return the content of ``key.uri``."""
        return key_uri(token="hsm", serial=None, key_id=key_id, label=label or self.options.label)

    def require_own_label(self) -> None:
        """No other certificate has the label."""

    def _token_key(self, key_id: bytes) -> TokenKey:
        key = self._host.token[key_id]
        return TokenKey(key_id, key, public_key_sha256(key.public_key()), self.options.label, {})

    def find(self, sha256: str) -> TokenKey | None:
        """Return the key with this public key."""
        return next((key for key in self.keys() if key.sha256 == sha256), None)

    def find_any(self, sha256: str) -> TokenKey | None:
        """Return the key with this public key, also one of others."""
        if sha256 == public_key_sha256(UKEY_KEY.public_key()):
            return TokenKey(b"ukey", UKEY_KEY, sha256, "ukey", {})
        return next((key for one in self._host.token if (key := self._token_key(one)).sha256 == sha256), None)

    def key(self, key_id: bytes) -> TokenKey | None:
        """Return the key with an id."""
        return self._token_key(key_id) if key_id in self._host.token else None

    def keys(self) -> list[TokenKey]:
        """Return the certificate's keys."""
        return [self._token_key(one) for one in self._host.token if self.options.is_own_id(one)]

    def own_ids(self) -> set[bytes]:
        """Return the ids of the certificate's keys."""
        return {one for one in self._host.token if self.options.is_own_id(one)}

    def generate(self, spec: KeySpec, key_id: bytes) -> TokenKey:
        """Make a key."""
        self._host.token[key_id] = self._new_key(spec)
        return self._token_key(key_id)

    def store_certificate(self, key_id: bytes, certificate: x509.Certificate) -> None:
        """Store the certificate beside its key."""

    def destroy(self, key_id: bytes) -> None:
        """Remove a key."""
        self._host.token.pop(key_id, None)


@contextlib.contextmanager
def open_token(
    token_options: TokenOptions, *, folder: pathlib.Path, new_key: Callable[[KeySpec], Any]
) -> Iterator[FakeToken]:
    """Open the token of the host on which something runs."""
    del folder
    host = on_host()
    if host is None:
        raise KeyMismatch(Message("No certificate belongs to the key."))
    yield FakeToken(token_options, host, new_key)


def run_bounded(
    command: Sequence[str], *, variables: Mapping[str, str], new_key: Callable[[KeySpec], Any], **_limits: Any
) -> CommandResult:
    """Run the command of an external key, which names one of the device."""
    host = on_host()
    program, *names_of_keys = command
    if host is None or program != "make-csr" or len(names_of_keys) != 1:
        return CommandResult(Message("failed with exit status {status}", status=127), "no such command")
    (name_of_key,) = names_of_keys
    if name_of_key not in host.hsm:
        host.hsm[name_of_key] = new_key(KeySpec())
    names = ("common_name", "organization", "country", "state", "locality")
    subject = {name: variables[key] for name in names if (key := f"WOTRUS_SUBJECT_{name.upper()}") in variables}
    return CommandResult(printed=make_csr(host.hsm[name_of_key], subject).encode())


def certificate_paths(base_dir: pathlib.Path) -> list[pathlib.Path]:
    """Return the directories of certificates below a folder."""
    return [path for path in sorted(base_dir.iterdir()) if path.is_dir()] if base_dir.is_dir() else []


__all__ = ["Certificate", "FakeToken", "Host", "Unreachable"]
