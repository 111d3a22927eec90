# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operation of ``wotrus_plan_info``: read, query and decide, without changes."""

from __future__ import annotations

import datetime as dt
import typing as t
from collections.abc import Mapping

from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    NotFound,
    OtherOrder,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import id_key
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json, Params, Rows, grouped
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import HOST, PKCS11
from ansible_collections.wotrus.pki.plugins.module_utils._model.revocation_status import CONTROLLER, HOSTS
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import format_timestamp
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import (
    HostAnswer,
    Operation,
    OperationResult,
    Run,
)
from ansible_collections.wotrus.pki.plugins.module_utils._orders.order import shown_request
from ansible_collections.wotrus.pki.plugins.module_utils._planning.certificate_changes import (
    change_words,
    planned_changes,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.certificate_entry import (
    CertificateEntry,
    allowed_actions,
    order_value,
    planned_order,
    read_entries,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import DOING, PLACING, Action, Decision
from ansible_collections.wotrus.pki.plugins.module_utils._planning.entry import (
    option_of,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts
from ansible_collections.wotrus.pki.plugins.module_utils._planning.fingerprint import fingerprint
from ansible_collections.wotrus.pki.plugins.module_utils._planning.gates import gated, reissue_skipped
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_checks import (
    is_other_kind,
    kind_words,
    needs_preparation,
    other_names,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import HostState
from ansible_collections.wotrus.pki.plugins.module_utils._planning.key_home import live_home_words
from ansible_collections.wotrus.pki.plugins.module_utils._planning.live_revocation import (
    check_from_controller,
    revocation_answers,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.masking import refuse_masked
from ansible_collections.wotrus.pki.plugins.module_utils._planning.order_reader import OrderReader
from ansible_collections.wotrus.pki.plugins.module_utils._planning.renewal import term, window
from ansible_collections.wotrus.pki.plugins.module_utils._planning.results import UNCHANGED, plan_row, preview
from ansible_collections.wotrus.pki.plugins.module_utils._planning.services import is_pending, undelivered
from ansible_collections.wotrus.pki.plugins.module_utils._planning.unlisted import (
    unlisted_folders,
    unlisted_words,
    unread_words,
)
from ansible_collections.wotrus.pki.plugins.module_utils._role import ENTRY_ARGUMENTS, role_arguments
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, shown

ARGUMENTS: dict[str, t.Any] = {
    "certificates": {"type": "list", "elements": "dict", "required": True, "options": ENTRY_ARGUMENTS},
    # Not of the type path: what a tilde stands for is known on the host alone.
    "base_dir": {"type": "str", "required": True},
    "host": {"type": "str", "required": True},
    **role_arguments(
        *("order_namespace", "replace_orders", "reissue", "keys_since", "actions", "deploy_window"),
        *("alarm_days", "alarm_waiting_days", "verification", "check_revocation", "revocation_networks"),
        *("max_charged_orders", "max_reissues", "owner", "group", "trusted_groups", "key_home"),
    ),
}


def read_rows(
    entries: t.Sequence[CertificateEntry], run: Run, *, known: t.Mapping[str, Json] | None = None
) -> dict[str, t.Any]:
    """Read the directories of the host's certificates, by path.

    :param known: rows of directories that are not read
    """
    read = [entry for entry in entries if entry.path not in (known or {})]
    if entries and not read:
        return dict(known or {})
    return {**(known or {}), **_by_path(read, _inspect(read, run))}


def _inspect(entries: t.Sequence[CertificateEntry], run: Run, **further: t.Any) -> HostAnswer:
    """Return what the host answers about the directories of its certificates.

    :param further: what else it is asked
    """
    files = {entry.path: file for entry in entries if (file := option_of(entry.options, "key.import_from"))}
    documents = {
        entry.path: {name: wanted[name] for name in ("path", "newest")}
        for entry in entries
        if (wanted := entry.options.get("signed_documents"))
    }
    further = {**further, **({"signed_documents": documents} if documents else {})}
    accounts = grouped(dict.fromkeys((f"{kind}s", name) for entry in entries for _option, kind, name in entry.accounts))
    return run.inspect_host([entry.path for entry in entries], files, **accounts, **further)


def _by_path(entries: t.Sequence[CertificateEntry], answer: HostAnswer) -> dict[str, t.Any]:
    return {entry.path: row for entry, row in zip(entries, answer.rows)}


def _unlisted(answer: HostAnswer, run: Run, *, base_dir: str, listed: t.Container[str]) -> list[dict[str, t.Any]]:
    """Return the folders of a host that no entry names, and warn of each."""
    unread = unread_words(answer.base_dir, base_dir=base_dir)
    if unread:
        run.warn(unread)
    folders = unlisted_folders(answer.base_dir, base_dir=base_dir, listed=listed)
    words = [unlisted_words(folder) for folder in folders]
    for folder, msg in zip(folders, words):
        run.warn(msg, certificate=folder["name"])
    return [{**folder, **shown(msg=msg)} for folder, msg in zip(folders, words)]


def facts_of(entries: t.Sequence[CertificateEntry], rows: Json) -> list[Facts]:
    """Return what is known of certificates, in the entries' order.

    :param rows: of the host, by path
    """
    now = dt.datetime.now(dt.timezone.utc)
    found = [(entry, rows[entry.path]) for entry in entries if entry.path in rows]
    return [Facts(wanted=entry.wanted, host=HostState.read(row, path=entry.path), clock=now) for entry, row in found]


def plan(api: Api, params: Params, run: Run) -> OperationResult:
    """Decide for the certificates of a host: the operation of ``wotrus_plan_info``."""
    entries, actions = read_entries(params), allowed_actions(params)
    rows, unlisted = _read_host(entries, params, run)
    facts = facts_of(entries, rows)
    reader = OrderReader(api)
    reader.read_first(facts)
    decided = [decide_for(reader, certificate, entry, actions, run) for certificate, entry in zip(facts, entries)]
    if params["check_revocation"] == CONTROLLER:
        networks = params["revocation_networks"]
        checked = check_from_controller(reader, [certificate for certificate, _decision in decided], networks)
        decided = [(certificate, decision) for certificate, (_former, decision) in zip(checked, decided)]
    plans = [_plan_row(entry, *found, params, run) for entry, found in zip(entries, decided)]
    refuse_masked(plans, params["certificates"])
    results = [preview(certificate, decision) for certificate, decision in decided]
    has_work = any(_is_work(certificate, decision) or is_pending(certificate, run) for certificate, decision in decided)
    result = {
        "plans": plans,
        "results": results,
        "waiting": [row["order_id"] for row in results if row["waiting_for"] in ("you", "ca") and row["order_id"]],
        "deployments": [_known(rows[certificate.host.path], certificate) for certificate, _decision in decided]
        if has_work
        else [],
        "has_work": has_work,
        "unlisted": unlisted,
        **{name: params[name] for name in ("max_charged_orders", "max_reissues")},
        "is_well": not has_work and all(row["result"] == UNCHANGED and row["alarm"] is None for row in results),
    }
    return OperationResult(result, before={}, after=_requests(entries, decided) if run.diff else {})


def _read_host(entries: t.Sequence[CertificateEntry], params: Params, run: Run) -> tuple[Json, Rows]:
    """Return the directories of the host's certificates by path, and the folders that no entry names."""
    base_dir = params["base_dir"]
    listed = {*run.listed, *params["unlisted_certificates"], *(entry.wanted.name for entry in entries)}
    further = {"check_revocation": True} if params["check_revocation"] == HOSTS else {}
    answer = _inspect(entries, run, base_dir=base_dir, listed=sorted(listed), **further)
    return _by_path(entries, answer), _unlisted(answer, run, base_dir=base_dir, listed=listed)


def _plan_row(entry: CertificateEntry, facts: Facts, decision: Decision, params: Params, run: Run) -> dict[str, t.Any]:
    """Return a plan as a result has it, with what a person approves of it."""
    value, approved = order_value(facts, decision), None
    if run.variables is not None:
        made = run.approved_at.get(entry.wanted.name) or format_timestamp(facts.now)
        token = params["api_token"]
        approved = fingerprint(decision, entry.options, run.variables, value=value, planned_at=made, token=token)
    is_notified = is_pending(facts, run) and undelivered(facts, run) is None
    return plan_row(facts, decision, value=value, is_notified=is_notified, fingerprint=approved)


def decide_for(
    reader: OrderReader, facts: Facts, entry: CertificateEntry, actions: t.Sequence[Action], run: Run
) -> tuple[Facts, Decision]:
    """Return the decision for one certificate, after the gates, and warn of what a person should know."""
    facts, decision = reader.decide(facts)
    decision = gated(decision, facts, entry, actions)
    changes = change_words(planned_changes(facts, decision))
    home = live_home_words(facts)
    further = (words for words in (changes, home) if words is not None)
    for msg in (*decision.warnings, *further, *_further_warnings(facts, decision)):
        run.warn(msg, certificate=facts.wanted.name)
    return facts, decision


def _is_work(facts: Facts, decision: Decision) -> bool:
    """Return whether there is something to do besides waiting."""
    if decision.action is not Action.RESUME or decision.is_ready:
        return decision.action in DOING
    # An order that the entry names has a key made for it first.
    pending = facts.pending
    return pending is None or pending.order_id is None or needs_preparation(facts, decision)


def _known(row: t.Any, facts: Facts) -> dict[str, t.Any] | None:
    """Return a directory as ``wotrus_apply`` may take it.

    ``None`` if it must be read again: a key file to import, and a missing account, are in no digest.
    """
    if not isinstance(row, Mapping) or not row.get("state_digest") or "first_key" in row or facts.host.missing_accounts:
        return None
    answers = revocation_answers(facts)
    state = {name: row.get(name) for name in ("record", "live", "pending", "state_digest")}
    read = {name: row[name] for name in ("signed_documents",) if name in row}
    return {**state, **read, **({"revocation": answers} if answers is not None else {})}


def _requests(entries: t.Sequence[CertificateEntry], decided: t.Sequence[tuple[Facts, Decision]]) -> dict[str, Json]:
    """Return what ``--diff`` shows of the requests that would be sent, by certificate."""
    found = (_request(entry, decision) for entry, (_facts, decision) in zip(entries, decided))
    return {request["certificate"]: request for request in found if request}


def _request(entry: CertificateEntry, decision: Decision) -> dict[str, t.Any] | None:
    if decision.action in PLACING:
        request = shown_request(planned_order(entry, decision))
        own = {"certificate": entry.wanted.name, "product": entry.options["product"]}
        return {**own, **request, "order_name": entry.wanted.order_name}
    if decision.action is Action.REISSUE:
        return {"certificate": entry.wanted.name, "reissue_of": decision.order_id, "reason": decision.reason}
    return None


def _further_warnings(facts: Facts, decision: Decision) -> t.Iterator[Message]:
    """Yield what a person should know of a certificate besides the decision."""
    want, record = facts.wanted, facts.host.record
    if reissue_skipped(decision, facts):
        yield Message("A reissue was requested, and this run does something else first. {msg}", msg=decision.msg)
    first = facts.host.first_key
    if first is not None and first.fault is None and is_other_kind(first.kind, want):
        yield Message(
            "The key of key.import_from is {kind}, and the entry names {wanted}. Once this key is live, the "
            "certificate is reissued for a key as named. Leave key.type, key.size and key.curve out to keep it.",
            kind=kind_words(first.kind),
            wanted=kind_words(want.definition["key"]),
        )
    if record.order_name is not None and record.order_name != want.order_name:
        yield Message(
            "Its order was placed under the name {former!r}, and the name is now {name!r}. If the disk is lost, the "
            "order is adopted only if order_name is the former name, or order_id is the order.",
            former=record.order_name,
            name=want.order_name,
        )
    if want.keys_since is not None and want.storage not in (HOST, PKCS11):
        yield Message("wotrus_keys_since is skipped, since the key is not made on the host.")
    elif want.keys_since is not None and facts.live is not None and facts.live.key_made_at is None:
        yield Message("The record does not say when the key was made, so wotrus_keys_since is skipped.")
    yield from _order_warnings(facts)


def _order_warnings(facts: Facts) -> t.Iterator[Message]:
    """Yield what differs from the entry by WoTrus's answers: names, the order of the purchase, the renewal window."""
    used, want = facts.host.live_certificate, facts.wanted
    order = next((answer.order for answer in facts.orders.values() if answer.order), None)
    wrong = other_names(want, {"organization": order.organization.name}) if order else []
    if order and wrong:
        yield Message("Order {order_id}: {differences}.", order_id=order.id, differences=wrong)
    root = facts.orders.get(id_key(want.root_order_id or "")) if want.root_order_id != want.order_id else None
    if root is not None and isinstance(root.error, NotFound) and not isinstance(root.error, OtherOrder):
        yield Message(
            "WoTrus does not know the root_order_id of the entry, {root_order_id}. Check it, since nothing is renewed "
            "without the order of its purchase.",
            root_order_id=want.root_order_id,
        )
    if used is not None:
        cut = window(used, want, term(facts, order) if order else want.months)
        if cut.cut:
            yield Message(
                "Its renewal window would be longer than a third of its life, and is cut to that. It is renewed from "
                "{day} on.",
                day=f"{cut.opens:%Y-%m-%d}",
            )


OPERATION = Operation(
    "wotrus_plan_info", {**ARGUMENTS, **role_arguments("unlisted_certificates")}, plan, has_notices=True
)
