# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run an API operation in the controller's process, faster than a module.

With ``delegate_to`` a host that is not local, or with ``wotrus_in_process: false``, the module of the same name runs
instead.
"""

from __future__ import annotations

import contextlib
import functools
import os
import typing as t
import urllib.parse
from collections.abc import Mapping

from ansible import constants as C
from ansible.errors import AnsibleActionFail, AnsibleError, AnsibleFileNotFound
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.errors import UnsupportedError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.utils.display import Display
from ansible.utils.vars import load_extra_vars

from ansible_collections.wotrus.pki.plugins.module_utils._client import trust
from ansible_collections.wotrus.pki.plugins.module_utils._client.settings import check_proxy
from ansible_collections.wotrus.pki.plugins.module_utils._errors import HostileFacts, InvalidInput, WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._internal_error import trace_of
from ansible_collections.wotrus.pki.plugins.module_utils._model.loopback import is_loopback_host
from ansible_collections.wotrus.pki.plugins.module_utils._module import ENVIRONMENT, argument_spec, execute, failure
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Operation, Run
from ansible_collections.wotrus.pki.plugins.module_utils._private_options import (
    hidden_in_messages,
    map_options,
    mask_messages,
    secrets_in,
    shown_options,
)
from ansible_collections.wotrus.pki.plugins.module_utils._report.text import plain
from ansible_collections.wotrus.pki.plugins.module_utils._texts.hosts import host_words
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Text, name_jobs, shown, text
from ansible_collections.wotrus.pki.plugins.module_utils._texts.received import text_in
from ansible_collections.wotrus.pki.plugins.module_utils._texts.safe_text import safe_line
from ansible_collections.wotrus.pki.plugins.plugin_utils._answer import ACTIVE_FIELDS, known_fields
from ansible_collections.wotrus.pki.plugins.plugin_utils._connection import refuse_kept_files
from ansible_collections.wotrus.pki.plugins.plugin_utils._host_action import HostAction, replaced_environment
from ansible_collections.wotrus.pki.plugins.plugin_utils._play import hostile_facts, may_have_handler, may_have_listener
from ansible_collections.wotrus.pki.plugins.plugin_utils._variables import (
    given,
    language_of,
    unreadable,
    variables_of_options,
)

_display = Display()

VARIABLES = {
    option: f"wotrus_{option}" for option in ("api_token", "api_url", "ca_path", "proxy", "journal", "readings")
}
"""Common options, and the play's variables that they fall back to, such as ``wotrus_api_token``."""

# A play sets them for the programs of its hosts. Those that the controller starts, such as openssl, use its own values.
_PROGRAM_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "LD_PRELOAD", "OPENSSL_CONF", "OPENSSL_MODULES", "TMPDIR")

# Ansible imports this once, and forks a process for each task of each host. Reading the CA bundle of requests takes
# 8 ms of CPU time, and 0.2 ms in a process that is forked afterwards (median of 9 runs).
trust.preload_bundle()


class TaskFailed(AnsibleActionFail):
    """A failure as a person reads it, in one line and in the language of the run.

    For any other failure, ansible-core 2.19 shows lines of the collection's YAML too, where no mistake is.
    """

    omit_exception_key = True

    def __init__(self, result: dict[str, t.Any], language: str) -> None:
        shown = {name: text_in(result, name, language) for name in ("msg", "next_step") if result.get(name)}
        own = {name: value for name, value in result.items() if name not in ("failed", "texts")}
        AnsibleActionFail.__init__(self, shown.get("msg", ""), result={**own, **shown})
        # Before ansible-core 2.19 there is one, for which Ansible shows a line about no exception.
        self.result.pop("exception", None)


def _job_names(variables: dict[str, t.Any]) -> dict[str, str]:
    """Return the names of AWX's jobs by playbook, as extensions/awx gives them to each job; empty outside AWX."""
    names = None if hostile_facts(variables) else variables.get("wotrus_job_names")
    found = plain(names) if isinstance(names, Mapping) else {}
    return {str(playbook): safe_line(str(name)) for playbook, name in found.items()}


class ApiAction(HostAction):
    """Base of the action plugins, which only set their operation."""

    OPERATION: t.ClassVar[Operation]
    NEEDS_HOST: t.ClassVar[bool] = False
    """Whether the operation runs modules on the task's host, and so needs the controller."""
    NEEDS_SETTINGS: t.ClassVar[bool] = True
    """Whether the task fails if a variable of the connection cannot be read. Another task of the role says so."""

    _VALIDATOR: t.ClassVar[ArgumentSpecValidator]
    _supports_check_mode = True
    _supports_diff = True
    # A module can be asynchronous. An operation inside the controller refuses it.
    _supports_async = True

    def __init_subclass__(cls, **kwargs: t.Any) -> None:
        """Read the argument spec once, not for each host."""
        super().__init_subclass__(**kwargs)
        cls._VALIDATOR = ArgumentSpecValidator(argument_spec(cls.OPERATION), **cls.OPERATION.constraints)

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Run the operation in the controller, or as a module."""
        super().run(tmp, task_vars)
        self._task_vars = task_vars or {}
        name_jobs(_job_names(self._task_vars))
        environment: dict[str, t.Any] = {}
        self._compute_environment_string(environment)
        self._process_environment = dict(os.environ)
        self._host_fields: dict[str, t.Any] = {}
        try:
            self._refuse()
            # An empty answer of a survey is the option's default.
            self._task.args = {
                option: given(value, f"wotrus_{option}") for option, value in plain(self._task.args).items()
            }
            self._set_from_variables(environment)
            if not self._runs_in_process():
                return self._run_as_module(environment)
            settings = {name: value for name, value in environment.items() if name not in _PROGRAM_VARIABLES}
            with replaced_environment({**self._process_environment, **settings}):
                result = self._run_in_process()
        except WotrusError as exc:
            result = failure(exc)
        # An exception takes no part in failed_when.
        if result.get("failed") and self._is_of_role() and not self._task.failed_when:
            raise TaskFailed(result, language_of(self._task_vars, self._templar.template))
        return result

    def _is_of_role(self) -> bool:
        """Return whether a role of the collection has the task, so that a person reads its result."""
        return bool(self._task._role) and self._task._role.get_name().startswith("wotrus.pki.")

    def _refuse(self) -> None:
        """Fail if the task must not run.

        :raises WotrusError: the facts of its host are hostile, or a keyword has no effect
        """
        hostile = hostile_facts(self._task_vars)
        if hostile:
            raise HostileFacts(
                "The host's facts have {names}, which would replace variables of the inventory. Check the host. "
                "No fact may begin with wotrus_.",
                names=hostile,
            )
        in_process = self._runs_in_process()
        if self.NEEDS_HOST and (not in_process or self._task.async_val or self._task.delegate_to):
            raise InvalidInput(
                "{module} runs inside the controller for the task's own host. Leave out async, delegate_to and "
                "wotrus_in_process.",
                module=self.OPERATION.name,
            )
        if in_process and self._task.async_val:
            raise InvalidInput(
                "{module} runs inside the controller, where async has no effect. Leave async out, or set the "
                "variable wotrus_in_process to false.",
                module=self.OPERATION.name,
            )

    def _set_from_variables(self, environment: Mapping[str, t.Any]) -> None:
        """Set missing options of the task from the role's variables.

        They have precedence over ``module_defaults``, which Ansible has already merged into the task's options.

        :param environment: of the task
        :raises InvalidInput: one cannot be decrypted, or its template has a variable that is not defined
        """
        own = self._own_options()
        self._unreadable: dict[str, Text] = {}
        of_role = argument_spec(self.OPERATION) if self.NEEDS_HOST and self._is_of_role() else ()
        for option, name in {**variables_of_options(of_role), **VARIABLES}.items():
            try:
                value = None if option in own else given(plain(self._templar.template(self._task_vars.get(name))), name)
            except AnsibleError as exc:
                if self.NEEDS_SETTINGS:
                    raise InvalidInput(unreadable(name, exc)) from exc
                self._unreadable[option] = unreadable(name, exc)
                continue
            if value not in (None, "") and not (option == "proxy" and self._leaves_out(str(value), environment)):
                self._task.args[option] = value

    def _leaves_out(self, proxy: str, environment: Mapping[str, t.Any]) -> bool:
        """Return whether the proxy of all hosts is not used, since the API is a sandbox on loopback."""
        name = ENVIRONMENT["api_url"]
        url = str(self._task.args.get("api_url") or environment.get(name) or os.environ.get(name) or "")
        # A mistake in either of them is an error of the task.
        with contextlib.suppress(InvalidInput, ValueError):
            check_proxy(proxy)
            return is_loopback_host(urllib.parse.urlsplit(url).hostname or "")
        return False

    def _own_options(self) -> set[str]:
        """Return the names of the task's own options, without those of ``module_defaults``."""
        source = getattr(self._task, "_ds", None)
        written = source if isinstance(source, Mapping) else {}
        options = written.get(f"wotrus.pki.{self.OPERATION.name}") or written.get("args") or {}
        return set(options) if isinstance(options, Mapping) else set(VARIABLES)

    def _runs_in_process(self) -> bool:
        asked = self._templar.template(self._task_vars.get("wotrus_in_process", True))
        delegated = self._task.delegate_to and self._connection.transport != "local"
        return boolean(asked) and not delegated

    def _run_as_module(self, environment: dict[str, t.Any]) -> dict[str, t.Any]:
        """Run the module, with the controller's environment for missing options."""
        arguments = dict(self._task.args)
        for option, variable in ENVIRONMENT.items():
            value = environment.get(variable) or os.environ.get(variable)
            if value and arguments.get(option) is None:
                arguments[option] = value
        refuse_kept_files()
        result: dict[str, t.Any] = self._execute_module(
            module_name=f"wotrus.pki.{self.OPERATION.name}",
            module_args=arguments,
            task_vars=self._task_vars,
            wrap_async=bool(self._task.async_val),
        )
        facts = known_fields(result, {})
        for name in (*ACTIVE_FIELDS, "ansible_facts"):
            result.pop(name, None)
        return {**result, **facts}

    def _run_in_process(self) -> dict[str, t.Any]:
        return self._execute(self.OPERATION)

    def _execute(self, operation: Operation, **of_role: t.Any) -> dict[str, t.Any]:
        """Run an operation in this process, and return its masked result.

        :param of_role: fields of ``Run`` that the role's variables and earlier tasks make
        """
        spec, (params, error) = argument_spec(operation), self._validated()
        warnings: list[str] = []
        # Ansible shows warnings without a host.
        of_host = f"{self._task_vars['inventory_hostname']}: " if operation.has_notices else ""
        language = language_of(self._task_vars, self._templar.template) if self._is_of_role() else "en"
        run = Run(
            check_mode=self._task.check_mode,
            diff=self._task.diff,
            warn=lambda words, **_of: warnings.append(text(words, language)),
            progress=lambda line, *, news: _show_progress(text(line, language), news=news),
            trace=_show_trace,
            inspect_host=self._inspect_host,
            deploy=self._deploy,
            has_listener=functools.partial(may_have_listener, self._task),
            has_handler=functools.partial(may_have_handler, self._task),
            sender=self._sender(),
            **of_role,
        )
        if error:
            result = mask_messages(failure(error), hidden_in_messages(params, spec))
        else:
            result = execute(operation, self._with_local_files(params, spec), run=run)
        of_modules = list(map(host_words, self._host_fields.get("warnings", [])))
        if operation.has_notices:
            result["notices"] = [*result.get("notices", ()), *map(notice, of_modules)]
        if _shows_options(self._task_vars):
            result["invocation"] = {"module_args": shown_options(params, spec)}
        secrets = [secret for given in (self._task.args, params) for secret in secrets_in(given, spec)]
        masked = {**without_secrets(result, secrets), **self._host_fields}
        warnings = [f"{of_host}{words}" for words in (*warnings, *(text(said, language) for said in of_modules))]
        return {**masked, "warnings": warnings} if warnings else masked

    def _sender(self) -> dict[str, t.Any]:
        """Return who sends, and for which host and certificate, as the journal says it.

        AWX passes its own values as extra variables. A variable of such a name may also be a fact of a host.
        """
        extra = load_extra_vars(self._loader)
        approver = self._templar.template(self._task_vars.get("wotrus_approver"))
        order = self._task_vars.get("__wotrus_order") if self._is_of_role() else None
        found = {
            "job": extra.get("awx_job_id"),
            "workflow_job": extra.get("awx_workflow_job_id"),
            "approver": approver,
            "host": self._task_vars["inventory_hostname"],
            "certificate": order["name"] if order else None,
            **({"user": extra.get("awx_user_name")} if "awx_job_id" in extra else {}),
        }
        return {name: safe_line(str(value)) if value else None for name, value in found.items()}

    def _validated(self) -> tuple[dict[str, t.Any], InvalidInput | None]:
        """Return the task's options as Ansible validates them, and the error that the module would have for them."""
        checked = self._VALIDATOR.validate(self._task.args)
        params: dict[str, t.Any] = checked.validated_parameters
        if not checked.error_messages:
            return params, None
        first = checked.errors[0]
        prefix = f"Unsupported parameters for (wotrus.pki.{self.OPERATION.name}) module: "
        return params, InvalidInput("{words}", words=f"{prefix if isinstance(first, UnsupportedError) else ''}{first}")

    def _with_local_files(self, params: dict[str, t.Any], spec: Mapping[str, t.Any]) -> dict[str, t.Any]:
        """Resolve relative paths as Ansible does.

        The role's ``files`` are searched first, then the folder of the playbook.
        """

        def visit(_path: str, value: t.Any, option: Mapping[str, t.Any] | None) -> t.Any:
            return self._local(value) if value and option and option.get("type") == "path" else value

        return map_options(params, spec, visit)

    def _local(self, path: str) -> str:
        if os.path.isabs(path):
            return path
        try:
            return str(self._loader.path_dwim_relative_stack(self._task.get_search_path(), "files", path))
        except AnsibleFileNotFound:
            return path


def notice(words: Text) -> dict[str, t.Any]:
    """Return a warning about no certificate, as a summary reads it."""
    return {"name": None, **shown(msg=words)}


def without_secrets(result: dict[str, t.Any], secrets: t.Iterable[tuple[str, str]]) -> dict[str, t.Any]:
    """Return a result without secrets.

    As AnsibleModule does it, booleans and null are never masked.
    """
    unmasked = {name: value for name, value in result.items() if value is None or isinstance(value, bool)}
    return {**remove_values(result, {secret for _path, secret in secrets}), **unmasked}


def _shows_options(task_vars: dict[str, t.Any]) -> bool:
    """Return whether results include the task's options, as always before ansible-core 2.20."""
    try:
        return bool(C.config.get_config_value("INJECT_INVOCATION", variables=task_vars))
    except AnsibleError:
        return True


def _show_progress(line: str, *, news: bool) -> None:
    """Show a line, such as the progress of a wait, on standard error: standard output may be JSON."""
    # An automation controller stores each line, and shows by itself that a job is running.
    if news or "AWX_HOST" not in os.environ:
        _display.display(safe_line(line), stderr=True)


def _show_trace(error: WotrusError) -> None:
    """Show at ``-vvv`` where an error of the collection was raised."""
    _display.vvv(trace_of(error))
