# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keep secrets and personal data of options out of results.

Ansible masks the values of options with ``no_log`` if they have the right type. It masks neither a text in place of a
dictionary with a password, nor the value of a misspelt option. Personal data cannot be masked everywhere, since a
family name is part of other words. It is left out of shown options, and masked in messages, since a server may repeat
it.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
"""What Ansible itself shows for a secret."""

_NAMES = frozenset({"user_first_name", "user_last_name"})
PERSONAL = _NAMES | {
    "phone",
    "email",
    "user_email",
    "user_mobile",
    "id_card_number",
    "ship_address",
    "ukey_ship_address",
    # Fields of the API that the collection does not know.
    "extra",
}
"""Options with personal data, by their names."""

_SHORTEST = 4
"""Shorter texts are no secrets, and are part of many words."""

_SHORTEST_MASKED_PIN = 8

_MESSAGES = ("msg", "next_step", "texts", "warnings", "diff")
_MASK = "********"

Options = Mapping[str, t.Any]


class Module(t.Protocol):
    """What is needed of an AnsibleModule."""

    params: dict[str, t.Any]
    argument_spec: dict[str, t.Any]
    no_log_values: set[str]


def shown_options(options: Options, spec: Options) -> dict[str, t.Any]:
    """Return options as a result may show them.

    Secrets, personal data, values of unknown options, and values of another shape than their option are replaced.

    :param options: with any content
    :param spec: argument spec of Ansible
    """
    known = _with_aliases(spec)
    return {str(name): _shown(str(name), value, known.get(str(name))) for name, value in options.items()}


def misplaced_values(options: Options, spec: Options) -> set[str]:
    """Return the texts in unknown options, and in wrong shapes."""
    known = _with_aliases(spec)
    found: set[str] = set()
    for name, value in options.items():
        one = known.get(str(name))
        if one is None:
            found |= _texts(value)
        elif "options" in one:
            for item in value if isinstance(value, (list, tuple)) else [value]:
                found |= misplaced_values(item, one["options"]) if isinstance(item, Mapping) else _texts(item)
        elif one.get("no_log"):
            found |= _texts(value)
    return found


def personal_values(options: Options, spec: Options) -> set[str]:
    """Return the texts of personal data that a message must not repeat."""
    found: set[str] = set()
    for name, value in options.items():
        if name in PERSONAL - _NAMES:
            found |= _texts(value)
            continue
        inner = spec.get(name, {}).get("options")
        for item in (value if isinstance(value, (list, tuple)) else [value]) if inner else ():
            found |= personal_values(item, inner) if isinstance(item, Mapping) else set()
    return found


def mask_messages(result: t.Any, hidden: t.Collection[str]) -> t.Any:
    """Return a result whose messages do not have certain texts."""
    if not hidden:
        return result
    if isinstance(result, Mapping):
        return {
            name: mask(value, hidden) if name in _MESSAGES else mask_messages(value, hidden)
            for name, value in result.items()
        }
    return [mask_messages(item, hidden) for item in result] if isinstance(result, list) else result


def mask(value: t.Any, hidden: t.Collection[str]) -> t.Any:
    """Return plain data whose texts do not have certain texts."""
    if isinstance(value, str):
        for text in sorted(hidden, key=len, reverse=True):
            value = value.replace(text, _MASK)
        return value
    if isinstance(value, Mapping):
        return {name: mask(item, hidden) for name, item in value.items()}
    return [mask(item, hidden) for item in value] if isinstance(value, (list, tuple)) else value


def short_pins(options: t.Any) -> set[str]:
    """Return the PINs of tokens that Ansible must not mask.

    A digest or an id may have the same few digits, and would be damaged. No result has a PIN.
    """
    if isinstance(options, (list, tuple)):
        return set().union(*map(short_pins, options))
    if not isinstance(options, Mapping):
        return set()
    found = set().union(*map(short_pins, options.values()))
    pin = options["pkcs11"].get("pin") if isinstance(options.get("pkcs11"), Mapping) else None
    return found | ({pin} if isinstance(pin, str) and len(pin) < _SHORTEST_MASKED_PIN else set())


def hide_options(module: Module, result: dict[str, t.Any]) -> None:
    """Let a module show its options as ``shown_options`` has them.

    The options may be invalid.
    """
    # A module that fails at its start has no options yet.
    options: Options = getattr(module, "params", None) or {}
    module.no_log_values |= misplaced_values(options, module.argument_spec)
    result["invocation"] = {"module_args": shown_options(options, module.argument_spec)}


def log_shown_options(module: Module, log: t.Callable[[], None]) -> None:
    """Let a module log its options without secrets and personal data."""
    whole = module.params
    module.params = shown_options(whole, module.argument_spec)
    try:
        log()
    finally:
        module.params = whole


def _shown(name: str, value: t.Any, one: Options | None) -> t.Any:
    if value is None or isinstance(value, bool):
        return value
    if one is None or one.get("no_log") or name in PERSONAL:
        return HIDDEN
    inner = one.get("options")
    if inner is None:
        return value
    if isinstance(value, (list, tuple)):
        return [shown_options(item, inner) if isinstance(item, Mapping) else HIDDEN for item in value]
    return shown_options(value, inner) if isinstance(value, Mapping) else HIDDEN


def _with_aliases(spec: Options) -> dict[str, Options]:
    aliases = {alias: one for one in spec.values() for alias in one.get("aliases", ())}
    return {**aliases, **spec}


def _texts(value: t.Any) -> set[str]:
    """Return the texts that are long enough to be a secret."""
    if isinstance(value, Mapping):
        return set().union(*map(_texts, value.values()))
    if isinstance(value, (list, tuple)):
        return set().union(*map(_texts, value))
    text = "" if value is None or isinstance(value, bool) else str(value).strip()
    return {text} if len(text) >= _SHORTEST else set()
