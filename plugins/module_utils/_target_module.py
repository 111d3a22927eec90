# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From options to a result on a target: the one way in which the deployment modules run.

It does not import the client, so that a target needs no ``requests``.
"""

from __future__ import annotations

import grp
import pathlib
import pwd
import re
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.wotrus.pki.plugins.module_utils._deployment.commands import CommandResult, run_bounded
from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput, StoreFailed, WotrusError

if t.TYPE_CHECKING:
    from ansible_collections.wotrus.pki.plugins.module_utils._store.files import FileAttributes

_PRIVATE_MODE = 0o600
_PUBLIC_MODE = 0o644
_MODE = re.compile(r"0?[0-7]{1,4}|[ugoa]*([-+=]([rwxXst]*|[ugo]))+(,[ugoa]*([-+=]([rwxXst]*|[ugo]))+)*")

Params = t.Mapping[str, t.Any]

__all__ = ["AnsibleTarget", "run_target_module"]


class TargetModule(AnsibleModule):
    """An AnsibleModule whose failures have an ``error_code``, and that raises instead of ending while it works."""

    working = False

    def __init__(self, **arguments: t.Any) -> None:
        """Take the arguments of an AnsibleModule."""
        AnsibleModule.__init__(self, supports_check_mode=True, **arguments)

    def fail_json(self, msg: str, **kwargs: t.Any) -> t.NoReturn:
        """Fail with what every failure of the collection has.

        :raises StoreFailed: Ansible's own code gave up in the middle of the work, which must be left in order
        """
        if self.working:
            details = [str(kwargs[name]) for name in ("path", "details") if kwargs.get(name)]
            raise StoreFailed(": ".join([msg, *details]))
        super().fail_json(msg, **{"error_code": InvalidInput.error_code, "request_ids": [], **kwargs})


class AnsibleTarget:
    """The host as the operations see it, behind an AnsibleModule."""

    def __init__(self, module: AnsibleModule) -> None:
        self._module = module
        self.params: Params = module.params
        self.check_mode = bool(module.check_mode)
        self.diff = bool(module._diff)

    def warn(self, warning: str) -> None:
        """Show the user a warning."""
        self._module.warn(warning)

    def run(self, command: t.Sequence[str]) -> tuple[int, str]:
        """Run a command; return its exit status and what it printed, errors last.

        :raises OSError: it cannot be run
        """
        status, output, errors = self._module.run_command(list(command), handle_exceptions=False)
        return int(status), f"{output}{errors}"

    def run_bounded(self, command: t.Sequence[str], *, seconds: float) -> CommandResult:
        """Run a command that may take so many seconds."""
        return run_bounded(command, seconds=seconds)

    def file_attributes(self, options: Params) -> FileAttributes:
        """Return what applies Ansible's file options; without a mode, public files are 0644.

        :raises InvalidInput: there is no such owner or group here, or the mode cannot be read
        """
        _check_account(options["owner"], option="owner", look_up=pwd.getpwnam)
        _check_account(options["group"], option="group", look_up=grp.getgrnam)
        mode = options["mode"]
        if mode is not None and not isinstance(mode, int) and not _MODE.fullmatch(str(mode)):
            raise InvalidInput(f"mode is neither octal, such as '0640', nor symbolic, such as 'u=rw,g=r': {mode!r}.")
        return _ModuleAttributes(self._module, options)


def _check_account(name: str | None, *, option: str, look_up: t.Callable[[str], object]) -> None:
    """Check an owner or a group now: otherwise a slip of the pen would show only when a paid certificate is there."""
    if name is None or name.isdigit():
        return
    try:
        look_up(name)
    except KeyError:
        raise InvalidInput(f"{option}: this host has no {name!r}. Create it first, or correct the name.") from None


class _ModuleAttributes:
    """Ansible's own code for owner, group, mode, SELinux context and attributes of a file."""

    def __init__(self, module: AnsibleModule, options: Params) -> None:
        self._module = module
        self._options = options

    def apply(self, path: pathlib.Path, *, private: bool) -> bool:
        """Set what differs, and return whether anything did.

        :raises StoreFailed: this user may not set it
        """
        wanted = self._options["mode"]
        mode = _PRIVATE_MODE if private else _PUBLIC_MODE if wanted is None else wanted
        arguments = self._module.load_file_common_arguments({**self._options, "mode": mode}, path=str(path))
        arguments["path"] = str(path)  # as it is: a dollar sign or a tilde in it means nothing here
        return bool(self._module.set_fs_attributes_if_different(arguments, changed=False, expand=False))


def run_target_module(
    argument_spec: dict[str, t.Any],
    operation: t.Callable[[AnsibleTarget], dict[str, t.Any]],
    **module_arguments: t.Any,
) -> t.NoReturn:
    """Be a module that runs on a target: the ``main`` of ``plugins/modules``.

    :param operation: from the host, which has the validated options as ``params``, to the result, with ``failed`` true
        for a failure
    """
    module = TargetModule(argument_spec=argument_spec, **module_arguments)
    module.working = True
    try:
        result = operation(AnsibleTarget(module))
    except WotrusError as exc:
        result = {"failed": True, "msg": str(exc), "error_code": exc.error_code}
    module.working = False
    result = {**result, "request_ids": []}
    if result.pop("failed", False):
        module.fail_json(**result)
    module.exit_json(**result)
