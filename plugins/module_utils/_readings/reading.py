# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A point that the manual leaves open, and how it is learned."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

OLD_ORDER, FIRST_ORDER, REISSUE, ACT, CANNOT = "old_order", "first_order", "reissue", "act", "cannot"

WAYS = {
    OLD_ORDER: Message("by Query and RetrievePem of an old order"),
    FIRST_ORDER: Message("by the first order"),
    REISSUE: Message("by the first reissue"),
    ACT: Message("only by an act"),
    CANNOT: Message("not by answers"),
}
"""How a reading is learned."""


@dataclasses.dataclass(frozen=True)
class Reading:
    """A point that the manual leaves open.

    :ivar question: what is open
    :ivar decides: what the collection does with the answer
    :ivar learned_by: one of :data:`WAYS`
    :ivar words: the fixed words of its answers, the usual one first
    :ivar found: what WoTrus does, by each word that can be observed
    :ivar how: the act that shows it, or why answers do not
    :ivar compatible: the words that contradict no other one
    :ivar is_of_product: it may differ between products
    """

    question: Message
    decides: Message
    learned_by: str
    words: tuple[str, ...]
    found: t.Mapping[str, Message] = dataclasses.field(default_factory=dict)
    how: Message | None = None
    compatible: frozenset[str] = frozenset()
    is_of_product: bool = False


QUERY_FIELDS = ("id", "productID", "cn", "org", "orgName", "orderNumber", "duration", "isPay", "pendingLink")
"""The fields without which Query may answer; ``createTime`` has a reading of its own."""

DAYS = (90, 100, 200, 360, 398, 460)
