# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the handlers of a task's play, and its variables."""

from __future__ import annotations

import typing as t

from ansible.playbook.handler import Handler
from ansible.playbook.task import Task

TOPIC = "wotrus certificate changed"
"""The topic that the role notifies when a certificate changed."""


def may_have_listener(task: Task) -> bool:
    """Return whether a handler outside the role may listen to the topic.

    A handler whose name is a template may listen. True if the handlers are not known.
    """
    try:
        own = task._role and task._role.get_name()
        return any(_listens(handler) for handler in _handlers(task) if not (own and _role_of(handler) == own))
    except AttributeError:
        return True


def may_have_handler(task: Task, name: str) -> bool:
    """Return whether a handler may have a name or listen to it."""
    try:
        return any(_answers_to(handler, name) for handler in _handlers(task))
    except AttributeError:
        return True


def hostile_facts(variables: t.Mapping[str, t.Any]) -> list[str]:
    """Return facts that would replace variables of the collection.

    Facts have precedence over the inventory.
    """
    facts = variables.get("ansible_facts")
    names = facts if isinstance(facts, t.Mapping) else {}
    return sorted(str(name) for name in names if str(name).startswith(("wotrus_", "__wotrus_")))


def _handlers(task: Task) -> list[Handler]:
    return [handler for block in task.get_play().handlers for handler in block.block]


def _role_of(handler: Handler) -> str | None:
    return str(handler._role.get_name()) if handler._role else None


def _listens(handler: Handler) -> bool:
    return _answers_to(handler, TOPIC)


def _answers_to(handler: Handler, name: str) -> bool:
    own = handler.name or ""
    named = {own, f"{_role_of(handler)} : {own}"} if handler._role else {own}
    return name in handler.listen or name in named or "{{" in own
