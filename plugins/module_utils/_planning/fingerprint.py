# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a person approves of a certificate's plan, as HMACs: they name a later change, and tell no value."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import json
import typing as t
from collections.abc import Mapping

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._orders.documents import load_document
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import (
    DOING,
    PLACING,
    SENDING,
    Action,
    Decision,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.renewal import paid_months

SAME_KEY = "api_token"
REQUEST = "request"
PLANNED_AT = "planned_at"
FINGERPRINT = "fingerprint"
DOCUMENTS = "documents"
_LENGTH = 16
# The certificates have their own values. The others change no request and no file.
_OTHER_VARIABLES = (
    "wotrus_api_token",
    "wotrus_actions",
    "wotrus_approver",
    "wotrus_certificates",
    "wotrus_fail_on_changes",
    "wotrus_journal",
    "wotrus_language",
    "wotrus_max_charged_orders",
    "wotrus_max_plan_age_days",
    "wotrus_max_reissues",
    "wotrus_plan_file",
    "wotrus_prices",
    "wotrus_readings",
    "wotrus_reissue",
    "wotrus_task_timeout",
    "wotrus_unlisted_certificates",
    "wotrus_wait_timeout",
    "wotrus_webhooks",
)


def fingerprint(
    decision: Decision, entry: Json, variables: Json, *, value: str | None, planned_at: str, token: str
) -> dict[str, str] | None:
    """Return the HMACs of a plan that does something.

    What was approved is what is done: each option of the entry with its defaults, its documents, each variable of the
    role but limits and timeouts, and the request.

    :param entry: the options of the entry
    :param variables: of the role, by name
    :param value: the idempotence value of the order to place
    :param planned_at: when the plan was made; of a plan to compare, what the approved one says
    :param token: the API token, which is the key of the HMACs
    :returns: by name of an option or variable; ``api_token`` is that of a constant, and ``request`` is only there if
        something is sent
    """
    if decision.action not in DOING:
        return None
    values: dict[str, t.Any] = {
        SAME_KEY: "",
        PLANNED_AT: planned_at,
        **{name: value for name, value in variables.items() if name not in _OTHER_VARIABLES},
        **{name: value for name, value in entry.items() if name != DOCUMENTS},
    }
    if decision.action in PLACING:
        documents = [load_document(document, what=DOCUMENTS) for document in entry.get(DOCUMENTS) or ()]
        values[DOCUMENTS] = list(map(dataclasses.asdict, documents))
    if decision.action in SENDING:
        values[REQUEST] = {
            "action": decision.action.value,
            "idempotence_id": value,
            "months": _months(decision.months) if decision.action in PLACING else None,
            "followed": id_key(decision.follows or ""),
            "reissued": id_key(decision.order_id or "") if decision.action is Action.REISSUE else None,
        }
    return {name: _hmac(token, value) for name, value in values.items()}


def changed_names(approved: Mapping[str, t.Any], now: Mapping[str, t.Any]) -> list[str]:
    """Return the names of what changed since the approval.

    A request that was approved and is sent already does not count.

    :returns: ``api_token`` alone if another token made the plan, and ``fingerprint`` alone if it has no HMACs
    """
    if SAME_KEY not in approved:
        return [FINGERPRINT]
    if approved.get(SAME_KEY) != now[SAME_KEY]:
        return [SAME_KEY]
    sent = () if REQUEST in now else (REQUEST, DOCUMENTS)
    return sorted(name for name in {*approved, *now} if approved.get(name) != now.get(name) and name not in sent)


def _months(months: int | None) -> list[int]:
    """Return the months of an order, with the smaller term in place of a refused 13 or 25."""
    return [months, paid_months(months)] if months else []


def _hmac(token: str, value: t.Any) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    digest = hmac.new(token.encode("utf-8"), text.encode("ascii"), hashlib.sha256).hexdigest()[:_LENGTH]
    # AWX writes texts with a tag, and ansible-core reads a text of digits as a number from 2.19 on.
    return f"h{digest}"
