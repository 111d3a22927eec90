# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan says."""

from __future__ import annotations

import dataclasses
import enum


class Action(enum.Enum):
    """What is to be done for a certificate."""

    NOTHING = "nothing"
    RESUME = "resume"
    ORDER = "order"
    RENEW = "renew"
    REISSUE = "reissue"
    BLOCKED = "blocked"


PLACING = (Action.ORDER, Action.RENEW)
"""The actions that place an order."""

ASKING = (*PLACING, Action.REISSUE)
"""The actions that send a request to the CA, for which the host has a key and a record before."""

DOING = (Action.ORDER, Action.RENEW, Action.REISSUE, Action.RESUME)
"""The actions that do something."""


@dataclasses.dataclass(frozen=True)
class Decision:
    """A decision on one certificate.

    :ivar reason: a stable word
    :ivar charged: carrying it out may place an order that costs money
    :ivar next_action: what happens next, and who does it
    :ivar generation: of the order to place
    :ivar order_id: the order to resume or to reissue
    """

    action: Action
    reason: str
    msg: str
    charged: bool = False
    next_action: str | None = None
    pending_link: str | None = None
    generation: int | None = None
    months: int | None = None
    order_id: str | None = None
    superseded_order_id: str | None = None
