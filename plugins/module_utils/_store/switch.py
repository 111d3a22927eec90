# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Switch the symbolic link through which services read the live release."""

from __future__ import annotations

import dataclasses
import os

from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    SignatureFailed,
    StoreFailed,
    WotrusError,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.record import Record
from ansible_collections.wotrus.pki.plugins.module_utils._store.files import (
    SetAttributes,
    read_file,
    remove_file,
    sync_directory,
    temporary_name,
)
from ansible_collections.wotrus.pki.plugins.module_utils._store.inspection import read_certificate, read_key
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import KEY_URI, PRIVATE_KEY, Layout
from ansible_collections.wotrus.pki.plugins.module_utils._store.record_file import write_record
from ansible_collections.wotrus.pki.plugins.module_utils._store.releases import Contents, repair
from ansible_collections.wotrus.pki.plugins.module_utils._x509.keys import proves_key
from ansible_collections.wotrus.pki.plugins.module_utils._x509.library import PrivateKey


def go_live(
    layout: Layout,
    release: str,
    contents: Contents,
    *,
    before: Record,
    after: Record,
    key: PrivateKey | None,
    set_attributes: SetAttributes | None = None,
) -> None:
    """Make a release live and check it, after the pending reload is recorded: the run may be killed after the switch.

    If the check fails, the former link and record are restored.

    :param contents: the release's files; those of a live release that differ are replaced
    :param before: the record without the release
    :param after: the record with it, which says what is to be notified
    :param key: the live key, if it is no file but can sign
    :param set_attributes: of the files that are replaced
    :raises StoreFailed: a file differs from what was written
    :raises SignatureFailed: the certificate does not verify a signature of the key
    """
    with_reload = dataclasses.replace(before, reload_pending=after.reload_pending, unnotified=after.unnotified)
    if with_reload != before:
        write_record(layout, with_reload)
    former = os.readlink(layout.live) if layout.live.is_symlink() else None
    target = f"{layout.releases.name}/{release}"
    try:
        if former != target:
            set_symlink(layout, target)
        elif set_attributes is not None:
            repair(layout, release, contents, set_attributes=set_attributes)
        _verify_live_files(layout, contents, key=key)
    except (WotrusError, OSError):
        if former != target:
            set_symlink(layout, former)
            if with_reload != before:
                write_record(layout, before)
        raise


def set_symlink(layout: Layout, target: str | None) -> None:
    """Set the link to a target atomically, or remove it."""
    if target is None:
        remove_file(layout.live)
    else:
        temporary = temporary_name(layout.path)
        temporary.symlink_to(target)
        temporary.replace(layout.live)
    sync_directory(layout.path)


def _verify_live_files(layout: Layout, contents: Contents, *, key: PrivateKey | None) -> None:
    """Read the live files back, and sign with the live key."""
    for name, data in contents.items():
        if read_file(layout.live / name) != data:
            raise StoreFailed("{path} differs from what was written. Check the file system.", path=layout.live / name)
    stored = read_key(layout.live / PRIVATE_KEY) if PRIVATE_KEY in contents else None
    key = stored.key if stored is not None else key
    if key is not None and not proves_key(key, read_certificate(layout.live)):
        raise SignatureFailed(
            "{path}: a signature of this key does not verify with the certificate. The key or its token is damaged.",
            path=layout.live / (PRIVATE_KEY if stored is not None else KEY_URI),
        )
