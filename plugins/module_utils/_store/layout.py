# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of files in a certificate's directory, and checks of its paths."""

from __future__ import annotations

import os
import pathlib
import re
import stat

from ansible_collections.wotrus.pki.plugins.module_utils._errors import UnsafePath

PRIVATE_KEY = "privkey.pem"
CERTIFICATE = "cert.pem"
CHAIN = "chain.pem"
FULLCHAIN = "fullchain.pem"
ROOT = "root.pem"
BUNDLE = "bundle.p12"
COMBINED = "combined.pem"
UKEY_FILE = "ukey_password"
KEY_URI = "key.uri"
SM2_PARTS = ("sign", "encrypt")
REQUEST = "request.csr"
ATTESTATION = "attestation"


SM2_ENCRYPTION = f"encrypt_{CERTIFICATE}"
SM2_FILES = tuple(f"{part}_{kind}" for part in SM2_PARTS for kind in (CERTIFICATE, CHAIN, ROOT))
PRIVATE_MODE = 0o600
PRIVATE_FILES = frozenset({PRIVATE_KEY, BUNDLE, COMBINED, UKEY_FILE})
# Files are removed in this order. The key is last, so that an interrupted removal is recognized.
PENDING_FILES = (REQUEST, ATTESTATION, UKEY_FILE, KEY_URI, PRIVATE_KEY)
RELEASE_FILES = (CERTIFICATE, CHAIN, FULLCHAIN, ROOT, *SM2_FILES, BUNDLE, COMBINED, *PENDING_FILES)
TEMPORARY_PREFIX = ".wotrus-"
# It is compiled when it is first needed: on a target, rarely.
_MODE = r"0?[0-7]{1,4}|[ugoa]*([-+=]([rwxXst]*|[ugo]))+(,[ugoa]*([-+=]([rwxXst]*|[ugo]))+)*"
RELEASE_NAME = re.compile(r"[0-9A-Fa-f]{1,64}")
CERTIFICATE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
"""The name of a certificate, which is that of its folder."""

LEAST_RELEASES = 2
"""The releases that are kept at least: the live one and the one before it, for a rollback."""

MOST_UNLISTED = 100
"""How many folders of a host that no entry names are shown."""


def is_mode(mode: str) -> bool:
    """Return whether Ansible's file modules take a mode: octal, or symbolic."""
    return re.fullmatch(_MODE, mode) is not None


def file_mode(name: str) -> int:
    """Return the mode with which a file is made: only its owner may read a private one."""
    return PRIVATE_MODE if name in PRIVATE_FILES else 0o644


class Layout:
    """The directory of one certificate.

    :ivar path: absolute
    :ivar pending: the folder of the pending key and CSR
    :ivar refused: has a folder for each former pending key whose request was refused
    :ivar live: the symbolic link to the live release
    :ivar lock: the file that executions lock
    """

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        self.record = path / "record.json"
        self.pending = path / "pending"
        self.refused = path / "refused"
        self.releases = path / "releases"
        self.live = path / "live"
        self.lock = path / ".lock"

    @classmethod
    def at(cls, path: str) -> Layout:
        """Check a path, and return its layout.

        :raises UnsafePath: it is relative or the root, or a folder of the collection is a link or a file
        """
        layout = cls(pathlib.Path(os.path.normpath(path)))
        is_plain = path.isprintable() and os.path.isabs(path) and ".." not in pathlib.PurePath(path).parts
        if not is_plain or layout.path.parent == layout.path:
            raise UnsafePath(
                "The path {path!r} must be absolute, without '..' and control characters, and not '/'.", path=path
            )
        for directory in (layout.path, layout.releases, layout.pending, layout.refused):
            _refuse_other_than_directory(directory)
        live = _kind(layout.live)
        if live is not None and not stat.S_ISLNK(live):
            raise UnsafePath(
                "{path} is not a symbolic link. Move it away, since the live link has this name.", path=layout.live
            )
        return layout

    def is_of_a_certificate(self) -> bool:
        """Return whether the directory is that of a certificate, and not another one."""
        return self.record.exists() and self.releases.exists()

    def release(self, name: str) -> pathlib.Path:
        """Return the folder of a release.

        :raises UnsafePath: the name is not hexadecimal, or the folder is a link or a file
        """
        if not RELEASE_NAME.fullmatch(name):
            raise UnsafePath("The name of a release must be hexadecimal, not {name!r}.", name=name)
        _refuse_other_than_directory(self.releases / name)
        return self.releases / name

    def release_names(self) -> list[str]:
        """Return the names of the existing releases, sorted."""
        return _folder_names(self.releases)

    def release_folders(self) -> list[pathlib.Path]:
        """Return the folders of the existing releases, sorted."""
        return [self.releases / name for name in self.release_names()]

    def refused_folders(self) -> list[pathlib.Path]:
        """Return the folders of the keys whose requests were refused, sorted."""
        return [self.refused / name for name in _folder_names(self.refused)]

    def live_release(self) -> str | None:
        """Return the release that ``live`` points to.

        ``None`` without a link or without the release.

        :raises UnsafePath: the link points to another place
        """
        try:
            target = os.readlink(self.live)
        except FileNotFoundError:
            return None
        parts = pathlib.PurePath(target).parts
        if len(parts) != 2 or parts[0] != self.releases.name or not RELEASE_NAME.fullmatch(parts[1]):
            raise UnsafePath(
                "{path} points to {target!r}, which is not a release. Remove the link.", path=self.live, target=target
            )
        return parts[1] if _kind(self.release(parts[1])) is not None else None


def _folder_names(path: pathlib.Path) -> list[str]:
    """Return the names of the collection's folders in a directory, sorted."""
    if _kind(path) is None:
        return []
    with os.scandir(path) as entries:
        folders = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    return sorted(filter(RELEASE_NAME.fullmatch, folders))


def _kind(path: pathlib.Path) -> int | None:
    try:
        return path.lstat().st_mode
    except FileNotFoundError:
        return None


def _refuse_other_than_directory(path: pathlib.Path) -> None:
    mode = _kind(path)
    if mode is None or stat.S_ISDIR(mode):
        return
    raise UnsafePath(
        "{path} is a link or a file. Move it away, since a directory of the collection has this name.", path=path
    )
