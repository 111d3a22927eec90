# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check SM2 signatures (GM/T 0003, GM/T 0009) with ``openssl``.

``cryptography`` does not support them. Each signature is checked separately: ``openssl verify`` applies the
distinguishing identifier to the leaf only and not to the issuers. The command gets public data only.
"""

from __future__ import annotations

import os
import pathlib
import tempfile

from ansible_collections.wotrus.pki.plugins.module_utils._commands import run_bounded
from ansible_collections.wotrus.pki.plugins.module_utils._errors import Sm2Unavailable
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._x509 import der
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import x509

# The identifier that GM/T 0009 sets for certificates.
DISTID = "1234567812345678"
_LONGEST_RUN = 20
# The environment variables that openssl needs besides those of a login.
_ENVIRONMENT = ("LD_LIBRARY_PATH", "OPENSSL_CONF", "OPENSSL_MODULES")
_KNOWN_KEY = bytes.fromhex(
    "3059301306072a8648ce3d020106082a811ccf5501822d03420004ca29d1db2bf0b8d61337ccdf346fbd787cfd6b7824be476850fccee38f3218"
    "2cd2a313e28a1e9e125b58ee80a6ff08a9e285bc748eb228cc65bb789fcb3b466b"
)
_KNOWN_MESSAGE = b"wotrus.pki"
_KNOWN_SIGNATURE = bytes.fromhex(
    "304602210089e870c67edf7c18300a85a4d9b0ee6a70041d57bf93005f04e879f103199d1e022100f5bcbbbde217cd94972cecec9653efadf707"
    "bf9c12af012fef1c429b65e007ee"
)


def is_signed(key: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether an SM2 key made a signature.

    If it does not verify, a known signature is checked too, since a command without SM2 accepts no signature.

    :param key: SubjectPublicKeyInfo in DER
    :raises Sm2Unavailable: the command cannot check it
    """
    if _verifies(key, message, signature):
        return True
    require_sm2()
    return False


def is_request_signed(csr: x509.CertificateSigningRequest) -> bool:
    """Return whether the SM2 key of a CSR made its signature.

    The distinguishing identifier is that of certificates, or empty as ``openssl req`` sets it by default.

    :raises Sm2Unavailable: the command cannot check it
    """
    signed = csr.tbs_certrequest_bytes
    key = der.request_public_key_info(signed)
    return _verifies(key, signed, csr.signature, distid="") or is_signed(key, signed, csr.signature)


def require_sm2() -> None:
    """Check that the command can check a known SM2 signature.

    :raises Sm2Unavailable: it cannot
    """
    if not _verifies(_KNOWN_KEY, _KNOWN_MESSAGE, _KNOWN_SIGNATURE):
        raise _unavailable(Message("it was built without SM2"))


def _verifies(key: bytes, message: bytes, signature: bytes, *, distid: str = DISTID) -> bool:
    """Return whether the command verifies a signature."""
    variables = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    with tempfile.TemporaryDirectory(prefix="wotrus-") as name:
        folder = pathlib.Path(name)
        (folder / "key").write_bytes(key)
        (folder / "signature").write_bytes(signature)
        (folder / "message").write_bytes(message)
        command = ["openssl", "dgst", "-sm3", "-sigopt", f"distid:{distid}", "-keyform", "DER"]
        command += ["-verify", f"{name}/key", "-signature", f"{name}/signature", f"{name}/message"]
        ended = run_bounded(command, seconds=_LONGEST_RUN, variables=variables).ended
    if isinstance(ended, Message):
        raise _unavailable(Message("it {problem}", problem=ended))
    return ended == 0


def _unavailable(error: Message) -> Sm2Unavailable:
    return Sm2Unavailable(
        "The openssl command in PATH cannot check SM2 signatures: {error}. They need OpenSSL 3 with SM2 on the host "
        "that runs the module, such as Debian's package openssl. Install it, or put it first in PATH.",
        error=error,
    )
