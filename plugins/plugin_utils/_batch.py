# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action of ``wotrus_batch``: each phase, and what it shows."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import importlib.metadata
import json
import pathlib
import platform
import ssl
import typing as t

from ansible import constants as C
from ansible.release import __version__
from ansible.utils.display import Display

from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._client.journal import Journal
from ansible_collections.wotrus.pki.plugins.module_utils._errors import HostileFacts, InvalidInput, WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Params, Rows
from ansible_collections.wotrus.pki.plugins.module_utils._module import settings_of
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import OperationResult, Run
from ansible_collections.wotrus.pki.plugins.module_utils._planning.split_names import split_names
from ansible_collections.wotrus.pki.plugins.module_utils._planning.variables import (
    CERTIFICATES,
    EXTRA,
    certificates_of,
)
from ansible_collections.wotrus.pki.plugins.module_utils._readings.file import (
    OTHER,
    WOTRUS,
    Document,
    api_of,
    read_file,
)
from ansible_collections.wotrus.pki.plugins.module_utils._report.text import plain
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, text
from ansible_collections.wotrus.pki.plugins.module_utils._workflow import batch, preflight, selection, webhooks
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.bundle import bundle_lines, letter_lines
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.known import known_lines, readings_of
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.notification import noteworthy
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.probe import probe_lines
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.rehearsal import rehearsal_failures, rehearsal_lines
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.summary import Summary, changes, failures
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.table import result_lines
from ansible_collections.wotrus.pki.plugins.plugin_utils._action import ApiAction, notice
from ansible_collections.wotrus.pki.plugins.plugin_utils._registered import Play

Result = dict[str, t.Any]

_display = Display()
_SKIPPED: Result = {"skipped": True}


class BatchAction(ApiAction):
    """Decides over the hosts of a batch, by what tasks registered."""

    OPERATION = batch.OPERATION
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
            return {"changed": False, **_show(_handed_on(play, params, of))}
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
        order_ids = batch.pending_orders(hosts)
        seconds = batch.seconds_left(play.tasks(play.others), int(play.value("wotrus_wait_timeout", 0)))
        if not order_ids or not seconds:
            return {**_SKIPPED, "idle": play.batch}

        def wait(api: Api, _params: Params, run: Run) -> OperationResult:
            return batch.wait(api, hosts, order_ids, seconds, run)

        result = self._execute(dataclasses.replace(batch.OPERATION, run=wait))
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
            rows = [row for task in tasks for row in batch.rows_of(task)]
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
            lines = _results(play, check_mode=check_mode).lines if of == "summary" else _lines(play, of, params)
            return _show(lines)
        if phase == "failures":
            return _fail(_failures(play, of))
        if phase == "summary":
            # Each artifact is one value with the hosts as keys, since Ansible would join the values of several tasks.
            artifacts = plain(_results(play, check_mode=check_mode).artifacts)
            return {"ansible_stats": {"data": artifacts, "aggregate": False, "per_host": False}}
        if phase == "prediction":
            (own,) = play.tasks([play.host])
            return {"changed": batch.would_change(own, play.check()), **({"diff": own.diff} if own.diff else {})}
        if phase == "plan_file":
            return {**batch.plan_files(play.tasks(play.hosts), play.prices)}
        if phase == "rehearsal":
            return play.rehearsal()
        if phase == "superseded":
            orders = selection.superseded_orders(play.inventory_orders(), play.language)
            return {**orders, "not_revoked": list(selection.NOT_REVOKED)}
        if phase == "revocations":
            done = play.superseded_results(play.host)
            return {"lines": list(done.lines), "records": list(done.records)}
        return _approved_plan(play) if phase == "approved_plan" else _select(play, phase)


def _hides_ok_hosts() -> bool:
    return not C.config.get_config_value("display_ok_hosts", plugin_type="callback", plugin_name="default")


def _show(lines: t.Sequence[str]) -> Result:
    """Return the result that shows lines.

    With ``display_ok_hosts: false``, Ansible shows no result of a task that changes nothing. So they are shown at once.
    """
    if lines and _hides_ok_hosts():
        for line in ("", *lines):
            _display.display(line)
    return {"msg": list(lines), "_ansible_verbose_always": True} if lines else _SKIPPED


def _warning(texts: t.Sequence[str]) -> Result:
    """Return a result with warnings, which a summary has too."""
    return {"warnings": list(texts), "notices": list(map(notice, texts))} if texts else {}


def _fail(lines: t.Sequence[str]) -> Result:
    return {"failed": True, "msg": "; ".join(lines)} if lines else _SKIPPED


def _lines(play: Play, of: str, params: Params) -> list[str]:
    """Return the table of a batch, and what is known of WoTrus where it depends on that."""
    # Ansible shows no warning of a task whose result it does not show. A play of a user has no summary.
    warned = batch.warning_lines(play.tasks(play.batch), play.language) if _hides_ok_hosts() else []
    if of == "plans":
        lines = batch.plan_lines(play.tasks(play.batch), play.tasks(play.others), play.prices, play.language)
        plans = [row for tasks in play.tasks(play.batch) for row in tasks.plans or ()]
        return [*lines, *_known(plans, params, play.language), *warned]
    if of == "checks":
        return preflight.preflight_lines(play.checks(), play.language)
    if of == "readings":
        return [line for result in play.probed() for line in probe_lines(result, play.language)]
    if of == "rehearsal":
        return rehearsal_lines([row for host in play.batch for row in play.rehearsed(host)], play.language)
    rows = play.order_results(play.batch) if of == "orders" else batch.shown_results(play.tasks(play.batch))
    lines = [*result_lines(rows, play.language), *_known(rows, params, play.language)] if rows else []
    return [*lines, *(warned if of == "certificates" else [])]


def _known(rows: Rows, params: Params, language: str) -> list[str]:
    """Return what is known of WoTrus where rows depend on it; nothing if the file cannot be used."""
    readings = readings_of(rows) if params["readings"] else []
    if readings:
        with contextlib.suppress(WotrusError):
            document, settings = read_file(params["readings"]), settings_of(params)
            today = dt.datetime.now(dt.timezone.utc).date()
            words = document.words(api=api_of(settings), account=document.account(settings), day=today)
            return known_lines(readings, words, language)
    return []


def _handed_on(play: Play, params: Params, of: str) -> list[str]:
    """Return the text for the issue form, or the letter to WoTrus.

    :raises WotrusError: the journal or the file of readings cannot be used
    """
    document = read_file(params["readings"]) if params["readings"] else Document()
    if of == "letter":
        today = dt.datetime.now(dt.timezone.utc).date()
        known = {**document.words(api=OTHER, day=today), **document.words(api=WOTRUS, day=today)}
        return letter_lines({reading: row["word"] for reading, row in known.items()})
    # Without a file, what this run shows of old orders.
    shown = [] if params["readings"] else play.probed()
    seen = [*document.seen, *(row for result in shown for row in result.get("readings", ()))]
    odd = [*document.odd, *(row for result in shown for row in result.get("odd", ()))]
    return bundle_lines(_versions(), seen, odd, Journal(params["journal"]).lines())


def _versions() -> dict[str, str]:
    """Return the versions of the collection and of what it runs with."""
    manifest = pathlib.Path(__file__).parents[2] / "MANIFEST.json"
    known = json.loads(manifest.read_text(encoding="utf-8"))["collection_info"] if manifest.exists() else {}
    return {
        "wotrus.pki": str(known.get("version", "from a clone")),
        "ansible-core": __version__,
        "Python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in ("cryptography", "requests")},
        "OpenSSL": ssl.OPENSSL_VERSION.removeprefix("OpenSSL "),
    }


def _failures(play: Play, of: str) -> list[str]:
    """Return why the task's own host fails, by its own results."""
    (own,), language = play.tasks([play.host]), play.language
    reasons: dict[str, t.Callable[[], list[str]]] = {
        "checks": lambda: preflight.preflight_failures(play.host, play.checks(), language),
        "orders": lambda: failures(play.order_results([play.host]), language=language),
        "changes": lambda: changes(own.plans or (), language),
        "plans": lambda: failures(own.results, own.plans or (), language),
        "rehearsal": lambda: rehearsal_failures(play.rehearsed(play.host), language),
        "waiting": lambda: failures(own.results, language=language, waiting=True),
        "certificates": lambda: batch.host_failures(own, language, every=lambda: play.tasks(play.in_table)),
    }
    return reasons[of]()


def _results(play: Play, *, check_mode: bool) -> Summary:
    """Return the results of the whole play."""
    return batch.results(
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
