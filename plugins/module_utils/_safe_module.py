# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An AnsibleModule that shows and logs its options without secrets and personal data."""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._private_options import (
    hidden_in_messages,
    mask_messages,
    secrets_in,
    shown_options,
)
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, shown


class SafeModule(AnsibleModule):
    """An AnsibleModule whose failures have an ``error_code``, also those for missing or invalid options."""

    def __init__(self, **arguments: t.Any) -> None:
        """Create it with the arguments of an AnsibleModule."""
        AnsibleModule.__init__(self, supports_check_mode=True, **arguments)

    def fail_json(self, msg: str, **kwargs: t.Any) -> t.NoReturn:
        """Fail with the return values that each failure of the collection has."""
        texts = shown(msg=Message("{words}", words=msg))["texts"]
        common = {"texts": texts, "error_code": InvalidInput.error_code, "request_ids": []}
        super().fail_json(**self._safe({"msg": sentence(msg), **common, **kwargs}))

    def exit_json(self, **kwargs: t.Any) -> t.NoReturn:
        """Return the result without secrets and personal data."""
        super().exit_json(**self._safe(kwargs))

    def _safe(self, result: dict[str, t.Any]) -> dict[str, t.Any]:
        """Return a result with the options as ``shown_options`` has them, and let Ansible mask their secrets.

        They may be invalid. A module that fails at its start has none yet.
        """
        options = getattr(self, "params", None) or {}
        self.no_log_values = {secret for _path, secret in secrets_in(options, self.argument_spec)}
        masked = mask_messages(result, hidden_in_messages(options, self.argument_spec))
        return {**masked, "invocation": {"module_args": shown_options(options, self.argument_spec)}}

    def _log_invocation(self) -> None:
        """Write the options to the log of this host."""
        whole = self.params
        self.params = shown_options(whole, self.argument_spec)
        try:
            AnsibleModule._log_invocation(self)
        finally:
            self.params = whole


def sentence(msg: str) -> str:
    """Return a message with a full stop at its end.

    The words of the server and of Ansible may have none.
    """
    text = msg.strip()
    return text if text.endswith((".", "!", "?", "。", "！", "？")) else f"{text}."
