# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operation of ``wotrus_apply``: carry plans out for all certificates of a host, as far as it goes.

It is level-triggered: what it did is on the host and at the CA, so a second call goes on from there.
"""

from __future__ import annotations

import datetime as dt
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    Forbidden,
    HostUnreadable,
    TlsFailed,
    Unauthorized,
    WotrusError,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.documents import load_document
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json, Params
from ansible_collections.wotrus.pki.plugins.module_utils._orders.certificate import read_anchors
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Operation, OperationResult, Run
from ansible_collections.wotrus.pki.plugins.module_utils._planning import plan
from ansible_collections.wotrus.pki.plugins.module_utils._planning.decision import DOING, Action, Decision
from ansible_collections.wotrus.pki.plugins.module_utils._planning.facts import Facts
from ansible_collections.wotrus.pki.plugins.module_utils._planning.order_reader import OrderReader
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, text
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.course import Course, Tools

_MOST_ROUNDS = 12
"""Longer than any chain of orders that a rebuilt host has to follow in one run."""

ARGUMENTS: dict[str, t.Any] = {
    **plan.ARGUMENTS,
    "charged_orders": {"type": "int", "default": 0},
    "blocked": {"type": "dict", "default": {}},
    "document": {"type": "path"},
    "root_ca_path": {"type": "path"},
    "keep": {"type": "int"},
    "owner": {"type": "str"},
    "group": {"type": "str"},
    "mode": {"type": "raw"},
    "validate": {"type": "str"},
}
_TARGET_OPTIONS = ("keep", "owner", "group", "mode", "validate")


def apply(api: Api, params: Params, run: Run) -> OperationResult:
    """Carry out what is to be done for the certificates of a host: the operation of ``wotrus_apply``."""
    subjects, actions = plan.read_subjects(params), plan.allowed_actions(params)
    anchors = read_anchors(params["root_ca_path"])
    document = load_document({"path": params["document"]}, what="document") if params["document"] else None
    states = plan.read_host(subjects, run.look([subject.path for subject in subjects]))
    now = dt.datetime.now(dt.timezone.utc)
    reader = OrderReader(api, anchors=anchors)
    facts = [Facts(wanted=subject.wanted, host=state, clock=now) for subject, state in zip(subjects, states)]
    tools = Tools(
        api=api,
        reader=reader,
        run=run,
        host=params["host"],
        anchors=anchors,
        limit=params["max_charged_orders"],
        charged=params["charged_orders"],
        document=document,
        notifies=run.has_listener(),
        target_options={name: params[name] for name in _TARGET_OPTIONS if params[name] is not None},
        alarms={name: params[name] for name in ("alarm_days", "alarm_waiting_days")},
    )
    reader.read_first(facts)
    courses = []
    for subject, one in zip(subjects, facts):
        known, decision = plan.decide_for(reader, one, subject, actions, run)
        courses.append(Course(tools, subject, known, _held_up(decision, params["blocked"].get(subject.wanted.name))))
    if not run.check_mode:
        for course in courses:
            _check_handler(course, run)
        _Rounds(courses, tools, actions).go()
    return _result(courses, run)


def _held_up(decision: Decision, why: Json | None) -> Decision:
    """Block what the forecast over the batch found."""
    if not why or decision.action not in DOING:
        return decision
    return Decision(
        Action.BLOCKED, str(why["reason"]), str(why["msg"]), order_id=decision.order_id, next_step=str(why["next_step"])
    )


def _check_handler(course: Course, run: Run) -> None:
    """Warn of a handler that the play does not have, before anything is sent."""
    if course.handler and not run.has_handler(course.handler):
        course.handler_is_missing = True
        course.warn(Message("warn.no_handler", handler=course.handler))


class _Rounds:
    """Does what is to be done for all certificates together, until nothing more can be done now."""

    def __init__(self, courses: t.Sequence[Course], tools: Tools, actions: t.Sequence[Action]) -> None:
        self._courses = courses
        self._tools = tools
        self._actions = actions

    def go(self) -> None:
        """Prepare, send, fetch and deploy, once or several times: an adopted order may be followed by others."""
        try:
            for _round in range(_MOST_ROUNDS):
                self._prepare()
                progressed = self._send()
                self._fetch()
                self._deploy()
                if not progressed and not any(one.needs_prepare or one.needs_send for one in self._courses):
                    return
        except BaseException:
            # An order that was paid for is recorded, whatever happened here.
            self._deploy(only_orders=True)
            raise

    def _prepare(self) -> None:
        for course in self._courses:
            course.check_limit()
        courses = [one for one in self._courses if one.needs_prepare]
        for course, row in self._on_host(courses, [one.preparation() for one in courses]):
            course.take_prepared(row)

    def _send(self) -> bool:
        sending = [one for one in self._courses if one.needs_send]
        for course in sending:
            self._guard(course, course.send)
            course.restrict(self._actions)
        return bool(sending)

    def _fetch(self) -> None:
        for course in self._courses:
            if course.needs_fetch:
                self._guard(course, course.fetch)
                course.restrict(self._actions)

    def _deploy(self, *, only_orders: bool = False) -> None:
        pairs = [(one, options) for one in self._courses if (options := one.deployment(only_orders=only_orders))]
        courses = [course for course, _options in pairs]
        for course, row in self._on_host(courses, [options for _course, options in pairs]):
            course.take_deployed(row)

    def _guard(self, course: Course, step: t.Callable[[], None]) -> None:
        """Run a step of one certificate: its failure holds up no other."""
        try:
            step()
        except WotrusError as exc:
            course.error = exc
            if isinstance(exc, (Unauthorized, Forbidden, TlsFailed)):
                course.warn(str(exc))

    def _on_host(
        self, courses: t.Sequence[Course], options: t.Sequence[t.Mapping[str, t.Any]]
    ) -> t.Iterator[tuple[Course, Json]]:
        """Run ``wotrus_deployment`` for certificates, and yield each with its row."""
        if not courses:
            return
        try:
            rows = self._tools.run.deploy(options)
        except HostUnreadable as exc:
            rows = [{"error_code": exc.error_code, "msg": str(exc)} for _course in courses]
        if len(rows) != len(courses):
            msg = text(Message("result.host_rows", rows=len(rows), certificates=len(courses)))
            rows = [{"error_code": HostUnreadable.error_code, "msg": msg} for _course in courses]
        yield from zip(courses, rows)


def _result(courses: t.Sequence[Course], run: Run) -> OperationResult:
    results = [course.result() for course in courses]
    notify = [course for course in courses if course.needs_notify and not course.handler_is_missing]
    result = {
        "results": results,
        "waiting": [order_id for course in courses if (order_id := course.awaited_order_id)],
        "to_notify": [
            {"path": course.subject.path, "state": "recorded", "record": {"reload_pending": False}} for course in notify
        ],
        "handlers": sorted({course.handler for course in notify if course.handler and not course.handler_is_missing}),
    }
    return OperationResult(result, changed=not run.check_mode and any(row["steps"] for row in results))


OPERATION = Operation("wotrus_apply", ARGUMENTS, apply)
