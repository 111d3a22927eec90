# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A CA with one issuer and one signer, and a server on loopback that answers for it whatever a test wants."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import threading
import typing as t
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from tests.unit.x509.pki import NOW, Authority, ecc, name, root

DAY = datetime.timedelta(days=1)
Answer = t.Callable[[BaseHTTPRequestHandler], None]

ISSUER = root("Document Signing CA", key=rsa.generate_private_key(public_exponent=65537, key_size=2048))
STRANGER = root("Document Signing CA")
OTHER_SERIAL = 4711
WEAK = hashes.SHA1
SHA256_WITH_RSA, SHA1_WITH_RSA = (bytes.fromhex(f"06092a864886f70d0101{last}") for last in ("0b", "05"))


def naive(moment: datetime.datetime) -> datetime.datetime:
    return moment.replace(tzinfo=None)


def signer(*, ocsp_url: str | None = None, crl_url: str | None = None, ca: bool = False) -> x509.Certificate:
    """Return a certificate of the issuer with addresses."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(name("Example Ltd."))
        .issuer_name(ISSUER.certificate.subject)
        .public_key(ecc().public_key())
        .serial_number(1234567)
        .not_valid_before(naive(NOW - DAY))
        .not_valid_after(naive(NOW + 365 * DAY))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if ocsp_url:
        access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(ocsp_url))
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    if crl_url:
        builder = builder.add_extension(x509.CRLDistributionPoints([point(crl_url)]), critical=False)
    return builder.sign(ISSUER.key, hashes.SHA256())


def point(url: str, *, crl_issuer: x509.Name | None = None) -> x509.DistributionPoint:
    issuer = [x509.DirectoryName(crl_issuer)] if crl_issuer else None
    return x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, issuer)


def delegate(
    *, usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.OCSP_SIGNING, issuer: Authority = ISSUER
) -> Authority:
    """Return a responder that the issuer certified."""
    return issuer.issue("OCSP responder", usages=(usage,), days=(-1, 30))


@dataclasses.dataclass(frozen=True)
class Claim:
    """What an answer claims, with its fault."""

    revoked: bool = False
    serial: int | None = None
    by: Authority = ISSUER
    sent: tuple[x509.Certificate, ...] = ()
    sha1: bool = False
    this_update: datetime.datetime = NOW - DAY / 4
    next_update: datetime.datetime | None = NOW + DAY / 4
    unknown: bool = False
    extension: x509.ExtensionType | None = None

    def ocsp(self, certificate: x509.Certificate) -> bytes:
        status = ocsp.OCSPCertStatus.REVOKED if self.revoked else ocsp.OCSPCertStatus.GOOD
        subject = signer_with(self.serial) if self.serial else certificate
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response(
                subject,
                ISSUER.certificate,
                WEAK(),
                ocsp.OCSPCertStatus.UNKNOWN if self.unknown else status,
                naive(self.this_update),
                naive(self.next_update) if self.next_update else None,
                naive(NOW - DAY) if self.revoked and not self.unknown else None,
                None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, self.by.certificate)
        )
        builder = builder.certificates(list(self.sent)) if self.sent else builder
        answer = builder.sign(self.by.key, hashes.SHA256()).public_bytes(Encoding.DER)
        return (
            with_sha1(answer, lambda data: ocsp.load_der_ocsp_response(data).tbs_response_bytes)
            if self.sha1
            else answer
        )

    def crl(self, certificate: x509.Certificate) -> bytes:
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.by.certificate.subject)
            .last_update(naive(self.this_update))
            .next_update(naive(self.next_update or NOW + DAY))
            .add_extension(x509.CRLNumber(7), critical=False)
        )
        if self.extension is not None:
            builder = builder.add_extension(self.extension, critical=True)
        if self.revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(self.serial or certificate.serial_number)
            entry = entry.revocation_date(naive(NOW - DAY)).add_extension(
                x509.CRLReason(x509.ReasonFlags.key_compromise), critical=False
            )
            builder = builder.add_revoked_certificate(entry.build())
        answer = builder.sign(self.by.key, hashes.SHA256()).public_bytes(Encoding.DER)
        return with_sha1(answer, lambda data: x509.load_der_x509_crl(data).tbs_certlist_bytes) if self.sha1 else answer


def with_sha1(answer: bytes, signed_part: t.Callable[[bytes], bytes]) -> bytes:
    """Return an answer with a good signature over SHA-1, which the library does not make."""
    changed = answer.replace(SHA256_WITH_RSA, SHA1_WITH_RSA)
    signature = ISSUER.key.sign(signed_part(changed), padding.PKCS1v15(), WEAK())
    return changed[: -len(signature)] + signature


def signer_with(serial: int) -> x509.Certificate:
    return ISSUER.issue("Example Ltd.", serial=serial).certificate


class Responder:
    """The server.

    :ivar answers: what each path answers
    :ivar asked: the paths that were asked, in order
    """

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.released = threading.Event()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                owner.asked.append(self.path)
                with contextlib.suppress(OSError):
                    owner.answers[self.path](self)

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.do_GET()

            def log_message(self, *_arguments: object) -> None:
                """Log nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Responder:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_details: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()


def gives(body: bytes, *, status: int = 200, **headers: str) -> Answer:
    """Return an answer with a body."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for header, value in {"Content-Length": str(len(body)), **headers}.items():
            request.send_header(header, value)
        request.end_headers()
        request.wfile.write(body)

    return answer


def floods(megabytes: int) -> Answer:
    """Return an answer of many bytes."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        for _number in range(megabytes):
            request.wfile.write(b"\x30" * 1024 * 1024)

    return answer


def hangs(responder: Responder, *, drips: bool = False) -> Answer:
    """Return no answer, or one whose header never ends."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        while not responder.released.wait(0.05):
            if drips:
                request.wfile.write(b"H")

    return answer
