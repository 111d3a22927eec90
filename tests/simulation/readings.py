# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The readings of the manual, as switches.

They are fixed for a history.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

SANDBOX: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "repeat": (
        "repeat_answer",
        {"adopted": "adopt", "refused": "refuse", "refused with id": "refuse_with_id", "new if dead": "new_if_dead"},
    ),
    "values": ("idempotence_lifetime", {"kept": 0.0, "forgotten after 30 days": 30 * 86400.0}),
    "review": ("review_delay", {"by hand": 0.0, "at once": 0.0, "an hour": 3600.0, "two days": 2 * 86400.0}),
    "payment": ("unpaid", {"at once": False, "later": True}),
    "issuing": ("auto_issue", {"by RetrievePem": False, "by itself": True}),
    "arrival": ("reject_new", {"accepted": False, "rejected": True}),
    "fresh_order": ("query_delay", {"known": 0.0, "unknown for 3 seconds": 3.0}),
    "backdated": ("backdate", {"no": 0.0, "200 days": 200.0}),
    "lifetime": (
        "certificate_days",
        {"the term": 0.0, **{f"{days} days": float(days) for days in (90, 100, 200, 360, 398, 460)}},
    ),
    "reissue_end": ("reissue_ends", {"the old one's": "old", "the term's": "term", "a new one's": "new"}),
    "expired": ("close_expired", {"issued": False, "closed": True}),
    "reissue_id": ("reissue_answer", {"new": "new", "same": "same", "null": "null"}),
    "reissued_order": ("reissue_old_order", {"issued": "issued", "closed": "closed", "revoked": "revoked"}),
    "old_certificate": ("reissue_serves_old", {"gone": 0.0, "served for an hour": 3600.0}),
    "revocation": ("revoke_answer", {"audited": "audit", "immediate": "immediate"}),
    "ids": ("id_style", {"plain": "plain", "braces": "braces", "mixed": "mixed"}),
}
"""The readings that are settings of the sandbox: the setting, and its value by word."""

OWN: Mapping[str, tuple[str, ...]] = {
    "date": ("sent", "missing"),
    "date_ahead": ("0", "5", "28800"),
    "create_time": ("usual", "seconds", "decimals", "utc", "slashes", "empty", "1900", "1970", "year 1", "moved"),
    "numbers": ("numbers", "text"),
    "null_id": ("null", "zero"),
    "create_answer": ("id", "none at first", "none", "busy at first"),
    "status_case": ("usual", "lower"),
    "before_certificate": ("refused", "null", "404"),
    "unpaid_certificate": ("given", "withheld"),
    "replaced_order": ("known", "unknown", "answers new"),
    "repeat_of_reissued": ("first", "newest"),
    "ended": ("issued", "expired", "unknown"),
    "query_lag": ("0", "30", "900"),
    "long_months": ("accepted", "refused"),
    "duration": ("months", "years", "days"),
    "odd_field": ("none", "orderNumber", "org", "duration", "isPay", "isSuccess"),
    "sign_beside": ("no", "yes"),
    "keys": ("any", "P-256 alone"),
    "names": ("as sent", "corrected in certificates", "with an e-mail address"),
    "spelling": ("usual", "full width", "traditional", "entities", "blanks", "no-break spaces"),
    "reissues": ("granted", "refused"),
    "archive": ("never", "closed after 30 days", "closed after 30 days, without its certificate"),
}
"""The readings that only the simulated CA has."""

READINGS: Mapping[str, tuple[str, ...]] = {**{name: tuple(words) for name, (_s, words) in SANDBOX.items()}, **OWN}
"""The words of each reading, the usual one first."""


@dataclasses.dataclass(frozen=True)
class Readings:
    """One reading of each open point."""

    unusual: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.unusual.get(name, READINGS[name][0])

    def changed(self, changes: Mapping[str, str]) -> Readings:
        """Return these with other readings."""
        for name, word in changes.items():
            if word not in READINGS[name]:
                raise ValueError(f"{name} is none of {', '.join(READINGS[name])}")
        return Readings({**self.unusual, **changes})

    def sandbox_settings(self) -> dict[str, Any]:
        """Return the settings of the sandbox."""
        found = {setting: words[self[name]] for name, (setting, words) in SANDBOX.items()}
        return {**found, "manual_review": self["review"] == "by hand"}
