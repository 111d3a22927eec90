# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long a certificate is ordered for (manual, section 2, ``month``)."""

from __future__ import annotations

MONTHS = (12, 13, 24, 25)

_YEARS = {12: 1, 13: 1, 24: 2, 25: 2}


def same_term(one: int, other: int) -> bool:
    """Tell whether two numbers of months are the same term: 13 and 25 are 12 and 24 plus the days left of a renewal."""
    return one == other or (one in _YEARS and _YEARS.get(one) == _YEARS.get(other))


def renewal_months(months: int, *, days_left: float) -> int:
    """Return the months to order for a renewal: one more while days are left that would be lost otherwise.

    :param months: the term that the definition asks for
    :param days_left: days until the certificate in use expires
    """
    base = 12 * _YEARS.get(months, 1)
    return base + 1 if days_left > 0 else base
