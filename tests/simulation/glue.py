# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the role's tasks, as its files have them, and the play in which they run.

A variable that a task forgets is missing here too, and so is a host that a batch does not see.
"""

from __future__ import annotations

import dataclasses
import functools
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import jinja2.nativetypes
import yaml

from ansible_collections.wotrus.pki.plugins.module_utils._planning import plan
from ansible_collections.wotrus.pki.plugins.module_utils._workflow import apply
from ansible_collections.wotrus.pki.plugins.plugin_utils._variables import given, variables_of_options

_ROLE = pathlib.Path(__file__).resolve().parents[2] / "roles" / "certificate"
_OMIT = "omit this option"
PLAN = ("main.yml", "Plan what to do")
APPLY = ("apply.yml", "Apply the plan")
APPLY_AGAIN = ("apply.yml", "Deploy the certificates that were issued meanwhile")
TASKS = {PLAN: plan.OPERATION, APPLY: apply.OPERATION, APPLY_AGAIN: apply.OPERATION}

_templates = jinja2.nativetypes.NativeEnvironment(undefined=jinja2.StrictUndefined)
_templates.filters["wotrus.pki._given"] = given


@functools.cache
def _read(file: str) -> Any:
    return yaml.safe_load((_ROLE / file).read_text(encoding="utf-8"))


@functools.cache
def _compiled(text: str) -> jinja2.Template:
    return _templates.from_string(text)


def _rendered(value: Any, variables: Mapping[str, Any]) -> Any:
    return _compiled(value).render(variables) if isinstance(value, str) and "{{" in value else value


@functools.cache
def written(file: str, name: str) -> dict[str, Any]:
    """Return the options of a task by its name, templates as they are written."""
    (block,) = _read(f"tasks/{file}")
    (task,) = [one for one in block["block"] if one["name"] == name]
    (options,) = [value for key, value in task.items() if key.startswith("wotrus.pki.")]
    return dict(options)


def from_variables(task: tuple[str, str]) -> dict[str, str]:
    """Return the variables that options fall back to which a task does not have, by option."""
    return variables_of_options(TASKS[task].arguments.keys() - written(*task))


def options(task: tuple[str, str], host: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that a task of the role has for a host.

    :param task: such as :data:`PLAN`
    :param variables: those of the host, over the defaults of the role
    """
    every = {**_read("defaults/main.yml"), "omit": _OMIT, "inventory_hostname": host, **variables}
    own = _read("vars/main.yml")
    every["__wotrus_only_reloads"] = False
    for name in ("__wotrus_certificates", "__wotrus_allowed_actions"):
        every[name] = _rendered(own[name], every)
    rendered = {name: _rendered(template, every) for name, template in written(*task).items()}
    fallen_back = {option: given(every.get(name), name) for option, name in from_variables(task).items()}
    return {
        **{option: value for option, value in fallen_back.items() if value not in (None, "")},
        **{name: value for name, value in rendered.items() if value != _OMIT},
    }


class HostVars(dict[str, Any]):
    """The variables of all hosts, as Ansible's ``hostvars``."""

    def raw_get(self, host: str) -> Any:
        """Return the variables of a host, templates as they are written."""
        return self[host]


@dataclasses.dataclass(frozen=True)
class Task:
    """What the action of ``wotrus_batch`` reads of its task: the strategy of the play, and the role."""

    strategy: str = "linear"

    def get_play(self) -> Task:
        """Return the play, of which only the strategy counts."""
        return self

    @property
    def _role(self) -> Task:
        return self

    def get_name(self) -> str:
        """Return the name of the role."""
        return "wotrus.pki.certificate"


def seen_by(
    host: str, hostvars: HostVars, *, hosts: Sequence[str], batch: Sequence[str], variables: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the variables that a task of a host sees.

    :param hosts: all hosts of the play
    :param batch: those of the batch that have not failed
    :param variables: further ones of the play
    """
    return {
        **hostvars.get(host, {}),
        **variables,
        "inventory_hostname": host,
        "hostvars": hostvars,
        "ansible_play_hosts_all": list(hosts),
        "ansible_play_hosts": list(hosts),
        "ansible_play_batch": list(batch),
        "groups": {"all": list(hostvars)},
    }
