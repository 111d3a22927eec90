# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host's certificates on the role's road: what one task's results are for the next one.

Pure functions over plain data. A certificate is known by its position among the host's, which is also what the loops
run over. The plan decides, and nothing is decided here.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key
from ansible_collections.wotrus.pki.plugins.module_utils._model.status import Stage
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import ASKING, DOING, Action
from ansible_collections.wotrus.pki.plugins.module_utils._planning.road_results import (
    Json,
    Numbered,
    at,
    bundle_of,
    live_release,
    loop_item,
    pair_of,
    preparation,
    served_by,
)

Rows = t.Sequence[Json]

_ASKING = tuple(action.value for action in ASKING)
_OPEN = tuple(action.value for action in DOING)
# An order in these states has a certificate to fetch, or may have one.
_READY = ("files_damaged", "issued", "pending_ca", "record_lost", "revoking", "rolled_back")
# No request waits for these: their key is in a release.
_DEPLOYED_BEFORE = ("files_damaged", "record_lost", "rolled_back")
_ENDED = ("issued", "revoking", "dead")


@dataclasses.dataclass(frozen=True)
class Walk:
    """The certificates of a host, on their way.

    :ivar plans: ``plans`` of ``wotrus_plan``
    :ivar plan_id: of the plan, which is in the items of the loops that carry it out
    :ivar entries: the certificates' entries of the inventory
    :ivar deployments: ``deployments`` of ``wotrus_deployment_info``
    :ivar ahead: rows of ``wotrus_deployment`` that were prepared when the host was looked at, by path
    :ivar prepared: those that were prepared since
    :ivar placed: results of ``wotrus_order`` by the certificate's position, as ``reissued`` has those of
        ``wotrus_reissue`` and ``fetched`` those of ``wotrus_certificate``
    :ivar waited: the result of ``wotrus_order_info`` after a wait
    :ivar deployed: rows of ``wotrus_deployment`` for what went live, by path
    :ivar options: further options of ``wotrus_deployment`` for each, such as ``owner``
    :ivar heard: somebody in the play may listen for certificates that changed
    """

    plans: Rows
    plan_id: str | None = None
    entries: Rows = ()
    deployments: Rows = ()
    ahead: t.Mapping[str, Json] = dataclasses.field(default_factory=dict)
    prepared: t.Mapping[str, Json] = dataclasses.field(default_factory=dict)
    placed: Numbered = dataclasses.field(default_factory=dict)
    reissued: Numbered = dataclasses.field(default_factory=dict)
    fetched: Numbered = dataclasses.field(default_factory=dict)
    waited: Json = dataclasses.field(default_factory=dict)
    deployed: t.Mapping[str, Json] = dataclasses.field(default_factory=dict)
    options: Json = dataclasses.field(default_factory=dict)
    heard: bool = True

    def to_prepare(self) -> list[dict[str, t.Any]]:
        """What the host prepares: a record, and a key with its request, for each request to send."""
        return [
            {
                **preparation(plan, entry, self.options),
                "expected_live": live_release(state),
                **_expected_pending(plan, state),
            }
            for plan, entry, state in zip(self.plans, self.entries, self.deployments)
            if plan["action"] in _ASKING and plan["path"] not in self.ahead
        ]

    def requests(self) -> list[str | None]:
        """The certificate signing request of each: just prepared, or pending since an earlier run.

        There is none where the certificate was live before.
        """
        found: list[str | None] = []
        for plan, state in zip(self.plans, self.deployments):
            pending = (state.get("pending") or {}).get("csr")
            fresh = self._prepared(plan).get("csr") if plan["action"] in _ASKING else None
            found.append(None if plan["reason"] in _DEPLOYED_BEFORE else fresh or pending)
        return found

    def passwords(self) -> list[str | None]:
        """The UKey password of each order to place, as the host has it."""
        return [self._prepared(plan).get("ukey_password") for plan in self.plans]

    def _prepared(self, plan: Json) -> Json:
        return self.ahead.get(plan["path"]) or self.prepared.get(plan["path"]) or {}

    def to_reissue(self) -> list[dict[str, t.Any]]:
        """The certificates to ask a reissue of."""
        return [
            {**self._item(number), "order_id": plan["order_id"], "reason": plan["reason"]}
            for number, plan in enumerate(self.plans)
            if plan["action"] == Action.REISSUE.value
        ]

    def _item(self, number: int) -> dict[str, t.Any]:
        return loop_item(self.plans, number, self.plan_id)

    def order_ids(self) -> list[str | None]:
        """The order of each that is under way: just placed or reissued, else the one that is resumed."""
        found: list[str | None] = []
        for number, plan in enumerate(self.plans):
            own = at(self.placed, number).get("order_id") or at(self.reissued, number).get("new_order_id")
            found.append(own or (plan["order_id"] if plan["action"] == Action.RESUME.value else None))
        return found

    def companions(self) -> list[str | None]:
        """The order of the SM2 pair beside each, where the product has one: placed just now, or before."""
        return [
            at(self.placed, number).get("companion_order_id") or plan.get("companion_order_id")
            for number, plan in enumerate(self.plans)
        ]

    def to_fetch(self) -> list[dict[str, t.Any]]:
        """The certificates to ask for: one that is under review needs no question."""
        return self._fetches(
            order_id is not None and (plan["action"] != Action.RESUME.value or plan["reason"] in _READY)
            for plan, order_id in zip(self.plans, self.order_ids())
        )

    def waiting(self) -> list[str]:
        """The orders that have no certificate yet, and those of the SM2 pairs beside them."""
        ids = zip(self.order_ids(), self.companions())
        return [
            one
            for number, (order_id, companion) in enumerate(ids)
            if order_id is not None and not _answered(at(self.fetched, number), self.plans[number])
            for one in (order_id, companion)
            if one is not None
        ]

    def to_fetch_again(self) -> list[dict[str, t.Any]]:
        """The certificates to ask for once more, since their orders ended while they were waited for."""
        ended = {row["id"] for row in self.waited.get("orders") or () if row.get("stage") in _ENDED}
        waiting = set(self.waiting()) & ended
        return self._fetches(order_id in waiting for order_id in self.order_ids())

    def waits(self) -> list[dict[str, t.Any]]:
        """How long the batch waited: all its hosts say the same, and the first request tells one wait from another."""
        if not self.waited.get("request_ids"):
            return []
        return [{"first": self.waited["request_ids"][0], "waited": self.waited["waited"]}]

    def _fetches(self, chosen: t.Iterable[bool]) -> list[dict[str, t.Any]]:
        requests, order_ids, companions = self.requests(), self.order_ids(), self.companions()
        return [
            {
                **self._item(number),
                "order_id": order_ids[number],
                "companion_order_id": companions[number],
                "csr": requests[number],
            }
            for number, is_chosen in enumerate(chosen)
            if is_chosen
        ]

    def to_note(self) -> list[dict[str, t.Any]]:
        """What the host notes before anybody waits: the orders' ids, and a UKey password that is not theirs.

        The id of an order whose certificate goes live at once is noted with that.
        """
        return [
            {"path": plan["path"], "state": "recorded", "record": record, "expected_live": live_release(state)}
            for number, (plan, state) in enumerate(zip(self.plans, self.deployments))
            if plan["action"] in _ASKING
            and plan["path"] not in self.deployed
            and (record := self._record(number)).get("order_id")
        ]

    def to_present(self) -> list[dict[str, t.Any]]:
        """What goes live on the host at once: the certificates that were fetched, where none is waited for.

        Where a UKey password is not known, all wait for the note of it, so that the one just made gets into no release.
        """
        ready = self._ready()
        unknown = any(one["record"].get("ukey_password_known") is False for one in ready)
        return [] if unknown or self.waiting() else ready

    def to_present_later(self) -> list[dict[str, t.Any]]:
        """What goes live once the orders are noted, and after a wait: all that was fetched and is not live yet."""
        return [one for one in self._ready() if one["path"] not in self.deployed]

    def _ready(self) -> list[dict[str, t.Any]]:
        ready: list[dict[str, t.Any]] = []
        for number, (plan, state) in enumerate(zip(self.plans, self.deployments)):
            certificate = at(self.fetched, number)
            if certificate.get("issued"):
                found = {**bundle_of(certificate), **pair_of(certificate)}
                owed = self.heard or bool(self.entries[number].get("reload"))
                record = {"order_id": certificate["order_id"], **self._record(number), "reload_owed": owed}
                own = {"path": plan["path"], "state": "present", "key": plan["key"], "record": record}
                own["expected_live"] = live_release(state)
                pkcs12 = self.entries[number].get("pkcs12")
                ready.append({**self.options, **own, **found, **({"pkcs12": pkcs12} if pkcs12 else {})})
        return ready

    def unsettled(self) -> bool:
        """Whether an order has no certificate yet, or one that is not live yet."""
        return bool(self.waiting() or self.to_present_later())

    def foreign(self) -> list[dict[str, t.Any]]:
        """For the next plan: orders whose certificate is for a key that is not the pending one; empty for all others.

        A rebuilt host adopts an order whose certificate belongs to the key that it lost.
        """
        found: list[dict[str, t.Any]] = []
        for number, plan in enumerate(self.plans):
            result = at(self.fetched, number)
            if not _is_foreign(result, plan):
                found.append({})
                continue
            generation = at(self.placed, number).get("generation") or plan["generation"]
            seen = {name: result.get(name) for name in ("order_id", "info", "seen_at")}
            companion = self.companions()[number]
            found.append({**seen, "generation": generation, "companion_order_id": companion})
        return found

    def reload_owed(self) -> list[dict[str, t.Any]]:
        """What the host notes once services know the certificates that went live, in this run or a killed one."""
        return [
            {
                "path": plan["path"],
                "state": "recorded",
                "record": {"reload_owed": False},
                "expected_live": live_release(self._now(plan, state)),
                **served_by(entry),
            }
            for plan, entry, state in self._owed()
        ]

    def _now(self, plan: Json, state: Json) -> Json:
        """Return the row that tells what is live by now."""
        row = self.deployed.get(plan["path"]) or {}
        return row if row.get("live") else state

    def to_roll_back(self) -> list[dict[str, t.Any]]:
        """What goes back to its former release where a service does not take the new one."""
        return [
            {"path": path, "state": "rolled_back", "expected_live": live_release(item)}
            for path, item in self.deployed.items()
            if item.get("previous") and (item.get("record") or {}).get("reload_owed")
        ]

    def reload_commands(self) -> list[str]:
        """The commands by which those services are told, each once."""
        return self._reloads("command")

    def reload_handlers(self) -> list[str]:
        """The handlers that are notified, each once."""
        return self._reloads("handler")

    def _reloads(self, kind: str) -> list[str]:
        wanted = [(entry.get("reload") or {}).get(kind) for _plan, entry, _state in self._owed()]
        return list(dict.fromkeys(one for one in wanted if one))

    def _owed(self) -> list[tuple[Json, Json, Json]]:
        return [
            (plan, entry, state)
            for plan, entry, state in zip(self.plans, self.entries, self.deployments)
            if plan["reload_owed"] or (self.deployed.get(plan["path"], {}).get("record") or {}).get("reload_owed")
        ]

    def endings(self) -> list[dict[str, t.Any]]:
        """How each that is under way stands now, as rows for the table: what was answered, or is resumed.

        One is ``live`` once the host said so, and ``settled`` where no service has still to be told.
        """
        rows: list[dict[str, t.Any]] = []
        for number, (plan, order_id) in enumerate(zip(self.plans, self.order_ids())):
            if plan["action"] not in _OPEN or order_id is None:
                continue
            certificate = at(self.fetched, number)
            row = {name: plan[name] for name in ("name", "action", "reason")}
            created = bool(at(self.placed, number).get("created"))
            record = self._live_record(number, order_id)
            row["next_action"] = "It is live" if record else self._next(number)
            seen = certificate if certificate.get("stage") else plan
            stands = {name: seen.get(name) for name in ("stage", "pending_link")}
            settled = bool(record) and not record.get("reload_owed")
            own = {"charged": created, "order_id": order_id, "live": bool(record), "settled": settled}
            rows.append({**row, **own, **stands})
        return rows

    def _live_record(self, number: int, order_id: str) -> Json:
        """Return the host's record where an order's certificate went live; nothing where it did not."""
        row = self.deployed.get(self.plans[number]["path"]) or {}
        record: Json = row.get("record") or {}
        live = (record.get("live") or {}).get("order_id") or ""
        is_live = bool(at(self.fetched, number).get("issued")) and id_key(live) == id_key(order_id)
        return record if is_live and not row.get("error_code") else {}

    def _next(self, number: int) -> str | None:
        certificate, plan = at(self.fetched, number), self.plans[number]
        link = certificate.get("pending_link") or plan["pending_link"]
        if link and (certificate.get("stage") or plan["stage"]) == Stage.WAITING_ON_YOU.value:
            return f"You: open {link}"
        return str(certificate.get("msg") or plan["next_action"] or "WoTrus: run again later")

    def _record(self, number: int) -> dict[str, t.Any]:
        """What the record says of a request, with what its answer added."""
        plan = self.plans[number]
        said = dict(plan.get("record") or {})
        placed, reissued = at(self.placed, number), at(self.reissued, number)
        said["companion_order_id"] = self.companions()[number]
        if placed.get("order_id"):
            said.update({name: placed[name] for name in ("order_id", "generation", "idempotence_id")})
            if plan["key"]["storage"] == "ukey" and not placed["created"] and plan["reason"] != "interrupted":
                # The password that was sent with this order is not the one that was just made.
                said["ukey_password_known"] = False
        if reissued.get("new_order_id"):
            said.update(order_id=reissued["new_order_id"], idempotence_id=reissued["idempotence_id"])
        return {name: value for name, value in said.items() if value is not None}


def _expected_pending(plan: Json, state: Json) -> dict[str, bool]:
    """Return whether a UKey's password has to be pending: who shares one cannot tell whose order it was sent with."""
    if plan["key"]["storage"] != "ukey":
        return {}
    return {"expected_ukey_password": bool((state.get("pending") or {}).get("has_ukey_password"))}


def _is_foreign(result: Json, plan: Json) -> bool:
    """Tell a certificate for another key; a reissue under the order's own id shows the old one until it is done."""
    reissue = Action.REISSUE.value in (plan["action"], plan["operation"])
    return result.get("error_code") == "key_mismatch" and not reissue


def _answered(result: Json, plan: Json) -> bool:
    return bool(result.get("issued")) or _is_foreign(result, plan)
