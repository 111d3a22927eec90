# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which certificates signed the newest documents of a service, as its host says it."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Text, shown

LIVE, FORMER, SUPERSEDED, EXPIRED, FOREIGN, NOT_SIGNED, UNREADABLE = STATES = (
    *("live", "former", "superseded", "expired"),
    *("foreign", "not_signed", "unreadable"),
)
"""By whom a document is signed.

``former`` is a superseded certificate that signed before the switch, and ``superseded`` is one that signed after it.
``expired`` is a certificate of the entry that signed after its end. ``foreign`` is none of the entry.
"""

MOST_DOCUMENTS = 20
"""How many documents are read for an entry at most."""


@dataclasses.dataclass(frozen=True)
class Signer:
    """Documents of one state and one certificate.

    :ivar documents: how many
    :ivar newest: the time of the newest
    :ivar since: when the certificate was superseded
    :ivar msg: why the documents cannot be read
    """

    state: str
    documents: int
    newest: str | None = None
    since: str | None = None
    serial_number: str | None = None
    subject: str | None = None
    not_after: str | None = None
    msg: Text | None = None

    def as_dict(self) -> dict[str, t.Any]:
        """Return it as results have it."""
        return {**vars(self), **shown(msg=self.msg)}


@dataclasses.dataclass(frozen=True)
class SignedDocuments:
    """The newest documents of a pattern, without names and contents.

    :ivar found: how many files fit the pattern
    :ivar refused: how many links, pipes and the like fit it besides, which are not read
    :ivar newest: the time of the newest file
    :ivar signers: the newest documents first
    :ivar msg: why the pattern could not be followed, or not to its end
    :ivar limited: the time was over, or there were too many files: of the others, nothing is known
    """

    found: int = 0
    refused: int = 0
    newest: str | None = None
    signers: tuple[Signer, ...] = ()
    msg: Text | None = None
    limited: bool = False

    def as_dict(self) -> dict[str, t.Any]:
        """Return it as results have it."""
        return {**vars(self), "signers": [signer.as_dict() for signer in self.signers], **shown(msg=self.msg)}

    def counts(self) -> dict[str, int]:
        """Return how many of the documents are in each state, for a line of a table."""
        by_state = {state: sum(one.documents for one in self.signers if one.state == state) for state in STATES}
        return {state: number for state, number in by_state.items() if number}
