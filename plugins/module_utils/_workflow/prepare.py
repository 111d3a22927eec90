# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prepare the host before anything is sent or fetched.

Its record, key and CSR are written.
"""

from __future__ import annotations

import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._errors import HostUnreadable, InvalidKey, WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import PKCS11
from ansible_collections.wotrus.pki.plugins.module_utils._model.timestamps import format_timestamp
from ansible_collections.wotrus.pki.plugins.module_utils._orders.inputs import csr_key
from ansible_collections.wotrus.pki.plugins.module_utils._planning.certificate_entry import order_value
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import PLACING, SENDING, Action, Handling
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_checks import (
    has_key,
    is_key_refused,
    needs_preparation,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import (
    HostState,
    host_error,
    host_text,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.snapshot import PendingFacts
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.deploy import keystore_options, token_options
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.task import CertificateTask, given


def is_needed(task: CertificateTask) -> bool:
    """Return whether the host is to be prepared now."""
    return task.is_open and not task.is_prepared and needs_preparation(task.facts, task.decision)


def options(task: CertificateTask) -> dict[str, t.Any]:
    """Return the options of ``wotrus_deployment`` that prepare the host."""
    definition = task.facts.wanted.definition
    key, ukey = task.entry.options.get("key") or {}, task.entry.options.get("ukey") or {}
    return {
        **task.context.target_options,
        **task.directory,
        "state": "prepared",
        "key": {**_key(task), **given({"content": key.get("content"), **_first_key(task)})},
        "subject": definition["subject"],
        "record": request_record(task),
        **keystore_options(task),
        **given({f"ukey_{name}": ukey.get(name) for name in ("password", "password_length", "password_alphabet")}),
    }


def _key(task: CertificateTask) -> dict[str, t.Any]:
    """Return the key to prepare.

    A token may still have the key of the issued certificate.
    """
    key = {name: value for name, value in task.facts.wanted.definition["key"].items() if name != "device"}
    key.update(token_options(task))
    if key["storage"] == PKCS11 and task.decision.handling is Handling.KEY_LOST:
        certificate = task.facts.known_certificate(task.decision.order_id or "")
        found = certificate.public_key_sha256 if certificate else None
        key["existing_sha256"] = found or (task.facts.live.public_key_sha256 if task.facts.live else None)
    return given(key)


def _first_key(task: CertificateTask) -> dict[str, t.Any]:
    """Return the key file to import, or the pending key that is replaced, since WoTrus refused its kind."""
    pending, key = task.facts.host.pending, task.entry.options.get("key") or {}
    if pending is not None and is_key_refused(task.facts):
        return {"refused_sha256": pending.public_key_sha256}
    return {"import_from": key.get("import_from")}


def request_record(task: CertificateTask) -> dict[str, t.Any]:
    """Return what the host's record must have before the request is sent."""
    decision, wanted, pending = task.decision, task.facts.wanted, task.facts.pending
    operation = decision.action.value if decision.action in SENDING else Action.ORDER.value
    value = order_value(task.facts, decision)
    is_same = pending is not None and pending.operation == operation and pending.idempotence_id == value
    # A key that is made anew for the same request is as old as it is, and not as the request.
    requested_at = pending.requested_at if pending and is_same and has_key(task.facts) else None
    record = {
        "name": wanted.name,
        "order_name": task.order_name,
        "operation": operation,
        "idempotence_id": value,
        "follows": decision.follows,
        "months": decision.months,
        "definition": dict(wanted.definition),
        "superseded_order_id": decision.superseded_order_id,
        "refused_order_id": decision.refused_order_id,
        "ended_serial_number": decision.ended_serial_number,
        "ended_not_after": decision.ended_not_after,
        "companion_order_id": None if decision.action in PLACING else decision.companion_order_id,
        "order_id": decision.order_id if decision.action is Action.RESUME else None,
        "root_order_id": decision.root_order_id if decision.action in (Action.RESUME, Action.REISSUE) else None,
        "requested_at": requested_at or format_timestamp(task.facts.now),
    }
    return given(record)


def take_answer(task: CertificateTask, row: Json) -> None:
    """Take the host's CSR, and decide again.

    An existing key may change the decision.
    """
    if row.get("error_code"):
        task.error = host_error(row)
        task.error.next_step = task.error.next_step or _import_step(row)
        return
    task.prepared_request = task.next_request
    if row.get("changed"):
        task.steps.append("prepared")
    own = (task.entry.options.get("ukey") or {}).get("password")
    task.csr, task.ukey_password = host_text(row, "csr"), own or host_text(row, "ukey_password")
    try:
        key = csr_key(task.csr)
        if not task.is_on_ukey and key is None:
            raise HostUnreadable("The host prepared no CSR.")
    except WotrusError as exc:
        task.error = exc
        return
    task.facts = task.facts.with_host(pending=PendingFacts(public_key_sha256=key, has_key=key is not None))
    prepared = HostState.read({"record": row.get("record")}, path=task.entry.path).record.pending
    task.key_evidence = prepared.key_evidence if prepared else None
    if task.decision.handling is Handling.KEY_LOST:
        task.decide()


def _import_step(row: Json) -> Message | None:
    """Return what a person can do about a key file that the host cannot import.

    The plan reads the file only where no key is pending.
    """
    is_import = (host_text(row, "msg") or "").startswith("key.import_from:")
    if row.get("error_code") != InvalidKey.error_code or not is_import:
        return None
    return Message("Correct key.import_from in the entry, or remove it. Then run again.")
