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
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.commands import end_of_output
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.install_plan import (
    InstallPlan,
    plan_install,
    storage_to_deploy,
)
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.options import DeploymentOptions
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.target import (
    CurrentState,
    DeploymentResult,
    Target,
    inspect_directory,
    release_attributes,
)
from ansible_collections.wotrus.pki.plugins.module_utils._errors import ValidationFailed, WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import PKCS11, UKEY, LiveCertificate, Record
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import ReleaseAttributes, read_file
from ansible_collections.wotrus.pki.plugins.module_utils._store.inspection import describe_live, read_certificate
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import KEY_URI, REQUEST, Layout
from ansible_collections.wotrus.pki.plugins.module_utils._store.pending import (
    discard_pending,
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
from ansible_collections.wotrus.pki.plugins.module_utils._store.switch import switch, verify_live_files
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

if t.TYPE_CHECKING:
    from ansible_collections.wotrus.pki.plugins.module_utils._token.session import Token


def install(layout: Layout, options: DeploymentOptions, target: Target) -> DeploymentResult:
    """Deploy a certificate.

    :raises KeyMismatch: no key in the directory is that of the certificate
    :raises UntrustedChain: the signatures do not lead to the root
    :raises ValidationFailed: the user's command refused the release
    :raises StoreFailed: the files could not be written, or differ after they were written
    """
    current = inspect_directory(layout)
    storage = storage_to_deploy(layout, options, current.record or Record())
    uses_token = storage == PKCS11 or (storage == UKEY and bool(options.key.get("pkcs11")))
    if not uses_token or target.check_mode:
        return _install(layout, options, target, current, None)
    # The token is opened only here and in the state prepared, so that reading a host needs no PIN.
    from ansible_collections.wotrus.pki.plugins.module_utils._deployment.token import (
        opened_token,
        warn_of_unused_keys,
    )

    with opened_token(layout, options, current.record) as token:
        done = _install(layout, options, target, current, token)
        warn_of_unused_keys(layout, token, target)
    return done


def _install(
    layout: Layout, options: DeploymentOptions, target: Target, current: CurrentState, token: Token | None
) -> DeploymentResult:
    attributes = release_attributes(options, target)
    plan = plan_install(layout, options, current, token)
    if target.check_mode:
        adjusted = plan.exists and apply_attributes(layout, plan.release, attributes)
    else:
        adjusted = _deploy_release(layout, options, target, current, plan, attributes, token)
    pruned = releases_to_prune(layout, plan.record, live=plan.release, keep=options.keep)
    if not target.check_mode:
        _remove_from_token(layout, pruned, token, target)
        prune(layout, pruned)
    return DeploymentResult(
        changed=bool(
            plan.changes_live_files or adjusted or pruned or plan.clears_pending or plan.record != current.record
        ),
        record=plan.record,
        facts=LiveFacts(live=plan.record.live, key_matches=True) if plan.record.live else None,
        previous=previous_of(layout, plan.record, plan.release),
        switched=plan.switches,
        former=current.live if plan.switches else None,
    )


def _deploy_release(
    layout: Layout,
    options: DeploymentOptions,
    target: Target,
    current: CurrentState,
    plan: InstallPlan,
    attributes: ReleaseAttributes,
    token: Token | None,
) -> bool:
    if not plan.exists:
        create(layout, plan.release, plan.contents)
    elif plan.switches:
        repair(layout, plan.release, plan.contents, attributes=attributes)
    adjusted = apply_attributes(layout, plan.release, attributes)
    if plan.switches:
        validate_release(layout, options, target, plan.release)
        if plan.request is not None:
            install_external(layout, options, plan.release)
    key = plan.in_token.key if plan.in_token else None
    if token is not None and key is not None and token.options.is_own_id(key.id):
        token.store_certificate(key.id, plan.certificate)
    if plan.changes_live_files:
        _switch(layout, current, plan, attributes)
    if plan.discards_pending:
        _discard_from_token(layout, token, target)
        discard_pending(layout)
    if plan.clears_pending and options.record.get("ukey_password_known") is False:
        # The pending password was generated for this order, which another run had placed with its own password.
        remove_ukey_password(layout)
    _update_record(layout, current, plan)
    return adjusted


def _discard_from_token(layout: Layout, token: Token | None, target: Target) -> None:
    uri = read_file(layout.pending / KEY_URI)
    if uri is not None:
        from ansible_collections.wotrus.pki.plugins.module_utils._deployment.token import remove_objects

        remove_objects(layout, [uri], token, target, kept=layout.release_names())


def _remove_from_token(layout: Layout, names: t.Sequence[str], token: Token | None, target: Target) -> None:
    """Remove the keys of releases from the token, before the releases."""
    uris = [uri for name in names if (uri := read_file(layout.release(name) / KEY_URI)) is not None]
    if uris:
        from ansible_collections.wotrus.pki.plugins.module_utils._deployment.token import remove_objects

        kept = [name for name in layout.release_names() if name not in names]
        remove_objects(layout, uris, token, target, kept=kept)


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


def _switch(layout: Layout, current: CurrentState, plan: InstallPlan, attributes: ReleaseAttributes) -> None:
    """Switch the link, after the pending reload is recorded.

    The run may be killed after the switch.
    """
    before = current.record or Record()
    with_reload = dataclasses.replace(before, reload_pending=plan.record.reload_pending)
    if with_reload != before:
        write_record(layout, with_reload)
    in_token = plan.in_token.key if plan.in_token else None
    token_key = in_token.key if in_token else None
    try:
        if plan.switches:
            switch(layout, plan.release, check=lambda: verify_live_files(layout, plan.contents, token_key=token_key))
        else:
            repair(layout, plan.release, plan.contents, attributes=attributes)
            verify_live_files(layout, plan.contents, token_key=token_key)
    except (WotrusError, OSError):
        if with_reload != before and plan.switches:
            write_record(layout, before)
        raise


def validate_release(layout: Layout, options: DeploymentOptions, target: Target, release: str) -> None:
    """Run the user's validate command on the folder of a release.

    :raises ValidationFailed: its exit status is not 0
    """
    if not options.validate:
        return
    folder = str(layout.release(release))
    command = [part.replace("%s", folder) for part in options.validate]
    try:
        status, output = target.run(command)
    except OSError as exc:
        failed = Message(
            "{path}: the validate command '{command}' cannot be run: {error}.",
            path=layout.path,
            command=command[0],
            error=exc,
        )
        raise ValidationFailed(failed) from exc
    if status != 0:
        words = end_of_output(output)
        refusal = {"path": layout.path, "command": command[0], "release": release, "status": status}
        raise ValidationFailed(
            Message(
                "{path}: the live release is unchanged, since the validate command '{command}' refused the release "
                "{release} with exit status {status}: {output}",
                **refusal,
                output=words,
            )
            if words
            else Message(
                "{path}: the validate command '{command}' refused the release {release} with exit status {status}. "
                "The live release is unchanged.",
                **refusal,
            )
        )


def install_external(layout: Layout, options: DeploymentOptions, release: str) -> None:
    """Give the certificate of an external key to the user's command.

    :raises CommandFailed: the command failed
    """
    if (layout.release(release) / REQUEST).is_file() and options.key.get("install_command"):
        from ansible_collections.wotrus.pki.plugins.module_utils._deployment.external import install_certificate

        install_certificate(layout, options, release)


def previous_of(layout: Layout, record: Record | None, live: str | None) -> LiveCertificate | None:
    """Return the certificate that was live before; ``None`` without one."""
    name = former_release(layout, record, live)
    if name is None:
        return None
    known = [one.live for one in record.superseded if one.live.release == name] if record else []
    try:
        return known[-1] if known else describe_live(read_certificate(layout.release(name)), release=name)
    except WotrusError:
        return None
