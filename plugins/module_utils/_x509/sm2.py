# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check SM2 signatures (GM/T 0003, GM/T 0009) with ``openssl``.

``cryptography`` does not support them. Each signature is checked separately: ``openssl verify`` applies the
distinguishing identifier to the leaf only and not to the issuers. The command gets public data only.
"""

from __future__ import annotations

import asyncio
import os
import pathlib
import shutil
import tempfile

from ansible_collections.wotrus.pki.plugins.module_utils._errors import Sm2Unavailable
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, Text
from ansible_collections.wotrus.pki.plugins.module_utils._x509 import der
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import x509

# The identifier that GM/T 0009 sets for certificates.
DISTID = "1234567812345678"
_LONGEST_RUN = 20
# The environment variables that openssl needs. It gets no others, so that it gets no token.
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "OPENSSL_CONF", "OPENSSL_MODULES", "TMPDIR")
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
    path = shutil.which("openssl")
    if path is None:
        raise _unavailable(Message("there is none"))
    with tempfile.TemporaryDirectory(prefix="wotrus-") as name:
        folder = pathlib.Path(name)
        (folder / "key").write_bytes(key)
        (folder / "signature").write_bytes(signature)
        command = [path, "dgst", "-sm3", "-sigopt", f"distid:{distid}", "-keyform", "DER"]
        command += ["-verify", str(folder / "key"), "-signature", str(folder / "signature")]
        try:
            return asyncio.run(_exit_code(command, message)) == 0
        except asyncio.TimeoutError:
            raise _unavailable(Message("it took longer than {seconds} seconds", seconds=_LONGEST_RUN)) from None
        except OSError as exc:
            raise _unavailable(str(exc.strerror)) from exc


def _unavailable(error: Text) -> Sm2Unavailable:
    return Sm2Unavailable(
        "The openssl command in PATH cannot check SM2 signatures: {error}. They need OpenSSL 3 with SM2 on the host "
        "that runs the module, such as Debian's package openssl. Install it, or put it first in PATH.",
        error=error,
    )


async def _exit_code(command: list[str], message: bytes) -> int | None:
    """Run a command with input and a time limit.

    There is no AnsibleModule here.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
    )
    try:
        await asyncio.wait_for(process.communicate(message), timeout=_LONGEST_RUN)
    except asyncio.TimeoutError:
        process.kill()
        await process.wait()
        raise
    return process.returncode
