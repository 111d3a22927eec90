# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a signature with a service, and check that it is by the live certificate."""

from __future__ import annotations

from ansible_collections.wotrus.pki.plugins.module_utils._commands import command_text, with_output
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.options import REQUIRED
from ansible_collections.wotrus.pki.plugins.module_utils._deployment.target import Deployment
from ansible_collections.wotrus.pki.plugins.module_utils._errors import SigningFailed, WotrusError, boundary
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Params
from ansible_collections.wotrus.pki.plugins.module_utils._store.inspection import read_certificate
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._x509.signed_document import check_document

MOST_BYTES = 20_000_000
"""The largest document that a test command may print."""


def signing_error(deployment: Deployment, test: Params, release: str) -> tuple[WotrusError, str] | None:
    """Run the test command, and return why its document is not signed by a release, and the command's words.

    A missing timestamp that is optional is a warning.

    :returns: ``None`` for a good signature
    """
    path, command = deployment.options.path, command_text(test["command"])
    done = deployment.target.run_bounded(
        test["command"], seconds=deployment.options.reload_timeout, apart=True, most=MOST_BYTES
    )
    if done.problem:
        why = Message(
            "{path}: the test command '{command}' {problem}.", path=path, command=command, problem=done.problem
        )
        return SigningFailed(why), done.output
    wants_timestamp = test["timestamp"] is not None
    try:
        with boundary(_unexpected):
            certificate = read_certificate(deployment.layout.release(release))
            is_stamped = check_document(done.printed, certificate, form=test["format"], wants_timestamp=wants_timestamp)
    except WotrusError as exc:
        why = Message("{path}: the signature of '{command}' is not good. {msg}", path=path, command=command, msg=exc)
        return SigningFailed(why), done.output
    if is_stamped or not wants_timestamp:
        return None
    missing = Message("{path}: the signature of '{command}' has no timestamp.", path=path, command=command)
    if test["timestamp"] == REQUIRED:
        return SigningFailed(missing), done.output
    deployment.target.warn(with_output(missing, done.output))
    return None


def _unexpected(error: Exception) -> SigningFailed:
    return SigningFailed("It cannot be checked ({kind}: {error}).", kind=type(error).__name__, error=error)
