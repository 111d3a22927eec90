# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the host's keys and files for a certificate."""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import is_same_name
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import (
    EXTERNAL,
    PROVIDED,
    UKEY,
    LiveCertificate,
    Record,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.revocation_status import REVOKED
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import SENDING, Action, Decision
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts, WantedCertificate
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import Certificate
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._x509.describe import names_in
from ansible_collections.wotrus.pki.plugins.module_utils._x509.subject import with_plain_blanks


def is_live_usable(facts: Facts) -> bool:
    """Return whether signatures with the live certificate are good now, as far as the CA was asked."""
    live, used, pending = facts.host.live, facts.host.live_certificate, facts.pending
    if live is None or used is None or used.usable.not_after <= facts.now or live.damaged:
        return False
    recorded = facts.live.order_id if facts.live else None
    superseded = pending.superseded_order_id if pending else None
    orders = [facts.known_order(order_id) for order_id in (recorded, superseded) if order_id]
    is_revoked = any(order is not None and order.is_revoked for order in orders)
    is_revoked = is_revoked or any(status.state == REVOKED for status in facts.host.revocation or ())
    has_key_of_it = live.key_matches is not False or facts.wanted.storage == UKEY
    may_sign = used.document_signing is not False or not facts.wanted.is_strict
    return has_key_of_it and may_sign and not is_revoked


def is_live_revoked(facts: Facts) -> bool:
    """Return whether the CA says that the live certificate's order is revoked, as far as it was asked."""
    recorded, used = facts.live, facts.host.live_certificate
    if used is None:
        return False
    # Of a record that was lost, only the order that is replaced now is known.
    order_id = facts.pending.superseded_order_id if facts.pending else None
    if recorded is not None and recorded.order_id is not None:
        is_other = recorded.fingerprint_sha256 != used.fingerprint_sha256
        order_id = None if is_other else recorded.order_id
    order = facts.known_order(order_id)
    return order is not None and order.is_revoked


def dates_of(facts: Facts, newest: LiveCertificate) -> Certificate | None:
    """Return the dates of the newest certificate.

    They come from its files if the record is about them, else from the record.
    """
    used = facts.host.live_certificate
    if newest is facts.live and used is not None:
        recorded = newest.fingerprint_sha256
        # A record that was restored may be about an older certificate.
        if recorded is None or newest.not_after is None or recorded == used.fingerprint_sha256:
            return used
    try:
        names = ("not_before", "not_after", "path_not_after")
        return Certificate.read({name: getattr(newest, name) for name in names})
    except ValueError:
        return None


def is_elsewhere(facts: Facts) -> bool:
    """Return whether the pending request's key is in another storage than the entry names."""
    return facts.pending is not None and facts.pending.storage not in (None, facts.wanted.storage)


def has_key(facts: Facts) -> bool:
    """Return whether the pending certificate has a key or needs none."""
    if facts.wanted.storage == UKEY:
        return True
    return facts.host.pending is not None and facts.host.pending.has_key and not is_elsewhere(facts)


def fits_key(facts: Facts, certificate: Certificate) -> bool:
    """Return whether a certificate is for the next key.

    That is the pending or the provided key, or the key file to import. A certificate for a UKey is compared by its
    name instead.
    """
    if facts.wanted.storage == UKEY:
        return True
    pending, provided, first = facts.host.pending, facts.wanted.public_key_sha256, facts.host.first_key
    if provided is not None and provided == certificate.public_key_sha256:
        return True
    if pending is not None and has_key(facts):
        return pending.public_key_sha256 == certificate.public_key_sha256
    imported = first.public_key_sha256 if first is not None else None
    return imported is not None and imported == certificate.public_key_sha256


def certificate_with_key(facts: Facts) -> Certificate | None:
    """Return the live certificate, if its key is there."""
    live = facts.host.live
    return live.certificate if live is not None and live.key_matches else None


def has_live_key(facts: Facts, certificate: Certificate) -> bool:
    """Return whether a certificate is for the key that is live."""
    used = certificate_with_key(facts)
    return used is not None and used.public_key_sha256 == certificate.public_key_sha256


def is_live_unrecorded(facts: Facts) -> bool:
    """Return whether a valid certificate of the entry is live that the record does not have.

    The record was lost, or an older one came back.
    """
    used, recorded = certificate_with_key(facts), facts.live
    if facts.wanted.storage == UKEY:
        # Nobody sees the key of a UKey.
        used = facts.host.live_certificate
    if used is None or used.not_after <= facts.now:
        return False
    name = names_in(used.subject)["common_name"] if used.subject else None
    is_own = name is None or is_same_name(name, facts.wanted.common_name)
    known = recorded.fingerprint_sha256 if recorded is not None else ""
    return is_own and known not in (None, used.fingerprint_sha256)


def other_names(want: WantedCertificate, found: Json) -> list[Message]:
    """Return how a certificate's common name and organization differ from the entry's.

    :param found: ``common_name`` and ``organization``; one that is missing does not count
    """
    wanted = {"common_name": want.common_name, "organization": want.organization}
    return [
        Message("{what} is {found!r}, not {wanted!r}", what=name, found=found[name], wanted=value)
        for name, value in wanted.items()
        if value and found.get(name) and not is_same_name(str(found[name]), value)
    ]


def unknown_names(want: WantedCertificate, names: t.Iterable[str]) -> list[str]:
    """Return the alternative names of a certificate that stand nowhere in the entry.

    :param names: each with its kind, such as ``email:a@example.com``
    """
    return [name for name in names if name.partition(":")[2].casefold() not in want.names]


def is_changed(facts: Facts, part: str) -> bool:
    """Return whether the entry differs from the recorded definition.

    A part that the record lacks does not count.
    """
    before = ((facts.live.definition if facts.live else None) or {}).get(part)
    wanted = facts.wanted.definition.get(part)
    if part == "key" and isinstance(before, dict) and isinstance(wanted, dict):
        # A key that was not made here, such as an imported one, has the kind that it has, unless the entry names one.
        if facts.live is not None and facts.live.key_made_at is None:
            return is_other_kind(before, facts.wanted)
        # The host records which kind of key was provided, and an entry need not say it.
        return any(before.get(name) not in (None, value) for name, value in wanted.items())
    if part == "subject" and isinstance(before, dict) and isinstance(wanted, dict):
        # The entry may have taken a spelling of WoTrus, which the certificate has already.
        used = facts.host.live_certificate
        issued = names_in(used.subject) if used and used.subject else {}
        issued = {name: with_plain_blanks(value) for name, value in issued.items() if value}
        before = {**before, **{name: value for name, value in issued.items() if value == wanted.get(name)}}
    return before is not None and before != wanted


def is_key_refused(facts: Facts) -> bool:
    """Return whether WoTrus refused the request of the pending key, and the entry now asks for another kind.

    The command of an external key may make another one in any case.
    """
    pending, key = facts.pending, facts.host.pending
    if pending is None or key is None or pending.order_id is not None or not has_key(facts):
        return False
    if pending.refused_key_sha256 is None or pending.refused_key_sha256 != key.public_key_sha256:
        return False
    wanted, kind = facts.wanted, (pending.definition or {}).get("key") or {}
    if wanted.storage in (PROVIDED, EXTERNAL):
        return wanted.public_key_sha256 != key.public_key_sha256
    if pending.key_made_at is None:
        return is_other_kind(kind, wanted)
    return any(kind.get(name) not in (None, value) for name, value in wanted.definition["key"].items())


def is_other_kind(kind: Json, want: WantedCertificate) -> bool:
    """Return whether a key is of another kind than the entry names.

    An option that the key does not have, or that the entry does not name, does not count.
    """
    named = {name: value for name, value in want.definition["key"].items() if name in want.named_key}
    return any(kind.get(name) not in (None, value) for name, value in named.items())


def kind_words(kind: Json) -> str:
    """Return the kind of a key in words, such as ``RSA 2048``."""
    return " ".join(str(kind[name]) for name in ("type", "size", "curve") if name in kind)


def is_recorded(record: Record, order_id: str | None) -> bool:
    """Return whether a host's record has an order."""
    known = [part.order_id for part in (record.pending, record.live) if part is not None]
    known += [former.order_id for former in record.superseded]
    return any(is_same_id(order_id, candidate) for candidate in known)


def needs_preparation(facts: Facts, decision: Decision) -> bool:
    """Return whether the host first needs a record, key and CSR."""
    if decision.action in SENDING:
        return True
    pending, certificate = facts.host.pending, facts.known_certificate(decision.order_id or "")
    own = certificate.public_key_sha256 if certificate else None
    # The user provides or imports the key again, if the host does not have it while its order is pending.
    is_given = facts.wanted.storage == PROVIDED or facts.host.first_key is not None
    provided = own if own == facts.wanted.public_key_sha256 else None
    is_here = pending is not None and pending.has_key and provided in (None, pending.public_key_sha256)
    is_key_lost = is_given and facts.pending is not None and not is_here
    return decision.action is Action.RESUME and (is_key_lost or not is_recorded(facts.host.record, decision.order_id))
