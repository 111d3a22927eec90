# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plan the state ``present``, in check mode as in a real run."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.options import DeploymentOptions, Sm2Texts
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.target import CurrentState
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    BadCertificate,
    InvalidInput,
    KeyMismatch,
    StoreFailed,
    WotrusError,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import (
    EXTERNAL,
    PKCS11,
    UKEY,
    LiveCertificate,
    Record,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.record_changes import with_live
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import read_file
from ansible_collections.wotrus.pki.plugins.module_utils._store.inspection import (
    StoredKey,
    describe_live,
    find_keys,
    read_certificate,
    read_key,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import KEY_URI, PRIVATE_KEY, UKEY_FILE, Layout
from ansible_collections.wotrus.pki.plugins.module_utils._store.pending import is_pending_stale
from ansible_collections.wotrus.pki.plugins.module_utils._store.releases import (
    Contents,
    changed_files,
    release_contents,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.snapshot import digests_of, file_digests
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._x509.chain import Bundle, build_bundle
from ansible_collections.wotrus.pki.plugins.module_utils._x509.describe import serial_number
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import certificate_public_key_sha256
from ansible_collections.wotrus.pki.plugins.module_utils._x509.pem import load_certificates

if t.TYPE_CHECKING:
    from cryptography import x509

    from ansible_collections.wotrus.pki.plugins.module_utils._deployment.external import ExternalRequest
    from ansible_collections.wotrus.pki.plugins.module_utils._deployment.token import KeyInToken
    from ansible_collections.wotrus.pki.plugins.module_utils._token.session import Token


@dataclasses.dataclass(frozen=True)
class InstallPlan:
    """The changes that deploy a certificate.

    :ivar exists: the release's folder exists
    :ivar changes: names of files that are missing or different
    :ivar switches: the live link changes to this release
    :ivar ends_request: the certificate is that of the pending order
    :ivar discards_pending: the pending order is that of the live certificate, so no certificate comes for its key
    :ivar clears_pending: the release has all pending files, so they are removed
    :ivar record: the record after the deployment
    :ivar in_token: the key, if it is in a token
    :ivar request: the CSR, if the key is external
    """

    release: str
    contents: Contents
    exists: bool
    changes: tuple[str, ...]
    switches: bool
    ends_request: bool
    discards_pending: bool
    clears_pending: bool
    record: Record
    certificate: x509.Certificate
    in_token: KeyInToken | None = None
    request: ExternalRequest | None = None

    @property
    def changes_live_files(self) -> bool:
        """Whether the files that services read change."""
        return self.switches or bool(self.changes)


def plan_install(
    layout: Layout, options: DeploymentOptions, current: CurrentState, token: Token | None = None
) -> InstallPlan:
    """Check the certificate against its key and chain, and return the plan.

    :param token: the open token of the key; ``None`` without one, and in check mode
    :raises BadCertificate: a text has no certificate, or a damaged one
    :raises KeyMismatch: no key in the directory is that of the certificate
    :raises UntrustedChain: the signatures do not lead to the root
    """
    record = current.record or Record()
    storage = storage_to_deploy(layout, options, record)
    key, in_token, bundle = _verified(layout, options, current, storage=storage, token=token)
    live = describe_live(bundle.leaf, release=serial_number(bundle.leaf))
    folder = layout.release(live.release)
    exists = folder.is_dir()
    if exists:
        _refuse_other_certificate(layout, live)
    is_live_again = _is_live_again(record, live, current, order_id=options.record.get("order_id"))
    request = _external_request(layout, bundle.leaf) if storage == EXTERNAL and key is None else None
    outside = in_token or request
    own = outside.is_pending if outside else key is None or key.path.parent == layout.pending
    is_known = _is_known(record, live)
    ends_request = not is_known and (own or is_live_again)
    # The password of an adopted order is unknown. A password that was generated for it here is a wrong one.
    has_own_password = storage == UKEY and options.record.get("ukey_password_known") is not False
    password = read_file(layout.pending / UKEY_FILE) if ends_request and has_own_password else None
    former = current.facts.live if current.facts else None
    if ends_request and password is None and former and former.public_key_sha256 == live.public_key_sha256:
        # A reissue for the key of the same UKey keeps its password.
        password = read_file(layout.release(former.release) / UKEY_FILE)
    contents = release_contents(
        bundle,
        key=key,
        key_uri=in_token.uri if in_token else None,
        request=request.text if request else None,
        ukey_password=password,
        pkcs12=options.pkcs12,
        combined=options.combined_pem,
        folder=folder,
        sm2=_sm2_bundles(options.sm2, is_strict=options.is_strict),
    )
    live = dataclasses.replace(live, files={**(file_digests(folder) if exists else {}), **digests_of(contents)})
    switches = current.live != live.release
    # The key of lost files is still in its token.
    has_kept_key = outside is not None and storage != UKEY and own and is_known
    changes = tuple(changed_files(folder, contents))
    said = {name: value for name, value in options.record.items() if name != "reload_pending"}
    after = with_live(_with_former(record, current), live, said, ends_request=ends_request)
    wants_reload = bool(options.record.get("reload_pending") or options.reload_command)
    needs_reload = record.reload_pending or (wants_reload and (switches or bool(changes)))
    return InstallPlan(
        release=live.release,
        contents=contents,
        exists=exists,
        changes=changes,
        switches=switches,
        ends_request=ends_request,
        discards_pending=is_live_again and not own,
        clears_pending=ends_request
        or (after.pending is None and (has_kept_key or is_pending_stale(layout, current.live))),
        record=dataclasses.replace(after, reload_pending=needs_reload),
        certificate=bundle.leaf,
        in_token=in_token,
        request=request,
    )


def storage_to_deploy(layout: Layout, options: DeploymentOptions, record: Record) -> str | None:
    """Return the key's storage: from options, record, or ``pending/``."""
    if options.key.get("storage"):
        return str(options.key["storage"])
    storages = [part.storage for part in (record.pending, record.live) if part is not None]
    if (layout.pending / KEY_URI).is_file():
        storages.append(PKCS11)
    return next((storage for storage in storages if storage), None)


def _key_on_ukey(
    layout: Layout, options: DeploymentOptions, token: Token | None, wanted: t.Sequence[str]
) -> KeyInToken | None:
    if not options.key.get("pkcs11"):
        return None
    from ansible_collections.wotrus.pki.plugins.module_utils._deployment.token import find_key_on_ukey

    return find_key_on_ukey(layout, token, wanted)


def _external_request(layout: Layout, certificate: x509.Certificate) -> ExternalRequest:
    from ansible_collections.wotrus.pki.plugins.module_utils._deployment.external import find_request

    wanted = [certificate_public_key_sha256(certificate)]
    return find_request(layout, wanted, serial_number=serial_number(certificate))


def _verified(
    layout: Layout, options: DeploymentOptions, current: CurrentState, *, storage: str | None, token: Token | None
) -> tuple[StoredKey | None, KeyInToken | None, Bundle]:
    """Return the key, on disk or in a token, and its chain.

    Validity periods are not checked, since the host's clock may be wrong.
    """
    needing = "pkcs12" if options.pkcs12 is not None else "combined_pem" if options.combined_pem else None
    if needing and storage in (UKEY, PKCS11, EXTERNAL):
        raise InvalidInput(
            Message("{option} needs the private key, which is not on the host. Leave the option out.", option=needing)
        )
    certificates = _certificates(options.certificate, option="certificate")
    key, in_token = None, None
    wanted = [certificate_public_key_sha256(certificate) for certificate in certificates]
    if storage == UKEY:
        in_token = _key_on_ukey(layout, options, token, wanted)
    else:
        keys = find_keys(layout, current.live)
        key = next((one for one in keys if one.sha256 in wanted), None)
        if key is None and storage == PKCS11:
            from ansible_collections.wotrus.pki.plugins.module_utils._deployment.token import find_key_in_token

            in_token = find_key_in_token(layout, token, wanted, serial_number=serial_number(certificates[0]))
        elif key is None and storage != EXTERNAL:
            read_key(layout.pending / PRIVATE_KEY)  # raises a more precise error if it is damaged
            raise KeyMismatch(
                Message(
                    "{path}: the certificate with the serial number {serial_number} is for another key (SHA-256 "
                    "{key}) than the {number} usable keys in pending/ and releases/. Nothing was deployed. If its key "
                    "is lost, reissue the order for the pending key.",
                    path=layout.path,
                    serial_number=serial_number(certificates[0]),
                    key=wanted[0],
                    number=len(keys),
                )
            )
    anchors = _certificates(options.root, option="root") if options.root.strip() else []
    chain = _certificates(options.chain, option="chain") if options.chain.strip() else []
    fingerprint = key.sha256 if key else in_token.key.sha256 if in_token and in_token.key else None
    # The controller checked SM2 signatures, so that the host needs no openssl.
    bundle = build_bundle(
        [*certificates, *chain, *anchors],
        public_key_sha256=fingerprint,
        anchors=anchors,
        now=None,
        check_sm2=False,
        is_strict=options.is_strict,
    )
    return key, in_token, bundle


def _certificates(text: str, *, option: str) -> list[x509.Certificate]:
    try:
        return load_certificates(text)
    except BadCertificate as exc:
        raise BadCertificate(Message("{option}: {why} Nothing was deployed.", option=option, why=exc)) from exc


def _refuse_other_certificate(layout: Layout, live: LiveCertificate) -> None:
    folder = layout.release(live.release)
    try:
        there = describe_live(read_certificate(folder), release=live.release)
    except BadCertificate:
        return
    if there.fingerprint_sha256 != live.fingerprint_sha256:
        raise StoreFailed(
            Message(
                "{path} has another certificate with the same serial number, by {issuer}. Move it away if it is not "
                "needed any more.",
                path=folder,
                issuer=there.issuer,
            )
        )


def _is_known(record: Record, live: LiveCertificate) -> bool:
    known = [one.live for one in record.superseded] + ([record.live] if record.live else [])
    return any(one.fingerprint_sha256 == live.fingerprint_sha256 for one in known)


def _is_live_again(record: Record, live: LiveCertificate, current: CurrentState, *, order_id: str | None) -> bool:
    """Return whether a lost record's pending order is the live one."""
    if record.pending is None or record.live is not None or current.live != live.release:
        return False
    return record.pending.order_id is None or (order_id is not None and is_same_id(record.pending.order_id, order_id))


def _with_former(record: Record, current: CurrentState) -> Record:
    """Return the record with the live certificate, which a rollback needs.

    If the record lost it, the file is read. Nobody knows its order then.
    """
    if record.live is not None or current.facts is None:
        return record
    return dataclasses.replace(record, live=current.facts.live)


def _sm2_bundles(texts: Sm2Texts, *, is_strict: bool) -> dict[str, Bundle]:
    """Return the certificates of an SM2 pair in order, by part.

    ``wotrus_certificate`` checked their signatures with ``openssl``. Here their names must link.

    :raises BadCertificate: a text has no certificate, or a damaged one
    :raises UntrustedChain: the names in the certificates do not lead to the root
    """
    bundles: dict[str, Bundle] = {}
    for part, (text, root) in texts.items():
        try:
            anchors = load_certificates(root) if root.strip() else []
            bundles[part] = build_bundle(
                [*load_certificates(text), *anchors],
                public_key_sha256=None,
                anchors=anchors,
                now=None,
                check_sm2=False,
                is_strict=is_strict,
            )
        except WotrusError as exc:
            raise type(exc)(Message("{option}: {why} Nothing was deployed.", option=f"sm2.{part}", why=exc)) from exc
    return bundles
