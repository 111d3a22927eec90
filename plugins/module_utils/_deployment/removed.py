# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The states ``rolled_back`` and ``absent``."""

from __future__ import annotations

import dataclasses

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.options import DeploymentOptions
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.present import (
    previous_of,
    validate_release,
)
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.target import (
    Done,
    Found,
    Target,
    look,
)
from ansible_collections.wotrus.pki.plugins.module_utils._errors import KeyMismatch, NothingToRollBack, WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import ROLLED_BACK, UKEY, Record
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import read_file, remove_directory, remove_file
from ansible_collections.wotrus.pki.plugins.module_utils._store.inspection import inspect_release
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import (
    PENDING_FILES,
    RELEASE_FILES,
    Layout,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.recordfile import read_record, write_record
from ansible_collections.wotrus.pki.plugins.module_utils._store.releases import former_release
from ansible_collections.wotrus.pki.plugins.module_utils._store.switch import point, read_back, switch

__all__ = ["remove", "roll_back"]


def roll_back(layout: Layout, options: DeploymentOptions, target: Target) -> Done:
    """Make the former release the live one again. Doing it twice is doing it once.

    :raises NothingToRollBack: there is no former release
    :raises KeyMismatch: the former release has not the key of its certificate
    """
    found = look(layout)
    goal = _goal(layout, found)
    if goal is None:
        raise NothingToRollBack(f"{layout.path} has no former release to go back to.")
    facts = inspect_release(layout, goal, on_ukey=_is_on_ukey(found.record, goal))
    if not facts.key_matches:
        raise KeyMismatch(f"{layout.release(goal)} has not the key of its certificate: it cannot go live again.")
    before = _known(found)
    switches = found.live != goal
    record = before.with_rollback(facts.live)
    owed = before.reload_owed or (switches and bool(options.record.get("reload_owed")))
    record = dataclasses.replace(record, reload_owed=owed)
    if not target.check_mode:
        if switches:
            _switch_back(layout, options, target, goal, before=before, owed=owed)
        if record != found.record:
            write_record(layout, record)
    return Done(
        changed=switches or record != found.record,
        record=record,
        facts=facts,
        previous=previous_of(layout, record, goal),
    )


def _goal(layout: Layout, found: Found) -> str | None:
    """Return the release to go back to, or the live one where a run before has been there already."""
    record = found.record
    if record is not None and record.live is not None and found.live is not None:
        superseded = [one.live.release for one in record.superseded]
        if record.live.release != found.live and found.live in superseded:
            return found.live
        last = record.superseded[-1] if record.superseded else None
        if record.live.release == found.live and last is not None and last.operation == ROLLED_BACK:
            return found.live
    return former_release(layout, record, found.live)


def _is_on_ukey(record: Record | None, release: str) -> bool:
    known = [one.live for one in record.superseded if one.live.release == release] if record else []
    return any(one.storage == UKEY for one in known)


def _known(found: Found) -> Record:
    record = found.record or Record()
    if record.live is None and found.facts is not None:
        record = dataclasses.replace(record, live=found.facts.live)
    return record


def _switch_back(
    layout: Layout, options: DeploymentOptions, target: Target, goal: str, *, before: Record, owed: bool
) -> None:
    if options.validate:
        validate_release(layout, options, target, goal)
    contents = {}
    for name in RELEASE_FILES:
        data = read_file(layout.release(goal) / name)
        if data is not None:
            contents[name] = data
    if owed != before.reload_owed:
        write_record(layout, dataclasses.replace(before, reload_owed=owed))
    try:
        switch(layout, goal, check=lambda: read_back(layout, contents))
    except (WotrusError, OSError):
        if owed != before.reload_owed:
            write_record(layout, before)
        raise


def remove(layout: Layout, options: DeploymentOptions, target: Target) -> Done:
    """Remove everything of ours, and the directory unless something else is in it."""
    read_record(layout)
    if not target.check_mode:
        _remove_everything(layout)
        if layout.path.exists():
            target.warn(f"{options.path} is not empty without the collection's files, and was left where it is.")
    return Done(changed=True)


def _remove_everything(layout: Layout) -> None:
    """The link goes first: nobody shall read a release that is half gone. The lock goes last."""
    point(layout, None)
    for name in layout.release_names():
        remove_directory(layout.release(name), names=RELEASE_FILES)
    remove_directory(layout.releases, names=())
    remove_directory(layout.pending, names=PENDING_FILES)
    remove_file(layout.record)
    remove_directory(layout.path, names=(layout.lock.name,))
