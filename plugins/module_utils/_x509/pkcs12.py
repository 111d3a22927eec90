# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Key and certificates in one file with a password (PKCS#12, RFC 7292)."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import public_key_sha256
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import parsing_errors, require_cryptography

try:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.serialization import pkcs12
except ImportError:
    pass

if t.TYPE_CHECKING:
    from ansible_collections.wotrus.pki.plugins.module_utils._x509.chain import Bundle
    from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import PrivateKey

__all__ = ["is_bundle_of", "make_pkcs12"]


def make_pkcs12(key: PrivateKey, bundle: Bundle, *, password: str, friendly_name: str) -> bytes:
    """Return a PKCS#12 file with key, certificate and intermediates.

    The root is left out.

    :raises InvalidInput: the password is empty
    """
    require_cryptography()
    if not password:
        raise InvalidInput("The PKCS#12 password is empty. Set one, since the file has the private key.")
    return pkcs12.serialize_key_and_certificates(
        name=friendly_name.encode(),
        key=key,
        cert=bundle.leaf,
        cas=list(bundle.intermediates),
        encryption_algorithm=serialization.BestAvailableEncryption(password.encode()),
    )


def is_bundle_of(data: bytes, *, key: PrivateKey, bundle: Bundle, password: str) -> bool:
    """Return whether a PKCS#12 file has this password, key and certificates.

    Two files with the same content have different bytes, so they cannot be compared directly.
    """
    require_cryptography()
    try:
        found, certificate, others = pkcs12.load_key_and_certificates(data, password.encode())
    except parsing_errors():
        return False
    if found is None or certificate != bundle.leaf or set(others) != set(bundle.intermediates):
        return False
    return public_key_sha256(found.public_key()) == public_key_sha256(key.public_key())
