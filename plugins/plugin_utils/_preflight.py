# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks of variables, API and host inside the controller's process."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import typing as t

from ansible.errors import AnsibleConnectionFailure
from ansible.utils.vars import load_extra_vars

from ansible_collections.wotrus.pki.plugins.module_utils._client.settings import Settings
from ansible_collections.wotrus.pki.plugins.module_utils._errors import HostUnreadable, InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Params
from ansible_collections.wotrus.pki.plugins.module_utils._module import ENVIRONMENT, failure, settings_of
from ansible_collections.wotrus.pki.plugins.module_utils._planning.host_state import host_error
from ansible_collections.wotrus.pki.plugins.module_utils._planning.option_types import but_must_be
from ansible_collections.wotrus.pki.plugins.module_utils._planning.variables import (
    CERTIFICATES,
    WEBHOOKS,
    entries_of,
    mistakes_shown,
    order_names_of,
)
from ansible_collections.wotrus.pki.plugins.module_utils._private_options import secrets_in
from ansible_collections.wotrus.pki.plugins.module_utils._role import SPECS
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, Text, text
from ansible_collections.wotrus.pki.plugins.module_utils._texts.safe_text import safe_line
from ansible_collections.wotrus.pki.plugins.module_utils._workflow import preflight
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.preflight import API, HOST, OPERATION, CheckResult
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.preflight_api import check_api, check_recorded_orders
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.preflight_host import PING, host_options, read_host
from ansible_collections.wotrus.pki.plugins.plugin_utils._action import VARIABLES, ApiAction, notice, without_secrets
from ansible_collections.wotrus.pki.plugins.plugin_utils._play import entry_point, may_have_handler
from ansible_collections.wotrus.pki.plugins.plugin_utils._variables import language_of, read_variables

_FILES = ("wotrus_root_ca_path", "wotrus_revocation_document")
"""Files of the controller that the role reads."""

_CONNECTION = ("api_token", "api_url", "ca_path", "proxy")
"""The options that say with what and through what a token is sent to which server."""

_SECRET = ("wotrus_api_token", "wotrus_proxy", CERTIFICATES, WEBHOOKS)
"""The variables that have secrets."""


class PreflightAction(ApiAction):
    """Fails for mistakes in variables, or returns the results of all checks."""

    OPERATION = OPERATION
    NEEDS_HOST = True
    NEEDS_SETTINGS = False

    def _run_in_process(self) -> dict[str, t.Any]:
        params, error = self._validated()
        if error is not None:
            raise error
        render: t.Callable[[t.Any], t.Any] = self._templar.template
        host = str(self._task_vars["inventory_hostname"])
        values, found, unknown = read_variables(
            self._task_vars,
            render,
            host=host,
            entry_point=entry_point(self._task),
            extra_variables=load_extra_vars(self._loader),
        )
        mistakes = [*found, *self._file_mistakes(values)]
        if API in params["parts"] or HOST in params["parts"]:
            result = self._everything(params, values, mistakes, unknown)
        else:
            if "wotrus_api_token" in values:
                try:
                    self._settings(params)
                except InvalidInput as exc:
                    mistakes.append(exc.message)
            language = language_of(self._task_vars, render)
            result = _refused(mistakes, language) if mistakes else {"changed": False}
            # Only the role's main tasks notify handlers.
            notifies = not mistakes and entry_point(self._task) == "main"
            entries = values[CERTIFICATES] if notifies else ()
            missing = [warning.msg for warning in preflight.check_handlers(entries, self._has_handler)]
            warnings = [*unknown, *missing, *(_nothing_to_do(values) if notifies else ())]
            if warnings:
                result["warnings"] = [text(warning, language) for warning in warnings]
                result["notices"] = list(map(notice, warnings))
        options = {name: values[name] for name in _SECRET if name in values}
        masked = without_secrets(result, secrets_in(options, SPECS["main"]["options"], unknown=False))
        # A short secret may be part of such a word, which is ours.
        for row, shown in zip(result.get("checks", ()), masked.get("checks", ()), strict=True):
            shown.update(check=row["check"], result=row["result"])
        return masked

    def _file_mistakes(self, values: Params) -> t.Iterator[Text]:
        for option in _FILES:
            path = values.get(option)
            if isinstance(path, str) and path and not os.access(self._local(os.path.expanduser(path)), os.R_OK):
                yield but_must_be(option, path, Message("a file that can be read"))

    def _has_handler(self, name: str) -> bool:
        return may_have_handler(self._task, name)

    def _settings(self, params: Params) -> Settings:
        """Return the settings of the connection.

        :raises InvalidInput: one is invalid; the message has its name as the user set it
        """
        try:
            return settings_of(self._with_local_files(dict(params), {"ca_path": {"type": "path"}}))
        except InvalidInput as exc:
            option = str(exc.message.arguments.get("option"))
            if option not in VARIABLES or option in self._own_options():
                raise
            name = VARIABLES[option]
            if name not in self._task_vars:
                variable = ENVIRONMENT.get(option, "")
                name = variable if params[option] == os.environ.get(variable) else option
            raise InvalidInput(exc.message.with_values(option=name)) from None

    def _everything(
        self, params: Params, values: Params, mistakes: t.Sequence[Text], warnings: t.Sequence[Text]
    ) -> dict[str, t.Any]:
        """Return a row for each check."""
        entries = entries_of(values.get(CERTIFICATES))
        checks = [
            preflight.failed("variables", mistake, Message("Fix the variable in the inventory or the playbook."))
            for mistake in mistakes
        ]
        checks += [
            CheckResult(
                "variables", preflight.WARNING, warning, Message("Add an entry, or leave the host out of the run.")
            )
            for warning in _nothing_to_do(values)
        ]
        checks = checks or [preflight.passed("variables", Message("The variables have no mistakes."))]
        checks += [
            CheckResult("names", preflight.WARNING, warning, Message("Remove the variable, or correct its name."))
            for warning in warnings
        ]
        checks += preflight.check_entries(entries, has_handler=self._has_handler, local=self._local)
        server_time = None
        if API in params["parts"]:
            checks.append(preflight.check_controller())
            checks += [preflight.check_journal(params["journal"])] if params["journal"] else []
            checks += self._check_readings(params)
            # That one cannot be read is a mistake in the variables already, and nothing is sent without it.
            if self._unreadable.keys().isdisjoint(_CONNECTION):
                of_api, server_time = check_api(params, self._settings)
                checks += of_api
            checks.append(preflight.check_clock("clock", server_time, dt.datetime.now(dt.timezone.utc)))
        if HOST in params["parts"]:
            checks += self._check_host(host_options(values, entries), server_time, params)
        host = str(self._task_vars["inventory_hostname"])
        namespace = str(values.get("wotrus_order_namespace") or "")
        return {
            "changed": False,
            "checks": [check.as_row() for check in checks],
            "order_names": order_names_of(entries, host=host, namespace=namespace),
        }

    def _check_readings(self, params: Params) -> list[CheckResult]:
        """Return how much is known of WoTrus, if that is kept; a mistake in the settings has a row of the API."""
        if params["readings"]:
            with contextlib.suppress(InvalidInput):
                today = dt.datetime.now(dt.timezone.utc).date()
                return [preflight.check_readings(params["readings"], self._settings(params), today)]
        return []

    def _check_host(
        self, options: dict[str, t.Any], server_time: dt.datetime | None, params: Params
    ) -> list[CheckResult]:
        """Return the checks of the host and of its orders; if it is unreachable, one failed."""
        try:
            answer = self._on_host("wotrus_host_info", **options)
        except (HostUnreadable, AnsibleConnectionFailure) as exc:
            self._has_answered = True
            return [_unreachable(safe_line(str(exc)), getattr(exc, "next_step", None))]
        if answer.get("failed"):
            error = host_error(answer)
            return [_unreachable(error.message, error.next_step)]
        known = check_recorded_orders(params, self._settings, answer) if server_time else []
        return [*read_host(answer, server_time), *known]


def _nothing_to_do(values: Params) -> list[Text]:
    """Return a warning about a host without certificates."""
    if values.get(CERTIFICATES) != []:
        return []
    return [Message("{option} is an empty list, so the run has nothing to do on this host.", option=CERTIFICATES)]


def _unreachable(msg: Text, step: Message | None) -> CheckResult:
    return preflight.failed("connection", msg, step or PING)


def _refused(mistakes: t.Sequence[Text], language: str) -> dict[str, t.Any]:
    """Return the failed result for mistakes, with a line for each."""
    msg, lines = mistakes_shown(mistakes, language)
    result = failure(InvalidInput(msg))
    return {**result, "mistakes": lines, "_ansible_verbose_always": True} if lines else result
