# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys that only a program reaches, such as in a cloud KMS.

One command prints the CSR, another takes the certificate.
"""

from __future__ import annotations

import dataclasses
import os
import shlex
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.commands import end_of_output, run_for_output
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.next_key import subject_of
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.options import DeploymentOptions
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.target import (
    CurrentState,
    DeploymentResult,
    Target,
)
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    CommandFailed,
    InvalidCsr,
    InvalidInput,
    KeyMismatch,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import Record
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import make_directory, read_file
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import (
    CERTIFICATE,
    CHAIN,
    FULLCHAIN,
    REQUEST,
    ROOT,
    Layout,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.pending import save_request
from ansible_collections.wotrus.pki.plugins.module_utils._store.record_file import write_record
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._x509.csr import (
    csr_public_key_sha256,
    has_subject,
    load_csr,
    parse_csr,
)

_DEFAULT_TIMEOUT = 60
_LONGEST_CSR = 64 * 1024


@dataclasses.dataclass(frozen=True)
class ExternalRequest:
    """The CSR of a key outside of the host.

    :ivar is_pending: it is the pending CSR
    """

    text: bytes
    sha256: str
    is_pending: bool


def prepare_external(
    layout: Layout, options: DeploymentOptions, target: Target, current: CurrentState, record: Record, *, fresh: bool
) -> DeploymentResult:
    """Run the command that prints the CSR, unless one is pending."""
    subject = subject_of(options, record)
    _command(options, "csr_command", required=True)
    stored = None if fresh else _read(layout, pending=True)
    is_sent = record.pending is not None and record.pending.order_id is not None
    if stored is not None and not is_sent and not has_subject(parse_csr(stored.text.decode("ascii")), subject):
        stored = None
    if stored is None and target.check_mode:
        return DeploymentResult(changed=True, record=record)
    request = stored or _make(layout, options, subject)
    known = record.pending
    if known is not None and known.order_id is not None and known.public_key_sha256 not in (None, request.sha256):
        raise KeyMismatch(
            Message(
                "{path}: key.csr_command printed a CSR for another key (SHA-256 {key}) than that of the pending order "
                "{order_id}. Let it print the same CSR until the certificate is deployed.",
                path=layout.path,
                key=request.sha256,
                order_id=known.order_id,
            )
        )
    if known is not None:
        pending = dataclasses.replace(known, public_key_sha256=request.sha256, key_made_at=None)
        record = dataclasses.replace(record, pending=pending)
    changed = record != current.record or stored is None
    if not target.check_mode:
        if record != current.record:
            write_record(layout, record)
        if stored is None:
            make_directory(layout.pending)
            save_request(layout, request.text.decode("ascii"))
    csr = request.text.decode("ascii")
    return DeploymentResult(changed=changed, record=record, csr=csr, public_key_sha256=request.sha256)


def find_request(layout: Layout, wanted: t.Sequence[str], *, serial_number: str) -> ExternalRequest:
    """Return the CSR of a certificate, pending or of a release.

    :param wanted: the SHA-256 of public keys
    :raises KeyMismatch: none is for these keys
    """
    requests = [_read(layout, pending=True), *(_read(layout, release=name) for name in layout.release_names())]
    found = next((one for one in requests if one is not None and one.sha256 in wanted), None)
    if found is None:
        raise KeyMismatch(
            Message(
                "{path}: the certificate with the serial number {serial_number} is for another key (SHA-256 {key}) "
                "than the CSRs of key.csr_command. Nothing was deployed.",
                path=layout.path,
                serial_number=serial_number,
                key=wanted[0],
            )
        )
    return found


def install_certificate(layout: Layout, options: DeploymentOptions, release: str) -> None:
    """Run the command that takes the certificate of a release.

    :raises CommandFailed: it failed, or did not end in time
    """
    command = _command(options, "install_command")
    if not command:
        return
    folder = layout.release(release)
    files = {"CERTIFICATE": CERTIFICATE, "CHAIN": CHAIN, "FULLCHAIN": FULLCHAIN, "ROOT": ROOT}
    variables = {f"WOTRUS_{name}": str(folder / file) for name, file in files.items()}
    _run(layout, options, "install_command", command, variables)


def _make(layout: Layout, options: DeploymentOptions, subject: t.Mapping[str, str]) -> ExternalRequest:
    variables = {f"WOTRUS_SUBJECT_{name.upper()}": value for name, value in subject.items()}
    command = _command(options, "csr_command", required=True)
    output = _run(layout, options, "csr_command", command, {**variables, "WOTRUS_COMMON_NAME": subject["common_name"]})
    text = output[: _LONGEST_CSR + 1].decode("ascii", errors="replace").strip() + "\n"
    if len(text) > _LONGEST_CSR:
        raise InvalidCsr(
            Message(
                "{path}: key.csr_command printed more than a CSR. It must print one CSR in PEM form.", path=layout.path
            )
        )
    try:
        sha256 = csr_public_key_sha256(load_csr(text))
    except InvalidCsr as exc:
        raise InvalidCsr(
            Message(
                "{path}: key.csr_command printed no usable CSR. {why} Nothing was ordered.", path=layout.path, why=exc
            )
        ) from exc
    return ExternalRequest(text.encode("ascii"), sha256, is_pending=True)


def _read(layout: Layout, *, pending: bool = False, release: str = "") -> ExternalRequest | None:
    folder = layout.pending if pending else layout.release(release)
    data = read_file(folder / REQUEST)
    if data is None:
        return None
    try:
        sha256 = csr_public_key_sha256(load_csr(data.decode("ascii", errors="replace")))
    except InvalidCsr:
        return None
    return ExternalRequest(data, sha256, is_pending=pending)


def _command(options: DeploymentOptions, name: str, *, required: bool = False) -> list[str]:
    try:
        command = shlex.split(str(options.key.get(name) or ""))
    except ValueError as exc:
        raise InvalidInput(
            Message(
                "{where}: {msg}",
                where=options.path,
                msg=Message("{option} is not a valid command: {error}.", option=f"key.{name}", error=exc),
            )
        ) from exc
    if required and not command:
        raise InvalidInput(
            Message(
                "{path}: {option} is missing. The storage external needs it.", path=options.path, option=f"key.{name}"
            )
        )
    return command


def _run(
    layout: Layout, options: DeploymentOptions, name: str, command: list[str], variables: t.Mapping[str, str]
) -> bytes:
    seconds = options.key.get("command_timeout") or _DEFAULT_TIMEOUT
    environment = {**variables, "WOTRUS_NAME": os.path.basename(str(layout.path)), "WOTRUS_DIRECTORY": str(layout.path)}
    problem, output, errors = run_for_output(command, seconds=seconds, variables=environment)
    if problem:
        words = end_of_output(errors.decode("utf-8", errors="replace"))
        failure: dict[str, t.Any] = {"path": layout.path, "option": f"key.{name}", "problem": problem}
        if words:
            raise CommandFailed(Message("{path}: {option} {problem}. It wrote: {output}", **failure, output=words))
        raise CommandFailed(Message("{path}: {option} {problem}.", **failure))
    return output
