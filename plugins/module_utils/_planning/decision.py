# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The decision about a certificate: its next action, and why."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum

from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, Text


class Action(enum.Enum):
    """The next action for a certificate."""

    NOTHING = "nothing"
    RESUME = "resume"
    ORDER = "order"
    RENEW = "renew"
    REISSUE = "reissue"
    BLOCKED = "blocked"


PLACING = (Action.ORDER, Action.RENEW)
"""The actions that place an order."""

SENDING = (*PLACING, Action.REISSUE)
"""The actions that send a request to the CA, for which the host has a key and a record before."""

DOING = (Action.ORDER, Action.RENEW, Action.REISSUE, Action.RESUME)
"""The actions that do something."""


class Handling(enum.Enum):
    """What is done differently about a decision, whatever its words say."""

    DUE = enum.auto()
    """What is live ends without it, by the CA's word."""

    FOREIGN = enum.auto()
    """The order is not this certificate's, so the host claims none."""

    KEY_LOST = enum.auto()
    """The key of the certificate is looked for in its token first, and may change the decision."""

    REPAIR = enum.auto()
    """Files beside the live key are deployed again, so no other key is taken."""

    SKIPPED = enum.auto()
    """The run was not asked for it."""

    UNPAID = enum.auto()
    """A person has to pay first."""


@dataclasses.dataclass(frozen=True)
class Decision:
    """A decision on one certificate.

    :ivar reason: a stable word
    :ivar msg: why; the words of the server or of the host if they say it
    :ivar order_id: the order to resume or to reissue, or that the decision is about
    :ivar root_order_id: its root
    :ivar follows: the root that the order to place follows; ``None`` for the first order of a name
    :ivar months: of the order to place
    :ivar handling: what is done differently about it; ``None`` for nothing
    :ivar may_be_charged: doing it may place an order that costs money
    :ivar is_failure: it is blocked by an error, and not by a rule
    :ivar is_ready: the order may have a certificate to fetch now
    :ivar opens: when the window opens until which the live certificate stays; ``None`` if it may be replaced now
    :ivar superseded_order_id: the order whose place the new one takes
    :ivar refused_order_id: a reissue of the same order that was refused
    :ivar ended_serial_number, ended_not_after: of the certificate that ends, if it is reissued for that
    :ivar pending_link: where a person has to act
    :ivar next_step: what a person can do, or what comes next
    """

    action: Action
    reason: str
    msg: Text
    order_id: str | None = None
    root_order_id: str | None = None
    companion_order_id: str | None = None
    follows: str | None = None
    months: int | None = None
    handling: Handling | None = None
    may_be_charged: bool = False
    is_ready: bool = False
    opens: dt.datetime | None = None
    is_failure: bool = False
    superseded_order_id: str | None = None
    refused_order_id: str | None = None
    ended_serial_number: str | None = None
    ended_not_after: str | None = None
    pending_link: str | None = None
    next_step: Text | None = None
    warnings: tuple[Message, ...] = ()

    @property
    def is_due(self) -> bool:
        """Whether what is live ends without it, by the CA's word; a host's record of a reissue says nothing here."""
        return self.action is Action.RENEW or self.handling is Handling.DUE
