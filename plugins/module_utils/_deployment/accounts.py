# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Users and groups of the target."""

from __future__ import annotations

import grp
import pwd
import typing as t

LOOK_UP: dict[str, t.Callable[[str], object]] = {"owner": pwd.getpwnam, "group": grp.getgrnam}
"""How an account is looked up, by its kind."""


def is_missing(name: str | None, kind: str) -> bool:
    """Return whether an account is given by a name that the host does not have.

    :param kind: ``owner`` or ``group``
    """
    try:
        return not (name is None or name.isdigit() or LOOK_UP[kind](name))
    except KeyError:
        return True
