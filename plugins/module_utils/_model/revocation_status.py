# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The revocation status of a certificate, as readers of a signature see it."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Text, shown

OFF, CONTROLLER, HOSTS = "off", "controller", "hosts"
"""The values of ``wotrus_check_revocation``: where the addresses are asked from."""

STATES = ("revoked", "unusable", "stale", "unreachable", "no_address", "good")
"""The worst first. An unusable answer is of no use to a reader: unsigned, for another certificate, or not supported."""

REVOKED, UNUSABLE, STALE, UNREACHABLE, NO_ADDRESS, GOOD = STATES
UNKNOWN_STATES = (UNUSABLE, STALE, UNREACHABLE)
"""The states in which a reader that needs an answer does not trust the signature."""


@dataclasses.dataclass(frozen=True)
class RevocationStatus:
    """The revocation status of one certificate of a path.

    :ivar source: ``ocsp`` or ``crl``; ``None`` without a usable answer, and then there are no times and numbers either
    :ivar address: where the answer is from
    :ivar age: the seconds since ``this_update``
    :ivar size: of the answer, in bytes
    :ivar msg: why it is not good
    """

    subject: str
    state: str
    source: str | None = None
    address: str | None = None
    this_update: str | None = None
    next_update: str | None = None
    age: int | None = None
    size: int | None = None
    msg: Text | None = None

    def as_dict(self) -> dict[str, t.Any]:
        """Return it as results have it."""
        return {**vars(self), **shown(msg=self.msg)}


def unchecked(error: Text) -> RevocationStatus:
    """Return the status of a path that could not be checked at all."""
    return RevocationStatus(subject="", state=UNREACHABLE, msg=error)


def worst_state(statuses: t.Iterable[RevocationStatus]) -> str | None:
    """Return the worst state of a path; ``None`` without certificates."""
    return min((status.state for status in statuses), key=STATES.index, default=None)
