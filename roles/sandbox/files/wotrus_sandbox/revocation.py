# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OCSP answers (RFC 6960) and certificate revocation lists (RFC 5280) of the sandbox's CA, over plain HTTP."""

from __future__ import annotations

import datetime
from collections.abc import Callable

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from .authority import Authority, Signer
from .clock import Clock
from .settings import Settings
from .store import Store

_FRESH = datetime.timedelta(hours=1)
_AGE = datetime.timedelta(minutes=1)


class Responder:
    """Answers for the certificates of revoked orders, and with a setting for the intermediates."""

    def __init__(self, *, authority: Authority, store: Store, clock: Clock, settings: Callable[[], Settings]) -> None:
        self._authority = authority
        self._store = store
        self._clock = clock
        self._settings = settings

    def ocsp(self, request: bytes) -> bytes:
        """Return the answer to an OCSP request. ValueError for another text."""
        asked = ocsp.load_der_ocsp_request(request)
        issuer = next((one for one in self._authority.signers.values() if _key_id(one) == asked.issuer_key_hash), None)
        certificate = self._certificate(f"{asked.serial_number:X}")
        if issuer is None or certificate is None:
            unknown = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.UNAUTHORIZED)
            return unknown.public_bytes(Encoding.DER)
        now, revoked = self._now(), f"{asked.serial_number:X}" in self._revoked()
        builder = ocsp.OCSPResponseBuilder().add_response(
            certificate,
            issuer.certificate,
            asked.hash_algorithm,
            ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD,
            now - _AGE,
            now + _FRESH,
            now - _AGE if revoked else None,
            None,
        )
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, issuer.certificate)
        return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def crl(self, name: str) -> bytes:
        """Return the list of an issuer. KeyError if there is none of that name."""
        issuer, now = self._authority.signers[name], self._now()
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(issuer.certificate.subject)
            .last_update(now - _AGE)
            .next_update(now + _FRESH)
            .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
        )
        for serial in self._revoked():
            entry = x509.RevokedCertificateBuilder().serial_number(int(serial, 16)).revocation_date(now - _AGE)
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def _now(self) -> datetime.datetime:
        return datetime.datetime.fromtimestamp(int(self._clock.now()), datetime.UTC)

    def _certificate(self, serial: str) -> x509.Certificate | None:
        for one in self._intermediates():
            if f"{one.serial_number:X}" == serial:
                return one
        pem = self._store.find_pem(serial)
        return x509.load_pem_x509_certificate(pem.encode()) if pem else None

    def _intermediates(self) -> list[x509.Certificate]:
        return self._authority.intermediates

    def _revoked(self) -> list[str]:
        """Return the serial numbers of all issuers. Another issuer's number on a list is nobody's."""
        revoked = self._intermediates() if self._settings().revoke_intermediates else []
        return [*self._store.revoked_serials(), *(f"{one.serial_number:X}" for one in revoked)]


def _key_id(signer: Signer) -> bytes:
    """Return the SHA-1 of the bits of a signer's public key."""
    return x509.SubjectKeyIdentifier.from_public_key(signer.certificate.public_key()).digest


def build_revocation_app(responder: Responder) -> web.Application:
    """Return the application of the addresses that certificates name."""

    async def answer_ocsp(request: web.Request) -> web.Response:
        try:
            return web.Response(body=responder.ocsp(await request.read()), content_type="application/ocsp-response")
        except ValueError:
            return web.Response(status=400)

    async def answer_crl(request: web.Request) -> web.Response:
        try:
            return web.Response(body=responder.crl(request.match_info["name"]), content_type="application/pkix-crl")
        except KeyError:
            return web.Response(status=404)

    app = web.Application()
    app.router.add_post("/ocsp", answer_ocsp)
    app.router.add_get("/{name}.crl", answer_crl)
    return app
