# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state ``present``: deploy key, certificate and chain, all or none.

The order of the steps makes a kill harmless. Before the link is switched, the old release is live and the key is in
``pending/``. After the switch, the new release is complete and has the key. The record and the cleanup follow, and the
same call completes them.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.wotrus.pki.plugins.module_utils._commands import CommandResult, with_output
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.install_plan import InstallPlan, plan_install
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.storages.kinds import storage_of
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.storages.storage import Storage
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.target import (
    CurrentState,
    Deployment,
    DeploymentResult,
    inspect_directory,
)
from ansible_collections.wotrus.pki.plugins.module_utils._errors import ValidationFailed, WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import LiveCertificate, Record
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import SetAttributes
from ansible_collections.wotrus.pki.plugins.module_utils._store.inspection import describe_release
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import Layout
from ansible_collections.wotrus.pki.plugins.module_utils._store.pending import (
    remove_deployed_pending,
    remove_ukey_password,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.record_file import write_record
from ansible_collections.wotrus.pki.plugins.module_utils._store.releases import (
    apply_attributes,
    create,
    former_release,
    prune,
    releases_to_prune,
    repair,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.snapshot import LiveFacts
from ansible_collections.wotrus.pki.plugins.module_utils._store.switch import go_live
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

_LONGEST_VALIDATION = 300


def install(deployment: Deployment) -> DeploymentResult:
    """Deploy a certificate.

    :raises KeyMismatch: no key in the storage is that of the certificate
    :raises UntrustedChain: the signatures do not lead to the root
    :raises ValidationFailed: the user's command refused the release
    :raises StoreFailed: the files could not be written, or differ after they were written
    """
    layout, target = deployment.layout, deployment.target
    current = inspect_directory(layout)
    storage = storage_of(deployment, current, current.record)
    set_attributes = deployment.set_attributes()
    with storage.opened():
        plan = plan_install(storage)
        if target.check_mode:
            adjusted = plan.exists and apply_attributes(layout, plan.release, set_attributes)
        else:
            adjusted = _deploy_release(storage, plan, set_attributes)
        options = deployment.options
        pruned = releases_to_prune(
            layout, plan.record, live=plan.release, keep=options.keep, encryption_keys=options.prune_encryption_keys
        )
        if not target.check_mode:
            kept = [layout.release(name) for name in layout.release_names() if name not in pruned]
            storage.discard([layout.release(name) for name in pruned], kept=kept)
            prune(layout, pruned)
    changed = plan.changes_live_files or adjusted or pruned or plan.clears_pending or plan.record != current.record
    return DeploymentResult(
        changed=bool(changed),
        record=plan.record,
        facts=LiveFacts(live=plan.record.live, key_matches=True) if plan.record.live else None,
        previous=previous_of(layout, plan.record, plan.release),
        former=current.live if plan.switches else None,
    )


def _deploy_release(storage: Storage, plan: InstallPlan, set_attributes: SetAttributes) -> bool:
    layout, options, current = storage.layout, storage.options, storage.current
    if not plan.exists:
        create(layout, plan.release, plan.contents)
    elif plan.switches:
        repair(layout, plan.release, plan.contents, set_attributes=set_attributes)
    adjusted = apply_attributes(layout, plan.release, set_attributes)
    if plan.switches:
        validate_release(storage.deployment, plan.release)
    storage.install(layout.release(plan.release), plan.certificate, plan.key)
    if plan.changes_live_files:
        go_live(
            layout,
            plan.release,
            plan.contents,
            before=current.record or Record(),
            after=plan.record,
            key=plan.key.private,
            set_attributes=set_attributes,
        )
    if plan.clears_pending and options.record.get("ukey_password_known") is False:
        # The pending password was generated for this order, which another run had placed with its own password.
        remove_ukey_password(layout)
    _update_record(layout, current, plan)
    return adjusted


def _update_record(layout: Layout, current: CurrentState, plan: InstallPlan) -> None:
    """Write the record and clear ``pending/``.

    A killed run leaves a pending reload, so that the next run continues.
    """
    is_new = plan.record != current.record
    needs_reload = plan.record.reload_pending
    if is_new:
        write_record(layout, dataclasses.replace(plan.record, reload_pending=needs_reload or plan.clears_pending))
    if plan.clears_pending:
        remove_deployed_pending(layout, plan.release)
        if is_new and not needs_reload:
            write_record(layout, plan.record)


def validate_release(deployment: Deployment, release: str) -> None:
    """Run the user's validate command on the folder of a release.

    :raises ValidationFailed: its exit status is not 0
    """
    command = [part.replace("%s", str(deployment.layout.release(release))) for part in deployment.options.validate]
    done = deployment.target.run_bounded(command, seconds=_LONGEST_VALIDATION) if command else CommandResult()
    if done.problem:
        refused = Message(
            "{path}: the validate command '{command}' {problem}. The live release is unchanged.",
            path=deployment.layout.path,
            command=command[0],
            problem=done.problem,
        )
        raise ValidationFailed(with_output(refused, done.output))


def previous_of(layout: Layout, record: Record | None, live: str | None) -> LiveCertificate | None:
    """Return the certificate that was live before; ``None`` without one."""
    name = former_release(layout, record, live)
    if name is None:
        return None
    known = [former for former in record.superseded if former.release == name] if record else []
    try:
        return known[-1] if known else describe_release(layout, name)
    except WotrusError:
        return None
