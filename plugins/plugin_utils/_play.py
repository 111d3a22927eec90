# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task can know of the play that it is in."""

from __future__ import annotations

from ansible.playbook.handler import Handler
from ansible.playbook.task import Task

TOPIC = "wotrus certificate changed"
"""What the role notifies when a certificate changed."""


def may_be_heard(task: Task) -> bool:
    """Tell whether a handler of the task's play, other than those of the task's own role, is called by the topic.

    A handler whose name is a template may be, and so may one of a play that does not show its handlers.
    """
    try:
        handlers = [handler for block in task.get_play().handlers for handler in block.block]
        own = task._role and task._role.get_name()
        return any(_listens(handler) for handler in handlers if not (own and _role_of(handler) == own))
    except AttributeError:
        return True


def _role_of(handler: Handler) -> str | None:
    return str(handler._role.get_name()) if handler._role else None


def _listens(handler: Handler) -> bool:
    name = handler.name or ""
    return TOPIC in handler.listen or name == TOPIC or "{{" in name
