# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a deployment module on a target: from options to Ansible's result.

It does not import the client, so that a target needs no ``requests``.
"""

from __future__ import annotations

import pathlib
import resource
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput, StoreFailed, WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Params
from ansible_collections.wotrus.pki.plugins.module_utils._private_options import hidden_in_messages, mask
from ansible_collections.wotrus.pki.plugins.module_utils._safe_module import SafeModule
from ansible_collections.wotrus.pki.plugins.module_utils._store.layout import PRIVATE_MODE, is_mode
from ansible_collections.wotrus.pki.plugins.module_utils._store.ownership import is_missing
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Text, shown, text

if t.TYPE_CHECKING:
    from ansible_collections.wotrus.pki.plugins.module_utils._commands import CommandResult

_PUBLIC_MODE = 0o644


class TargetModule(SafeModule):
    """The target of an operation. Failures of Ansible's code raise in the operation."""

    working = False
    diff = False

    def fail_json(self, msg: str, **kwargs: t.Any) -> t.NoReturn:
        """Fail with the return values that each failure of the collection has.

        :raises StoreFailed: Ansible's code failed during the operation, which then cleans up
        """
        if self.working:
            details = [str(kwargs[name]) for name in ("path", "details") if kwargs.get(name)]
            raise StoreFailed("{msg}", msg=": ".join([msg, *details]))
        super().fail_json(msg, **kwargs)

    def warn(self, warning: Text, **options: t.Any) -> None:
        """Show the user a warning."""
        super().warn(mask(text(warning), hidden_in_messages(self.params, self.argument_spec)), **options)

    def run_bounded(self, *arguments: t.Any, **options: t.Any) -> CommandResult:
        """Run a command as :func:`_commands.run_bounded` does."""
        # The import takes 5 ms, and a host where nothing is to do needs none.
        from ansible_collections.wotrus.pki.plugins.module_utils._commands import run_bounded

        return run_bounded(*arguments, **options)

    def file_attributes(
        self, options: Params, *, private_mode: int = PRIVATE_MODE, option: str | None = None
    ) -> t.Callable[..., bool]:
        """Return a function that applies Ansible's file options to a path, as Ansible's own modules do it.

        The default mode of public files is 0644. An account that does not exist is refused here. Otherwise the
        deployment would fail after a certificate was ordered.

        :param private_mode: the mode of files with a key or a password
        :param option: the option that has the owner and the group of a single file
        :raises InvalidInput: the owner or group does not exist, or the mode is invalid
        """
        for name in ("owner", "group"):
            if is_missing(options[name], name):
                raise InvalidInput(
                    "{option}: this host has no {name!r}. Create it, or correct the name.",
                    option=f"{option}.{name}" if option else f"{name} (wotrus_{name} of the role)",
                    name=options[name],
                )
        mode = options["mode"]
        if mode is not None and not isinstance(mode, int) and not is_mode(str(mode)):
            raise InvalidInput(
                "mode must be octal, such as '0640', or symbolic, such as 'u=rw,g=r', not {mode!r}.", mode=mode
            )

        module: AnsibleModule = self

        def set_attributes(path: pathlib.Path, *, private: bool) -> bool:
            """Set the attributes that differ, the SELinux context too, and return whether there were any.

            :raises StoreFailed: this user may not set them
            """
            wanted = private_mode if private else _PUBLIC_MODE if mode is None else mode
            arguments = module.load_file_common_arguments({**options, "mode": wanted}, path=str(path))
            arguments["path"] = str(path)  # unchanged: Ansible's code would expand a dollar sign or a tilde
            return bool(module.set_fs_attributes_if_different(arguments, changed=False, expand=False))

        return set_attributes


def run_target_module(
    argument_spec: dict[str, t.Any],
    operation: t.Callable[[TargetModule], dict[str, t.Any]],
    **module_arguments: t.Any,
) -> t.NoReturn:
    """Run an operation as a module on a target.

    This is ``main`` of the target's modules in ``plugins/modules``.

    It leaves no core dump, since it has keys, and neither do the commands that it runs.

    :param operation: gets the target with the options as ``params``, and returns the result, with ``failed`` true for
        a failure
    """
    module = TargetModule(argument_spec=argument_spec, **module_arguments)
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    module.working, module.diff = True, bool(module._diff)
    try:
        result = operation(module)
    except WotrusError as exc:
        result = {"failed": True, "error_code": exc.error_code, **shown(msg=exc.message)}
    module.working = False
    result = {**result, "request_ids": []}
    if result.pop("failed", False):
        module.fail_json(**result)
    module.exit_json(**result)
