# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every operation of an API module is made of.

An operation is one function and its options. The module and the action plugin of the same name are thin callers of it.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput

Params = t.Mapping[str, t.Any]


class Progress(t.Protocol):
    """Takes a line about a long wait; one that is no news is only a sign of life."""

    def __call__(self, line: str, *, news: bool) -> None:
        """Take it."""


def _silent(_message: str) -> None:
    """Say nothing: the default where nobody listens."""


def _patient(line: str, *, news: bool) -> None:
    """Say nothing about a wait: the default where nobody listens."""


@dataclasses.dataclass(frozen=True)
class Seen:
    """What a look at a host brought.

    :ivar deployments: what is there, as rows of ``wotrus_deployment_info`` in the order of the paths
    :ivar prepared: rows of ``wotrus_deployment`` for what was prepared on the way
    """

    deployments: list[dict[str, t.Any]]
    prepared: list[dict[str, t.Any]] = dataclasses.field(default_factory=list)


class Look(t.Protocol):
    """Looks at directories of the host that the task is for.

    It may prepare what it is given the options of ``wotrus_deployment`` for, one for each path, where nothing is there.
    """

    def __call__(self, paths: t.Sequence[str], prepare: t.Sequence[Params] = (), /) -> Seen:
        """Look, and say what is there."""


def _blind(_paths: t.Sequence[str], _prepare: t.Sequence[Params] = (), /) -> Seen:
    """See nothing: the default where there is no host to look at.

    :raises InvalidInput: always
    """
    raise InvalidInput("there is no host to look at here; give what wotrus_deployment_info returned")


def _unknown() -> bool:
    """Count on listeners: the default where nobody knows the play."""
    return True


@dataclasses.dataclass(frozen=True)
class Run:
    """How an operation is run.

    :ivar check_mode: predict, and write nothing to the API
    :ivar warn: takes a warning for the user
    :ivar progress: takes a line about a long wait
    :ivar look: looks at directories of the host that the task is for
    :ivar hosts: how many hosts the play has, where there is one
    :ivar heard: tells whether a handler of the play may listen for certificates that changed
    """

    check_mode: bool = False
    warn: t.Callable[[str], None] = _silent
    progress: Progress = _patient
    look: Look = _blind
    hosts: int | None = None
    heard: t.Callable[[], bool] = _unknown


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What an operation brought.

    :ivar result: the return values besides the common ones (plain JSON types)
    :ivar before: what ``--diff`` shows as the former state, ``after`` as the new one; none where nothing changes
    """

    result: dict[str, t.Any]
    changed: bool = False
    before: t.Mapping[str, t.Any] | None = None
    after: t.Mapping[str, t.Any] | None = None


@dataclasses.dataclass(frozen=True)
class Operation:
    """An operation of the API: its module's name, its own options, and the function that does the work.

    :ivar arguments: argument spec of the options besides the common ones
    :ivar constraints: keyword arguments such as ``required_one_of`` for Ansible's validator
    """

    name: str
    arguments: t.Mapping[str, t.Any]
    run: t.Callable[[Api, Params, Run], Outcome]
    constraints: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
