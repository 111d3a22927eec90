# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state ``present``: key, certificate and chain are deployed together, or not at all.

The order of the steps is what makes a kill harmless. Until the link is switched, the old release is live and the key is
in ``pending/``. After it, the new release is complete and holds the key. The record and the clearing up follow, and the
same call does what is left of them.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.commands import end_of_output
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.expected import require_expected
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.options import DeploymentOptions
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.plan import Plan, make_plan
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.target import (
    CurrentState,
    DeploymentResult,
    Target,
    inspect_directory,
)
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    KeyMismatch,
    ValidationFailed,
    WotrusError,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import LiveCertificate, Record
from ansible_collections.wotrus.pki.plugins.module_utils._store.attributes import FileAttributes
from ansible_collections.wotrus.pki.plugins.module_utils._store.inspection import live_of, read_certificate
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import Layout
from ansible_collections.wotrus.pki.plugins.module_utils._store.pending import (
    discard_pending,
    forget_ukey_password,
    remove_pending,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.recordfile import write_record
from ansible_collections.wotrus.pki.plugins.module_utils._store.releases import (
    apply_attributes,
    create,
    former_release,
    prunable,
    prune,
    repair,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.snapshot import LiveFacts
from ansible_collections.wotrus.pki.plugins.module_utils._store.switch import read_back, switch

__all__ = ["install", "previous_of", "validate_release"]


def install(layout: Layout, options: DeploymentOptions, target: Target) -> DeploymentResult:
    """Make a certificate live.

    :raises StateConflict: it was planned for another release than is live, and it is not live itself
    :raises KeyMismatch: there is no key for it here
    :raises UntrustedChain: the signatures do not lead to the root
    :raises ValidationFailed: the user's command refused it
    :raises StoreFailed: it could not be written, or read back
    """
    attributes = target.file_attributes(options.files)
    current = inspect_directory(layout)
    try:
        plan = make_plan(layout, options, current)
    except KeyMismatch:
        # Another run may have ended the request, and its key with it.
        require_expected(layout, options)
        raise
    require_expected(layout, options, installed=plan.release)
    if target.check_mode:
        adjusted = plan.exists and apply_attributes(layout, plan.release, attributes)
    else:
        adjusted = _go_live(layout, options, target, current, plan, attributes)
    pruned = prunable(layout, plan.record, live=plan.release, keep=options.keep)
    if not target.check_mode:
        prune(layout, pruned)
    return DeploymentResult(
        changed=bool(plan.goes_live or adjusted or pruned or plan.clears_pending or plan.record != current.record),
        record=plan.record,
        facts=LiveFacts(live=plan.record.live, key_matches=True) if plan.record.live else None,
        previous=previous_of(layout, plan.record, plan.release),
        switched=plan.switches,
        former=current.live if plan.switches else None,
    )


def _go_live(
    layout: Layout,
    options: DeploymentOptions,
    target: Target,
    current: CurrentState,
    plan: Plan,
    attributes: FileAttributes,
) -> bool:
    if not plan.exists:
        create(layout, plan.release, plan.contents)
    elif plan.switches:
        repair(layout, plan.release, plan.contents, attributes=attributes)
    adjusted = apply_attributes(layout, plan.release, attributes)
    if plan.switches:
        validate_release(layout, options, target, plan.release)
    if plan.goes_live:
        _switch(layout, current, plan, attributes)
    if plan.discards_pending:
        discard_pending(layout)
    if plan.clears_pending and options.record.get("ukey_password_known") is False:
        # The one in pending/ was made for an order that another request had placed.
        forget_ukey_password(layout)
    _update_record(layout, current, plan)
    return adjusted


def _update_record(layout: Layout, current: CurrentState, plan: Plan) -> None:
    """Write the record and clear ``pending/``; until then a reload is pending, so that the next run has work."""
    is_new = plan.record != current.record
    needs_reload = plan.record.reload_pending
    if is_new:
        write_record(layout, dataclasses.replace(plan.record, reload_pending=needs_reload or plan.clears_pending))
    if plan.clears_pending:
        remove_pending(layout, plan.release)
        if is_new and not needs_reload:
            write_record(layout, plan.record)


def _switch(layout: Layout, current: CurrentState, plan: Plan, attributes: FileAttributes) -> None:
    """Note the reload before the switch: a run that is killed after the switch must not forget it."""
    before = current.record or Record()
    noted = dataclasses.replace(before, reload_pending=plan.record.reload_pending)
    if noted != before:
        write_record(layout, noted)
    try:
        if plan.switches:
            switch(layout, plan.release, check=lambda: read_back(layout, plan.contents))
        else:
            repair(layout, plan.release, plan.contents, attributes=attributes)
            read_back(layout, plan.contents)
    except (WotrusError, OSError):
        if noted != before and plan.switches:
            write_record(layout, before)
        raise


def validate_release(layout: Layout, options: DeploymentOptions, target: Target, release: str) -> None:
    """Run the user's validate command, if there is one, on the folder of a release.

    :raises ValidationFailed: its exit status is not 0
    """
    if not options.validate:
        return
    folder = str(layout.release(release))
    command = [part.replace("%s", folder) for part in options.validate]
    try:
        status, output = target.run(command)
    except OSError as exc:
        raise ValidationFailed(f"{layout.path}: the validate command '{command[0]}' cannot be run: {exc}.") from exc
    if status != 0:
        words = end_of_output(output)
        raise ValidationFailed(
            f"{layout.path}: the validate command '{command[0]}' refused the release {release} with exit status"
            f" {status}{': ' + words if words else '.'} What was live still is."
        )


def previous_of(layout: Layout, record: Record | None, live: str | None) -> LiveCertificate | None:
    """Return the facts of the release that was live before."""
    name = former_release(layout, record, live)
    if name is None:
        return None
    known = [one.live for one in record.superseded if one.live.release == name] if record else []
    try:
        return known[-1] if known else live_of(read_certificate(layout.release(name)), release=name)
    except WotrusError:
        return None
