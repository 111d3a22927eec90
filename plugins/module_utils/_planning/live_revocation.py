# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a reader would refuse what is live, since a certificate of its path is revoked, or its status is not known.

The controller checks what RetrievePem answers, never what a host has: a certificate names the addresses to ask, and a
host must not choose those of the controller. A host checks what it has itself.
"""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import CLOSED
from ansible_collections.wotrus.pki.plugins.module_utils._model.revocation_status import (
    REVOKED,
    UNKNOWN_STATES,
    RevocationStatus,
    unchecked,
)
from ansible_collections.wotrus.pki.plugins.module_utils._orders.certificate import certificate_path
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import x509

if t.TYPE_CHECKING:
    from ansible_collections.wotrus.pki.plugins.module_utils._planning.order_reader import OrderReader


def check_from_controller(
    reader: OrderReader,
    facts: t.Sequence[Facts],
    networks: t.Sequence[str],
    deployed: t.Mapping[str, str | None] | None = None,
) -> list[Facts]:
    """Check the live certificates that are their orders' own, by the CA's clock.

    :param networks: ``wotrus_revocation_networks``, which may be asked besides the Internet
    :param deployed: the orders of certificates that this run deployed, by path; the record that was read has others
    """
    from ansible_collections.wotrus.pki.plugins.module_utils._revocation.addresses import LOOPBACK, read_networks
    from ansible_collections.wotrus.pki.plugins.module_utils._revocation.check import check_path
    from ansible_collections.wotrus.pki.plugins.module_utils._revocation.http import Downloads

    # A sandbox on this machine has its answers there too.
    downloads = Downloads(read_networks([*networks, *(LOOPBACK if reader.api.is_loopback else ())]))

    def statuses(facts: Facts) -> tuple[RevocationStatus, ...]:
        if facts.host.live is None:
            return ()
        try:
            recorded = facts.live.order_id if facts.live else None
            path = _path(reader, facts, (deployed or {}).get(facts.host.path, recorded))
        except WotrusError as exc:
            return (unchecked(exc.message),)
        return tuple(check_path(path, now=facts.now, downloads=downloads))

    return [certificate.with_host(revocation=statuses(certificate)) for certificate in facts]


def _path(reader: OrderReader, facts: Facts, order_id: str | None) -> list[x509.Certificate]:
    """Return the path of the live certificate by RetrievePem.

    The order is the host's claim. RetrievePem moves one that is not issued yet, so it is not called for that. It may
    answer for a closed one.

    :raises WotrusError: WoTrus does not answer it, or a chain is wrong
    """
    used, order = facts.host.live_certificate, reader.order(order_id).order if order_id else None
    pems = reader.pems(order.id) if order is not None and (order.is_issued or order.status == CLOSED) else {}
    return certificate_path(pems, used.fingerprint_sha256 if used else None, anchors=reader.anchors)


def revoked_alarm(facts: Facts) -> tuple[str, str, Message] | None:
    """Return the alarm for a revoked certificate of the path."""
    for number, status in enumerate(facts.host.revocation or ()):
        if status.state == REVOKED:
            msg = Message(
                "The intermediate certificate '{subject}' is revoked, so readers trust no signature. {msg}"
                if number
                else "The live certificate is revoked. {msg}",
                subject=status.subject,
                msg=status.msg or "",
            )
            return "failure", "issuer_revoked" if number else "certificate_revoked", msg
    return None


def unknown_alarm(facts: Facts) -> tuple[str, str, Message] | None:
    """Return the alarm for a certificate of the path whose status is not known."""
    for status in facts.host.revocation or ():
        if status.state in UNKNOWN_STATES:
            msg = Message(
                "The revocation status of '{subject}' is not known, so a reader may refuse signatures. {msg}",
                subject=status.subject,
                msg=status.msg or "",
            )
            return "warning", "revocation_unknown", msg
    return None


def revocation_answers(facts: Facts) -> list[dict[str, t.Any]] | None:
    """Return the status of each certificate of the path as results have it; ``None`` if it was not checked."""
    return None if facts.host.revocation is None else [status.as_dict() for status in facts.host.revocation]
