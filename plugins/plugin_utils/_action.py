# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Running an API operation inside the controller's process, where a module would start a Python of its own.

With ``delegate_to`` a host that is not local, or with the variable ``wotrus_in_process`` set to false, the module of
the same name runs instead, as any module does.
"""

from __future__ import annotations

import contextlib
import functools
import os
import typing as t

from ansible import constants as C
from ansible.errors import AnsibleConnectionFailure, AnsibleError, AnsibleFileNotFound
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.errors import UnsupportedError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.utils.display import Display

from ansible_collections.wotrus.pki.plugins.module_utils._client import trust
from ansible_collections.wotrus.pki.plugins.module_utils._errors import HostUnreadable, InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._module import (
    ENVIRONMENT,
    argument_spec,
    execute,
    failure,
)
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Operation, Run, Seen
from ansible_collections.wotrus.pki.plugins.module_utils._x509 import csr
from ansible_collections.wotrus.pki.plugins.plugin_utils._connection import DiscreetAction, keep_off_disk
from ansible_collections.wotrus.pki.plugins.plugin_utils._play import may_be_heard

_display = Display()
_OF_HOST = ("ansible_facts", "warnings", "deprecations", "diff")
_OF_FAILURE = ("module_stdout", "module_stderr", "rc")

# Ansible imports this once, and forks a process for each task of each host: what is read here is read for all of them.
trust.read_ahead()
csr.read_ahead()


class ApiAction(DiscreetAction):
    """Base of the action plugins; each names its operation and nothing else."""

    OPERATION: t.ClassVar[Operation]
    _VALIDATOR: t.ClassVar[ArgumentSpecValidator]
    _supports_check_mode = True
    _supports_diff = True
    # The module path can be asynchronous; the other one says so by itself.
    _supports_async = True

    def __init_subclass__(cls, **kwargs: t.Any) -> None:
        """Read the argument spec once, and not for each host."""
        super().__init_subclass__(**kwargs)
        cls._VALIDATOR = ArgumentSpecValidator(argument_spec(cls.OPERATION), **cls.OPERATION.constraints)

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Run the operation, here or on the host that the task is delegated to."""
        super().run(tmp, task_vars)
        environment: dict[str, t.Any] = {}
        self._compute_environment_string(environment)
        self._of_process = dict(os.environ)
        self._of_host: dict[str, t.Any] = {}
        self._seen: dict[str, t.Any] = {}
        if not self._in_process(task_vars or {}):
            return self._as_module(task_vars, environment)
        if self._task.async_val:
            return failure(
                InvalidInput(
                    "async has no use here, since this runs inside the controller: leave it out, "
                    "or run the module with the variable wotrus_in_process set to false"
                )
            )
        with _environment({**self._of_process, **environment}):
            return self._here(task_vars or {})

    def _in_process(self, task_vars: dict[str, t.Any]) -> bool:
        asked = self._templar.template(task_vars.get("wotrus_in_process", True))
        delegated = self._task.delegate_to and self._connection.transport != "local"
        return boolean(asked) and not delegated

    def _as_module(self, task_vars: dict[str, t.Any] | None, environment: dict[str, t.Any]) -> dict[str, t.Any]:
        """Run the module, with the controller's settings as options where the task has none."""
        arguments = dict(self._task.args)
        for option, variable in ENVIRONMENT.items():
            value = environment.get(variable) or os.environ.get(variable)
            if value and arguments.get(option) is None:
                arguments[option] = value
        keep_off_disk(self._connection)
        result: dict[str, t.Any] = self._execute_module(
            module_name=f"wotrus.pki.{self.OPERATION.name}",
            module_args=arguments,
            task_vars=task_vars,
            wrap_async=bool(self._task.async_val),
        )
        return result

    def _here(self, task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        checked = self._VALIDATOR.validate(_plain(self._task.args))
        warnings: list[str] = []
        run = Run(
            check_mode=self._task.check_mode,
            warn=warnings.append,
            progress=_tell,
            look=functools.partial(self._look, task_vars),
            hosts=len(task_vars["ansible_play_hosts_all"]) if "ansible_play_hosts_all" in task_vars else None,
            heard=functools.partial(may_be_heard, self._task),
        )
        if checked.error_messages:
            result = failure(InvalidInput(self._complaint(checked.errors[0])))
        else:
            result = execute(
                self.OPERATION,
                self._with_local_files(checked.validated_parameters, argument_spec(self.OPERATION)),
                run=run,
                diff=self._task.diff,
            )
        if _shows_options(task_vars):
            result["invocation"] = {"module_args": checked.validated_parameters}
        # As AnsibleModule does it: booleans and null are never taken for a secret.
        plain = {name: value for name, value in result.items() if value is None or isinstance(value, bool)}
        masked: dict[str, t.Any] = remove_values(result, checked._no_log_values)
        masked.update(plain, **self._of_host, **({} if result.get("failed") else self._seen))
        warnings += self._of_host.get("warnings", [])
        return {**masked, "warnings": warnings} if warnings else masked

    def _look(
        self, task_vars: dict[str, t.Any], paths: t.Sequence[str], prepare: t.Sequence[t.Mapping[str, t.Any]] = ()
    ) -> Seen:
        """Look at directories of the host that the task is for, and prepare what is given where nothing is there.

        :raises HostUnreadable: the module that looks failed there, or could not be started
        :raises AnsibleConnectionFailure: the host is unreachable
        """
        if prepare:
            wanted = [{**one, "only_new": True} for one in prepare]
            rows = self._on_host(task_vars, "wotrus_deployment", deployments=wanted).get("deployments")
            # Where it could not even begin, an option is wrong: the task that prepares says so.
            if rows is not None:
                prepared = [row for row in rows if row.get("changed")]
                # What a host says has no secret; masked by chance, it would no longer be what the host said.
                self._seen = {"deployments": [row["found"] for row in rows], "prepared": prepared}
                return Seen(**self._seen)
        result = self._on_host(task_vars, "wotrus_deployment_info", paths=list(paths))
        if "deployments" not in result:
            raise HostUnreadable(
                str(result.get("msg") or "the module that looks at the host said nothing"),
                details={name: result[name] for name in _OF_FAILURE if name in result},
            )
        self._seen = {"deployments": result["deployments"]}
        return Seen(list(result["deployments"]))

    def _on_host(self, task_vars: dict[str, t.Any], module: str, **options: t.Any) -> dict[str, t.Any]:
        """Run a module of the collection on the host that the task is for; its warnings and the like are the task's.

        :raises HostUnreadable: it could not be started
        :raises AnsibleConnectionFailure: the host is unreachable
        """
        # The play's environment is the host's; what connects to it has the controller's.
        with _environment(self._of_process):
            try:
                result: dict[str, t.Any] = self._execute_module(
                    module_name=f"wotrus.pki.{module}", module_args=options, task_vars=task_vars
                )
            except AnsibleConnectionFailure:
                raise
            except AnsibleError as exc:
                raise HostUnreadable(str(exc)) from exc
        # The interpreter that was found there is one of these.
        self._of_host = {name: result[name] for name in _OF_HOST if result.get(name)}
        return result

    def _complaint(self, error: Exception) -> str:
        """Say what is wrong with the options in the words that the module would use."""
        prefix = f"Unsupported parameters for (wotrus.pki.{self.OPERATION.name}) module: "
        return prefix + str(error) if isinstance(error, UnsupportedError) else str(error)

    def _with_local_files(self, params: dict[str, t.Any], spec: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        """Find relative paths where Ansible finds files: in the role's ``files``, then beside the playbook."""
        found = dict(params)
        for option, one in spec.items():
            value, options = found.get(option), one.get("options", {})
            if not value:
                continue
            if one.get("type") == "path":
                found[option] = self._local(value)
            elif options and one.get("type") == "dict":
                found[option] = self._with_local_files(value, options)
            elif options:
                found[option] = [self._with_local_files(item, options) for item in value]
        return found

    def _local(self, path: str) -> str:
        if os.path.isabs(path):
            return path
        try:
            return str(self._loader.path_dwim_relative_stack(self._task.get_search_path(), "files", path))
        except AnsibleFileNotFound:
            return path


def _plain(value: t.Any) -> t.Any:
    """Return options without what Ansible notes of each text, as a module has them: copying that takes time."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, t.Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _shows_options(task_vars: dict[str, t.Any]) -> bool:
    """Tell whether results have the options of their task, as those of modules do: always before ansible-core 2.20."""
    try:
        return bool(C.config.get_config_value("INJECT_INVOCATION", variables=task_vars))
    except AnsibleError:
        return True


def _tell(line: str, *, news: bool) -> None:
    """Show a line about a long wait on standard error; standard output belongs to callbacks that print JSON."""
    # An automation controller keeps each line for good, and shows by itself that a job is running.
    if news or "AWX_HOST" not in os.environ:
        _display.display(line, stderr=True)


@contextlib.contextmanager
def _environment(values: dict[str, t.Any]) -> t.Iterator[None]:
    """Have an environment for a time, and leave the process's own as it was."""
    before = dict(os.environ)
    wanted = {name: str(value) for name, value in values.items()}
    if wanted == before:
        yield
        return
    _become(wanted)
    try:
        yield
    finally:
        _become(before)


def _become(environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
