# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or
# https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the sources, checked by Ansible's own validator."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import re
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.wotrus.pki.plugins.module_utils._errors import InvalidInput
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import is_order_id
from ansible_collections.wotrus.pki.plugins.module_utils._module import (
    common_arguments,
    filled_variable,
    settings_of,
)
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message

from .push_format import MAX_BODY
from .store import DeliveryRules

if t.TYPE_CHECKING:
    from ansible_collections.wotrus.pki.plugins.module_utils._client.settings import Settings

LONGEST_COLLECT = 30.0
"""The most seconds that an order waits for others."""

STORE = "~/.local/state/wotrus/pushes.sqlite3"

_HIGHEST_PORT = 65535
_PATH_TOKEN = re.compile(r"[0-9A-Za-z_~.-]{16,128}")
# ansible-rulebook adds these if a rulebook asks for feedback.
_ADDED_BY_RULEBOOK = ("eda_feedback_queue", "feedback")

_COMMON: dict[str, t.Any] = {
    "store": {"type": "str", "default": STORE},
    "parallel": {"type": "int", "default": 4},
    "collect": {"type": "float", "default": 5.0},
    "needs_report": {"type": "bool", "default": True},
    "again_after": {"type": "float", "default": 600.0},
    "max_emissions": {"type": "int", "default": 5},
}
_PUSH: dict[str, t.Any] = {
    "host": {"type": "str", "default": "127.0.0.1"},
    "port": {"type": "int", "required": True},
    "path_token": {
        "type": "str",
        "required": True,
        "no_log": True,
        "fallback": (filled_variable, ["WOTRUS_PUSH_PATH_TOKEN"]),
    },
    "hmac_secret": {
        "type": "str",
        "no_log": True,
        "fallback": (filled_variable, ["WOTRUS_PUSH_SECRET"]),
    },
    "hmac_header": {"type": "str", "default": "X-WoTrus-Signature"},
    "hmac_algo": {"type": "str", "default": "sha256"},
    "hmac_format": {"type": "str", "default": "hex", "choices": ["hex", "base64"]},
    "certfile": {"type": "path"},
    "keyfile": {"type": "path"},
    "password": {"type": "str", "no_log": True},
    "max_stored": {"type": "int", "default": 10000},
    "max_body": {"type": "int", "default": MAX_BODY},
    "confirm_timeout": {"type": "float", "default": 600.0},
}
_INTERVALS = {"waiting_on_ca": 300.0, "waiting_on_you": 1800.0, "unknown": 1800.0}
_POLL: dict[str, t.Any] = {
    "order_ids": {"type": "list", "elements": "str", "default": []},
    "order_ids_file": {"type": "path"},
    "pushed": {"type": "bool", "default": True},
    "intervals": {
        "type": "dict",
        "default": {},
        "options": {
            stage: {"type": "float", "default": seconds} for stage, seconds in _INTERVALS.items()
        },
        "apply_defaults": True,
    },
    "refresh": {"type": "float", "default": 60.0},
    "max_orders": {"type": "int", "default": 10000},
}

Arguments = t.Mapping[str, t.Any]


@dataclasses.dataclass(frozen=True)
class PushOptions:
    """The options of the source ``push``, which documents them."""

    settings: Settings
    rules: DeliveryRules
    store: str
    parallel: int
    host: str
    port: int
    path_token: str = dataclasses.field(repr=False)
    hmac_secret: str = dataclasses.field(repr=False)
    hmac_header: str
    hmac_algo: str
    hmac_format: str
    certfile: str | None
    keyfile: str | None
    password: str | None = dataclasses.field(repr=False)
    max_stored: int
    max_body: int
    confirm_timeout: float


@dataclasses.dataclass(frozen=True)
class PollOptions:
    """The options of the source ``poll``, which documents them."""

    settings: Settings
    rules: DeliveryRules
    store: str
    parallel: int
    order_ids: list[str]
    order_ids_file: str | None
    pushed: bool
    intervals: dict[str, float]
    refresh: float
    max_orders: int


def push_options(arguments: Arguments) -> PushOptions:
    """Return the options of the source ``push``.

    Parameters
    ----------
    arguments : Arguments
        The options as the rulebook has them.

    Returns
    -------
    PushOptions
        The options of the source ``push``.

    Raises
    ------
    InvalidInput
        One is missing, unknown or wrong.

    """
    values = _validated(arguments, _PUSH)
    if not _PATH_TOKEN.fullmatch(values["path_token"]):
        raise InvalidInput(Message("event.token_of_path"))
    if values["hmac_algo"] not in hashlib.algorithms_guaranteed or values["hmac_algo"].startswith(
        "shake",
    ):
        raise InvalidInput(Message("event.hmac_algo", value=values["hmac_algo"]))
    if values["keyfile"] and not values["certfile"]:
        raise InvalidInput(Message("event.keyfile"))
    if not 0 <= values["port"] <= _HIGHEST_PORT:
        raise InvalidInput(Message("event.port", port=values["port"]))
    _check_positive(values, "max_stored", "max_body")
    return PushOptions(**{**values, "hmac_secret": values["hmac_secret"] or ""})


def poll_options(arguments: Arguments) -> PollOptions:
    """Return the options of the source ``poll``.

    Parameters
    ----------
    arguments : Arguments
        The options as the rulebook has them.

    Returns
    -------
    PollOptions
        The options of the source ``poll``.

    Raises
    ------
    InvalidInput
        One is missing, unknown or wrong.

    """
    values = _validated(arguments, _POLL)
    wrong = [order_id for order_id in values["order_ids"] if not is_order_id(order_id)]
    if wrong:
        raise InvalidInput(Message("event.order_ids", order_ids=", ".join(map(repr, wrong[:3]))))
    _check_positive(values, "refresh", "max_orders")
    _check_positive(values["intervals"], *_INTERVALS)
    return PollOptions(**values)


def _validated(arguments: Arguments, own: dict[str, t.Any]) -> dict[str, t.Any]:
    common = common_arguments()
    # Postponed work is tried again anyway, so one call needs few retries.
    common["retries"] = {**common["retries"], "default": 1}
    # The validator changes defaults, which both sources use.
    validator = ArgumentSpecValidator(copy.deepcopy({**common, **_COMMON, **own}))
    given = {
        name: value
        for name, value in arguments.items()
        if name not in _ADDED_BY_RULEBOOK and value is not None
    }
    found = validator.validate(given)
    if found.error_messages:
        raise InvalidInput(Message("result.words", words="; ".join(found.error_messages)))
    values: dict[str, t.Any] = found.validated_parameters
    _check_positive(values, "parallel", "again_after", "max_emissions")
    if not 0 <= values["collect"] <= LONGEST_COLLECT:
        raise InvalidInput(
            Message("event.collect", longest=LONGEST_COLLECT, value=values["collect"]),
        )
    rules = DeliveryRules(
        values["collect"],
        LONGEST_COLLECT,
        values["again_after"],
        values["max_emissions"],
        values["needs_report"],
    )
    given = {name: values[name] for name in ("store", "parallel", *own)}
    return {"settings": settings_of(values), "rules": rules, **given}


def _check_positive(values: Arguments, *names: str) -> None:
    for name in names:
        if values[name] <= 0:
            raise InvalidInput(Message("event.positive", option=name, value=values[name]))
