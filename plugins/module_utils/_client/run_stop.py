# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stop the orders and reissues of a run once an answer contradicts the manual.

What an answer says then may be misread anywhere, and each order costs money. The processes that Ansible forks for a run
share a page of memory. Nothing is kept for a later run.
"""

from __future__ import annotations

import mmap

from ansible_collections.wotrus.pki.plugins.module_utils._errors import OrdersStopped
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

_SIZE = 256


class RunStop:
    """Whether an answer of this ``ansible-playbook`` run contradicts the manual, in all its processes."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, _SIZE)

    @property
    def field(self) -> str | None:
        """The field of the answer, such as ``data.status``; ``None`` if there is none."""
        return self._shared[:].rstrip(b"\0").decode("ascii", "replace") or None

    def set(self, field: str) -> None:
        """Stop the run.

        :param field: as the manual spells it
        """
        if self.field is None:
            name = field.encode("ascii")[:_SIZE]
            self._shared[: len(name)] = name

    def check(self) -> None:
        """Check that nothing stops an order or a reissue.

        :raises OrdersStopped: something does
        """
        if self.field is not None:
            raise OrdersStopped(stopped_message(self.field))


def stopped_message(field: str) -> Message:
    """Return why nothing is ordered or reissued."""
    return Message(
        "An answer of WoTrus in this run contradicts the manual ({field}), so no order and no reissue is sent.",
        field=field,
    )


STOP = RunStop()
"""That of this process and of all that it forks."""
