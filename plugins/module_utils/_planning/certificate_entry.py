# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The entries of a host, checked."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._model.deploy_window import DeployWindow
from ansible_collections.wotrus.pki.plugins.module_utils._model.idempotence import (
    follow_idempotence_id,
    order_idempotence_id,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json, Params
from ansible_collections.wotrus.pki.plugins.module_utils._model.order import NewOrder
from ansible_collections.wotrus.pki.plugins.module_utils._model.verification import STRICT
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order import new_order
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import DOING, PLACING, Action, Decision
from ansible_collections.wotrus.pki.plugins.module_utils._planning.entry import (
    check_order_id,
    names_twice,
    option_of,
    wanted,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts, WantedCertificate, moment
from ansible_collections.wotrus.pki.plugins.module_utils._planning.split_names import split_names


def allowed_actions(params: Params) -> list[Action]:
    """Return the actions that a run may take."""
    return list(DOING) if params["actions"] is None else [Action(name) for name in params["actions"]]


@dataclasses.dataclass(frozen=True)
class CertificateEntry:
    """An entry of ``certificates``: its options, and what they ask for.

    :ivar accounts: the users and groups that its files need: the option, ``owner`` or ``group``, and the name
    """

    options: Json
    wanted: WantedCertificate
    path: str
    accounts: t.Sequence[tuple[str, str, str]] = ()


def read_entries(params: Params) -> list[CertificateEntry]:
    """Read the entries of a host.

    :raises InvalidInput: an entry or the window makes no sense, or two entries share a name
    """
    replace_orders = split_names(params["replace_orders"])
    for order_id in replace_orders:
        check_order_id(order_id, option="replace_orders")
    reissue = split_names(params["reissue"])
    of_run = {
        "host": params["host"],
        "namespace": params["order_namespace"],
        "may_renew": Action.RENEW in allowed_actions(params),
        "keys_since": moment(params["keys_since"], option="keys_since"),
        "replace_orders_of_run": frozenset(map(id_key, replace_orders)),
        "deploy_window": DeployWindow.read(params["deploy_window"]) if params["deploy_window"] else None,
        "alarm_days": params["alarm_days"],
        "alarm_waiting_days": params["alarm_waiting_days"],
        "is_strict": params["verification"] == STRICT,
        "key_home": params["key_home"],
    }
    wants = [wanted(entry, reissue_requested=entry["name"] in reissue, **of_run) for entry in params["certificates"]]
    for msg in names_twice([(want.name, want.order_name) for want in wants]):
        raise InvalidInput(msg)
    return [
        CertificateEntry(entry, want, f"{params['base_dir']}/{want.name}", _accounts(entry, params))
        for entry, want in zip(params["certificates"], wants)
    ]


def _accounts(entry: Json, params: Params) -> list[tuple[str, str, str]]:
    given = [
        *((f"wotrus_{kind}", kind, params[kind]) for kind in ("owner", "group")),
        *((f"pkcs12.{kind}", kind, option_of(entry, f"pkcs12.{kind}")) for kind in ("owner", "group")),
        *(("wotrus_trusted_groups", "group", name) for name in params["trusted_groups"] or ()),
    ]
    return [(option, kind, name) for option, kind, name in given if name]


def planned_order(entry: CertificateEntry, decision: Decision, **of_host: str | None) -> NewOrder:
    """Return the order that a decision places.

    :param of_host: ``csr``, ``csr_path`` and ``ukey_password``, in place of those of the entry
    :raises InvalidInput: something is missing or unusable
    """
    return new_order(
        {
            **entry.options,
            "name": entry.wanted.order_name,
            "follows": decision.follows,
            "months": decision.months,
            "ukey_ship_address": option_of(entry.options, "ukey.ship_address"),
            **of_host,
        }
    )


def order_value(facts: Facts, decision: Decision) -> str | None:
    """Return the idempotence value of the order that a decision places."""
    if decision.action not in PLACING:
        return None
    if decision.follows is not None:
        return follow_idempotence_id(decision.follows)
    return order_idempotence_id(facts.wanted.order_name)
