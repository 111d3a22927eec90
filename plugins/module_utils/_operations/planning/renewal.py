# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a certificate is renewed."""

from __future__ import annotations

import dataclasses
import datetime as dt

from ansible_collections.wotrus.pki.plugins.module_utils._operations.planning.facts import Live

_SHARE = 3


@dataclasses.dataclass(frozen=True)
class Window:
    """The last part of a certificate's life, in which it is renewed.

    :ivar cut: it was asked to be longer than a third of the life, and is not
    """

    opens: dt.datetime
    cut: bool


def window(live: Live, *, renew_before_days: float) -> Window:
    """Return the renewal window; it never reaches past a third of the life, so no setting buys a certificate a run."""
    asked = dt.timedelta(days=renew_before_days)
    longest = (live.not_after - live.not_before) / _SHARE
    return Window(opens=live.not_after - min(asked, longest), cut=asked > longest)


def days_left(live: Live, now: dt.datetime) -> float:
    """Days until the certificate expires; negative once it has."""
    return (live.not_after - now).total_seconds() / 86400
