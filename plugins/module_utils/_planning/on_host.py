# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fields about what a host has: keys, files and its record."""

from __future__ import annotations

import datetime as dt

from ansible_collections.wotrus.pki.plugins.module_utils._errors import RejectedByApi, WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import CLOSED, REVOKED, Order, is_same_name
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import (
    EXTERNAL,
    HOST,
    PKCS11,
    REISSUE,
    STORAGES,
    UKEY,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import read_time
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_checks import (
    certificate_with_key,
    fits_key,
    has_key,
    has_live_key,
    is_changed,
    is_elsewhere,
    is_live_revoked,
    is_live_unrecorded,
    is_live_usable,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import Certificate
from ansible_collections.wotrus.pki.plugins.module_utils._planning.renewal import is_over, is_path_due, may_be_due
from ansible_collections.wotrus.pki.plugins.module_utils._planning.shown import is_younger
from ansible_collections.wotrus.pki.plugins.module_utils._planning.situation import (
    NO,
    YES,
    Situation,
    fetched,
    field,
    flag,
    order_of,
    queried,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import KEY_URI


@field("readable", "fault")
def host(case: Situation) -> str:
    """Whether the host's state can be read: nothing is ordered on an unknown one."""
    return "readable" if case.facts.host.fault is None else "fault"


@field("none", "first", "renamed", "follower", "reissue", "placed")
def request(case: Situation) -> str:
    """What the record says was requested and is not deployed: ``placed`` if its order is known, else it may be sent.

    A first order that was prepared under another name is ``renamed``: the new name could place a second one.
    """
    pending, name = case.facts.pending, case.facts.host.record.order_name
    if pending is None:
        return "none"
    if pending.order_id is not None:
        return "placed"
    if pending.superseded_order_id is None:
        return "first" if name in (None, case.facts.wanted.order_name) else "renamed"
    return "reissue" if pending.operation == REISSUE else "follower"


@field("none", "unnamed", "named")
def newest(case: Situation) -> str:
    """The newest certificate of the record, and whether that names its order."""
    found = case.facts.host.rolled_back or case.facts.live
    if found is None:
        return "none"
    return "named" if found.order_id else "unnamed"


@flag
def live_leads(case: Situation) -> bool:
    """Whether the record names the order of what is live, and a request follows none that was placed later.

    An older record may have come back: then the follower of its order is known, and the request follows that one.
    """
    live, pending = case.facts.live, case.facts.pending
    if live is None or live.order_id is None:
        return False
    if pending is None or pending.superseded_order_id is None:
        return True
    followed, own = queried(case.facts, pending.superseded_order_id), queried(case.facts, live.order_id)
    return followed is None or own is None or not is_younger(followed, own)


@flag
def undone(case: Situation) -> bool:
    """Whether the newest certificate was rolled back."""
    return case.newest is not None and case.newest is case.facts.host.rolled_back


@flag
def deployed(case: Situation) -> bool:
    """Whether the order is that of the newest certificate."""
    return case.newest is not None


@flag
def unrecorded(case: Situation) -> bool:
    """Whether a valid certificate of the entry is live that the record does not have."""
    return is_live_unrecorded(case.facts) and not is_live_revoked(case.facts)


@field(*STORAGES)
def storage(case: Situation) -> str:
    """Where the entry wants the key."""
    return case.facts.wanted.storage


@flag
def token(case: Situation) -> bool:
    """Whether the entry names the token of its key."""
    return case.facts.wanted.has_token


@flag
def may_change(case: Situation) -> bool:
    """Whether a changed key or name is followed by a reissue."""
    return case.facts.wanted.may_reissue


@flag
def wished(case: Situation) -> bool:
    """Whether a person wants a new key now."""
    return case.facts.wanted.reissue_requested


@flag
def next_key(case: Situation) -> bool:
    """Whether the pending certificate has a key or needs none."""
    return has_key(case.facts)


@flag
def next_key_lost(case: Situation) -> bool:
    """Whether the key of a pending request is gone from the host that made it."""
    facts = case.facts
    recorded = facts.pending.public_key_sha256 if facts.pending else None
    found = facts.host.pending.public_key_sha256 if facts.host.pending else None
    return facts.wanted.storage == HOST and not (has_key(facts) and recorded in (None, found))


@flag
def elsewhere(case: Situation) -> bool:
    """Whether the pending request's key is in another storage than the entry names."""
    return is_elsewhere(case.facts)


@field("here", "files_lost", "lost")
def live_key(case: Situation) -> str:
    """Whether the live certificate and its key are on the host; ``files_lost`` if a token or a command has the key."""
    facts, order, live = case.facts, order_of(case), case.facts.host.live
    if facts.wanted.storage == UKEY:
        return "files_lost" if live is None and order.is_issued else "here"
    if live is not None and live.key_matches is not False:
        return "here"
    if facts.wanted.storage in (PKCS11, EXTERNAL) and order.is_issued and has_key(facts):
        certificate = facts.certificate(order.id).certificate
        if certificate is not None and fits_key(facts, certificate):
            return "files_lost"
    return "lost"


@flag
def key_old(case: Situation) -> bool:
    """Whether the key was made before ``wotrus_keys_since``."""
    since, made = case.facts.wanted.keys_since, key_made_at(case)
    return since is not None and made is not None and made < since and case.facts.wanted.storage in (HOST, PKCS11)


def key_made_at(case: Situation) -> dt.datetime | None:
    """Return when the live key was made, if the record says it."""
    return read_time(case.facts.live.key_made_at) if case.facts.live else None


@flag
def other_key_provided(case: Situation) -> bool:
    """Whether another key is provided than the live certificate has."""
    given, used = case.facts.wanted.public_key_sha256, case.facts.host.live_certificate
    return used is not None and None not in (given, used.public_key_sha256) and given != used.public_key_sha256


@flag
def key_changed(case: Situation) -> bool:
    """Whether the entry asks for another key than the live certificate has."""
    return case.value("other_key_provided") == YES or is_changed(case.facts, "key")


@flag
def subject_changed(case: Situation) -> bool:
    """Whether the entry asks for another subject than the live certificate has."""
    return is_changed(case.facts, "subject")


@flag
def damaged(case: Situation) -> bool:
    """Whether files beside the key are damaged, and WoTrus still gives what is written in their place."""
    if case.facts.host.live is None or not damaged_files(case.facts) or not order_of(case).is_issued:
        return False
    is_archived = case.value("archived") == YES
    return not is_archived or fetched(case.facts, case.claim.order_id, case.claim).certificate is not None


def damaged_files(facts: Facts) -> list[str]:
    """Return the files that are damaged, and the missing URI of a UKey that the entry names."""
    live, recorded = facts.host.live, facts.live
    is_uri_wanted = facts.wanted.storage == UKEY and facts.wanted.has_token
    is_uri_missing = is_uri_wanted and recorded is not None and KEY_URI not in recorded.files
    return [*(live.damaged if live else ()), *([KEY_URI] if is_uri_missing else [])]


@field("no", "fits", "other_key")
def newer(case: Situation) -> str:
    """Whether WoTrus has a newer certificate of the order, if it was fetched since what is live seemed to be due."""
    used, found = case.facts.host.live_certificate, case.facts.known_certificate(case.claim.order_id)
    if used is None or found is None or found.usable.not_after <= used.usable.not_after:
        return NO
    if found.fingerprint_sha256 is None or used.fingerprint_sha256 in (None, found.fingerprint_sha256):
        return NO
    if not has_live_key(case.facts, found):
        return "other_key"
    return "fits" if _has_companion(case) else NO


@flag
def newer_chain(case: Situation) -> bool:
    """Whether WoTrus has a newer chain of the live certificate, if that was fetched."""
    used, found = case.facts.host.live_certificate, case.facts.known_certificate(case.claim.order_id)
    if used is None or found is None or used.fingerprint_sha256 != found.fingerprint_sha256:
        return False
    ends, later = used.path_not_after, found.path_not_after
    return ends is not None and later is not None and later > ends and _has_companion(case)


def _has_companion(case: Situation) -> bool:
    """Return whether the certificate of the SM2 order beside the order can be deployed with it, if there is one."""
    facts, order_id = case.facts, case.claim.companion_order_id
    found = queried(facts, order_id) if order_id else None
    return found is None or not found.is_dead or fetched(facts, found.id, case.claim).certificate is not None


@flag
def live_expired(case: Situation) -> bool:
    """Whether what is live has expired."""
    used = case.facts.host.live_certificate
    return used is not None and used.not_after <= case.facts.now


@field("none", "dead")
def companion(case: Situation) -> str:
    """Whether the SM2 order beside the order has ended alone, and was not only archived."""
    return "none" if dead_companion(case) is None else "dead"


def dead_companion(case: Situation) -> Order | None:
    """Return the SM2 order beside the order, if it has ended."""
    facts, claim = case.facts, case.claim
    found = queried(facts, claim.companion_order_id) if claim.companion_order_id else None
    if found is None or not found.is_dead:
        return None
    used, is_live = facts.host.live_certificate, is_same_id(facts.live.order_id if facts.live else None, claim.order_id)
    is_good = is_live and is_live_usable(facts) and used is not None and not is_path_due(facts, used, order_of(case))
    if found.status == CLOSED and (is_good or fetched(facts, found.id, claim).certificate):
        return None
    return found


# An order that is issued and not deployed


def _is_fetched(case: Situation) -> bool:
    """Return whether the certificate of an issued order is looked at before it is fetched to be deployed."""
    facts, order, name = case.facts, order_of(case), order_of(case).organization.name
    is_other = name is not None and not is_same_name(name, facts.wanted.organization or "")
    is_needed = facts.may_fetch or not has_key(facts) or may_be_due(facts, order) or case.claim.is_own_id_reissue
    return is_needed or is_live_unrecorded(facts) or is_other


def issued_certificate(case: Situation) -> Certificate | None:
    """Return the certificate of an issued order, if it is known or looked at."""
    known = case.facts.known_certificate(case.claim.order_id)
    if known is None and _is_fetched(case):
        return fetched(case.facts, case.claim.order_id, case.claim).certificate
    return known


def issued_error(case: Situation) -> WotrusError | None:
    """Return why the certificate of an issued order cannot be looked at."""
    return fetched(case.facts, case.claim.order_id, case.claim).error if _is_fetched(case) else None


@field("none", "unpaid", "unread", "newer_live", "sm2", "other", "expired", "good")
def issued(case: Situation) -> str:
    """The certificate of an issued order beside the keys of the host; ``none`` if it is not looked at yet."""
    facts, order, found = case.facts, order_of(case), issued_certificate(case)
    if found is None:
        error = issued_error(case)
        if error is None or is_over(facts, order):
            return "none"
        return "unpaid" if order.is_unpaid and isinstance(error, RejectedByApi) else "unread"
    if _is_newer_live(case, found):
        return "newer_live"
    # A key that stays, such as a provided one, does not tell the new certificate from the old one.
    former = facts.live.fingerprint_sha256 if facts.live and case.claim.is_own_id_reissue else None
    if (former is not None and former == found.fingerprint_sha256) or not fits_key(facts, found):
        return "sm2" if found.key_type == "SM2" else "other"
    return "expired" if found.not_after <= facts.now else "good"


def _is_newer_live(case: Situation, found: Certificate) -> bool:
    """Return whether a certificate that the record does not have is live, and ends later than one of the same key.

    One that is revoked does not count, by its status, or if the entry names its order.
    """
    facts = case.facts
    used = None if is_live_revoked(facts) else certificate_with_key(facts)
    is_same_key = fits_key(facts, found) or has_live_key(facts, found)
    if used is None or not is_same_key or not is_live_unrecorded(facts) or found.not_after >= used.not_after:
        return False
    named = queried(facts, str(facts.wanted.order_id)) if case.value("entry_other") == YES else None
    return named is None or named.status != REVOKED


@flag
def record_lost(case: Situation) -> bool:
    """Whether the order's certificate is live, and the record is gone."""
    found = issued_certificate(case)
    return found is not None and not case.facts.host.has_record and has_live_key(case.facts, found)


@flag
def pending_key(case: Situation) -> bool:
    """Whether the certificate is for the key that the record says is pending."""
    found, pending = issued_certificate(case), case.facts.pending
    return found is not None and pending is not None and pending.public_key_sha256 == found.public_key_sha256


@field("no", "valid", "ended")
def for_live_key(case: Situation) -> str:
    """Whether the certificate is for the key that is live, and whether it has ended."""
    found = issued_certificate(case)
    if found is None or not has_live_key(case.facts, found):
        return NO
    return "valid" if found.not_after > case.facts.now else "ended"


# A reissue


@flag
def sm2(case: Situation) -> bool:
    """Whether the order is the SM2 order of a pair, if its certificate was fetched."""
    found = case.facts.known_certificate(case.claim.order_id)
    return found is not None and found.key_type == "SM2"


@flag
def reissue_refused(case: Situation) -> bool:
    """Whether WoTrus refused the prepared reissue of the order."""
    pending = case.facts.pending
    if pending is None or pending.refused_key_sha256 is None or pending.order_id is not None:
        return False
    return is_same_id(pending.superseded_order_id, case.claim.order_id)


@flag
def refused_before(case: Situation) -> bool:
    """Whether a reissue of the order was refused or closed, so that only a person requests another."""
    return case.claim.refused is not None


@flag
def ukey_newer(case: Situation) -> bool:
    """Whether WoTrus has reissued the order of a UKey under its id."""
    order, used = case.said_order, case.facts.host.live_certificate
    found = fetched(case.facts, order.id, case.claim).certificate if order.is_issued else None
    return used is not None and found is not None and found.not_before > used.not_before


@flag
def prepared_key_live(case: Situation) -> bool:
    """Whether the key of a prepared reissue is live: files that were lost, and the key of a token, were found."""
    live, pending, used = case.facts.live, case.facts.pending, certificate_with_key(case.facts)
    if live is None or live.order_id is None or pending is None or used is None or used.public_key_sha256 is None:
        return False
    return used.public_key_sha256 == pending.public_key_sha256 and case.facts.host.is_live_recorded


@flag
def done(case: Situation) -> bool:
    """Whether a reissue was done under the id of its order: its certificate is for the next key, and not live."""
    facts, used, order = case.facts, case.facts.host.live_certificate, order_of(case)
    found = facts.certificate(order.id).certificate if order.is_issued else None
    if found is None or not fits_key(facts, found):
        return False
    return found.fingerprint_sha256 != (used.fingerprint_sha256 if used else None)


@flag
def refused(case: Situation) -> bool:
    """Whether WoTrus refused the request of the pending key."""
    return case.facts.pending is not None and case.facts.pending.refused_key_sha256 is not None
