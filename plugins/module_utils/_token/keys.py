# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys in a token, with the interface of the keys of ``cryptography``.

``CertificateSigningRequestBuilder.sign`` takes them.
"""

from __future__ import annotations

import typing as t

try:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
except ImportError:
    pass  # require_libraries says so.
else:

    class _InToken:
        """What both kinds of keys have, with their public key and the function that signs in the token.

        It signs the data with SHA-256 for an RSA key, and a digest for an ECC key.
        """

        def __init__(self, public_key: t.Any, sign: t.Callable[[bytes], bytes]) -> None:
            self._public_key = public_key
            self._sign = sign

        @property
        def key_size(self) -> int:
            """The bits of the modulus or the curve."""
            return int(self._public_key.key_size)

        def public_key(self) -> t.Any:
            """Return the public key."""
            return self._public_key

        def _refuse(self, *_arguments: t.Any, **_options: t.Any) -> t.NoReturn:
            """Refuse to export the key, to decrypt and to agree on a secret, in any release of ``cryptography``."""
            raise NotImplementedError("The private key is in a token, which does not export it. It only signs.")

        private_numbers = private_bytes = signer = decrypt = exchange = _refuse

        def __copy__(self) -> t.Any:
            return self

        def __deepcopy__(self, memo: dict[t.Any, t.Any]) -> t.Any:
            return self

    class TokenRsaKey(_InToken, rsa.RSAPrivateKey):
        """An RSA key that signs with PKCS #1 v1.5 and SHA-256."""

        def sign(self, data: t.Any, scheme: t.Any, algorithm: t.Any) -> bytes:
            """Sign data."""
            if not isinstance(algorithm, hashes.SHA256) or not isinstance(scheme, padding.PKCS1v15):
                raise NotImplementedError("A key in a token signs with PKCS #1 v1.5 and SHA-256.")
            return self._sign(bytes(data))

    class TokenEcKey(_InToken, ec.EllipticCurvePrivateKey):
        """An ECC key that signs with ECDSA."""

        @property
        def curve(self) -> t.Any:
            """The curve."""
            return self._public_key.curve

        def sign(self, data: t.Any, signature_algorithm: t.Any) -> bytes:
            """Sign data."""
            digest = hashes.Hash(signature_algorithm.algorithm)
            digest.update(bytes(data))
            signature = self._sign(digest.finalize())
            half = len(signature) // 2
            first, second = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
            return utils.encode_dss_signature(first, second)
