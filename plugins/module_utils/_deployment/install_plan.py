# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plan the state ``present``, in check mode as in a real run."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.options import DeploymentOptions
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.storages.storage import CertificateKey, Storage
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.target import CurrentState
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    BadCertificate,
    InvalidInput,
    StoreFailed,
    UntrustedChain,
    WeakCertificate,
    WrongUsage,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import REISSUE, LiveCertificate, Record
from ansible_collections.wotrus.pki.plugins.module_utils._model.record_changes import with_live
from ansible_collections.wotrus.pki.plugins.module_utils._store.inspection import (
    describe_live,
    describe_release,
    may_decrypt,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import PRIVATE_KEY, SM2_PARTS, Layout
from ansible_collections.wotrus.pki.plugins.module_utils._store.pending import is_pending_stale
from ansible_collections.wotrus.pki.plugins.module_utils._store.releases import (
    Contents,
    changed_files,
    release_contents,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.snapshot import digests_of, read_files
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._x509.chain import Bundle, build_bundle, describe_bundle
from ansible_collections.wotrus.pki.plugins.module_utils._x509.describe import usage_words
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import x509
from ansible_collections.wotrus.pki.plugins.module_utils._x509.pem import load_certificates


def pending_changes(
    *, is_known: bool, has_pending_key: bool, is_live_again: bool, is_requested: bool, is_stale: bool
) -> tuple[bool, bool]:
    """Return whether the pending request ends, and whether files of ``pending/`` that the release has are removed.

    A request ends if the certificate is its own.

    :param is_known: the record has the certificate already
    :param has_pending_key: the certificate is for the pending key
    :param is_live_again: the record was lost, and its pending request is for the order of the live certificate
    :param is_requested: the record has a pending request
    :param is_stale: the release has every key and password of ``pending/``
    """
    if not is_known and (has_pending_key or is_live_again):
        # The release has the pending key. Or a lost record asked again for what is live: that key stays for the next
        # request, since it may be older than the new record, and of an order that nobody knows any more.
        return True, True
    # The key of another request stays, and so does the only copy of a key.
    return False, is_stale and not is_requested


@dataclasses.dataclass(frozen=True)
class InstallPlan:
    """The changes that deploy a certificate.

    :ivar exists: the release's folder exists
    :ivar switches: the live link changes to this release
    :ivar changes_live_files: the files that services read change
    :ivar clears_pending: files of ``pending/`` that the release has too are removed
    :ivar record: the record after the deployment
    """

    release: str
    contents: Contents
    exists: bool
    switches: bool
    changes_live_files: bool
    clears_pending: bool
    record: Record
    certificate: x509.Certificate
    key: CertificateKey


def plan_install(storage: Storage) -> InstallPlan:
    """Check the certificate against its key and chain, and return the plan.

    :raises BadCertificate: a text has no certificate, or a damaged one
    :raises KeyMismatch: no key in the storage is that of the certificate
    :raises UntrustedChain: the signatures do not lead to the root
    :raises WrongUsage: the certificate may not sign documents
    """
    layout, options, current = storage.layout, storage.options, storage.current
    record = current.record or Record()
    key, bundle = _bundle(options, "certificate", storage.find)
    sm2 = {
        part: _bundle(options, f"sm2.{part}", lambda _certificates: CertificateKey({}))[1]
        for part in SM2_PARTS
        if f"sm2.{part}" in options.certificates
    }
    if PRIVATE_KEY not in key.files and (options.pkcs12 is not None or options.combined_pem):
        raise InvalidInput("pkcs12 and combined_pem need the private key, which is not on the host. Leave them out.")
    facts = describe_bundle(bundle)
    if options.is_strict and not facts["document_signing"]:
        raise WrongUsage(
            "The certificate {serial_number} may not sign documents. Its usages are: {usages}. Nothing was deployed.",
            serial_number=facts["serial_number"],
            usages=usage_words(facts),
        )
    live = describe_live(facts, release=facts["serial_number"])
    folder = layout.release(live.release)
    exists = folder.is_dir()
    if exists:
        _refuse_other_certificate(layout, live)
    order_id = options.record.get("order_id")
    ends_request, clears_pending = pending_changes(
        is_known=_is_known(record, live),
        has_pending_key=key.is_pending or _is_requested(record, live, order_id=order_id),
        is_live_again=_is_live_again(record, live, current, order_id=order_id),
        is_requested=record.pending is not None,
        is_stale=is_pending_stale(layout, live.release, key.files),
    )
    contents = release_contents(
        bundle,
        key={**key.files, **(storage.password(live) if ends_request else {})},
        private=key.private,
        pkcs12=options.pkcs12,
        combined=options.combined_pem,
        folder=folder,
        sm2=sm2,
    )
    live = dataclasses.replace(
        live,
        encryption="encrypt" in sm2 or may_decrypt(folder, facts),
        key_evidence=key.evidence,
        files={**(digests_of(read_files(folder)) if exists else {}), **digests_of(contents)},
    )
    switches = current.live != live.release
    changes_live_files = switches or bool(changed_files(folder, contents))
    after = with_live(with_former(current), live, options.record, ends_request=ends_request)
    wants_reload = bool(options.record.get("reload_pending") or options.reload_command)
    needs_reload = record.reload_pending or (wants_reload and changes_live_files)
    return InstallPlan(
        release=live.release,
        contents=contents,
        exists=exists,
        switches=switches,
        changes_live_files=changes_live_files,
        clears_pending=clears_pending,
        record=dataclasses.replace(after, reload_pending=needs_reload),
        certificate=bundle.leaf,
        key=key,
    )


def _bundle(
    options: DeploymentOptions, option: str, find: t.Callable[[list[x509.Certificate]], CertificateKey]
) -> tuple[CertificateKey, Bundle]:
    """Return the key of an option's certificate, and its chain in order.

    Validity periods are not checked, since the host's clock may be wrong. The controller checked SM2 signatures, so
    that the host needs no openssl. Here their names must link.
    """
    given = options.certificates[option]
    try:
        certificates = load_certificates(given["certificate"] or "")
        texts = ("\n".join(given["chain"] or []), given["root"] or "")
        links, anchors = (load_certificates(text) if text.strip() else [] for text in texts)
        key = find(certificates)
        return key, build_bundle(
            [*certificates, *links, *anchors],
            public_key_sha256=key.sha256,
            anchors=anchors,
            now=None,
            check_sm2=False,
            is_strict=options.is_strict,
        )
    except (BadCertificate, UntrustedChain, WeakCertificate) as exc:
        raise type(exc)(Message("{option}: {why} Nothing was deployed.", option=option, why=exc)) from exc


def _refuse_other_certificate(layout: Layout, live: LiveCertificate) -> None:
    folder = layout.release(live.release)
    try:
        there = describe_release(layout, live.release)
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
    """Return whether the record has a certificate, and does not ask for it again.

    A run that was slower than another one may have recorded its request for what is live meanwhile.
    """
    pending, current, known = record.pending, record.live, list(record.superseded)
    if current is not None and (
        pending is None or pending.operation == REISSUE or not is_same_id(pending.order_id, current.order_id)
    ):
        known.append(current)
    return any(candidate.fingerprint_sha256 == live.fingerprint_sha256 for candidate in known)


def _is_requested(record: Record, live: LiveCertificate, *, order_id: str | None) -> bool:
    """Return whether a certificate is that of the pending order, whose key is in a token or an earlier release too.

    Of two runs at once, one may have recorded the order after the other had ended the request with its key.
    """
    pending = record.pending
    if pending is None or order_id is None or not is_same_id(pending.order_id, order_id):
        return False
    keys = {live.public_key_sha256}
    if record.live is None or not is_same_id(record.live.order_id, order_id):
        keys.add(None)
    return pending.public_key_sha256 in keys


def _is_live_again(record: Record, live: LiveCertificate, current: CurrentState, *, order_id: str | None) -> bool:
    """Return whether a lost record's pending order is the live one.

    WoTrus may have issued a newer certificate for the live key since.
    """
    if record.pending is None or record.live is not None or current.facts is None:
        return False
    is_same = order_id is not None and is_same_id(record.pending.order_id, order_id)
    if current.live == live.release:
        return is_same or record.pending.order_id is None
    has_live_key = current.facts.live.public_key_sha256 == live.public_key_sha256
    return is_same and has_live_key and record.pending.operation != REISSUE


def with_former(current: CurrentState) -> Record:
    """Return the record with the live certificate, which a rollback needs.

    If the record lost it, the file is read. Nobody knows its order then.
    """
    record = current.record or Record()
    if record.live is not None or current.facts is None:
        return record
    return dataclasses.replace(record, live=current.facts.live)
