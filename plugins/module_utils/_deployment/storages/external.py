# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A key that only a program reaches, such as in a cloud KMS.

One command prints the CSR, and may write an attestation. Another takes the certificate.
"""

from __future__ import annotations

import hashlib
import os
import pathlib
import tempfile
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._commands import (
    run_bounded,
    split_command,
    with_output,
)
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.storages.storage import (
    CertificateKey,
    Storage,
    read_csr,
    with_evidence,
    with_public_key,
)
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.target import DeploymentResult
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    CommandFailed,
    InvalidCsr,
    InvalidInput,
    KeyMismatch,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import filled
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import Record
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import (
    read_file,
    remove_file,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import (
    ATTESTATION,
    CERTIFICATE,
    CHAIN,
    FULLCHAIN,
    REQUEST,
    ROOT,
)
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._x509.csr import (
    csr_public_key_sha256,
    load_csr,
)
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import x509

_DEFAULT_TIMEOUT = 60
_LONGEST_CSR = 64 * 1024


class ExternalStorage(Storage):
    """The commands are the options ``key.csr_command`` and ``key.install_command``."""

    def prepare(self, record: Record, *, fresh: bool) -> DeploymentResult:
        """Run the command that prints the CSR, unless one is pending.

        :raises CommandFailed: it failed, or did not end in time
        :raises InvalidCsr: it printed no usable CSR
        :raises KeyMismatch: its CSR is for another key than that of the pending order
        """
        subject = self.subject(record)
        command = self._command("csr_command")
        if not command:
            raise InvalidInput("{path}: key.csr_command is missing. External needs it.", path=self.layout.path)
        stored = None if fresh else self.usable_csr(record)
        if stored is None and self.target.check_mode:
            return DeploymentResult(changed=True, record=record)
        csr, sha256, files = (*stored, {}) if stored else self._make(command, subject)
        known = record.pending
        if known is not None and known.order_id is not None and known.public_key_sha256 not in (None, sha256):
            raise KeyMismatch(
                "{path}: key.csr_command printed a CSR for another key (SHA-256 {key}) than that of the pending order "
                "{order_id}. Let it print the same CSR until the certificate is deployed.",
                path=self.layout.path,
                key=sha256,
                order_id=known.order_id,
            )
        if files and not self.target.check_mode:
            # The attestation of an earlier CSR.
            remove_file(self.layout.pending / ATTESTATION)
        attestation = files.get(ATTESTATION) if files else read_file(self.layout.pending / ATTESTATION)
        evidence = {"attestation_sha256": _sha256(attestation)} if attestation is not None else {}
        record = with_evidence(with_public_key(record, sha256), evidence)
        return self.write(record, files, csr=csr, public_key_sha256=sha256)

    def find_elsewhere(self, wanted: t.Sequence[str]) -> CertificateKey | Message:
        """Return the CSR for one of the keys, pending or of a release."""
        for folder in (self.layout.pending, *self.layout.release_folders()):
            request = read_csr(folder)
            if request is not None and request[1] in wanted:
                is_pending = folder == self.layout.pending
                files = {REQUEST: request[0].encode("ascii"), ATTESTATION: read_file(folder / ATTESTATION)}
                return CertificateKey(filled(files), is_pending, request[1])
        return Message("the CSRs of key.csr_command")

    def install(self, folder: pathlib.Path, _certificate: x509.Certificate, _key: CertificateKey) -> None:
        """Run the command that takes the certificate of a release.

        :raises CommandFailed: it failed, or did not end in time
        """
        command = self._command("install_command")
        if folder.name != self.current.live and command and (folder / REQUEST).is_file():
            files = {"CERTIFICATE": CERTIFICATE, "CHAIN": CHAIN, "FULLCHAIN": FULLCHAIN, "ROOT": ROOT}
            variables = {f"WOTRUS_{name}": str(folder / file) for name, file in files.items()}
            self._run("install_command", command, variables)

    def _make(self, command: tuple[str, ...], subject: t.Mapping[str, str]) -> tuple[str, str, dict[str, str | bytes]]:
        """Return the CSR that the command prints, the digest of its key, and the files for ``pending/``."""
        variables = {f"WOTRUS_SUBJECT_{name.upper()}": value for name, value in subject.items()}
        with tempfile.TemporaryDirectory() as folder:
            attestation = pathlib.Path(folder) / ATTESTATION
            variables.update(WOTRUS_COMMON_NAME=subject["common_name"], WOTRUS_ATTESTATION=str(attestation))
            output = self._run("csr_command", command, variables)
            attested = read_file(attestation)
        text = output[: _LONGEST_CSR + 1].decode("ascii", errors="replace").strip() + "\n"
        try:
            if len(text) > _LONGEST_CSR:
                raise InvalidCsr("It is longer than a CSR.")
            # The CSR is the last one, so that a killed run leaves none without its attestation.
            files: dict[str, str | bytes] = {} if attested is None else {ATTESTATION: attested}
            return text, csr_public_key_sha256(load_csr(text)), {**files, REQUEST: text}
        except InvalidCsr as exc:
            path = self.layout.path
            raise InvalidCsr("{path}: key.csr_command printed no usable CSR. {why}", path=path, why=exc) from exc

    def _command(self, name: str) -> tuple[str, ...]:
        return split_command(self.options.key.get(name), option=f"key.{name}")

    def _run(self, name: str, command: tuple[str, ...], variables: t.Mapping[str, str]) -> bytes:
        path = str(self.layout.path)
        done = run_bounded(
            command,
            seconds=self.options.key.get("command_timeout") or _DEFAULT_TIMEOUT,
            variables={**variables, "WOTRUS_NAME": os.path.basename(path), "WOTRUS_DIRECTORY": path},
            apart=True,
        )
        if done.problem:
            failed = Message("{path}: {option} {problem}.", path=path, option=f"key.{name}", problem=done.problem)
            raise CommandFailed(with_output(failed, done.output))
        return done.printed


def _sha256(data: str | bytes) -> str:
    return hashlib.sha256(data if isinstance(data, bytes) else data.encode("utf-8")).hexdigest()
