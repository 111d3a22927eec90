# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Owner, group, mode and SELinux context of files: all that the store knows of the code that Ansible has for them."""

from __future__ import annotations

import pathlib
import typing as t

__all__ = ["FileAttributes", "PlainAttributes"]


class FileAttributes(t.Protocol):
    """Gives a file the attributes that the user wants."""

    def apply(self, path: pathlib.Path, *, private: bool) -> bool:
        """Set what differs, and return whether anything did; in check mode, only return it.

        :param private: the file holds a key or a password: its mode is 0600, whatever is wanted
        """


class PlainAttributes:
    """Mode 0644, or 0600 for what is private, and nothing else."""

    def apply(self, path: pathlib.Path, *, private: bool) -> bool:
        """See :class:`FileAttributes`."""
        mode = 0o600 if private else 0o644
        if path.stat().st_mode & 0o7777 == mode:
            return False
        path.chmod(mode)
        return True
