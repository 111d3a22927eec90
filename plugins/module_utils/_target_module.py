# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a deployment module on a target: from options to Ansible's result.

It does not import the client, so that a target needs no ``requests``.
"""

from __future__ import annotations

import contextlib
import grp
import pathlib
import pwd
import re
import resource
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput, StoreFailed, WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Params
from ansible_collections.wotrus.pki.plugins.module_utils._safe_module import SafeModule
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import PRIVATE_MODE
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, shown, text

if t.TYPE_CHECKING:
    from ansible_collections.wotrus.pki.plugins.module_utils._deployment.commands import CommandResult
    from ansible_collections.wotrus.pki.plugins.module_utils._store.files import FileAttributes

_PUBLIC_MODE = 0o644
_MODE = r"0?[0-7]{1,4}|[ugoa]*([-+=]([rwxXst]*|[ugo]))+(,[ugoa]*([-+=]([rwxXst]*|[ugo]))+)*"
_NO_CORE_DUMP = 0


class TargetModule(SafeModule):
    """A module whose failures raise in the operation."""

    working = False

    def fail_json(self, msg: str, **kwargs: t.Any) -> t.NoReturn:
        """Fail with the return values that each failure of the collection has.

        :raises StoreFailed: Ansible's code failed during the operation, which then cleans up
        """
        if self.working:
            details = [str(kwargs[name]) for name in ("path", "details") if kwargs.get(name)]
            raise StoreFailed("{msg}", msg=": ".join([msg, *details]))
        super().fail_json(msg, **kwargs)


class AnsibleTarget:
    """The target of an operation, through an AnsibleModule."""

    def __init__(self, module: AnsibleModule) -> None:
        self._module = module
        self.params: Params = module.params
        self.check_mode = bool(module.check_mode)
        self.diff = bool(module._diff)

    def warn(self, warning: Message) -> None:
        """Show the user a warning."""
        self._module.warn(text(warning))

    def run(self, command: t.Sequence[str]) -> tuple[int, str]:
        """Run a command, and return its exit status and output.

        The error output is at the end.

        :raises OSError: it cannot be run
        """
        status, output, errors = self._module.run_command(list(command), handle_exceptions=False)
        return int(status), f"{output}{errors}"

    def run_bounded(self, command: t.Sequence[str], *, seconds: float) -> CommandResult:
        """Run a command with a time limit."""
        # Only a reload needs this import.
        from ansible_collections.wotrus.pki.plugins.module_utils._deployment.commands import run_bounded

        return run_bounded(command, seconds=seconds)

    def file_attributes(
        self, options: Params, *, private_mode: int = PRIVATE_MODE, option: str | None = None
    ) -> FileAttributes:
        """Return an object that applies Ansible's file options.

        The default mode of public files is 0644.

        :param private_mode: the mode of files with a key or a password
        :param option: the option that has the owner and the group of a single file
        :raises InvalidInput: the owner or group does not exist, or the mode is invalid
        """
        for name, look_up in (("owner", pwd.getpwnam), ("group", grp.getgrnam)):
            where = f"{option}.{name}" if option else f"{name} (wotrus_{name} of the role)"
            _check_account(options[name], where=where, look_up=look_up)
        mode = options["mode"]
        if mode is not None and not isinstance(mode, int) and not re.fullmatch(_MODE, str(mode)):
            raise InvalidInput(
                "mode must be octal, such as '0640', or symbolic, such as 'u=rw,g=r', not {mode!r}.", mode=mode
            )
        return _ModuleAttributes(self._module, options, private_mode=private_mode)


def _check_account(name: str | None, *, where: str, look_up: t.Callable[[str], object]) -> None:
    """Check that an owner or a group exists.

    Otherwise the deployment would fail after a certificate was ordered.
    """
    if name is None or name.isdigit():
        return
    try:
        look_up(name)
    except KeyError:
        raise InvalidInput(
            "{option}: this host has no {name!r}. Create it, or correct the name.", option=where, name=name
        ) from None


class _ModuleAttributes:
    """Sets owner, group, mode and other attributes of a file.

    Ansible's own code does it, with the SELinux context too.
    """

    def __init__(self, module: AnsibleModule, options: Params, *, private_mode: int) -> None:
        self._module = module
        self._options = options
        self._private_mode = private_mode

    def apply(self, path: pathlib.Path, *, private: bool) -> bool:
        """Set the attributes that differ, and return whether there were any.

        :raises StoreFailed: this user may not set them
        """
        wanted = self._options["mode"]
        mode = self._private_mode if private else _PUBLIC_MODE if wanted is None else wanted
        arguments = self._module.load_file_common_arguments({**self._options, "mode": mode}, path=str(path))
        arguments["path"] = str(path)  # unchanged: Ansible's code would expand a dollar sign or a tilde
        return bool(self._module.set_fs_attributes_if_different(arguments, changed=False, expand=False))


@contextlib.contextmanager
def without_core_dump() -> t.Iterator[None]:
    """Let this process leave no core dump, since it has keys.

    This includes the commands that it runs in the block.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (_NO_CORE_DUMP, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))


def run_target_module(
    argument_spec: dict[str, t.Any],
    operation: t.Callable[[AnsibleTarget], dict[str, t.Any]],
    **module_arguments: t.Any,
) -> t.NoReturn:
    """Run an operation as a module on a target.

    This is ``main`` of the target's modules in ``plugins/modules``.

    :param operation: gets the target with the options as ``params``, and returns the result, with ``failed`` true for
        a failure
    """
    module = TargetModule(argument_spec=argument_spec, **module_arguments)
    module.working = True
    try:
        with without_core_dump():
            result = operation(AnsibleTarget(module))
    except WotrusError as exc:
        result = {"failed": True, "error_code": exc.error_code, **shown(msg=exc.message)}
    module.working = False
    result = {**result, "request_ids": []}
    if result.pop("failed", False):
        module.fail_json(**result)
    module.exit_json(**result)
