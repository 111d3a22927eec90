# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check the certificates of a path as readers of a signature do: OCSP, else the certificate revocation list."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import typing as t
import urllib.parse

from ansible_collections.wotrus.pki.plugins.module_utils._model.revocation_status import (
    NO_ADDRESS,
    REVOKED,
    STATES,
    RevocationStatus,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import format_timestamp, shown_time
from ansible_collections.wotrus.pki.plugins.module_utils._revocation.answers import (
    Answer,
    Unusable,
    ocsp_request,
    read_crl,
    read_ocsp,
)
from ansible_collections.wotrus.pki.plugins.module_utils._revocation.http import Downloads, Unreachable
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._x509.describe import find_extension, name_text
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import (
    AuthorityInformationAccessOID,
    parsing_errors,
    x509,
)

OCSP, CRL = "ocsp", "crl"
_MOST_BYTES = {OCSP: 64 * 1024, CRL: 10 * 1024 * 1024}
_MOST_ADDRESSES = 3
_LONGEST_ADDRESS = 1000


@dataclasses.dataclass(frozen=True)
class Address:
    """An address that a certificate names for its revocation status.

    :ivar source: ``ocsp`` or ``crl``
    """

    source: str
    url: str

    @property
    def server(self) -> str:
        """The host and the port, for a firewall."""
        parts = urllib.parse.urlsplit(self.url)
        return f"{parts.hostname}:{parts.port or 80}"


def addresses_of(certificate: x509.Certificate) -> list[Address]:
    """Return the HTTP addresses of a certificate: OCSP, then lists (RFC 5280, sections 4.2.2.1 and 4.2.1.13).

    A list that another CA signs, or that is only for some reasons, is left out.
    """
    access = find_extension(certificate, x509.AuthorityInformationAccess)
    points = find_extension(certificate, x509.CRLDistributionPoints)
    ocsp = [
        description.access_location
        for description in access or ()
        if description.access_method == AuthorityInformationAccessOID.OCSP
    ]
    complete = [point for point in points or () if not point.crl_issuer and not point.reasons]
    lists = [name for point in complete for name in point.full_name or ()]
    return [
        Address(source, str(name.value))
        for source, names in ((OCSP, ocsp), (CRL, lists))
        for name in [name for name in names if _is_http(name)][:_MOST_ADDRESSES]
    ]


def check_path(path: t.Sequence[x509.Certificate], *, now: dt.datetime, downloads: Downloads) -> list[RevocationStatus]:
    """Return the revocation status of each certificate of a path but its root.

    :param path: the leaf, the intermediates, and the root, which is trusted for itself
    :param now: by the clock of the machine that checks
    """
    return [_check(certificate, issuer, now, downloads) for certificate, issuer in zip(path, path[1:])]


def _check(
    certificate: x509.Certificate, issuer: x509.Certificate, now: dt.datetime, downloads: Downloads
) -> RevocationStatus:
    """Ask the addresses of a certificate until one answers."""
    found = functools.partial(RevocationStatus, name_text(certificate.subject))
    failures: list[tuple[str, Message]] = []
    for address in addresses_of(certificate):
        try:
            answer, size = _ask(address, certificate, issuer, now, downloads)
        except (Unreachable, Unusable) as exc:
            failures.append((exc.state, Message("{url}: {why}", url=address.url, why=exc)))
        else:
            return found(
                state=answer.state,
                source=address.source,
                address=address.url,
                this_update=format_timestamp(answer.this_update),
                next_update=shown_time(answer.next_update),
                age=max(0, int((now - answer.this_update).total_seconds())),
                size=size,
                msg=_revoked(address, answer, now) if answer.state == REVOKED else None,
            )
    if not failures:
        return found(state=NO_ADDRESS, msg=Message("The certificate names no HTTP address for its revocation status."))
    state = min((state for state, _msg in failures), key=STATES.index)
    return found(state=state, msg=Message("{failures}.", failures=[msg for _state, msg in failures]))


def _ask(
    address: Address, certificate: x509.Certificate, issuer: x509.Certificate, now: dt.datetime, downloads: Downloads
) -> tuple[Answer, int]:
    """Return what an address answers, and the bytes of the answer.

    :raises Unreachable, Unusable: nothing that counts
    """
    most = _MOST_BYTES[address.source]
    if address.source == CRL:
        data = downloads.get(address.url, None, most=most)
        return read_crl(data, certificate, issuer, address=address.url, now=now), len(data)
    try:
        request = ocsp_request(certificate, issuer)
    except parsing_errors() as exc:
        # The library has no SM2 key, and so no digest of one.
        raise Unusable(Message("the key of the issuer is not supported")) from exc
    data = downloads.get(address.url, request, most=most)
    return read_ocsp(data, certificate, issuer, now=now), len(data)


def _revoked(address: Address, answer: Answer, now: dt.datetime) -> Message:
    date = format_timestamp(answer.revoked_at or answer.this_update)
    if answer.is_fresh(now):
        return Message("{url} says that it is revoked since {date}.", url=address.url, date=date)
    return Message(
        "{url} says that it is revoked since {date}. "
        "The answer is {days:.1f} days old, and was to be replaced by {ends}.",
        url=address.url,
        date=date,
        days=(now - answer.this_update).total_seconds() / 86400,
        ends=format_timestamp(answer.ends),
    )


def _is_http(name: x509.GeneralName) -> bool:
    """Return whether a name is an address that is safe to ask and to show."""
    if not isinstance(name, x509.UniformResourceIdentifier) or len(name.value) > _LONGEST_ADDRESS:
        return False
    try:
        parts = urllib.parse.urlsplit(name.value)
        is_complete = bool(parts.hostname) and "@" not in parts.netloc and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
    is_plain = name.value.isascii() and name.value.isprintable() and " " not in name.value
    return parts.scheme == "http" and is_complete and is_plain
