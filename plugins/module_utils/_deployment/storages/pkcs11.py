# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A key that is made in a token of its host.

The URI is written before its key is made. The objects in the token are removed before their URI. So each key of the
certificate is found after a killed run.
"""

from __future__ import annotations

import contextlib
import pathlib
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.storages.storage import (
    CertificateKey,
    Storage,
    read_csr,
    with_evidence,
    with_key,
)
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.target import DeploymentResult
from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput, KeyMismatch
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import LiveCertificate, Record
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import read_file, remove_file
from ansible_collections.wotrus.pki.plugins.module_utils._store.inspection import StoredKey
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import KEY_URI, REQUEST
from ansible_collections.wotrus.pki.plugins.module_utils._store.pending import keep_refused, save
from ansible_collections.wotrus.pki.plugins.module_utils._store.record_file import write_record
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._token.options import TokenOptions, id_of_uri, is_in_token
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import x509

if t.TYPE_CHECKING:
    from ansible_collections.wotrus.pki.plugins.module_utils._token.session import Token, TokenKey


class Pkcs11Storage(Storage):
    """The option ``key.pkcs11`` names the token.

    :cvar needs_option: without the option, no certificate can be deployed
    :ivar token: the open token; ``None`` before it is opened, and in check mode, since a prediction needs no login
    """

    needs_option = True
    token: Token | None = None

    @contextlib.contextmanager
    def logged_in(self) -> t.Iterator[Token]:
        """Log in to the token; only an operation that changes something needs it.

        :raises WotrusError: the token cannot be used
        """
        # Its libraries are imported only here: a prediction needs none.
        from ansible_collections.wotrus.pki.plugins.module_utils._token.session import open_token

        with open_token(self._token_options(), folder=self.layout.path.parent) as self.token:
            yield self.token

    @contextlib.contextmanager
    def opened(self) -> t.Iterator[None]:
        """Hold the token open, and warn of its keys that no file names.

        A lost disk leaves them. They are not removed, since a host with the same order name may use them.

        :raises WotrusError: the token cannot be used
        """
        if self.target.check_mode or not (self.needs_option or self.options.key.get("pkcs11")):
            yield
            return
        with self.logged_in() as token:
            yield
            folders = (self.layout.pending, *self.layout.refused_folders(), *self.layout.release_folders())
            unused = token.own_ids() - {_key_id(folder) for folder in folders}
            if unused:
                unnamed = Message(
                    "{path}: the token has keys of this certificate that no file of this host names: {ids}. They were "
                    "not removed, since another host may use them. If none does, remove them with pkcs11-tool "
                    "--delete-object.",
                    path=self.layout.path,
                    ids=sorted(key_id.hex() for key_id in unused),
                )
                self.target.warn(unnamed)

    def prepare(self, record: Record, *, fresh: bool) -> DeploymentResult:
        """Make the next key in the token, or return the pending one."""
        uri = None if fresh else read_file(self.layout.pending / KEY_URI)
        self._token_options()
        if self.target.check_mode:
            self.subject(record)
            self.key_spec(record)
            return DeploymentResult(changed=uri is None or record != self.current.record, record=record)
        with self.logged_in() as token:
            key_id, existing = id_of_uri(uri), self.options.key.get("existing_sha256")
            found = token.find(existing) if existing else None
            if found is not None:
                # The token still has the key of an issued certificate, so nothing is requested.
                record = self.current.record or record
                if key_id not in (None, found.id):
                    self._set_aside()
            key = found or (token.key(key_id) if key_id is not None else None)
            key = key or self._make_key(token, record, uri)
            stored = self.stored(key, token.uri(key.id))
            self.warn_of_other_kind(stored, record)
            known = record.pending
            if known is not None:
                is_new = found is None and known.public_key_sha256 != key.sha256
                record = with_evidence(with_key(record, stored, is_new=is_new), key.evidence)
            is_named = read_file(stored.path) == stored.pem
            return self.write_with_csr(record, stored, {} if is_named else {KEY_URI: stored.pem})

    def find_elsewhere(self, wanted: t.Sequence[str]) -> CertificateKey | Message:
        """Return the key in the token.

        It is found by its public key, so a lost ``key.uri`` or record does no harm. Check mode trusts ``key.uri``.
        """
        pending = read_file(self.layout.pending / KEY_URI)
        if self.token is None:
            return CertificateKey({KEY_URI: pending or b""}, is_pending=pending is not None)
        # The keys that files name may have been made under another order name.
        folders = (self.layout.pending, *self.layout.release_folders())
        named = filter(None, map(_key_id, folders))
        others = [self.token.key(key_id) for key_id in named if not self.token.options.is_own_id(key_id)]
        keys = [*self.token.keys(), *filter(None, others)]
        key = next((key for sha256 in wanted for key in keys if key.sha256 == sha256), None)
        if key is None:
            return Message("the {number} keys of this certificate in the token", number=len(keys))
        is_pending = id_of_uri(pending) == key.id
        return CertificateKey({KEY_URI: self.token.uri(key.id)}, is_pending, key.sha256, key.key, key.evidence)

    def find_released(self, live: LiveCertificate) -> CertificateKey:
        """Return the key of an existing release.

        :raises KeyMismatch: it is not in the token
        """
        folder = self.layout.release(live.release)
        uri = read_file(folder / KEY_URI) or b""
        key_id = id_of_uri(uri)
        key = self.token.key(key_id) if self.token is not None and key_id is not None else None
        # Two UKeys may have keys with the same id.
        if key is None or key.sha256 != live.public_key_sha256:
            raise KeyMismatch("The key of {path} is not in the token. It cannot be deployed again.", path=folder)
        return CertificateKey({KEY_URI: uri}, private=key.key)

    def install(self, _folder: pathlib.Path, certificate: x509.Certificate, key: CertificateKey) -> None:
        """Store the certificate beside its key in the token."""
        key_id = id_of_uri(key.files.get(KEY_URI))
        if self.token is not None and key_id is not None and self.token.options.is_own_id(key_id):
            self.token.store_certificate(key_id, certificate)

    def destroy(self, uri: bytes, key_id: bytes) -> bool:
        """Destroy a key and its certificates in the token, if it is of this certificate."""
        token = self.token
        if token is None or not is_in_token(uri, token.uri(key_id)) or not token.options.is_own_id(key_id):
            return False
        token.destroy(key_id)
        return True

    def stored(self, key: TokenKey, uri: bytes) -> StoredKey:
        """Return a key of the token, as the pending one."""
        return StoredKey(self.layout.pending / KEY_URI, pem=uri, key=key.key, sha256=key.sha256)

    def _token_options(self) -> TokenOptions:
        """Return the options of the certificate's token.

        :raises InvalidInput: they are missing or invalid
        """
        given = self.options.key.get("pkcs11")
        if not given:
            raise InvalidInput("{path}: key.pkcs11 is missing. The storage pkcs11 needs it.", path=self.options.path)
        known, said = self.current.record or Record(), self.options.record
        name = known.name or said.get("name") or self.layout.path.name
        return TokenOptions.read(given, name=name, order_name=known.order_name or said.get("order_name") or name)

    def _set_aside(self) -> None:
        """Take the pending key out of the way.

        If it has a CSR, an order of another account may be for it, so it stays in the token.
        """
        csr = read_csr(self.layout.pending)
        if csr is None:
            self.discard([self.layout.pending])
        else:
            keep_refused(self.layout, csr[1])

    def _make_key(self, token: Token, record: Record, uri: bytes | None) -> TokenKey:
        """Make a key.

        It has the pending id, if no key had it yet.
        """
        self.subject(record)
        spec = self.key_spec(record)
        if record != self.current.record:
            write_record(self.layout, record)
        token.require_own_label()
        key_id = id_of_uri(uri)
        had_key = remove_file(self.layout.pending / REQUEST)
        if key_id is None or had_key or uri != token.uri(key_id):
            key_id = token.options.new_id()
        save(self.layout, KEY_URI, token.uri(key_id))
        return token.generate(spec, key_id)


def _key_id(folder: pathlib.Path) -> bytes | None:
    return id_of_uri(read_file(folder / KEY_URI))
