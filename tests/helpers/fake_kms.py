# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Azure Key Vault, Alibaba Cloud KMS and the metadata services of their machines, as their documentation has them.

The keys are made with ``cryptography``, which also signs. The program of the guide uses another library.
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import hashlib
import hmac
import http.server
import json
import re
import secrets
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature

from tests.helpers.tls import Authority, make_authority

AZURE_TOKEN = "eyJ-azure-token"
ACCESS = {"AccessKeyId": "STS.id", "AccessKeySecret": "aliyun-secret", "SecurityToken": "sts-token", "Code": "Success"}
SECRETS = (AZURE_TOKEN, ACCESS["AccessKeySecret"], ACCESS["SecurityToken"])
_METADATA_TOKEN = "hardened-metadata-token"
_SHA256 = Prehashed(hashes.SHA256())


@dataclasses.dataclass
class FakeKms:
    """Both services, with one key whose newest version is the last.

    :ivar calls: what was asked of the KMS, such as ``sign 1``
    :ivar signs_with: the version that signs, whichever was asked for
    :ivar refused: the next calls are refused with these words
    :ivar redirect: each server sends its callers there
    """

    authority: Authority
    host: str = ""
    metadata: str = ""
    versions: list[Any] = dataclasses.field(default_factory=list)
    calls: list[str] = dataclasses.field(default_factory=list)
    signs_with: int | None = None
    refused: str | None = None
    redirect: str | None = None

    def add_version(self, kind: str = "RSA") -> int:
        """Make a version of the key, and return its number."""
        made: Any = rsa.generate_private_key(65537, 3072) if kind == "RSA" else ec.generate_private_key(ec.SECP256R1())
        self.versions.append(made)
        return len(self.versions) - 1

    @property
    def azure(self) -> str:
        """The words of the program for Azure Key Vault."""
        return f"azure https://{self.host}/keys/contracts {self.metadata}/metadata/identity/oauth2/token?resource=x"

    def aliyun(self, version: int) -> str:
        """Return the words of the program for Alibaba Cloud KMS."""
        role = f"{self.metadata}/latest/meta-data/ram/security-credentials/signer"
        return f"aliyun {self.host} key-1 {version} {role}"

    def command(self, folder: Path) -> str:
        """Return the words of the program for a command that signs with the newest key."""
        key, public = self.versions[-1], folder / "public.pem"
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (folder / "key.pem").write_bytes(key.private_bytes(*form))
        public.write_bytes(self._public(-1, serialization.Encoding.PEM))
        return f"command {public} openssl pkeyutl -sign -inkey {folder / 'key.pem'} -pkeyopt digest:sha256"

    def public_key(self, version: int) -> bytes:
        """Return a public key as DER."""
        return self._public(version, serialization.Encoding.DER)

    def sign(self, version: int, digest: bytes, *, is_raw: bool) -> bytes:
        """Sign a digest.

        :param is_raw: an ECDSA signature is not DER
        """
        self.calls.append(f"sign {version}")
        key = self.versions[version if self.signs_with is None else self.signs_with]
        if isinstance(key, rsa.RSAPrivateKey):
            return key.sign(digest, padding.PKCS1v15(), _SHA256)
        signature = bytes(key.sign(digest, ec.ECDSA(_SHA256)))
        return b"".join(one.to_bytes(32, "big") for one in decode_dss_signature(signature)) if is_raw else signature

    def of_azure(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Answer a request to Azure Key Vault."""
        found = re.fullmatch(r"/keys/contracts(?:/([0-9]+))?(/sign)?", path)
        assert found
        version = int(found[1] or len(self.versions) - 1)
        kid, key = f"https://contracts.vault.azure.net/keys/contracts/{version}", self.versions[version]
        is_rsa = isinstance(key, rsa.RSAPrivateKey)
        if found[2]:
            assert body["alg"] == ("RS256" if is_rsa else "ES256")
            return {"kid": kid, "value": _to_url(self.sign(version, _from_url(body["value"]), is_raw=True))}
        numbers = key.public_key().public_numbers()
        names = ("n", "e") if is_rsa else ("x", "y")
        integers = {name: getattr(numbers, name) for name in names}
        parts = {
            name: _to_url(one.to_bytes(3 if name == "e" else key.key_size // 8, "big"))
            for name, one in integers.items()
        }
        kind = {"kty": "RSA-HSM"} if is_rsa else {"kty": "EC-HSM", "crv": "P-256"}
        attributes = {"enabled": True, "exportable": False, "hsmPlatform": "2"}
        return {"key": {"kid": kid, "key_ops": ["sign"], **kind, **parts}, "attributes": attributes}

    def of_aliyun(self, action: str, query: dict[str, str]) -> dict[str, Any]:
        """Answer a request to Alibaba Cloud KMS."""
        assert query.pop("KeyId") == "key-1"
        if action == "DescribeKey":
            return {"KeyMetadata": {"KeyId": "key-1", "ProtectionLevel": "HSM", "Origin": "Aliyun_KMS"}}
        version = int(query["KeyVersionId"])
        if action == "GetPublicKey":
            return {"PublicKey": self._public(version, serialization.Encoding.PEM).decode()}
        is_rsa = isinstance(self.versions[version], rsa.RSAPrivateKey)
        assert (action, query["Algorithm"]) == ("AsymmetricSign", "RSA_PKCS1_SHA_256" if is_rsa else "ECDSA_SHA_256")
        value = self.sign(version, base64.b64decode(query["Digest"]), is_raw=False)
        return {"Value": base64.b64encode(value).decode()}

    def _public(self, version: int, form: serialization.Encoding) -> bytes:
        kind = serialization.PublicFormat.SubjectPublicKeyInfo
        return bytes(self.versions[version].public_key().public_bytes(form, kind))


def _to_url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _from_url(text: str) -> bytes:
    assert "=" not in text
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class _Handler(http.server.BaseHTTPRequestHandler):
    """What both servers have."""

    kms: FakeKms

    def parse_request(self) -> bool:
        """Read a request; one that is redirected is answered here."""
        if not super().parse_request():
            return False
        if self.kms.redirect is None:
            return True
        self.send_response(302)
        self.send_header("Location", self.kms.redirect)
        self.send_header("Content-Length", "0")
        self.end_headers()
        return False

    def answer(self, data: object, status: int = 200) -> None:
        """Send JSON, or a text."""
        body = data.encode() if isinstance(data, str) else json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_parts: object) -> None:
        """Say nothing."""


class _Kms(_Handler):
    """The two services."""

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"] or 0)))

    def _answer(self, body: bytes) -> None:
        path, query = urlsplit(self.path).path, dict(parse_qsl(urlsplit(self.path).query))
        if self.kms.refused is not None:
            self.answer({"error": self.kms.refused}, 403)
        elif path != "/":
            is_known = self.headers["Authorization"] == f"Bearer {AZURE_TOKEN}" and query == {"api-version": "7.4"}
            self.answer(
                self.kms.of_azure(path, json.loads(body or b"{}")) if is_known else {}, 200 if is_known else 401
            )
        elif self._has_signature(body):
            self.answer(self.kms.of_aliyun(self.headers["x-acs-action"], query))
        else:
            self.answer({"Code": "SignatureDoesNotMatch"}, 400)

    def _has_signature(self, body: bytes) -> bool:
        """Return whether Alibaba Cloud's signature of a request is good (ACS3-HMAC-SHA256)."""
        pattern = r"ACS3-HMAC-SHA256 Credential=(.+),SignedHeaders=(.+),Signature=([0-9a-f]{64})"
        found = re.fullmatch(pattern, self.headers["Authorization"] or "")
        assert found
        names = found[2].split(";")
        digest = hashlib.sha256(body).hexdigest()
        lines = [f"{name}:{self.headers[name]}" for name in names]
        parts = [self.command, "/", urlsplit(self.path).query, *lines, "", found[2], digest]
        text = "ACS3-HMAC-SHA256\n" + hashlib.sha256("\n".join(parts).encode()).hexdigest()
        expected = hmac.new(ACCESS["AccessKeySecret"].encode(), text.encode(), hashlib.sha256).hexdigest()
        known = (found[1], self.headers["x-acs-security-token"], self.headers["x-acs-version"])
        is_known = known == (ACCESS["AccessKeyId"], ACCESS["SecurityToken"], "2016-01-20")
        return is_known and names == sorted(names) and "x-acs-security-token" in names and found[3] == expected


class _Metadata(_Handler):
    """What a machine gives its programs: Azure's without a token, Alibaba Cloud's in the hardened mode."""

    def do_PUT(self) -> None:
        assert self.headers["X-aliyun-ecs-metadata-token-ttl-seconds"]
        self.answer(_METADATA_TOKEN)

    def do_GET(self) -> None:
        if self.path.startswith("/metadata/") and self.headers["Metadata"] == "true":
            self.answer({"access_token": AZURE_TOKEN, "expires_in": "86000"})
        elif self.headers["X-aliyun-ecs-metadata-token"] == _METADATA_TOKEN:
            self.answer(ACCESS)
        else:
            self.answer("Forbidden", 403)


@contextlib.contextmanager
def fake_kms(folder: Path) -> Iterator[FakeKms]:
    """Run both services, with a certificate of the CA in ``authority``."""
    kms = FakeKms(make_authority(folder, f"kms {secrets.token_hex(4)}"))
    names = {"kms": kms}
    servers = [
        http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (kind,), names)) for kind in (_Kms, _Metadata)
    ]
    servers[0].socket = kms.authority.server("127.0.0.1").wrap_socket(servers[0].socket, server_side=True)
    kms.host, kms.metadata = (f"127.0.0.1:{one.server_address[1]}" for one in servers)
    kms.metadata = f"http://{kms.metadata}"
    for one in servers:
        threading.Thread(target=one.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield kms
    finally:
        for one in servers:
            one.shutdown()
            one.server_close()
