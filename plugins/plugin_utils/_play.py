# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the handlers of a task's play, and its variables."""

from __future__ import annotations

import pathlib
import typing as t
from collections.abc import Mapping

from ansible import context
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.handler import Handler
from ansible.playbook.role import Role
from ansible.playbook.task import Task

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._planning.services import TOPIC
from ansible_collections.wotrus.pki.plugins.plugin_utils._variables import given

# The tags of the role. The tasks that plan have all three.
_PARTS = frozenset(("wotrus_plan", "wotrus_apply", "wotrus_reload"))
_PLAYBOOKS = pathlib.Path(__file__).resolve().parents[2] / "playbooks"


def may_have_listener(task: Task) -> bool:
    """Return whether a handler outside the role may listen to the topic.

    A handler whose name is a template may listen.
    """
    own = task._role and task._role.get_name()
    return any(_answers_to(handler, TOPIC) for handler in _handlers(task) if not (own and _role_of(handler) == own))


def may_have_handler(task: Task, name: str) -> bool:
    """Return whether a handler may have a name or listen to it."""
    return any(_answers_to(handler, name) for handler in _handlers(task))


def play_hosts(pattern: t.Any, groups: Mapping[str, t.Any], tags: str = "") -> t.Any:
    """Return the hosts of a playbook of the collection: the filter ``_play_hosts``.

    Ansible only warns if no host matches, so a scheduled renewal would do nothing, and be green.

    :param pattern: ``wotrus_hosts``
    :param groups: Ansible's variable of that name
    :param tags: the tags that tasks of the playbook have, separated by commas
    :raises InvalidInput: no host matches, or the run leaves out tasks that it needs
    """
    pattern = given(pattern, "wotrus_hosts")
    options = context.CLIARGS
    if options.get("syntax") or options.get("listtags") or options.get("listtasks"):
        return pattern
    patterns = [str(part) for part in pattern] if isinstance(pattern, (list, tuple)) else [str(pattern)]
    shown = ",".join(patterns)
    inventory = _inventory(groups)
    if not inventory.get_hosts(patterns):
        raise InvalidInput(
            "No host of the inventory matches wotrus_hosts, which is {pattern!r}. Set wotrus_hosts to your group, "
            "such as -e wotrus_hosts=signers, or name the group wotrus.",
            pattern=shown,
        )
    # A playbook that imports this one may be for other hosts and tags too.
    if not any(map(_is_own_playbook, options.get("args") or ())):
        return pattern
    if options.get("subset"):
        inventory.subset(options["subset"])
        if not inventory.get_hosts(patterns):
            raise InvalidInput(
                "No host of {pattern!r} is in --limit {limit!r}. Nothing was done.",
                pattern=shown,
                limit=options["subset"],
            )
    if options.get("start_at_task") or _PARTS & set(options.get("skip_tags") or ()):
        raise InvalidInput(
            "This run would leave out tasks that it needs. Run again without --start-at-task and --skip-tags."
        )
    known = {"all", "always", "tagged", *filter(None, tags.split(","))}
    if not known & set(options.get("tags") or ["all"]):
        raise InvalidInput(
            "The tags of this run leave out every task. The tags of this playbook are {tags}."
            if tags
            else "The tags of this run leave out every task. This playbook has no tags.",
            tags=tags.replace(",", ", "),
        )
    return pattern


def _inventory(groups: Mapping[str, t.Any]) -> InventoryManager:
    """Return an inventory with these groups, to match patterns as Ansible does."""
    inventory = InventoryManager(loader=DataLoader(), parse=False)
    for group, hosts in groups.items():
        inventory.add_group(str(group))
        for host in hosts:
            inventory.add_host(str(host), group=str(group))
    return inventory


def _is_own_playbook(name: str) -> bool:
    """Return whether an argument of ``ansible-playbook`` is a playbook of the collection."""
    return name.startswith("wotrus.pki.") or pathlib.Path(name).resolve().parent == _PLAYBOOKS


def entry_point(task: Task) -> str:
    """Return the entry point of the role that depends on a task's."""
    parents: list[Role] = task._role.get_parents() if task._role else []
    return str(parents[0]._from_files.get("tasks") or "main") if parents else "main"


def hostile_facts(variables: Mapping[str, t.Any]) -> list[str]:
    """Return facts that would replace variables of the collection.

    Facts have precedence over the inventory.
    """
    facts = variables.get("ansible_facts")
    names = facts if isinstance(facts, Mapping) else {}
    return sorted(str(name) for name in names if str(name).startswith(("wotrus_", "__wotrus_")))


def _handlers(task: Task) -> list[Handler]:
    return [handler for block in task.get_play().handlers for handler in block.block]


def _role_of(handler: Handler) -> str | None:
    return str(handler._role.get_name()) if handler._role else None


def _answers_to(handler: Handler, name: str) -> bool:
    own = handler.name or ""
    named = {own, f"{_role_of(handler)} : {own}"} if handler._role else {own}
    return name in handler.listen or name in named or "{{" in own
