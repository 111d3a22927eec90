# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a CSR for a key in a cloud KMS, for ``key.csr_command``, and signatures with the same key.

``wotrus_kms.py azure https://VAULT.vault.azure.net/keys/NAME [CREDENTIALS]``
``wotrus_kms.py aliyun ENDPOINT KEY_ID KEY_VERSION_ID CREDENTIALS``
``wotrus_kms.py command PUBLIC_KEY COMMAND...``

CREDENTIALS is the URL of the machine's metadata service, or ``file:///PATH`` of a JSON file with the same content. Keys
are RSA or P-256. It needs Python 3.9 or newer, and asn1crypto.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import json
import os
import pathlib
import subprocess
import sys
import typing as t
import urllib.error
import urllib.parse
import urllib.request
import uuid

from asn1crypto import algos, core, csr, keys, pem, x509

_SECONDS = 20


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows no redirect, which would get the headers, such as a token."""

    def redirect_request(self, *_arguments: t.Any) -> None:
        """Follow none, so that the answer is an error."""


_OPENER = urllib.request.build_opener(NoRedirect)


class Key(t.Protocol):
    """A key that signs digests.

    :ivar name: the words that open this version of the key again
    :ivar statement: what the KMS says of it
    """

    name: list[str]
    public_key: keys.PublicKeyInfo
    statement: t.Any

    def sign(self, digest: bytes) -> bytes:
        """Return a signature of a SHA-256 digest: PKCS #1 v1.5 (RFC 8017) or ECDSA (RFC 3279, 2.2.3)."""


class AzureKey:
    """A key in Azure Key Vault, by its URL; without a version, the newest.

    See https://learn.microsoft.com/rest/api/keyvault/keys (Get Key, Sign). The machine's identity needs the permissions
    get and sign.
    """

    def __init__(self, url: str, credentials: str = "") -> None:
        given = urllib.parse.urlsplit(url)
        resource = f"https://{str(given.hostname).partition('.')[2]}"
        metadata = "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource="
        self._credentials = credentials or metadata + urllib.parse.quote(resource, safe="")
        token = ask(self._credentials, {"Metadata": "true"})["access_token"]
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.statement = ask(f"{url}?api-version=7.4", self._headers)
        key = self.statement["key"]
        self._url = f"https://{given.netloc}{urllib.parse.urlsplit(key['kid']).path}"
        self.name = ["azure", self._url, credentials]
        self._is_rsa = key["kty"].startswith("RSA")
        self.public_key = keys.PublicKeyInfo(_of_json(key))

    def sign(self, digest: bytes) -> bytes:
        body = {"alg": "RS256" if self._is_rsa else "ES256", "value": _to_base64url(digest)}
        answer = ask(f"{self._url}/sign?api-version=7.4", self._headers, json.dumps(body).encode())
        signature = _from_base64url(answer["value"])
        return signature if self._is_rsa else bytes(algos.DSASignature.from_p1363(signature).dump())


class AliyunKey:
    """A version of a key in Alibaba Cloud KMS.

    See https://www.alibabacloud.com/help/en/kms (GetPublicKey, DescribeKey, AsymmetricSign). The machine's role needs
    these three permissions.

    :param endpoint: such as ``kms-vpc.cn-hangzhou.aliyuncs.com``
    """

    def __init__(self, endpoint: str, key_id: str, version: str, credentials: str) -> None:
        self.name = ["aliyun", endpoint, key_id, version, credentials]
        self._endpoint, self._key = endpoint, {"KeyId": key_id, "KeyVersionId": version}
        headers = {}
        if credentials.startswith("http"):
            # A machine in the hardened mode gives its credentials for such a token alone.
            url = urllib.parse.urljoin(credentials, "/latest/api/token")
            token = _read(url, {"X-aliyun-ecs-metadata-token-ttl-seconds": "60"}, method="PUT").decode()
            headers["X-aliyun-ecs-metadata-token"] = token
        self._credentials = ask(credentials, headers)
        _type, _headers, der = pem.unarmor(self._call("GetPublicKey", **self._key)["PublicKey"].encode())
        self.public_key = keys.PublicKeyInfo.load(der)
        self.statement = {**self._call("DescribeKey", KeyId=key_id)["KeyMetadata"], **self._key}

    def sign(self, digest: bytes) -> bytes:
        algorithm = "RSA_PKCS1_SHA_256" if self.public_key.algorithm == "rsa" else "ECDSA_SHA_256"
        given = {**self._key, "Algorithm": algorithm, "Digest": base64.b64encode(digest).decode()}
        return base64.b64decode(self._call("AsymmetricSign", **given)["Value"])

    def _call(self, action: str, **query: str) -> t.Any:
        text = urllib.parse.urlencode(sorted(query.items()), quote_via=urllib.parse.quote, safe="-_.~")
        headers = {
            "host": self._endpoint,
            "x-acs-action": action,
            "x-acs-version": "2016-01-20",
            "x-acs-date": f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%dT%H:%M:%SZ}",
            "x-acs-signature-nonce": uuid.uuid4().hex,
            "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
        }
        if self._credentials.get("SecurityToken"):
            headers["x-acs-security-token"] = self._credentials["SecurityToken"]
        access = (self._credentials["AccessKeyId"], self._credentials["AccessKeySecret"])
        signed = {**headers, "Authorization": acs3(access, headers, text)}
        return ask(f"https://{self._endpoint}/?{text}", signed, b"")


def acs3(access: tuple[str, str], headers: t.Mapping[str, str], query: str) -> str:
    """Return the header ``Authorization`` of a POST without a body.

    See https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature.
    """
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = f"POST\n/\n{query}\n{lines}\n{names}\n{headers['x-acs-content-sha256']}"
    text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(access[1].encode(), text.encode(), "sha256").hexdigest()
    return f"ACS3-HMAC-SHA256 Credential={access[0]},SignedHeaders={names},Signature={signature}"


class CommandKey:
    """A key that a command signs with: it reads a digest of 32 bytes, and prints the signature.

    :param public_key: a file in PEM form
    """

    statement = None

    def __init__(self, public_key: str, *command: str) -> None:
        self.name = ["command", public_key, *command]
        self._command = command
        _type, _headers, der = pem.unarmor(pathlib.Path(public_key).read_bytes())
        self.public_key = keys.PublicKeyInfo.load(der)

    def sign(self, digest: bytes) -> bytes:
        done = subprocess.run(self._command, input=digest, stdout=subprocess.PIPE, check=False)
        return done.stdout if done.returncode == 0 else sys.exit(f"{self._command[0]} failed with {done.returncode}.")


KINDS: dict[str, t.Callable[..., Key]] = {"azure": AzureKey, "aliyun": AliyunKey, "command": CommandKey}


def open_key(kind: str, *words: str) -> Key:
    """Return a key by the words of the command line, or of ``key`` in the attestation."""
    return KINDS[kind](*words)


def make_csr(key: Key, subject: t.Mapping[str, str]) -> bytes:
    """Return a CSR in PEM form (RFC 2986).

    :param subject: by asn1crypto's names, such as ``common_name``
    """
    info = csr.CertificationRequestInfo(
        {
            "version": "v1",
            "subject": x509.Name.build(dict(subject)),
            "subject_pk_info": key.public_key,
            "attributes": csr.CRIAttributes([]),
        }
    )
    is_rsa = key.public_key.algorithm == "rsa"
    # RFC 4055, 5 and RFC 5758, 3.2: the parameters are NULL for RSA, and absent for ECDSA.
    algorithm = {"algorithm": "sha256_rsa", "parameters": core.Null()} if is_rsa else {"algorithm": "sha256_ecdsa"}
    signature = key.sign(hashlib.sha256(info.dump()).digest())
    request = {"certification_request_info": info, "signature_algorithm": algorithm, "signature": signature}
    return bytes(pem.armor("CERTIFICATE REQUEST", csr.CertificationRequest(request).dump()))


def ask(url: str, headers: t.Mapping[str, str], data: bytes | None = None) -> t.Any:
    """Return the JSON of an answer.

    :raises SystemExit: the server refuses, or cannot be reached
    """
    return json.loads(_read(url, headers, data=data))


def _read(url: str, headers: t.Mapping[str, str], **options: t.Any) -> bytes:
    request = urllib.request.Request(url, headers=dict(headers), **options)
    where = url.partition("?")[0]
    try:
        with _OPENER.open(request, timeout=_SECONDS) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        sys.exit(f"{where} answered {error.code}: {error.read(1000).decode('utf-8', 'replace')}")
    except OSError as error:
        sys.exit(f"{where}: {error}")


def _of_json(key: t.Mapping[str, str]) -> dict[str, t.Any]:
    """Return the parts of a public key in JSON (RFC 7518, 6)."""
    if key["kty"].startswith("RSA"):
        modulus, exponent = (int.from_bytes(_from_base64url(key[name]), "big") for name in ("n", "e"))
        return {
            "algorithm": {"algorithm": "rsa", "parameters": core.Null()},
            "public_key": keys.RSAPublicKey({"modulus": modulus, "public_exponent": exponent}),
        }
    point = b"\x04" + _from_base64url(key["x"]) + _from_base64url(key["y"])
    curve = keys.ECDomainParameters(name="named", value="secp256r1")
    return {"algorithm": {"algorithm": "ec", "parameters": curve}, "public_key": keys.ECPointBitString(point)}


def _to_base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _from_base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _subject() -> dict[str, str]:
    """Return the subject, which the role gives in the environment."""
    start = "WOTRUS_SUBJECT_"
    names = {"country": "country_name", "state": "state_or_province_name", "locality": "locality_name"}
    names.update(organization="organization_name", organizational_unit="organizational_unit_name")
    given = {name[len(start) :].lower(): value for name, value in os.environ.items() if name.startswith(start)}
    return {names.get(name, name): value for name, value in given.items()}


def main() -> None:
    """Print the CSR, and write what the KMS says of the key as its attestation."""
    key = open_key(*sys.argv[1:])
    attestation = {"key": key.name, "statement": key.statement}
    pathlib.Path(os.environ["WOTRUS_ATTESTATION"]).write_text(json.dumps(attestation, indent=2) + "\n", "utf-8")
    sys.stdout.buffer.write(make_csr(key, _subject()))


if __name__ == "__main__":
    main()
