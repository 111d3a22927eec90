# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plan the state ``present``, in check mode as in a real run."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.options import DeploymentOptions, Sm2Texts
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.storages.storage import CertificateKey, Storage
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.target import CurrentState
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    BadCertificate,
    InvalidInput,
    StoreFailed,
    WotrusError,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import LiveCertificate, Record
from ansible_collections.wotrus.pki.plugins.module_utils._model.record_changes import with_live
from ansible_collections.wotrus.pki.plugins.module_utils._store.inspection import describe_live, read_certificate
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import Layout
from ansible_collections.wotrus.pki.plugins.module_utils._store.pending import is_pending_stale
from ansible_collections.wotrus.pki.plugins.module_utils._store.releases import (
    Contents,
    changed_files,
    release_contents,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.snapshot import digests_of, read_files
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._x509.chain import Bundle, build_bundle
from ansible_collections.wotrus.pki.plugins.module_utils._x509.describe import serial_number
from ansible_collections.wotrus.pki.plugins.module_utils._x509.pem import load_certificates

if t.TYPE_CHECKING:
    from cryptography import x509


@dataclasses.dataclass(frozen=True)
class Situation:
    """What decides about the pending request and its key.

    :ivar is_known: the record has the certificate already
    :ivar has_pending_key: the certificate is for the pending key
    :ivar is_live_again: the record was lost, and its pending request is for the order of the live certificate
    :ivar is_requested: the record has a pending request
    :ivar is_stale: the release has every key and password of ``pending/``
    """

    is_known: bool
    has_pending_key: bool
    is_live_again: bool
    is_requested: bool
    is_stale: bool


class Case(t.NamedTuple):
    """What happens to the pending request and its key in one kind of situation.

    :ivar ends_request: the certificate is that of the pending request
    :ivar clears_pending: files of ``pending/`` that the release has too are removed
    :ivar discards_key: the pending key is destroyed, although the release does not have it
    """

    sentence: str
    applies: t.Callable[[Situation], bool]
    ends_request: bool = False
    clears_pending: bool = False
    discards_key: bool = False


CASES = (
    Case(
        "A new certificate for the pending key ends the request, and the release has the key.",
        lambda one: not one.is_known and one.has_pending_key,
        ends_request=True,
        clears_pending=True,
    ),
    Case(
        "A lost record asked again for what is live, so no certificate comes for the pending key.",
        lambda one: not one.is_known and one.is_live_again,
        ends_request=True,
        clears_pending=True,
        discards_key=True,
    ),
    Case("Another certificate is requested for the pending key, so it stays.", lambda one: one.is_requested),
    Case("A killed run left files that the release has too.", lambda one: one.is_stale, clears_pending=True),
    Case("The only copy of a key stays.", lambda one: not one.is_stale),
)
"""The first that applies is the case."""


def case_of(situation: Situation) -> Case:
    """Return the case of a situation."""
    return next(case for case in CASES if case.applies(situation))


@dataclasses.dataclass(frozen=True)
class InstallPlan:
    """The changes that deploy a certificate.

    :ivar exists: the release's folder exists
    :ivar changes: names of files that are missing or different
    :ivar switches: the live link changes to this release
    :ivar record: the record after the deployment
    """

    release: str
    contents: Contents
    exists: bool
    changes: tuple[str, ...]
    switches: bool
    case: Case
    record: Record
    certificate: x509.Certificate
    key: CertificateKey

    @property
    def changes_live_files(self) -> bool:
        """Whether the files that services read change."""
        return self.switches or bool(self.changes)


def plan_install(storage: Storage) -> InstallPlan:
    """Check the certificate against its key and chain, and return the plan.

    :raises BadCertificate: a text has no certificate, or a damaged one
    :raises KeyMismatch: no key in the storage is that of the certificate
    :raises UntrustedChain: the signatures do not lead to the root
    """
    layout, options, current = storage.layout, storage.options, storage.current
    record = current.record or Record()
    key, bundle = _verified(storage)
    live = describe_live(bundle.leaf, release=serial_number(bundle.leaf))
    folder = layout.release(live.release)
    exists = folder.is_dir()
    if exists:
        _refuse_other_certificate(layout, live)
    situation = Situation(
        is_known=_is_known(record, live),
        has_pending_key=key.is_pending,
        is_live_again=_is_live_again(record, live, current, order_id=options.record.get("order_id")),
        is_requested=record.pending is not None,
        is_stale=is_pending_stale(layout, live.release, key.files),
    )
    case = case_of(situation)
    contents = release_contents(
        bundle,
        key={**key.files, **(storage.password(live) if case.ends_request else {})},
        private=key.private,
        pkcs12=options.pkcs12,
        combined=options.combined_pem,
        folder=folder,
        sm2=_sm2_bundles(options.sm2, options),
    )
    live = dataclasses.replace(
        live, files={**(digests_of(read_files(folder)) if exists else {}), **digests_of(contents)}
    )
    switches = current.live != live.release
    changes = tuple(changed_files(folder, contents))
    said = {name: value for name, value in options.record.items() if name != "reload_pending"}
    after = with_live(with_former(current), live, said, ends_request=case.ends_request)
    wants_reload = bool(options.record.get("reload_pending") or options.reload_command)
    needs_reload = record.reload_pending or (wants_reload and (switches or bool(changes)))
    return InstallPlan(
        release=live.release,
        contents=contents,
        exists=exists,
        changes=changes,
        switches=switches,
        case=case,
        record=dataclasses.replace(after, reload_pending=needs_reload),
        certificate=bundle.leaf,
        key=key,
    )


def _verified(storage: Storage) -> tuple[CertificateKey, Bundle]:
    """Return the key of the certificate and its chain.

    Validity periods are not checked, since the host's clock may be wrong.
    """
    options = storage.options
    needing = "pkcs12" if options.pkcs12 is not None else "combined_pem" if options.combined_pem else None
    if needing and not storage.has_key_file:
        raise InvalidInput(
            "{option} needs the private key, which is not on the host. Leave the option out.", option=needing
        )
    certificates = _certificates(options.certificate, option="certificate")
    key = storage.find(certificates)
    anchors = _certificates(options.root, option="root") if options.root.strip() else []
    chain = _certificates(options.chain, option="chain") if options.chain.strip() else []
    return key, _bundle([*certificates, *chain, *anchors], anchors, options, public_key_sha256=key.sha256)


def _certificates(text: str, *, option: str) -> list[x509.Certificate]:
    try:
        return load_certificates(text)
    except BadCertificate as exc:
        raise BadCertificate("{option}: {why} Nothing was deployed.", option=option, why=exc) from exc


def _refuse_other_certificate(layout: Layout, live: LiveCertificate) -> None:
    folder = layout.release(live.release)
    try:
        there = describe_live(read_certificate(folder), release=live.release)
    except BadCertificate:
        return
    if there.fingerprint_sha256 != live.fingerprint_sha256:
        raise StoreFailed(
            "{path} has another certificate with the same serial number, by {issuer}. Move it away if it is not "
            "needed any more.",
            path=folder,
            issuer=there.issuer,
        )


def _is_known(record: Record, live: LiveCertificate) -> bool:
    known = [*record.superseded, *([record.live] if record.live else [])]
    return any(one.fingerprint_sha256 == live.fingerprint_sha256 for one in known)


def _is_live_again(record: Record, live: LiveCertificate, current: CurrentState, *, order_id: str | None) -> bool:
    """Return whether a lost record's pending order is the live one."""
    if record.pending is None or record.live is not None or current.live != live.release:
        return False
    return record.pending.order_id is None or (order_id is not None and is_same_id(record.pending.order_id, order_id))


def with_former(current: CurrentState) -> Record:
    """Return the record with the live certificate, which a rollback needs.

    If the record lost it, the file is read. Nobody knows its order then.
    """
    record = current.record or Record()
    if record.live is not None or current.facts is None:
        return record
    return dataclasses.replace(record, live=current.facts.live)


def _sm2_bundles(texts: Sm2Texts, options: DeploymentOptions) -> dict[str, Bundle]:
    """Return the certificates of an SM2 pair in order, by part.

    :raises BadCertificate: a text has no certificate, or a damaged one
    :raises UntrustedChain: the names in the certificates do not lead to the root
    """
    bundles: dict[str, Bundle] = {}
    for part, (text, root) in texts.items():
        try:
            anchors = load_certificates(root) if root.strip() else []
            bundles[part] = _bundle([*load_certificates(text), *anchors], anchors, options)
        except WotrusError as exc:
            raise type(exc)(Message("{option}: {why} Nothing was deployed.", option=f"sm2.{part}", why=exc)) from exc
    return bundles


def _bundle(
    certificates: list[x509.Certificate],
    anchors: list[x509.Certificate],
    options: DeploymentOptions,
    *,
    public_key_sha256: str | None = None,
) -> Bundle:
    """Return a chain in order.

    The controller checked SM2 signatures, so that the host needs no openssl. Here their names must link.
    """
    return build_bundle(
        certificates,
        public_key_sha256=public_key_sha256,
        anchors=anchors,
        now=None,
        check_sm2=False,
        is_strict=options.is_strict,
    )
