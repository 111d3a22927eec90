# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action of ``wotrus_batch``, phase by phase."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible.utils.display import Display

from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._errors import HostileFacts, InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Params
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import (
    Operation,
    OperationResult,
    Run,
    refuse_host,
)
from ansible_collections.wotrus.pki.plugins.module_utils._planning.split_names import split_names
from ansible_collections.wotrus.pki.plugins.module_utils._planning.variables import CERTIFICATES, EXTRA, certificates_of
from ansible_collections.wotrus.pki.plugins.module_utils._report.text import plain
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, text
from ansible_collections.wotrus.pki.plugins.module_utils._workflow import selection, webhooks
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.batch_check import would_change
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.batch_wait import (
    pending_orders,
    seconds_left,
    wait_for_orders,
)
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.host_tasks import rows_of
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.notification import noteworthy
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.play_results import play_results
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.summary import Summary
from ansible_collections.wotrus.pki.plugins.plugin_utils._action import ApiAction, notice
from ansible_collections.wotrus.pki.plugins.plugin_utils._batch_lines import (
    failure_lines,
    handed_on,
    hides_ok_hosts,
    plan_files,
    table_lines,
)
from ansible_collections.wotrus.pki.plugins.plugin_utils._registered import Play

PHASES = (
    "check",
    "wait",
    "results",
    "failures",
    "summary",
    "plan_file",
    "approved_plan",
    "cancel",
    "revoke",
    "superseded",
    "revocations",
    "prediction",
    "rehearsal",
    "webhooks",
)
KINDS = (
    *("certificates", "plans", "changes", "orders", "checks", "waiting", "summary", "rehearsal", "readings"),
    *("bundle", "letter"),
)

ARGUMENTS: dict[str, t.Any] = {
    "phase": {"type": "str", "required": True, "choices": list(PHASES)},
    "of": {"type": "str", "choices": list(KINDS), "default": KINDS[0]},
    "lines": {"type": "raw"},
}
OPERATION = Operation("wotrus_batch", ARGUMENTS, refuse_host)

Result = dict[str, t.Any]

_display = Display()
_SKIPPED: Result = {"skipped": True}


class BatchAction(ApiAction):
    """Decides over the hosts of a batch, by what tasks registered."""

    OPERATION = OPERATION
    NEEDS_HOST = True
    NEEDS_SETTINGS = False

    def _refuse(self) -> None:
        """Refuse hostile facts only where something is done on the task's own host.

        What is decided over all hosts must not fail for one of them.
        """
        try:
            super()._refuse()
        except HostileFacts:
            if self._task.args.get("phase") in ("cancel", "revoke", "rehearsal"):
                raise

    def _run_in_process(self) -> Result:
        params, error = self._validated()
        if error is not None:
            raise error
        play = Play(self._task, self._task_vars, self._templar.template)
        phase, of = (str(params[name]) for name in ("phase", "of"))
        if params["lines"] is not None:
            lines = params["lines"]
            return {"changed": False, **_show([lines] if isinstance(lines, str) else lines)}
        if of in ("bundle", "letter"):
            return {"changed": False, **_show(handed_on(play, params, of))}
        if phase == "webhooks":
            return {"changed": False, **self._notify(play, params, of)}
        result = self._wait(play) if phase == "wait" else self._decide(play, phase, params)
        return {"changed": False, **result}

    def _leaves_out(self, proxy: str, environment: t.Mapping[str, t.Any]) -> bool:
        """Use the proxy for webhooks, which are not on loopback, although the API is."""
        return self._task.args.get("phase") != "webhooks" and super()._leaves_out(proxy, environment)

    def _wait(self, play: Play) -> Result:
        """Wait for the pending orders of the batch.

        A failure of the API is none of the run: the orders stay pending.
        """
        hosts = play.tasks(play.batch)
        order_ids = pending_orders(hosts)
        seconds = seconds_left(play.tasks(play.others), int(play.value("wotrus_wait_timeout", 0)))
        if not order_ids or not seconds:
            return {**_SKIPPED, "idle": play.batch}

        def wait(api: Api, _params: Params, run: Run) -> OperationResult:
            return wait_for_orders(api, hosts, order_ids, seconds, run)

        result = self._execute(dataclasses.replace(OPERATION, run=wait))
        if not result.pop("failed", False):
            return result
        return {"idle": play.batch, **_warning([*result.get("warnings", ()), result["msg"]])}

    def _notify(self, play: Play, params: Params, of: str) -> Result:
        """Send the results to the webhooks.

        A webhook that does not take its message is a warning.
        """
        if self._task.check_mode:
            return _SKIPPED
        hosts = play.unreported()
        if of == "orders":
            rows = play.order_results(hosts)
        else:
            tasks = play.tasks(hosts)
            rows = [row for task in tasks for row in rows_of(task)]
            rows += play.revocations(hosts)
        only_changes = bool(play.value("__wotrus_only_changes", False))
        local = self._with_local_files(dict(params), {"ca_path": {"type": "path"}})
        connection = {name: local[name] for name in ("ca_path", "proxy")}
        found = noteworthy(rows, only_changes=only_changes)
        unreadable = [self._unreadable[option] for option in connection if option in self._unreadable]
        if unreadable and any(play.webhooks(row["host"]) for row in found):
            why = Message("No webhook was sent. {msg}", msg=unreadable[0])
            return {"reported": sorted(play.reported), **_warning([text(why, play.language)])}
        warnings = webhooks.notify(found, play.webhooks, connection, play.language)
        # A later play has the results of its own hosts alone.
        return {"reported": sorted({*play.reported, *hosts}), **_warning(warnings)}

    def _decide(self, play: Play, phase: str, params: Params) -> Result:
        of = str(params["of"])
        if phase == "check":
            found = play.check()
            return _fail([text(found.error, play.language)]) if found.error else found.as_result()
        check_mode = bool(self._task.check_mode)
        if phase == "results":
            lines = _results(play, check_mode=check_mode).lines if of == "summary" else table_lines(play, of, params)
            return _show(lines)
        if phase == "failures":
            return _fail(failure_lines(play, of))
        if phase == "summary":
            # Each artifact is one value with the hosts as keys, since Ansible would join the values of several tasks.
            artifacts = plain(_results(play, check_mode=check_mode).artifacts)
            return {"ansible_stats": {"data": artifacts, "aggregate": False, "per_host": False}}
        if phase == "prediction":
            (own,) = play.tasks([play.host])
            return {"changed": would_change(own, play.check()), **({"diff": own.diff} if own.diff else {})}
        if phase == "plan_file":
            return {**plan_files(play.tasks(play.hosts), play.prices)}
        if phase == "rehearsal":
            return play.rehearsal()
        if phase == "superseded":
            orders = selection.superseded_orders(play.inventory_orders(), play.language)
            return {**orders, "not_revoked": list(selection.NOT_REVOKED)}
        if phase == "revocations":
            done = play.superseded_results(play.host)
            return {"lines": list(done.lines), "records": list(done.records)}
        return _approved_plan(play) if phase == "approved_plan" else _select(play, phase)


def _show(lines: t.Sequence[str]) -> Result:
    """Return the result that shows lines.

    With ``display_ok_hosts: false``, Ansible shows no result of a task that changes nothing. So they are shown at once.
    """
    if lines and hides_ok_hosts():
        for line in ("", *lines):
            _display.display(line)
    return {"msg": list(lines), "_ansible_verbose_always": True} if lines else _SKIPPED


def _warning(texts: t.Sequence[str]) -> Result:
    """Return a result with warnings, which a summary has too."""
    return {"warnings": list(texts), "notices": list(map(notice, texts))} if texts else {}


def _fail(lines: t.Sequence[str]) -> Result:
    return {"failed": True, "msg": "; ".join(lines)} if lines else _SKIPPED


def _results(play: Play, *, check_mode: bool) -> Summary:
    """Return the results of the whole play."""
    return play_results(
        play.tasks(play.hosts),
        play.tasks(play.expected),
        prices=play.prices if check_mode else None,
        language=play.language,
        check_mode=check_mode,
        revocations={host: play.superseded_results(host).requested for host in play.hosts},
        revocation_results=play.revocations(play.hosts),
        notices=play.notices(),
        later=play.later,
    )


def _approved_plan(play: Play) -> Result:
    """Return the plan that was approved."""
    try:
        return play.approved_plan()
    except InvalidInput as exc:
        return _fail([text(exc.message, play.language)])


def _select(play: Play, phase: str) -> Result:
    """Return the orders of the named certificates to cancel or revoke."""
    rows = play.rows(play.host, "__wotrus_host_state") or ()
    entries = certificates_of({name: play.value(name, []) for name in (CERTIFICATES, EXTRA)})
    if phase == "cancel":
        found = selection.orders_to_cancel(rows, entries, play.language)
    else:
        found = selection.orders_to_revoke(rows, entries, split_names(play.value("wotrus_revoke")), play.language)
    faults = found.pop("faults")
    if not faults:
        return found
    why = Message(
        "Nothing was cancelled on this host. {words}"
        if phase == "cancel"
        else "Nothing was revoked on this host. {words}",
        words=" ".join(faults),
    )
    return _fail([text(why, play.language)])
