# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a certificate is renewed."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib

from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Live, Wanted

_SHARE = 3
_FRACTIONS = 2**32


@dataclasses.dataclass(frozen=True)
class Window:
    """The last part of a certificate's life, in which it is renewed.

    :ivar cut: it was asked to be longer than a third of the life, and is not
    """

    opens: dt.datetime
    cut: bool


def window(live: Live, wanted: Wanted) -> Window:
    """Return the renewal window.

    It never reaches past a third of the life, so no setting buys a certificate a run. The spread only ever makes it
    longer, so a renewal is brought forward and never put off.
    """
    life = live.not_after - live.not_before
    if wanted.renew_before_share is not None:
        asked = life * wanted.renew_before_share
    else:
        asked = dt.timedelta(days=wanted.renew_before_days)
    longest = life / _SHARE
    spread = dt.timedelta(days=wanted.renew_spread_days) * _fraction(wanted.order_name)
    return Window(opens=live.not_after - min(asked + spread, longest), cut=asked > longest)


def days_left(live: Live, now: dt.datetime) -> float:
    """Days until the certificate expires; negative once it has."""
    return (live.not_after - now).total_seconds() / 86400


def _fraction(name: str) -> float:
    """Return a number from 0 to 1 that is spread evenly over names and the same in every run.

    A new draw a run would renew a certificate at the earliest moment that any run drew.
    """
    digest = hashlib.sha256(name.encode("utf-8")).digest()
    return int.from_bytes(digest[:4], "big") / _FRACTIONS
