# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deploy a certificate, record an order, or run a pending reload."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Mapping

from ansible_collections.wotrus.pki.plugins.module_utils._errors import HostUnreadable
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_same_id
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json
from ansible_collections.wotrus.pki.plugins.module_utils._planning import services
from ansible_collections.wotrus.pki.plugins.module_utils._planning.entry import COMMAND_OPTIONS
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import (
    Certificate,
    HostState,
    LiveState,
    host_error,
    host_text,
)
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.task import CertificateTask, given

NOTIFIED = {"reload_pending": False, "unnotified": False}
"""What the record has once services were notified."""

_PAIR = ("sign", "encrypt")


def options(task: CertificateTask) -> dict[str, t.Any] | None:
    """Return the options of ``wotrus_deployment``; ``None`` without a change."""
    if task.is_open and task.bundle is not None:
        return _certificate_options(task, task.bundle)
    return order_options(task) or (_reload_again(task) if task.error is None else None)


def order_options(task: CertificateTask) -> dict[str, t.Any] | None:
    """Return the options that record an answered order; ``None`` without one."""
    if not task.unrecorded or task.has_conflict:
        return None
    return {**task.directory, "state": "recorded", "record": task.unrecorded}


def _certificate_options(task: CertificateTask, bundle: Json) -> dict[str, t.Any]:
    sm2 = {kind: _files_of(pems) for kind, pems in (bundle.get("bundles") or {}).items() if kind in _PAIR and pems}
    return {
        **task.context.target_options,
        **task.directory,
        "state": "present",
        "key": {"storage": task.facts.wanted.storage, **token_options(task)},
        "record": {**_live_record(task), **task.notification},
        **_files_of(bundle),
        **({"sm2": sm2} if sm2 else {}),
        **keystore_options(task),
        **_reload_options(task),
    }


def keystore_options(task: CertificateTask) -> dict[str, t.Any]:
    """Return the options of the keystores."""
    options = task.entry.options
    return given({"pkcs12": given(options.get("pkcs12") or {}), "combined_pem": options.get("combined_pem")})


def token_options(task: CertificateTask) -> dict[str, t.Any]:
    """Return the options of a key in a token or behind commands."""
    key = task.entry.options.get("key") or {}
    return given({"pkcs11": given(key.get("pkcs11") or {}), **{name: key.get(name) for name in COMMAND_OPTIONS}})


def _files_of(bundle: Json) -> dict[str, t.Any]:
    return {name: bundle[name] for name in ("certificate", "chain", "root")}


def _live_record(task: CertificateTask) -> dict[str, t.Any]:
    """Return what the host's record has of a certificate that is deployed."""
    decision, pending = task.decision, task.facts.pending
    record: dict[str, t.Any] = {
        "name": task.facts.wanted.name,
        "order_name": task.order_name,
        "order_id": decision.order_id,
        "root_order_id": decision.root_order_id,
        "companion_order_id": decision.companion_order_id,
        "definition": dict(task.facts.wanted.definition),
    }
    if pending is not None and is_same_id(pending.order_id, decision.order_id):
        record.update(operation=pending.operation, idempotence_id=pending.idempotence_id, definition=pending.definition)
    return given({**record, **(task.unrecorded if _is_of_answer(task) else {})})


def _is_of_answer(task: CertificateTask) -> bool:
    """Return whether what is deployed is of the order that was answered.

    A newer chain of the live certificate may be deployed while a reissue waits.
    """
    return is_same_id(task.unrecorded.get("order_id"), task.decision.order_id)


def _reload_again(task: CertificateTask) -> dict[str, t.Any] | None:
    """Return the options that run a reload command that is pending."""
    reload = _reload_options(task)
    if not reload or not services.is_pending(task.facts, task.context.run) or "reloaded" in task.steps:
        return None
    pending = {"reload_pending": True} if task.has_handlers else {}
    return {**task.directory, "state": "recorded", "record": pending, **reload}


def _reload_options(task: CertificateTask) -> dict[str, t.Any]:
    if not task.reload.get("command"):
        return {}
    test = given(task.reload.get("test_signature") or {})
    needed = {"test_signature": test, "verification": task.context.target_options["verification"]} if test else {}
    return {"reload_command": task.reload["command"], **needed}


def needs_notification(task: CertificateTask) -> bool:
    """Return whether handlers must be notified.

    The notification must then be recorded.
    """
    if task.error is not None:
        return False
    waits = services.is_pending(task.facts, task.context.run)
    is_pending = waits and (task.has_handlers or not _reload_options(task))
    return is_pending or (task.is_deployed and task.has_handlers)


def undelivered(task: CertificateTask) -> Message | None:
    """Return why this play cannot deliver a notification that its services wait for; ``None`` if it can."""
    return services.undelivered(task.facts, task.context.run) if needs_notification(task) else None


def note_notification(task: CertificateTask) -> None:
    """Count on the play to notify the services."""
    if (needs_notification(task) and undelivered(task) is None) or "reloaded" in task.steps:
        task.facts = task.facts.with_host(
            record=dataclasses.replace(task.facts.host.record, reload_pending=False, unnotified=False)
        )


def take_answer(task: CertificateTask, row: Json) -> None:
    """Take what the host did."""
    was_deployment = task.is_open and task.bundle is not None
    task.steps += [step for step in ("reloaded", "rolled_back") if row.get(step)]
    if row.get("error_code"):
        task.error = task.error or host_error(row)
    # A deployment that failed before it wrote the record is followed by a record of its order.
    is_unrecorded = was_deployment and (
        not _is_of_answer(task) or (row.get("error_code") and not _has_recorded_deployment(task, row))
    )
    if not task.has_conflict and not is_unrecorded:
        task.unrecorded = {}
    if row.get("error_code") or not was_deployment:
        return
    live = row.get("live")
    if not isinstance(live, Mapping):
        task.error = HostUnreadable(Message("The host does not show the certificate that it was given."))
        return
    task.is_finished = True
    task.is_deployed = bool(row.get("changed"))
    if task.is_deployed:
        task.steps.append("deployed")
    certificate = Certificate.read((task.bundle or {}).get("info"))
    task.facts = task.facts.with_host(
        live=LiveState(host_text(live, "release") or "", certificate, True),
        # They were read before the switch.
        signed_documents=None,
        record=dataclasses.replace(task.facts.host.record, unnotified=task.notification["unnotified"]),
    )


def _has_recorded_deployment(task: CertificateTask, row: Json) -> bool:
    """Return whether the record that a failed deployment left has the certificate, live or rolled back."""
    record = HostState.read({"record": row.get("record")}, path=task.entry.path).record
    parts = [record.live, *record.superseded]
    fingerprint = (task.bundle or {})["info"]["fingerprint_sha256"]
    return any(part is not None and part.fingerprint_sha256 == fingerprint for part in parts)
