# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A key on a token that WoTrus sends, with a password that is ordered with it."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.storages.pkcs11 import Pkcs11Storage
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.storages.storage import (
    CertificateKey,
    with_public_key,
)
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.target import DeploymentResult
from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput, KeyMismatch
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import REISSUE, LiveCertificate, Record
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import read_file
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import KEY_URI, UKEY_FILE
from ansible_collections.wotrus.pki.plugins.module_utils._store.pending import make_ukey_password
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import certificate_public_key_sha256
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import x509

if t.TYPE_CHECKING:
    from ansible_collections.wotrus.pki.plugins.module_utils._token.session import TokenKey


class UkeyStorage(Pkcs11Storage):
    """The option ``key.pkcs11`` names the UKey once it is in the host; without it, nothing of the key is here."""

    needs_option = False

    def prepare(self, record: Record, *, fresh: bool) -> DeploymentResult:
        """Write the record and the password of the next UKey, or make a CSR with the live key of the one in the host.

        :raises InvalidInput: another password than that of the pending order is given
        """
        if self.options.key.get("pkcs11") and record.pending is not None and record.pending.operation == REISSUE:
            return self._prepare_reissue(record)
        stored = None if fresh else read_file(self.layout.pending / UKEY_FILE)
        password, given = stored.decode("utf-8", errors="replace") if stored else None, self.options.ukey_password
        if password and given and password != given:
            raise InvalidInput(
                "{path} has another password than ukey_password, and the pending order may have been sent with it. "
                "Leave ukey_password out until that UKey arrives.",
                path=self.layout.pending / UKEY_FILE,
            )
        password = password or given
        is_unknown = record.pending is not None and record.pending.ukey_password_known is False
        made = None if password or is_unknown else make_ukey_password(**self.options.ukey_password_options)
        new = made or (None if stored else given)
        # The caller has the one that is given, and Ansible would mask it.
        shown = None if given or (made and self.target.check_mode) else password or made
        return self.write(record, {UKEY_FILE: new} if new else {}, ukey_password=shown)

    def find(self, certificates: t.Sequence[x509.Certificate]) -> CertificateKey:
        """Return the key of one of the certificates, if the host has the UKey.

        :raises KeyMismatch: the UKey does not have it
        """
        if self.token is None:
            return CertificateKey({}, is_pending=True)
        key = self._key_on_ukey([certificate_public_key_sha256(certificate) for certificate in certificates])
        uri = self.token.uri(key.id, label=key.label)
        return CertificateKey({KEY_URI: uri}, True, key.sha256, key.key, key.evidence)

    def password(self, live: LiveCertificate) -> t.Mapping[str, bytes]:
        """Return the file with the password of a new certificate's UKey, if it is known."""
        # The password of an adopted order is unknown. A password that was generated for it here is a wrong one.
        folders = [] if self.options.record.get("ukey_password_known") is False else [self.layout.pending]
        former = self.current.facts.live if self.current.facts else None
        if former is not None and former.public_key_sha256 == live.public_key_sha256:
            # A reissue for the key of the same UKey keeps its password.
            folders.append(self.layout.release(former.release))
        found = (read_file(folder / UKEY_FILE) for folder in folders)
        return next(({UKEY_FILE: data} for data in found if data is not None), {})

    def _prepare_reissue(self, record: Record) -> DeploymentResult:
        self.subject(record)
        if self.target.check_mode:
            return DeploymentResult(changed=True, record=record)
        live = self.current.facts.live.public_key_sha256 if self.current.facts else None
        with self.logged_in() as token:
            key = self._key_on_ukey([live or "no live certificate"])
            stored = self.stored(key, token.uri(key.id, label=key.label))
            return self.write_with_csr(with_public_key(record, key.sha256), stored, {})

    def _key_on_ukey(self, wanted: t.Sequence[str]) -> TokenKey:
        """Return the key on the UKey with one of these digests.

        :raises KeyMismatch: it has none
        """
        for sha256 in wanted:
            key = self.token.find_any(sha256) if self.token is not None else None
            if key is not None:
                return key
        raise KeyMismatch(
            "{path}: the token that key.pkcs11 names has no key of the certificate (SHA-256 {key}). Nothing was "
            "deployed. Insert the UKey that WoTrus sent, or remove key.pkcs11 until it arrives.",
            path=self.layout.path,
            key=wanted[0],
        )
