# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan as a result has it: plain data."""

from __future__ import annotations

import datetime as dt
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.idempotence import order_idempotence_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import format_timestamp
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import (
    ASKING,
    PLACING,
    Decision,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts
from ansible_collections.wotrus.pki.plugins.module_utils._planning.renewal import days_left, window


def show(facts: Facts, decision: Decision, state: t.Mapping[str, t.Any] | None) -> dict[str, t.Any]:
    """Return a plan as a result has it.

    :param state: of the certificate's directory, which names its path
    """
    live, want = facts.live, facts.wanted
    return {
        "name": want.name,
        "path": (state or {}).get("path"),
        "order_name": order_name(facts),
        "action": decision.action.value,
        "reason": decision.reason,
        "msg": decision.msg,
        "charged": decision.charged,
        "next_action": decision.next_action,
        "pending_link": decision.pending_link,
        "generation": decision.generation,
        "months": decision.months,
        "order_id": decision.order_id,
        "companion_order_id": None if decision.action in PLACING else facts.companion_order_id,
        "operation": facts.asked.operation if facts.asked else None,
        "reload_owed": facts.reload_owed,
        "status": facts.order.status if facts.order else None,
        "stage": facts.order.stage.value if facts.order else None,
        "not_after": format_timestamp(live.not_after) if live else None,
        "days_left": round(days_left(live, facts.now), 1) if live else None,
        "renew_at": format_timestamp(window_opens(facts)) if live else None,
        "planned_at": format_timestamp(facts.now),
        "key": want.definition["key"],
        "subject": want.definition["subject"],
        "record": _record(facts, decision),
    }


def order_name(facts: Facts) -> str:
    """Return the name of the order: as it was asked for, also where the entry or the host has another name by now."""
    return facts.order_name or facts.wanted.order_name


def window_opens(facts: Facts) -> dt.datetime:
    """Return when the certificate that is live is due for renewal."""
    live = facts.live
    return window(live, facts.wanted).opens if live else facts.now


def _record(facts: Facts, decision: Decision) -> dict[str, t.Any] | None:
    """Return what the host's record has to say before anything is sent; ``None`` where nothing will be."""
    if decision.action not in ASKING:
        return None
    want = facts.wanted
    placing = decision.action in PLACING
    return {
        "name": want.name,
        "order_name": order_name(facts),
        "operation": decision.action.value,
        "generation": decision.generation,
        "months": decision.months,
        "idempotence_id": (
            order_idempotence_id(name=order_name(facts), generation=decision.generation or 1) if placing else None
        ),
        "definition": dict(want.definition),
        "superseded_order_id": decision.superseded_order_id,
        "companion_order_id": None if placing else facts.companion_order_id,
    }
