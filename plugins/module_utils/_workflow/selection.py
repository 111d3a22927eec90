# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Select the orders of named certificates, by the hosts' records.

A record is a claim: the operations that follow compare each order's product and common name with the entry.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import shlex
import typing as t
from collections.abc import Mapping

from ansible_collections.wotrus.pki.plugins.module_utils._errors import NotFound, OrderDead, OrderMismatch
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import clean_id, id_key, is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Rows
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import (
    EXTERNAL,
    HOST,
    PKCS11,
    REISSUE,
    ROLLED_BACK,
    UKEY,
    LiveCertificate,
    OrderFacts,
    PendingOrder,
    Record,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import read_time
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import HostState
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, Text, text


def orders_to_cancel(deployments: Rows, entries: Rows, language: str = "en") -> dict[str, t.Any]:
    """Return the pending orders of certificates.

    :param deployments: ``deployments`` of ``wotrus_deployment_info``, a row for each name
    :param entries: ``wotrus_certificates`` of the host
    :returns: ``orders``, each with ``order_id``, ``name``, ``product``, ``common_name``,
        ``organization``; ``companions``, the SM2 orders beside them, which no record's word ends; ``idle``, the
        names of certificates without an order; ``faults``, why not, for each other one
    """
    selected = [(_name_of(state), *_selected(state, _order_to_cancel)) for state in _states_of(deployments)]
    return _found(selected, entries, language)


def orders_to_revoke(
    deployments: Rows, entries: Rows, names: t.Sequence[str], language: str = "en"
) -> dict[str, t.Any]:
    """Return the live orders of certificates, and superseded orders.

    :param deployments: a row for each name, and for each certificate of the host
    :param names: names of certificates, and ids of superseded orders
    :returns: as :func:`orders_to_cancel`
    """
    states = _states_of(deployments)
    return _found([_named(name, states) for name in names], entries, language)


ENDED = (OrderDead.error_code, OrderMismatch.error_code)
"""Errors of a revocation after which the order leaves ``superseded``: it has ended, or is not as the record says."""

NOT_REVOKED = (*ENDED, NotFound.error_code)
"""The same, and that of an order that WoTrus no longer shows. They fail no run."""

_MOST_REVOKED = 20
"""The superseded orders of a certificate that one run asks WoTrus about; a host keeps fewer releases."""

_OTHER_LIVE = Message("What is live is not the certificate that the record names.")

_Part = t.Union[PendingOrder, LiveCertificate, None]
_Selected = tuple[_Part, t.Optional[Text]]
"""The part of a record with the order; or why there is none, if that is a fault."""


def _selected(state: HostState, select: t.Callable[[HostState], _Selected]) -> _Selected:
    return select(state) if state.has_record else (None, _fault(state))


def _named(name: str, states: t.Sequence[HostState]) -> tuple[str, _Part, Text | None]:
    """Return the certificate of a name with its live order, or that which a superseded order was of."""
    own = next(state for state in states if _name_of(state) == name)
    former = [(state, one) for state in states for one in state.record.superseded if is_same_id(one.order_id, name)]
    if own.has_record or not former:
        return name, *_selected(own, _order_to_revoke)
    state, found = former[-1]
    in_use = {key for one in states for key in _orders_of(one.record)}
    why = Message("Order {order_id} is live or pending on this host.", order_id=found.order_id)
    return _name_of(state), found, why if id_key(name) in in_use else None


def _found(selected: t.Iterable[tuple[str, _Part, Text | None]], entries: Rows, language: str) -> dict[str, t.Any]:
    """Return the orders of the selected certificates."""
    found: dict[str, t.Any] = {"orders": [], "companions": [], "idle": [], "faults": []}
    for name, part, fault in selected:
        claims = _claim(name, part.order_id, entries) if part is not None else []
        why = fault or (None if part is None or claims else _without_entry(part))
        if why:
            found["faults"].append(f"{name}: {text(why, language)}")
        elif part is None:
            found["idle"].append(name)
        else:
            found["orders"] += claims
            if part.companion_order_id:
                found["companions"].append(f"{name}: {part.companion_order_id}")
    return found


def _without_entry(part: OrderFacts) -> Message:
    return Message(
        "wotrus_certificates has no entry of this name, with which order {order_id} could be compared. Add the entry, "
        "or end the order by its id, with the modules.",
        order_id=part.order_id,
    )


def _order_to_cancel(state: HostState) -> _Selected:
    record, pending = state.record, state.record.pending
    if pending is None:
        return None, None
    # A reissue leaves the companion of its order as it is.
    is_reissue = pending.operation == REISSUE
    return dataclasses.replace(pending, companion_order_id=None) if is_reissue else pending, _kept(pending, record)


def _order_to_revoke(state: HostState) -> _Selected:
    record = state.record
    if record.live is None:
        return None, Message("No certificate is live.")
    if not record.live.order_id:
        return None, Message("The record does not name the order of the live certificate.")
    return record.live, None if state.is_live_recorded else _OTHER_LIVE


def _fingerprint(state: HostState) -> str | None:
    """Return the fingerprint of what is live."""
    return state.live_certificate.fingerprint_sha256 if state.live_certificate else None


@dataclasses.dataclass(frozen=True)
class HostOrders:
    """What is known of the orders of a host of the inventory.

    :ivar deployments: ``deployments`` of ``wotrus_deployment_info``, as they are now; ``None`` if they were not read
    :ivar plans: its plans in this run
    :ivar certificates: how many certificates it has in the inventory
    """

    host: str
    deployments: Rows | None
    plans: Rows
    certificates: int


def superseded_orders(inventory: t.Sequence[HostOrders], language: str = "en") -> dict[str, t.Any]:
    """Return the superseded orders that may be revoked.

    :param inventory: all hosts of the inventory
    :returns: ``orders`` by host, each with its ``order_id``, ``name``, ``path``, ``product``, ``common_name``,
        ``organization`` and ``fingerprint_sha256``, and if only a person may request its revocation, ``advice``;
        ``unseen``, the hosts whose orders are not known: nothing is revoked if there is one
    """
    read = [(host, _states_of(host.deployments or ())) for host in inventory]
    unseen = [host.host for host, states in read if _is_unseen(host, states)]
    every = [state for _one, states in read for state in states]
    in_use = {key for state in every for key in (*_orders_of(state.record), *_rolled_back(state.record))}
    # What is live may be a copy of another host's files, whose record is gone.
    in_use.update(filter(None, map(_fingerprint, every)))
    if unseen:
        return {"orders": {}, "unseen": unseen}
    found = {host.host: list(_superseded_on(host, states, in_use, language)) for host, states in read}
    return {"orders": {host: rows for host, rows in found.items() if rows}, "unseen": unseen}


def _is_unseen(host: HostOrders, states: t.Sequence[HostState]) -> bool:
    """Return whether this run does not know all orders of a host.

    If its certificates are in variables of the play, it is not known which other hosts have them.
    """
    if not host.certificates:
        return bool(host.plans)
    return len(states) < host.certificates or any(map(_is_unreadable, states))


def _superseded_on(
    host: HostOrders, states: t.Sequence[HostState], in_use: t.Collection[str], language: str
) -> t.Iterator[dict[str, t.Any]]:
    """Yield the orders of a host.

    :param in_use: keys of the orders that are live or pending on any host, and fingerprints of what is live
    """
    plans = {row["name"]: row for row in host.plans}
    for state in states:
        record, name, plan = state.record, _name_of(state), plans.get(_name_of(state))
        if record.live is None or state.live is None or not state.live.key_matches or not state.is_live_recorded:
            continue
        # Under another name it may be the record of another host.
        if plan is None or record.order_name != plan["order_name"]:
            continue
        for former in _superseded(state, read_time(plan.get("planned_at"))):
            order_id, fingerprint = str(former.order_id), former.fingerprint_sha256
            if id_key(order_id) not in in_use and fingerprint not in in_use:
                advice = _advice(former, record, host=host.host, name=name)
                shown = {"advice": text(advice, language) if advice else None}
                for claim in _claim(name, order_id, [plan]):
                    yield {**claim, **shown, "path": state.path, "fingerprint_sha256": fingerprint}


def _advice(former: LiveCertificate, record: Record, *, host: str, name: str) -> Message | None:
    """Return what a person can do if no run may request a revocation."""
    order_id = str(former.order_id)
    values = {"host": host, "name": name, "order_id": order_id, "command": revoke_command(host, order_id)}
    if former.revocation_requested:
        return Message(
            "{host}: {name}: WoTrus did not revoke order {order_id}, although a run requested it. To request it again, "
            "with wotrus_revocation_document and wotrus_revocation_reason: {command}",
            **values,
        )
    if _is_of_one_host(former, record, host):
        return None
    return Message(
        "{host}: {name}: order {order_id} is superseded, and no run revokes it, since hosts that this run does not see "
        "may use its key or its order. If no host uses it any more, request its revocation, with "
        "wotrus_revocation_document and wotrus_revocation_reason: {command}",
        **values,
    )


def _is_of_one_host(former: LiveCertificate, record: Record, host: str) -> bool:
    """Return whether no other host can use a certificate: its key was made on this one, after which its order is named.

    A run sees the hosts of its inventory. Others, such as those of another job slice, may use a key that was provided
    or imported, and an order whose name the entry gives.
    """
    is_made_here = former.storage in (UKEY, EXTERNAL) or (
        former.storage in (HOST, PKCS11) and former.key_made_at is not None
    )
    return is_made_here and str(record.order_name).endswith(f"@{host}")


def _is_unreadable(state: HostState) -> bool:
    """Return whether a directory has data but no readable record.

    Its orders are then not known.
    """
    return not state.has_record and any((state.fault, state.live, state.pending))


def matching_certificates(deployments: Rows, order_ids: t.Sequence[str]) -> list[str]:
    """Return the names of certificates of orders: the filter ``_matching_certificates``.

    Certificates that wait for the orders are among them.

    :param order_ids: the ids of the orders, in any spelling
    """
    wanted = set(map(id_key, order_ids))
    return [_name_of(state) for state in _states_of(deployments) if _orders_of(state.record) & wanted]


def missing_orders(order_ids: t.Sequence[str], hosts: t.Iterable[Rows], *, complete: bool) -> list[str]:
    """Return the keys of orders that no record of the hosts names.

    :param hosts: ``deployments`` of each host, as they were read
    :param complete: every host that may have one of the orders was read; only then a host may say that an order is
        superseded, since another host may wait for it
    """
    states = [state for deployments in hosts for state in _states_of(deployments)]
    named = {key for state in states for key in _orders_of(state.record)}
    if complete and not any(map(_is_unreadable, states)):
        former = [former.order_id for state in states for former in state.record.superseded]
        named.update(id_key(order_id) for order_id in former if order_id)
    return [key for key in dict.fromkeys(map(id_key, order_ids)) if key not in named]


def _orders_of(record: Record) -> set[str]:
    """Return the keys of a record's pending and live orders, with their companions."""
    parts = [part for part in (record.pending, record.live) if part is not None]
    return {id_key(known) for part in parts for known in (part.order_id, part.companion_order_id) if known}


def _claim(name: str, order_id: str | None, entries: Rows) -> list[dict[str, t.Any]]:
    """Return a certificate's order, with what it must be for.

    What WoTrus corrected in the names of an order is accepted if the entry names the order.

    :param entries: entries of ``wotrus_certificates``, or plans
    """
    entry = next((entry for entry in entries if entry.get("name") == name), None)
    if order_id is None or entry is None:
        return []
    organization = entry["organization"]
    named = entry.get("entry_order_ids") or (entry.get("order_id"), entry.get("root_order_id"))
    is_named = any(is_same_id(named_id, order_id) for named_id in named)
    names = {
        "common_name": entry["common_name"],
        "organization": organization["name"] if isinstance(organization, Mapping) else organization,
    }
    own = {"name": name, "order_id": order_id, "product": entry["product"]}
    return [{**own, **(dict.fromkeys(names) if is_named else names)}]


def _states_of(deployments: Rows) -> list[HostState]:
    return [HostState.read(row, path=row["path"]) for row in deployments]


def _name_of(state: HostState) -> str:
    """Return the certificate's name, from its folder."""
    return state.path.rstrip("/").rpartition("/")[2]


def _fault(state: HostState) -> Text:
    """Return why a row has no record that can be used."""
    return state.fault[1] if state.fault else Message("{path} has no record.", path=state.path)


def _kept(pending: PendingOrder, record: Record) -> Message | None:
    """Return why an order may not be cancelled; ``None`` if it may."""
    if not pending.order_id and pending.operation == REISSUE:
        return Message(
            "A reissue of order {order_id} is prepared, and whether WoTrus has it is not recorded. Run the role "
            "again, which sends the same reissue.",
            order_id=pending.superseded_order_id,
        )
    if not pending.order_id:
        return Message(
            "Whether WoTrus has the prepared order is not recorded. Search there for the idempotence value "
            "{idempotence_id} and cancel that order by its id. Or run the role again, which sends the same order.",
            idempotence_id=pending.idempotence_id,
        )
    reissued = (pending.superseded_order_id, record.live.order_id if record.live else None)
    if any(is_same_id(pending.order_id, order_id) for order_id in reissued):
        # The manual's example of a reissue has the same id for both orders (manual, section 7).
        return Message("The reissue has the same id as its order. That order would be cancelled too.")
    return None


def _rolled_back(record: Record) -> set[str]:
    """Return the keys of the orders whose releases were rolled back."""
    return {id_key(former.order_id or "") for former in record.superseded if former.operation == ROLLED_BACK}


def _superseded(state: HostState, now: dt.datetime | None) -> list[LiveCertificate]:
    """Return the certificates that a reissue superseded, the newest first.

    Each has an order, has not expired, and was live in a release that is still on the host.
    """
    found = {
        former.release: former
        for former in state.record.superseded
        if former.operation == REISSUE
        and former.order_id
        and former.fingerprint_sha256
        and former.release in state.releases
        and not _has_expired(former, now)
    }
    return list(found.values())[: -_MOST_REVOKED - 1 : -1]


def _has_expired(former: LiveCertificate, now: dt.datetime | None) -> bool:
    end = read_time(former.not_after)
    return end is not None and now is not None and end <= now


def revoke_command(host: str, order_id: str) -> Message:
    """Return the command that requests the revocation of a superseded order.

    The id is a host's word, and has only characters of ids. Quotes would have backslashes in the output of Ansible.
    """
    return Message(
        "ansible-playbook wotrus.pki.revoke --limit {host} -e wotrus_revoke={order_id}",
        host=shlex.quote(host),
        order_id=clean_id(order_id),
    )
