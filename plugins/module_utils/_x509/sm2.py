# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check SM2 signatures (GM/T 0003, GM/T 0009) with ``openssl``.

``cryptography`` does not support them. Each signature is checked separately: ``openssl verify`` applies the
distinguishing identifier to the leaf only and not to the issuers. The command gets public data only.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import dataclasses
import os
import pathlib
import shutil
import tempfile
import textwrap

from ansible_collections.wotrus.pki.plugins.module_utils._errors import Sm2Unavailable
from ansible_collections.wotrus.pki.plugins.module_utils._x509 import der

with contextlib.suppress(ImportError):
    from cryptography import x509

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


@dataclasses.dataclass(frozen=True)
class OpenSsl:
    """The ``openssl`` command; ``path`` is that of the program."""

    path: str

    @classmethod
    def find(cls) -> OpenSsl:
        """Find the command in ``PATH``.

        :raises Sm2Unavailable: there is none
        """
        path = shutil.which("openssl")
        if path is None:
            raise Sm2Unavailable(
                "There is no openssl command in PATH. SM2 signatures need OpenSSL 3 with SM2 on the host that "
                "runs the module, such as Debian's package openssl. Install it, or put it first in PATH."
            )
        return cls(path)

    def is_certificate_signed(self, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
        """Return whether the issuer's SM2 key made the signature.

        :raises Sm2Unavailable: the command cannot check it
        """
        key = der.public_key_info(issuer.tbs_certificate_bytes)
        return self._check(key, certificate.tbs_certificate_bytes, certificate.signature)

    def is_request_signed(self, csr: x509.CertificateSigningRequest) -> bool:
        """Return whether the SM2 key of a CSR made its signature.

        The distinguishing identifier is that of certificates, or empty as ``openssl req`` sets it by default.

        :raises Sm2Unavailable: the command cannot check it
        """
        signed = csr.tbs_certrequest_bytes
        key = der.request_public_key_info(signed)
        return self._verifies(key, signed, csr.signature, distid="") or self._check(key, signed, csr.signature)

    def _check(self, key: bytes, message: bytes, signature: bytes) -> bool:
        """Return whether a signature verifies.

        If it does not, a known signature is checked too, since a command without SM2 accepts no signature.
        """
        if self._verifies(key, message, signature):
            return True
        self.require_sm2()
        return False

    def require_sm2(self) -> None:
        """Check that the command can check a known SM2 signature.

        :raises Sm2Unavailable: it cannot
        """
        if not self._verifies(_KNOWN_KEY, _KNOWN_MESSAGE, _KNOWN_SIGNATURE):
            raise Sm2Unavailable(
                "{path} cannot check SM2 signatures, since some distributions build OpenSSL without SM2. They "
                "need OpenSSL 3 with SM2 on the host that runs the module. Install it, or put it first in PATH.",
                path=self.path,
            )

    def _verifies(self, key: bytes, message: bytes, signature: bytes, *, distid: str = DISTID) -> bool:
        """Return whether the command verifies a signature.

        :param key: SubjectPublicKeyInfo in DER
        """
        with tempfile.TemporaryDirectory(prefix="wotrus-") as name:
            folder = pathlib.Path(name)
            (folder / "key.pem").write_text(_public_key_pem(key), encoding="ascii")
            (folder / "signature").write_bytes(signature)
            command = [self.path, "dgst", "-sm3", "-sigopt", f"distid:{distid}"]
            command += ["-verify", str(folder / "key.pem"), "-signature", str(folder / "signature")]
            environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
            try:
                code = asyncio.run(_exit_code(command, message, environment))
            except asyncio.TimeoutError:
                raise Sm2Unavailable(
                    "{path} did not check an SM2 signature within {seconds} seconds. Run again.",
                    path=self.path,
                    seconds=_LONGEST_RUN,
                ) from None
            except OSError as exc:
                raise Sm2Unavailable(
                    "{path} cannot be run: {error}. Install OpenSSL 3 with SM2, or put it first in PATH.",
                    path=self.path,
                    error=exc.strerror,
                ) from exc
        return code == 0


async def _exit_code(command: list[str], message: bytes, environment: dict[str, str]) -> int:
    """Run a command with input and a time limit.

    There is no AnsibleModule here.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment,
    )
    try:
        await asyncio.wait_for(process.communicate(message), timeout=_LONGEST_RUN)
    except asyncio.TimeoutError:
        process.kill()
        await process.wait()
        raise
    return -1 if process.returncode is None else process.returncode


def _public_key_pem(key: bytes) -> str:
    lines = "\n".join(textwrap.wrap(base64.b64encode(key).decode("ascii"), 64))
    return f"-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n"
