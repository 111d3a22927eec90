# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deciding what is to be done for certificates, without doing any of it."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import typing as t
import uuid

from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput, WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import parse_timestamp
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import (
    Operation,
    Outcome,
    Params,
    Run,
    Seen,
)
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order import check_sendable
from ansible_collections.wotrus.pki.plugins.module_utils._orders.wait import look
from ansible_collections.wotrus.pki.plugins.module_utils._planning.bounds import passed_over, within
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import (
    ASKING,
    DOING,
    PLACING,
    Action,
    Decision,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.entry import ENTRY_ARGUMENTS, HOST, wanted
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts, Wanted, read_facts
from ansible_collections.wotrus.pki.plugins.module_utils._planning.masking import refuse_masked
from ansible_collections.wotrus.pki.plugins.module_utils._planning.names import names
from ansible_collections.wotrus.pki.plugins.module_utils._planning.policies import decide
from ansible_collections.wotrus.pki.plugins.module_utils._planning.renewal import window
from ansible_collections.wotrus.pki.plugins.module_utils._planning.road_results import loop_item, preparation
from ansible_collections.wotrus.pki.plugins.module_utils._planning.shown import (
    order_name,
    show,
    window_opens,
)

ARGUMENTS: dict[str, t.Any] = {
    "certificate": {"type": "dict", "options": ENTRY_ARGUMENTS},
    "certificates": {"type": "list", "elements": "dict", "options": ENTRY_ARGUMENTS},
    "deployment": {"type": "dict"},
    "deployments": {"type": "list", "elements": "dict"},
    # Not of the type path: what a tilde stands for is known on the host alone.
    "base_dir": {"type": "str"},
    "foreign": {"type": "list", "elements": "dict"},
    "host": {"type": "str", "required": True},
    "replace_dead": {"type": "bool", "default": False},
    "reissue": {"type": "list", "elements": "str", "default": []},
    "prepare": {
        "type": "dict",
        "options": {
            "owner": {"type": "str"},
            "group": {"type": "str"},
            "mode": {"type": "raw"},
            "keep": {"type": "int"},
            "validate": {"type": "str"},
        },
    },
    "max_charged_orders": {"type": "int", "default": 1},
    "actions": {"type": "list", "elements": "str", "choices": [action.value for action in DOING]},
    "now": {"type": "str"},
}
CONSTRAINTS: dict[str, t.Any] = {
    "required_one_of": [("certificate", "certificates")],
    "mutually_exclusive": [("certificate", "certificates"), ("deployment", "deployments", "base_dir")],
}


def plan(api: Api, params: Params, run: Run) -> Outcome:
    """Plan for the certificates of a host: the operation of ``wotrus_plan``."""
    wants, entries = _wants(params), _entries(params)
    moment = _moment(params["now"])
    foreign = _aligned(params["foreign"], len(wants), what="foreign")
    now = moment or dt.datetime.now(dt.timezone.utc)
    seen = _look(params, wants, run, now=now)
    states = _states(params, seen, len(wants))
    known = [read_facts(want, state, other, now=now) for want, state, other in zip(wants, states, foreign)]
    facts = _ask(api, known)
    if moment is None:
        facts = [_at_ca_time(one, api.http.server_time) for one in facts]
    decisions = [_decide(one, entry, params) for one, entry in zip(facts, entries)]
    plans = _shown(params, facts, decisions, states)
    refuse_masked(plans, entries)
    for one, decision in zip(facts, decisions):
        _warn(one, decision, run)
    single = plans[0] if params["certificate"] else {}
    summary = _summary(facts, decisions, plans, seen.prepared if seen else [])
    heard = run.heard()
    told = heard or any(one.reload_owed for one in facts) or any(entry.get("reload") for entry in entries)
    result = {**single, "plans": plans, "deployments": states, **summary, "heard": heard, "to_tell": told}
    # A check predicts what a request calls for on the host.
    foretold = run.check_mode and params["prepare"] is not None and summary["unprepared"]
    return Outcome(result, changed=bool(summary["prepared"]) or foretold)


def _decide(facts: Facts, entry: t.Mapping[str, t.Any], params: Params) -> Decision:
    """Decide for one certificate, within what was asked for and what can be sent."""
    asked = [Action(name) for name in params["actions"]] if params["actions"] is not None else list(DOING)
    return _sendable(within(decide(facts), facts, asked), facts, entry)


def _shown(
    params: Params, facts: list[Facts], decisions: list[Decision], states: t.Sequence[t.Mapping[str, t.Any] | None]
) -> list[dict[str, t.Any]]:
    return [{"host": params["host"], **show(*one)} for one in zip(facts, decisions, states)]


def _summary(
    facts: list[Facts], decisions: list[Decision], plans: list[dict[str, t.Any]], prepared: list[dict[str, t.Any]]
) -> dict[str, t.Any]:
    """Return what a role asks of all plans together, so that a host with nothing to do is passed over cheaply."""
    plan_id = str(uuid.uuid4())
    asking = {plan["path"] for plan, decision in zip(plans, decisions) if decision.action in ASKING}
    ahead = [row for row in prepared if row["path"] in asking]
    return {
        "plan_id": plan_id,
        "prepared": ahead,
        "unprepared": len(ahead) < len(asking),
        "to_place": [
            loop_item(plans, number, plan_id) for number, decision in enumerate(decisions) if decision.action in PLACING
        ],
        "to_do": sum(1 for one in decisions if one.action is not Action.NOTHING),
        "nothing_to_do": all(one.action is Action.NOTHING for one in decisions)
        and not any(one.reload_owed for one in facts),
    }


def _sendable(decision: Decision, facts: Facts, entry: t.Mapping[str, t.Any]) -> Decision:
    """Block an order of which something cannot be sent, before a key is made for it."""
    if decision.action not in PLACING:
        return decision
    sent = {name: entry.get(name) for name in ("product", "common_name", "organization", "documents", "extra")}
    order = {"name": order_name(facts), "generation": decision.generation, "months": decision.months}
    ukey = {"ukey_password": None, "ukey_ship_address": (entry.get("ukey") or {}).get("ship_address")}
    try:
        check_sendable({**sent, **order, **ukey})
    except WotrusError as exc:
        return Decision(Action.BLOCKED, exc.error_code, str(exc), next_action="You: mend the entry")
    return decision


def _at_ca_time(facts: Facts, server_time: dt.datetime | None) -> Facts:
    """Let the CA's clock count where it was heard: with a wrong one of ours, nothing is renewed early or too late."""
    heard = server_time or (facts.foreign.seen_at if facts.foreign else None)
    return dataclasses.replace(facts, now=heard) if heard else facts


def _wants(params: Params) -> list[Wanted]:
    # The round after a reissue must not ask for another.
    reissue = [] if params["foreign"] else names(params["reissue"])
    wants = [
        wanted(entry, host=params["host"], replace_dead=params["replace_dead"], reissue=reissue)
        for entry in _entries(params)
    ]
    for what, own in (("name", [want.name for want in wants]), ("order_name", [want.order_name for want in wants])):
        twice = [name for name, count in collections.Counter(own).items() if count > 1]
        if twice:
            raise InvalidInput(f"two certificates of {params['host']} have the {what} {twice[0]!r}; each needs its own")
    return wants


def _entries(params: Params) -> list[t.Mapping[str, t.Any]]:
    entries = [params["certificate"]] if params["certificate"] else params["certificates"]
    if entries is None:
        raise InvalidInput("certificate is empty: there is nothing to plan for")
    return list(entries)


def _look(params: Params, wants: list[Wanted], run: Run, *, now: dt.datetime) -> Seen | None:
    """Look at the host where its directory is given; ``None`` where it is not."""
    if params["base_dir"] is None:
        return None
    paths = [_path(params, want) for want in wants]
    return run.look(paths, _ahead(params, wants, now=now) if _may_prepare(params, wants, run) else [])


def _path(params: Params, want: Wanted) -> str:
    return f"{params['base_dir']}/{want.name}"


def _may_prepare(params: Params, wants: list[Wanted], run: Run) -> bool:
    """Tell whether the host may be prepared before all hosts have a plan.

    That is where a purchase guard is to let the orders of all hosts pass, were all of them like this one. Where it does
    not, what was prepared does no harm: nothing is sent, and a later run asks with it for what the entry says then. An
    order whose name was given may be that of another host too, and a key that is not made on the host is a secret.
    """
    if params["prepare"] is None or run.check_mode or params["foreign"] or params["reissue"]:
        return False
    if run.hosts is None or run.hosts * len(wants) > params["max_charged_orders"]:
        return False
    return not any(entry.get("order_name") or want.storage != HOST for entry, want in zip(_entries(params), wants))


def _ahead(params: Params, wants: list[Wanted], *, now: dt.datetime) -> list[dict[str, t.Any]]:
    """Return what the host prepares while it is looked at, each if nothing of it is there; none where one may not be.

    It is what would be prepared for a first order a moment later.
    """
    entries = _entries(params)
    empty = [{"path": _path(params, want)} for want in wants]
    facts = [read_facts(want, state, None, now=now) for want, state in zip(wants, empty)]
    decisions = [_decide(one, entry, params) for one, entry in zip(facts, entries)]
    if any(decision.action is not Action.ORDER for decision in decisions):
        return []
    plans = _shown(params, facts, decisions, empty)
    refuse_masked(plans, entries)
    return [preparation(plan, entry, params["prepare"]) for plan, entry in zip(plans, entries)]


def _states(params: Params, seen: Seen | None, count: int) -> list[t.Mapping[str, t.Any]]:
    """Return the state of each certificate's directory; an empty one for an empty disk."""
    if seen is not None:
        return _aligned(seen.deployments, count, what="deployments")
    given = [params["deployment"]] if params["certificate"] else params["deployments"]
    return [state or {} for state in _aligned(given if any(given or []) else None, count, what="deployments")]


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


def _warn(facts: Facts, decision: Decision, run: Run) -> None:
    live, want = facts.live, facts.wanted
    if passed_over(decision, facts):
        run.warn(f"certificate {want.name!r}: a reissue was asked for, and is not what is done now: {decision.msg}")
    if live is not None and live.damaged:
        run.warn(
            f"certificate {want.name!r}: files of what is live are missing, or are not what was written: "
            f"{', '.join(live.damaged)}"
        )
    if order_name(facts) != want.order_name:
        run.warn(
            f"certificate {want.name!r}: the name of its order stays {facts.order_name!r}, as the host's record has "
            f"it, and does not become {want.order_name!r}; another name would be another order"
        )
    if live is not None and window(live, want).cut:
        run.warn(
            f"certificate {want.name!r}: the window in which it is renewed would be more than a third of its life; "
            f"it is renewed from {window_opens(facts):%Y-%m-%d} on"
        )


OPERATION = Operation("wotrus_plan", ARGUMENTS, plan, CONSTRAINTS)
