# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make, find and remove keys in a token.

The URI is written before its key is made. The objects in the token are removed before their URI. So each key of the
certificate is found after a killed run.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.next_key import (
    record_with_key,
    subject_of,
    usable_request,
    wanted_key_spec,
    warn_of_other_kind,
)
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.options import DeploymentOptions
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.target import (
    CurrentState,
    DeploymentResult,
    Target,
)
from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput, KeyMismatch
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import LiveCertificate, Record
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import format_timestamp
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import make_directory, read_file, remove_file
from ansible_collections.wotrus.pki.plugins.module_utils._store.inspection import StoredKey
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import KEY_URI, REQUEST, Layout
from ansible_collections.wotrus.pki.plugins.module_utils._store.pending import save_key_uri, save_request
from ansible_collections.wotrus.pki.plugins.module_utils._store.record_file import write_record
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, text
from ansible_collections.wotrus.pki.plugins.module_utils._token.options import TokenOptions, id_of_uri, is_in_token
from ansible_collections.wotrus.pki.plugins.module_utils._x509.csr import make_csr

if t.TYPE_CHECKING:
    from ansible_collections.wotrus.pki.plugins.module_utils._token.session import Token, TokenKey
    from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import PrivateKey


def token_options(options: DeploymentOptions, record: Record | None) -> TokenOptions:
    """Return the options of the certificate's token.

    :raises InvalidInput: they are missing or invalid
    """
    given = options.key.get("pkcs11")
    if not given:
        raise InvalidInput(Message("{path}: key.pkcs11 is missing. The storage pkcs11 needs it.", path=options.path))
    known, said = record or Record(), options.record
    name = known.name or said.get("name") or options.path.rstrip("/").rpartition("/")[2]
    return TokenOptions.read(given, name=name, order_name=known.order_name or said.get("order_name") or name)


@contextlib.contextmanager
def opened_token(layout: Layout, options: DeploymentOptions, record: Record | None) -> t.Iterator[Token]:
    """Open the certificate's token; only an operation that changes something needs it.

    :raises WotrusError: the token cannot be used
    """
    from ansible_collections.wotrus.pki.plugins.module_utils._token.session import open_token

    with open_token(token_options(options, record), folder=layout.path.parent) as token:
        yield token


def prepare_key_in_token(
    layout: Layout, options: DeploymentOptions, target: Target, current: CurrentState, record: Record, *, fresh: bool
) -> DeploymentResult:
    """Make the next key in the token, or return the pending one."""
    uri = None if fresh else read_file(layout.pending / KEY_URI)
    token_options(options, current.record)
    if target.check_mode:
        # Whether the key is in the token is not predicted, since that needs a login.
        subject_of(options, record)
        wanted_key_spec(options, record)
        return DeploymentResult(changed=uri is None or record != current.record, record=record)
    with opened_token(layout, options, current.record) as token:
        found = token.find(options.key["existing_sha256"]) if options.key.get("existing_sha256") else None
        if found is not None:
            # The token still has the key of an issued certificate, so nothing is requested.
            record = current.record or record
            if id_of_uri(uri) not in (None, found.id):
                remove_objects(layout, [uri], token, target)
        wanted = wanted_key_spec(options, record)
        key = found or _pending_key(token, uri)
        if key is None:
            if record != current.record:
                write_record(layout, record)
            key = _make_key(layout, options, record, token, uri)
        elif uri != token.uri(key.id):
            save_key_uri(layout, token.uri(key.id))
        stored = StoredKey(layout.pending / KEY_URI, pem=token.uri(key.id), key=key.key, sha256=key.sha256)
        warn_of_other_kind(stored, wanted, target)
        request = usable_request(layout, stored, options, record)
        csr = request or make_csr(key.key, subject_of(options, record))
        known = record.pending.public_key_sha256 if record.pending else None
        made_at = format_timestamp(dt.datetime.now(dt.timezone.utc)) if found is None and known != key.sha256 else None
        if record.pending is not None:
            record = record_with_key(record, stored, made_at=made_at)
        if record != (current.record or Record()):
            write_record(layout, record)
        if request is None:
            save_request(layout, csr)
    changed = record != current.record or request is None or uri != stored.pem
    return DeploymentResult(changed=changed, record=record, csr=csr, public_key_sha256=key.sha256)


def _pending_key(token: Token, uri: bytes | None) -> TokenKey | None:
    key_id = id_of_uri(uri)
    return token.key(key_id) if key_id is not None else None


def _make_key(layout: Layout, options: DeploymentOptions, record: Record, token: Token, uri: bytes | None) -> TokenKey:
    """Make a key.

    It has the pending id, if no key had it yet.
    """
    subject_of(options, record)
    token.require_own_label()
    key_id = id_of_uri(uri)
    had_key = remove_file(layout.pending / REQUEST)
    if key_id is None or had_key or uri != token.uri(key_id):
        key_id = token.options.new_id()
    save_key_uri(layout, token.uri(key_id))
    return token.generate(wanted_key_spec(options, record), key_id)


@dataclasses.dataclass(frozen=True)
class KeyInToken:
    """The key of a certificate in a token.

    :ivar is_pending: it is the pending key
    :ivar key: the key of an open token; ``None`` in check mode
    """

    uri: bytes
    is_pending: bool
    key: TokenKey | None


def find_key_in_token(
    layout: Layout, token: Token | None, wanted: t.Sequence[str], *, serial_number: str
) -> KeyInToken:
    """Return the key of a certificate.

    It is found by its public key, so a lost ``key.uri`` or record does no harm.

    :param token: ``None`` in check mode, which trusts ``key.uri``
    :param wanted: the SHA-256 of public keys
    :raises KeyMismatch: the token does not have it
    """
    pending = read_file(layout.pending / KEY_URI)
    if token is None:
        return KeyInToken(pending or b"", is_pending=pending is not None, key=None)
    key = next((found for sha256 in wanted if (found := token.find(sha256))), None)
    if key is None:
        raise KeyMismatch(
            Message(
                "{path}: the certificate with the serial number {serial_number} is for another key (SHA-256 {key}) "
                "than the {number} keys of this certificate in the token. Nothing was deployed. If its key is lost, "
                "reissue the order for the pending key.",
                path=layout.path,
                serial_number=serial_number,
                key=wanted[0],
                number=len(token.keys()),
            )
        )
    return KeyInToken(token.uri(key.id), is_pending=id_of_uri(pending) == key.id, key=key)


def find_key_on_ukey(layout: Layout, token: Token | None, wanted: t.Sequence[str]) -> KeyInToken | None:
    """Return a certificate's key on a UKey; ``None`` in check mode.

    :raises KeyMismatch: the UKey does not have it
    """
    if token is None:
        return None
    key = next((found for sha256 in wanted if (found := token.find_any(sha256))), None)
    if key is None:
        raise KeyMismatch(
            Message(
                "{path}: the token that key.pkcs11 names has no key of the certificate (SHA-256 {key}). Nothing was "
                "deployed. Insert the UKey that WoTrus sent, or remove key.pkcs11 until it arrives.",
                path=layout.path,
                key=wanted[0],
            )
        )
    return KeyInToken(token.uri(key.id, label=key.label), is_pending=True, key=key)


def prepare_reissue_on_ukey(
    layout: Layout, options: DeploymentOptions, target: Target, current: CurrentState, record: Record
) -> DeploymentResult:
    """Make a CSR with the live key of a UKey."""
    subject = subject_of(options, record)
    if target.check_mode:
        return DeploymentResult(changed=True, record=record)
    live = current.facts.live.public_key_sha256 if current.facts else None
    with opened_token(layout, options, current.record) as token:
        found = find_key_on_ukey(layout, token, [live or "no live certificate"])
        if found is None or found.key is None:
            raise KeyMismatch(Message("{path}: the UKey has no key of the live certificate.", path=layout.path))
        stored = StoredKey(layout.pending / KEY_URI, pem=found.uri, key=found.key.key, sha256=found.key.sha256)
        request = usable_request(layout, stored, options, record)
        csr = request or make_csr(stored.key, subject)
    if record.pending is not None:
        pending = dataclasses.replace(record.pending, public_key_sha256=stored.sha256, key_made_at=None)
        record = dataclasses.replace(record, pending=pending)
    if record != current.record:
        write_record(layout, record)
    if request is None:
        make_directory(layout.pending)
        save_request(layout, csr)
    changed = record != current.record or request is None
    return DeploymentResult(changed=changed, record=record, csr=csr, public_key_sha256=stored.sha256)


def released_key(layout: Layout, live: LiveCertificate, token: Token) -> PrivateKey:
    """Return the key of a release.

    :raises KeyMismatch: it is not in the token
    """
    folder = layout.release(live.release)
    key_id = id_of_uri(read_file(folder / KEY_URI))
    key = token.key(key_id) if key_id is not None else None
    # Two UKeys may have keys with the same id.
    if key is None or key.sha256 != live.public_key_sha256:
        raise KeyMismatch(Message("The key of {path} is not in the token. It cannot be deployed again.", path=folder))
    return key.key


def warn_of_unused_keys(layout: Layout, token: Token, target: Target) -> None:
    """Warn of keys in the token that no file names.

    A lost disk leaves them. They are not removed, since a host with the same order name may use them.
    """
    folders = [layout.pending, *(layout.release(name) for name in layout.release_names())]
    used = {id_of_uri(read_file(folder / KEY_URI)) for folder in folders}
    unused = sorted(key_id.hex() for key_id in token.own_ids() - used)
    if unused:
        target.warn(
            text(
                Message(
                    "{path}: the token has keys of this certificate that no file of this host names: {ids}. They were "
                    "not removed, since another host may use them. If none does, remove them with pkcs11-tool "
                    "--delete-object.",
                    path=layout.path,
                    ids=", ".join(unused),
                )
            )
        )


def remove_objects(
    layout: Layout, uris: t.Iterable[bytes | None], token: Token | None, target: Target, *, kept: t.Iterable[str] = ()
) -> None:
    """Remove keys and their certificates from the token, before their URIs.

    :param token: ``None`` if the certificate has no token any more
    :param kept: the releases whose keys stay
    """
    stay = {id_of_uri(read_file(layout.release(name) / KEY_URI)) for name in kept}
    for uri in uris:
        key_id = id_of_uri(uri)
        if uri is None or key_id is None or key_id in stay:
            continue
        if token is not None and is_in_token(uri, token.uri(key_id)) and token.options.is_own_id(key_id):
            token.destroy(key_id)
        else:
            shown = uri.decode("ascii", "replace").strip()
            target.warn(
                text(
                    Message(
                        "{path}: the key {uri} was not removed, since key.pkcs11 does not name its token, or the "
                        "collection did not make it. Remove it with the token's own tool.",
                        path=layout.path,
                        uri=shown,
                    )
                )
            )
