# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deciding what is to be done for certificates, without doing any of it."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput, WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._model.idempotence import order_idempotence_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import format_timestamp, parse_timestamp
from ansible_collections.wotrus.pki.plugins.module_utils._operations.operation import Operation, Outcome, Params, Run
from ansible_collections.wotrus.pki.plugins.module_utils._operations.order import check_sendable
from ansible_collections.wotrus.pki.plugins.module_utils._operations.planning.decision import DOING, Action, Decision
from ansible_collections.wotrus.pki.plugins.module_utils._operations.planning.entry import ENTRY_ARGUMENTS, wanted
from ansible_collections.wotrus.pki.plugins.module_utils._operations.planning.facts import Facts, Wanted, read_facts
from ansible_collections.wotrus.pki.plugins.module_utils._operations.planning.masking import refuse_masked
from ansible_collections.wotrus.pki.plugins.module_utils._operations.planning.policies import decide
from ansible_collections.wotrus.pki.plugins.module_utils._operations.planning.renewal import days_left, window
from ansible_collections.wotrus.pki.plugins.module_utils._operations.wait import look

ARGUMENTS: dict[str, t.Any] = {
    "certificate": {"type": "dict", "options": ENTRY_ARGUMENTS},
    "certificates": {"type": "list", "elements": "dict", "options": ENTRY_ARGUMENTS},
    "deployment": {"type": "dict"},
    "deployments": {"type": "list", "elements": "dict"},
    # Not of the type path: what a tilde stands for is known on the host alone.
    "paths": {"type": "list", "elements": "str"},
    "foreign": {"type": "list", "elements": "dict"},
    "host": {"type": "str", "required": True},
    "replace_dead": {"type": "bool", "default": False},
    "reissue": {"type": "list", "elements": "str", "default": []},
    "actions": {"type": "list", "elements": "str", "choices": [action.value for action in DOING]},
    "now": {"type": "str"},
}
CONSTRAINTS: dict[str, t.Any] = {
    "required_one_of": [("certificate", "certificates")],
    "mutually_exclusive": [("certificate", "certificates"), ("deployment", "deployments", "paths")],
}

_PLACING = (Action.ORDER, Action.RENEW)


def plan(api: Api, params: Params, run: Run) -> Outcome:
    """Plan for the certificates of a host: the operation of ``wotrus_plan``."""
    wants = _wants(params)
    seen = _look(params["paths"], len(wants), run)
    states = _states(params, seen, len(wants))
    moment = _moment(params["now"])
    foreign = _aligned(params["foreign"], len(wants), what="foreign")
    now = moment or dt.datetime.now(dt.timezone.utc)
    known = [read_facts(want, state, other, now=now) for want, state, other in zip(wants, states, foreign)]
    facts = _ask(api, known)
    if moment is None:
        facts = [_at_ca_time(one, api.http.server_time) for one in facts]
    asked = [Action(name) for name in params["actions"]] if params["actions"] is not None else list(DOING)
    host = {"host": params["host"]}
    decisions = [_sendable(_only(decide(one), asked), one, entry) for one, entry in zip(facts, _entries(params))]
    plans = [{**host, **_show(*one)} for one in zip(facts, decisions, states)]
    refuse_masked(plans, _entries(params))
    for one in facts:
        _warn(one, run)
    single = plans[0] if params["certificate"] else {}
    found = {"deployments": seen} if seen is not None else {}
    return Outcome({**single, "plans": plans, **found, **_summary(facts, decisions), "heard": run.heard()})


def _summary(facts: list[Facts], decisions: list[Decision]) -> dict[str, t.Any]:
    """Return what a role asks of all plans together, so that a host with nothing to do is passed over cheaply."""
    by_action = {
        action.value: [number for number, one in enumerate(decisions) if one.action is action] for action in Action
    }
    idle = len(by_action[Action.NOTHING.value]) == len(decisions) and not any(one.reload_owed for one in facts)
    return {"by_action": by_action, "nothing_to_do": idle}


def _sendable(decision: Decision, facts: Facts, entry: t.Mapping[str, t.Any]) -> Decision:
    """Block an order of which something cannot be sent, before a key is made for it."""
    if decision.action not in _PLACING:
        return decision
    sent = {name: entry.get(name) for name in ("product", "common_name", "organization", "documents", "extra")}
    order = {"name": _order_name(facts), "generation": decision.generation, "months": decision.months}
    ukey = {"ukey_password": None, "ukey_ship_address": (entry.get("ukey") or {}).get("ship_address")}
    try:
        check_sendable({**sent, **order, **ukey})
    except WotrusError as exc:
        return Decision(Action.BLOCKED, exc.error_code, str(exc), next_action="You: mend the entry")
    return decision


def _only(decision: Decision, asked: list[Action]) -> Decision:
    """Leave out what was not asked for, and say so."""
    if decision.action not in DOING or decision.action in asked:
        return decision
    words = ", ".join(action.value for action in asked)
    return Decision(
        Action.NOTHING,
        "not_asked",
        f"{decision.msg}. That is left to another run, since this one was asked for {words} alone",
        next_action=f"Run it for {decision.action.value}",
        pending_link=decision.pending_link,
        order_id=decision.order_id,
    )


def _at_ca_time(facts: Facts, server_time: dt.datetime | None) -> Facts:
    """Let the CA's clock count where it was heard: with a wrong one of ours, nothing is renewed early or too late."""
    heard = server_time or (facts.foreign.seen_at if facts.foreign else None)
    return dataclasses.replace(facts, now=heard) if heard else facts


def _wants(params: Params) -> list[Wanted]:
    reissue = params["reissue"]
    wants = [
        wanted(entry, host=params["host"], replace_dead=params["replace_dead"], reissue=reissue)
        for entry in _entries(params)
    ]
    for what, names in (("name", [want.name for want in wants]), ("order_name", [want.order_name for want in wants])):
        twice = [name for name, count in collections.Counter(names).items() if count > 1]
        if twice:
            raise InvalidInput(f"two certificates of {params['host']} have the {what} {twice[0]!r}; each needs its own")
    return wants


def _entries(params: Params) -> list[t.Mapping[str, t.Any]]:
    entries = [params["certificate"]] if params["certificate"] else params["certificates"]
    if entries is None:
        raise InvalidInput("certificate is empty: there is nothing to plan for")
    return list(entries)


def _states(params: Params, seen: list[dict[str, t.Any]] | None, count: int) -> list[t.Mapping[str, t.Any] | None]:
    """Return the state of each certificate's directory; ``None`` for an empty disk."""
    if seen is not None:
        return _aligned(seen, count, what="deployments")
    given = [params["deployment"]] if params["certificate"] else params["deployments"]
    return _aligned(given if any(given or []) else None, count, what="deployments")


def _look(paths: t.Sequence[str] | None, count: int, run: Run) -> list[dict[str, t.Any]] | None:
    """Look at the host where paths are given; ``None`` where they are not."""
    if paths is None:
        return None
    if len(paths) != count:
        raise _misaligned(count, len(paths), what="paths")
    return run.look(paths)


def _aligned(given: t.Sequence[t.Any] | None, count: int, *, what: str) -> list[t.Any]:
    items = list(given or [None] * count)
    if len(items) != count:
        raise _misaligned(count, len(items), what=what)
    return items


def _misaligned(certificates: int, others: int, *, what: str) -> InvalidInput:
    return InvalidInput(f"there are {certificates} certificates, but {others} {what}; they belong together in order")


def _moment(text: str | None) -> dt.datetime | None:
    if text is None:
        return None
    try:
        return parse_timestamp(text)
    except ValueError as exc:
        raise InvalidInput(f"now is {exc}") from exc


def _ask(api: Api, facts: list[Facts]) -> list[Facts]:
    """Ask once for the order that counts for each certificate, all in parallel."""
    order_ids = [one.order_to_look_at for one in facts if one.order_to_look_at and not (one.fault or one.foreign)]
    seen = {id_key(one.order_id): one for one in look(api, order_ids)} if order_ids else {}
    asked: list[Facts] = []
    for one in facts:
        found = seen.get(id_key(one.order_to_look_at or ""))
        asked.append(dataclasses.replace(one, order=found.order, order_error=found.error) if found else one)
    return asked


def _show(facts: Facts, decision: Decision, state: t.Mapping[str, t.Any] | None) -> dict[str, t.Any]:
    live, want = facts.live, facts.wanted
    return {
        "name": want.name,
        "path": (state or {}).get("path"),
        "order_name": _order_name(facts),
        "action": decision.action.value,
        "reason": decision.reason,
        "msg": decision.msg,
        "charged": decision.charged,
        "next_action": decision.next_action,
        "pending_link": decision.pending_link,
        "generation": decision.generation,
        "months": decision.months,
        "order_id": decision.order_id,
        "companion_order_id": None if decision.action in _PLACING else facts.companion_order_id,
        "operation": facts.asked.operation if facts.asked else None,
        "reload_owed": facts.reload_owed,
        "status": facts.order.status if facts.order else None,
        "stage": facts.order.stage.value if facts.order else None,
        "not_after": format_timestamp(live.not_after) if live else None,
        "days_left": round(days_left(live, facts.now), 1) if live else None,
        "renew_at": format_timestamp(_window_opens(facts)) if live else None,
        "planned_at": format_timestamp(facts.now),
        "key": want.definition["key"],
        "subject": want.definition["subject"],
        "record": _record(facts, decision),
    }


def _order_name(facts: Facts) -> str:
    """Return the name of the order: as it was asked for, also where the entry or the host has another name by now."""
    return facts.order_name or facts.wanted.order_name


def _window_opens(facts: Facts) -> dt.datetime:
    live = facts.live
    return window(live, facts.wanted).opens if live else facts.now


def _record(facts: Facts, decision: Decision) -> dict[str, t.Any] | None:
    """Return what the host's record has to say before anything is sent; ``None`` where nothing will be."""
    if decision.action not in (*_PLACING, Action.REISSUE):
        return None
    want = facts.wanted
    placing = decision.action in _PLACING
    return {
        "name": want.name,
        "order_name": _order_name(facts),
        "operation": decision.action.value,
        "generation": decision.generation,
        "months": decision.months,
        "idempotence_id": (
            order_idempotence_id(name=_order_name(facts), generation=decision.generation or 1) if placing else None
        ),
        "definition": dict(want.definition),
        "superseded_order_id": decision.superseded_order_id,
        "companion_order_id": None if placing else facts.companion_order_id,
    }


def _warn(facts: Facts, run: Run) -> None:
    live, want = facts.live, facts.wanted
    if live is not None and live.damaged:
        run.warn(
            f"certificate {want.name!r}: files of what is live are missing, or are not what was written: "
            f"{', '.join(live.damaged)}"
        )
    if _order_name(facts) != want.order_name:
        run.warn(
            f"certificate {want.name!r}: the name of its order stays {facts.order_name!r}, as the host's record has "
            f"it, and does not become {want.order_name!r}; another name would be another order"
        )
    if live is not None and window(live, want).cut:
        run.warn(
            f"certificate {want.name!r}: the window in which it is renewed would be more than a third of its life; "
            f"it is renewed from {_window_opens(facts):%Y-%m-%d} on"
        )


OPERATION = Operation("wotrus_plan", ARGUMENTS, plan, CONSTRAINTS)
