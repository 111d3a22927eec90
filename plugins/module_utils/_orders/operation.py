# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parts of every operation of an API module.

An operation is one function and its options. The module and the action plugin of the same name are thin callers of it.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput, WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json, Params, Rows
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Text


class Progress(t.Protocol):
    """Takes lines about a long wait.

    A line without ``news`` only shows that the wait continues.
    """

    def __call__(self, line: Text, *, news: bool) -> None:
        """Take it."""


class Warn(t.Protocol):
    """Takes a warning, and the name of the certificate that it is about."""

    def __call__(self, words: Text, *, certificate: str | None = None) -> None:
        """Take it."""


def _ignore(*_arguments: t.Any, **_options: t.Any) -> None:
    """Take what nobody reads."""


def refuse_host(*_arguments: t.Any, **_options: t.Any) -> t.Any:
    """Refuse to act on a host outside the controller.

    :raises InvalidInput: always
    """
    raise InvalidInput(
        "This module runs only in the controller's process. Call it in a playbook's task, and remove "
        "wotrus_in_process: false."
    )


def _assume_handler(_name: str = "") -> bool:
    """Assume that a handler exists, if the play is not known."""
    return True


class HostAnswer(t.NamedTuple):
    """The answer of ``wotrus_deployment_info``, which is not checked yet.

    :ivar rows: one for each directory
    :ivar base_dir: of the base directory, if the host was asked about it
    """

    rows: list[dict[str, t.Any]]
    base_dir: t.Any = None


@dataclasses.dataclass(frozen=True)
class Limits:
    """The most that a run may cause.

    :ivar charged_orders: ``wotrus_max_charged_orders``
    :ivar reissues: ``wotrus_max_reissues``
    """

    charged_orders: int = 1
    reissues: int = 10


@dataclasses.dataclass(frozen=True)
class Permission:
    """What ``wotrus_apply`` may send for a host: the check of the batch makes it, and it goes unchanged to the send.

    :ivar limits: those of the batch
    :ivar blocked: certificates that must wait, by name, each with its ``reason``, ``msg`` and ``next_step``
    :ivar approved: what may be sent, as it was approved, by name, each with its ``action``, ``idempotence_id`` and
        ``order_id``
    :ivar foreign: keys of the ids of orders that other hosts claim
    :ivar plan_digest: of the whole approved plan, for the journal
    :ivar shared: first orders that other hosts with the same provided key have, by the certificate's name
    """

    limits: Limits
    blocked: t.Mapping[str, Json] = dataclasses.field(default_factory=dict)
    approved: t.Mapping[str, Json] = dataclasses.field(default_factory=dict)
    plan_digest: str | None = None
    foreign: t.Collection[str] = ()
    shared: t.Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Run:
    """The surroundings of an operation: its mode, and functions that it calls.

    :ivar check_mode: predict, and write nothing to the API
    :ivar diff: show what would be sent
    :ivar warn: takes a warning for the user
    :ivar progress: takes a line that the run's output shows at once
    :ivar trace: takes an error of the collection, whose lines a person may want to see
    :ivar inspect_host: returns the answer of ``wotrus_deployment_info`` for directories of the task's host, and for the
        key files that would become their first keys; the host checks the live certificates if ``check_revocation``,
        whether it has ``owners`` and ``groups``, and which folders of ``base_dir`` are not ``listed``
    :ivar deploy: runs ``wotrus_deployment`` for a list of ``deployments`` there, and returns its rows
    :ivar has_listener: whether a handler of the play may listen for changed certificates
    :ivar has_handler: whether the play may have a handler of that name
    :ivar sender: who runs the operation, and for which host and certificate, for the journal
    :ivar variables: those of the role, by name, if a person approves the plan; else ``None``
    :ivar approved_at: when the approved plan was made, by the certificates' names
    :ivar listed: the names of all certificates that the inventory has for the host
    :ivar permission: what may be sent; ``None`` outside the role, where the limits of the options count
    :ivar deployments: the directories as the role's plan read them, by path
    :ivar earlier_results: the results of an earlier ``wotrus_apply`` of the role
    """

    check_mode: bool = False
    diff: bool = False
    warn: Warn = _ignore
    progress: Progress = _ignore
    trace: t.Callable[[WotrusError], None] = _ignore
    inspect_host: t.Callable[..., HostAnswer] = refuse_host
    deploy: t.Callable[[t.Sequence[Params]], list[dict[str, t.Any]]] = refuse_host
    has_listener: t.Callable[[], bool] = _assume_handler
    has_handler: t.Callable[[str], bool] = _assume_handler
    sender: Json = dataclasses.field(default_factory=dict)
    variables: Json | None = None
    approved_at: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    listed: t.Collection[str] = ()
    permission: Permission | None = None
    deployments: t.Mapping[str, Json] = dataclasses.field(default_factory=dict)
    earlier_results: Rows = ()


@dataclasses.dataclass(frozen=True)
class OperationResult:
    """The result of an operation.

    :ivar result: the return values besides the common ones (plain JSON types)
    :ivar before: what ``--diff`` shows as the former state, ``after`` as the new one; none if nothing changes
    """

    result: dict[str, t.Any]
    changed: bool = False
    before: t.Mapping[str, t.Any] | None = None
    after: t.Mapping[str, t.Any] | None = None


@dataclasses.dataclass(frozen=True)
class Operation:
    """An operation of the API: module name, own options, and function.

    :ivar arguments: argument spec of the options besides the common ones
    :ivar constraints: keyword arguments such as ``required_one_of`` for Ansible's validator
    :ivar has_notices: its warnings are about the task's host; the result has them for a summary too
    """

    name: str
    arguments: t.Mapping[str, t.Any]
    run: t.Callable[[Api, Params, Run], OperationResult]
    constraints: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    has_notices: bool = False
