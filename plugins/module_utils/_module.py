# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run an API operation, as a module or in the controller.

Its options become Ansible's result.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import json
import typing as t

from ansible.module_utils.basic import AnsibleFallbackNotFound, env_fallback

from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._client.journal import Journal
from ansible_collections.wotrus.pki.plugins.module_utils._client.settings import DEFAULT_URL, Settings
from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput, WotrusError
from ansible_collections.wotrus.pki.plugins.module_utils._orders.operation import Operation, Run
from ansible_collections.wotrus.pki.plugins.module_utils._private_options import (
    hidden_in_messages,
    is_too_short_to_mask,
    mask,
    mask_messages,
)
from ansible_collections.wotrus.pki.plugins.module_utils._readings.file import add_to_file, check_place
from ansible_collections.wotrus.pki.plugins.module_utils._readings.watch import Watcher
from ansible_collections.wotrus.pki.plugins.module_utils._safe_module import SafeModule, sentence
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message, Text, shown, text
from ansible_collections.wotrus.pki.plugins.module_utils._texts.safe_text import limited_value, safe_block

ENVIRONMENT = {
    option: f"WOTRUS_{option.upper()}"
    for option in ("api_token", "api_url", "ca_path", "rate_limit", "journal", "readings")
}
"""Common options, and the environment variables that they fall back to, such as ``WOTRUS_API_TOKEN``."""


def common_arguments() -> dict[str, t.Any]:
    """Return the argument spec of the common options (doc fragment ``api``)."""
    return {
        # Not required by this spec: settings_of refuses options without a token, with a message how to set it.
        "api_token": {"type": "str", "no_log": True, "fallback": _environment("api_token")},
        "api_url": {"type": "str", "default": DEFAULT_URL, "fallback": _environment("api_url")},
        "ca_path": {"type": "path", "fallback": _environment("ca_path")},
        "validate_certs": {"type": "bool", "default": True},
        "proxy": {"type": "str", "no_log": True},
        "timeout": {"type": "float", "default": 30.0},
        "retries": {"type": "int", "default": 4},
        # Requests a second of a run. The manual has no limit; this one protects the API from a large fleet.
        "rate_limit": {"type": "float", "default": 50.0, "fallback": _environment("rate_limit")},
        "journal": {"type": "str", "fallback": _environment("journal")},
        "readings": {"type": "str", "fallback": _environment("readings")},
    }


def argument_spec(operation: Operation) -> dict[str, t.Any]:
    """Return the whole argument spec of an operation."""
    return {**common_arguments(), **operation.arguments}


def execute(operation: Operation, params: t.Mapping[str, t.Any], *, run: Run) -> dict[str, t.Any]:
    """Run an operation on validated options.

    :returns: Ansible's result, with ``failed`` true if the operation failed; secrets are not masked yet
    """
    hidden = hidden_in_messages(params, argument_spec(operation))
    notices: list[dict[str, t.Any]] = []

    def warn(words: Text, *, certificate: str | None = None) -> None:
        notices.append({"name": certificate, **shown(msg=words)})
        named = Message("Certificate {name!r}: {msg}", name=certificate, msg=words) if certificate else words
        run.warn(mask(safe_block(text(named)), hidden))

    result = _execute(operation, params, run=dataclasses.replace(run, warn=warn))
    if operation.has_notices:
        result["notices"] = limited_value(notices)
    masked: dict[str, t.Any] = mask_messages(result, hidden)
    return masked


def _execute(operation: Operation, params: t.Mapping[str, t.Any], *, run: Run) -> dict[str, t.Any]:
    request_ids: list[str] = []
    try:
        settings = settings_of(params)
        if not settings.validate_certs and not settings.is_loopback:
            run.warn(Message("validate_certs is false, so anyone in the network can read the token and forge answers."))
        with (
            Api(settings, Journal(params["journal"], run.sender, run.warn)) as api,
            _watched(api, params["readings"], settings, run),
        ):
            try:
                outcome = operation.run(api, params, run)
            finally:
                request_ids = api.http.request_ids
    except WotrusError as exc:
        return failure(exc, request_ids=request_ids)
    result = {**limited_value(outcome.result), "changed": outcome.changed, "request_ids": request_ids}
    if run.diff and outcome.before != outcome.after:
        result["diff"] = {"before": _pretty(outcome.before), "after": _pretty(outcome.after)}
    return result


@contextlib.contextmanager
def _watched(api: Api, path: str | None, settings: Settings, run: Run) -> t.Iterator[None]:
    """Keep which readings the answers of a block show.

    :param path: of the file; without it, nothing is watched
    :raises InvalidInput: it is not absolute
    """
    check_place(path)
    if not path:
        yield
        return
    watcher = Watcher()
    api.http.watchers.append(watcher)
    try:
        yield
    finally:
        for warning in add_to_file(path, watcher, settings, dt.datetime.now(dt.timezone.utc).date()):
            run.warn(warning)


def failure(exc: WotrusError, *, request_ids: t.Sequence[str] = ()) -> dict[str, t.Any]:
    """Return the failed result of an exception."""
    step = {} if exc.next_step is None else {"next_step": exc.next_step}
    common = {
        "failed": True,
        **shown(msg=exc.message, **step),
        "msg": sentence(safe_block(str(exc))),
        "error_code": exc.error_code,
        "request_ids": list(request_ids),
    }
    order = {"order_id": exc.order_id.strip()} if exc.order_id else {}
    return {**limited_value(exc.details), **common, **order}


def run_module(operation: Operation) -> t.NoReturn:
    """Run an operation as a module: the ``main`` of ``plugins/modules``."""
    module = SafeModule(argument_spec=argument_spec(operation), **operation.constraints)
    run = Run(check_mode=module.check_mode, diff=module._diff, warn=lambda words, **_of: module.warn(text(words)))
    result = execute(operation, module.params, run=run)
    if result.pop("failed", False):
        module.fail_json(**result)
    module.exit_json(**result)


def _environment(option: str) -> tuple[t.Any, list[str]]:
    return filled_variable, [ENVIRONMENT[option]]


def filled_variable(name: str) -> str:
    """Return an environment variable.

    An empty one is missing, since automation controllers set empty ones.
    """
    value = str(env_fallback(name))
    if not value.strip():
        raise AnsibleFallbackNotFound
    return value


def settings_of(params: t.Mapping[str, t.Any]) -> Settings:
    """Return the connection's settings of validated options.

    :raises InvalidInput: one makes no sense, or the token is so short that no output could be kept free of it
    """
    token = (params["api_token"] or "").strip()
    if token and is_too_short_to_mask(token):
        raise InvalidInput("{option} is too short for a token. Copy it from WoTrus's console.", option="api_token")
    same = ("ca_path", "validate_certs", "proxy", "timeout", "retries", "rate_limit")
    return Settings(token, params["api_url"], **{name: params[name] for name in same})


def _pretty(state: t.Mapping[str, t.Any] | None) -> str:
    return safe_block(json.dumps(state, indent=2, sort_keys=True, ensure_ascii=False)) + "\n" if state else ""
