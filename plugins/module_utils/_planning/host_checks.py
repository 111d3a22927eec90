# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the host's keys and files for a certificate."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._model.record import LiveCertificate
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import UKEY, Certificate, Facts


def dates_of(facts: Facts, newest: LiveCertificate) -> Certificate | None:
    """Return the dates of the newest certificate.

    They come from its files if the record is about them, else from the record.
    """
    live = facts.host.live
    if newest is facts.live and live is not None and live.certificate is not None:
        recorded = newest.fingerprint_sha256
        # A record that was restored may be about an older certificate.
        if recorded is None or newest.not_after is None or recorded == live.certificate.fingerprint_sha256:
            return live.certificate
    try:
        return Certificate.read({"not_before": newest.not_before, "not_after": newest.not_after})
    except ValueError:
        return None


def has_key(facts: Facts) -> bool:
    """Return whether the pending certificate has a key or needs none."""
    if facts.wanted.storage == UKEY:
        return True
    return facts.host.pending is not None and facts.host.pending.has_key


def fits_key(facts: Facts, certificate: Certificate) -> bool:
    """Return whether a certificate is for the pending or provided key.

    A certificate for a UKey is compared by its name instead.
    """
    if facts.wanted.storage == UKEY:
        return True
    pending, provided = facts.host.pending, facts.wanted.public_key_sha256
    if provided is not None and provided == certificate.public_key_sha256:
        return True
    return pending is not None and pending.has_key and pending.public_key_sha256 == certificate.public_key_sha256


def has_live_key(facts: Facts, certificate: Certificate) -> bool:
    """Return whether a certificate is for the key that is live."""
    live = facts.host.live
    if live is None or live.certificate is None or not live.key_matches:
        return False
    return live.certificate.public_key_sha256 == certificate.public_key_sha256


def is_changed(facts: Facts, part: str) -> bool:
    """Return whether the entry differs from the recorded definition.

    A part that the record lacks does not count.
    """
    before = ((facts.live.definition if facts.live else None) or {}).get(part)
    wanted = facts.wanted.definition.get(part)
    if part == "key" and isinstance(before, dict) and isinstance(wanted, dict):
        # The host records which kind of key was provided, and an entry need not say it.
        return any(before.get(name) not in (None, value) for name, value in wanted.items())
    return before is not None and before != wanted
