# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names and places in a certificate's directory, and what may not be there."""

from __future__ import annotations

import dataclasses
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
UKEY_FILE = "ukey_password"
SM2_PARTS = ("sign", "encrypt")
REQUEST = "request.csr"


def sm2_file(part: str, kind: str) -> str:
    """Return the name of a file of an SM2 pair: ``sign_cert.pem``, ``encrypt_chain.pem`` and so on.

    :param part: one of ``SM2_PARTS``
    :param kind: the name of the same file of the certificate beside it, such as ``cert.pem``
    """
    return f"{part}_{kind}"


SM2_FILES = tuple(sm2_file(part, kind) for part in SM2_PARTS for kind in (CERTIFICATE, CHAIN, ROOT))
PRIVATE_FILES = frozenset({PRIVATE_KEY, BUNDLE, UKEY_FILE})
RELEASE_FILES = (CERTIFICATE, CHAIN, FULLCHAIN, ROOT, *SM2_FILES, BUNDLE, UKEY_FILE, PRIVATE_KEY)
# The key goes last where files are removed: while it is there, an interrupted removal differs from a new key.
PENDING_FILES = (REQUEST, UKEY_FILE, PRIVATE_KEY)
TEMPORARY_PREFIX = ".wotrus-"
RELEASE_NAME = re.compile(r"[0-9A-Fa-f]{1,64}")

__all__ = [
    "BUNDLE",
    "CERTIFICATE",
    "CHAIN",
    "FULLCHAIN",
    "PENDING_FILES",
    "PRIVATE_FILES",
    "PRIVATE_KEY",
    "RELEASE_FILES",
    "RELEASE_NAME",
    "REQUEST",
    "ROOT",
    "SM2_FILES",
    "SM2_PARTS",
    "TEMPORARY_PREFIX",
    "UKEY_FILE",
    "Layout",
    "sm2_file",
]


@dataclasses.dataclass(frozen=True)
class Layout:
    """The directory of one certificate.

    :ivar path: absolute
    """

    path: pathlib.Path

    @classmethod
    def at(cls, path: str) -> Layout:
        """Check a path and what stands there.

        :raises UnsafePath: it is relative or the root, or a link stands where a directory of ours should be
        """
        if not os.path.isabs(path) or ".." in pathlib.PurePath(path).parts or not path.isprintable():
            raise UnsafePath(f"The path {path!r} must be absolute, without '..' and control characters.")
        layout = cls(pathlib.Path(os.path.normpath(path)))
        if layout.path.parent == layout.path:
            raise UnsafePath("The path of a certificate cannot be the root directory.")
        for directory in (layout.path, layout.releases, layout.pending):
            _refuse_other_than_directory(directory)
        live = _kind(layout.live)
        if live is not None and not stat.S_ISLNK(live):
            raise UnsafePath(f"{layout.live} is no symbolic link: move it away; the live link belongs there.")
        return layout

    @property
    def record(self) -> pathlib.Path:
        """The record of the certificate and its orders."""
        return self.path / "record.json"

    @property
    def pending(self) -> pathlib.Path:
        """The folder of the next key."""
        return self.path / "pending"

    @property
    def releases(self) -> pathlib.Path:
        """The folder of the releases."""
        return self.path / "releases"

    @property
    def live(self) -> pathlib.Path:
        """The symbolic link to the live release."""
        return self.path / "live"

    @property
    def lock(self) -> pathlib.Path:
        """The file that executions lock."""
        return self.path / ".lock"

    def release(self, name: str) -> pathlib.Path:
        """Return the folder of a release.

        :raises UnsafePath: the name is not hexadecimal, or a link stands there
        """
        if not RELEASE_NAME.fullmatch(name):
            raise UnsafePath(f"A release's name is hexadecimal, not {name!r}.")
        _refuse_other_than_directory(self.releases / name)
        return self.releases / name

    def release_names(self) -> list[str]:
        """Return the names of the releases that are there, sorted."""
        if _kind(self.releases) is None:
            return []
        with os.scandir(self.releases) as entries:
            return sorted(
                entry.name
                for entry in entries
                if RELEASE_NAME.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
            )

    def live_release(self) -> str | None:
        """Return the name of the release that ``live`` points to; None without a link, or where its release is gone.

        :raises UnsafePath: the link points to somewhere else
        """
        try:
            target = os.readlink(self.live)
        except FileNotFoundError:
            return None
        parts = pathlib.PurePath(target).parts
        if len(parts) != 2 or parts[0] != self.releases.name or not RELEASE_NAME.fullmatch(parts[1]):
            raise UnsafePath(f"{self.live} points to {target!r}, which is no release of ours: remove the link.")
        return parts[1] if _kind(self.release(parts[1])) is not None else None


def _kind(path: pathlib.Path) -> int | None:
    try:
        return path.lstat().st_mode
    except FileNotFoundError:
        return None


def _refuse_other_than_directory(path: pathlib.Path) -> None:
    mode = _kind(path)
    if mode is None or stat.S_ISDIR(mode):
        return
    what = "a symbolic link" if stat.S_ISLNK(mode) else "no directory"
    raise UnsafePath(f"{path} is {what}; a directory of the collection's own must stand there: move it away.")
