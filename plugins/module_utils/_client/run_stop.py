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
    def why(self) -> Message | None:
        """Why nothing is ordered or reissued; ``None`` if nothing stops it."""
        field, _end, order_id = self._shared[:].rstrip(b"\0").decode("utf-8", "replace").partition("\n")
        if not field:
            return None
        if not order_id:
            return Message(
                "An answer of WoTrus in this run contradicts the manual ({field}), so no order and no reissue is sent.",
                field=field,
            )
        return Message(
            "An answer of WoTrus about order {order_id} in this run contradicts the manual ({field}), so no order and "
            "no reissue is sent.",
            order_id=order_id,
            field=field,
        )

    def set(self, field: str, order_id: str | None = None) -> None:
        """Stop the run.

        :param field: as the manual spells it, such as ``data.status``
        :param order_id: which the answer is about
        """
        if self.why is None:
            found = f"{field}\n{order_id or ''}".encode()[:_SIZE]
            self._shared[: len(found)] = found

    def check(self) -> None:
        """Check that nothing stops an order or a reissue.

        :raises OrdersStopped: something does
        """
        why = self.why
        if why is not None:
            raise OrdersStopped(why)


STOP = RunStop()
"""That of this process and of all that it forks."""
