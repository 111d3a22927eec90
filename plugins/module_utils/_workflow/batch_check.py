# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the hosts of a batch may do, before anything is sent."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.run_stop import STOP
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json, Rows, grouped
from ansible_collections.wotrus.pki.plugins.module_utils._model.products import known_product
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import PROVIDED
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Limits, Permission
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import Action
from ansible_collections.wotrus.pki.plugins.module_utils._planning.results import NOT_CHARGED
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.approved_plan import Plan, plan_digest, stale_plans
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.host_tasks import Hosts, HostTasks, plans_of
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.limit import Forecast, by_claim, claimants, forecast
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.send import REISSUED

_MOST_NAMES = 20
_REQUEST = ("action", "idempotence_id", "order_id")


@dataclasses.dataclass(frozen=True)
class BatchCheck(Forecast):
    """What the hosts of a batch may do: the forecast, and what else was compared.

    :ivar hosts: the hosts of the batch
    :ivar approved: what may be sent, as it was approved, by host and name, each with its ``action``,
        ``idempotence_id`` and ``order_id``; empty without an approved plan
    :ivar claims: the hosts that claim an order, by its key
    :ivar shared: first orders that other hosts with the same provided key have, by host and name
    :ivar plan_digest: of the approved plan; ``None`` without one
    :ivar error: why nothing may be done at all
    """

    hosts: t.Sequence[str] = ()
    approved: t.Mapping[str, t.Mapping[str, Json]] = dataclasses.field(default_factory=dict)
    claims: t.Mapping[str, t.Sequence[str]] = dataclasses.field(default_factory=dict)
    shared: t.Mapping[str, t.Mapping[str, str]] = dataclasses.field(default_factory=dict)
    plan_digest: str | None = None
    error: Message | None = None

    def as_result(self) -> dict[str, t.Any]:
        """Return it as a task registers it."""
        return {name: value for name, value in dataclasses.asdict(self).items() if name != "error"}


def permission(registered: Json, host: str) -> Permission:
    """Return what may be sent for a host, by the result of its batch."""
    of_host = {name: registered[name].get(host) or {} for name in ("blocked", "approved", "shared")}
    return Permission(
        limits=Limits(**registered["limits"]),
        plan_digest=registered["plan_digest"],
        foreign=tuple(order_id for order_id, hosts in registered["claims"].items() if {host} != set(hosts)),
        **of_host,
    )


def check_batch(
    batch: Hosts,
    others: Hosts = (),
    *,
    reissue: t.Sequence[str] = (),
    approved: Plan | None = None,
    max_age_days: float | None = None,
) -> BatchCheck:
    """Compare a batch with the order limit and the approved plan.

    :param others: the other hosts of the play: what earlier batches were charged for counts
    :param reissue: names of certificates to reissue
    :param approved: the approved plan by host; ``None`` if the run has none
    :param max_age_days: the age from which it is too old; ``None`` for none
    """
    plans = plans_of(batch)
    found = forecast(
        plans,
        [tasks.limits for tasks in batch if tasks.limits is not None],
        others=plans_of(others),
        placed=_charged_values(others),
        reissued=sum(REISSUED in row["steps"] for tasks in others for row in tasks.results),
        stopped=STOP.why,
    )
    stale = [] if approved is None else stale_plans(plans, approved, max_age_days=max_age_days)
    error = _unknown_certificates([*batch, *others], reissue)
    if error is None and stale:
        error = Message(
            "The approved plan is stale, so nothing was sent. Make a new plan. {words}", words=stale[:_MOST_NAMES]
        )
    # The plan of now was compared, so it is what was approved, whatever else the approved one says.
    requests = {
        tasks.host: {row["name"]: {name: row.get(name) for name in _REQUEST} for row in tasks.plans or ()}
        for tasks in (batch if approved is not None else ())
    }
    claims = claimants([*plans, *plans_of(others)])
    hosts = [tasks.host for tasks in batch]
    return BatchCheck(
        **vars(found),
        hosts=hosts,
        approved=requests,
        claims=claims,
        shared=_shared_orders(plans, [*plans, *plans_of(others)]),
        plan_digest=plan_digest(approved),
        error=error,
    )


def _shared_orders(plans: Rows, every: Rows) -> dict[str, dict[str, str]]:
    """Return the first order of a name that other hosts have with the same provided key, by the hosts that have none.

    Those hosts must agree, and no other certificate may claim it. Of a product that may have a companion order, only
    Create answers that.

    :param every: the plans of earlier batches too
    """
    names = ("order_name", "product", "provided_key")
    sharing = grouped((tuple(row[name] for name in names), row) for row in every if row["storage"] == PROVIDED)
    claiming, hosts = by_claim(every), {row["host"] for row in plans}
    found: dict[str, dict[str, str]] = {}
    for (_name, product_id, _key), rows in sharing.items():
        roots = {id_key(root): root for row in rows if (root := _known_root(row))}
        own, product = {(row["host"], row["name"]) for row in rows}, known_product(product_id)
        if len(roots) != 1 or product is None or product.is_sm2:
            continue
        [(key, root)] = roots.items()
        if own.issuperset((row["host"], row["name"]) for row in claiming[key]):
            for row in rows:
                if row["host"] in hosts and row["action"] == Action.ORDER.value and row["follows"] is None:
                    found.setdefault(row["host"], {})[row["name"]] = root
    return found


def _known_root(row: Json) -> str | None:
    """Return the order of the purchase that a plan is about; ``None`` if it says none."""
    root = row["follows"] or row["root_order_id"]
    return str(root) if root and id_key(root) in row["claims"] else None


def _charged_values(hosts: Hosts) -> set[str]:
    """Return the idempotence values of the plans whose orders were charged."""
    charged = {(row["host"], row["name"]) for tasks in hosts for row in tasks.results if row["charged"] != NOT_CHARGED}
    return {str(row["idempotence_id"]) for row in plans_of(hosts) if (row["host"], row["name"]) in charged}


def _unknown_certificates(hosts: Hosts, reissue: t.Sequence[str]) -> Message | None:
    """Return an error about names to reissue that no host has.

    While the certificates of a host are not known, every name may be one of them.
    """
    known = {name for tasks in hosts for name in tasks.certificates or ()}
    names = dict.fromkeys([*reissue, *(name for tasks in hosts for name in tasks.reissue)])
    unknown = [name for name in names if name not in known]
    if not unknown or any(tasks.certificates is None for tasks in hosts):
        return None
    return Message(
        "wotrus_reissue names {names}, and no host of this play has a certificate of that name. Nothing was sent. "
        "There are {known}.",
        names=unknown,
        known=sorted(known)[:_MOST_NAMES],
    )


def would_change(tasks: HostTasks, found: BatchCheck) -> bool:
    """Return whether a run would change a host, within what the batch allows.

    A notification that is pending from an earlier run is no order, and no limit holds it back.
    """
    blocked = found.blocked.get(tasks.host) or {}
    return any(
        row["would_change"] and (row["name"] not in blocked or row["reload_pending"]) for row in tasks.plans or ()
    )
